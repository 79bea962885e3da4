"""Analytic programs against complex steps, which are exact to rounding: 1e-13, not 1e-7."""

import warnings

import numpy as np
import pytest

from tests.differences import assert_close, complex_step, to_vector
from tests.language.all_programs import all_cases
from tests.language.corpus import Case
from tests.language.test_language import gradients_of, refusals_allowed
from tests.language.truth import quiet, true_gradient

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)
CASES = [case for case in all_cases() if not case.costly and to_vector(case.wrt(case.args)).size]


def by_complex_steps(case: Case) -> np.ndarray:
    """The gradient from a run on complex numbers: exact where the program is analytic."""
    point = to_vector(case.wrt(case.args))

    def run(vector: np.ndarray) -> complex:
        args, kwargs = case.fresh()
        parts, start = [], 0
        for part in case.wrt(args):
            size = np.size(part)
            piece = vector[start : start + size].reshape(np.shape(part))
            parts.append(piece.copy() if isinstance(part, np.ndarray) else complex(piece))
            start += size
        return case.function(*case.at(args, tuple(parts)), **kwargs)

    return complex_step(run, point)


def is_plain(part: object) -> bool:
    return isinstance(part, (float, np.ndarray)) and np.asarray(part).dtype == np.float64


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gradient_to_rounding(case: Case) -> None:
    if not all(is_plain(part) for part in case.wrt(case.args)):
        pytest.skip("not made of doubles")
    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("error")
            exact = by_complex_steps(case)
            slopes, _ = true_gradient(case)
    except Exception as error:
        pytest.skip(f"does not run on complex numbers: {type(error).__name__}")
    if not np.allclose(exact, slopes, rtol=1e-8, atol=1e-8):
        pytest.skip("not analytic")
    args, kwargs = case.fresh()
    with quiet(), refusals_allowed(case):
        compiled = srcgrad.grad(case.function, case.argnums)(*args, **kwargs)
    assert_close(gradients_of(case, compiled), exact, 0.0, rtol=1e-13)
