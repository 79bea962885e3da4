"""Reductions and scans under PyTorch's names, with ``dim`` and ``keepdim``."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.dtypes import default, to_numpy, type_name
from srcgrad.runtime.elementwise import absolute, divide, exp, log, maximum, minimum, named, pow, sqrt, where
from srcgrad.runtime.fast import apply, cast, first, into, unary
from srcgrad.runtime.tensor import Tensor

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
    return axis_of(int(dim), ndim) if ndim else None


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
            f"{function}(): could not infer output dtype. Input dtype must be either a floating point or complex "
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
    return named(sum(where(np.isnan(input.value), 0.0, input), dim, keepdim), "NansumBackward0")


def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The mean of what is a number."""
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
    return 1 if correction is None else correction  # type: ignore[no-any-return]


def _spread(
    op: Any, title: str, input: Tensor, dim: Any, unbiased: bool | None, correction: Any, keepdim: bool
) -> Tensor:
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if input.value.dtype.kind not in "fc":
        raise RuntimeError(f"{title.lower()} only support floating point and complex dtypes")
    axis = axes_of(dim, input.value.ndim)
    degrees = _correction(unbiased, correction)
    return apply(op, input, axis=axis, ddof=degrees, keepdims=keepdim, name=f"{title}Backward0")  # type: ignore[no-any-return]


def var(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Tensor:
    """The variance (divided by n - 1 unless told otherwise)."""
    return _spread(np.var, "Var", input, dim, unbiased, correction, keepdim)


def std(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Tensor:
    """The standard deviation (divided by n - 1 unless told otherwise)."""
    return _spread(np.std, "Std", input, dim, unbiased, correction, keepdim)


def var_mean(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Any:
    """Variance and mean."""
    spread = named(var(input, dim, unbiased, keepdim, correction=correction), "VarMeanBackward0")
    return spread, named(mean(input, dim, keepdim), "VarMeanBackward0")


def std_mean(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Any:
    """Standard deviation and mean."""
    spread = named(std(input, dim, unbiased, keepdim, correction=correction), "StdMeanBackward0")
    return spread, named(mean(input, dim, keepdim), "StdMeanBackward0")


# --- extremes ---


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
                    f"{title}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction "
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
    extreme.__doc__ = f"""The {"largest" if large else "smallest"} element; along a dimension, with its place; of two tensors."""
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


def _quantor(op: Any, name: str) -> Callable[..., Tensor]:
    def quantor(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
        return Tensor(op(input.value, axis=axes_of(dim, input.value.ndim), keepdims=keepdim))

    quantor.__name__ = quantor.__qualname__ = name
    quantor.__doc__ = f"Whether {name} of the elements are true."
    return quantor


all, any = _quantor(np.all, "all"), _quantor(np.any, "any")


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not zero."""
    return Tensor(np.asarray(np.count_nonzero(input.value, axes_of(dim, input.value.ndim))))


# --- exponentials ---


def shifted(input: Tensor, axis: Any) -> tuple[Tensor, Tensor]:
    """The input less its maximum, and the maximum: as a constant, since it cancels."""
    top = np.max(input.value, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0).astype(input.value.dtype)
    return input - Tensor(top), Tensor(top)


def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """``log(sum(exp(input)))`` without overflow."""
    axis = axes_of(dim, input.value.ndim)
    if input.value.dtype.kind in "biu":
        input = cast(input, default.dtype.dtype)
    rest, top = shifted(input, axis)
    made = log(sum(exp(rest), dim, keepdim))
    return named(
        made + Tensor(top.value if keepdim else top.value.reshape(made.value.shape)), "LogsumexpBackward0"
    )


def softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Exponentials, divided by their sum along a dimension."""
    if dtype is not None:
        input = cast(input, to_numpy(dtype))
    _floating(input, "softmax_lastdim_kernel_impl")
    dim = _softmax_dim(input) if dim is None else dim
    weights = exp(shifted(input, axes_of(dim, input.value.ndim))[0])
    return named(weights / sum(weights, dim, True), "SoftmaxBackward0")


def log_softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """The logarithm of `softmax`."""
    if dtype is not None:
        input = cast(input, to_numpy(dtype))
    _floating(input, "log_softmax_lastdim_kernel_impl")
    dim = _softmax_dim(input) if dim is None else dim
    rest = shifted(input, axes_of(dim, input.value.ndim))[0]
    return named(rest - log(sum(exp(rest), dim, True)), "LogSoftmaxBackward0")


def _softmax_dim(input: Tensor) -> int:
    return 0 if input.value.ndim in (0, 1, 3) else 1


def _floating(input: Tensor, kernel: str) -> None:
    if input.value.dtype.kind not in "fc":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(input.dtype)}'")


# --- norms and distances ---


def norm(input: Tensor, p: Any = 2, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The p-norm of the elements; its slope at zero is zero."""
    if input.value.dtype.kind not in "fc":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
            + type_name(input.dtype)
        )
    axis = axes_of(dim, input.value.ndim)
    if p in (2, "fro", None):
        squares = sum(
            input * input if input.value.dtype.kind == "f" else pow(absolute(input), 2), axis, keepdim
        )
        empty = squares.value == 0
        # The square root of 1 where the sum is 0, then 0 again: no infinite slope meets a zero.
        made = where(empty, 0.0, sqrt(where(empty, 1.0, squares))) if empty.any() else sqrt(squares)
    elif p == float("inf"):
        made = amax(absolute(input), axis, keepdim)
    elif p == -float("inf"):
        made = amin(absolute(input), axis, keepdim)
    elif p == 0:
        made = Tensor(np.sum(input.value != 0, axis=axis, keepdims=keepdim).astype(input.value.dtype))
    elif p == 1:
        made = sum(absolute(input), axis, keepdim)
    else:
        powers = sum(pow(absolute(input), p), axis, keepdim)
        empty = powers.value == 0
        made = (
            where(empty, 0.0, pow(where(empty, 1.0, powers), 1.0 / p))
            if empty.any()
            else pow(powers, 1.0 / p)
        )
    return named(made, "LinalgVectorNormBackward0")


def dist(input: Tensor, other: Tensor, p: Any = 2) -> Tensor:
    """The p-norm of the difference."""
    return named(norm(input - other, p), "DistBackward0")


# --- scans ---


def _scan(op: Any, name: str) -> Callable[..., Tensor]:
    title = f"{name.capitalize()}Backward0"

    def scan(input: Tensor, dim: int, *, dtype: Any = None, out: Tensor | None = None) -> Tensor:
        if dtype is not None:
            input = cast(input, to_numpy(dtype))
        axis = axis_of(dim, input.value.ndim)
        if input.value.dtype.kind in "biu":
            made = Tensor(op(input.value, axis, dtype=np.int64))
        elif not input.value.ndim:
            made = input.clone()
        else:
            made = apply(op, input, axis, name=title)
        return made if out is None else into(out, made)

    scan.__name__ = scan.__qualname__ = name
    scan.__doc__ = (
        "Running totals along a dimension." if name == "cumsum" else "Running products along a dimension."
    )
    return scan


cumsum, cumprod = _scan(np.cumsum, "cumsum"), _scan(np.cumprod, "cumprod")


def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """Running log-sum-exp along a dimension."""
    rest, top = shifted(input, axis_of(dim, input.value.ndim))
    return named(log(cumsum(exp(rest), dim)) + top, "LogcumsumexpBackward0")


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


def diff(input: Tensor, n: int = 1, dim: int = -1) -> Tensor:
    """Differences of neighbours along a dimension."""
    return apply(np.diff, input, n, dim, name="SubBackward0")  # type: ignore[no-any-return]


def trapezoid(y: Tensor, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The integral by the trapezoidal rule."""
    lower, upper = y.narrow(dim, 0, y.shape[dim] - 1), y.narrow(dim, 1, y.shape[dim] - 1)
    width = dx if x is None else diff(x)
    return named(sum((lower + upper) * width, dim) / 2.0, "MulBackward1")


def cov(input: Tensor, *, correction: int = 1) -> Tensor:
    """The covariance matrix of the rows."""
    rest = input - mean(input, -1, True)
    return named(divide(rest @ conj_transpose(rest), input.value.shape[-1] - correction), "SqueezeBackward0")


def conj_transpose(input: Tensor) -> Tensor:
    """The transpose of the last two axes, conjugated."""
    turned = apply(np.swapaxes, input, -1, -2, name="TransposeBackward0")
    return turned.conj()  # type: ignore[no-any-return]
