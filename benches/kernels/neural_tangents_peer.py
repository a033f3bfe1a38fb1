"""NNGP and NTK by neural-tangents, jitted, in single precision: a case a line in, seconds and peak bytes a line out."""
import resource
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from neural_tangents import stax


def block(layer, depth):
    return [part for _ in range(depth) for part in (layer(), stax.Relu())]


def dense():
    return stax.Dense(1, W_std=2**0.5)


def convolution():
    return stax.Conv(1, (3, 3), padding="SAME", W_std=2**0.5)


CASES = {
    "dense": ((1000, 784), block(dense, 5)),
    "flatten": ((200, 28, 28, 1), block(convolution, 3) + [stax.Flatten()]),
    "pool": ((40, 14, 14, 1), block(convolution, 3) + [stax.GlobalAvgPool()]),
}
ready = {}


def prepare(name):
    if name not in ready:
        shape, layers = CASES[name]
        *_, kernel = stax.serial(*layers, dense())
        inputs = jnp.asarray(np.random.default_rng(0).random(shape, dtype=np.float32))
        compiled = jax.jit(lambda x: kernel(x, None, ("nngp", "ntk")))
        jax.block_until_ready(compiled(inputs))
        ready[name] = compiled, inputs
    return ready[name]


for line in sys.stdin:
    compiled, inputs = prepare(line.strip())
    start = time.perf_counter()
    jax.block_until_ready(compiled(inputs))
    seconds = time.perf_counter() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
