"""Functions of neural networks; modules are left to the user's own functions."""

from srcgrad.nn import functional

__all__ = ["functional"]
