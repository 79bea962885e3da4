"""Where memory is written: may what an expression reads here have changed by the time its adjoint runs?"""

from __future__ import annotations

from dataclasses import dataclass

import gast

from srcgrad.rules import Kind as RuleKind
from srcgrad.transform import builders as b
from srcgrad.transform.facts import ContainerCall, Facts, RuleCall, UserCall, WritingCall
from srcgrad.transform.signature import leaves
from srcgrad.transform.types import Region, Unknown, Value


@dataclass(frozen=True)
class Position:
    """The place of a statement: its number in program order and the loops around it."""

    order: int
    loops: frozenset[int]


class Writes:
    """All in-place writes of a function by region, with their positions."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.positions: dict[int, Position] = {}
        self.writes: dict[Region, list[Position]] = {}
        self.by: dict[Region, list[gast.stmt]] = {}
        self._number(facts.core.function.body, frozenset())

    def changes(self, value: Value, statement: gast.stmt) -> bool:
        """True if the memory of a value may be written at or after a statement."""
        home = value.home
        if home is None:
            return False
        if home.volatile:
            return True
        if not home.written:
            return False
        here = self.positions[id(statement)]
        return any(
            there.order >= here.order or there.loops & here.loops for there in self.writes.get(home, ())
        )

    def _number(self, statements: list[gast.stmt], loops: frozenset[int]) -> None:
        for statement in statements:
            position = Position(len(self.positions), loops)
            self.positions[id(statement)] = position
            if not self.facts.reached(statement):
                continue
            if isinstance(statement, (gast.If, gast.With)):
                self._note(statement, position)
                self._number(statement.body, loops)
                self._number(getattr(statement, "orelse", []), loops)
            elif (
                isinstance(statement, (gast.For, gast.While)) and id(statement) not in self.facts.core.opaque
            ):
                self._number(statement.body, loops | {id(statement)})
            else:
                self._note(statement, position)

    def _note(self, statement: gast.stmt, position: Position) -> None:
        """Record what one statement writes; a statement that is not understood writes all that it mentions."""
        for region in self._written(statement):
            self.writes.setdefault(region, []).append(position)
            self.by.setdefault(region, []).append(statement)

    def _written(self, statement: gast.stmt) -> set[Region]:
        values: list[Value] = []
        match statement:
            case gast.Assign(targets=[target]):
                places = target.elts if isinstance(target, gast.Tuple) else [target]
                values += [self._value(place.value) for place in places if isinstance(place, gast.Subscript)]
                values += self._by_calls(statement.value)
            case gast.AugAssign(target=target):
                values.append(self._value(target))  # an array in a list, or under a name
                if isinstance(target, gast.Subscript):
                    values.append(self._value(target.value))
            case gast.Expr(value=value):
                values += self._by_calls(value)
            case gast.If(test=test) | gast.While(test=test):
                values += self._by_calls(test)
            case gast.Assert() | gast.Raise() | gast.Pass() | gast.Break() | gast.Return() | gast.With():
                pass
            case _:
                values += [self._value(node) for node in b.walk(statement) if isinstance(node, gast.Name)]
        return {value.home for value in values if value.home is not None}

    def _by_calls(self, expr: gast.expr) -> list[Value]:
        found: list[Value] = []
        for node in b.walk(expr):
            if not isinstance(node, gast.Call):
                continue
            fact = self.facts.calls.get(id(node))
            if isinstance(fact, UserCall):
                for name, argument in fact.arguments.items():
                    inner = leaves(fact.callee.parameters[name])
                    outer = leaves(self._value(argument))
                    found += [o for i, o in zip(inner, outer, strict=False) if i.written]
            elif isinstance(fact, (ContainerCall, WritingCall)):
                found.append(self._value(fact.owner))
            elif fact is None or (isinstance(fact, RuleCall) and fact.rule.kind is RuleKind.UPDATE):
                for child in b.walk(node):
                    if isinstance(child, gast.Name):
                        found += [part for part in leaves(self._value(child)) if part.written]
        return found

    def _value(self, node: gast.AST) -> Value:
        return self.facts.values.get(id(node), Value(Unknown()))
