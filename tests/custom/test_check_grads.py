"""``check_grads``: what is right passes, what is wrong is named."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError, GradientCheckError, InputTypeError


def smooth(x, a):
    return np.sin(a * x) * x


def with_loop(x, n):
    total = 0.0
    for k in range(n):
        total = total * x[0] + np.cos(x[k]) * x[k]
    return total


def writes(A, x):
    A[0] = A[0] * x
    A[1] += x**2
    return A


def recorded(parts):
    table = {"sum": parts["a"] + parts["b"][0], "rest": [parts["b"][1] ** 2, "text", 3]}
    table["product"] = [f(table["sum"]) for f in (np.sin, np.cos)]
    return table


def analytic_kink(x):
    return np.abs(x) + np.maximum(x, 0.5)


RIGHT = [
    (smooth, (0.7, 1.3)),
    (smooth, (np.array([0.5, -1.0]), 3.0)),
    (smooth, (np.array([[0.5, -1.0], [0.1, 2.0]]), np.array([1.0, 2.0]))),
    (smooth, (np.array([0.5, -1.0], dtype=np.float32), np.float32(1.5))),
    (smooth, (np.array([0.5 + 1j, -1.0]), 0.3)),
    (with_loop, (np.array([0.3, 0.9, 1.4]), 3)),
    (writes, (np.array([0.3, 0.9, 1.4]), 2.0)),
    (recorded, ({"a": 1.5, "b": (0.3, 2.0)},)),
    (analytic_kink, (np.array([1.5, -0.3]),)),
]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("function", "args"), RIGHT)
def test_right_derivatives_pass(function, args, order):
    before = repr(args)
    srcgrad.check_grads(function, args, order=order)
    assert repr(args) == before, "the caller's arguments were changed"


def test_third_order():
    srcgrad.check_grads(smooth, (0.7, 1.3), order=3)


def wrong_in(place):
    made = srcgrad.custom_vjp(lambda x, y: x**2 * y)

    def bwd(residuals, g):
        x, y = residuals
        parts = [2.0 * x * y * g, x**2 * g]
        changed = np.array(parts[place], dtype=float)
        changed.flat[-1] *= 1.5
        parts[place] = changed[()]
        return tuple(parts)

    made.defvjp(lambda x, y: (x**2 * y, (x, y)), bwd)
    return made


@pytest.mark.parametrize("place", [0, 1])
def test_the_argument_and_the_entry_are_named(place):
    name = ["x", "y"][place]
    args = (np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    with pytest.raises(
        GradientCheckError, match=rf"wrong in {name}: entry \(2,\) is .*differences say"
    ) as caught:
        srcgrad.check_grads(wrong_in(place), args, modes="rev")
    assert "SG107" in str(caught.value)
    with pytest.raises(GradientCheckError, match=f"wrong in {name}: it is"):
        srcgrad.check_grads(wrong_in(place), (2.0, 3.0), modes="rev")


def test_wrong_second_derivatives_are_found():
    """The first derivative is right, its text says something else."""
    sine = srcgrad.custom_vjp(lambda x: np.sin(x))
    sine.defvjp(lambda x: (np.sin(x), srcgrad.stop_gradient(x)), lambda x, g: (g * np.cos(x),))
    point = (np.array([0.4, 1.0]),)
    srcgrad.check_grads(lambda x: sine(x) * 1.0, point, modes="rev")
    with pytest.raises(GradientCheckError, match="second derivative of .* is wrong in x"):
        srcgrad.check_grads(lambda x: sine(x) * 1.0, point, order=2, modes="rev")


def test_large_arguments_are_not_searched():
    wrong = wrong_in(0)
    with pytest.raises(GradientCheckError, match="along a random direction"):
        srcgrad.check_grads(
            lambda x: wrong(x, np.full(3000, 1e3)), (np.linspace(1.0, 2.0, 3000),), modes="rev"
        )


@pytest.mark.parametrize(
    ("error", "args", "more"),
    [
        (InputTypeError, (1, 2), {}),
        (ArgumentError, (1.0, 2.0), {"modes": "reverse"}),
        (ArgumentError, (1.0, 2.0), {"modes": ()}),
        (ArgumentError, (1.0, 2.0), {"order": 0}),
        (GradientCheckError, (1.0, 2.0), {"f": lambda x, y: 3}),
    ],
)
def test_what_makes_no_sense(error, args, more):
    f = more.pop("f", lambda x, y: x * y)
    with pytest.raises(error):
        srcgrad.check_grads(f, args, **more)
