"""A recorded program held against the plain run and against differences."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.transform.recorded import record_vjp
from tests.differences import (
    Unsettled,
    Vector,
    assert_close,
    from_vector,
    gradient,
    gradient_vector,
    second_derivative,
    to_vector,
)
from tests.language.truth import direction, same_bits, snapshot

__all__ = ["check", "check_second", "recorded_gradient"]


def recorded_gradient(function: Callable[..., Any], *args: Any) -> tuple[Any, tuple[Any, ...]]:
    """Value and cotangents of all arguments."""
    value, pullback = record_vjp(function, args, {}, range(len(args)))
    return value, pullback(1.0)


def check(function: Callable[..., Any], *args: Any, bits: bool = True) -> None:
    """Value, caller's data and gradient of a function of floats and arrays.

    Without ``bits``, the value may be rounded in another way: rules that define a function by others do that.
    """
    before = snapshot(args)
    value, slopes = recorded_gradient(function, *args)
    wanted = function(*copy.deepcopy(args))
    same = same_bits(value, wanted) if bits else np.allclose(value, wanted, rtol=1e-13)
    assert same, f"value {value!r} against {wanted!r}"
    assert snapshot(args) == before, "the caller's data was written"
    truth, error = gradient(_over(function, args), to_vector(args))
    assert_close(gradient_vector(args, slopes), truth, error)


def check_second(function: Callable[..., Any], *args: Any) -> None:
    """One number of the Hessian, by recording the gradient; kinks and jumps are passed over."""
    size = to_vector(args).size
    v, w = direction(size), direction(size, 1)
    try:
        truth = second_derivative(_over(function, args), to_vector(args), v, w)
    except Unsettled:
        return
    weights = from_vector(args, v)

    def slope(*moved: Any) -> Any:
        _, slopes = record_vjp(function, moved, {}, range(len(moved)))
        return sum([np.sum(part * weight) for part, weight in zip(slopes(1.0), weights, strict=True)], 0.0)

    _, slopes = recorded_gradient(slope, *args)
    got = gradient_vector(args, slopes) @ w
    assert_close(np.array([got]), np.array([truth.value]), truth.error, rtol=1e-5, label="curvature")


def _over(function: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[Vector], float]:
    return lambda vector: float(np.real(function(*from_vector(args, vector))))
