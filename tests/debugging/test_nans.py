"""``debug_nans`` stops at the first line that makes a NaN, and at no other."""

import functools
import math
import os
import pathlib
import subprocess
import sys
import threading

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import NanError
from srcgrad.runtime import debugging
from tests.language.all_programs import all_cases
from tests.language.corpus import Case
from tests.language.truth import quiet, snapshot

ROOT = pathlib.Path(__file__).parents[2]


def length(x):
    square = np.sum(x * x)
    return np.sqrt(square)


def in_a_loop(x, n):
    y = x
    path = np.zeros(n)
    for i in range(n):
        y = y * 2.0 - 1.0
        path[i] = np.log(y)
    return np.sum(path)


def inverse_cosine(u):
    return np.arccos(u)


def in_a_callee(x):
    y = x * 2.0
    return inverse_cosine(y) * x


def reverse_of_a_callee(x):
    y = length(x * 1.0)
    return y * 3.0


def where_after_the_logarithm(x):
    y = x * np.log(x)
    z = np.where(x > 0.0, y, 0.0)
    return np.sum(z)


def in_place(x):
    y = np.ones(3) * x
    y[1] *= np.inf
    y[1] *= 0.0
    return np.sum(y)


def in_a_list(x):
    parts = []
    for k in range(3):
        parts.append(np.log(x - k))
    return np.sum(np.stack(parts))


def nan_written_by_an_update(x):
    y = x * 1.0
    np.add.at(y, np.array([0]), x[:1] * np.inf)
    return np.sum(y)


def recorded_primal(x):
    total = 0.0
    for function in (np.sqrt, np.log):
        total = total + function(x)
    zero = total * 0.0
    return zero * np.log(x)


def recorded_reverse(x):
    total = 0.0
    for function in (np.sqrt, np.exp):
        total = total + np.sum(function(x * x))
    return total


def recorded_callee(x):
    functions = [length, np.sum]
    return sum(f(x) for f in functions)


ZERO = np.zeros(2)
# Program, arguments, the line that makes the first NaN, what the message says.
STOPS = [
    (length, (ZERO,), "square = np.sum(x * x)", "the derivative by x becomes NaN"),
    (in_a_loop, (np.float64(0.9), 6), "path[i] = np.log(y)", "path[i] becomes NaN"),
    (in_a_callee, (np.float64(3.0),), "return np.arccos(u)", "the result becomes NaN"),
    (reverse_of_a_callee, (ZERO,), "square = np.sum(x * x)", "the derivative by x becomes NaN"),
    (where_after_the_logarithm, (np.array([0.0, 1.0]),), "y = x * np.log(x)", "y becomes NaN"),
    (in_place, (np.float64(1.0),), "y[1] *= 0.0", "y[1] becomes NaN"),
    (in_a_list, (np.float64(1.5),), "parts.append(np.log(x - k))", "becomes NaN"),
    (nan_written_by_an_update, (np.array([0.0, 1.0]),), "np.add.at", "becomes NaN"),
    (recorded_primal, (np.float64(0.0),), "zero = total * 0.0", "zero becomes NaN"),
    (recorded_reverse, (ZERO,), "np.sum(function(x * x))", "numpy.multiply becomes NaN"),
    (recorded_callee, (ZERO,), "square = np.sum(x * x)", "numpy.multiply becomes NaN"),
]


@pytest.mark.parametrize(
    ("program", "args", "line", "message"), STOPS, ids=lambda p: getattr(p, "__name__", "")
)
@pytest.mark.parametrize("how", ["grad", "value_and_grad", "vjp"])
def test_stops_at_the_first_nan(program, args, line, message, how):
    if how == "grad" and program in (in_a_loop, in_place):
        pytest.skip("the gradient alone does not compute these numbers")
    with np.errstate(all="ignore"), srcgrad.debug_nans(), pytest.raises(NanError) as caught:
        if how == "vjp":
            f, active = functools.partial(_of_first, program, args[1:]), args[0]
            srcgrad.vjp(f, active)[1](1.0)
        else:
            getattr(srcgrad, how)(program)(*args)
    location = caught.value.location
    assert location is not None and location.filename == __file__
    assert line in location.source_line
    if how != "vjp":
        assert message in caught.value.message
    assert str(caught.value).startswith("SG401: ")


def _of_first(program, rest, x):
    return program(x, *rest)


def test_the_numbers_that_made_it_are_shown():
    with np.errstate(all="ignore"), srcgrad.debug_nans(), pytest.raises(NanError) as caught:
        srcgrad.grad(length)(np.zeros(300))
    assert "inf" in str(caught.value.cause)
    assert "float64[300]" in str(caught.value.cause) and "300 zero" in str(caught.value.cause)


def test_missing_values_that_do_no_harm_are_left_alone():
    def fit(x, data):
        missing = np.isnan(data)
        rest = np.where(missing, 0.0, data - x)
        return np.sum(rest * rest)

    with srcgrad.debug_nans():
        assert srcgrad.grad(fit)(1.0, np.array([3.0, np.nan])) == -4.0


def test_missing_values_that_reach_the_derivative_are_not():
    def fit(x, data):
        rest = data * x
        return np.nansum(rest)

    with srcgrad.debug_nans(), pytest.raises(NanError) as caught:
        srcgrad.grad(lambda x, data: np.sum(np.where(np.isnan(data), 0.0, data * x)))(
            1.0, np.array([3.0, np.nan])
        )
    assert "the derivative" in caught.value.message


def test_nothing_happens_outside_of_the_block():
    with np.errstate(all="ignore"):
        assert np.isnan(srcgrad.grad(length)(ZERO)).all()
        with srcgrad.debug_nans(), pytest.raises(NanError):
            srcgrad.grad(length)(ZERO)
        assert np.isnan(srcgrad.grad(length)(ZERO)).all()
        assert np.isnan(srcgrad.grad(recorded_reverse)(ZERO)).all()
    assert debugging.active == 0


def test_blocks_nest_and_can_be_switched_off():
    slope = srcgrad.grad(length)
    with np.errstate(all="ignore"), srcgrad.debug_nans():
        with srcgrad.debug_nans(False):
            assert np.isnan(slope(ZERO)).all()
        with pytest.raises(NanError):
            slope(ZERO)


def test_as_a_decorator():
    @srcgrad.debug_nans
    @srcgrad.grad
    def bare(x):
        """Documented."""
        return np.sqrt(x * x)

    @srcgrad.debug_nans()
    @srcgrad.grad
    def called(x):
        return np.sqrt(x * x)

    @srcgrad.debug_nans(False)
    @srcgrad.grad
    def off(x):
        return np.sqrt(x * x)

    assert bare.__name__ == "bare" and bare.__doc__ == "Documented."
    assert bare(2.0) == called(2.0) == 1.0
    with np.errstate(all="ignore"):
        for function in (bare, called):
            with pytest.raises(NanError):
                function(np.float64(0.0))
        assert np.isnan(off(np.float64(0.0)))


def test_other_threads_are_not_checked():
    found = []

    def elsewhere():
        with np.errstate(all="ignore"):
            found.append(srcgrad.grad(length)(ZERO))

    with srcgrad.debug_nans():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert np.isnan(found[0]).all()


@pytest.mark.parametrize(("value", "stops"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_the_environment_variable(value, stops):
    program = (
        "import numpy as np, srcgrad; from tests.debugging.test_nans import length; np.seterr(all='ignore'); "
    )
    program += "print(srcgrad.grad(length)(np.zeros(2)))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SRCGRAD_DEBUG_NANS": value},
        check=False,
    )
    assert ("SG401" in done.stderr) is stops, done.stderr
    assert ("nan" in done.stdout) is not stops


def test_globals_that_change_are_seen_by_checked_code(monkeypatch):
    slope = srcgrad.grad(scaled)
    with srcgrad.debug_nans():
        assert slope(2.0) == 3.0
        monkeypatch.setitem(globals(), "SCALE", 5.0)
        assert slope(2.0) == 5.0
        monkeypatch.setitem(globals(), "SCALE", math.nan)
        with pytest.raises(NanError):
            slope(2.0)


SCALE = 3.0


def scaled(x):
    return x * SCALE


def test_second_derivatives_are_checked():
    def f(x):
        return np.sqrt(x) * x

    with np.errstate(all="ignore"), srcgrad.debug_nans():
        assert srcgrad.grad(srcgrad.grad(f))(4.0) == pytest.approx(0.375)
        with pytest.raises(NanError) as caught:
            srcgrad.grad(srcgrad.grad(f))(np.float64(0.0))
    assert caught.value.location.source_line.strip() == "return np.sqrt(x) * x"


@pytest.mark.parametrize(
    ("derivative", "said"),
    [
        (lambda: srcgrad.jvp(length, (ZERO,), (np.ones(2),)), "the derivative of"),
        (lambda: srcgrad.jacfwd(length)(ZERO), "the derivative of"),
        (lambda: srcgrad.jacrev(length)(ZERO), "the derivative by x"),
        (lambda: srcgrad.grad(length, jit=True)(ZERO), "the derivative by x"),
    ],
)
def test_other_transforms_are_checked_too(derivative, said):
    pytest.importorskip("numba")
    with np.errstate(all="ignore"), srcgrad.debug_nans(), pytest.raises(NanError) as caught:
        derivative()
    assert said in caught.value.message
    assert caught.value.location.filename == __file__


CASES = [case for case in all_cases() if not case.costly]


def outcome(case: Case) -> object:
    args, kwargs = case.fresh()
    with quiet() as printed:
        try:
            return srcgrad.value_and_grad(case.function, case.argnums)(*args, **kwargs), printed.getvalue()
        except NanError:
            raise
        except Exception as error:
            return type(error), str(error)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_checked_code_gives_the_same(case: Case) -> None:
    """Checks change nothing in programs that make no NaN, and do not stop them."""
    plain = outcome(case)
    with srcgrad.debug_nans():
        checked = outcome(case)
    assert snapshot(plain, 12) == snapshot(checked, 12)
