"""Largest and smallest elements under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.eager.elementwise import maximum, minimum, named
from srcgrad.runtime.eager.fast import apply, first
from srcgrad.runtime.eager.reducing import axes_of, axis_of, fields
from srcgrad.runtime.eager.tensor import Tensor


def amax(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The largest elements; equal ones share the gradient."""
    return first(np.max, input, (axes_of(dim, input.value.ndim), None, keepdim), "AmaxBackward0")


def amin(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The smallest elements; equal ones share the gradient."""
    return first(np.min, input, (axes_of(dim, input.value.ndim), None, keepdim), "AminBackward0")


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest elements."""
    ends = (named(f(input, dim, keepdim), "AminmaxBackward0") for f in (amin, amax))
    return fields("aminmax", "min", "max")(*ends)


def along(input: Tensor, where: Any, axis: int, keepdim: bool, name: str) -> Tensor:
    """One element for each place along an axis."""
    picked = first(np.take_along_axis, input, (where, axis), name)
    return picked if keepdim else first(np.squeeze, picked, (axis,), name)


def _extreme(find: Any, whole: Any, other: Any, title: str) -> Callable[..., Any]:
    kind = fields(title, "values", "indices")
    large = title == "max"

    def extreme(input: Tensor, dim: Any = None, keepdim: bool = False, **more: Any) -> Any:
        dim = more.get("other", dim)
        if isinstance(dim, Tensor):
            return other(input, dim)
        if dim is None:
            if not input.value.size:
                raise RuntimeError(
                    f"{title}(): Expected reduction dim to be specified for input.numel() == 0. Specify "
                    f"the reduction "
                    "dim with the 'dim' argument."
                )
            return named(apply(whole, input), f"{title.capitalize()}Backward1")
        if not input.value.ndim:
            return kind(input.clone(), Tensor(np.array(0)))
        axis = axis_of(dim, input.value.ndim)
        places = np.expand_dims(find(input.value, axis), axis)
        values = along(input, places, axis, keepdim, f"{title.capitalize()}Backward0")
        return kind(values, Tensor(places if keepdim else places.squeeze(axis)))

    extreme.__name__ = extreme.__qualname__ = title
    which = "largest" if large else "smallest"
    extreme.__doc__ = f"The {which} element; along a dimension, with its place; of two tensors."
    return extreme


max = _extreme(np.argmax, np.max, maximum, "max")
min = _extreme(np.argmin, np.min, minimum, "min")


def _place(find: Any, name: str) -> Callable[..., Tensor]:
    def place(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        return Tensor(find(input.value, axes_of(dim, input.value.ndim), keepdims=keepdim))

    place.__name__ = place.__qualname__ = name
    place.__doc__ = "The place of the extreme element; in the flattened tensor if no dimension is given."
    return place


argmax, argmin = _place(np.argmax, "argmax"), _place(np.argmin, "argmin")


def _running(op: Any, better: Any, title: str) -> Callable[..., Any]:
    kind = fields(title, "values", "indices")

    def running(input: Tensor, dim: int) -> Any:
        axis = axis_of(dim, input.value.ndim)
        best = op.accumulate(input.value, axis)
        count = np.arange(input.value.shape[axis]).reshape(
            [-1 if k == axis else 1 for k in range(input.value.ndim)]
        )
        places = np.maximum.accumulate(np.where(input.value == best, count, 0), axis)
        return kind(along(input, places, axis, True, f"{title.capitalize()}Backward0"), Tensor(places))

    running.__name__ = running.__qualname__ = title
    running.__doc__ = f"The {better} element so far along a dimension, and its place."
    return running


cummax, cummin = _running(np.maximum, "largest", "cummax"), _running(np.minimum, "smallest", "cummin")
