"""Comparisons, logic and bits under PyTorch's names: what has no derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import type_name
from srcgrad.runtime.eager.operands import into, unfit
from srcgrad.runtime.eager.tensor import Tensor


def _comparison(op: Any, name: str, *, ordered: bool = False) -> Callable[..., Tensor]:
    def compare(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
        a = input.value if isinstance(input, Tensor) else input
        b = other.value if isinstance(other, Tensor) else other
        if ordered:
            for each in (input, other):
                if isinstance(each, Tensor) and each.value.dtype.kind == "c":
                    raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{type_name(each.dtype)}'")
        try:
            made = Tensor(op(a, b))
        except (TypeError, ValueError) as error:
            raise unfit(compare, (input, other), error) from None
        return made if out is None else into(out, made)

    compare.__name__ = compare.__qualname__ = name
    compare.__doc__ = f"`numpy.{op.__name__}` of two tensors, or of a tensor and a number."
    return compare


eq, ne = _comparison(np.equal, "eq"), _comparison(np.not_equal, "ne")
lt, le, gt, ge = (
    _comparison(op, name, ordered=True)
    for op, name in ((np.less, "lt"), (np.less_equal, "le"), (np.greater, "gt"), (np.greater_equal, "ge"))
)
(
    logical_and, logical_or, logical_xor, bitwise_and, bitwise_or, bitwise_xor, gcd, lcm
) = (
    _comparison(op, op.__name__)
    for op in (
        np.logical_and, np.logical_or, np.logical_xor, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.gcd, np.lcm,
    )
)  # fmt: skip
bitwise_left_shift = _comparison(np.left_shift, "bitwise_left_shift")
bitwise_right_shift = _comparison(np.right_shift, "bitwise_right_shift")


def _question(op: Any, name: str) -> Callable[..., Tensor]:
    def ask(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        try:
            made = Tensor(op(input.value))
        except TypeError as error:
            raise unfit(ask, (input,), error) from None
        return made if out is None else into(out, made)

    ask.__name__ = ask.__qualname__ = name
    ask.__doc__ = f"`numpy.{op.__name__}` of a tensor."
    return ask


isnan, isinf, isfinite, isneginf, isposinf, signbit, isreal, logical_not = (
    _question(op, op.__name__)
    for op in (
        np.isnan, np.isinf, np.isfinite, np.isneginf, np.isposinf, np.signbit, np.isreal, np.logical_not,
    )
)  # fmt: skip
bitwise_not = _question(np.invert, "bitwise_not")


# --- comparing whole tensors ---


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and elements."""
    return bool(np.array_equal(input.value, other.value))


def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether all elements are close."""
    return bool(np.all(isclose(input, other, rtol, atol, equal_nan).value))


def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Whether each element is close."""
    if input.value.dtype != other.value.dtype:
        raise RuntimeError(f"{type_name(input.dtype)} did not match {type_name(other.dtype)}")
    try:
        return Tensor(np.isclose(input.value, other.value, rtol, atol, equal_nan))
    except ValueError as error:
        raise unfit(isclose, (input, other), error) from None
