"""Trains a grid of small networks in PyTorch and prints the seconds it took.

    torch_peer.py CASE PROCESS PROCESSES THREADS STARTS LEARNING_RATES SEEDS STEPS

Of the grid of starts, learning rates and seeds, this process takes every trial whose place is PROCESS modulo PROCESSES.

At PyTorch's best for one loop: data as tensors in memory, a batch by index_select, gradients set to None, SGD in its fused
or grouped form as PyTorch chooses, no data loader.
"""

import itertools
import sys
import time

import torch
from torch import nn

EXAMPLES, TEST, BATCH = 1437, 360, 64
LEARNING_RATES = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2]
STARTS = [
    lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
    lambda weight: nn.init.kaiming_uniform_(weight, nonlinearity="relu"),
    nn.init.xavier_normal_,
    nn.init.xavier_uniform_,
    nn.init.orthogonal_,
    lambda weight: nn.init.trunc_normal_(weight, std=0.05),
    lambda weight: nn.init.normal_(weight, std=0.05),
    lambda weight: nn.init.uniform_(weight, -0.1, 0.1),
]


def dense():
    layers = [nn.Linear(64, 128), nn.ReLU()]
    for _ in range(5):
        layers += [nn.Linear(128, 128), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(128, 10)), (64,)


def convolution():
    first, second = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Flatten(), nn.Linear(16 * 64, 10)), (1, 8, 8)


def trial(build, start, learning_rate, seed, steps):
    torch.manual_seed(seed)
    network, shape = build()
    for parameter in network.parameters():
        start(parameter) if parameter.dim() > 1 else nn.init.zeros_(parameter)
    inputs, labels = torch.rand(EXAMPLES, *shape), torch.randint(0, 10, (EXAMPLES,))
    optimizer = torch.optim.SGD(network.parameters(), lr=learning_rate, momentum=0.9)
    batches = EXAMPLES // BATCH
    for step in range(steps):
        if step % batches == 0:
            order = torch.randperm(EXAMPLES)
        first = step % batches * BATCH
        places = order[first : first + BATCH]
        loss = nn.functional.cross_entropy(network(inputs.index_select(0, places)), labels.index_select(0, places))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()
    with torch.no_grad():
        network(inputs[:TEST]).argmax(1)


def main():
    case, process, processes, threads, starts, rates, seeds, steps = sys.argv[1], *map(int, sys.argv[2:])
    torch.set_num_threads(threads)
    build = {"dense": dense, "convolution": convolution}[case]
    grid = list(itertools.product(STARTS[:starts], LEARNING_RATES[len(LEARNING_RATES) - rates :], range(seeds)))
    trial(build, STARTS[0], 0.01, 0, 20)
    begun = time.perf_counter()
    for start, rate, seed in grid[process::processes]:
        trial(build, start, rate, seed, steps)
    print(time.perf_counter() - begun)


main()
