"""The tables of programs, in recorded mode: value, gradient and curvature against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from srcgrad.transform.recorded import record_vjp
from tests.differences import gradient, second_derivative
from tests.recorded import (  # noqa: F401  (they fill the table)
    programs_arrays,
    programs_calls,
    programs_iteration,
    programs_objects,
)
from tests.recorded.programs import PROGRAMS
from tests.recorded.test_language_recorded import Gradient

IDS = [function.__name__ for function, _ in PROGRAMS]


def of_vector(function: Any, argument: np.ndarray) -> Any:
    return lambda vector: float(function(vector.reshape(argument.shape)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("function", "argument"), PROGRAMS, ids=IDS)
def test_value_and_gradient(function: Any, argument: np.ndarray) -> None:
    wanted = function(argument.copy())
    given = argument.copy()
    value, pullback = record_vjp(function, (given,), {}, {0})
    (slope,) = pullback(1.0)
    assert np.array_equal(given, argument), "the caller's array was written"
    assert value == pytest.approx(wanted, rel=1e-14, abs=0.0)
    assert type(value) is type(wanted)
    assert np.array_equal(slope, pullback(1.0)[0]), "a pullback may be called twice"
    truth, _ = gradient(of_vector(function, argument), argument.ravel())
    np.testing.assert_allclose(slope.ravel(), truth, rtol=1e-6, atol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("function", "argument"), PROGRAMS, ids=IDS)
def test_second_order(function: Any, argument: np.ndarray) -> None:
    v, w = np.linspace(0.3, 1.0, argument.size), np.linspace(-0.6, 0.5, argument.size)
    weights = v.reshape(argument.shape)
    _, pullback = record_vjp(lambda x: np.sum(Gradient(function)(x) * weights), (argument,), {}, {0})
    truth = second_derivative(of_vector(function, argument), argument.ravel(), v, w)
    assert pullback(1.0)[0].ravel() @ w == pytest.approx(truth.value, rel=1e-5, abs=1e-5 + 10 * truth.error)
