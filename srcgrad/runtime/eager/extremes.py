"""Largest and smallest elements under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import type_name
from srcgrad.runtime.eager.elementwise import maximum, minimum, named
from srcgrad.runtime.eager.fast import apply, first
from srcgrad.runtime.eager.reducing import axes_of, axis_of, fields
from srcgrad.runtime.eager.shaping import clone
from srcgrad.runtime.eager.tensor import Tensor


def nonempty(input: Tensor, dim: Any, name: str) -> Any:
    """The axes of a reduction that needs an element, as NumPy takes them."""
    value = input.value
    axes = axes_of(dim, value.ndim)
    if not value.size:
        if axes is None:
            kind = IndexError if name.startswith("arg") else RuntimeError
            raise kind(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                "with the 'dim' argument."
            )
        for axis in axes if isinstance(axes, tuple) else (axes,):
            if not value.shape[axis]:
                raise IndexError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")
    return axes


def ordered(input: Tensor, name: str) -> None:
    """Raise for complex numbers, which have no order."""
    if input.value.dtype.kind == "c":
        raise NotImplementedError(f"\"{name}\" not implemented for '{type_name(input.dtype)}'")


def amax(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The largest elements; equal ones share the gradient."""
    ordered(input, "amax")
    return first(np.max, input, (nonempty(input, dim, "amax"), None, keepdim), "AmaxBackward0")


def amin(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The smallest elements; equal ones share the gradient."""
    ordered(input, "amin")
    return first(np.min, input, (nonempty(input, dim, "amin"), None, keepdim), "AminBackward0")


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest elements."""
    ends = (named(f(input, dim, keepdim), "AminmaxBackward0") for f in (amin, amax))
    return fields("aminmax", "min", "max")(*ends)


def along(input: Tensor, where: Any, axis: int, keepdim: bool, name: str) -> Tensor:
    """One element for each place along an axis."""
    picked = first(np.take_along_axis, input, (where, axis), name)
    return picked if keepdim else first(np.squeeze, picked, (axis,), name)


def chosen(kind: Any, input: Tensor, places: Any, axis: int, keepdim: bool, name: str) -> Any:
    """One element for each place along an axis, and the places, as named results."""
    if not input.value.ndim:
        return kind(named(clone(input), name), Tensor(np.array(0)))
    values = along(input, places, axis, keepdim, name)
    # A copy: the graph keeps the places, and what is handed out may be written over.
    return kind(values, Tensor(np.array(places if keepdim else places.squeeze(axis))))


def _extreme(find: Any, whole: Any, other: Any, title: str) -> Callable[..., Any]:
    kind = fields(title, "values", "indices")
    large = title == "max"

    def extreme(input: Tensor, dim: Any = None, keepdim: bool = False, **more: Any) -> Any:
        dim = more.get("other", dim)
        if isinstance(dim, Tensor):
            return other(input, dim)
        if dim is None:
            nonempty(input, None, title)
            ordered(input, f"{title}_all")
            return named(apply(whole, input), f"{title.capitalize()}Backward1")
        ordered(input, title)
        nonempty(input, dim, title)
        axis = axis_of(dim, input.value.ndim)
        places = np.expand_dims(find(input.value, axis), axis)
        return chosen(kind, input, places, axis, keepdim, f"{title.capitalize()}Backward0")

    extreme.__name__ = extreme.__qualname__ = title
    which = "largest" if large else "smallest"
    extreme.__doc__ = f"The {which} element; along a dimension, with its place; of two tensors."
    return extreme


max = _extreme(np.argmax, np.max, maximum, "max")
min = _extreme(np.argmin, np.min, minimum, "min")


def _place(find: Any, name: str) -> Callable[..., Tensor]:
    def place(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        return Tensor(find(input.value, nonempty(input, dim, name), keepdims=keepdim))

    place.__name__ = place.__qualname__ = name
    place.__doc__ = "The place of the extreme element; in the flattened tensor if no dimension is given."
    return place


argmax, argmin = _place(np.argmax, "argmax"), _place(np.argmin, "argmin")


def _running(op: Any, better: Any, title: str) -> Callable[..., Any]:
    kind = fields(title, "values", "indices")

    def running(input: Tensor, dim: int) -> Any:
        axis = axis_of(dim, input.value.ndim)
        value = np.atleast_1d(input.value)
        best = op.accumulate(value, axis)
        count = np.arange(value.shape[axis]).reshape([-1 if k == axis else 1 for k in range(value.ndim)])
        reached = (value == best) | (value != value)
        places = np.maximum.accumulate(np.where(reached, count, 0), axis)
        return chosen(kind, input, places, axis, True, f"{title.capitalize()}Backward0")

    running.__name__ = running.__qualname__ = title
    running.__doc__ = f"The {better} element so far along a dimension, and its place."
    return running


cummax, cummin = _running(np.maximum, "largest", "cummax"), _running(np.minimum, "smallest", "cummin")
