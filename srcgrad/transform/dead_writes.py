"""Writes into arrays whose numbers nobody reads, and loops that do nothing else, are left out of the forward sweep.

The gradient of a linear program does not depend on where it is taken: of ``b[1:-1] = 0.5 * (a[:-2] + a[2:])`` and the
loop around it, nothing is left when the value is not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.facts import Facts
from srcgrad.transform.signature import leaves
from srcgrad.transform.types import Array, Region, Value

__all__ = ["without_dead_writes"]

_OF_SHAPE = frozenset({"zeros_like", "ones_like", "empty_like", "full_like", "shape", "ndim", "size"})


def without_dead_writes(
    forward: list[gast.stmt],
    reverse: list[gast.stmt],
    facts: Facts,
    outside: Iterable[Value],
    pure: Callable[[gast.expr], bool],
) -> list[gast.stmt]:
    """The forward sweep without what only feeds itself.

    Parameters
    ----------
    outside
        Values whose memory others see.
    pure
        Tells expressions that may be left out.
    """
    marks = _Marks(facts, outside, pure)
    for statement in reverse:
        marks.read(statement)
    before = -1
    while before != marks.count:
        before = marks.count
        marks.block(forward)
    return marks.kept(forward)


class _Marks:
    """What is read: names at all, and regions of memory for their numbers."""

    def __init__(self, facts: Facts, outside: Iterable[Value], pure: Callable[[gast.expr], bool]) -> None:
        self.facts = facts
        self.pure = pure
        self.names: set[str] = set()
        self.regions = {part.home for value in outside for part in leaves(value)}
        self.homes: dict[str, set[Region]] = {}
        self.others: set[str] = set()
        for node in b.walk(facts.core.function):
            if isinstance(node, gast.Name) and id(node) in facts.values:
                self.note(node.id, facts.values[id(node)])
        for name, value in facts.parameters.items():
            self.note(name, value)

    def note(self, name: str, value: Value) -> None:
        """Remember what a name may refer to; ``others`` may be something else than an array of this function."""
        for part in leaves(value):
            if part.home is not None:
                self.homes.setdefault(name, set()).add(part.home)
        home = value.home
        if not isinstance(value.type, Array) or home is None or home.external or home.volatile:
            self.others.add(name)

    @property
    def count(self) -> int:
        """Grows as long as anything new is read."""
        return len(self.names) + len(self.regions)

    # --- reading ------------------------------------------------------------------------------

    def read(self, node: gast.AST) -> None:
        """Everything in a tree is read; of some names only the shape."""
        match node:
            case gast.Name(ctx=gast.Load()):
                self.names.add(node.id)
                self.regions |= self.homes.get(node.id, set())
                return
            case gast.Attribute(value=gast.Name(id=name), attr="shape" | "ndim" | "size" | "dtype"):
                self.names.add(name)
                return
            case gast.Call(func=gast.Attribute(attr=attr, value=gast.Name(id="np__" | "np"))) if (
                attr in _OF_SHAPE
            ):
                first, *rest = node.args
                while isinstance(first, gast.Subscript):
                    rest.append(first.slice)
                    first = first.value
                if isinstance(first, gast.Name):
                    self.names.add(first.id)
                else:
                    rest.append(first)
                for part in (*rest, *(keyword.value for keyword in node.keywords)):
                    self.read(part)
                return
            case gast.AugAssign(target=gast.Name(id=name)):
                self.names.add(name)
                self.regions |= self.homes.get(name, set())
        for child in gast.iter_child_nodes(node):
            self.read(child)

    # --- marking ------------------------------------------------------------------------------

    def block(self, statements: list[gast.stmt]) -> None:
        """Read what live statements read."""
        for statement in statements:
            if not self.live(statement):
                continue
            match statement:
                case gast.Assign(targets=[gast.Name(id=name)], value=value):
                    self.names.add(name)
                    copied = value.func.value if _is_copy(value) else None
                    known = name in self.homes and name not in self.others
                    if isinstance(copied, gast.Name) and known and not self.homes[name] & self.regions:
                        self.names.add(copied.id)  # for the sake of its shape
                    else:
                        self.read(value)
                case gast.For() if self.divisible(statement):
                    self.names.update(b.names_in(statement.target))
                    self.read(statement.iter)
                    self.block(statement.body)
                case gast.If():
                    self.read(statement.test)
                    self.block(statement.body)
                    self.block(statement.orelse)
                case gast.While() if not statement.orelse:
                    self.read(statement.test)
                    self.block(statement.body)
                case _:
                    self.read(statement)

    def live(self, statement: gast.stmt) -> bool:
        """True for a statement that has to stay, as far as is known by now."""
        if id(statement) in self.facts.unanalysed:
            return True
        match statement:
            case gast.Assign(targets=[target], value=value):
                return not self.pure(value) or self.wanted(target)
            case gast.AugAssign(target=target, value=value):
                return not self.pure(value) or self.wanted(target)
            case gast.For() if self.divisible(statement):
                names = set(b.names_in(statement.target))
                return not names.isdisjoint(self.names) or any(map(self.live, statement.body))
            case gast.If(test=test, body=body, orelse=orelse):
                return not self.pure(test) or any(map(self.live, (*body, *orelse)))
            case gast.Pass():
                return False
            case gast.Delete(targets=targets) if all(isinstance(target, gast.Name) for target in targets):
                return any(target.id in self.names for target in targets)
        return not b.is_comment(statement)

    def wanted(self, target: gast.expr) -> bool:
        """True if what is assigned is read."""
        match target:
            case gast.Name(id=name):
                return name in self.names or not self.homes.get(name, set()).isdisjoint(self.regions)
            case gast.Tuple(elts=parts):
                return any(map(self.wanted, parts))
            case gast.Subscript(value=gast.Name(id=name)) if name in self.homes and name not in self.others:
                return not self.homes[name].isdisjoint(self.regions)
        return True

    def divisible(self, loop: gast.For) -> bool:
        """True for a loop over a range, whose statements can be looked at one by one."""
        header = loop.iter
        return (
            not loop.orelse
            and isinstance(header, gast.Call)
            and isinstance(header.func, gast.Name)
            and header.func.id == "range"
            and "range" not in self.homes
            and self.pure_arguments(header)
        )

    def pure_arguments(self, call: gast.Call) -> bool:
        """True for the ends of a range that are numbers and lengths."""
        return all(
            (isinstance(part, gast.Call) and isinstance(part.func, gast.Name) and part.func.id == "len")
            or self.pure(part)
            for part in call.args
        )

    # --- what stays ---------------------------------------------------------------------------

    def kept(self, statements: list[gast.stmt]) -> list[gast.stmt]:
        """The live statements of a block."""
        found: list[gast.stmt] = []
        for statement in statements:
            if not self.live(statement):
                if b.is_comment(statement) or isinstance(statement, gast.Pass):
                    found.append(statement)
                continue
            if isinstance(statement, gast.For) and self.divisible(statement):
                body = self.kept(statement.body) or [b.pass_()]
                made: gast.stmt = b.for_(statement.target, statement.iter, body)
                statement = gast.copy_location(made, statement)
            elif isinstance(statement, gast.While) and not statement.orelse:
                body = self.kept(statement.body) or [b.pass_()]
                statement = gast.copy_location(b.while_(statement.test, body), statement)
            elif isinstance(statement, gast.If):
                body = self.kept(statement.body) or [b.pass_()]
                made = b.if_(statement.test, body, self.kept(statement.orelse))
                statement = gast.copy_location(made, statement)
            found.append(statement)
        return found


def _is_copy(node: gast.expr) -> bool:
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Attribute)
        and node.func.attr == "copy"
        and not node.args
        and not node.keywords
    )
