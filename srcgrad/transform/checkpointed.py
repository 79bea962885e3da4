"""Loops over ``srcgrad.checkpoint(range(n), snapshots=k)``: what their state is, and whether trips can run again.

A checkpointed loop records nothing in the forward sweep. A few states are kept, and in the reverse sweep trips run again
from there; each is recorded on its own just before its adjoint runs (`srcgrad.runtime.checkpointing` has the schedule).
That needs a body that does the same every time, and a state that can be copied and put back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import gast

from srcgrad.rules import Kind as RuleKind
from srcgrad.runtime.checkpointing import checkpoint
from srcgrad.transform import builders as b
from srcgrad.transform.facts import Facts, RuleCall, UserCall
from srcgrad.transform.infer_expressions import bound_names
from srcgrad.transform.simplify import live_in
from srcgrad.transform.types import Array, Inert, Inner, Known, Value, is_container, is_numeric

if TYPE_CHECKING:
    from srcgrad.transform.reverser_base import ReverserBase

__all__ = ["Checkpoint", "checkpoint_call", "state_of"]

_REPEATABLE = (range, len, abs, min, max, int, float, bool, round, isinstance, type)


@dataclass(frozen=True)
class Checkpoint:
    """The state of a loop: ``values`` are bound anew in each trip, ``arrays`` are written in place.

    ``options`` are the keywords of the call.
    """

    values: tuple[str, ...]
    arrays: tuple[str, ...]
    options: tuple[gast.keyword, ...]


def checkpoint_call(node: gast.expr, facts: Facts) -> gast.Call | None:
    """The call of ``srcgrad.checkpoint`` that a loop runs over, if it does."""
    if isinstance(node, gast.Call) and facts.value(node.func).type == Known.of(checkpoint):
        return node
    return None


def state_of(reverser: ReverserBase, node: gast.For, call: gast.Call) -> Checkpoint | str:
    """The state of a loop, or the reason why it cannot be checkpointed."""
    facts, body = reverser.facts, node.body
    reason = _unrepeatable(body, facts)
    if reason is not None:
        return reason
    bound = bound_names(node) - set(b.names_in(node.target))
    read = set(live_in(body)) - set(b.names_in(node.target))
    everywhere = _occurrences(facts.core.function, facts)
    within = {id(child) for statement in body for child in b.walk(statement)}
    values: list[str] = []
    arrays: list[str] = []
    for name in sorted(bound | read):
        inside = [value for where, value in everywhere.get(name, ()) if where in within]
        outside = [value for where, value in everywhere.get(name, ()) if where not in within]
        carried = name in read
        if name in bound and (carried or outside) and any(map(reverser.activity.shadowed, inside)):
            return f"an array or a list called {name!r} that is written in place is replaced in the loop"
        changed = [value for value in inside if reverser.writes.changes(value, node)]
        if not carried:
            continue
        if any(is_container(value.type) for value in changed):
            return f"{name!r} is changed in place, and is no array"
        if name in bound:
            if name in reverser.adjoints.maybe_unbound:
                return f"{name!r} may be without a value before the loop"
            if changed:
                return f"an array called {name!r} that is written in place is replaced in the loop"
            values.append(name)
        elif changed:
            if not all(isinstance(value.type, Array) for value in changed):
                return f"{name!r} is changed in place, and is no array"
            arrays.append(name)
    return Checkpoint(tuple(values), tuple(arrays), tuple(call.keywords))


def _occurrences(function: gast.FunctionDef, facts: Facts) -> dict[str, list[tuple[int, Value]]]:
    found: dict[str, list[tuple[int, Value]]] = {}
    for child in b.walk(function):
        if isinstance(child, gast.Name) and id(child) in facts.values:
            found.setdefault(child.id, []).append((id(child), facts.values[id(child)]))
    return found


def _unrepeatable(
    statements: list[gast.stmt], facts: Facts, seen: frozenset[int] = frozenset()
) -> str | None:
    """Why statements might do something else when they run again."""
    for statement in statements:
        for child in b.walk(statement):
            if id(child) in facts.unanalysed:
                return "it contains a statement that is not analysed"
            if not isinstance(child, gast.Call):
                continue
            fact = facts.calls.get(id(child))
            if isinstance(fact, RuleCall):
                if fact.rule.kind is RuleKind.NONDIFF and ".random" in f".{fact.rule.name}":
                    return "it draws random numbers"
            elif isinstance(fact, UserCall):
                inner = fact.callee.facts
                if inner is None or id(inner) in seen:
                    continue
                reason = _unrepeatable(inner.core.function.body, inner, seen | {id(inner)})
                if reason is not None:
                    return reason
            elif fact is None and not _is_plain(child, facts):
                return "it calls something that is not analysed"
    return None


def _is_plain(call: gast.Call, facts: Facts) -> bool:
    """True for calls that only compute a number from numbers."""
    function = facts.values.get(id(call.func))
    if function is None or not isinstance(function.type, Known):
        return False
    known = any(function.type == Known.of(target) for target in _REPEATABLE)
    values = [facts.values.get(id(argument)) for argument in call.args]
    return known and all(
        value is not None and (is_numeric(value.type) or isinstance(value.type, (Known, Inert, Inner)))
        for value in values
    )
