"""Trains small networks in PyTorch and prints the seconds it took: CASE THREADS TRIALS STEPS.

At PyTorch's best for one loop: data as tensors in memory, a batch by index_select, gradients set to None, SGD in its fused
or grouped form as PyTorch chooses, no data loader.
"""

import sys
import time

import torch
from torch import nn

EXAMPLES, TEST, BATCH = 1437, 360, 64


def dense():
    layers = [nn.Linear(64, 128), nn.ReLU()]
    for _ in range(5):
        layers += [nn.Linear(128, 128), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(128, 10)), (64,)


def convolution():
    first, second = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Flatten(), nn.Linear(16 * 64, 10)), (1, 8, 8)


def trial(build, seed, steps):
    torch.manual_seed(seed)
    network, shape = build()
    inputs, labels = torch.rand(EXAMPLES, *shape), torch.randint(0, 10, (EXAMPLES,))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    batches = EXAMPLES // BATCH
    for step in range(steps):
        if step % batches == 0:
            order = torch.randperm(EXAMPLES)
        start = step % batches * BATCH
        places = order[start : start + BATCH]
        loss = nn.functional.cross_entropy(network(inputs.index_select(0, places)), labels.index_select(0, places))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()
    with torch.no_grad():
        network(inputs[:TEST]).argmax(1)


def main():
    case, threads, trials, steps = sys.argv[1], *map(int, sys.argv[2:])
    torch.set_num_threads(threads)
    build = {"dense": dense, "convolution": convolution}[case]
    trial(build, 0, 20)
    start = time.perf_counter()
    for seed in range(trials):
        trial(build, seed, steps)
    print(time.perf_counter() - start)


main()
