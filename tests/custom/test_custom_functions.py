"""``custom_vjp``, ``custom_jvp`` and ``stop_gradient``: compiled, recorded and on tensors, to second order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import CustomFunctionError, UnsupportedError
from srcgrad.transform.recorded import record_vjp
from tests.differences import derivative, gradient

# --- functions with true derivatives of their own -------------------------------------------------


@srcgrad.custom_vjp
def sine(x):
    return np.sin(x)


sine.defvjp(lambda x: (np.sin(x), x), lambda x, g: (g * np.cos(x),))


@srcgrad.custom_vjp
def product(x, y):
    return x**2 * y


def product_fwd(x, y):
    return x**2 * y, (x, y)


def product_bwd(residuals, g):
    x, y = residuals
    return 2.0 * x * y * g, x**2 * g


product.defvjp(product_fwd, product_bwd)


@srcgrad.custom_jvp
def softplus(x):
    return np.logaddexp(x, 0.0)


@softplus.defjvp
def softplus_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return softplus(x), x_dot / (1.0 + np.exp(-x))


@srcgrad.custom_jvp
def quotient(x, y):
    return x / y


quotient.defjvps(lambda x_dot, ans, x, y: x_dot / y, lambda y_dot, ans, x, y: -ans / y * y_dot)


def opaque_sine(x):
    return np.vectorize(lambda item: float(str(np.sin(item))), otypes=[float])(x) + 0.0


#: What the compiler cannot look into: its type is known only when it runs.
opaque = srcgrad.custom_vjp(opaque_sine)
opaque.defvjp(lambda x: (opaque_sine(x), x), lambda x, g: (g * np.cos(x),))


@srcgrad.custom_vjp
def powered(x, n):
    return x**n


powered = srcgrad.custom_vjp(lambda x, n: x**n, nondiff_argnums=(1,))
powered.defvjp(lambda x, n: (x**n, x), lambda n, x, g: (n * x ** (n - 1) * g,))

# --- programs --------------------------------------------------------------------------------------


def plain(x):
    return np.sum(sine(x) * x)


def two_arguments(x):
    return np.sum(product(x, sine(x)) + x)


def in_a_loop(x):
    total = 0.0 * x
    for k in range(3):
        total = total + sine(total + x) * (k + 1)
    return np.sum(total)


def one_argument_twice(x):
    return np.sum(product(x, x))


def in_branches(x):
    if np.sum(x) > 0.0:
        y = sine(x)
    else:
        y = quotient(x, 2.0)
    return np.sum(y * y)


def tangent_rule(x):
    return np.sum(softplus(x * x) * quotient(x, 3.0 + x * x))


def held(x):
    return np.sum(powered(x, 3) * x)


def nested(x):
    def inner(z):
        return sine(z) * z

    return np.sum(inner(x) + inner(2.0 * x))


PROGRAMS = [plain, two_arguments, in_a_loop, one_argument_twice, in_branches, tangent_rule, held, nested]
POINTS = [0.7, np.array([0.3, -1.2, 0.8]), np.array([[0.5, 1.5], [0.2, 0.9]])]


def recorded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The gradient by recording, which can be recorded itself."""
    return lambda x: record_vjp(function, (x,), {}, [0])[1](1.0)[0]


def of_vector(function: Callable[..., Any], like: Any) -> Callable[[np.ndarray], float]:
    return lambda v: float(function(v.reshape(np.shape(like)) if np.shape(like) else float(v[0])))


@pytest.mark.parametrize("point", POINTS, ids=["number", "vector", "matrix"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("engine", [srcgrad.grad, recorded], ids=["compiled", "recorded"])
def test_first_order(engine, program, point):
    wanted, error = gradient(of_vector(program, point), np.ravel(point))
    kept = np.array(point)
    found = engine(program)(point)
    np.testing.assert_allclose(np.ravel(found), wanted, rtol=1e-8, atol=1e-9)
    assert np.array_equal(kept, point), "the caller's array was written"
    assert np.shape(found) == np.shape(point)


@pytest.mark.parametrize("point", POINTS, ids=["number", "vector", "matrix"])
@pytest.mark.parametrize("program", [*PROGRAMS], ids=lambda f: f.__name__)
def test_second_order(program, point):
    slope = srcgrad.grad(program)

    def total(x):
        return np.sum(slope(x) * x)

    wanted, _ = gradient(of_vector(total, point), np.ravel(point))
    np.testing.assert_allclose(np.ravel(srcgrad.grad(total)(point)), wanted, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_third_order(program):
    third = srcgrad.grad(srcgrad.grad(srcgrad.grad(program)))
    second = srcgrad.grad(srcgrad.grad(program))
    wanted = derivative(lambda v: second(float(v[0])), np.array([0.7]), np.array([1.0]))
    assert third(0.7) == pytest.approx(wanted.value, rel=1e-6)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_forward_mode_is_the_transpose(program):
    x, v = POINTS[1], np.array([1.0, -2.0, 0.5])
    value, tangent = srcgrad.jvp(program, (x,), (v,))
    assert value == pytest.approx(program(x))
    assert tangent == pytest.approx(srcgrad.grad(program)(x) @ v, rel=1e-12)
    rows = [srcgrad.grad(lambda x: srcgrad.grad(program)(x)[k])(x) for k in range(3)]
    np.testing.assert_allclose(srcgrad.hessian(program)(x), rows, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_single_precision(program):
    x = np.array([0.3, -1.2, 0.8], dtype=np.float32)
    slope = srcgrad.grad(program)(x)
    assert slope.dtype == np.float32
    np.testing.assert_allclose(slope, srcgrad.grad(program)(x.astype(float)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("point", POINTS, ids=["number", "vector", "matrix"])
def test_programs_are_compiled(program, point):
    source = srcgrad.grad(program).source_for(point)
    assert "recorded as it runs" not in source


def test_generated_code_calls_the_two_functions():
    slope = srcgrad.grad(lambda x: product(x, 2.0) * x)
    text = slope.source_for(3.0)
    assert "product_fwd(x, 2.0)" in text
    assert "product_bwd(product_saved, " in text
    assert slope(3.0) == pytest.approx(54.0)


@pytest.mark.parametrize("point", POINTS, ids=["number", "vector", "matrix"])
def test_where_the_function_cannot_be_followed(point):
    def program(x):
        return np.sum(opaque(x) * x)

    slope = srcgrad.grad(program)
    np.testing.assert_allclose(slope(point), np.sin(point) + point * np.cos(point), rtol=1e-12)


def test_the_derivative_is_taken_directly():
    assert srcgrad.grad(product, argnums=(0, 1))(2.0, 3.0) == (12.0, 4.0)
    value, back = srcgrad.vjp(product, 2.0, 3.0)
    assert value == 12.0 and back(10.0) == (120.0, 40.0)
    assert srcgrad.grad(srcgrad.grad(softplus))(0.0) == pytest.approx(0.25)
    assert product(x=2.0, y=3.0) == 12.0


# --- derivatives that are not the true ones ----------------------------------------------------------


@srcgrad.custom_vjp
def clipped(x, limit):
    return x


clipped.defvjp(lambda x, limit: (x, limit), lambda limit, g: (np.clip(g, -limit, limit), None))


@srcgrad.custom_vjp
def rounded(x):
    """Straight through: rounded on the way there, the identity on the way back."""
    return np.round(x)


rounded.defvjp(lambda x: (np.round(x), None), lambda _, g: (g,))


@pytest.mark.parametrize("engine", [srcgrad.grad, recorded], ids=["compiled", "recorded"])
def test_clipping(engine):
    x = np.array([0.1, 3.0, -5.0])
    np.testing.assert_array_equal(engine(lambda x: np.sum(clipped(x, 1.0) ** 2))(x), [0.2, 1.0, -1.0])
    assert engine(lambda x: clipped(x, 1.0) ** 2)(3.0) == 1.0


@pytest.mark.parametrize("engine", [srcgrad.grad, recorded], ids=["compiled", "recorded"])
def test_straight_through(engine):
    np.testing.assert_array_equal(engine(lambda x: np.sum(rounded(x) ** 2))(np.array([1.2, 2.6])), [2.0, 6.0])


@pytest.mark.parametrize("engine", [srcgrad.grad, recorded], ids=["compiled", "recorded"])
def test_written_arrays(engine):
    """The result is a value of its own, and what was saved does not change with the arrays."""

    def program(x):
        y = 1.0 * x
        z = product(y, x)
        y[0] = 5.0
        z[1] = 2.0
        w = clipped(z, 10.0)
        w[0] = w[0] * 2.0
        return np.sum(w * z) + np.sum(y)

    def same(x):
        y = 1.0 * x
        z = y**2 * x
        y[0] = 5.0
        z[1] = 2.0
        w = z.copy()
        w[0] = w[0] * 2.0
        return np.sum(w * z) + np.sum(y)

    x = np.array([0.5, 1.5, 0.25])
    wanted, _ = gradient(lambda v: float(same(v)), x)
    assert program(x) == same(x)
    np.testing.assert_allclose(engine(program)(x), wanted, rtol=1e-8)


def test_containers_are_recorded():
    @srcgrad.custom_vjp
    def norm(parts, options):
        return {"norm": parts[0] ** 2 + np.sum(parts[1] ** 2), "first": parts[0]}

    def fwd(parts, options):
        return norm.function(parts, options), parts

    def bwd(parts, g):
        n, f = g["norm"], g["first"]
        return (2.0 * parts[0] * n + f, 2.0 * parts[1] * n), None

    norm.defvjp(fwd, bwd)

    def program(a, b):
        return norm((a, b), {"kind": "two"})["norm"] * a

    a, b = 2.0, np.array([1.0, 3.0])
    found = srcgrad.grad(program, argnums=(0, 1))(a, b)
    assert found[0] == pytest.approx(14.0 + 8.0)
    np.testing.assert_allclose(found[1], 2.0 * b * a)

    second = srcgrad.grad(srcgrad.grad(program))(a, b)
    assert second == pytest.approx(12.0)


def test_methods_and_default_arguments():
    class Model:
        def __init__(self, scale):
            self.scale = scale

        @srcgrad.custom_vjp
        def loss(self, x, power=2):
            return self.scale * x**power

        loss.defvjp(
            lambda self, x, power: (self.scale * x**power, (self.scale, x, power)),
            lambda r, g: (None, r[0] * r[2] * r[1] ** (r[2] - 1) * g, None),
        )

    model = Model(3.0)
    assert srcgrad.grad(lambda x: model.loss(x))(2.0) == pytest.approx(12.0)
    assert srcgrad.grad(lambda x: model.loss(x, power=3))(2.0) == pytest.approx(36.0)


# --- tensors -----------------------------------------------------------------------------------------


def test_tensors_get_one_node():
    x = srcgrad.tensor([0.3, 0.8], dtype=srcgrad.float64, requires_grad=True)
    y = product(x, 3.0)
    assert type(y) is type(x) and "product" in type(y.grad_fn).__name__ + repr(y.grad_fn) + str(
        y.grad_fn.name()
    )
    (slope,) = srcgrad.autograd.grad(y.sum(), x, create_graph=True)
    np.testing.assert_allclose(slope.detach().numpy(), 6.0 * np.array([0.3, 0.8]))
    (curve,) = srcgrad.autograd.grad(slope.sum(), x)
    np.testing.assert_allclose(curve.numpy(), [6.0, 6.0])


def test_tensors_with_a_tangent_rule():
    x = srcgrad.tensor([0.0, 1.0], dtype=srcgrad.float64, requires_grad=True)
    softplus(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 1.0 / (1.0 + np.exp(-np.array([0.0, 1.0]))))
    assert not softplus(x.detach()).requires_grad
    assert srcgrad.stop_gradient(x).requires_grad is False


# --- stop_gradient -----------------------------------------------------------------------------------


def stopped(x):
    return np.sum(x * srcgrad.stop_gradient(x))


def stopped_and_written(x):
    y = 2.0 * x
    z = srcgrad.stop_gradient(y)
    z[0] = x[1]
    y[0] = 7.0
    return np.sum(z * y)


def stopped_tuple(x):
    a, b = srcgrad.stop_gradient((x, x * x))
    return np.sum(a * b * x)


STOPPED = [
    (stopped, lambda x: x),
    (stopped_and_written, lambda x: np.array([0.0, 7.0 + 4.0 * x[1]])),
    (stopped_tuple, lambda x: x**3),
]


@pytest.mark.parametrize("engine", [srcgrad.grad, recorded], ids=["compiled", "recorded"])
@pytest.mark.parametrize(("program", "wanted"), STOPPED, ids=lambda f: f.__name__)
def test_stop_gradient(engine, program, wanted):
    x = np.array([3.0, 2.0])
    np.testing.assert_allclose(engine(program)(x), wanted(x))


def test_stop_gradient_of_objects_is_refused():
    class Box:
        def __init__(self, value):
            self.value = value

    with pytest.raises(UnsupportedError, match="object of class Box"):
        srcgrad.grad(lambda x: srcgrad.stop_gradient(Box(x)).value * x)(1.0)


# --- errors ------------------------------------------------------------------------------------------


def with_halves(fwd, bwd, **more):
    made = srcgrad.custom_vjp(lambda x: 2.0 * x, **more)
    made.__name__ = "double"
    made.defvjp(fwd, bwd)
    return made


WRONG = [
    (lambda x: 2.0 * x, lambda r, g: (g,), r"not \(value, residuals\)"),
    (lambda x: (2.0 * x, None), lambda r, g: 2.0 * g, "not a tuple with a cotangent for each of 1"),
    (lambda x: (2.0 * x, None), lambda r, g: (g, g), "a tuple of 2"),
    (lambda x: (2.0 * x, None), lambda r, g: (np.zeros(7),), r"shape \(7,\) for x"),
    (lambda x: (2.0 * x, None), lambda r, g: ([g],), "shape"),
]


@pytest.mark.parametrize("engine", [srcgrad.grad, recorded], ids=["compiled", "recorded"])
@pytest.mark.parametrize("point", POINTS[:2], ids=["number", "vector"])
@pytest.mark.parametrize(("fwd", "bwd", "message"), WRONG)
def test_halves_that_do_not_fit(engine, point, fwd, bwd, message):
    double = with_halves(fwd, bwd)
    with pytest.raises(CustomFunctionError, match=message) as caught:
        engine(lambda x: np.sum(double(x)))(point)
    assert "SG106" in str(caught.value)


def test_halves_that_write_are_found_out():
    def fwd(x):
        x *= 2.0
        return x, None

    def bwd(_, g):
        g *= 2.0
        return (g,)

    x = np.array([1.0, 2.0])
    for double in (with_halves(fwd, lambda _, g: (2.0 * g,)), with_halves(lambda x: (2.0 * x, None), bwd)):
        with pytest.raises(CustomFunctionError, match="changes an array"):
            srcgrad.grad(lambda x: np.sum(double(x * 1.0) ** 2))(x)


def test_called_without_a_derivative():
    lone = srcgrad.custom_vjp(lambda x: x)
    with pytest.raises(CustomFunctionError, match="has no derivative yet"):
        lone(1.0)
    with pytest.raises(CustomFunctionError, match="nondiff_argnums=3"):
        srcgrad.custom_vjp(lambda x: x, nondiff_argnums=3)


@pytest.mark.parametrize("engine", [srcgrad.grad, recorded], ids=["compiled", "recorded"])
def test_derivatives_of_held_arguments_are_refused(engine):
    with pytest.raises(CustomFunctionError, match="one of its nondiff_argnums"):
        engine(lambda x: powered(x, x))(2.0)


def test_values_that_a_custom_function_captures_are_refused():
    def program(x):
        scaled = srcgrad.custom_vjp(lambda y: x * y)
        scaled.defvjp(lambda y: (x * y, None), lambda _, g: (g * 3.0,))
        return scaled(x)

    with pytest.raises(CustomFunctionError, match="without getting it as an argument"):
        srcgrad.grad(program)(2.0)
