"""Calls of functions: memory that they return twice has one adjoint, and their results may be added at once."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad


def array_twice(x):
    a = x * np.ones(2)
    return a, a


def array_nested(x):
    a = x * np.ones(2)
    return a, (a, 2.0)


def list_twice(x):
    a = [x, 2.0 * x]
    return a, a


def under_two_names(x):
    a = [x, 2.0 * x]
    b = a
    return a, b


def constants_twice(x):
    a = [0.0, 0.0]
    return a, (a, x)


FUNCTIONS = [array_twice, array_nested, list_twice, under_two_names, constants_twice]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_write_through_one_is_seen_through_the_other(function):
    def flat(x):
        first, second = function(x)
        first[0] = x * 3.0
        return second[0] * x

    def nested(x):
        first, second = function(x)
        first[0] = x * 3.0
        third = second[0]
        return third[0] * x

    program = nested if function in (array_nested, constants_twice) else flat
    assert program(2.0) == 12.0
    assert srcgrad.grad(program)(2.0) == pytest.approx(12.0)
    assert srcgrad.grad(srcgrad.grad(program))(2.0) == pytest.approx(6.0)


def test_lists_of_tuples_that_hold_memory():
    """What a function remembers in a list of tuples is changed later through another list."""

    def remember(x):
        places = [0.0, 0.0]
        return np.sin(x), places, (places, x)

    def program(x):
        kept, places = [], []
        total = x
        for _ in range(2):
            y, place, pair = remember(total)
            kept.append(pair)
            places.append(place)
            total = total + y
        result = 0.0 * x
        for _ in range(2):
            place = places.pop()
            place[0] += total
            place[1] += x
            pair = kept.pop()
            numbers, at = pair
            result = result + numbers[0] * numbers[1] * at
        return result

    step = 1e-5
    wanted = (program(0.7 + step) - program(0.7 - step)) / (2 * step)
    assert srcgrad.grad(program)(0.7) == pytest.approx(wanted, rel=1e-8)


def test_sum_of_a_number():
    def square(x):
        return x * x

    assert srcgrad.grad(lambda x: np.sum(square(x) + x))(0.5) == 2.0


def test_gradients_of_one_argument_in_a_tuple():
    inner_gradient = srcgrad.grad(lambda x: x**3, argnums=(0,))

    def program(x):
        parts = inner_gradient(x)
        return parts[0] * x

    assert srcgrad.grad(program)(2.0) == pytest.approx(36.0)


def square(x):
    return x * x


def added_to_a_name(x):
    total = x
    total += square(total)
    return total


def added_to_an_item(x):
    y = np.zeros(2)
    y[0] = x
    y[0] += square(y[0])
    y[1] *= square(x)
    y[0] *= square(x)
    return y[0] + y[1]


@pytest.mark.parametrize("function", [added_to_a_name, added_to_an_item])
def test_calls_in_augmented_assignments_are_compiled(function):
    slope = srcgrad.grad(function)
    wanted = {added_to_a_name: 1.0 + 2.0 * 3.0, added_to_an_item: 3.0 * 9.0 + 4.0 * 27.0}[function]
    assert slope(3.0) == pytest.approx(wanted)
    assert "recorded as it runs" not in slope.source
