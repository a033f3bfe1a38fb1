"""Kernels of random architectures by neural-tangents in double precision, for `crates/seedbed-theory/tests`.

    python architectures.py > ../../crates/seedbed-theory/tests/neural_tangents.json

Needs jax 0.4.30 and neural-tangents 0.6.5. The layers are written as `seedbed_network::graph::Layer` reads them.
"""
import json
import random

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
from neural_tangents import stax

ACTIVATIONS = {
    "relu": stax.Relu,
    "leaky_relu(slope=0.2)": lambda: stax.LeakyRelu(0.2),
    "erf": stax.Erf,
    "sin": stax.Sin,
    "gelu": stax.Gelu,
    "identity": stax.Identity,
}


class Architecture:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.weight = round(self.random.uniform(0.8, 2.4), 3)
        self.bias = round(self.random.choice([0, self.random.uniform(0.01, 0.5)]), 3)
        self.images = seed % 2 == 1
        self.gaussian = False
        self.layers, self.parts = [], []

    def weighted(self, image, keep=True):
        deviations = {"W_std": self.weight**0.5, "b_std": self.bias**0.5 if self.bias else None}
        if not image:
            return {"kind": "dense", "units": 8}, stax.Dense(8, **deviations)
        kernel = self.random.choice([3, 3, 5])
        if keep:
            return ({"kind": "conv2d", "channels": 8, "kernel": kernel},
                    stax.Conv(8, (kernel, kernel), padding="SAME", **deviations))
        stride = self.random.choice([1, 2])
        return ({"kind": "conv2d", "channels": 8, "kernel": 3, "stride": stride, "padding": 0},
                stax.Conv(8, (3, 3), strides=(stride, stride), padding="VALID", **deviations))

    def activation(self):
        name = self.random.choice(list(ACTIVATIONS))
        return {"kind": "activation", "function": name}, ACTIVATIONS[name]()

    def push(self, *pairs):
        for layer, part in pairs:
            self.layers.append(layer)
            self.parts.append(part)

    def norm(self):
        return {"kind": "layer_norm"}, stax.LayerNorm(axis=(1, 2, 3) if self.images else -1, eps=1e-5)

    def hidden(self):
        kind = self.random.choice(["plain", "plain", "norm", "residual"])
        if kind == "residual":
            pairs = [self.activation(), self.weighted(self.images)]
            layers, parts = zip(*pairs)
            block = stax.serial(stax.FanOut(2), stax.parallel(stax.Identity(), stax.serial(*parts)), stax.FanInSum())
            self.push(({"kind": "residual", "layers": list(layers)}, block))
            return
        if kind == "norm":
            self.push(self.norm())
        self.push(self.activation(), self.weighted(self.images))

    def build(self):
        self.push(self.weighted(self.images))
        for _ in range(self.random.randint(1, 4)):
            self.hidden()
        shape = (3, 2, 8, 8) if self.images else (4, 7)
        if self.images:
            readout = self.random.choice(["flatten", "global", "window", "valid"])
            self.push(self.activation())
            if readout == "valid":
                self.push(self.weighted(True, keep=False), self.activation())
            size = {"global": 8, "window": 2}.get(readout)
            if size:
                self.push(({"kind": "average_pool", "size": size}, stax.AvgPool((size, size), (size, size))))
            self.push(({"kind": "flatten"}, stax.Flatten()))
        else:
            self.push(self.activation())
        self.push(self.weighted(False))
        return shape


def kernels(seed):
    architecture = Architecture(seed)
    shape = architecture.build()
    inputs = np.random.default_rng(seed).standard_normal(shape).round(3)
    fed = jnp.asarray(np.moveaxis(inputs, 1, -1) if architecture.images else inputs)
    *_, kernel = stax.serial(*architecture.parts)
    found = kernel(fed, None, ("nngp", "ntk"))
    return {
        "input": "x".join(map(str, shape[1:])),
        "weight_variance": architecture.weight,
        "bias_variance": architecture.bias,
        "layers": architecture.layers,
        "inputs": inputs.ravel().tolist(),
        "nngp": np.asarray(found.nngp).ravel().tolist(),
        "ntk": np.asarray(found.ntk).ravel().tolist(),
    }


print("[")
print(",\n".join(json.dumps(kernels(seed)) for seed in range(30)))
print("]")
