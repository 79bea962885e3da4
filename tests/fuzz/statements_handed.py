"""Random statements that hand things on: functions, stars, dicts, members of two lists, memory without a name."""

from __future__ import annotations

from tests.fuzz.scope import Scope
from tests.fuzz.statements import Statements
from tests.fuzz.statements_lists import SCALAR_NAMES

#: What the statements below call.
HELPERS = """

def repeat(f, y, n, *args, **named):
    for _ in range(n):
        y = math.sin(y + 0.1 * f(y, *args, **named))
    return y


def compose(f, g, y):
    return f(g(y)) - 0.5 * g(y)


def same(thing):
    return thing


def keep(items, item):
    items.append(item)


def store(items, item):
    items[0] = item


def add_to(items, item):
    items[-1] += item


def mixed(p, q, r=0.5, **named):
    return p * q + r * named.get("s", 1.5)


def read(d):
    return d["k"] * d["l"]
"""


class HandedStatements(Statements):
    """Writes statements of these kinds."""

    def define(self, scope: Scope, level: int, text: str) -> None:
        """Assign to a scalar name."""
        name = self.target(SCALAR_NAMES, scope.scalars)
        self.put(level, f"{name} = {self.tame(text)}")
        if name not in scope.scalars:
            scope.scalars.append(name)

    def function_of_one(self, scope: Scope, level: int) -> str:
        """A function of one number that captures names: a lambda, or a definition before."""
        inside = scope.inner()
        inside.scalars.append("r")
        if self.choose.chance(40):
            return f"lambda r: {self.make.scalar(inside, 1)}"
        name = self.fresh("fn")
        if self.choose.chance(40):
            within = self.fresh("fn")
            self.put(level, f"def {within}(r):")
            self.put(level + 1, f"return {self.make.scalar(inside, 1)}")
            self.put(level, f"def {name}(r):")
            self.put(level + 1, f"return {within}(r) * {self.choose.one_of(['r', '0.5', within + '(0.3)'])}")
        else:
            self.put(level, f"def {name}(r):")
            if self.choose.chance(30):
                self.put(level + 1, f"r = r * {self.make.atom(inside)}")
            self.put(level + 1, f"return {self.make.scalar(inside, 1)}")
        return name

    def hand_on(self, scope: Scope, level: int) -> None:
        """A function as an argument."""
        start = self.make.scalar(scope, 1)
        if self.choose.chance(30):
            one, two = self.function_of_one(scope, level), self.function_of_one(scope, level)
            self.define(scope, level, f"compose({one}, {two}, {start})")
            return
        function = self.function_of_one(scope, level)
        self.define(scope, level, f"repeat({function}, {start}, {self.choose.between(0, 3)})")
        if self.choose.chance(30) and "lambda" not in function:
            self.put(level, f"{self.choose.one_of(scope.scalars)} = {self.tame(self.make.scalar(scope, 1))}")
            self.define(scope, level, f"repeat({function}, {start}, 2) + {function}({start})")

    def stars(self, scope: Scope, level: int) -> None:
        """Arguments that are handed on with stars."""
        one, two, three = (self.make.scalar(scope, 1) for _ in range(3))
        kind = self.choose.below(4)
        if kind == 0:
            self.define(scope, level, f"repeat(mixed, {one}, 2, {two}, s={three})")
        elif kind == 1:
            pair = self.fresh("pair")
            self.put(level, f"{pair} = ({one}, {two})")
            self.define(scope, level, f"mixed(*{pair}, r={three}) + {pair}[0]")
        elif kind == 2:
            named = self.fresh("dd")
            self.put(level, f'{named} = {{"p": {one}, "q": {two}}}')
            self.define(scope, level, f"mixed(r={three}, **{named})")
        else:
            self.define(scope, level, f"mixed(*({one}, {two}), s={three})")

    def dict_handed_on(self, scope: Scope, level: int) -> None:
        """A dict of numbers, and one of arrays that is written through."""
        if scope.arrays and self.choose.chance(50):
            name, array = self.fresh("dd"), self.choose.one_of(scope.vectors() or list(scope.arrays))
            held = self.choose.one_of([array, f"{array} * 1.0"])
            self.put(level, f'{name} = {{"u": {held}, "n": 2}}')
            self.put(level, f'{name}["u"][0] *= {self.make.scalar(scope, 1)}')
            self.define(scope, level, f'np.sum({name}["u"]) * {name}["n"]')
            return
        first, second = self.make.scalar(scope, 1), self.make.scalar(scope, 1)
        self.define(scope, level, f'read({{"k": {first}, "l": {second}}})')

    def shared_members(self, scope: Scope, level: int) -> None:
        """The same small lists as members of two lists, written through one and read through the other."""
        one, two, row = self.fresh("mm"), self.fresh("mm"), self.fresh("row")
        counter = self.fresh("i")
        self.put(level, f"{one}, {two} = [], []")
        self.put(level, f"for {counter} in range(2):")
        made = self.choose.one_of(["[0.0, 0.0]", "np.zeros(2)", f"[{self.make.atom(scope)}, 0.5]"])
        self.put(level + 1, f"{row} = {made}")
        self.put(level + 1, f"{one}.append({row})")
        self.put(level + 1, self.choose.one_of([f"{two}.append({row})", f"keep({two}, {row})"]))
        self.put(level, f"for {row} in {two}:")
        op = self.choose.one_of(["=", "+="])
        self.put(level + 1, f"{row}[1] {op} {self.tame(self.make.scalar(scope, 1))}")
        if self.choose.chance(50):
            last = self.choose.one_of([f"{one}.pop()", f"{one}[0]"])
            self.put(level, f"{row} = {last}")
            self.define(scope, level, f"{row}[1] * {row}[0] + {row}[1]")
        else:
            self.define(scope, level, f"sum(v[0] + v[1] for v in {one})")

    def filled_by_callee(self, scope: Scope, level: int) -> None:
        """A list of numbers that a function fills."""
        name = self.fresh("ff")
        self.put(level, f"{name} = {self.choose.one_of(['[0.0, 0.5]', '[]'])}")
        self.put(level, f"keep({name}, {self.tame(self.make.scalar(scope, 1))})")
        if self.choose.chance(60):
            function = self.choose.one_of(["store", "add_to"])
            self.put(level, f"{function}({name}, {self.tame(self.make.scalar(scope, 1))})")
        if self.choose.chance(30):
            nest = self.fresh("ff")
            self.put(level, f"{nest} = [{name}, [0.5, 0.5]]")
            self.put(level, f"store({nest}[1], {self.tame(self.make.scalar(scope, 1))})")
            self.define(scope, level, f"{nest}[1][0] * {nest}[0][-1]")
        else:
            self.define(scope, level, f"{name}[0] * {name}[-1]")

    def nameless_write(self, scope: Scope, level: int) -> None:
        """A write into memory that an expression names."""
        if not scope.vectors():
            return self.hand_on(scope, level)
        array = self.choose.one_of(scope.vectors())
        owner = self.choose.one_of(
            [f"same({array})", f"np.ravel({array})", f"{array}.reshape(-1)", f"[{array}][0]"]
        )
        op = self.choose.one_of(["=", "+=", "*="])
        at = self.make.index(scope.arrays[array][0], scope)
        self.put(level, f"{owner}[{at}] {op} {self.tame(self.make.scalar(scope, 1))}")
        return None
