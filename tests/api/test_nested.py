"""Derivatives of derivatives: every mode over every other, to third order."""

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError, InputTypeError

D, grad = srcgrad.derivative, srcgrad.grad


def program(x):
    """A loop that ends by a condition, writes in place, a call, a branch."""
    y = np.zeros(4)
    y[0] = x
    while y[0] < 2.0:
        y[1] = y[0] * (1.5 + x)
        y[0] = grown(y[1], 2) + 0.1 * y[0]
    v = y[:2]
    v *= x
    return y[0] * np.sin(y[1]) if x > 0.0 else x


def grown(y, n):
    return y if n == 0 else grown(y, n - 1) * 1.1


def pushed(f):
    return lambda x: srcgrad.jvp(f, (x,), (1.0,))[1]


def loop(x):
    y = x
    while y < 9.0:
        y = y * (1.5 + x)
    return np.sin(y)


def recorded(x):
    return program(x) + [f(x) for f in [np.exp]][0]


@pytest.mark.parametrize("f", [program, recorded])
def test_all_ways_to_second_and_third_order_agree(f):
    x, h = 0.9, 1e-3
    first = grad(f)
    second = (8 * (first(x + h) - first(x - h)) - (first(x + 2 * h) - first(x - 2 * h))) / (12 * h)
    ways = [D(f, 2), D(grad(f)), grad(D(f)), grad(grad(f)), grad(pushed(f)), D(pushed(f)), pushed(D(f))]
    for way in ways:
        assert way(x) == pytest.approx(second, rel=1e-7)
    two = D(f, 2)
    third = (8 * (two(x + h) - two(x - h)) - (two(x + 2 * h) - two(x - 2 * h))) / (12 * h)
    for way in [
        D(f, 3),
        grad(grad(grad(f))),
        grad(D(grad(f))),
        D(grad(D(f))),
        grad(D(f, 2)),
        D(grad(grad(f))),
    ]:
        assert way(x) == pytest.approx(third, rel=1e-6)


def test_reverse_over_forward_is_source():
    slope = grad(pushed(loop))
    assert slope(0.9) == pytest.approx(D(loop, 2)(0.9))
    assert "loop_jvp_forward" in slope.source


def test_derivative_of_a_polynomial():
    for order, wanted in enumerate([32.0, 80.0, 160.0, 240.0, 240.0, 120.0, 0.0]):
        assert D(lambda x: x**5, order)(2.0) == pytest.approx(wanted)


def test_derivative_refuses():
    with pytest.raises(ArgumentError):
        D(program, -1)
    with pytest.raises(InputTypeError):
        D(program)(np.ones(2))


def F(x):
    return np.array([x[0] * x[1] ** 2, np.sin(x[0]), x[1]])


JACOBIANS = [srcgrad.jacfwd, srcgrad.jacrev, srcgrad.jacobian]


@pytest.mark.parametrize("outer", JACOBIANS)
@pytest.mark.parametrize("inner", JACOBIANS)
def test_jacobians_of_jacobians(outer, inner):
    x = np.array([0.5, 0.7])
    wanted = np.zeros((3, 2, 2))
    wanted[0] = [[0.0, 1.4], [1.4, 1.0]]
    wanted[1, 0, 0] = -np.sin(0.5)
    np.testing.assert_allclose(outer(inner(F))(x), wanted)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(srcgrad.jacfwd(F)(x) ** 2),
        lambda x: np.sum(srcgrad.jacrev(F)(x) ** 2),
        lambda x: np.sum(srcgrad.hessian(lambda z: np.sum(F(z) ** 3))(x) ** 2),
        lambda x: np.sum(srcgrad.hvp(lambda z: np.sum(F(z) ** 3), (x,), (x,))[0]),
        lambda x: np.sum(srcgrad.vhp(lambda z: np.sum(F(z) ** 3), (x,), (x,))[0]),
        lambda x: np.sum(srcgrad.linearize(F, x)[1](x * x)),
        lambda x: np.sum(srcgrad.elementwise_grad(np.sin)(x) * x),
    ],
)
def test_gradients_of_products(f):
    x, h = np.array([0.5, 0.7]), 1e-5
    wanted = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(2)]
    np.testing.assert_allclose(grad(f)(x), wanted, rtol=1e-7)
    slope = srcgrad.jvp(f, (x,), (np.array([1.0, 2.0]),))[1]
    assert slope == pytest.approx(wanted[0] + 2 * wanted[1], rel=1e-7)
