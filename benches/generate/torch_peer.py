"""PyTorch's side of the benchmark: reads `case threads` lines, answers with the seconds that one fill took."""

import sys
import time

import torch
from torch import nn


def tensor(case):
    """The tensor that a case fills, made before the clock runs."""
    name, _, shape = case.partition(":")
    sizes = [int(size) for size in shape.split("x")]
    if name == "small":
        return [torch.zeros(sizes[1], sizes[2]) for _ in range(sizes[0])]
    kind = torch.bfloat16 if name == "normal_bf16" else torch.float32
    return torch.zeros(*sizes, dtype=kind)


def fill(case, values):
    name = case.partition(":")[0]
    if name in ("normal", "normal_bf16"):
        values.normal_()
    elif name == "uniform":
        values.uniform_()
    elif name == "truncated_normal":
        nn.init.trunc_normal_(values)
    elif name == "sparse":
        nn.init.sparse_(values, sparsity=1 - 15 / values.shape[1])
    elif name == "orthogonal":
        nn.init.orthogonal_(values)
    elif name == "dirac":
        nn.init.dirac_(values)
    elif name == "small":
        for one in values:
            nn.init.kaiming_normal_(one)
    else:
        raise SystemExit(f"torch has no {name}")


print(f"torch {torch.__version__}", flush=True)
held = (None, None)
for line in sys.stdin:
    case, threads = line.split()
    torch.set_num_threads(int(threads))
    if held[0] != case:
        held = (case, tensor(case))
    start = time.perf_counter()
    with torch.no_grad():
        fill(case, held[1])
    print(time.perf_counter() - start, flush=True)
