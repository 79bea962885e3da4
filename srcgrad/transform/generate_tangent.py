"""Assembling generated functions of forward mode: the entry point, and one function for each callee."""

from __future__ import annotations

from collections.abc import Sequence

import gast

from srcgrad.runtime.sweeps import copy_of
from srcgrad.transform import builders as b
from srcgrad.transform.decisions import Decisions
from srcgrad.transform.forward import Forwarder
from srcgrad.transform.generate import (
    Definition,
    facts_of,
    identifier,
    name_numpy,
    parameters_of,
    result_name_of,
)
from srcgrad.transform.refused import Refused
from srcgrad.transform.specialize import Specialization
from srcgrad.transform.tangent_calls import TangentCalls, TangentFunction
from srcgrad.transform.types import UNKNOWN, Array


def generate_jvp(
    entry: Specialization, wanted: Sequence[str], calls: TangentCalls, *, unit: bool = False
) -> Definition:
    """The function ``(arguments, *, x_dot, ...) -> (value, tangent)`` of an entry point.

    With ``unit``, the function ``(arguments) -> tangent`` for tangents of one.
    """
    try:
        return _jvp(entry, wanted, calls, unit=unit)
    except Refused as refusal:
        raise refusal.within(entry.source) from None


def _jvp(entry: Specialization, wanted: Sequence[str], calls: TangentCalls, *, unit: bool) -> Definition:
    facts = facts_of(entry)
    forwarder = Forwarder(facts, facts.core.names.copy(), calls)
    args = parameters_of(facts, forwarder, with_defaults=False)
    start: list[gast.stmt] = []
    if unit:
        forwarder.dotted.update(wanted)
        start = [b.assign(forwarder.dot(name), 1.0) for name in wanted]
    else:
        _add_tangents(args, forwarder, wanted, by_position=not args.defaults and not args.kwonlyargs)
    start += _entry_copies(forwarder, entry, wanted)
    body = [*start, *forwarder.block(facts.core.function.body)]
    result, tangent = _result(forwarder), _result_tangent(forwarder)
    body.append(b.return_(tangent if unit else b.tuple_([result, tangent])))
    name = forwarder.names.fresh(f"{identifier(entry.name)}_{'derivative' if unit else 'jvp'}")
    return _definition(name, args, body, forwarder, entry)


def generate_callee(function: TangentFunction, calls: TangentCalls) -> Definition:
    """The tangent function of a specialisation that is called."""
    try:
        return _callee(function, calls)
    except Refused as refusal:
        raise refusal.within(function.callee.source) from None


def _callee(function: TangentFunction, calls: TangentCalls) -> Definition:
    callee = function.callee
    facts = facts_of(callee)
    names = facts.core.names.copy()
    names.reserve(*(f"{name}_dot" for name in function.active))
    forwarder = Forwarder(facts, names, calls)
    for name in function.active:
        forwarder.name_dot(name, f"{name}_dot")
    args = parameters_of(facts, forwarder, with_defaults=True)
    _add_tangents(args, forwarder, function.active, by_position=function.by_position)
    body = forwarder.block(facts.core.function.body)
    result = _result(forwarder)
    if function.gives_tangent:
        result = b.tuple_([result, _result_tangent(forwarder)])
    body.append(b.return_(result))
    return _definition(function.name, args, body, forwarder, callee)


def _definition(
    name: str,
    args: gast.arguments,
    body: list[gast.stmt],
    forwarder: Forwarder,
    specialization: Specialization,
) -> Definition:
    function = b.function_def(name, args, body)
    name_numpy([function], forwarder)
    decisions = Decisions(bars=forwarder.named())
    length = sum(not b.is_comment(statement) for statement in body)
    return Definition([function], specialization, dict(forwarder.globals), (name,), decisions, length)


def _add_tangents(
    args: gast.arguments, forwarder: Forwarder, active: Sequence[str], *, by_position: bool
) -> None:
    """Parameters for the tangents: after all others, keywords where others have defaults."""
    forwarder.dotted.update(active)
    every = [*(forwarder.dot(name) for name in active), *([forwarder.columns] if forwarder.columns else [])]
    for parameter in map(b.param, every):
        if by_position:
            args.args.append(parameter)
        else:
            args.kwonlyargs.append(parameter)
            args.kw_defaults.append(None)


def _entry_copies(forwarder: Forwarder, entry: Specialization, wanted: Sequence[str]) -> list[gast.stmt]:
    """Arguments that are written are copied, and so are their tangents."""
    made: list[gast.stmt] = []
    for name, value in entry.parameters.items():
        if value.home is None or not value.home.written:
            continue
        both = [name, *([forwarder.dot(name)] if name in wanted else [])]
        for each in both:
            if isinstance(value.type, Array):
                made.append(b.assign(each, b.call("np__.array", each)))
            else:
                made.append(b.assign(each, b.call(forwarder.global_name("copy_of", copy_of), each)))
    return made


def _result(forwarder: Forwarder) -> gast.expr:
    name = result_name_of(forwarder.facts)
    return b.constant(None) if name is None else b.name(name)


def _result_tangent(forwarder: Forwarder) -> gast.expr:
    """The tangent of the result, zeros if it does not depend on anything."""
    name = result_name_of(forwarder.facts)
    if name is None:
        return b.constant(None)
    if name in forwarder.dotted:
        return b.name(forwarder.dot(name))
    return forwarder.zero_of(name, forwarder.env.get(name, (UNKNOWN,)))
