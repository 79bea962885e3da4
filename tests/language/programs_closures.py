"""Functions handed on as arguments, with what they capture, and stars in calls and definitions."""

import functools

import numpy as np

from tests.language.corpus import pos, program, vec

static = functools.partial(program, static=True)


def euler(f, y, steps, *args, **options):
    """Steps of a function that is handed in, as libraries write it."""
    for _ in range(steps):
        y = y + 0.1 * f(y, *args, **options)
    return y


def midpoint(f, y, steps):
    for _ in range(steps):
        y = y + 0.1 * f(y + 0.05 * f(y))
    return y


def smooth_in_place(f, u):
    for i in range(1, len(u) - 1):
        u[i] = f(u[i - 1], u[i + 1])
    return u


def decay(y, rate, power=2.0):
    return -rate * y**power


@static(0.7)
def inner_function_handed_on(x):
    def f(y):
        return -x * y * y

    return midpoint(f, 1.0, 3) * x


@static(0.7)
def lambda_handed_on(x):
    return midpoint(lambda y: -x * y * y, x, 3)


@static(0.7)
def named_lambda_handed_on_twice(x):
    rate = x * x
    f = lambda y: np.sin(rate * y)  # noqa: E731
    return midpoint(f, 1.0, 2) + midpoint(f, x, 3)


@static(0.7)
def inner_function_captures_another(x):
    def g(y):
        return x * y

    def f(y):
        return -g(y) * y

    return f(1.0) + midpoint(f, 1.0, 2)


@static(0.7)
def only_the_captured_function_is_active(x):
    def g(y):
        return x * y

    def f(y):
        return g(y)

    return f(2.0)


@static(0.7)
def handed_on_and_on(x):
    def drive(f, n):
        return midpoint(f, 1.0, n) * f(2.0)

    return drive(lambda y: -x * y * y, 3)


@static(0.7)
def two_functions_handed_on(x):
    def compose(f, g, y):
        return f(g(y)) - g(f(y))

    return compose(lambda u: u * x, lambda v: v * v + x, 1.3)


@static(0.7)
def captured_variable_rebound_before(x):
    k = x

    def f(y):
        return k * y

    k = k * k
    return midpoint(f, 1.0, 2)


@static(0.7)
def captured_variable_rebound_between(x):
    k = x

    def f(y):
        return k * y

    first = midpoint(f, 1.0, 2)
    k = first * x
    return midpoint(f, 1.0, 2) + first


@static(vec(3))
def captures_unpacked_parameters(p):
    a, b, c = p

    def f(y):
        return np.array([a * y[1], -b * y[0] * c])

    return np.sum(midpoint(f, np.array([1.0, 0.5]), 3))


@static(vec(3))
def captures_array(p):
    return np.sum(midpoint(lambda y: p * y, np.ones(3), 3))


@program(vec(5))
def captures_the_array_that_is_written(a):
    u = a * 1.0

    def f(left, right):
        return left * right + u[0] * u[2]

    smooth_in_place(f, u)
    return np.sum(u * u)


@program(vec(5))
def captures_array_written_afterwards(a):
    u = a * 1.0

    def f(y):
        return u[1] * y

    first = midpoint(f, 1.0, 2)
    u[1] = first
    return midpoint(f, 1.0, 2) * u[0]


@program(0.7)
def closure_in_loop_sees_the_variable(x):
    total = 0.0
    for k in range(3):
        total += midpoint(lambda y: x * y + k, 1.0, 2)  # noqa: B023
    return total


@program(0.7)
def recursive_inner_function_handed_on(x):
    def power(y, n=3):
        return 1.0 if n == 0 else y * x * power(y, n - 1)

    return midpoint(power, 1.2, 2)


@program(0.7)
def functions_that_call_each_other(x):
    def even(n):
        return x if n == 0 else odd(n - 1) * x

    def odd(n):
        return 1.0 if n == 0 else even(n - 1) + x

    return even(4) * odd(3)


@program(0.7)
def captured_name_is_a_name_of_the_callee(y):
    steps = y * y

    def f(u):
        return steps * u + y

    return midpoint(f, 1.0, 2)


@program(0.7)
def function_may_be_none(x):
    def apply(y, f=None):
        return y if f is None else f(y)

    return apply(x) * apply(x, lambda y: x * y)


@program(0.7)
def function_is_returned(x):
    def scaled(k):
        return lambda y: k * y * x

    return scaled(x)(2.0) + scaled(3.0)(x)


@program(0.7)
def star_of_the_definition(x):
    return euler(decay, 1.0, 3, x)


@program(0.7)
def star_of_the_definition_twice(x):
    return euler(decay, 1.0, 3, x, x * x + 1.0) + euler(decay, x, 2, 0.3)


@program(0.7)
def double_star_of_the_definition(x):
    return euler(decay, 1.0, 3, rate=x, power=x + 1.0)


@program(0.7)
def star_of_a_tuple(x):
    pair = (x, 1.0 + x)
    return decay(x, *pair) + decay(*pair) + decay(1.0, *(x, 2.0))


@program(vec(3))
def star_of_an_array(p):
    def model(t, a, b, c):
        return a * np.exp(-b * t) + c

    t = np.linspace(0.0, 1.0, 4)
    return np.sum(model(t, *p) ** 2)


@program(pos(3))
def star_of_a_slice(p):
    def model(t, a, b):
        return a * t**b

    return model(p[0], *p[1:])


@program(0.7)
def arguments_collected_by_an_inner_function(x):
    def total(*values, scale=1.0):
        result = 0.0
        for value in values:
            result += value * scale
        return result

    return total(x, x * x, 3.0) * total(1.0, x, scale=x) + total()


def _split(q, w):
    return {"square": q * q, "mixed": q * w, "name": "split"}


@static(0.7, 1.3)
def dict_of_parameters(x, y):
    p = {"rate": x, "power": x * y}
    return decay(y, p["rate"], p["power"]) + decay(x, **p) * p["rate"]


@static(0.7)
def dict_handed_on(x):
    def model(p, t):
        return p["a"] * np.exp(-p["b"] * t) + p["c"]

    return model({"a": x, "b": x * x, "c": 1.0}, 2.0) + model(dict(a=1.0, b=2.0, c=3.0), x)


@static(0.7)
def dict_returned(x):
    parts = _split(x, 2.0 * x)
    return parts["square"] * parts["mixed"]


@static(vec(4))
def dict_of_arrays(a):
    state = {"u": a * 2.0, "v": np.zeros(4)}
    state["v"][1:] = state["u"][:-1] * a[1:]
    state["u"][0] *= a[3]
    return np.sum(state["v"] * state["u"])


@program(vec(4))
def dict_in_loop(a):
    total = 0.0
    for k in range(4):
        p = {"w": a[k], "k": k}
        if p["k"] % 2 == 0:
            p = {"w": a[k] * a[0], "k": 1}
        total += p["w"] ** 2 * p["k"]
    return total


@program(0.7)
def dict_changed_after_the_display(x):
    p = {"a": x, "b": 2.0}
    q = p
    q["a"] = x * x
    p["c"] = p["a"] * p["b"]
    p.update(b=x)
    return p["a"] * p["b"] * q["c"]


@program(0.7)
def dict_of_dicts(x):
    p = {"in": {"a": x, "b": x * x}, "out": 3.0}
    return p["in"]["a"] * p["in"]["b"] * p["out"]


@program(0.7)
def dict_looked_at(x):
    p = {"a": x, "b": x * x}
    total = 0.0
    for key, value in p.items():
        total += value * len(key)
    return total * p.get("a", 1.0) * p.get("z", 2.0) * len(p) if "a" in p else 0.0


@static(0.7)
def tuple_of_arguments_handed_on(x):
    def integrate(f, y, args=()):
        for _ in range(3):
            y = y + 0.1 * f(y, *args)
        return y

    return integrate(decay, 1.0, args=(x, x + 1.0)) + integrate(decay, x, (0.5,))
