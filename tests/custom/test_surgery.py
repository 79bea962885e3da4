"""``insert_grad_of``: nothing when a function runs plain, the user's statements in the reverse sweep."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import srcgrad
from srcgrad import insert_grad_of
from srcgrad.errors import CustomFunctionError, UnsupportedError
from srcgrad.transform.recorded import record_vjp

seen = []


def recorded(function):
    return lambda x: record_vjp(function, (x,), {}, [0])[1](1.0)[0]


ENGINES = pytest.mark.parametrize("engine", [srcgrad.grad, recorded], ids=["compiled", "recorded"])


def clipped(x):
    y = x * x
    with srcgrad.insert_grad_of(y) as y_bar:
        seen.append(np.copy(y_bar))
        y_bar = np.clip(y_bar, -1.0, 1.0)
    return np.sum(10.0 * y)


def scaled_in_place(x):
    y = x * x
    with insert_grad_of(y) as y_bar:
        y_bar *= 0.5
    return np.sum(y * x)


def with_locals_in_a_loop(x):
    total, limit, norm = 0.0, 0.0, 7.0
    for k in range(3):
        y = x * (k + 1)
        limit = 2.0 * (k + 1)
        with insert_grad_of(y) as y_bar:
            norm = np.sqrt(np.sum(y_bar**2))
            y_bar = y_bar * (limit / norm)
        limit = -1.0
        total = total + np.sum(y * y)
    return total * norm


def of_an_argument(x):
    with insert_grad_of(x) as x_bar:
        x_bar = x_bar + 1.0
    return np.sum(x * 2.0)


def in_a_branch(x):
    y = 3.0 * x
    if np.sum(x) > 0.0:
        with insert_grad_of(y) as y_bar:
            y_bar = -y_bar
    return np.sum(y)


def written_later(x):
    y = 3.0 * x
    with insert_grad_of(y) as y_bar:
        y_bar *= 10.0
    y[0] = y[1] * 2.0
    return np.sum(y)


def under_another_name(x):
    y = 3.0 * x
    z = y
    with insert_grad_of(y) as y_bar:
        y_bar = 10.0 * y_bar
    return np.sum(y) + np.sum(z)


def one_line(x):
    y = 3.0 * x
    with insert_grad_of(y) as y_bar: y_bar *= 2.0  # fmt: skip  # noqa: E701
    return np.sum(y)


def after_it(x):
    """What comes after the block goes through it, what came before does not."""
    y = 3.0 * x
    first = np.sum(y)
    with insert_grad_of(y) as y_bar:
        y_bar = 100.0 * y_bar
    return first + np.sum(y)


def helper(v):
    w = v * 1.0
    with insert_grad_of(w) as w_bar:
        w_bar = 2.0 * w_bar
    return w


def in_a_callee(x):
    return np.sum(helper(x) * x)


def norms(x):
    """By hand, what `with_locals_in_a_loop` makes of an adjoint."""
    return sum((k + 1) * 2.0 * (k + 1) for k in range(3)) * x / np.sqrt(np.sum(x**2))


PROGRAMS = [
    (clipped, lambda x: 2.0 * x),
    (scaled_in_place, lambda x: x * x + 0.5 * x * 2.0 * x),
    (of_an_argument, lambda x: 3.0 + 0.0 * x),
    (in_a_branch, lambda x: -3.0 + 0.0 * x),
    (one_line, lambda x: 6.0 + 0.0 * x),
    (after_it, lambda x: 303.0 + 0.0 * x),
    (in_a_callee, lambda x: 3.0 * x),
    (with_locals_in_a_loop, norms),
]
POINTS = pytest.mark.parametrize("point", [1.5, np.array([0.6, 0.8])], ids=["number", "vector"])


@ENGINES
@POINTS
@pytest.mark.parametrize(("program", "wanted"), PROGRAMS, ids=lambda f: f.__name__)
def test_gradients(engine, program, wanted, point):
    before = np.copy(point)
    np.testing.assert_allclose(engine(program)(point), wanted(point), rtol=1e-12)
    assert np.array_equal(before, point)


@ENGINES
@pytest.mark.parametrize(
    ("program", "wanted"),
    [(written_later, [0.0, 90.0]), (under_another_name, [60.0, 60.0])],
)
def test_arrays_are_meant_by_their_memory(engine, program, wanted):
    np.testing.assert_allclose(engine(program)(np.array([1.0, 2.0])), wanted)


@pytest.mark.parametrize("program", [p for p, _ in PROGRAMS], ids=lambda f: f.__name__)
def test_programs_are_compiled(program):
    assert "recorded as it runs" not in srcgrad.grad(program).source_for(1.5)


def test_the_block_stands_in_the_generated_code():
    text = srcgrad.grad(scaled_in_place).source_for(np.array([1.0, 2.0]))
    assert "_bar" in text and "*= 0.5" in text.partition("# reverse sweep")[2]
    assert "def " not in text.partition("\n")[2]


@pytest.mark.parametrize("program", [p for p, _ in PROGRAMS] + [written_later], ids=lambda f: f.__name__)
def test_plain_runs_skip_the_block(program):
    """No effect, whatever traces the program at the time."""
    seen.clear()
    x = np.array([0.6, 0.8])
    before = sys.gettrace()
    value = program(x)
    assert sys.gettrace() is before and not seen
    events = []

    def trace(frame, event, argument):
        events.append(event)
        return trace

    sys.settrace(trace)
    try:
        assert program(x) == value
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)
    assert "line" in events and not seen


def test_the_value_is_not_changed_and_the_block_runs_once():
    seen.clear()
    value, slope = srcgrad.value_and_grad(clipped)(3.0)
    assert value == clipped(3.0) == 90.0
    assert [float(g) for g in seen] == [10.0]
    assert slope == 6.0


def test_errors_inside_of_the_block_come_out_and_plain_exceptions_pass():
    def fails(x):
        y = 2.0 * x
        with insert_grad_of(y) as y_bar:
            raise KeyError("inside")
        return y

    assert fails(1.0) == 2.0
    with pytest.raises(KeyError, match="inside"):
        srcgrad.grad(fails)(1.0)


@POINTS
@pytest.mark.parametrize("program", [scaled_in_place, in_a_callee], ids=lambda f: f.__name__)
def test_second_order(program, point):
    """The derivative of the changed gradient."""
    slope = srcgrad.grad(program)
    step = 1e-6
    differences = (np.sum(slope(point + step)) - np.sum(slope(point - step))) / (2 * step)
    found = srcgrad.grad(lambda x: np.sum(slope(x)))(point)
    np.testing.assert_allclose(np.sum(found), differences, rtol=1e-6)


def left_by_return(x):
    y = 2.0 * x
    with insert_grad_of(y) as y_bar:
        return y


def of_an_expression(x):
    with insert_grad_of(2.0 * x) as y_bar:
        pass
    return x


def of_a_global(x):
    with insert_grad_of(seen) as y_bar:
        pass
    return x


def without_a_name(x):
    with insert_grad_of(x):
        pass
    return x


@pytest.mark.parametrize("program", [left_by_return, of_an_expression, of_a_global, without_a_name])
def test_what_makes_no_sense(program):
    with pytest.raises(UnsupportedError, match="insert_grad_of") as caught:
        srcgrad.grad(program)(1.0)
    assert "test_surgery.py:" in str(caught.value)


def imported_inside(x):
    from srcgrad import insert_grad_of as late

    y = 2.0 * x
    with late(y) as y_bar:
        y_bar = 0.0 * y_bar
    return y


def entered_by_name(x):
    y = 2.0 * x
    block = insert_grad_of(y)
    with block as y_bar:
        y_bar = 0.0 * y_bar
    return y


@ENGINES
@pytest.mark.parametrize("program", [imported_inside, entered_by_name])
def test_blocks_that_cannot_be_seen(engine, program):
    assert program(1.0) == 2.0
    with pytest.raises(UnsupportedError, match="was not found in the text"):
        engine(program)(1.0)


surgery_by_another_name = insert_grad_of


def in_an_inner_function(x):
    def inner(v):
        w = 2.0 * v
        with surgery_by_another_name(w) as w_bar:
            w_bar = 3.0 * w_bar
        return w

    return np.sum(inner(x))


@ENGINES
@POINTS
def test_inner_functions_and_other_names(engine, point):
    np.testing.assert_allclose(engine(in_an_inner_function)(point), 6.0 + 0.0 * point)


@ENGINES
def test_adjoints_of_another_shape(engine):
    def reshaped(x):
        y = 2.0 * x
        with insert_grad_of(y) as y_bar:
            y_bar = np.zeros(7)
        return np.sum(y)

    with pytest.raises(CustomFunctionError, match=r"left shape \(7,\)"):
        engine(reshaped)(np.array([1.0, 2.0]))
