"""Derivatives taken inside of recorded programs, of plain arrays that carry derivatives as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests.differences import Vector
from tests.recorded.check import check

A = np.array([0.3, 0.7, -0.2, 0.5])


def cubic(v: Vector) -> Any:
    return np.sum(v**3 * np.roll(v, 1))


def filled(v: Vector) -> Vector:
    """A plain array that carries a derivative since it was written."""
    y = np.zeros(4)
    y[1] = v[0] * v[1]
    y[2] = v[2]
    return y


gradient_of_cubic = srcgrad.grad(cubic)
value_outside, pullback_outside = srcgrad.vjp(lambda t: np.sin(t) * t, np.arange(4.0))


def gradient(v: Vector) -> Any:
    return np.sum(srcgrad.grad(cubic)(v) ** 2)


def value_and_gradient(v: Vector) -> Any:
    value, slope = srcgrad.value_and_grad(cubic)(v)
    return value * np.sum(slope * slope)


def descent(v: Vector) -> Any:
    for _ in range(3):
        v = v - 0.1 * gradient_of_cubic(v)
    return cubic(v)


def second(v: Vector) -> Any:
    return srcgrad.grad(srcgrad.grad(lambda x: np.sin(x) * x))(v[0]) * v[1]


def several_arguments(v: Vector) -> Any:
    slope, factor = srcgrad.grad(lambda w, s: s * np.sum(w**2), argnums=(0, 1))(v, v[0])
    return np.sum(slope) * factor


def structures(v: Vector) -> Any:
    slopes = srcgrad.grad(lambda p: p["a"] * p["b"][0] * v[2])({"a": v[0], "b": [v[1] * 2.0]})
    return slopes["a"] * slopes["b"][0]


def with_auxiliary(v: Vector) -> Any:
    slope, aux = srcgrad.grad(lambda p, k=2: (np.sum(p**k), p), has_aux=True)(v)
    return np.sum(slope * aux * v)


def captured(v: Vector) -> Any:
    return srcgrad.grad(lambda y: y * v[0] * y)(2.0) * v[1]


def of_a_method(v: Vector) -> Any:
    class Model:
        def __init__(self, w: Vector) -> None:
            self.w = w

        def loss(self, x: Vector) -> Any:
            return np.sum(self.w * x**2)

    return np.sum(srcgrad.grad(Model(v).loss)(v) ** 2)


def pullback(v: Vector) -> Any:
    _, back = srcgrad.vjp(lambda t: np.sin(t) * t, v)
    return np.sum(back(np.cos(v))[0] * v)


def pullback_at_constants(v: Vector) -> Any:
    _, back = srcgrad.vjp(lambda t: np.sin(t) * t, np.arange(4.0))
    return np.sum(back(v)[0] * v)


def pullback_made_outside(v: Vector) -> Any:
    return np.sum(pullback_outside(v)[0] * v) + np.sum(pullback_outside(filled(v))[0])


def at_a_filled_array(v: Vector) -> Any:
    return np.sum(srcgrad.grad(cubic)(filled(v)) * v)


def at_a_filled_array_in_a_list(v: Vector) -> Any:
    return np.sum(srcgrad.grad(lambda d: cubic(d[0]))([filled(v)])[0] * v)


def filled_array_captured_and_as_seed(v: Vector) -> Any:
    y = filled(v)
    return np.sum(srcgrad.vjp(lambda d: cubic(y) * d, v)[1](y)[0] * v)


PROGRAMS = [
    gradient, value_and_gradient, descent, second, several_arguments, structures, with_auxiliary, captured,
    of_a_method, pullback, pullback_at_constants, pullback_made_outside, at_a_filled_array,
    at_a_filled_array_in_a_list, filled_array_captured_and_as_seed,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_recorded(program: Callable[[Vector], Any]) -> None:
    check(program, A)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_public(program: Callable[[Vector], Any]) -> None:
    """The public function agrees, whichever way it takes."""
    from tests.recorded.check import recorded_gradient

    _, (wanted,) = recorded_gradient(program, A)
    np.testing.assert_allclose(srcgrad.grad(program)(A), wanted, rtol=1e-10, atol=1e-12)
