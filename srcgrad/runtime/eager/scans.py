"""Running totals and differences under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import to_numpy
from srcgrad.runtime.eager.elementwise import divide, exp, log, named
from srcgrad.runtime.eager.fast import apply
from srcgrad.runtime.eager.norms import shifted
from srcgrad.runtime.eager.operands import cast, into
from srcgrad.runtime.eager.reducing import axis_of, mean, sum
from srcgrad.runtime.eager.shaping import clone
from srcgrad.runtime.eager.tensor import Tensor


def _scan(op: Any, name: str) -> Callable[..., Tensor]:
    title = f"{name.capitalize()}Backward0"

    def scan(input: Tensor, dim: int, *, dtype: Any = None, out: Tensor | None = None) -> Tensor:
        if dtype is not None:
            input = cast(input, to_numpy(dtype))
        axis = axis_of(dim, input.value.ndim)
        if input.value.dtype.kind in "biu":
            made = Tensor(op(input.value, axis, dtype=np.int64).reshape(input.value.shape))
        elif not input.value.ndim:
            made = named(clone(input), title)
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
