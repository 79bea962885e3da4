"""Other packages that make gradients of Python programs, where they are installed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Peer", "installed_peers"]


@dataclass(frozen=True)
class Peer:
    """One package.

    Parameters
    ----------
    name : str
        What the table calls it.
    version : str
        Its version.
    numpy : module
        What plays NumPy's part in it.
    convert : callable
        Makes one of its own values from a float or an array; leaves whole numbers alone.
    value_and_gradient : callable
        Makes a function that returns a program's value and its gradient by the first argument.
    """

    name: str
    version: str
    numpy: Any
    convert: Callable[[Any], Any]
    value_and_gradient: Callable[[Callable[..., Any]], Callable[..., Any]]


def installed_peers() -> list[Peer]:
    """The packages that can be imported here."""
    return [peer for make in (_autograd, _torch) if (peer := make()) is not None]


def _autograd() -> Peer | None:
    try:
        import autograd
        import autograd.numpy
    except ImportError:
        return None
    from importlib.metadata import version

    return Peer(
        "HIPS autograd", version("autograd"), autograd.numpy, lambda value: value, autograd.value_and_grad
    )


def _torch() -> Peer | None:
    try:
        import torch
    except ImportError:
        return None

    def convert(value: Any) -> Any:
        return torch.tensor(value, dtype=torch.float64) if isinstance(value, float | np.ndarray) else value

    def value_and_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(x: Any, *rest: Any) -> Any:
            leaf = x.clone().requires_grad_()
            value = function(leaf, *rest)
            value.backward()
            return value.detach(), leaf.grad

        return run

    return Peer("PyTorch", str(torch.__version__), torch, convert, value_and_gradient)
