"""Activity from the other end: where does a value still matter for the result?

Inference finds what *varies* with the inputs. This pass walks backwards and finds, after every
statement, the names whose values still flow into the result through something differentiable. Only there can an adjoint
be non-zero, so the answer serves twice: statements whose target is not live have no adjoint code,
and an adjoint is known to be zero (needs no clearing, its first contribution is an assignment) where its name is not
live.

Memory that is written in place has no such points: a region is useful throughout, or not at all.

In ``y = x * x; z = y + 1; w = z * 2; return y``, what is live after ``y = ...`` is ``{y}``; ``z`` and ``w`` never are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.facts import (
    ContainerCall,
    CustomCall,
    Facts,
    RuleCall,
    SameObject,
    SurgeryCall,
    UserCall,
    WritingCall,
)
from srcgrad.transform.signature import leaves
from srcgrad.transform.types import (
    Array,
    Inner,
    Numeric,
    Region,
    Value,
    carries_derivative,
    is_container,
)

Live = frozenset[str]


@dataclass
class Activity:
    """Live names after each statement (for loops: also at their head), and the useful regions."""

    after: dict[int, Live] = field(default_factory=dict)
    head: dict[int, Live] = field(default_factory=dict)
    useful: set[Region] = field(default_factory=set)

    def shadowed(self, value: Value) -> bool:
        """True if the adjoint of a value is memory made in the forward sweep, alongside the value's own."""
        if not carries_derivative(value):
            return False
        if is_container(value.type):
            return value.home is None or value.home in self.useful
        return isinstance(value.type, (Array, Numeric)) and value.written and value.home in self.useful

    def valued(self, value: Value) -> bool:
        """True if the adjoint of a value is a value itself, made in the reverse sweep."""
        apart = is_container(value.type) or isinstance(value.type, Inner)
        return carries_derivative(value) and not apart and not value.written


def find_activity(facts: Facts) -> Activity:
    """Walk the function backwards until the set of useful regions is stable."""
    activity = Activity()
    for value in facts.parameters.values():
        for part in leaves(value):
            if part.home is not None and part.varied and (part.written or is_container(part.type)):
                activity.useful.add(part.home)
    walker = _Walker(facts, activity)
    while True:
        before = len(activity.useful)
        walker.block(facts.core.function.body, frozenset())
        if len(activity.useful) == before:
            return activity


def differentiable_operands(node: gast.expr, facts: Facts) -> Iterator[gast.expr]:
    """The direct operands of an expression through which derivatives pass."""
    match node:
        case gast.BinOp() | gast.UnaryOp() | gast.Call():
            fact = facts.calls.get(id(node))
            if isinstance(fact, RuleCall):
                for name, argument in fact.arguments.items():
                    if name in fact.rule.differentiable:
                        yield from argument if isinstance(argument, list) else [argument]
            elif isinstance(fact, UserCall):
                yield from fact.arguments.values()
            elif isinstance(fact, CustomCall):
                held = fact.custom.held
                yield from (argument for k, argument in enumerate(fact.arguments) if k not in held)
            elif isinstance(fact, SameObject):
                yield fact.argument
            elif isinstance(fact, SurgeryCall):
                yield fact.variable
            elif isinstance(fact, WritingCall):
                yield fact.owner
                for argument in (*fact.arguments.values(), fact.value):
                    yield from (
                        argument if isinstance(argument, list) else [argument] if argument is not None else []
                    )
            elif isinstance(fact, ContainerCall) and isinstance(node, gast.Call):
                yield fact.owner
                yield from node.args
            elif fact is None and isinstance(node, gast.Call):  # a copy of a list
                yield from node.args
                if isinstance(node.func, gast.Attribute):
                    yield node.func.value
        case gast.Subscript() | gast.Attribute():
            yield node.value
        case gast.Tuple() | gast.List():
            yield from node.elts
        case gast.Dict():
            yield from node.values


def last_bindings(targets: list[gast.expr], values: list[gast.expr]) -> list[tuple[gast.expr, gast.expr]]:
    """Targets with their values; of a name that is bound twice (``x, x = a, b``), the last."""
    last = {target.id: k for k, target in enumerate(targets) if isinstance(target, gast.Name)}
    pairs = enumerate(zip(targets, values, strict=True))
    return [(t, v) for k, (t, v) in pairs if not isinstance(t, gast.Name) or last[t.id] == k]


class _Walker:
    def __init__(self, facts: Facts, activity: Activity) -> None:
        self.facts = facts
        self.activity = activity

    def reads(self, node: gast.expr) -> Iterator[str]:
        """Names whose derivative an expression takes part in; their written memory becomes useful."""
        value = self.facts.values.get(id(node))
        if value is None or not carries_derivative(value):
            return
        for part in leaves(value):
            home = part.home
            if home is not None and part.varied and (home.written or is_container(part.type)):
                self.activity.useful.add(home)
        home = value.home
        if home is not None and (home.written or is_container(value.type)):
            if isinstance(node, gast.Name):
                return  # memory is useful throughout; it has no points where its name is live
        if isinstance(node, gast.Name):
            yield node.id
            return
        for operand in differentiable_operands(node, self.facts):
            yield from self.reads(operand)

    def block(self, statements: list[gast.stmt], live: Live) -> Live:
        """Names live before a block, given those live after it."""
        for statement in reversed(statements):
            self.activity.after[id(statement)] = live
            if self.facts.reached(statement):
                live = self.statement(statement, live)
        return live

    def statement(self, node: gast.stmt, live: Live) -> Live:
        """Names live before one statement."""
        match node:
            case gast.Assign(targets=[target], value=value):
                return self.assign(target, value, live)
            case gast.AugAssign():
                if isinstance(node.target, gast.Name) and not self.is_write(node.target):
                    if node.target.id not in live:
                        return live
                elif not self.useful(node.target):
                    return live
                # the target stays live: its old value flows into the new one
                kept = set(self.reads(node.target)) if isinstance(node.target, gast.Name) else set()
                return live | kept | set(self.reads(node.value))
            case gast.Expr(value=gast.Call() as call):
                fact = self.facts.calls.get(id(call))
                if isinstance(fact, (UserCall, ContainerCall, WritingCall)) and self.effective(call, fact):
                    return live.union(
                        *(set(self.reads(arg)) for arg in differentiable_operands(call, self.facts))
                    )
                return live
            case gast.If():
                taken = self.facts.taken.get(id(node))
                branches = (
                    [node.body] if taken else [node.orelse] if taken is False else [node.body, node.orelse]
                )
                return frozenset().union(*(self.block(branch, live) for branch in branches))
            case gast.While() | gast.For():
                head = live
                while True:
                    start = self.block(node.body, head)
                    if isinstance(node, gast.For):
                        start = self.target(node.target, node.iter, start)
                    if start <= head:
                        break
                    head = head | start
                self.activity.head[id(node)] = head
                return head
            case gast.With():
                return self.block(node.body, live)
            case gast.Return(value=value) if value is not None:
                return live | set(self.reads(value))
            case gast.Delete(targets=targets):
                return live - {target.id for target in targets if isinstance(target, gast.Name)}
        return live

    def target(self, target: gast.expr, iterable: gast.expr, live: Live) -> Live:
        names = {child.id for child in b.walk(target) if isinstance(child, gast.Name)}
        if names & live:
            return (live - names) | set(self.reads(iterable))
        return live - names

    def assign(self, target: gast.expr, value: gast.expr, live: Live) -> Live:
        if isinstance(target, gast.Tuple) and isinstance(value, gast.Tuple):
            pairs = last_bindings(target.elts, value.elts)
        else:
            pairs = [(target, value)]
        useful = [pair for pair in pairs if self.wanted(pair[0], live) or self.has_effect(pair[1])]
        names: set[str] = set()
        for place, _ in pairs:
            parts = place.elts if isinstance(place, gast.Tuple) else [place]
            names |= {part.id for part in parts if isinstance(part, gast.Name)}
        live = live - names
        for place, source in useful:
            if isinstance(place, gast.Subscript):
                live = live | set(self.reads(place.value))
            live = live | set(self.reads(source))
        return live

    def wanted(self, target: gast.expr, live: Live) -> bool:
        """True if what is assigned to a target matters."""
        match target:
            case gast.Name():
                return target.id in live or self.useful(target)
            case gast.Tuple():
                return any(self.wanted(part, live) for part in target.elts)
            case gast.Subscript():
                return self.useful(target)
        return False

    def useful(self, target: gast.expr) -> bool:
        """True if the memory that a target names or writes into is useful."""
        node = target.value if isinstance(target, gast.Subscript) else target
        value = self.facts.values.get(id(node))
        return value is not None and value.home is not None and value.home in self.activity.useful

    def is_write(self, target: gast.Name) -> bool:
        value = self.facts.value(target)
        return isinstance(value.type, Array)

    def has_effect(self, node: gast.expr) -> bool:
        fact = self.facts.calls.get(id(node)) if isinstance(node, gast.Call) else None
        return isinstance(fact, (UserCall, ContainerCall, WritingCall)) and self.effective(node, fact)

    def effective(self, node: gast.expr, fact: UserCall | ContainerCall | WritingCall) -> bool:
        """True if a call changes memory that matters."""
        if isinstance(fact, (ContainerCall, WritingCall)):
            return self.useful(fact.owner)
        for name, argument in fact.arguments.items():
            inner = leaves(fact.callee.parameters[name])
            outer = leaves(self.facts.value(argument))
            for one, other in zip(inner, outer, strict=False):
                if one.written and other.home is not None and other.home in self.activity.useful:
                    return True
        return False
