#!/usr/bin/env bash
# Times the default case of `seedbed recommend` as a whole process: bash benches/recommend-default.sh RUNS > rows.csv
# Run it with nothing else on the machine; the rows of published figures are kept under benches/runs/.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
echo "run,wall_seconds,user_seconds,system_seconds"
for run in $(seq 1 "${1:-5}"); do
  out=$(mktemp -d)
  TIMEFORMAT="%R,%U,%S"
  row=$( { time ./target/release/seedbed recommend --quiet --out "$out/study" > /dev/null; } 2>&1 )
  echo "$run,$row"
  rm -rf "$out"
done
