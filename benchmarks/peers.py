"""What makes gradients of the kernels: srcgrad, adjoints written by hand, and other packages where they are installed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, util
from importlib.metadata import version
from typing import Any

import numpy as np

import srcgrad
from benchmarks.functional import VERSIONS
from benchmarks.kernels.kernel import Kernel

__all__ = ["NAMES", "Peer", "make_peer"]

Gradient = Callable[..., Any]


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Peer:
    """One way to a gradient.

    Parameters
    ----------
    name, version : str
        What tables call it.
    gradient : callable
        Takes a kernel, gives a function of its arguments that returns the gradients for ``wrt``; None where there is none.
    convert : callable
        Makes one of its own values from an argument.
    compiles : bool
        Its first call compiles, and later calls are as fast as machine code.
    """

    name: str
    version: str
    gradient: Callable[[Kernel], Gradient | None]
    convert: Callable[[Any], Any] = _unchanged
    compiles: bool = False


def make_peer(name: str) -> Peer | None:
    """A peer by its name on the command line; None if it is not installed."""
    needed, make = _MAKERS[name]
    return make() if needed is None or util.find_spec(needed) is not None else None


def _srcgrad() -> Peer:
    return Peer("srcgrad", srcgrad.__version__, lambda k: srcgrad.grad(k.function, argnums=k.wrt))


def _srcgrad_jit() -> Peer:
    def gradient(kernel: Kernel) -> Gradient:
        return srcgrad.grad(kernel.function, argnums=kernel.wrt, jit=True)

    return Peer("srcgrad, jit", srcgrad.__version__, gradient, compiles=True)


def _by_hand() -> Peer:
    return Peer("by hand", np.__version__, lambda k: _version_of(k, "benchmarks.by_hand.numpy_adjoints"))


def _by_hand_numba() -> Peer:
    return Peer(
        "by hand, Numba",
        version("numba"),
        lambda k: _version_of(k, "benchmarks.by_hand.numba_adjoints"),
        compiles=True,
    )


def _version_of(kernel: Kernel, module: str) -> Gradient | None:
    found: Gradient | None = getattr(import_module(module), kernel.name, None)
    return found


def _autograd() -> Peer:
    import autograd
    import autograd.numpy as numpy

    def gradient(kernel: Kernel) -> Gradient | None:
        make = VERSIONS.get(kernel.name)
        return None if make is None else autograd.grad(make(numpy), kernel.wrt)

    return Peer("HIPS autograd", version("autograd"), gradient)


def _torch() -> Peer:
    import torch

    torch.set_num_threads(1)

    def gradient(kernel: Kernel) -> Gradient | None:
        make = VERSIONS.get(kernel.name)
        if make is None:
            return None
        function = make(torch)

        def run(*arguments: Any) -> Any:
            given = list(arguments)
            leaves = []
            for k in kernel.wrt:
                given[k] = given[k].detach().requires_grad_()
                leaves.append(given[k])
            return torch.autograd.grad(function(*given), leaves)

        return run

    def convert(value: Any) -> Any:
        return torch.tensor(value, dtype=torch.float64) if isinstance(value, float | np.ndarray) else value

    return Peer("PyTorch", str(torch.__version__), gradient, convert)


def _jax() -> Peer:
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")

    def gradient(kernel: Kernel) -> Gradient | None:
        module = f"benchmarks.jax_versions.{kernel.family}"
        function = _version_of(kernel, module) if util.find_spec(module) is not None else None
        if function is None:
            return None

        @functools.cache
        def compiled(fixed: tuple[int, ...]) -> Gradient:
            made: Gradient = jax.jit(jax.grad(function, kernel.wrt), static_argnums=fixed)
            return made

        def run(*arguments: Any) -> Any:
            # Numbers of steps are part of the program for JAX.
            fixed = tuple(k for k, value in enumerate(arguments) if isinstance(value, int))
            return jax.block_until_ready(compiled(fixed)(*arguments))

        return run

    def convert(value: Any) -> Any:
        return jax.numpy.asarray(value) if isinstance(value, np.ndarray) else value

    return Peer("JAX, jit", jax.__version__, gradient, convert, compiles=True)


_MAKERS: dict[str, tuple[str | None, Callable[[], Peer]]] = {
    "srcgrad": (None, _srcgrad),
    "srcgrad-jit": ("numba", _srcgrad_jit),
    "hand": (None, _by_hand),
    "hand-numba": ("numba", _by_hand_numba),
    "jax": ("jax", _jax),
    "torch": ("torch", _torch),
    "autograd": ("autograd", _autograd),
}

#: What can be asked for.
NAMES = tuple(_MAKERS)
