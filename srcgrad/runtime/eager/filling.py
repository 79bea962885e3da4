"""Writing into tensors under PyTorch's names: ``copy_``, ``zero_``, ``normal_`` and the like."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime.eager.indexing import put
from srcgrad.runtime.eager.inplace import allow, constant, in_place, overwrite, retitled
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.operands import cast
from srcgrad.runtime.eager.random_numbers import rng
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.runtime.eager.views import rebase


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the elements of another tensor."""
    allow(self)
    source = src if isinstance(src, Tensor) else Tensor(np.asarray(src))
    if source.value.dtype != self.value.dtype:
        source = cast(source, self.value.dtype)
    if source.value.shape != self.value.shape:
        source = source.expand(self.value.shape)
    made = Tensor(source.value, source.source() if recording.get() > 0 else None)
    before = self.source() if recording.get() > 0 else None
    if made.node is not None:
        # A node of its own: this is where the old history ends.
        made.node = source.clone().node
        assert made.node is not None
        made.node.name = "CopyBackwards"
    elif before is not None:
        made.node = constant(before, "CopyBackwards")
    return overwrite(self, made)


def _write(self: Tensor, value: Any) -> Tensor:
    allow(self)
    self.value[...] = value
    rebase(self, None, recording.get() > 0)
    return self


def fill_(self: Tensor, value: Any) -> Tensor:
    """Write one number everywhere."""
    if isinstance(value, Tensor):
        if value.value.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.value.ndim} "
                f"dimensions."
            )
        return retitled(copy_(self, value), "CopyBackwards", "FillBackward3")
    if self.source() is None or recording.get() <= 0:
        return _write(self, value)
    return in_place(_full, self, value)


def _full(input: Tensor, value: Any) -> Tensor:
    return Tensor(np.full_like(input.value, value))


_full.__name__ = "fill_"


def zero_(self: Tensor) -> Tensor:
    """Write zeros everywhere."""
    if self.source() is None or recording.get() <= 0:
        return _write(self, 0)
    return in_place(_zeros, self)


def _zeros(input: Tensor) -> Tensor:
    return Tensor(np.zeros_like(input.value))


_zeros.__name__ = "zero_"


def uniform_(self: Tensor, a: float = 0.0, b: float = 1.0, *, generator: Any = None) -> Tensor:
    """Write uniform random numbers."""
    return _write(self, rng(generator).uniform(a, b, self.value.shape))


def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Tensor:
    """Write normal random numbers."""
    return _write(self, rng(generator).normal(mean, std, self.value.shape))


def random_(self: Tensor, low: int = 0, high: int | None = None, *, generator: Any = None) -> Tensor:
    """Write random integers."""
    if high is None:
        low, high = 0, low or 2**24
    return _write(self, rng(generator).integers(low, high, self.value.shape))


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """Write zeros and ones."""
    chance = p.value if isinstance(p, Tensor) else p
    return _write(self, rng(generator).random(self.value.shape) < chance)


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Any = None) -> Tensor:
    """Write exponentially distributed random numbers."""
    return _write(self, rng(generator).exponential(1 / lambd, self.value.shape))


def fill_diagonal_(self: Tensor, fill_value: Any) -> Tensor:
    """Write one number on the diagonal."""
    if self.value.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    allow(self)
    places = np.arange(min(self.value.shape))
    put(self, (places,) * self.value.ndim, fill_value, False, name="CopySlices")
    return self
