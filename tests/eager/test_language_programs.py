"""The programs of tests/language that are written in NumPy run on tensors too: two ways, one rule table.

A program is left out where a tensor is not an array: where Python's own numbers are asked for (``math.sin``
of a tensor warns that the history ends there), where arrays are written that are no tensors (an error), and
where PyTorch has other semantics than NumPy.
"""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

import srcgrad as T
from tests.language.all_programs import all_cases

# Where PyTorch's meaning of a method, of x[i], or of += on a number is not that of NumPy or Python, and where the
# result hangs on the order in memory.
OTHER_MEANING = {
    "binding/swap_elements",
    "guards/match_with_or_and_literals",
    "guards/try_division_by_zero",
    "mixed/type_change_with_break",
    "types/fortran_order",
    "expressions/numpy_methods",
    "inplace/bubble_sort",
    "inplace/flatten_is_a_copy",
    "inplace/multiply_repeated_integer_array",
    "inplace/sort_method_in_place",
    "types/one_element_array",
}
# What PyTorch refuses too, or has no name for: arrays made of tensors, saved values overwritten, parts written that
# were made several at once, Python's numbers asked for, methods that only arrays have.
REFUSALS = re.compile(
    "Can't call numpy|modified by an inplace operation|modified inplace|Converting a tensor|array element with a sequence|"
    "written to an array|cannot write into|step must be greater|unsupported operand type|missing .* required|__round__|"
    "has no attribute|has no setter|not a float|imag is not|invalid for input|1D tensors expected|SG104|^Tensor$"
)
SLOW = {"flow/million_trips"}


def _able(case):
    args, _ = case.fresh()
    active = case.wrt(args)
    plain = all(isinstance(a, float) or (isinstance(a, np.ndarray) and a.dtype == np.float64) for a in active)
    return plain and not case.costly and case.name not in OTHER_MEANING | SLOW


# A plain array beside a tensor is a constant, held by reference: what writes into it later is not seen.
CASES = [case for case in all_cases() if _able(case) and not case.name.startswith("lost/")]


def _refused(error):
    if not REFUSALS.search(str(error)):
        raise error
    pytest.skip(f"not for tensors: {type(error).__name__} {error}")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_program_on_tensors(case):
    args, kwargs = case.fresh()
    leaves = [T.tensor(np.asarray(a), requires_grad=True) for a in case.wrt(args)]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Converting a tensor")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        try:
            # The program may write into its arguments: it gets copies.
            result = case.function(*case.at(args, tuple(leaf.clone() for leaf in leaves)), **kwargs)
        except Exception as error:
            _refused(error)
    if not isinstance(result, T.Tensor) or not result.requires_grad or result.is_complex():
        pytest.skip("the result is no tensor")
    try:
        grads = T.autograd.grad(result.sum(), leaves, allow_unused=True, materialize_grads=True)
    except RuntimeError as error:
        _refused(error)
    rng = np.random.default_rng(0)
    directions = [rng.uniform(-1, 1, leaf.shape) for leaf in leaves]
    slope = sum(float(np.sum(g.numpy() * d)) for g, d in zip(grads, directions))

    def along(t):
        fresh, more = case.fresh()
        moved = tuple(
            a + t * (d if isinstance(a, np.ndarray) else float(d))
            for a, d in zip(case.wrt(fresh), directions)
        )
        return float(np.sum(case.function(*case.at(fresh, moved), **more)))

    h = 1e-4
    expected = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
    assert np.isclose(slope, expected, rtol=1e-6, atol=1e-7)
