"""What all statements need, and random statements on lists."""

from __future__ import annotations

from tests.fuzz.choices import Choices
from tests.fuzz.expressions import CONSTANTS, Expressions
from tests.fuzz.scope import Scope, Shape

SCALAR_NAMES = ("s", "t", "u", "p", "q", "x_bar", "ret")
ARRAY_NAMES = ("b", "c", "d", "e", "g", "a_bar")
LIST_NAMES = ("ls", "lt", "x_tape")
NEST_NAMES = ("na", "nb")


class ListStatements:
    """Writes statements line by line into ``lines``."""

    def __init__(self, choices: Choices, expressions: Expressions, writers: dict[str, int]) -> None:
        self.choose = choices
        self.make = expressions
        self.writers = writers
        self.lines: list[str] = []
        self.counters = 0
        self.budget = 0

    def put(self, level: int, text: str) -> None:
        """Add one line."""
        self.lines.append("    " * level + text)

    def fresh(self, hint: str) -> str:
        """A name that nothing else has."""
        self.counters += 1
        return f"{hint}{self.counters}"

    def tame(self, text: str) -> str:
        """Keep a value that may be carried through a loop near one."""
        return self.choose.weighted(
            [(3, text), (3, f"math.sin({text})"), (3, f"np.tanh({text})"), (1, f"0.5 * ({text})")]
        )

    def target(self, names: tuple[str, ...], known: list[str]) -> str:
        """A name to assign to: a known one or another of the pool."""
        return self.choose.one_of(known) if known and self.choose.chance(50) else self.choose.one_of(names)

    def shape_for(self, name: str, scope: Scope) -> Shape:
        """The shape of a name: fixed by the name, so that it is the same on every path."""
        fixed: dict[str, Shape] = {"d": (2, 3), "e": (3,), "g": (2, 3), "v1": (2,), "v2": (3,), "v3": (4,)}
        return scope.arrays.get(name, fixed.get(name, (4,)))

    def assign_list(self, scope: Scope, level: int) -> None:
        name = self.choose.one_of(LIST_NAMES)
        if scope.lists and self.choose.chance(30):
            other = self.choose.one_of(scope.lists)
            text = self.choose.one_of([other, f"list({other})", f"{other}[::-1]", f"{other}[:2] + {other}"])
        elif scope.vectors() and self.choose.chance(40):
            text = f"[v * {self.make.atom(scope)} for v in {self.choose.one_of(scope.vectors())}]"
        else:
            text = f"[{self.make.scalar(scope, 1)}, {self.make.scalar(scope, 1)}]"
        self.put(level, f"{name} = {text}")
        if name not in scope.lists:
            scope.lists.append(name)

    def use_list(self, scope: Scope, level: int) -> None:
        name = self.choose.one_of(scope.lists)
        kind = self.choose.one_of(["append", "pop", "item", "augment", "extend", "insert"])
        value = self.tame(self.make.scalar(scope, 1))
        if kind == "pop":
            target = self.target(SCALAR_NAMES, scope.scalars)
            self.put(level, f"if len({name}) > 1:")
            self.put(level + 1, f"{target} = {name}.pop({self.choose.one_of(['', '0', '-1'])})")
            if target not in scope.scalars:
                self.put(level, "else:")
                self.put(level + 1, f"{target} = {self.choose.one_of(CONSTANTS)}")
                scope.scalars.append(target)
        elif kind == "extend":
            self.put(level, f"{name} += [{value}]")
        elif kind == "insert":
            self.put(level, f"{name}.insert(0, {value})")
        elif kind == "append":
            self.put(level, f"{name}.append({value})")
        else:
            op = "=" if kind == "item" else self.choose.one_of(["+=", "*="])
            self.put(level, f"{name}[{self.make.list_index(name, scope)}] {op} {value}")

    def assign_nested(self, scope: Scope, level: int) -> None:
        name = self.choose.one_of(NEST_NAMES)
        shape = (4,)
        if not scope.of_shape(shape):
            return self.assign_list(scope, level)
        one, two = (self.choose.one_of(scope.of_shape(shape)) for _ in range(2))
        self.put(level, f"{name} = [{one}, {self.choose.one_of([two, f'{two}.copy()', f'{two} * 0.5'])}]")
        scope.array_lists[name] = (2, shape)
        return None

    def use_nested(self, scope: Scope, level: int) -> None:
        name = self.choose.one_of(list(scope.array_lists))
        count, shape = scope.array_lists[name]
        at = f"{name}[{self.make.index(count, scope)}]"
        kind = self.choose.one_of(["element", "replace", "augment", "swap", "take"])
        if kind == "element":
            self.put(
                level, f"{at}[{self.make.index(shape[0], scope)}] = {self.tame(self.make.scalar(scope, 1))}"
            )
        elif kind == "replace":
            self.put(level, f"{at} = {self.make.array(shape, scope)}")
        elif kind == "augment":
            self.put(level, f"{at} *= {self.make.scalar(scope, 1)}")
        elif kind == "swap":
            self.put(level, f"{name}[0], {name}[1] = {name}[1], {name}[0]")
        else:
            target = self.choose.one_of([n for n in ARRAY_NAMES if self.shape_for(n, scope) == shape])
            self.put(level, f"{target} = {at}")
            scope.arrays[target] = shape
