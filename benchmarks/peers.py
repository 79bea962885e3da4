"""Other packages that make gradients of Python programs, where they are installed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.programs import Program

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
    own : mapping, optional
        Programs that were written for this package, by name; else they are made with its `numpy`.
    full_size : bool
        It compiles, and need not be spared the large sizes.
    """

    name: str
    version: str
    numpy: Any
    convert: Callable[[Any], Any]
    value_and_gradient: Callable[[Callable[..., Any]], Callable[..., Any]]
    own: Mapping[str, Callable[..., Any]] | None = None
    full_size: bool = False

    def program(self, program: Program) -> Callable[..., Any] | None:
        """The program in the form that this package needs; None where it has no such form."""
        return program.for_peers(self.numpy) if self.own is None else self.own.get(program.name)


def installed_peers() -> list[Peer]:
    """The packages that can be imported here."""
    return [peer for make in (_autograd, _torch, _jax) if (peer := make()) is not None]


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


def _jax() -> Peer | None:
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    from benchmarks.programs_jax import PROGRAMS

    def value_and_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            # Numbers of steps are part of the program for JAX.
            fixed = tuple(k for k, value in enumerate(arguments) if isinstance(value, int))
            return jax.block_until_ready(compiled(fixed)(*arguments))

        @functools.cache
        def compiled(fixed: tuple[int, ...]) -> Callable[..., Any]:
            made: Callable[..., Any] = jax.jit(jax.value_and_grad(function), static_argnums=fixed)
            return made

        return run

    return Peer(
        "JAX, jit", jax.__version__, jax.numpy, lambda value: value, value_and_gradient, PROGRAMS, True
    )
