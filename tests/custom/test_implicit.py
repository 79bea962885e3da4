"""``implicit_function``, ``fixed_point`` and ``odeint``: derivatives of solutions, whatever computed them."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError, ConvergenceError, CustomFunctionError
from tests.differences import gradient

# --- equations ---------------------------------------------------------------------------------------

MATRIX = np.array([[3.0, 0.5, -0.2], [0.1, 2.0, 0.4], [-0.3, 0.2, 4.0]])


def residual(x, a, b):
    return MATRIX @ x + a * np.tanh(x) - b


def newton(a, b):
    x = np.zeros_like(b)
    for _ in range(50):
        slope = MATRIX + a * np.diag(1.0 / np.cosh(x) ** 2)
        x = x - np.linalg.solve(slope, residual(x, a, b))
    return x


def richardson(matvec, b):
    """A solver without a matrix: it only multiplies."""
    u = 0.0 * b
    for _ in range(400):
        u = u + 0.2 * (b - matvec(u))
    return u


ROOTS = {
    "dense": srcgrad.implicit_function(residual, newton),
    "matrix-free": srcgrad.implicit_function(residual, newton, richardson),
}
B = np.array([1.0, -2.0, 0.5])


@pytest.mark.parametrize("kind", ROOTS)
def test_implicit_function_of_a_vector(kind):
    root = ROOTS[kind]

    def program(a, b):
        x = root(a, b)
        return np.sum(x**2) * a

    slopes = srcgrad.grad(program, argnums=(0, 1))(1.5, B)
    plain, _ = gradient(lambda v: float(np.sum(newton(v[0], v[1:]) ** 2) * v[0]), np.array([1.5, *B]))
    np.testing.assert_allclose([slopes[0], *slopes[1]], plain, rtol=1e-8)
    assert "root_bwd" in srcgrad.grad(program).source_for(1.5, B)


@pytest.mark.parametrize("kind", ROOTS)
def test_second_derivative_of_an_implicit_function(kind):
    root = ROOTS[kind]
    slope = srcgrad.grad(lambda a: np.sum(root(a, B) ** 2))
    wanted, _ = gradient(lambda v: float(slope(float(v[0]))), np.array([1.5]))
    assert srcgrad.grad(slope)(1.5) == pytest.approx(wanted[0], rel=1e-7)


def test_implicit_function_of_a_number_in_any_engine():
    root = srcgrad.implicit_function(
        lambda x, a: x**3 + x - a, lambda a: float(np.roots([1.0, 0.0, 1.0, -a])[-1].real)
    )
    x = root(2.0)
    assert x == pytest.approx(1.0)
    assert srcgrad.grad(root)(2.0) == pytest.approx(0.25)
    assert srcgrad.grad(srcgrad.grad(root))(2.0) == pytest.approx(-6.0 / 64.0)
    a = srcgrad.tensor(2.0, dtype=srcgrad.float64, requires_grad=True)
    root(a).backward()
    assert a.grad.item() == pytest.approx(0.25)
    assert srcgrad.jvp(root, (2.0,), (1.0,))[1] == pytest.approx(0.25)


def cosine(x, a):
    return np.cos(a * x)


@pytest.mark.parametrize("start", [0.5, np.array([0.5, 0.1])], ids=["number", "vector"])
def test_fixed_point(start):
    def program(a):
        return np.sum(srcgrad.fixed_point(cosine, start, a) ** 2)

    wanted, _ = gradient(lambda v: float(program(float(v[0]))), np.array([0.8]))
    slope = srcgrad.grad(program)
    assert slope(0.8) == pytest.approx(wanted[0], rel=1e-8)
    second, _ = gradient(lambda v: float(slope(float(v[0]))), np.array([0.8]))
    assert srcgrad.grad(slope)(0.8) == pytest.approx(second[0], rel=1e-6)


def test_fixed_point_ignores_its_start_and_takes_containers():
    def layer(x, parameters):
        return np.tanh(parameters["W"] @ x + parameters["b"])

    def program(parameters, start):
        return np.sum(srcgrad.fixed_point(layer, start, parameters) ** 2)

    parameters = {"W": 0.1 * MATRIX, "b": B}
    slopes, start = srcgrad.grad(program, argnums=(0, 1))(parameters, np.zeros(3))
    assert not start.any()
    wanted, _ = gradient(lambda v: float(program({"W": 0.1 * MATRIX, "b": v}, np.zeros(3))), B)
    np.testing.assert_allclose(slopes["b"], wanted, rtol=1e-8)


def test_equations_that_go_wrong():
    with pytest.raises(ConvergenceError, match="has not settled after 100"):
        srcgrad.fixed_point(lambda x, a: a * x * (1.0 - x), 0.3, 3.9, max_iterations=100)
    with pytest.raises(ArgumentError, match=r"shape \(2,\)"):
        srcgrad.fixed_point(lambda x: np.array([x, x]), 0.3)
    with pytest.raises(ArgumentError, match="fixed number of arguments"):
        srcgrad.implicit_function(residual, lambda *args: args)
    with pytest.raises(CustomFunctionError, match="without getting it as an argument"):
        srcgrad.grad(lambda a: srcgrad.fixed_point(lambda x, b: np.cos(a * x) + b, 0.5, a))(0.1)


# --- differential equations --------------------------------------------------------------------------


def predator(y, t, parameters):
    a, b, c, d = parameters
    return np.array([a * y[0] - b * y[0] * y[1], d * y[0] * y[1] - c * y[1]])


def oscillator(y, t, k, damping):
    return np.stack([y[1], -k * y[0] - damping * y[1] + np.sin(t)])


TIMES = np.array([0.0, 0.3, 0.5, 2.0])


def test_the_solution_is_that_of_scipy():
    scipy = pytest.importorskip("scipy.integrate")
    parameters = np.array([1.1, 0.4, 0.4, 0.1])
    ours = srcgrad.odeint(predator, [10.0, 5.0], TIMES, parameters)
    theirs = scipy.odeint(predator, [10.0, 5.0], TIMES, args=(parameters,), rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(ours, theirs, rtol=1e-7)
    back = srcgrad.odeint(predator, ours[-1], TIMES[::-1].copy(), parameters)
    np.testing.assert_allclose(back[-1], [10.0, 5.0], rtol=1e-6)
    assert srcgrad.odeint(lambda y, t: -y, 2.0, [0.0, 1.0])[1] == pytest.approx(2.0 / np.e)


def loss(y0, parameters):
    y = srcgrad.odeint(predator, y0, TIMES, parameters)
    return np.sum(y**2)


def test_gradients_of_an_ode():
    y0, parameters = np.array([1.0, 0.5]), np.array([1.1, 0.4, 0.4, 0.1])
    slopes = srcgrad.grad(loss, argnums=(0, 1))(y0, parameters)
    wanted, _ = gradient(lambda v: float(loss(v[:2], v[2:])), np.array([*y0, *parameters]))
    np.testing.assert_allclose([*slopes[0], *slopes[1]], wanted, rtol=1e-6)


def test_gradients_of_an_ode_are_those_of_the_exact_solution():
    """A damped oscillator, whose solution is linear in what it starts from."""

    def last(y0, k, damping):
        return srcgrad.odeint(oscillator, y0, np.array([0.0, 1.0]), k, damping)[1, 0]

    k, y0 = 4.0, np.array([1.0, 0.0])
    slope = srcgrad.grad(last)(y0, k, 0.0)
    np.testing.assert_allclose(slope, [np.cos(2.0), np.sin(2.0) / 2.0], rtol=1e-7)


def test_second_derivative_of_an_ode():
    slope = srcgrad.grad(lambda k: srcgrad.odeint(lambda y, t, k: -k * y, 1.0, [0.0, 1.0], k)[1])
    assert slope(0.7) == pytest.approx(-np.exp(-0.7), rel=1e-7)
    assert srcgrad.grad(slope)(0.7) == pytest.approx(np.exp(-0.7), rel=1e-6)


def test_single_precision_ode():
    y = srcgrad.odeint(
        predator, np.ones(2, np.float32), TIMES, np.full(4, 0.5, np.float32), rtol=1e-4, atol=1e-6
    )
    assert y.dtype == np.float32
    slope = srcgrad.grad(
        lambda p: np.sum(srcgrad.odeint(predator, np.ones(2, np.float32), TIMES, p, rtol=1e-4))
    )
    assert slope(np.full(4, 0.5, np.float32)).dtype == np.float32


def test_odes_that_go_wrong():
    with pytest.raises(ArgumentError, match="increasing or decreasing"):
        srcgrad.odeint(predator, [1.0, 1.0], [0.0, 1.0, 0.5], np.ones(4))
    with pytest.raises(ArgumentError, match=r"shape \(3,\)"):
        srcgrad.odeint(lambda y, t: np.ones(3), [1.0, 1.0], [0.0, 1.0])
    with np.errstate(all="ignore"), pytest.raises(ConvergenceError, match="too small"):
        srcgrad.odeint(lambda y, t: y**2, 1.0, [0.0, 2.0])
    with pytest.raises(ConvergenceError, match="has taken 10 steps"):
        srcgrad.odeint(lambda y, t: -y, 1.0, [0.0, 100.0], max_steps=10)
    with pytest.raises(CustomFunctionError, match="for t, one of its nondiff_argnums"):
        srcgrad.grad(lambda t: srcgrad.odeint(lambda y, s: -y, 1.0, np.stack([0.0, t]))[1])(1.0)
