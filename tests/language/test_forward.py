"""Forward mode on every program: the product with a direction is that of the gradient."""

from typing import Any

import numpy as np
import pytest

from tests.differences import assert_close, from_vector, gradient_vector, to_vector
from tests.language.all_programs import all_cases
from tests.language.corpus import Case
from tests.language.test_language import has_complex, refusals_allowed
from tests.language.truth import direction, globals_snapshot, plain_value, quiet, same_bits, snapshot

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
