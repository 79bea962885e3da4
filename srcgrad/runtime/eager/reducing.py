"""Reductions and scans under PyTorch's names, with ``dim`` and ``keepdim``."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import to_numpy, type_name
from srcgrad.runtime.eager.elementwise import named, where
from srcgrad.runtime.eager.fast import apply, first, unary
from srcgrad.runtime.eager.operands import cast, into
from srcgrad.runtime.eager.tensor import Tensor

_min, _max, _sum = builtins.min, builtins.max, builtins.sum


def axis_of(dim: int, ndim: int) -> int:
    """A dimension, counted from the front."""
    n = _max(ndim, 1)
    if not -n <= dim < n:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
        )
    return dim % n


def axes_of(dim: Any, ndim: int) -> Any:
    """A dimension or several, as NumPy takes them; None for all."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return None
    if isinstance(dim, (tuple, list)):
        found = tuple(axis_of(int(d), ndim) for d in dim)
        if len(set(found)) != len(found):
            raise RuntimeError(f"dim {found[0]} appears multiple times in the list of dims")
        return found if ndim else None
    axis = axis_of(int(dim), ndim)
    return axis if ndim else None


class Fields(tuple[Any, ...]):
    """The results of an operation that has several, by name as well."""

    title = ""
    names: tuple[str, ...] = ()

    def __new__(cls, *parts: Any) -> Fields:
        return tuple.__new__(cls, parts)

    def __getattr__(self, name: str) -> Any:
        try:
            return self[type(self).names.index(name)]
        except ValueError:
            raise AttributeError(name) from None

    def __repr__(self) -> str:
        parts = ",\n".join(f"{name}={value!r}" for name, value in zip(self.names, self, strict=True))
        return f"torch.return_types.{self.title}(\n{parts})"


def fields(title: str, *names: str) -> type[Fields]:
    """A class of named results."""
    return type(title, (Fields,), {"title": title, "names": names})


_full_sum = unary(np.sum, "SumBackward0", lambda a: np.add.reduce(a, None))
_full_mean = unary(np.mean, "MeanBackward0", lambda a: np.add.reduce(a, None) / a.dtype.type(a.size))


def sum(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Tensor | None = None
) -> Tensor:
    """The sum, over all elements or along dimensions.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.ones(2, 3).sum(dim=1, keepdim=True)
    tensor([[3.],
            [3.]])
    """
    if dtype is not None:
        input = cast(input, to_numpy(dtype))
    kind = input.value.dtype.kind
    if kind in "biu":
        made = Tensor(
            np.sum(
                input.value,
                axes_of(dim, input.value.ndim),
                np.int64 if dtype is None else None,
                keepdims=keepdim,
            )
        )
    elif dim is None and not keepdim:
        made = _full_sum(input)
    else:
        axis = axes_of(dim, input.value.ndim)
        made = first(np.sum, input, (axis, None, None, keepdim), "SumBackward1", np.add.reduce)
    return made if out is None else into(out, made)


def _inexact(input: Tensor, function: str) -> Tensor:
    if input.value.dtype.kind not in "fc":
        raise RuntimeError(
            f"{function}(): could not infer output dtype. Input dtype must be either a floating point or "
            f"complex "
            f"dtype. Got: {type_name(input.dtype)}"
        )
    return input


def mean(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Tensor | None = None
) -> Tensor:
    """The mean, over all elements or along dimensions."""
    if dtype is not None:
        input = cast(input, to_numpy(dtype))
    _inexact(input, "mean")
    if dim is None and not keepdim:
        made = _full_mean(input)
    else:
        axis = axes_of(dim, input.value.ndim)
        made = first(np.mean, input, (axis, None, None, keepdim), "MeanBackward1")
    return made if out is None else into(out, made)


def nansum(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The sum of what is a number."""
    if input.value.dtype.kind in "biu":
        return sum(input, dim, keepdim)
    return named(sum(where(np.isnan(input.value), 0.0, input), dim, keepdim), "NansumBackward0")


def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The mean of what is a number."""
    if input.value.dtype.kind not in "fc":
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            + type_name(input.dtype)
        )
    count = sum(Tensor(~np.isnan(input.value)), dim, keepdim)
    return nansum(input, dim, keepdim) / count


def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product, of all elements or along a dimension."""
    if dtype is not None:
        input = cast(input, to_numpy(dtype))
    axis = axes_of(dim, input.value.ndim)
    if input.value.dtype.kind in "biu":
        return Tensor(np.prod(input.value, axis, dtype=np.int64, keepdims=keepdim))
    name = "ProdBackward0" if dim is None else "ProdBackward1"
    return apply(np.prod, input, axis=axis, keepdims=keepdim, name=name)  # type: ignore[no-any-return]


def _correction(unbiased: Any, correction: Any) -> float:
    if unbiased is not None:
        return 1 if unbiased else 0
    return 1 if correction is None else correction


def _spread(op: Any, name: str, what: str) -> tuple[Callable[..., Tensor], Callable[..., Any]]:
    """A measure of spread, and the pair of it and the mean."""
    title = name.capitalize()

    def spread(
        input: Tensor,
        dim: Any = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
    ) -> Tensor:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if input.value.dtype.kind not in "fc":
            raise RuntimeError(f"{name} only support floating point and complex dtypes")
        axis = axes_of(dim, input.value.ndim)
        degrees = _correction(unbiased, correction)
        return apply(op, input, axis=axis, ddof=degrees, keepdims=keepdim, name=f"{title}Backward0")  # type: ignore[no-any-return]

    def with_mean(
        input: Tensor,
        dim: Any = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
    ) -> Any:
        both = spread(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)
        return tuple(named(each, f"{title}MeanBackward0") for each in both)

    spread.__name__ = spread.__qualname__ = name
    spread.__doc__ = f"The {what} (divided by n - 1 unless told otherwise)."
    with_mean.__name__ = with_mean.__qualname__ = f"{name}_mean"
    with_mean.__doc__ = f"The {what} and the mean."
    return spread, with_mean


var, var_mean = _spread(np.var, "var", "variance")
std, std_mean = _spread(np.std, "std", "standard deviation")


def _quantor(op: Any, name: str) -> Callable[..., Tensor]:
    def quantor(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
        found = np.asarray(op(input.value, axis=axes_of(dim, input.value.ndim), keepdims=keepdim))
        return Tensor(found.astype(np.uint8) if input.value.dtype == np.uint8 else found)

    quantor.__name__ = quantor.__qualname__ = name
    quantor.__doc__ = f"Whether {name} of the elements are true."
    return quantor


all, any = _quantor(np.all, "all"), _quantor(np.any, "any")


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not zero."""
    return Tensor(np.asarray(np.count_nonzero(input.value, axes_of(dim, input.value.ndim))))
