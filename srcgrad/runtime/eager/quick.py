"""Quicker versions of the rules' helpers for plain arrays: what backward functions spend their time on.

Each does what the helper of the same name does, and hands unusual arguments to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.rules import helpers

__all__ = ["QUICK", "adjoint", "broadcast_to", "project", "restore", "total"]

_ndarray = np.ndarray
_add_up: Any = np.add.reduce


def project(t: Any, x: Any) -> Any:
    """`t` as a cotangent of `x`: broadcasting undone, in the dtype of `x`."""
    if type(t) is not _ndarray or type(x) is not _ndarray:
        return helpers.project(t, x)
    have, shape = t.shape, x.shape
    if t.dtype != x.dtype:
        return helpers.project(t, x)
    if have == shape:
        return t
    extra = len(have) - len(shape)
    if extra < 0:
        return helpers.project(t, x)
    if have[extra:] == shape:
        # A bias: whole axes in front.
        return _add_up(t, 0) if extra == 1 else _add_up(t, tuple(range(extra)))
    return helpers.project(t, x)


def restore(t: Any, axis: Any, keepdims: Any = False) -> Any:
    """The axes that a reduction removed, put back with length one."""
    if keepdims or axis is None:
        return t
    if type(axis) is int and axis >= 0 and type(t) is _ndarray:
        shape = t.shape
        return t.reshape((*shape[:axis], 1, *shape[axis:]))
    return helpers.restore(t, axis, keepdims)


def adjoint(a: Any) -> Any:
    """The conjugate transpose of the last two axes."""
    if type(a) is _ndarray and a.ndim == 2 and a.dtype.kind == "f":
        return a.T
    return helpers.adjoint(a)


def broadcast_to(t: Any, shape: Any) -> Any:
    """A read-only view of another shape."""
    array = t if type(t) is _ndarray else np.asarray(t)
    if type(shape) is not tuple or not array.flags.c_contiguous:
        return np.broadcast_to(t, shape)
    have = array.shape
    extra = len(shape) - len(have)
    if extra < 0:
        return np.broadcast_to(t, shape)
    strides = [0] * extra
    for n, m, stride in zip(have, shape[extra:], array.strides, strict=True):
        if n == m:
            strides.append(stride)
        elif n == 1:
            strides.append(0)
        else:
            return np.broadcast_to(t, shape)
    spread: Any = _ndarray(shape, array.dtype, array, 0, tuple(strides))
    spread.flags.writeable = False
    return spread


def total(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, **more: Any
) -> Any:
    """`numpy.sum`, without its detours for an array."""
    if type(a) is not _ndarray or more:
        return np.sum(a, axis, dtype, out, keepdims, **more)
    return _add_up(a, axis, dtype, out, keepdims)


#: The names in a backward function that stand for these.
QUICK = {"project": project, "restore": restore, "adjoint": adjoint, "total": total}
