"""The few functions that rules and generated code share; each has a rule itself, so second derivatives exist.

Parameters are called ``t`` where they stand for a cotangent, because ``g`` is a reserved name in rules.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.rules.text import METADATA

__all__ = ["adjoint", "masked", "project", "restore", "scatter", "zeros"]


def project(t: Any, x: Any) -> Any:
    """Make `t` a cotangent of `x`: undo broadcasting, drop an imaginary part, take on the dtype.

    Numbers of Python stay numbers. A cotangent with fewer axes than `x` is broadcast to it.
    """
    if type(t) is type(x):
        if type(x) is float:
            return t
        if type(x) is np.ndarray and t.shape == x.shape and t.dtype == x.dtype:
            return t
    if isinstance(x, list | tuple):
        if isinstance(t, list | tuple) and len(t) == len(x):
            return [None if part is None else project(part, item) for part, item in zip(t, x, strict=True)]
        if all(isinstance(item, list | tuple | np.ndarray) for item in x) and len(x) > 0:
            return [project(t[k], item) for k, item in enumerate(x)]
        return project(t, np.asarray(x))
    shape = np.shape(x)
    if np.shape(t) != shape:
        t = _reduced(t, shape)
    if np.iscomplexobj(t) and not np.iscomplexobj(x):
        t = np.real(t)
    wanted = getattr(x, "dtype", None)
    have = getattr(t, "dtype", None)
    if wanted is not None and wanted != have and _inexact(wanted):
        t = t.astype(wanted) if have is not None else np.asarray(t, dtype=wanted)[()]
    return t


def _inexact(dtype: Any) -> bool:
    kind = getattr(dtype, "kind", None)
    return kind in ("f", "c") if kind is not None else True


def _reduced(t: Any, shape: tuple[int, ...]) -> Any:
    have = np.shape(t)
    extra = len(have) - len(shape)
    if extra < 0 or any(n == 1 and m != 1 for n, m in zip(have[extra:], shape, strict=True)):
        return np.broadcast_to(t, shape)
    axes = (*range(extra), *(extra + k for k, n in enumerate(shape) if n == 1 and have[extra + k] != 1))
    total = np.sum(t, axis=axes)
    return total if np.shape(total) == shape else np.reshape(total, shape)


def restore(t: Any, axis: Any, keepdims: Any = False) -> Any:
    """Put back the axes that a reduction over `axis` removed, with length one."""
    return t if keepdims or axis is None else np.expand_dims(t, axis)


def masked(t: Any, where: Any) -> Any:
    """`t` where the mask is true, zero elsewhere; a mask of True costs nothing."""
    return t if where is True else np.where(where, t, 0.0)


def adjoint(a: Any) -> Any:
    """Conjugate transpose of the last two axes."""
    swapped = np.swapaxes(a, -1, -2)
    return np.conj(swapped) if np.iscomplexobj(swapped) else swapped


def scatter(t: Any, index: Any, x: Any) -> Any:
    """Zeros of the shape of `x` with `t` added at `index`: the transpose of indexing."""
    result = zeros(x, t)
    if repeats(index):
        np.add.at(result, index, t)
    else:
        result[index] = t
    return result


def zeros(x: Any, t: Any) -> Any:
    """Zeros of the shape of `x` that can hold numbers like `t`."""
    dtype = getattr(t, "dtype", None)
    return np.zeros(np.shape(x), dtype=np.result_type(x, t) if dtype is None else dtype)


def repeats(index: Any) -> bool:
    """Whether an index may name an element twice: only one with integer arrays can."""
    parts = index if isinstance(index, tuple) else (index,)
    for part in parts:
        if isinstance(part, list):
            part = np.asarray(part)
        if isinstance(part, np.ndarray) and part.ndim > 0 and part.dtype != np.bool_:
            return True
    return False


METADATA.update(
    {
        project: (1,),
        scatter: (2,),
        zeros: (0, 1),
        np.shape: (0,),
        np.ndim: (0,),
        np.size: (0,),
        len: (0,),
        np.iscomplexobj: (0,),
        np.isrealobj: (0,),
        np.zeros_like: (0,),
        np.ones_like: (0,),
        np.empty_like: (0,),
        np.result_type: (0, 1, 2),
    }
)
