"""What to differentiate by, auxiliary results, and use as a decorator."""

import numpy as np
import pytest

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)


def f(x, y=2.0, *, scale=3.0):
    """Docstring of f."""
    return x * x * y * scale


def with_aux(x, y):
    z = x * y
    return z * z, {"z": z, "label": "aux"}


def test_first_argument_by_default():
    assert srcgrad.grad(f)(1.5) == 2 * 1.5 * 2.0 * 3.0


@pytest.mark.parametrize("which", [1, -1, "y"])
def test_one_argument(which):
    assert srcgrad.grad(f, which)(1.5, 4.0) == 1.5**2 * 3.0
    assert srcgrad.grad(f, argnums=which)(1.5, 4.0) == 1.5**2 * 3.0


@pytest.mark.parametrize("which", [(0, 1), ("x", "y"), [0, 1], (0, "y")])
def test_several_arguments(which):
    slopes = srcgrad.grad(f, which)(1.5, 4.0)
    assert isinstance(slopes, tuple)
    assert slopes == (2 * 1.5 * 4.0 * 3.0, 1.5**2 * 3.0)


def test_one_argument_in_a_tuple_gives_a_tuple():
    assert srcgrad.grad(f, (0,))(1.5) == (2 * 1.5 * 2.0 * 3.0,)
    assert srcgrad.grad(f, ("x",))(1.5) == (2 * 1.5 * 2.0 * 3.0,)


def test_order_of_argnums_is_kept():
    assert srcgrad.grad(f, (1, 0))(1.5, 4.0) == (1.5**2 * 3.0, 2 * 1.5 * 4.0 * 3.0)


def test_arguments_by_keyword():
    assert srcgrad.grad(f, "y")(x=1.5, y=4.0) == 1.5**2 * 3.0
    assert srcgrad.grad(f, 1)(1.5, y=4.0) == 1.5**2 * 3.0
    assert srcgrad.grad(f)(1.5, scale=1.0) == 2 * 1.5 * 2.0


def test_keyword_only_argument_by_name():
    assert srcgrad.grad(f, "scale")(1.5, 4.0, scale=5.0) == 1.5**2 * 4.0


def test_default_value_differentiated():
    assert srcgrad.grad(f, "y")(1.5) == 1.5**2 * 3.0


def test_value_and_grad():
    assert srcgrad.value_and_grad(f)(1.5, 4.0) == (27.0, 36.0)
    assert srcgrad.value_and_grad(f, (0, 1))(1.5, 4.0) == (27.0, (36.0, 6.75))


def test_has_aux():
    slope, aux = srcgrad.grad(with_aux, has_aux=True)(1.5, 4.0)
    assert slope == 2 * 6.0 * 4.0
    assert aux == {"z": 6.0, "label": "aux"}
    (value, aux), slopes = srcgrad.value_and_grad(with_aux, (0, 1), has_aux=True)(1.5, 4.0)
    assert value == 36.0 and aux["z"] == 6.0
    assert slopes == (48.0, 18.0)


def test_has_aux_with_arrays_and_none():
    def g(a):
        b = a * a
        return np.sum(b), (b, None, a.shape)

    slope, (b, nothing, shape) = srcgrad.grad(g, has_aux=True)(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(slope, [2.0, 4.0])
    np.testing.assert_array_equal(b, [1.0, 4.0])
    assert nothing is None and shape == (2,)


def test_second_order_through_has_aux():
    def slope(x):
        g, aux = srcgrad.grad(with_aux, has_aux=True)(x, 4.0)
        return g

    assert srcgrad.grad(slope)(1.5) == pytest.approx(2.0 * 16.0)


def test_vjp():
    value, pullback = srcgrad.vjp(f, 1.5, 4.0)
    assert value == 27.0
    assert pullback(1.0) == (36.0, 6.75)
    assert pullback(0.5) == (18.0, 3.375)


def test_vjp_of_array_function():
    def g(a, m):
        b = m @ a
        b[0] *= a[1]
        return b

    a, m = np.array([1.0, 2.0]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    value, pullback = srcgrad.vjp(g, a, m)
    np.testing.assert_array_equal(value, g(a, m))
    seed = np.array([0.5, -1.0, 2.0])
    a_bar, m_bar = pullback(seed)
    h = 1e-6
    for k in range(2):
        step = np.eye(2)[k] * h
        assert a_bar[k] == pytest.approx(seed @ (g(a + step, m) - g(a - step, m)) / (2 * h), abs=1e-8)
    assert m_bar.shape == m.shape
    again = pullback(seed)
    np.testing.assert_array_equal(again[0], a_bar)
    np.testing.assert_array_equal(seed, [0.5, -1.0, 2.0])


def test_vjp_of_several_outputs():
    def g(x, y):
        return x * y, [x + y, np.sin(x)]

    value, pullback = srcgrad.vjp(g, 0.5, 2.0)
    assert value == (1.0, [2.5, np.sin(0.5)])
    x_bar, y_bar = pullback((1.0, [10.0, 100.0]))
    assert x_bar == pytest.approx(2.0 + 10.0 + 100.0 * np.cos(0.5))
    assert y_bar == pytest.approx(0.5 + 10.0)


def test_decorator_without_arguments():
    @srcgrad.grad
    def g(x):
        return x**3

    assert g(2.0) == 12.0


def test_decorator_with_arguments():
    @srcgrad.grad(argnums=1)
    def g(x, y):
        return x * y * y

    @srcgrad.value_and_grad(argnums=("x", "y"))
    def h(x, y):
        return x * y

    @srcgrad.grad(has_aux=True)
    def k(x):
        return x * x, "extra"

    assert g(3.0, 2.0) == 12.0
    assert h(3.0, 2.0) == (6.0, (2.0, 3.0))
    assert k(3.0) == (6.0, "extra")


def test_decorator_stacked_on_decorators():
    @srcgrad.grad
    @srcgrad.grad
    def g(x):
        return x**4

    assert g(2.0) == pytest.approx(48.0)


def test_third_order():
    def g(x):
        return np.sin(x) * x

    third = srcgrad.grad(srcgrad.grad(srcgrad.grad(g)))
    assert third(0.7) == pytest.approx(-3 * np.sin(0.7) - 0.7 * np.cos(0.7), rel=1e-12)


def test_methods_and_lambdas():
    class Model:
        def __init__(self, w):
            self.w = w

        def loss(self, x):
            return self.w * x * x

        @srcgrad.grad
        def slope(self, x):
            return self.w * x * x

    model = Model(3.0)
    assert srcgrad.grad(model.loss)(2.0) == 12.0
    assert srcgrad.grad(lambda x: x * x)(3.0) == 6.0
    first, second = (lambda x: x * x), (lambda x: x**3)
    assert (srcgrad.grad(first)(3.0), srcgrad.grad(second)(3.0)) == (6.0, 27.0)
    assert srcgrad.grad(Model.loss, 1)(model, 2.0) == 12.0


def test_callable_object_and_partial():
    import functools

    class Square:
        def __call__(self, x):
            return x * x

    assert srcgrad.grad(Square())(3.0) == 6.0
    assert srcgrad.grad(functools.partial(f, y=5.0))(3.0) == 2 * 3.0 * 5.0 * 3.0
    assert srcgrad.grad(np.sin)(0.3) == np.cos(0.3)


def test_one_compiled_function_for_many_signatures():
    g = srcgrad.grad(lambda x: np.sum(x * x))
    assert g(3.0) == 6.0
    np.testing.assert_array_equal(g(np.array([1.0, 2.0])), [2.0, 4.0])
    assert g(np.ones((2, 2))).shape == (2, 2)
    single = g(np.ones(2, np.float32))
    assert single.dtype == np.float32
    assert g(3.0) == 6.0


def test_gradient_of_unused_argument_is_zero():
    assert srcgrad.grad(lambda x, y: x * 2.0, (0, 1))(1.0, 2.0) == (2.0, 0.0)
    slope = srcgrad.grad(lambda x, a: x * 2.0, 1)(1.0, np.ones(3))
    np.testing.assert_array_equal(slope, np.zeros(3))


def test_results_are_not_shared():
    """Writing into one gradient changes neither the next nor the argument."""
    g = srcgrad.grad(lambda a: np.sum(a))
    a = np.ones(3)
    first = g(a)
    first += 7.0
    np.testing.assert_array_equal(g(a), [1.0, 1.0, 1.0])
    both = srcgrad.grad(lambda a, b: np.sum(a + b), (0, 1))(a, a)
    both[0][...] = 5.0
    np.testing.assert_array_equal(both[1], [1.0, 1.0, 1.0])
    np.testing.assert_array_equal(a, np.ones(3))


def test_result_can_be_written():
    for program in (
        lambda a: np.sum(a),
        lambda a: np.mean(a),
        lambda a: a[0] * 1.0,
        lambda a: np.sum(a * 2.0),
    ):
        slope = srcgrad.grad(program)(np.ones(3))
        slope += 1.0
