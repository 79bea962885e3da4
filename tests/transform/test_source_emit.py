"""Finding the text of a function, and compiling text so that tools can show it."""

from __future__ import annotations

import inspect
import linecache
import traceback
from functools import wraps
from typing import Any

import numpy as np
import pytest

from srcgrad.errors import SourceNotFoundError
from srcgrad.transform import builders as b
from srcgrad.transform.emit import emit
from srcgrad.transform.names import Names
from srcgrad.transform.source import read_source
from srcgrad.transform.unparse import unparse


def text(function: Any) -> str:
    return unparse(read_source(function).tree.body)[0]


def keep(function: Any) -> Any:
    return function


def wrapped(function: Any) -> Any:
    @wraps(function)
    def wrapper(x: float) -> Any:
        return function(x) + 100

    return wrapper


@keep
@keep
def decorated(x: float) -> float:
    return x + 1


@wrapped
def replaced(x: float) -> float:
    return x + 2


pair = (lambda x: x + 1, lambda x: x + 2)  # fmt: skip
curried = lambda x: lambda y: x + y  # noqa: E731
spread = [
    lambda x: (
        x
        * 3
    ),
    lambda x: x * 4,
]  # fmt: skip


class Model:
    def __init__(self) -> None:
        self.__w = 2.0

    def value(self, x: float) -> float:
        return self.__w * x

    @staticmethod
    def fixed(x: float) -> float:
        return x * 5


def test_definitions() -> None:
    assert text(decorated) == "return x + 1\n"
    source = read_source(decorated)
    assert source.lines[source.tree.lineno - 1].startswith("def decorated")
    assert source.lines[source.first_line - 1] == "@keep\n"
    assert source.name == "decorated"


def test_a_decorator_that_replaces_the_function_is_what_is_read() -> None:
    assert text(replaced) == "return function(x) + 100\n"
    assert "function" in read_source(replaced).namespace


def test_lambdas() -> None:
    assert [text(function) for function in pair] == ["return x + 1\n", "return x + 2\n"]
    assert text(curried(1)) == "return x + y\n"
    assert text(curried) == "return lambda y: x + y\n"
    assert [text(function) for function in spread] == ["return x * 3\n", "return x * 4\n"]


def test_methods() -> None:
    assert text(Model().value) == "return self._Model__w * x\n"
    assert text(Model.value) == "return self._Model__w * x\n"
    assert text(Model.fixed) == "return x * 5\n"


def test_nested_functions_see_their_closure_live() -> None:
    scale = 2.0

    def inner(x: float) -> float:
        """Text
        that is less indented."""
        return scale * x

    source = read_source(inner)
    assert source.namespace["scale"] == 2.0
    scale = 3.0
    assert source.namespace["scale"] == 3.0
    assert source.namespace["np"] is np
    assert source.namespace.captured == {"scale"}
    assert "later" not in source.namespace
    assert source.lines[source.tree.body[1].lineno - 1].strip() == "return scale * x"


def test_an_unset_cell_is_a_missing_name() -> None:
    def inner() -> Any:
        return later

    assert "later" not in read_source(inner).namespace
    later = 1
    assert read_source(inner).namespace["later"] == 1


def test_text_given_to_linecache() -> None:
    code = "def f(x):\n    return x * 7\n"
    linecache.cache["<made up>"] = (len(code), None, code.splitlines(keepends=True), "<made up>")
    scope: dict[str, Any] = {}
    exec(compile(code, "<made up>", "exec"), scope)
    assert text(scope["f"]) == "return x * 7\n"


@pytest.mark.parametrize("function", [len, np.sin, eval("lambda x: x"), int])
def test_no_source(function: Any) -> None:
    with pytest.raises(SourceNotFoundError):
        read_source(function)


def test_text_of_something_else() -> None:
    code = "def g(x):\n    return x\n"
    linecache.cache["<changed>"] = (len(code), None, code.splitlines(keepends=True), "<changed>")
    scope: dict[str, Any] = {}
    exec(compile("\n\ndef f(x):\n    return x * 7\n", "<changed>", "exec"), scope)
    with pytest.raises(SourceNotFoundError, match="is not the source of f"):
        read_source(scope["f"])


def test_emitted_code_shows_in_tools() -> None:
    tree = b.function_def("f", b.arguments(["x"]), [b.return_(b.binary(1, "Div", "x"))])
    emitted = emit(tree, {"y": 1}, "f", hint="f, forward")
    assert emitted.function(2) == 0.5
    assert inspect.getsource(emitted.function) == emitted.source == "def f(x):\n    return 1 / x\n"
    linecache.checkcache()
    with pytest.raises(ZeroDivisionError) as info:
        emitted.function(0)
    assert "return 1 / x" in "".join(traceback.format_exception(info.value))
    assert emitted.filename.startswith("<srcgrad f, forward ")
    assert emit(tree, {}, "f", hint="f, forward").filename == emitted.filename


def test_emit_leaves_the_namespace_alone() -> None:
    namespace: dict[str, Any] = {}
    emit(b.function_def("f", b.arguments(), [b.pass_()]), namespace, "f", hint="f")
    assert namespace == {}


def test_names_are_deterministic_and_avoid_builtins() -> None:
    names = Names({"x", "x_bar"})
    fresh = [names.fresh(hint) for hint in ("x_bar", "x_bar", "len", "t", "t", "lambda", "match")]
    assert fresh == ["x_bar_2", "x_bar_3", "len_2", "t", "t_2", "lambda_2", "match_2"]
    other = names.copy()
    assert other.fresh("t") == names.fresh("t") == "t_3"


def test_negative_constants_are_operators() -> None:
    assert unparse(b.binary(b.constant(-1), "Pow", "x"))[0] == "(-1) ** x\n"
