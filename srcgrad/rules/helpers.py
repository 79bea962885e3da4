"""The few functions that rules and generated code share; each has a rule itself, so second derivatives exist.

Parameters are called ``t`` where they stand for a cotangent, because ``g`` is a reserved name in rules.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from srcgrad.errors import RuleParameterError, UnsupportedError
from srcgrad.rules.text import METADATA

__all__ = [
    "adjoint",
    "as_array",
    "masked",
    "pick",
    "positions",
    "project",
    "put_back",
    "repeats",
    "restore",
    "safe_product",
    "scatter",
    "stop_gradient",
    "unit",
    "unknown",
    "zero_tangent",
    "zeros",
]

T = TypeVar("T")


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
        parts = t if isinstance(t, list | tuple) or np.ndim(t) > 0 else [t] * len(x)
        return [None if part is None else project(part, item) for part, item in zip(parts, x, strict=True)]
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


def as_array(x: Any) -> Any:
    """`x` itself if it is an array, else an array of it; unlike ``np.asarray`` it lets recorded values be."""
    if hasattr(x, "dtype"):
        return x
    return np.stack([as_array(item) for item in x]) if isinstance(x, list | tuple) else np.zeros(()) + x


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


def unit(x: Any) -> Any:
    """The complex number of length one in the direction of `x`, zero for zero."""
    return np.sign(x)


def safe_product(t: Any, factor: Any) -> Any:
    """``t * factor``, but 0 where `t` is 0, whatever the factor: infinite, or not a number."""
    if type(t) is float and type(factor) is float:
        return t * factor if t else 0.0
    nothing = np.equal(t, 0)
    return np.where(nothing, np.zeros_like(t), t * np.where(nothing, np.ones_like(factor), factor))[()]


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


def unknown(function: str, parameter: str) -> Any:
    """What stands for a derivative that exists but that nobody has a formula for."""
    raise RuleParameterError(
        f"the derivative of {function} for {parameter}= is not known",
        way_out=f"keep {parameter} constant, or register a rule of your own (srcgrad.rule).",
    )


def positions(a: Any) -> Any:
    """Running number of each element of `a`, in its shape.

    What a function that only moves elements does to the positions says where each result element comes from.
    """
    return np.arange(np.size(a)).reshape(np.shape(a))


def pick(a: Any, places: Any) -> Any:
    """Elements of `a` by running number; zero for a negative number."""
    picked = np.take(a, np.maximum(places, 0))
    return np.where(places < 0, np.zeros_like(picked), picked) if np.any(places < 0) else picked


def put_back(t: Any, places: Any, a: Any) -> Any:
    """Zeros of the shape of `a` with the elements of `t` added at their running numbers; the transpose of
    `pick`.

    Elements of `t` with a negative number are left out.
    """
    flat, weights, size = np.ravel(places), np.ravel(t), np.size(a)
    if np.any(flat < 0):
        flat, weights = flat[flat >= 0], weights[flat >= 0]
    if np.iscomplexobj(weights):
        total = np.bincount(flat, weights.real, size) + 1j * np.bincount(flat, weights.imag, size)
    else:
        total = np.bincount(flat, weights, size)
    dtype = getattr(t, "dtype", None)
    return np.reshape(total if dtype is None else total.astype(dtype, copy=False), np.shape(a))


def zero_tangent(x: Any) -> Any:
    """A zero of the form of a number or an array, which may be the tangent of it."""
    dtype = getattr(x, "dtype", None)
    if dtype is None:
        return 0j if isinstance(x, complex) else 0.0
    return np.zeros(np.shape(x), dtype if dtype.kind in "fc" else float)


def stop_gradient(x: T) -> T:
    """The same value as a constant: no derivative passes through it.

    Parameters
    ----------
    x : number, array, tensor, or tuple, list or dict of these
        Left as it is.

    Returns
    -------
    The value itself if it cannot be written, a copy of arrays.

    Raises
    ------
    UnsupportedError
        If it is another object with attributes.

    Examples
    --------
    >>> import srcgrad
    >>> srcgrad.grad(lambda x: x * srcgrad.stop_gradient(x))(3.0)
    3.0
    """
    value: Any = x
    if isinstance(value, np.ndarray):
        return value.copy()  # type: ignore[return-value]
    if hasattr(value, "detach"):
        return value.detach()  # type: ignore[no-any-return]
    if isinstance(value, tuple | list):
        parts = [stop_gradient(part) for part in value]
        made: Any = type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
        return made  # type: ignore[no-any-return]
    if isinstance(value, dict):
        return {key: stop_gradient(part) for key, part in value.items()}  # type: ignore[return-value]
    if hasattr(value, "__dict__") and not callable(value):
        raise UnsupportedError(
            f"stop_gradient of an object of class {type(value).__name__}",
            way_out="call it with the numbers and arrays of the object",
        )
    return x


METADATA.update(
    {
        positions: (0,),
        put_back: (2,),
        project: (1,),
        scatter: (2,),
        zeros: (0, 1),
        zero_tangent: (0,),
        np.shape: (0,),
        np.ndim: (0,),
        np.size: (0,),
        len: (0,),
        np.iscomplexobj: (0,),
        np.isrealobj: (0,),
        np.zeros_like: (0,),
        np.ones_like: (0,),
        np.empty_like: (0,),
        np.full_like: (0,),
        np.result_type: (0, 1, 2),
    }
)
