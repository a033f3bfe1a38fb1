"""Initial weights for neural networks: seeded, exact, the same bits everywhere."""

from ._native import __version__, draw, init, initializers

__all__ = ["__version__", "draw", "init", "initializers"]
