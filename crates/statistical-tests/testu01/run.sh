#!/usr/bin/env bash
# SmallCrush and Crush of TestU01 (L'Ecuyer & Simard 2007) on Seedbed's streams. Needs gcc and Debian's package
# libtestu01-0-dev (section non-free). Takes seconds for SmallCrush and up to an hour for each Crush.
# Usage: run.sh [small|crush] [raw|uniform|interleaved …]; both batteries on all streams by default.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../../.."
cargo build --release -p seedbed-statistical-tests
target="$(cargo metadata --format-version 1 --no-deps | python3 -c 'import json,sys; print(json.load(sys.stdin)["target_directory"])')"
gcc -O2 -o "$target/testu01-battery" "$here/battery.c" -ltestu01 -ltestu01probdist -ltestu01mylib -lm
batteries="${1:-small crush}"
shift || true
streams="${*:-raw uniform interleaved}"
for battery in $batteries; do
  for stream in $streams; do
    "$target/release/words" "$stream" | "$target/testu01-battery" "$battery" "seedbed-$stream" > "$here/results/$battery-$stream.txt"
    grep -A20 "Summary results" "$here/results/$battery-$stream.txt"
  done
done
