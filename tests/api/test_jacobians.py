"""Jacobians, Hessians and their products: shapes and structures, and the numbers in all modes."""

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError, InputTypeError


def spread(x, s):
    y = np.zeros((2, 3))
    for k in range(3):
        y[0, k] = s * np.sin(x[k])
        y[1, k] = x[k] * x[0]
    return y


def recorded(x, s):
    """The same, in a way that is recorded as it runs."""
    return np.stack([f(x) for f in [lambda x: s * np.sin(x), lambda x: x * x[0]]])


X = np.array([0.3, 0.7, 1.1])
DX = np.zeros((2, 3, 3))
DX[0] = np.diag(2.0 * np.cos(X))
DX[1] = np.diag(np.full(3, X[0]))
DX[1, :, 0] += X
DS = np.array([np.sin(X), np.zeros(3)])

JACOBIANS = [srcgrad.jacfwd, srcgrad.jacrev, srcgrad.jacobian]


@pytest.mark.parametrize("jacobian", JACOBIANS)
@pytest.mark.parametrize("f", [spread, recorded])
def test_blocks(jacobian, f):
    np.testing.assert_allclose(jacobian(f)(X, 2.0), DX)
    np.testing.assert_allclose(jacobian(f, 1)(X, 2.0), DS)
    dx, ds = jacobian(f, (0, "s"))(X, s=2.0)
    np.testing.assert_allclose(dx, DX)
    np.testing.assert_allclose(ds, DS)


@pytest.mark.parametrize("jacobian", JACOBIANS)
def test_structures(jacobian):
    def f(p, n):
        return {"a": p["w"] * p["b"], "rest": [p["b"] ** n, 1.0]}

    made = jacobian(f)({"w": np.array([1.0, 2.0]), "b": 3.0}, 2)
    np.testing.assert_allclose(made["a"]["w"], 3.0 * np.eye(2))
    np.testing.assert_allclose(made["a"]["b"], [1.0, 2.0])
    assert made["rest"][0]["b"] == pytest.approx(6.0)
    np.testing.assert_allclose(made["rest"][0]["w"], np.zeros(2))
    np.testing.assert_allclose(made["rest"][1]["w"], np.zeros(2))


@pytest.mark.parametrize("jacobian", JACOBIANS)
def test_scalars_and_aux(jacobian):
    slope, aux = jacobian(lambda x: (x * x, "note"), has_aux=True)(3.0)
    assert (slope, aux, type(slope)) == (6.0, "note", float)


def test_value_and_jacobian():
    value, jacobian = srcgrad.value_and_jacobian(spread)(X, 2.0)
    np.testing.assert_array_equal(value, spread(X, 2.0))
    np.testing.assert_allclose(jacobian, DX)


def test_nothing_of_the_caller_is_changed():
    def f(x):
        x[0] = x[1] * x[2]
        return x

    x = X.copy()
    np.testing.assert_allclose(srcgrad.jacfwd(f)(x), [[0.0, 1.1, 0.7], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(x, X)


@pytest.mark.parametrize("jacobian", JACOBIANS)
def test_refusals(jacobian):
    with pytest.raises(InputTypeError):
        jacobian(lambda n: n * 2.0)(3)
    with pytest.raises(InputTypeError):
        jacobian(lambda z: z * z)(1j)
    with pytest.raises(ArgumentError):
        jacobian(lambda x: x, argnums=1)(1.0)


def likelihood(w, data):
    total = 0.0
    for k in range(len(data)):
        z = np.tanh(w @ data[k])
        if z > 0.1:
            total += np.log(1.0 + z * z)
        else:
            total -= z * w[0]
    return total


def recorded_likelihood(w, data):
    return likelihood(w, data) + sum(f(w) for f in [lambda w: w[0] ** 3])


W = np.array([0.4, -0.3, 0.8])
DATA = np.random.default_rng(3).normal(size=(6, 3))


@pytest.mark.parametrize("f", [likelihood, recorded_likelihood])
def test_hessian_and_products(f):
    h = 1e-5
    g = srcgrad.grad(f)
    wanted = np.stack([(g(W + h * e, DATA) - g(W - h * e, DATA)) / (2 * h) for e in np.eye(3)])
    made = srcgrad.hessian(f)(W, DATA)
    np.testing.assert_allclose(made, wanted, atol=1e-8)
    v = np.array([1.0, -2.0, 0.5])
    for product in (srcgrad.hvp, srcgrad.vhp):
        first, none = product(f, (W, DATA), (v, None))
        assert none is None
        np.testing.assert_allclose(first, made @ v)


def test_hessian_blocks():
    def f(x, y):
        return np.sum(x * x) * y**3

    blocks = srcgrad.hessian(f, (0, 1))(np.array([1.0, 2.0]), 2.0)
    np.testing.assert_allclose(blocks[0][0], 16.0 * np.eye(2))
    np.testing.assert_allclose(blocks[0][1], [24.0, 48.0])
    np.testing.assert_allclose(blocks[1][0], [24.0, 48.0])
    assert blocks[1][1] == pytest.approx(60.0)


def test_hessian_by_a_number():
    assert srcgrad.hessian(lambda x: x**4)(2.0) == pytest.approx(48.0)


def test_linearize():
    x = X.copy()
    value, push = srcgrad.linearize(spread, x, 2.0)
    x[:] = 0.0
    np.testing.assert_array_equal(value, spread(X, 2.0))
    np.testing.assert_allclose(push(np.ones(3), 0.0), DX.sum(axis=-1))


def test_tangents_have_to_fit():
    for primals, tangents in [
        ((1.0,), ()),
        ((X,), (1.0,)),
        (([1.0, 2.0],), ([1.0],)),
        (({"a": 1.0},), ({"b": 1.0},)),
    ]:
        with pytest.raises(ArgumentError):
            srcgrad.jvp(lambda x: x, primals, tangents)
    with pytest.raises(InputTypeError):
        srcgrad.jvp(lambda n: n, (1,), (1.0,))


def test_a_tangent_that_is_handed_back_is_a_copy():
    v = np.ones(3)
    _, slope = srcgrad.jvp(lambda x: x, (X,), (v,))
    slope[0] = 5.0
    assert v[0] == 1.0


def test_global_values_are_those_of_now():
    global SCALE
    SCALE = 2.0
    f = scaled
    assert srcgrad.jvp(f, (3.0,), (1.0,))[1] == 12.0
    assert srcgrad.hvp(f, (3.0,), (1.0,)) == (4.0,)
    SCALE = 5.0
    assert srcgrad.jvp(f, (3.0,), (1.0,))[1] == 30.0
    assert srcgrad.hvp(f, (3.0,), (1.0,)) == (10.0,)


SCALE = 2.0


def scaled(x):
    return SCALE * x * x
