"""The differences that everything else is judged by, judged themselves."""

import collections
import math

import numpy as np
import pytest

from tests.differences import (
    Unsettled,
    assert_close,
    complex_step,
    derivative,
    from_vector,
    gradient,
    gradient_vector,
    has_kink,
    second_derivative,
    to_vector,
)

Point = collections.namedtuple("Point", ["x", "y"])


def smooth(v: np.ndarray) -> float:
    return np.sin(v[0]) * np.exp(v[1]) + v[2] ** 3 * v[0]


def test_gradient_agrees_with_complex_steps() -> None:
    at = np.array([0.3, -0.7, 1.9])
    slopes, error = gradient(smooth, at)
    np.testing.assert_allclose(slopes, complex_step(smooth, at), rtol=1e-9, atol=1e-9)
    assert np.all(error < 1e-8)


def test_second_derivative_along_two_directions() -> None:
    at, v, w = np.array([0.3, -0.7, 1.9]), np.array([0.2, 0.5, -0.1]), np.array([-0.6, 0.1, 0.4])
    inner = complex_step(lambda p: derivative_by_hand(p) @ v, at) @ w
    assert abs(second_derivative(smooth, at, v, w).value - inner) < 1e-7


def derivative_by_hand(p: np.ndarray) -> np.ndarray:
    return np.array(
        [np.cos(p[0]) * np.exp(p[1]) + p[2] ** 3, np.sin(p[0]) * np.exp(p[1]), 3.0 * p[2] ** 2 * p[0]]
    )


def test_scales_far_apart() -> None:
    slopes, _ = gradient(lambda v: float(v[0] ** 2 * v[1]), np.array([3000.0, 2e-3]))
    np.testing.assert_allclose(slopes, [12.0, 9e6], rtol=1e-8)


@pytest.mark.parametrize("jump", [1e-9, 3e-4, 2e-3])
def test_a_jump_nearby_is_not_believed_or_is_avoided(jump: float) -> None:
    def f(v: np.ndarray) -> float:
        return float(v[0] ** 2 + (v[0] > 0.5 + jump))

    try:
        estimate = derivative(f, np.array([0.5]), np.array([1.0]))
    except Unsettled:
        return
    assert abs(estimate.value - 1.0) < 1e-6


def test_a_kink_is_seen() -> None:
    assert has_kink(lambda t: abs(t) + t)
    assert not has_kink(lambda t: math.exp(3.0 * t))


def test_vectors_of_nested_arguments() -> None:
    tree = {"a": [1.5, 2, "no"], "p": Point(np.float32(0.5), np.arange(2.0)), "z": 1.0 + 2.0j}
    vector = to_vector(tree)
    assert vector.tolist() == [1.5, 0.5, 0.0, 1.0, 1.0, 2.0]
    again = from_vector(tree, 2.0 * vector)
    assert again["a"] == [3.0, 2, "no"] and again["z"] == 2.0 + 4.0j
    assert isinstance(again["p"], Point) and again["p"].x.dtype == np.float32
    assert from_vector(tree, vector, promote=True)["p"].x.dtype == np.float64
    assert gradient_vector(tree, again).tolist() == (2.0 * vector).tolist()


@pytest.mark.parametrize(
    ("argument", "slope"),
    [
        (np.zeros(3), np.zeros((3, 1))),
        (np.zeros(3), np.zeros(3, np.float32)),
        (np.zeros(()), 0.0),
        (np.float32(1.0), 1.0),
        ([1.0, 2.0], (1.0, 2.0)),
        ([1.0, 2.0], [1.0]),
        ({"a": 1.0}, {"b": 1.0}),
        (Point(1.0, 2.0), (1.0, 2.0)),
    ],
)
def test_wrong_structure_is_refused(argument: object, slope: object) -> None:
    with pytest.raises(AssertionError):
        gradient_vector(argument, slope)


def test_closeness_is_relative_to_the_largest_component() -> None:
    assert_close(np.array([1e6, 1e-3]), np.array([1e6, 0.0]), 0.0)
    with pytest.raises(AssertionError):
        assert_close(np.array([1.0 + 1e-5]), np.array([1.0]), 0.0)
    with pytest.raises(AssertionError):
        assert_close(np.array([np.nan]), np.array([1.0]), 0.0)
