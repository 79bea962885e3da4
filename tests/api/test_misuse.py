"""What a newcomer does wrong, and what srcgrad says: an error of its own with a way out, or Python's with the line.

Each row: a call, the class of the error, and what its text has to contain (a regular expression each).
"""

# ruff: noqa: E501  (a table)

from __future__ import annotations

import datetime
import functools
import math
import operator
import pathlib
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import (
    ArgumentError,
    InputTypeError,
    MissingRuleError,
    OutputError,
    RuleParameterError,
    SourceNotFoundError,
    SrcgradError,
    UnsupportedError,
)

HERE = pathlib.Path(__file__).name
grad, vjp, jvp = srcgrad.grad, srcgrad.vjp, srcgrad.jvp


def square(x):
    return x * x


def product(x, y):
    return x * y


def forever(x):
    return forever(x)


def generates(x):
    yield x * x


async def waits(x):
    return x * x


async def streams(x):
    yield x


def forgets(x):
    y = x * x  # and does not return it


def as_text(x):
    return f"{x}"


def compares(x):
    return x > 0.0


def several(x):
    return [x, x]


def with_more(x):
    return x * x, "more"


def misspelled(x):
    return np.sinn(x)


def undefined(x):
    return x * not_defined  # noqa: F821


def sometimes_unbound(x):
    if x > 10.0:
        y = x
    return y * x


def masked(x):
    return np.sum(np.sin(x, where=x > 0.0))


def of_objects(x):
    return np.array([x, None], dtype=object)[0] * x


def wrong_shapes(a):
    b = a * np.ones(4)
    return np.sum(b)


def singular(a):
    return np.sum(np.linalg.inv(a))


def padded(a):
    return np.sum(np.pad(a, 2, mode="reflect", reflect_type="odd"))


def rows(a):
    return np.sum(np.r_["0,2", a, a])


def unknown_function(x):
    return mystery(x) * x


mystery = np.frompyfunc(float.__abs__, 1, 1)  # neither source nor rule

_space: dict[str, Any] = {}
exec("def hidden(x):\n    return x * 2.0\n", _space)
hidden = _space["hidden"]


def calls_hidden(x):
    y = hidden(x)
    return y * x


class Model:
    def __init__(self):
        self.w = 2.0

    def loss(self, x):
        return self.w * x * x

    @classmethod
    def made(cls, x):
        return x * x

    @property
    def size(self):
        return 3.0


first, second = lambda x: x * x, lambda x: x**3

ONES = np.ones(3)
FLOAT = r"pass a float"
FUNCTION = r"pass the function itself"
RETURN = rf"{HERE}:\d+"

# (what is done, the call, the error, what it says)
MISUSE: list[tuple[str, Callable[[], Any], type[BaseException], list[str]]] = [
    # --- the function
    ("a number instead of a function", lambda: grad(3.0), ArgumentError, [FUNCTION]),
    ("a string instead of a function", lambda: grad("f"), ArgumentError, [FUNCTION]),
    ("the value of a function", lambda: grad(square(2.0)), ArgumentError, [FUNCTION]),
    ("nothing instead of a function", lambda: grad(None)(1.0), ArgumentError, [FUNCTION]),
    ("an array instead of a function", lambda: grad(ONES), ArgumentError, [FUNCTION]),
    ("a number in value_and_grad", lambda: srcgrad.value_and_grad(3), ArgumentError, [FUNCTION]),
    ("a number in vjp", lambda: vjp(2.0, 3.0), ArgumentError, [FUNCTION]),
    ("a number in jvp", lambda: jvp(1.0, (1.0,), (1.0,)), ArgumentError, [FUNCTION]),
    ("a raw classmethod", lambda: grad(Model.__dict__["made"]), ArgumentError, ["Class.method"]),
    ("a property", lambda: grad(Model.__dict__["size"]), ArgumentError, ["obj.method"]),
    ("a generator", lambda: grad(generates)(1.0), UnsupportedError, ["yield", "returns the value"]),
    ("a generator that runs", lambda: grad(generates(1.0)), ArgumentError, [FUNCTION]),
    ("a coroutine", lambda: grad(waits)(1.0), UnsupportedError, ["async def", "returns the value"]),
    ("an asynchronous generator", lambda: grad(streams)(1.0), UnsupportedError, ["yield"]),
    ("a generator in vjp", lambda: vjp(generates, 1.0), UnsupportedError, ["yield"]),
    ("text without source", lambda: grad(hidden)(1.0), SourceNotFoundError, ["hidden", "in a file"]),
    ("an evaluated lambda", lambda: grad(eval("lambda x: x * x"))(1.0), SourceNotFoundError, ["in a file"]),
    ("a callee without source", lambda: grad(calls_hidden)(1.5), SourceNotFoundError, ["hidden", RETURN, r"y = hidden\(x\)"]),
    ("a callee without rule", lambda: grad(unknown_function)(1.5), SrcgradError, [RETURN, "mystery"]),
    ("print", lambda: grad(print)(1.0), OutputError, ["None"]),
    # --- options
    ("a position that is not there", lambda: grad(product, 2)(1.0, 2.0), ArgumentError, [r"product\(x, y\)", "position from 0"]),
    ("a negative position", lambda: grad(product, -3)(1.0, 2.0), ArgumentError, ["position from 0"]),
    ("a name that is not there", lambda: grad(product, "z")(1.0, 2.0), ArgumentError, [r"\(x, y\)", "name of a parameter"]),
    ("the argument as argnums", lambda: grad(square, 2.0), ArgumentError, [r"grad\(f\)\(x\)"]),
    ("argnums=None", lambda: grad(product, argnums=None), ArgumentError, ["int, a parameter name"]),
    ("argnums=True", lambda: grad(product, argnums=True), ArgumentError, ["int, a parameter name"]),
    ("a set of positions", lambda: grad(product, argnums={0, 1}), ArgumentError, ["tuple"]),
    ("an array of positions", lambda: grad(product, argnums=np.arange(2)), ArgumentError, ["tuple"]),
    ("a float among positions", lambda: grad(product, argnums=(0, 1.0)), ArgumentError, ["int, a parameter name"]),
    ("a parameter twice", lambda: grad(product, argnums=(0, "x"))(1.0, 2.0), ArgumentError, ["name each one once"]),
    ("a misspelled option", lambda: grad(square, argnum=0), TypeError, ["argnum"]),
    ("jit=maybe", lambda: grad(square, jit="maybe"), ArgumentError, ['"auto"']),
    ("debug_nans of a text", lambda: srcgrad.debug_nans("yes"), ArgumentError, ["True, False"]),
    # --- arguments
    ("an int", lambda: grad(square)(3), InputTypeError, ["x", "int", FLOAT]),
    ("a NumPy int", lambda: grad(square)(np.int64(3)), InputTypeError, ["int64", FLOAT]),
    ("a bool", lambda: grad(square)(True), InputTypeError, ["bool", FLOAT]),
    ("a text", lambda: grad(square)("3"), InputTypeError, ["str", FLOAT]),
    ("None", lambda: grad(square)(None), InputTypeError, ["NoneType", FLOAT]),
    ("an array of ints", lambda: grad(square)(np.arange(3)), InputTypeError, ["int64", FLOAT]),
    ("an array of texts", lambda: grad(square)(np.array(["a"])), InputTypeError, ["str", FLOAT]),
    ("an array of objects", lambda: grad(square)(np.array([1.0, "a"], dtype=object)), InputTypeError, ["object"]),
    ("a list of ints", lambda: grad(sum)([1, 2]), InputTypeError, ["list without floating-point", FLOAT]),
    ("an empty list", lambda: grad(sum)([]), InputTypeError, ["list without floating-point"]),
    ("a dict of texts", lambda: grad(lambda d: d["a"])({"a": "b"}), InputTypeError, ["dict without floating-point"]),
    ("nested ints", lambda: grad(lambda d: d[0][0] * 2.0)([[1]]), InputTypeError, ["list without floating-point"]),
    ("a time", lambda: grad(square)(datetime.timedelta(1)), InputTypeError, ["timedelta"]),
    ("a tensor", lambda: grad(square)(srcgrad.tensor(2.0)), InputTypeError, [r"\.numpy\(\)", r"backward\(\)"]),
    ("an int as the second argument", lambda: grad(product, 1)(1.0, 2), InputTypeError, ["y"]),
    ("an int in vjp", lambda: vjp(square, 2), InputTypeError, ["argument 0", FLOAT]),
    ("an int in a second derivative", lambda: grad(grad(square))(3), InputTypeError, [FLOAT]),
    ("no argument", lambda: grad(square)(), TypeError, [r"square\(\)", "missing", "'x'"]),
    ("too many arguments", lambda: grad(square)(1.0, 2.0), TypeError, [r"square\(\)", "too many"]),
    ("an argument that is not there", lambda: grad(product)(1.0, 2.0, z=3.0), TypeError, [r"product\(\)", "z"]),
    ("a method without its object", lambda: grad(Model.loss)(2.0), TypeError, ["missing", "'x'"]),
    ("too many arguments for a builtin", lambda: grad(math.sin)(1.0, 2.0), TypeError, ["argument"]),
    # --- results
    ("an array", lambda: grad(lambda a: a * 2.0)(ONES), OutputError, [r"\(3,\)", "sum the result", "vjp"]),
    ("an array of one", lambda: grad(lambda a: a * 2.0)(np.ones((1, 1))), OutputError, [r"result\[0\]"]),
    ("a list", lambda: grad(several)(1.0), OutputError, [RETURN, r"return \[x, x\]", "one number"]),
    ("a dict", lambda: grad(lambda x: {"loss": x})(1.0), OutputError, ["dict", "one number"]),
    ("a pair", lambda: grad(with_more)(1.0), OutputError, [RETURN, "has_aux=True"]),
    ("nothing", lambda: grad(forgets)(1.0), OutputError, [RETURN, "return statement"]),
    ("a text as the result", lambda: grad(as_text)(1.0), OutputError, [RETURN, "str", "return a float"]),
    ("a truth value", lambda: grad(compares)(1.0), OutputError, [RETURN, "truth value"]),
    ("a complex number", lambda: grad(lambda x: x * 1j)(1.0), OutputError, [r"\.real"]),
    ("no pair with has_aux", lambda: grad(square, has_aux=True)(1.0), OutputError, [RETURN, r"\(value, aux\)"]),
    ("three with has_aux", lambda: grad(lambda x: (x, 1, 2), has_aux=True)(1.0), OutputError, ["tuple of 3", r"\(value, aux\)"]),
    ("three with has_aux, by value", lambda: srcgrad.value_and_grad(lambda x: (x, 1, 2), has_aux=True)(1.0), OutputError, ["pair"]),
    ("no pair in vjp", lambda: vjp(square, 2.0, has_aux=True), OutputError, [r"\(value, aux\)"]),
    ("the gradient of a vector gradient", lambda: grad(grad(lambda a: np.sum(a * a)))(ONES), OutputError, [r"\(3,\)"]),
    # --- cotangents and tangents
    ("a cotangent of another shape", lambda: vjp(lambda a: a * 2.0, ONES)[1](np.ones(4)), ArgumentError, [r"\(4,\)", r"\(3,\)"]),
    ("a number for an array", lambda: vjp(lambda a: a * 2.0, ONES)[1](1.0), ArgumentError, [r"\(\)", r"\(3,\)"]),
    ("an array for a number", lambda: vjp(square, 2.0)[1](ONES), ArgumentError, [r"\(3,\)", r"\(\)"]),
    ("a text for a number", lambda: vjp(square, 2.0)[1]("1"), ArgumentError, ["str", "float"]),
    ("too few cotangents", lambda: vjp(lambda x: (x, x), 2.0)[1]((1.0,)), ArgumentError, ["1 items", "tuple of 2"]),
    ("a number for a pair", lambda: vjp(lambda x: (x, x), 2.0)[1](1.0), ArgumentError, ["float", "tuple of 2"]),
    ("other keys", lambda: vjp(lambda x: {"a": x}, 2.0)[1]({"b": 1.0}), ArgumentError, [r"\['b'\]", r"\['a'\]"]),
    ("a wrong shape inside", lambda: vjp(lambda a: {"a": [a]}, ONES)[1]({"a": [np.ones(2)]}), ArgumentError, [r"\['a'\]\[0\]"]),
    ("ragged lists", lambda: vjp(lambda a: a * 2.0, ONES)[1]([[1.0], [1.0, 2.0]]), ArgumentError, ["different lengths"]),
    ("no cotangent", lambda: vjp(square, 2.0)[1](), TypeError, ["missing"]),
    ("no primal", lambda: vjp(square), TypeError, ["missing", "'x'"]),
    ("more tangents than primals", lambda: jvp(square, (1.0,), (1.0, 2.0)), ArgumentError, ["1 primals and 2 tangents"]),
    ("numbers instead of tuples", lambda: jvp(square, 1.0, 1.0), ArgumentError, [r"\(x,\)"]),
    ("a tangent of another shape", lambda: jvp(square, (ONES,), (np.ones(2),)), ArgumentError, [r"\(2,\)", r"\(3,\)"]),
    ("a text as a tangent", lambda: jvp(square, (1.0,), ("a",)), ArgumentError, ["pass floats"]),
    # --- inside of the program
    ("recursion without end", lambda: grad(forever)(1.0), RecursionError, ["return forever"]),
    ("a misspelled function", lambda: grad(misspelled)(1.0), AttributeError, ["sinn", RETURN]),
    ("an undefined name", lambda: grad(undefined)(1.0), NameError, ["not_defined", RETURN]),
    ("an unbound variable", lambda: grad(sometimes_unbound)(1.0), UnboundLocalError, ["y", RETURN]),
    ("shapes that do not fit", lambda: grad(wrong_shapes)(ONES), ValueError, ["broadcast", RETURN, r"b = a \*"]),
    ("a singular matrix", lambda: grad(singular)(np.zeros((2, 2))), np.linalg.LinAlgError, [RETURN]),
    ("a parameter that a rule does not take", lambda: grad(masked)(np.array([1.0, -2.0])), RuleParameterError, [RETURN, "np.where"]),
    ("a mode that a rule does not know", lambda: grad(padded)(ONES), RuleParameterError, [RETURN, "np.concatenate"]),
    ("a string in np.r_", lambda: grad(rows)(ONES), SrcgradError, ["np.r_", "np.concatenate"]),
    ("an array of objects inside", lambda: grad(of_objects)(2.0), UnsupportedError, [RETURN, "array of numbers"]),
    # --- looking inside
    ("the source before a call", lambda: grad(square).source, ArgumentError, ["call it once", "source_for"]),
    ("show before a call", lambda: grad(square).show(), ArgumentError, ["call it once"]),
    ("source_for an int", lambda: grad(square).source_for(1), InputTypeError, [FLOAT]),
    ("source_for too many", lambda: grad(square).source_for(1.0, 2.0), TypeError, ["too many"]),
    ("a graph of nothing", lambda: srcgrad.graph(), ArgumentError, ["requires_grad=True"]),
    ("a graph of a number", lambda: srcgrad.graph(3.0), ArgumentError, ["float", "tensors"]),
    ("check_rule without a rule", lambda: srcgrad.check_rule(square), MissingRuleError, ["square"]),
    ("inspect of a number", lambda: srcgrad.inspect(3.0), ArgumentError, ["not a function"]),
]  # fmt: skip


def said(error: BaseException) -> str:
    return "\n".join([str(error), *getattr(error, "__notes__", ())])


@pytest.mark.parametrize(
    ("call", "kind", "wanted"), [row[1:] for row in MISUSE], ids=[row[0].replace(" ", "_") for row in MISUSE]
)
def test_misuse(call, kind, wanted, capsys):
    with pytest.raises(kind) as caught, np.errstate(all="ignore"):
        call()
    text = said(caught.value)
    for pattern in wanted:
        assert re.search(pattern, text), f"{pattern!r} is not in:\n{text}"
    if isinstance(caught.value, SrcgradError):
        assert re.match(r"SG\d\d\d: ", text)
        assert caught.value.way_out, "an error says what to do"
        assert f"srcgrad explain {caught.value.code}" in text


def test_there_are_many():
    assert len(MISUSE) >= 90


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (lambda: (grad(first)(2.0), grad(second)(2.0)), (4.0, 12.0)),  # two lambdas on a line
        (lambda: grad(Model.made)(2.0), 4.0),
        (lambda: grad(Model().loss)(2.0), 8.0),
        (lambda: grad(math.sin)(0.0), 1.0),
        (lambda: grad(np.sin)(0.0), 1.0),
        (lambda: grad(functools.partial(product, y=3.0))(2.0), 3.0),
        (lambda: grad(operator.mul, argnums=np.int64(1))(2.0, 3.0), 2.0),
        (lambda: vjp(lambda a: np.sum(a), [1.0, 2.0])[1](None), ([0.0, 0.0],)),
        (lambda: vjp(square, 2.0)[1](None), (0.0,)),
        (lambda: vjp(lambda x: (x, x * x), 2.0)[1]((None, 1.0)), (4.0,)),
    ],
)
def test_what_looks_wrong_and_is_right(call, wanted):
    assert call() == wanted


def test_a_list_as_the_cotangent_of_an_array():
    (slope,) = vjp(lambda a: a * 2.0, ONES)[1]([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(slope, [2.0, 4.0, 6.0])


def test_options_are_judged_before_any_work():
    """Not at the first call, which may come hours later."""
    for build in (
        lambda: grad(square, 2.0),
        lambda: grad(3.0),
        lambda: grad(square, jit="x"),
        lambda: grad(argnums=None)(square),
    ):
        with pytest.raises(ArgumentError):
            build()


def test_inputs_are_judged_before_the_program_runs():
    ran = []

    def program(x):
        ran.append(1)
        return x

    for build in (
        lambda: grad(program)(3),
        lambda: vjp(program, 3),
        lambda: jvp(program, (1.0,), (np.ones(2),)),
        lambda: grad(program, 4)(1.0),
    ):
        with pytest.raises(SrcgradError):
            build()
    assert not ran
