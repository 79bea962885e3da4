"""What all parts of the reverse transform share: the facts, the adjoints' state, and how a step is put together."""

from __future__ import annotations

from functools import cached_property

import gast

from srcgrad.rules.helpers import project
from srcgrad.runtime.sweeps import mirror_of
from srcgrad.transform import builders as b
from srcgrad.transform.adjoints import Adjoints, Cotangent
from srcgrad.transform.calls import PairCalls
from srcgrad.transform.expressions import Statement
from srcgrad.transform.facts import Facts, RuleCall, SurgeryCall
from srcgrad.transform.function_context import FunctionContext
from srcgrad.transform.infer_expressions import bound_names
from srcgrad.transform.names import Names
from srcgrad.transform.pieces import Piece, Step, always_raises, step
from srcgrad.transform.refused import Refused
from srcgrad.transform.types import (
    Array,
    Inert,
    Known,
    Numeric,
    Region,
    TupleOf,
    carries_derivative,
    is_number,
    is_numeric,
    is_python,
    same_shape,
)


class ReverserBase(FunctionContext):
    """One function on its way to pieces."""

    def __init__(
        self, facts: Facts, names: Names, pairs: PairCalls, restored: frozenset[Region] = frozenset()
    ) -> None:
        super().__init__(facts, names)
        self.pairs = pairs
        self.restored = restored
        self.earlier: list[Piece] = []
        self.is_entry = False
        self.adjoints = Adjoints(names, self._both_disciplines(), _maybe_unbound(facts.core.function))
        self.adjoints.prototype = self.prototype

    @cached_property
    def surgical(self) -> frozenset[str]:
        """Names of the functions that stand for blocks of ``insert_grad_of``."""
        facts = (fact for fact in self.facts.calls.values() if isinstance(fact, SurgeryCall))
        return frozenset(fact.body.name for fact in facts)

    def prototype(self, name: str) -> gast.expr:
        """Something of the shape and kind of an array that is still there in the reverse sweep.

        ``flux = u[1:] - u[:-1]`` in a loop gives ``u[1:]``: so ``flux`` need not be kept for the sake of its shape.
        """
        source = self.sole_sources.get(name)
        if source is None or not self.keeps_dtype(source):
            return b.name(name)
        wanted = self.facts.value(source)
        for child in b.walk(source):
            base = child.value if isinstance(child, gast.Subscript) else child
            if (
                not isinstance(base, gast.Name)
                or not self.is_bound_once(base.id)
                or id(child) not in self.facts.values
            ):
                continue
            if isinstance(child, gast.Subscript) and not _literal_slices(child.slice):
                continue
            value = self.facts.value(child)
            if (
                same_shape(value.type, wanted.type)
                and value.kind == wanted.kind
                and not is_number(value.type)
            ):
                return b.clone(child)
        return b.name(name)

    def keeps_dtype(self, source: gast.expr) -> bool:
        """True for arithmetic of one array with itself and with Python's numbers."""
        arrays: set[str] = set()
        for child in b.walk(source):
            if isinstance(child, gast.Call):
                return False
            if isinstance(child, gast.Name) and id(child) in self.facts.values:
                type_ = self.facts.values[id(child)].type
                if isinstance(type_, Array):
                    arrays.add(child.id)
                elif not is_python(type_):
                    return False
        return len(arrays) == 1

    @cached_property
    def sole_sources(self) -> dict[str, gast.expr]:
        """Right-hand sides of names that one plain assignment binds."""
        found: dict[str, gast.expr] = {}
        for node in b.walk(self.facts.core.function):
            if isinstance(node, gast.Assign) and isinstance(node.targets[0], gast.Name):
                name = node.targets[0].id
                if self.bindings[name] == 1 and id(node.value) in self.facts.values:
                    found[name] = node.value
        return found

    def is_bound_once(self, name: str) -> bool:
        """True for names that stay what they are: parameters, and names bound once and not in a loop."""
        return self.bindings[name] == 1 and name not in self.bound_in_loops

    @cached_property
    def bound_in_loops(self) -> set[str]:
        """Names that loops bind."""
        loops = (
            node for node in b.walk(self.facts.core.function) if isinstance(node, (gast.For, gast.While))
        )
        return {name for loop in loops for name in bound_names(loop)}

    @cached_property
    def valued_names(self) -> frozenset[str]:
        """Names that somewhere hold a value whose adjoint is a value itself."""
        found = (node for node in b.walk(self.facts.core.function) if isinstance(node, gast.Name))
        values = ((node.id, self.facts.values.get(id(node))) for node in found)
        return frozenset(name for name, value in values if value is not None and self.activity.valued(value))

    def _both_disciplines(self) -> set[str]:
        """Names that hold shadowed memory at one place and a plain value at another."""
        found: dict[str, set[bool]] = {}
        tuples: dict[str, set[bool]] = {}
        for node in b.walk(self.facts.core.function):
            if isinstance(node, gast.Name) and id(node) in self.facts.values:
                value = self.facts.values[id(node)]
                if isinstance(value.type, Numeric) and self.activity.shadowed(value):
                    raise Refused(
                        node, "it is a number or an array that is written in place, decided at run time"
                    )
                if isinstance(value.type, TupleOf):
                    tuples.setdefault(node.id, set()).add(carries_derivative(value))
                if carries_derivative(value):
                    found.setdefault(node.id, set()).add(self.activity.shadowed(value))
        if any(len(kinds) == 2 for kinds in tuples.values()):
            raise Refused(self.facts.core.function, "a name holds tuples with and without derivatives")
        return {name for name, kinds in found.items() if len(kinds) == 2}

    def plain(self, node: gast.stmt) -> Step:
        """A statement with nothing to reverse."""
        return Step([node], [])

    def finished(self, statement: Statement, node: gast.stmt, after: list[gast.stmt] | None = None) -> Step:
        """A step from a statement's code; names that it sets without reading them are fresh."""
        reverse = statement.finish()
        forward = [*statement.forward(node), *(after or []), *statement.later]
        return step(forward, reverse, node)

    def finished_with(self, statement: Statement, node: gast.stmt, reverse: list[gast.stmt]) -> Step:
        """A finished step with more reverse code at the end."""
        made = self.finished(statement, node)
        return step(made.forward, [*made.reverse, *reverse], node)

    def statement(self, node: gast.stmt) -> list[Piece]:
        """The pieces of one statement."""
        raise NotImplementedError

    def place(
        self, statement: Statement, item: gast.expr, held: gast.expr | None = None
    ) -> tuple[gast.expr, bool]:
        """What a mirror holds for a member: its adjoint memory if it has some (True), else a zero to add to.

        ``held`` is how the member is read once it is in its place.
        """
        value = self.facts.value(item)
        if self.activity.shadowed(value):
            memory = statement.location(item)
            if memory is None and held is not None and self.is_new_array(item):
                return b.call("np__.zeros_like", held), False
            if memory is None:
                raise Refused(
                    item, "a container or a written array inside another, without a name of its own"
                )
            return memory, True
        if value.kind is not None and is_number(value.type):
            return b.constant(0.0), False
        if is_numeric(value.type) and carries_derivative(value):
            return b.call("np__.zeros_like", statement.for_forward(item)), False
        if isinstance(value.type, (Known, Inert)):
            return b.constant(None), False
        return b.call(statement.helper(mirror_of), statement.for_forward(item)), False

    def is_new_array(self, node: gast.expr) -> bool:
        """True for an expression that makes an array which nothing else knows."""
        fact = self.facts.calls.get(id(node))
        return (
            isinstance(fact, RuleCall)
            and not fact.rule.view
            and isinstance(self.facts.value(node).type, Array)
        )

    def unspread(self, statement: Statement, source: gast.expr, g: Cotangent) -> Cotangent:
        """The cotangent of a place, made one of the value that was broadcast into it."""
        wanted = self.facts.value(source).type
        if same_shape(g.type, wanted):
            return g
        if is_number(wanted):
            return g if is_number(g.type) else Cotangent(b.call("np__.sum", g.expr), wanted)
        fitted = b.call(statement.helper(project), g.expr, statement.shape_source(source))
        return Cotangent(fitted, wanted, g.memory)


def _maybe_unbound(function: gast.FunctionDef) -> frozenset[str]:
    """Names that are not bound on every path (loops may make no trip)."""
    every = {
        node.id
        for node in b.walk(function)
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
    }

    def bound(statements: list[gast.stmt]) -> set[str]:
        names: set[str] = set()
        for statement in statements:
            match statement:
                case gast.If():
                    branches = [
                        bound(block)
                        for block in (statement.body, statement.orelse)
                        if not always_raises(block)
                    ]
                    names |= set.intersection(*branches) if branches else set()
                case gast.With():
                    names |= bound(statement.body)
                case gast.While() | gast.For() | gast.Try():
                    pass
                case _:
                    names |= {
                        node.id
                        for node in b.walk(statement)
                        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
                    }
        return names

    parameters = set(b.names_in(function.args))
    return frozenset(every - bound(function.body) - parameters)


def _literal_slices(index: gast.expr) -> bool:
    """True for an index of slices with literal ends."""
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    return all(isinstance(part, gast.Slice) and not set(b.names_in(part)) for part in parts)
