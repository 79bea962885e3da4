"""Random control flow: nested loops, ``else``, exits of all kinds, context managers, flags and choices."""

from __future__ import annotations

import itertools
import linecache
import random
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from srcgrad.transform.unparse import unparse
from tests.transform.normalized import core_of, outcome, runnable, same
from tests.transform.test_normalize_order import LOG, Scope, note

_numbers = itertools.count()


def define(text: str) -> Callable[..., Any]:
    """The function ``f`` of a text, with its source where `inspect` finds it."""
    filename = f"<random program {next(_numbers)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"note": note, "Scope": Scope}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["f"]  # type: ignore[no-any-return]


class Writer:
    """Writes the statements of one function; ``choose`` picks a number below its argument."""

    def __init__(self, choose: Callable[[int], int]) -> None:
        self.choose = choose
        self.lines: list[str] = []
        self.fresh = itertools.count()

    def program(self) -> str:
        self.line(0, "def f(x, n):")
        self.line(1, "y = z = x")
        for _ in range(self.choose(4) + 1):
            self.statement(1, 0, False)
        if self.pick(True, False):
            self.line(1, "return x * y")
        return "\n".join(self.lines) + "\n"

    def pick(self, *choices: Any) -> Any:
        return choices[self.choose(len(choices))]

    def line(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def expr(self, depth: int = 0) -> str:
        kinds = ["name", "name", "number"] + ["sum", "product", "choice", "or", "call"] * (depth < 2)
        kind = self.pick(*kinds)
        if kind == "name":
            return self.pick("x", "y", "z")
        if kind == "number":
            return self.pick("0.5", "1.25", "0.0", "-2.0")
        a, b = self.expr(depth + 1), self.expr(depth + 1)
        if kind == "choice":
            return f"({a} if {self.test(depth + 1)} else {b})"
        if kind == "call":
            return f"note({next(self.fresh)}, {a})"
        return f"({a} { ({'sum': '+', 'product': '* 0.5 *', 'or': self.pick('or', 'and')}[kind]) } {b})"

    def test(self, depth: int = 0) -> str:
        simple = f"{self.expr(depth + 1)} {self.pick('<', '>=')} {self.expr(depth + 1)}"
        kind = self.pick("simple", "simple", "chain", "and", "not", "walrus")
        if kind == "chain":
            return f"{simple} < {self.expr(depth + 1)}"
        if kind == "and":
            return f"({simple} {self.pick('and', 'or')} {self.expr(2)} > 0.25)"
        if kind == "not":
            return f"not ({simple})"
        if kind == "walrus" and depth == 0:
            return f"(z := {self.expr(1)}) > 0.5"
        return simple

    def block(self, indent: int, depth: int, loop: bool) -> None:
        for _ in range(self.choose(3) + 1):
            self.statement(indent, depth, loop)

    def statement(self, indent: int, depth: int, loop: bool) -> None:
        kinds = ["assign", "assign", "augment", "note", "return"] + ["break", "continue", "break"] * loop
        if depth < 3:
            kinds += ["if", "if", "if", "while", "for", "with", "match"]
        getattr(self, f"on_{self.pick(*kinds)}")(indent, depth, loop)

    def on_assign(self, indent: int, depth: int, loop: bool) -> None:
        target = self.pick("x", "y", "z", "x, y", "x = z")
        value = f"{self.expr()}, {self.expr()}" if "," in target else self.expr()
        self.line(indent, f"{target} = {value}")

    def on_augment(self, indent: int, depth: int, loop: bool) -> None:
        self.line(indent, f"{self.pick('x', 'y')} {self.pick('+=', '-=')} {self.expr()}")

    def on_note(self, indent: int, depth: int, loop: bool) -> None:
        self.line(indent, f"note({next(self.fresh)}, x)")

    def on_return(self, indent: int, depth: int, loop: bool) -> None:
        self.line(
            indent, self.pick("return", f"return {self.expr()}", "return x", "return x, y", "return 1.0")
        )

    def on_break(self, indent: int, depth: int, loop: bool) -> None:
        self.line(indent, "break")

    def on_continue(self, indent: int, depth: int, loop: bool) -> None:
        self.line(indent, "continue")

    def on_if(self, indent: int, depth: int, loop: bool) -> None:
        self.line(indent, f"if {self.test()}:")
        self.block(indent + 1, depth + 1, loop)
        for keyword in self.pick((), (), ("else",), ("elif",), ("elif", "else")):
            self.line(indent, "else:" if keyword == "else" else f"elif {self.test()}:")
            self.block(indent + 1, depth + 1, loop)

    def on_while(self, indent: int, depth: int, loop: bool) -> None:
        counter = f"n{next(self.fresh)}"
        self.line(indent, f"{counter} = 0")
        self.line(
            indent,
            self.pick(f"while {counter} < 3 and {self.test(1)}:", f"while {counter} < 3:", "while True:"),
        )
        self.line(indent + 1, f"{counter} += 1")
        if "True" in self.lines[-2]:
            self.line(indent + 1, f"if {counter} > 3: {self.pick('break', 'return x')}")
        self.block(indent + 1, depth + 1, True)
        self.on_else(indent, depth, loop)

    def on_for(self, indent: int, depth: int, loop: bool) -> None:
        variable = self.pick(f"i{next(self.fresh)}", "y")
        header = self.pick(
            f"{variable} in range({self.pick('0', '1', '3')})",
            f"{variable} in [x, 0.5, 1.0]",
            f"{variable} in (1.0, 2.0)",
            f"i, {variable} in enumerate([x, z], {self.pick('0', '2')})",
            f"i, {variable} in zip(range(3), [y, x])",
            f"{variable} in reversed([x, y])",
        )
        self.line(indent, f"for {header}:")
        self.line(indent + 1, f"x = x + 0.1 * {variable}")
        self.block(indent + 1, depth + 1, True)
        self.on_else(indent, depth, loop)

    def on_else(self, indent: int, depth: int, loop: bool) -> None:
        if self.pick(False, False, True):
            self.line(indent, "else:")
            self.block(indent + 1, depth + 1, loop)

    def on_with(self, indent: int, depth: int, loop: bool) -> None:
        self.line(indent, f"with Scope({next(self.fresh)}):")
        self.block(indent + 1, depth + 1, loop)

    def on_match(self, indent: int, depth: int, loop: bool) -> None:
        subject = self.pick("x, y", "[x, y]", "'a'", "n")
        self.line(indent, f"match {subject}:")
        for case in self.pick(
            ("[p, q] if p > 0.5", "(p, *q)", "_"), ("'a' | 'b'", "2 | 3", "_"), ("[_, p]", "str()")
        ):
            self.line(indent + 1, f"case {case}:")
            if "p" in case:
                self.line(indent + 2, "z = p * 0.5")
            self.block(indent + 2, depth + 1, loop)


def check(text: str) -> None:
    function = define(text)
    core = core_of(function, {"x"})
    compiled = runnable(function, core)
    for args in [(0.3, 2), (1.7, 5), (-0.6, 0)]:
        LOG.clear()
        expected = outcome(function, args, {})
        log = LOG[:]
        LOG.clear()
        found = outcome(compiled, args, {})
        printed = f"{text}\n{unparse(core.function)[0]}"
        assert same(expected, found), f"{args}: {expected} != {found}\n{printed}"
        assert log == LOG, printed


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_flow(data: Any) -> None:
    check(Writer(lambda n: data.draw(st.integers(0, n - 1))).program())


def test_many_random_programs() -> None:
    for seed in range(100):
        check(Writer(random.Random(seed).randrange).program())
