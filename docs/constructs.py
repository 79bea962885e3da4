"""One small program for each line of the tables in ``language.md``.

``scripts/generated_in_docs.py`` differentiates each and writes into the page which way it went; a test holds each
against finite differences.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import srcgrad

PROGRAMS: list[tuple[str, str, Callable[..., Any], tuple[Any, ...]]] = []
HERE = 3.0


def construct(section: str, text: str, *arguments: Any) -> Callable[[Any], Any]:
    """Note a program, and arguments to differentiate it at (by the first)."""

    def note(function: Any) -> Any:
        PROGRAMS.append((section, text, function, arguments))
        return function

    return note


def vector() -> np.ndarray:
    return np.array([0.3, 1.1, 2.2, 0.7])


def square(x):
    return x * x


# --- Control flow -------------------------------------------------------------------------------------------


@construct("flow", "`if`, `elif`, `else`, conditional expressions, chained comparisons", 1.2)
def branches(x):
    y = x * x if 0.0 < x < 2.0 else x
    if y > 3.0:
        y = 3.0 * y
    elif y > 1.0:
        y = y + x
    return y


@construct("flow", "`and`, `or`, `not` as values", 1.2)
def connectives(x):
    y = x or 2.0
    return (y and y * x) + (3.0 if not x else x)


@construct("flow", "`while`, `while True`, `break`, `continue`, `else` of a loop", 0.4)
def while_loops(x):
    y = x
    n = 0
    while True:
        n += 1
        if n == 2:
            continue
        y = y + 0.1 * math.sin(y)
        if n > 5:
            break
    while y < 2.0:
        y = 1.5 * y
    else:
        y = y * x
    return y


@construct("flow", "`for` over `range`, arrays, lists, `enumerate`, `zip`, `reversed`", vector())
def for_loops(x):
    total = 0.0
    for i in range(len(x)):
        total += i * x[i]
    for value in x:
        total += value**2
    for i, (a, b) in enumerate(zip(x, reversed(x))):
        total += i * a * b
    return total


@construct("flow", "`return` from anywhere, also out of nested loops", vector())
def early_return(x):
    for i in range(3):
        for j in range(3):
            if x[i] * x[j] > 2.0:
                return x[i] * x[j]
    return x[0]


@construct("flow", "`assert`, `raise`, `warnings.warn`, f-strings and `print`", 1.2)
def checks(x):
    assert x > 0.0, "positive numbers only"
    if x > 100.0:
        raise ValueError(f"{x} is too large")
    if x > 50.0:
        warnings.warn("that is much", stacklevel=2)
    return x * x


@construct("flow", "`with np.errstate(...)`", 1.2)
def errstate(x):
    with np.errstate(divide="ignore"):
        y = np.log(x)
    return y


@construct("flow", "`with` of other context managers, which might swallow an exception", 1.2)
def managers(x):
    import contextlib

    with contextlib.suppress(ValueError):
        x = x * x
    return x


@construct("flow", "`try` where no derivative passes", 1.2, "2")
def try_aside(x, text):
    try:
        size = len(text)
    except TypeError:
        raise ValueError(f"{text!r} has no length") from None
    if size > 10:
        raise ValueError("too long")
    return x * x


@construct("flow", "a value of unknown type that comes out of such code", 1.2, "2")
def unknown(x, text):
    try:
        factor = int(text)
    except ValueError:
        factor = 1
    return factor * x * x


@construct("flow", "`try` around what is differentiated", 1.2)
def try_around(x):
    try:
        y = math.log(x)
    except ValueError:
        y = 0.0
    return y * x


@construct("flow", "`match` on numbers and strings", 1.2, "square")
def match_values(x, what):
    match what:
        case "square":
            return x * x
        case "cube" | "third":
            return x**3
        case _:
            return x


@construct("flow", "`match` that takes a differentiated sequence or object apart", vector())
def match_parts(x):
    match [x[0], x[1]]:
        case [a, b]:
            return a * b
    return 0.0


# --- Names and expressions ----------------------------------------------------------------------------------


@construct("names", "chained and annotated assignment, several targets, swaps, `:=`, `del`", vector())
def assignments(x):
    a = b = x[0]
    c: float = x[1]
    a, b = b * c, a
    p, q, r = a, c, b
    del a
    if (s := p * q) > 0.0:
        s = s * r
    return s


@construct("names", "nested and starred targets (`(a, b), c = ...`; `first, *rest = ...`)", vector())
def starred(x):
    (a, b), c = (x[3], x[1]), x[2]
    first, *rest = a, b, c
    return first * rest[1]


@construct("names", "a name that is bound on one path only, or that changes its type", 1.2)
def changing(x):
    y = 1
    if x > 1.0:
        y = x * x
        z = y + 1.0
    if x > 1.0:
        y = y * z
    return y


@construct("names", "operators, also `//`, `%`, `**`, `@`, on mixtures of int, float and array", vector())
def operators(x):
    a = (x @ x) ** 2 + 2**x - x % 0.4
    return np.sum(a * 3 - x // 0.4)


@construct("names", "`abs`, `min`, `max`, `sum`, `float`, `round`, `len`", vector())
def builtin_functions(x):
    y = max(x[0], x[1]) + min(x[2], 1.0) + abs(x[3])
    return float(y) + sum([y, x[0]]) + len(x)


@construct("names", "`sorted` and `min`, `max` with a key", vector())
def sorting(x):
    ordered = sorted([x[0], x[1], x[2]])
    return ordered[0] * ordered[2]


@construct("names", "`math.*`", 0.4)
def math_functions(x):
    return math.sin(x) * math.exp(x) + math.hypot(x, 2.0) + math.atan2(x, 3.0)


# --- Arrays -------------------------------------------------------------------------------------------------


@construct("arrays", "`y[i] = ...`, slices, masks, integer arrays; `+=`, `-=`, `*=`, `/=`, `**=`", vector())
def writes(x):
    y = np.zeros(4)
    y[0] = x[1] * x[2]
    y[1:3] += x[:2]
    y[x > 1.0] *= x[0]
    y[np.array([0, 3])] = x[:2]
    y /= 2.0
    return np.sum(y * y)


@construct("arrays", "`+=` into an integer array with repeats; `np.add.at`", vector())
def repeats(x):
    y = np.zeros(3)
    np.add.at(y, np.array([0, 1, 1, 2]), x)
    y[np.array([0, 2])] += x[:2]
    return np.sum(y * y)


@construct("arrays", "`*=` and the like into an integer array; other `ufunc.at`", vector())
def multiplied_at(x):
    y = np.ones(4)
    y[np.array([0, 2])] *= x[:2]
    return np.sum(y)


@construct("arrays", "views of what is written: slices, `.T`, rows in `for row in A`", vector())
def views(x):
    a = np.zeros((2, 2))
    column = a[:, 0]
    column += x[:2]
    a.T[1] = x[2:]
    for row in a:
        row *= 2.0
    return np.sum(a * a)


@construct("arrays", "`reshape` and `ravel` of what is written", vector())
def reshaped(x):
    a = np.zeros((2, 2))
    a[0] = x[:2]
    flat = a.reshape(-1)
    flat[3] = x[0] * x[3]
    return np.sum(a * a)


@construct("arrays", "several names for one array, double buffers (`u, v = v, u`)", vector())
def buffers(x):
    u = x.copy()
    v = np.zeros_like(u)
    for _ in range(3):
        v[1:-1] = 0.5 * (u[2:] + u[:-2]) * u[1:-1]
        u, v = v, u
    return np.sum(u * u)


@construct("arrays", "`out=`, `np.copyto`, `fill`", vector())
def outputs(x):
    y = np.empty_like(x)
    np.multiply(x, x, out=y)
    z = np.empty_like(x)
    np.copyto(z, y)
    y.fill(2.0)
    return np.sum(y * z)


@construct("arrays", "`sort`, `put`, `partition`, `fill_diagonal`, `place` in place", vector())
def methods_that_write(x):
    y = x * x
    y.sort()
    return y[0] * y[-1]


@construct("arrays", "a function that writes its argument", vector())
def callee_writes(x):
    y = x.copy()
    double(y)
    return np.sum(y * y)


def double(values):
    values *= 2.0


@construct("arrays", "writing into the differentiated argument (your array stays as it was)", vector())
def argument_written(x):
    x[0] = x[1] * x[2]
    return np.sum(x * x)


@construct("arrays", "float32, complex numbers", vector())
def number_types(x):
    z = x * np.exp(1j * x)
    y = np.ones(4, np.float32) * np.float32(2.0)
    return float(np.sum(np.abs(z + y) ** 2))


# --- Containers ---------------------------------------------------------------------------------------------


@construct("containers", "lists: display, `append`, index, slice, `pop`, `+`, comprehensions", vector())
def lists(x):
    values = [x[0] * x[1]]
    for i in range(4):
        values.append(values[-1] * x[i])
    doubled = [2.0 * v for v in values if v > 0.1]
    last = values.pop()
    return sum(values) + doubled[0] * last


@construct("containers", "`sum`, `max` of a generator expression", vector())
def generators(x):
    return sum(v * v for v in x) + max(v for v in x)


@construct("containers", "lists: `insert`, `extend`, `sort`, `reverse`, assignment to a slice", vector())
def list_methods(x):
    values = [x[0], x[1] * x[1]]
    values.extend([x[2] * x[0]])
    values.reverse()
    return values[0] * values[1]


@construct("containers", "tuples, also as results of functions", vector())
def tuples(x):
    low, high = both(x)
    pair = (low, high * low)
    return pair[0] * pair[1]


def both(x):
    return x[0] * x[1], x[2]


@construct("containers", "dictionaries that are read", {"rate": 1.2, "more": [0.4, 0.5]})
def dictionary_read(parameters):
    return parameters["rate"] ** 2 * parameters["more"][1]


@construct("containers", "dictionaries that are displayed, handed on or returned", 1.2)
def dictionary_displayed(x):
    def model(p):
        return {"value": p["a"] * p["b"], "name": "product"}

    return model({"a": x, "b": x * x})["value"]


@construct("containers", "dictionaries that are changed", 1.2)
def dictionary_built(x):
    values = {"a": x * x}
    values["b"] = values["a"] * x
    return values["a"] + values["b"]


@construct("containers", "a list of arrays that are written", vector())
def list_of_arrays(x):
    rows = [np.zeros(2), np.zeros(2)]
    rows[0][1] = x[0] * x[1]
    rows[1] += x[2]
    return np.sum(rows[0]) * np.sum(rows[1])


# --- Functions and objects ----------------------------------------------------------------------------------


@construct("functions", "calls by position and keyword, defaults, recursion, mutual recursion", 1.2)
def calls(x):
    return power(x, n=3) + square(x)


def power(x, n=2):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


@construct("functions", "functions of other modules and installed packages, by any kind of import", 1.2)
def imports(x):
    from math import sin as sine

    return sine(x) * math.cos(x)


@construct("functions", "inner functions and lambdas that are called", 1.2)
def inner(x):
    factor = 2.0 * x

    def scaled(y):
        return factor * y

    cube = lambda y: y**3  # noqa: E731
    return scaled(x) + cube(x)


@construct("functions", "globals, closures and functions from outside, given as arguments", 1.2, square)
def from_outside(x, f):
    return f(x) * HERE


@construct("functions", "`nonlocal`; inner functions that write into what is outside of them", 1.2)
def rebinding(x):
    total = 0.0

    def add(y):
        nonlocal total
        total += y * y

    add(x)
    add(2.0 * x)
    return total


@construct("functions", "inner functions and lambdas that are returned or kept", 1.2)
def returned(x):
    def scaled(k):
        return lambda y: k * y * x

    return scaled(2.0)(x)


@construct("functions", "inner functions and lambdas that are handed on as arguments", 1.2)
def handed_on(x):
    return twice(lambda y: x * y, x)


def twice(f, x):
    return f(f(x))


@construct("functions", "functions with `*args` or `**kwargs`, calls with stars", 1.2)
def star(x):
    pair = (x, 2.0)
    return product(x, *pair)


def product(*factors):
    result = 1.0
    for factor in factors:
        result = result * factor
    return result


@construct("functions", "`map` and `filter` in a loop or a sum", vector())
def mapped(x):
    return sum(map(square, x))


@construct("functions", "`functools.partial`, `functools.reduce`", 1.2)
def partials(x):
    return functools.partial(power, n=3)(x)


@construct("functions", "derivatives inside of what is differentiated: `srcgrad.grad(g)(x) ** 2`", 1.2)
def derivative_inside(x):
    return srcgrad.grad(power)(x) ** 2


@dataclasses.dataclass
class Spring:
    stiffness: float
    rest: float = 0.5

    def energy(self, length):
        return 0.5 * self.stiffness * (length - self.rest) ** 2

    @property
    def doubled(self):
        return 2.0 * self.stiffness


@construct(
    "functions", "methods and attributes of an argument; the gradient is such an object too", Spring(1.2)
)
def attributes(spring):
    return spring.energy(2.0) * spring.stiffness


@construct("functions", "objects that are made on the way", 1.2)
def made(x):
    return Spring(x * x).energy(2.0)


@construct("functions", "properties, static and class methods", Spring(1.2))
def properties(spring):
    return spring.doubled * spring.stiffness


@construct("functions", "objects whose attributes are set", 1.2)
def changed(x):
    spring = Spring(1.0)
    spring.stiffness = x * x
    return spring.energy(2.0)


class Dual:
    def __init__(self, value):
        self.value = value

    def __mul__(self, other):
        return Dual(self.value * other.value)


@construct("functions", "operators of your own classes", 1.2)
def overloaded(x):
    return (Dual(x) * Dual(x)).value


@construct("functions", "a generator function on the way", 1.2)
def yields(x):
    return sum(powers_of(x))


def powers_of(x):
    for n in range(3):
        yield x**n


# --- What is refused ----------------------------------------------------------------------------------------


@construct("refused", "a generator as the function to differentiate", 1.2)
def generator(x):
    yield x


@construct("refused", "a coroutine as the function to differentiate", 1.2)
async def coroutine(x):
    return x


@construct("refused", "a function without a rule and without source in Python", 1.2)
def no_rule(x):
    import struct

    return struct.unpack("d", struct.pack("d", x))[0]


@construct("refused", "a whole number as the input to differentiate by", 2)
def whole(x):
    return x * 1.5


@construct("refused", "a result that is not one real number", vector())
def no_number(x):
    return x * x
