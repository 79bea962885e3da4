"""Forward mode on every program: the product with a direction is that of the gradient."""

from typing import Any

import numpy as np
import pytest

from tests.differences import assert_close, derivative, from_vector, gradient_vector, to_vector
from tests.golden.golden import NAMES
from tests.language.all_programs import all_cases, case_named
from tests.language.corpus import Case
from tests.language.test_language import SMOOTH, has_complex, refusals_allowed
from tests.language.truth import (
    direction,
    globals_snapshot,
    plain_value,
    quiet,
    same_bits,
    snapshot,
    true_curvature,
)

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)

CASES = [case for case in all_cases() if not case.fresh()[1]]


def directions(case: Case, args: Any) -> tuple[Any, list[Any]]:
    """A direction for the differentiated arguments, and tangents for all."""
    wrt = case.wrt(args)
    v = direction(to_vector(wrt).size)
    numbers = case.argnums if isinstance(case.argnums, tuple) else (case.argnums,)
    tangents: list[Any] = [None] * len(args)
    for number, tangent in zip(numbers, from_vector(wrt, v), strict=True):
        tangents[number] = tangent
    return v, tangents


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_forward_is_reverse_transposed(case: Case) -> None:
    args, _ = case.fresh()
    v, tangents = directions(case, args)
    before, names = snapshot((args, tangents)), globals_snapshot(case)
    with quiet():
        wanted = plain_value(case)
    with quiet(), refusals_allowed(case):
        slopes = srcgrad.grad(case.function, case.argnums)(*args)
        value, slope = srcgrad.jvp(case.function, args, tangents)
    assert same_bits(value, wanted), f"value {value!r} ({type(value)}) against {wanted!r} ({type(wanted)})"
    assert snapshot((args, tangents)) == before, "the caller's data was written"
    assert globals_snapshot(case) == names, "a global was written"
    parts = slopes if isinstance(case.argnums, tuple) else (slopes,)
    gradient = np.concatenate([gradient_vector(a, g) for a, g in zip(case.wrt(args), parts, strict=True)])
    assert type(slope) is type(value) or isinstance(value, (int, np.integer))
    assert_close(np.array([float(np.real(slope))]), np.array([gradient @ v]), 0.0, rtol=max(case.rtol, 1e-8))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_directions_at_once(case: Case) -> None:
    """The Jacobian of a number by columns is its gradient."""
    args, _ = case.fresh()
    wrt = case.wrt(args)
    if case.costly or has_complex(args) or to_vector(wrt).size > 60:
        pytest.skip("once is enough")
    before = snapshot(args)
    with quiet(), refusals_allowed(case):
        slopes = srcgrad.grad(case.function, case.argnums)(*args)
        columns = srcgrad.jacfwd(case.function, case.argnums)(*args)
    assert snapshot(args) == before, "the caller's data was written"
    flat = [
        np.concatenate([gradient_vector(a, g) for a, g in zip(wrt, parts, strict=True)])
        for parts in (
            (found if isinstance(case.argnums, tuple) else (found,))
            for found in (_filled(columns, wrt, case), slopes)
        )
    ]
    assert_close(flat[0], flat[1], 0.0, rtol=max(case.rtol, 1e-8))


def _filled(columns: Any, wrt: Any, case: Case) -> Any:
    """What ``jacfwd`` leaves out, as ``grad`` has it: zeros for numbers that are no floats."""
    from srcgrad.runtime.sweeps import conform

    parts = columns if isinstance(case.argnums, tuple) else (columns,)
    made = tuple(conform(part, argument) for part, argument in zip(parts, wrt, strict=True))
    return made if isinstance(case.argnums, tuple) else made[0]


def second(case: Case, args: Any, tangents: Any, w: Any) -> float:
    """``w`` on the left of the Hessian, tangents on the right."""
    products = srcgrad.hvp(case.function, args, tangents)
    numbers = case.argnums if isinstance(case.argnums, tuple) else (case.argnums,)
    parts = [gradient_vector(a, products[k]) for a, k in zip(case.wrt(args), numbers, strict=True)]
    return float(np.concatenate(parts) @ w)


@pytest.mark.parametrize("case", [c for c in SMOOTH if not c.fresh()[1]], ids=lambda case: case.name)
def test_forward_over_reverse(case: Case) -> None:
    """Second order against differences of the program itself."""
    args, _ = case.fresh()
    v, tangents = directions(case, args)
    if not v.size or has_complex(args) or not all(isinstance(a, (float, np.ndarray)) for a in case.wrt(args)):
        pytest.skip("no second order asked for here")
    if case.name == "calls/varargs_of_top_function":
        pytest.skip("hvp counts parameters, and *args is one")
    w = direction(v.size, 1)
    before = snapshot((args, tangents))
    with quiet(), refusals_allowed(case):
        got = second(case, args, tangents, w)
    assert snapshot((args, tangents)) == before, "the caller's data was written"
    truth = true_curvature(case, v, w)
    assert_close(np.array([got]), np.array([truth.value]), truth.error, rtol=1e-5, label="second order")


@pytest.mark.parametrize("name", [name for name in NAMES if case_named(name).smooth])
def test_third_order(name: str) -> None:
    """Forward mode over all of that, against differences of second order."""
    case = case_named(name)
    args, _ = case.fresh()
    v, tangents = directions(case, args)
    if not v.size or not all(isinstance(a, (float, np.ndarray)) for a in case.wrt(args)):
        pytest.skip("structured argument")
    w = direction(v.size, 1)
    point = to_vector(case.wrt(args))

    def at(vector: Any) -> float:
        return second(case, case.at(args, from_vector(case.wrt(args), vector)), tangents, w)

    numbers = case.argnums if isinstance(case.argnums, tuple) else (case.argnums,)
    parts = from_vector(case.wrt(args), w)

    def along(*given: Any) -> Any:
        products = srcgrad.hvp(case.function, given, tangents)
        return sum(np.sum(products[k] * part) for k, part in zip(numbers, parts, strict=True))

    with quiet():
        truth = derivative(at, point, v)
        _, got = srcgrad.jvp(along, args, tangents)
    assert_close(np.array([got]), np.array([truth.value]), truth.error, rtol=1e-5, label="third order")
