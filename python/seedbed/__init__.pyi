from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__version__: str

def draw(
    initializer: str,
    shape: Sequence[int],
    *,
    seed: int = 0,
    name: str = "weight",
    layout: Literal["dense", "dense_in_out", "convolution", "transposed_convolution", "plain"] | None = None,
) -> NDArray[np.float32]:
    """Draw one tensor.

    `shape` is read as `[out, in]` (two axes), `[out, in, kernel...]` (more) or without fans (one), unless
    `layout` says otherwise. Raises `ValueError` for an initializer or a shape that does not work.
    """

def init(network: str, prior: str, *, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Draw the weights of a whole network: a shorthand such as `mlp(64, 128x30, 10, relu)`, or a TOML file."""

def initializers() -> list[str]:
    """Names of all initializers."""
