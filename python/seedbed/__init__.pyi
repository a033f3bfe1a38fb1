from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import NDArray

__version__: str

_Layout = Literal[
    "dense",
    "dense_in_out",
    "convolution",
    "convolution_in_out",
    "transposed_convolution",
    "embedding",
    "tied_embedding",
    "experts",
    "plain",
]
_DType = Literal[
    "f32", "float32", "f64", "float64", "f16", "float16", "bf16", "bfloat16", "f8_e4m3", "f8_e5m2"
]

def draw(
    initializer: str,
    shape: Sequence[int],
    *,
    seed: int = 0,
    name: str = "weight",
    layout: _Layout | str | None = None,
    groups: int = 1,
    packed: Sequence[int] | None = None,
    slice: str | None = None,
    dtype: _DType | Literal["c64", "complex64"] = "f32",
) -> NDArray[Any]:
    """Draw one tensor, or a slice of it.

    `shape` is read as `[out, in]` (two axes), `[out, in, kernel...]` (more) or without fans (one), unless
    `layout` says otherwise: a name, or a letter an axis (`i` input, `o` output, `r` receptive, `b` one of several
    independent weights), as in `"rrio"` for JAX's kernels. `groups` are those of a convolution. `packed` are the
    output sizes of several projections in one tensor, such as `[64, 64, 64]` for query, key and value: each has its
    own fans and its own matrix.

    `slice` (`"0:1024,:"`) draws that part alone, with the same bits as in the whole. Each value is rounded once to
    `dtype`; `bf16` and the 8-bit types come as arrays of the package `ml_dtypes`, which must be installed for them.
    `complex64` draws the complex law: `orthogonal` is unitary, the normal and scaled laws have E|z|² for variance.

    Raises `ValueError` for an initializer, a shape or a slice that does not work.
    """

def init(network: str, prior: str, *, seed: int = 0, dtype: _DType = "f32") -> dict[str, NDArray[Any]]:
    """Draw the weights of a whole network: a shorthand such as `mlp(64, 128x30, 10, relu)`, or a TOML file."""

def initializers() -> list[str]:
    """Names of all initializers."""
