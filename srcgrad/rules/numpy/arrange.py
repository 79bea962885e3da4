"""Bookkeeping of axes for the rules of this package; nothing here touches a number that has a derivative."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from srcgrad.errors import RuleParameterError
from srcgrad.rules.helpers import positions
from srcgrad.rules.kinds import nondiff
from srcgrad.rules.text import METADATA


def inverse_permutation(axes: Any) -> Any:
    """The permutation of axes that undoes `axes`; negative axes allowed."""
    axes = axes[0] if len(axes) == 1 and np.ndim(axes[0]) == 1 else axes
    return np.argsort([axis % len(axes) for axis in axes])


def boundaries(arrays: Sequence[Any], axis: int) -> Any:
    """Where the arrays of a concatenation along `axis` end, the last left out."""
    return np.cumsum([np.size(x) if axis is None else np.shape(x)[axis] for x in arrays])[:-1]


nondiff(inverse_permutation, boundaries)


def count(a: Any, axis: Any, where: Any = True) -> Any:
    """How many elements of `a` each result of a reduction over `axis` comes from."""
    if where is True:
        return np.size(a) if axis is None else math.prod(np.shape(a)[k] for k in np.atleast_1d(axis))
    return np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=True)


nondiff(count)
METADATA[count] = (0,)
METADATA[boundaries] = (0,)


def trimmed(filt: Any, trim: str, axis: Any) -> tuple[slice, ...]:
    """The index by which ``np.trim_zeros`` cuts an array."""
    ndim = np.ndim(filt)
    axes = range(ndim) if axis is None else [k % ndim for k in np.atleast_1d(axis)]
    index = [slice(None)] * ndim
    for k in axes:
        used = np.flatnonzero(np.any(np.asarray(filt) != 0, axis=tuple(j for j in range(ndim) if j != k)))
        start = used[0] if "f" in trim.lower() and used.size else 0
        stop = used[-1] + 1 if "b" in trim.lower() and used.size else np.shape(filt)[k]
        index[k] = slice(start, stop if used.size else 0)
    return tuple(index)


def windows(x: Any, shape: Any, strides: Any) -> Any:
    """Running number in `x` of each element that ``as_strided`` shows; `x` must be contiguous."""
    if not x.flags.c_contiguous:
        raise RuleParameterError(
            "the derivative of as_strided needs a contiguous array", way_out="pass np.ascontiguousarray(x)"
        )
    shape = x.shape if shape is None else shape
    strides = x.strides if strides is None else strides
    steps = [stride // x.itemsize for stride in strides]
    return sum((n * s for n, s in zip(np.indices(shape), steps, strict=True)), np.zeros(shape, dtype=int))


nondiff(trimmed, windows)
METADATA[windows] = (0,)


def in_line(a: Any, axis: Any) -> Any:
    """`a` with the axes that a reduction over `axis` removes moved to the end and made one."""
    shape = np.shape(a)
    axes = tuple(range(len(shape))) if axis is None else tuple(k % len(shape) for k in np.atleast_1d(axis))
    kept = tuple(k for k in range(len(shape)) if k not in axes)
    return np.reshape(np.transpose(a, kept + axes), [*(shape[k] for k in kept), -1])


def padded_places(array: Any, pad_width: Any, mode: str, reflect_type: str) -> Any:
    """Running number of the element of `array` in each place of ``np.pad``, -1 where there is none."""
    places = positions(array)
    if mode in ("constant", "empty"):
        return np.pad(places, pad_width, constant_values=-1)
    if mode in ("edge", "wrap") or (mode in ("reflect", "symmetric") and reflect_type == "even"):
        return np.pad(places, pad_width, mode)  # type: ignore[call-overload]
    raise RuleParameterError(
        f"the derivative of np.pad does not know mode={mode!r} with reflect_type={reflect_type!r}",
        way_out="put the parts together with np.concatenate",
    )


nondiff(padded_places)
METADATA[padded_places] = (0,)
