"""Random statements beyond the core: exceptions, inner functions, dicts, tuples, contexts."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.expressions import THRESHOLDS
from tests.fuzz.scope import Scope
from tests.fuzz.statements_handed import HandedStatements


class MoreStatements(HandedStatements):
    """Some programs use these; the others stay within what is always compiled statically."""

    def statement(self, scope: Scope, level: int, depth: int) -> None:
        """One statement, of any kind."""
        if not self.choose.chance(22):
            super().statement(scope, level, depth)
            return
        simple: list[tuple[int, Callable[[Scope, int], None]]] = [
            (2, self.inner_function), (2, self.dict_statements), (2, self.tuple_state),
            (1, self.filtered_list), (1, self.changed_capture), (3, self.hand_on), (2, self.stars),
            (2, self.dict_handed_on), (2, self.shared_members), (2, self.nameless_write),
            (2, self.filled_by_callee),
        ]  # fmt: skip
        compound: list[tuple[int, Callable[[Scope, int, int], None]]] = [
            (3, self.try_block), (1, self.with_block), (1, self.match_block),
        ]  # fmt: skip
        if depth > 0 and self.choose.chance(40):
            self.choose.weighted(compound)(scope, level, depth - 1)
        else:
            self.choose.weighted(simple)(scope, level)

    def inner_function(self, scope: Scope, level: int) -> None:
        """A function or lambda that captures names, called at once."""
        name = self.fresh("fn")
        inside = scope.inner()
        inside.scalars.append("r")
        if self.choose.chance(40):
            self.put(level, f"{name} = lambda r: {self.make.scalar(inside, 1)}")
        else:
            self.put(level, f"def {name}(r):")
            if self.choose.chance(40):
                self.put(level + 1, f"r = r * {self.make.atom(inside)}")
            self.put(level + 1, f"return {self.make.scalar(inside, 1)}")
        self.define(scope, level, f"{name}({self.make.scalar(scope, 1)})")

    def changed_capture(self, scope: Scope, level: int) -> None:
        """A captured name is rebound, or an array written, between definition and call."""
        name = self.fresh("fn")
        captured = self.choose.one_of(scope.scalars)
        self.put(level, f"def {name}(r):")
        if scope.arrays and self.choose.chance(50):
            array = self.choose.one_of(list(scope.arrays))
            self.put(level + 1, f"{array}[0] *= r")
        elif self.choose.chance(50):
            self.put(level + 1, f"nonlocal {captured}")
            self.put(level + 1, f"{captured} = {captured} * r")
        self.put(level + 1, f"return r + {captured}")
        self.define(scope, level, f"{name}(0.5)")
        self.put(level, f"{captured} = {self.tame(self.make.scalar(scope, 1))}")
        self.define(scope, level, f"{name}({self.make.atom(scope)})")

    def dict_statements(self, scope: Scope, level: int) -> None:
        """A dict made, changed and read."""
        name = self.fresh("dd")
        first, second = self.make.scalar(scope, 1), self.make.scalar(scope, 1)
        self.put(level, f'{name} = {{"k": {first}, "l": {second}}}')
        for _ in range(self.choose.between(0, 2)):
            key = self.choose.one_of(['"k"', '"l"', '"m"'])
            op = "=" if key == '"m"' else self.choose.one_of(["=", "+=", "*="])
            self.put(level, f"{name}[{key}] {op} {self.tame(self.make.scalar(scope, 1))}")
        text = self.choose.one_of(
            [f'{name}["k"] * {name}["l"]', f'{name}.get("m", {name}["k"])', f"sum({name}.values())"]
        )
        self.define(scope, level, text)

    def tuple_state(self, scope: Scope, level: int) -> None:
        """A tuple carried and unpacked."""
        name = self.fresh("st")
        self.put(level, f"{name} = ({self.make.scalar(scope, 1)}, {self.make.scalar(scope, 1)})")
        if self.choose.chance(50):
            counter = self.fresh("i")
            self.put(level, f"for {counter} in range({self.choose.between(0, 3)}):")
            self.put(level + 1, f"{name} = (math.sin({name}[1]), {name}[0] * {self.make.atom(scope)})")
        self.define(scope, level, f"{name}[0] * {name}[1]")

    def filtered_list(self, scope: Scope, level: int) -> None:
        """A comprehension with a condition, never empty."""
        if not scope.vectors():
            self.assign_list(scope, level)
            return
        array = self.choose.one_of(scope.vectors())
        self.put(
            level,
            f"ls = [v * {self.make.atom(scope)} for v in {array} if v > {self.choose.one_of(THRESHOLDS)}]"
            f" + [{self.make.atom(scope)}]",
        )
        if "ls" not in scope.lists:
            scope.lists.append("ls")

    def try_block(self, scope: Scope, level: int, depth: int) -> None:
        """A try that may throw after some of its statements."""
        kind = self.choose.one_of(["ValueError", "IndexError"])
        self.put(level, "try:")
        inside = scope.inner()
        self.block(inside, level + 1, self.choose.between(1, 2), depth)
        if self.choose.chance(70):
            self.put(level + 1, f"if {self.make.condition(inside)}:")
            self.put(level + 2, f"raise {kind}")
            self.block(inside, level + 1, 1, 0)
        self.put(level, f"except {kind}:")
        self.block(scope.inner(), level + 1, self.choose.between(1, 2), 0)
        if self.choose.chance(30):
            self.put(level, "finally:")
            self.block(scope.inner(in_loop=False, may_return=False), level + 1, 1, 0)

    def with_block(self, scope: Scope, level: int, depth: int) -> None:
        """A block in a context that changes nothing."""
        self.put(level, 'with np.errstate(all="ignore"):')
        self.block(scope, level + 1, self.choose.between(1, 3), depth)

    def match_block(self, scope: Scope, level: int, depth: int) -> None:
        """A match on a counter or a constant."""
        subject = self.choose.one_of([*scope.ints, "1"])
        self.put(level, f"match {subject}:")
        for pattern in ("0", "1 | 2", "_"):
            self.put(level + 1, f"case {pattern}:")
            self.block(scope.inner(), level + 2, 1, depth)
