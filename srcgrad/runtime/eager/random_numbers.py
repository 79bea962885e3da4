"""Random tensors, and the generator behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from srcgrad.runtime.eager.creation import alike, finish, numbers, sizes
from srcgrad.runtime.eager.dtypes import default, to_numpy
from srcgrad.runtime.eager.tensor import Tensor

__all__ = [
    "Generator",
    "bernoulli",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "seed",
]


class Generator:
    """A source of random numbers."""

    def __init__(self, device: Any = "cpu") -> None:
        self.manual_seed(0)

    def manual_seed(self, seed: int) -> Generator:
        """Start anew from a seed."""
        self._seed = int(seed)
        self.numpy = np.random.default_rng(self._seed % 2**63)
        return self

    def initial_seed(self) -> int:
        """The seed it started from."""
        return self._seed


_random = Generator()
_random.manual_seed(np.random.SeedSequence().entropy % 2**63)  # type: ignore[operator]


# Inside of a mapped function: whether random numbers are "different" in each of its calls, "same", or an "error".
_mapped: ContextVar[str] = ContextVar("mapped", default="different")


def rng(generator: Generator | None = None) -> np.random.Generator:
    """NumPy's generator behind ours."""
    if _mapped.get() == "error":
        raise RuntimeError(
            "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
            "randomness flags on vmap or perform the randomness operation out of vmap"
        )
    return (generator or _random).numpy


@contextmanager
def repeated(randomness: str, call: int) -> Iterator[None]:
    """Around one of several calls of a mapped function."""
    state = _random.numpy.bit_generator.state
    if randomness == "same":
        if call == 0:
            _start.set(state)
        else:
            _random.numpy.bit_generator.state = _start.get()
    before = _mapped.set(randomness)
    try:
        yield
    finally:
        _mapped.reset(before)


# The state at the first call, where all are to be the same.
_start: ContextVar[Any] = ContextVar("start")


def manual_seed(seed: int) -> Generator:
    """Seed the random numbers.

    Examples
    --------
    >>> import srcgrad as torch
    >>> _ = torch.manual_seed(0)
    >>> a = torch.randn(2)
    >>> _ = torch.manual_seed(0)
    >>> torch.equal(a, torch.randn(2))
    True
    """
    return _random.manual_seed(seed)


def initial_seed() -> int:
    """The seed of the random numbers."""
    return _random.initial_seed()


def seed() -> int:
    """Seed the random numbers from the system."""
    return manual_seed(int(np.random.SeedSequence().entropy) % 2**63).initial_seed()  # type: ignore[arg-type]


def _normals(shape: tuple[int, ...], kind: Any) -> Any:
    if kind.kind == "c":
        return (rng().standard_normal((*shape, 2)).view(np.complex128)[..., 0] / math.sqrt(2)).astype(kind)
    if kind.kind != "f":
        raise RuntimeError(f"\"normal_kernel_cpu\" not implemented for '{kind.name}'")
    return np.asarray(rng().standard_normal(shape, np.float32 if kind == np.float32 else np.float64), kind)


def _uniforms(shape: tuple[int, ...], kind: Any) -> Any:
    return np.asarray(rng().random(shape, np.float32 if kind == np.float32 else np.float64), kind)


rand = numbers(_uniforms, "rand", "Uniform random numbers in [0, 1) of the given sizes.")
randn = numbers(_normals, "randn", "Normal random numbers of the given sizes.")
rand_like = alike(_uniforms, "rand_like", "Uniform random numbers of the shape and dtype of a tensor.")
randn_like = alike(_normals, "randn_like", "Normal random numbers of the shape and dtype of a tensor.")


def randint(
    low: int, high: Any = None, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Random integers from `low` up to but not including `high`."""
    if size is None:
        low, high, size = 0, low, high
    kind = np.dtype(np.int64) if dtype is None else to_numpy(dtype)
    return finish(rng(generator).integers(low, high, sizes((size,))).astype(kind), requires_grad, device)


def randint_like(input: Tensor, low: int, high: int | None = None, *, dtype: Any = None) -> Tensor:
    """Random integers in the shape and dtype of a tensor."""
    kind = input.dtype if dtype is None else dtype
    return randint(*((low, high) if high is not None else (0, low)), input.value.shape, dtype=kind)


def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None, device: Any = None) -> Tensor:
    """A random permutation of the first `n` integers."""
    kind = np.dtype(np.int64) if dtype is None else to_numpy(dtype)
    return finish(rng(generator).permutation(n).astype(kind), False, device)


def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None
) -> Tensor:
    """Normal random numbers with given means and deviations."""
    mean, std = (n.value if isinstance(n, Tensor) else n for n in (mean, std))
    shape = np.broadcast_shapes(np.shape(mean), np.shape(std)) if size is None else sizes((size,))
    return finish((rng(generator).standard_normal(shape) * std + mean).astype(default.dtype.dtype))


def bernoulli(input: Tensor, *, generator: Generator | None = None) -> Tensor:
    """Zeros and ones, one with the given probabilities."""
    value = input.value
    return finish((rng(generator).random(value.shape) < value).astype(value.dtype))


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn with the given weights, for each row."""
    rows = np.atleast_2d(input.value.astype(np.float64))
    draws = [rng(generator).choice(len(r), num_samples, replacement, r / r.sum()) for r in rows]
    return finish(np.array(draws if input.value.ndim > 1 else draws[0], np.int64))
