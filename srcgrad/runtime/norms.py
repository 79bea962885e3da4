"""Exponentials and norms along dimensions, and distances, under PyTorch's names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from srcgrad.runtime.dtypes import default, to_numpy, type_name
from srcgrad.runtime.elementwise import absolute, exp, log, named, pow, sqrt, where
from srcgrad.runtime.extremes import amax, amin
from srcgrad.runtime.fast import cast
from srcgrad.runtime.reducing import axes_of, sum
from srcgrad.runtime.tensor import Tensor

# --- exponentials ---


def shifted(input: Tensor, axis: Any) -> tuple[Tensor, Tensor]:
    """The input less its maximum, and the maximum: as a constant, since it cancels."""
    value = input.value
    largest: Any = np.maximum.reduce
    top = largest(value, axis, None, None, True) if value.size else np.zeros((), value.dtype)
    if not math.isfinite(np.add.reduce(top, None)):
        top = np.where(np.isfinite(top), top, 0).astype(value.dtype)
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
