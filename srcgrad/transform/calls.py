"""Calls of user functions: a forward/backward pair for each specialisation.

``y = h(x)`` becomes ``y, h_saved = h_forward(x)`` in the forward sweep and ``x_bar += h_backward(h_saved, y_bar)``
in the reverse sweep. Arguments with adjoint memory pass it along: ``fill(A)`` becomes
``fill_saved = fill_forward(A, A_bar=A_bar)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gast

from srcgrad.runtime.sweeps import shadow_of
from srcgrad.transform import builders as b
from srcgrad.transform.activity import Activity
from srcgrad.transform.adjoints import Cotangent
from srcgrad.transform.expressions import Statement
from srcgrad.transform.facts import Facts, UserCall
from srcgrad.transform.pieces import Step, step
from srcgrad.transform.refused import Refused
from srcgrad.transform.signature import leaves
from srcgrad.transform.specialize import Specialization
from srcgrad.transform.types import (
    Array,
    Inner,
    Numeric,
    Value,
    carries_derivative,
    is_container,
    is_number,
)

if TYPE_CHECKING:
    from srcgrad.transform.reverser_base import ReverserBase


@dataclass(frozen=True)
class Pair:
    """The calling convention of one specialisation."""

    callee: Specialization
    forward: str
    backward: str
    values: tuple[str, ...]
    shadows: tuple[str, ...]
    result: str

    def shadow(self, parameter: str) -> str:
        """The parameter that takes the adjoint memory of another: ``A_bar`` of ``A``, if that name is free."""
        name, number = f"{parameter}_bar", 1
        while name in self.callee.core.names or name in self.callee.parameters:
            number += 1
            name = f"{parameter}_bar_{number}"
        return name

    @property
    def hint(self) -> str:
        """What saved values of a call are called."""
        return f"{self.callee.name}_saved"


def has_memory(value: Value) -> bool:
    """True if a parameter or result passes its adjoint as memory rather than as a value."""
    if not carries_derivative(value):
        return False
    return is_container(value.type) or (isinstance(value.type, (Array, Numeric)) and value.written)


class PairCalls:
    """The pairs that a program needs, by specialisation, in the order in which they were asked for."""

    def __init__(self, *, keep_stages: bool = False) -> None:
        self.keep_stages = keep_stages
        self.pairs: dict[int, Pair] = {}
        self.waiting: list[Pair] = []
        self._taken: set[str] = set()

    def pair(self, callee: Specialization) -> Pair:
        """The pair of a specialisation; a new one is put on the list of those to be generated."""
        found = self.pairs.get(id(callee))
        if found is None:
            stem = callee.name
            number = 1
            while f"{stem}_forward" in self._taken:
                number += 1
                stem = f"{callee.name}_{number}"
            self._taken.add(f"{stem}_forward")
            values = tuple(
                n
                for n, v in callee.parameters.items()
                if carries_derivative(v) and not has_memory(v) and not isinstance(v.type, Inner)
            )
            shadows = tuple(n for n, v in callee.parameters.items() if has_memory(v))
            result = callee.result
            kind = "none"
            if result is not None and carries_derivative(result):
                kind = "memory" if has_memory(result) else "value"
            found = Pair(callee, f"{stem}_forward", f"{stem}_backward", values, shadows, kind)
            self.pairs[id(callee)] = found
            self.waiting.append(found)
        return found

    def call(
        self,
        reverser: ReverserBase,
        node: gast.stmt,
        call: gast.Call,
        fact: UserCall,
        target: gast.expr | None,
    ) -> Step:
        """The step of ``target = h(...)`` or of ``h(...)``."""
        if target is not None and not isinstance(target, gast.Name):
            raise Refused(node, "the result of a call that is stored at once")
        callee = fact.callee
        adjoints, activity = reverser.adjoints, reverser.activity
        name = None if target is None else target.id
        value = None if target is None else reverser.facts.value(target)
        live = name is not None and value is not None and (name in adjoints.state or activity.shadowed(value))
        if not live and not writes_useful_memory(activity, reverser.facts, fact):
            if name is not None:
                adjoints.consume(name)
            return Step([node], [])
        pair = self.pair(callee)
        for taken in (pair.forward, pair.backward):
            if taken in reverser.facts.core.names:
                raise Refused(node, f"a variable called {taken!r}")
        if value is not None and returns_changing_argument(callee, value, pair.shadows):
            raise Refused(node, "a function that returns a view of its argument, which is then written")
        if value is not None and any(part.written for part in leaves(value)) and has_twins(callee):
            raise Refused(node, "a function that returns the same memory twice, which is then written")
        statement = Statement(reverser, node, call, name)
        saved = reverser.names.fresh(pair.hint)
        reverser.decisions.saved[saved] = pair.backward
        places: list[gast.expr] = []
        positional, keywords = passed_arguments(fact)
        for parameter in pair.shadows:
            argument = fact.arguments.get(parameter)
            memory = None if argument is None else statement.location(argument)
            if memory is None:
                if argument is None:
                    raise Refused(node, "a default argument that is written")
                if activity.shadowed(reverser.facts.value(argument)) and not isinstance(argument, gast.Name):
                    raise Refused(argument, "an argument with adjoint memory and without a name")
                memory = b.call(statement.helper(shadow_of), b.clone(argument))
            keywords.append(gast.keyword(pair.shadow(parameter), memory))
        places = (
            [b.target(name if name is not None else "_")] if pair.result != "none" or name is not None else []
        )
        after: list[gast.stmt] = []
        if pair.result == "memory":
            shadow = adjoints.shadow(name) if name is not None else "_"
            places.append(b.target(shadow))
        elif value is not None and activity.shadowed(value):
            after.append(b.assign(adjoints.shadow(str(name)), b.call("np__.zeros_like", str(name))))
        if not places:
            places = [b.target("_")]
        places.append(b.target(saved))
        forward_call = gast.Call(b.name(pair.forward), positional, keywords)
        made = b.located(b.assign(gast.Tuple(places, gast.Store()), forward_call), node)
        arguments: list[gast.expr] = [b.name(saved)]
        if pair.result == "value":
            arguments.append(self.seed(reverser, name, value, callee))
        if name is not None:
            adjoints.consume(name)
        back = b.call(pair.backward, *arguments)
        self.contributions(reverser, statement, pair, fact, back)
        reverse = statement.finish()
        return step([*statement.forward(made), *after], reverse, node)

    def contributions(
        self, reverser: ReverserBase, statement: Statement, pair: Pair, fact: UserCall, back: gast.Call
    ) -> None:
        """Pass on what the backward function returns."""
        given = [p for p in pair.values if p in fact.arguments]
        if not pair.values:
            statement.out.append(b.expr_stmt(back))
            return
        names = {p: reverser.names.fresh(f"{p}_bar_part") for p in pair.values}
        if len(pair.values) == 1:
            (parameter,) = pair.values
            if given and not pair.shadows and isinstance(fact.arguments[parameter], gast.Name):
                argument = fact.arguments[parameter]
                statement.contribute(argument, Cotangent(back, reverser.facts.value(argument).type))
                return
            statement.out.append(b.assign(names[parameter], back))
        else:
            statement.out.append(b.assign(b.tuple_target(names[p] for p in pair.values), back))
        for parameter in given:
            argument = fact.arguments[parameter]
            statement.contribute(
                argument, Cotangent(b.name(names[parameter]), reverser.facts.value(argument).type)
            )

    def seed(
        self, reverser: ReverserBase, name: str | None, value: Value | None, callee: Specialization
    ) -> gast.expr:
        """The adjoint of the result that goes into the backward function."""
        if name is None or value is None:
            return b.constant(0.0)
        if reverser.activity.shadowed(value):
            return b.name(reverser.adjoints.shadow(name))
        if name in reverser.adjoints.state:
            return b.name(reverser.adjoints.bar(name))
        if is_number(value.type):
            return b.constant(0.0)
        return b.call("np__.zeros_like", name)


def has_twins(callee: Specialization) -> bool:
    """True if the result holds the same memory twice, other than under one name of one display."""
    assert callee.result is not None and callee.facts is not None
    homes = [part.home for part in leaves(callee.result) if part.home is not None]
    if len(set(homes)) == len(homes):
        return False
    function = callee.core.function
    last = function.body[-1]
    displays = [
        node.value
        for node in b.walk(function)
        if isinstance(node, gast.Assign)
        and isinstance(last, gast.Return)
        and isinstance(node.targets[0], gast.Name)
        and isinstance(last.value, gast.Name)
        and node.targets[0].id == last.value.id
    ]
    for display in displays:
        found: dict[object, object] = {}
        if not isinstance(display, (gast.Tuple, gast.List)):
            return True
        for item in _items(display):
            label = item.id if isinstance(item, gast.Name) else item
            inside = {part.home for part in leaves(callee.facts.value(item)) if part.home is not None}
            if any(found.setdefault(home, label) != label for home in inside):
                return True
    return False


def _items(display: gast.Tuple | gast.List) -> Iterator[gast.expr]:
    for item in display.elts:
        if isinstance(item, (gast.Tuple, gast.List)):
            yield from _items(item)
        else:
            yield item


def passed_arguments(fact: UserCall) -> tuple[list[gast.expr], list[gast.keyword]]:
    """The arguments of a call as the generated functions take them: by position as far as possible."""
    args = fact.callee.core.function.args
    in_order = [arg.id for arg in (*args.posonlyargs, *args.args)]
    positional: list[gast.expr] = []
    for name in in_order:
        if name not in fact.arguments:
            break
        positional.append(fact.arguments[name])
    rest = [name for name in fact.arguments if name not in in_order[: len(positional)]]
    return positional, [gast.keyword(name, fact.arguments[name]) for name in rest]


def returns_argument(callee: Specialization) -> bool:
    """True if the result may be (a view of) an argument."""
    assert callee.result is not None
    own = {
        part.home for value in callee.parameters.values() for part in leaves(value) if part.home is not None
    }
    return any(part.home in own for part in leaves(callee.result) if part.home is not None)


def returns_changing_argument(callee: Specialization, value: Value, shadows: tuple[str, ...]) -> bool:
    """True if a result holds memory of an argument that gets no adjoint memory, and the caller has it written."""
    assert callee.result is not None
    own = {
        part.home
        for name, parameter in callee.parameters.items()
        if name not in shadows
        for part in leaves(parameter)
        if part.home is not None
    }
    pairs = zip(leaves(callee.result), leaves(value), strict=False)
    return any(inner.home in own and outer.written and outer.varied for inner, outer in pairs)


def writes_useful_memory(activity: Activity, facts: Facts, fact: UserCall) -> bool:
    """True if a callee writes into memory of the caller that matters."""
    for parameter, argument in fact.arguments.items():
        inner = leaves(fact.callee.parameters[parameter])
        outer = leaves(facts.value(argument))
        for one, other in zip(inner, outer, strict=False):
            if one.written and activity.shadowed(other):
                return True
    return False
