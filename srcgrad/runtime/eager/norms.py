"""Exponentials and norms along dimensions, and distances, under PyTorch's names."""

from __future__ import annotations

import math
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from srcgrad.rules import rule_for
from srcgrad.runtime.eager.dtypes import default, to_numpy, type_name
from srcgrad.runtime.eager.elementwise import absolute, exp, log, named, sqrt, where
from srcgrad.runtime.eager.extremes import amax, amin
from srcgrad.runtime.eager.fast import first
from srcgrad.runtime.eager.operands import cast
from srcgrad.runtime.eager.powers import pow
from srcgrad.runtime.eager.reducing import axes_of, sum
from srcgrad.runtime.eager.tensor import Tensor

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
    if not keepdim and top.value.ndim:
        top = Tensor(top.value.reshape(made.value.shape))
    return named(made + top, "LogsumexpBackward0")


@cache
def _fused(name: str) -> Any:
    """SciPy's function of this name, if SciPy is installed and the table knows it: one node instead of several."""
    try:
        function = getattr(import_module("scipy.special"), name)
    except ImportError:
        return None
    return function if rule_for(function) is not None else None


_total: Any = np.add.reduce


def _weights(a: Any, axis: Any) -> Any:
    t = np.asarray(a - a.max(axis, keepdims=True))
    np.exp(t, out=t)
    t /= _total(t, axis, None, None, True)
    return t


def _log_weights(a: Any, axis: Any) -> Any:
    t = np.asarray(a - a.max(axis, keepdims=True))
    t -= np.log(_total(np.exp(t), axis, None, None, True))
    return t


def softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Exponentials, divided by their sum along a dimension.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.softmax(torch.zeros(4), 0)
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    input, axis = _prepared(input, dim, dtype, "softmax_lastdim_kernel_impl")
    op = _fused("softmax")
    if op is not None and input.value.size:
        return first(op, input, (axis,), "SoftmaxBackward0", _weights)
    weights = exp(shifted(input, axis)[0])
    return named(weights / sum(weights, axis, True), "SoftmaxBackward0")


def log_softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """The logarithm of `softmax`."""
    input, axis = _prepared(input, dim, dtype, "log_softmax_lastdim_kernel_impl")
    op = _fused("log_softmax")
    if op is not None and input.value.size:
        return first(op, input, (axis,), "LogSoftmaxBackward0", _log_weights)
    rest = shifted(input, axis)[0]
    return named(rest - log(sum(exp(rest), axis, True)), "LogSoftmaxBackward0")


def _prepared(input: Tensor, dim: int | None, dtype: Any, kernel: str) -> tuple[Tensor, Any]:
    if dtype is not None:
        input = cast(input, to_numpy(dtype))
    if input.value.dtype.kind not in "fc":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(input.dtype)}'")
    return input, axes_of(_softmax_dim(input) if dim is None else dim, input.value.ndim)


def _softmax_dim(input: Tensor) -> int:
    return 0 if input.value.ndim in (0, 1, 3) else 1


# --- norms and distances ---


def norm(input: Tensor, p: Any = 2, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The p-norm of the elements; its slope at zero is zero."""
    if input.value.dtype.kind not in "fc":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
            + type_name(input.dtype)
        )
    if p == "nuc":
        from srcgrad.linalg import matrix_norm

        return matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim)
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
