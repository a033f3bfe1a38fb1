#!/usr/bin/env bash
# What it costs to keep a trial under way, and what the allocator changes: six trials of one start at one rate, a case at a time.
#
#   benches/keeping.sh ROUNDS SEEDBED... > rows.csv
#
# Every SEEDBED is a built command; give two that differ in their allocator to compare them in the same rounds.
# Run it with nothing else on the machine. Progress goes to stderr.
set -euo pipefail
rounds=$1
shift
mapfile -t builds < <(realpath "$@")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

study() { # NETWORK DATA STEPS START
    cat > study.toml <<TOML
title = "keeping"
networks = ["$1"]
data = "$2"
starts = ["$4"]
learning_rates = [1e-5]
batch = 64
steps = $3
seeds = 6
target = 1e-9
TOML
}

echo build,round,network,keep_every_seconds,wall_seconds,user_seconds,system_seconds
TIMEFORMAT=%R,%U,%S
for round in $(seq "$rounds"); do
    while IFS=';' read -r network data steps start; do
        study "$network" "$data" "$steps" "$start"
        for seedbed in "${builds[@]}"; do
            for pause in 3600 1; do
                echo "round $round $network $pause" >&2
                # a start that reaches no target ends with 1
                spent=$({ time "$seedbed" study study.toml --out out -q --keep-every "$pause" > /dev/null 2>&1 || [ $? = 1 ]; } 2>&1)
                echo "$(basename "$seedbed"),$round,\"$network\",$pause,$spent"
                rm -rf out
            done
        done
    done <<'CASES'
mlp(64, 128x10, 10, tanh);digits;1500;glorot_normal
mlp(784, 512x3, 10, relu);prototypes(features=784);200;he_normal
gru(8x8, 32, 10);digits;100;glorot_uniform
CASES
done
