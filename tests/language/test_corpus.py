"""The programs themselves: they run, are deterministic, and their differences can be believed."""

import types

import numpy as np
import pytest

from tests.differences import along, assert_close, has_kink
from tests.language.all_programs import all_cases
from tests.language.corpus import Case
from tests.language.truth import (
    as_vector_function,
    direction,
    plain_value,
    quiet,
    same_bits,
    true_curvature,
    true_gradient,
    true_slope,
)

CASES = all_cases()


def test_there_are_enough_programs() -> None:
    assert len({case.function for case in CASES}) >= 250


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_differences_settle(case: Case) -> None:
    with quiet():
        value = plain_value(case)
        assert np.ndim(value) == 0
        if not case.costly:
            assert same_bits(plain_value(case), value)
    evaluate, point = as_vector_function(case)
    v, w = direction(point.size), direction(point.size, 1)
    if case.costly:
        true_slope(case, v)
        return
    slopes, error = true_gradient(case)
    assert np.all(np.isfinite(slopes))
    assert np.all(error <= 1e-6 * max(1.0, float(np.abs(slopes).max(initial=0.0))))
    if case.smooth and point.size:
        assert not has_kink(along(evaluate, point, v))
        true_curvature(case, v, w)


def with_autograd_numpy(case: Case) -> types.FunctionType:
    """The program reading HIPS autograd's NumPy in place of NumPy."""
    autograd_numpy = pytest.importorskip("autograd.numpy")
    function = case.function
    names = {**function.__globals__, "np": autograd_numpy}
    made = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


@pytest.mark.parametrize("case", [c for c in CASES if not c.costly], ids=lambda case: case.name)
def test_hips_autograd_agrees_where_it_can(case: Case) -> None:
    """HIPS autograd cannot run most of these; where it runs, it must say what differences say.

    Not asked about in-place programs: there it takes ``y += a`` for a rebinding, aliases or not.
    """
    if case.item in ("inplace", "guards", "mixed", "lost"):
        pytest.skip("HIPS autograd is silently wrong on writes, and does not raise where floats do")
    autograd = pytest.importorskip("autograd")
    flat, _ = as_vector_function(case)
    args, kwargs = case.fresh()
    wrt = case.wrt(args)
    if not all(isinstance(a, (float, np.ndarray)) and np.isrealobj(a) for a in wrt) or kwargs:
        pytest.skip("not an argument for HIPS autograd")
    chosen = case.argnums if isinstance(case.argnums, tuple) else (case.argnums,)
    if not chosen:
        pytest.skip("nothing to differentiate")
    try:
        with quiet():
            got = autograd.grad(with_autograd_numpy(case), chosen)(*args)
    except Exception as error:
        pytest.skip(f"HIPS autograd: {type(error).__name__}")
    slopes, error = true_gradient(case)
    got = np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in got])
    assert_close(got, slopes, error, rtol=max(case.rtol, 1e-7))
