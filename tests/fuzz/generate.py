"""Whole random programs: helpers, a function ``f`` of floats and arrays, and arguments for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.fuzz.choices import Choices, SeededSource, Source
from tests.fuzz.expressions import Expressions
from tests.fuzz.scope import Scope
from tests.fuzz.statements import Statements
from tests.fuzz.statements_handed import HELPERS
from tests.fuzz.statements_more import MoreStatements

HEADER = "import math\n\nimport numpy as np\n"


@dataclass(frozen=True)
class Program:
    """The text of a module that defines ``f``, and the arguments to call it with."""

    text: str
    args: tuple[Any, ...]


class Writer:
    """Writes one program from a source of decisions."""

    def __init__(self, source: Source) -> None:
        self.choose = Choices(source)
        self.scalar_helpers: list[str] = []
        self.array_helpers: list[str] = []
        self.writers: dict[str, int] = {}
        self.functions: list[str] = []
        self.more = False

    def function(
        self, name: str, parameters: str, scope: Scope, result: Callable[[Scope], str], size: int, depth: int
    ) -> None:
        """Write ``def name(parameters)`` with a random body."""
        expressions = Expressions(self.choose, self.scalar_helpers, self.array_helpers)
        kind = MoreStatements if self.more else Statements
        body = kind(self.choose, expressions, self.writers)
        body.budget = size
        body.block(scope, 1, size, depth)
        body.put(1, f"return {result(scope)}")
        self.functions.append(f"def {name}({parameters}):\n" + "\n".join(body.lines) + "\n")

    def expression(self, scope: Scope) -> str:
        """A scalar to return."""
        return Expressions(self.choose, self.scalar_helpers, self.array_helpers).scalar(scope, 2)

    def scalar_helper(self, name: str) -> None:
        """A function of two floats."""
        size = self.choose.between(0, 4)
        scope = Scope(scalars=["p", "q"])
        self.function(name, "p, q", scope, lambda s: f"math.sin({self.expression(s)})", size, 1)
        self.scalar_helpers.append(name)

    def array_helper(self, name: str) -> None:
        """A function of an array of any length and a float that keeps the array's shape."""
        make = Expressions(self.choose, self.scalar_helpers, [])
        scope = Scope(scalars=["q"])
        lines = [f"def {name}(r, q):"]
        if self.choose.chance(40):
            lines += [f"    r[0] = {make.scalar(scope, 1)}", "    r[-1] *= r[0]"]
        if self.choose.chance(30):
            lines += [f"    if {make.condition(scope)}:", "        return r * q"]
        lines.append(
            f"    return {self.choose.one_of(['np.sin(r * q)', 'r + q', 'r', 'r[::-1] * 0.5', 'r * r'])}"
        )
        self.functions.append("\n".join(lines) + "\n")
        self.array_helpers.append(name)

    def writer(self, name: str) -> None:
        """A function that writes into its array arguments and returns a float."""
        count = self.choose.between(1, 2)
        make = Expressions(self.choose, self.scalar_helpers, [])
        scope = Scope(scalars=["q"])
        other = "z" if count == 2 else "r"
        possible: list[Callable[[], list[str]]] = [
            lambda: [f"r[0] = {make.scalar(scope, 1)}"],
            lambda: [f"r[-1] += {other}[0] * {make.atom(scope)}"],
            lambda: [f"r[1:] += {other}[:-1] * q"],
            lambda: [f"r *= {make.scalar(scope, 1)}"],
            lambda: [f"{other}[0] = r[-1] * r[0]"],
            lambda: [f"r[:] = np.sin({other})"],
            lambda: ["for j in range(1, len(r)):", f"    r[j] = {other}[j - 1] * q + 0.5 * r[j]"],
            lambda: [f"if {make.condition(scope)}:", "    return q * r[0]"],
            lambda: ["r = r * 2.0"],
            lambda: [f"q = q * {other}[1]"],
            lambda: [f"{other} = r"],
        ]
        lines = [f"def {name}({'r, z, q' if count == 2 else 'r, q'}):"]
        for _ in range(self.choose.between(1, 4)):
            lines += ["    " + line for line in self.choose.one_of(possible)()]
        lines.append(
            f"    return {self.choose.one_of(['np.sin(q)', 'r[0] * q', 'np.sum(r)', f'{other}[-1]'])}"
        )
        self.functions.append("\n".join(lines) + "\n")
        self.writers[name] = count

    def recursion(self, name: str) -> None:
        """A recursive function of two floats, its depth bounded."""
        make = Expressions(self.choose, self.scalar_helpers, [])
        scope = Scope(scalars=["p", "q"])
        inner = f"{name}(math.sin({make.scalar(scope, 1)}), q, n - 1)"
        again = self.choose.one_of([inner, f"{inner} * p", f"({inner} + {name}(p * 0.5, q, n - 2))"])
        stop = f" or {make.scalar(scope, 1)} > 0.733" if self.choose.chance(30) else ""
        self.functions.append(
            f"def {name}(p, q, n=3):\n    if n <= 0{stop}:\n        return {make.scalar(scope, 1)}\n"
            f"    return {again}\n"
        )
        self.scalar_helpers.append(name)

    def program(self) -> Program:
        """Everything."""
        self.more = self.choose.chance(30)
        kinds = [(3, self.scalar_helper), (2, self.writer), (1, self.array_helper), (1, self.recursion)]
        for number in range(self.choose.between(0, 3)):
            self.choose.weighted(kinds)(f"h{number}")
        scope = Scope(scalars=["x", "y"], arrays={"a": (4,)})
        if self.choose.chance(40):
            scope.arrays["m"] = (2, 3)
        parameters = ", ".join([*scope.scalars, *scope.arrays])
        args: list[Any] = [self.number() for _ in scope.scalars]
        args += [self.filled(shape) for shape in scope.arrays.values()]
        size = self.choose.between(1, 16)
        self.function("f", parameters, scope, self.result, size, 3)
        header = HEADER + (HELPERS if self.more else "")
        return Program(header + "".join("\n\n" + text for text in self.functions), tuple(args))

    def result(self, scope: Scope) -> str:
        """Often everything that was computed, so that nothing is dead."""
        if self.choose.chance(30):
            return self.expression(scope)
        terms = [*scope.scalars[-3:], *(f"np.sum({name} * {k + 2})" for k, name in enumerate(scope.arrays))]
        terms += [f"sum({name})" for name in scope.lists]
        terms += [f"np.sum({name}[0] * {name}[1])" for name in scope.array_lists]
        return " + ".join(terms)

    def number(self) -> float:
        """A float between -1 and 1, not too near zero."""
        return round((self.choose.between(1, 40) + 0.37) / 41.0, 3) * self.choose.one_of([1.0, -1.0])

    def filled(self, shape: tuple[int, ...]) -> np.ndarray:
        """An array of such floats."""
        return np.array([self.number() for _ in range(int(np.prod(shape)))]).reshape(shape)


def from_seed(seed: int) -> Program:
    """The program of a seed."""
    return Writer(SeededSource(seed)).program()


class _Drawn:
    def __init__(self, draw: Callable[..., Any]) -> None:
        self._draw = draw

    def below(self, n: int) -> int:
        return int(self._draw(st.integers(0, n - 1)))


@st.composite
def programs(draw: Callable[..., Any]) -> Program:
    """Programs as a Hypothesis strategy, which shrinks them."""
    return Writer(_Drawn(draw)).program()
