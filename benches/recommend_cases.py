"""Is recommend's pick right, and at what cost? Three data sets by four architectures.

Of each case: the narrowed recommendation and the full grid, both from seed 0 with 6 pairs; then every candidate again, on 20
fresh seeds, with a search of its own. The pick is right where it is the best there or tied with the best. Costs are training
steps, searches included.

    python3 benches/recommend_cases.py SEEDBED FASHION_MNIST_FOLDER OUT.csv
"""

import csv
import json
import subprocess
import sys
import tempfile

TARGET = 0.5
# deep nets of 64 units do not bring Fashion-MNIST to 0.5 in so few steps from any start, so there would be nothing to be right about
REACHABLE = {("Fashion-MNIST", "30-layer ReLU"): (600, 1.0), ("Fashion-MNIST", "50-layer tanh"): (600, 1.0)}
PENGUINS = "crates/seedbed-network/tests/data/penguins_whole.csv.gz"
ARCHITECTURES = {
    "shallow": ("mlp({0}, 64, {1}, relu)", 300),
    "30-layer ReLU": ("mlp({0}, 64x30, {1}, relu)", 600),
    "50-layer tanh": ("mlp({0}, 64x50, {1}, tanh)", 300),
    "residual": ("mlp({0}, 64x20, {1}, relu, residual)", 300),
}


def recommend(seedbed, network, data, steps, target, *more):
    with tempfile.TemporaryDirectory() as folder:
        command = [seedbed, "recommend", network, *data, "--batch", "32", "--steps", str(steps), "--target", str(target), "--out", folder + "/out", "--json", "-q", *more]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode > 1:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def steps_of(found):
    return sum(stage["steps"] for stage in found["stages"])


def main(seedbed, fashion, out):
    data_sets = {
        "digits": (["--data", "digits"], 64, 10),
        "Fashion-MNIST": (["--data", fashion], 784, 10),
        "penguins": (["--data", PENGUINS, "--label", "species"], 5, 3),
    }
    with open(out, "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["data", "architecture", "steps", "target", "pick", "steps_narrowed", "steps_full", "share", "best_of_20", "tied_of_20", "pick_solved_of_20", "right"])
        for data, (arguments, inputs, classes) in data_sets.items():
            for architecture, (network, steps) in ARCHITECTURES.items():
                budget = REACHABLE.get((data, architecture), (steps, TARGET))
                case = seedbed, network.format(inputs, classes), arguments, *budget
                narrowed = recommend(*case)
                full = recommend(*case, "--full")
                fresh = recommend(*case, "--full", "--seeds", "20", "--seed", "1000")
                pick, best, tied = narrowed["recommended"], fresh["recommended"], fresh["tied_with"]
                again = next((prior["solved"]["value"] * 20 for prior in fresh["priors"] if prior["prior"] == pick), None)
                cost, whole = steps_of(narrowed), steps_of(full)
                row = [data, architecture, *budget, pick, cost, whole, f"{cost / whole:.2f}", best, "; ".join(tied), again, "none solves" if pick is None and best is None else pick == best or pick in tied]
                rows.writerow(row)
                file.flush()
                print(*row, sep=" | ", file=sys.stderr)


main(*sys.argv[1:])
