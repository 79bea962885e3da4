"""Assembling generated functions: the joint gradient of an entry point, and forward/backward pairs of callees."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from srcgrad.runtime.sweeps import add_into, copy_of, shadow_of
from srcgrad.transform import builders as b
from srcgrad.transform.adjoints import Mark
from srcgrad.transform.calls import Pair, PairCalls, has_memory
from srcgrad.transform.decisions import Decisions, Stage
from srcgrad.transform.facts import Facts
from srcgrad.transform.function_context import FunctionContext
from srcgrad.transform.inner import LiftedSource
from srcgrad.transform.pieces import Piece, Step, assigned
from srcgrad.transform.record import Sweeps, record
from srcgrad.transform.refused import Refused
from srcgrad.transform.restoring import chosen
from srcgrad.transform.reverse import Reverser
from srcgrad.transform.simplify import live_in, simplify
from srcgrad.transform.specialize import Specialization
from srcgrad.transform.types import Array, Region, Value, carries_derivative, is_container, is_number


@dataclass
class Definition:
    """One or two generated functions over the same globals.

    ``forward_length`` is the number of statements, comments aside, that the forward sweep has in the one function;
    of two functions, the first is the forward sweep and the second the reverse sweep.
    """

    functions: list[gast.FunctionDef]
    specialization: Specialization
    globals: dict[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    decisions: Decisions = field(default_factory=Decisions)
    forward_length: int = 0


def generate_gradient(
    entry: Specialization, wanted: Sequence[str], pairs: PairCalls, *, with_value: bool, packed: bool = False
) -> Definition:
    """The function ``(arguments, seed) -> gradient`` or ``-> (value, gradient)``.

    Parameters
    ----------
    wanted
        Names of the parameters to differentiate, in the order of the result.
    packed
        Whether the result is a tuple even if it has one part.
    """
    try:
        return _gradient(entry, wanted, pairs, with_value=with_value, packed=packed)
    except Refused as refusal:
        raise refusal.within(entry.source) from None


def _gradient(
    entry: Specialization, wanted: Sequence[str], pairs: PairCalls, *, with_value: bool, packed: bool
) -> Definition:
    facts = facts_of(entry)
    result_name = result_name_of(facts)

    def attempt(restored: frozenset[Region]) -> _Attempt:
        reverser = Reverser(facts, facts.core.names.copy(), pairs, restored)
        reverser.is_entry = True
        seed = _seed(reverser, result_name)
        return _Attempt(reverser, *seed, reverser.block(facts.core.function.body))

    made = _cheapest(attempt, [] if facts.result is None else [facts.result])
    reverser, seed, seeding, default, pieces = (
        made.reverser,
        made.seed,
        made.seeding,
        made.default,
        made.pieces,
    )
    names = reverser.names
    prologue = _entry_copies(reverser, entry, copies=True)
    results = [_adjoint_of(reverser, name, entry.parameters[name]) for name in wanted]
    answer: gast.expr = results[0] if len(results) == 1 and not packed else b.tuple_(results)
    returns = b.return_(answer)
    first = Step(prologue, [returns], frozenset(assigned(prologue)))
    sweeps = record([first, *pieces, Step([], seeding)], names, set(entry.parameters), reverser.line)
    value_kept: list[gast.stmt] = []
    if with_value:
        shown = b.name(result_name) if result_name is not None else b.constant(None)
        if result_name is not None and result_name in set(_stored(sweeps.reverse)):
            kept = names.fresh("value")
            value_kept = [b.assign(kept, result_name)]
            shown = b.name(kept)
        last = sweeps.reverse[-1]
        assert isinstance(last, gast.Return)
        last.value = b.tuple_([shown, last.value])
    known = {*entry.parameters, *([seed] if seed is not None else [])}
    decisions = _decisions(reverser, sweeps, pairs, value_kept)
    forward, reverse = simplify(
        sweeps.forward + value_kept,
        sweeps.reverse,
        facts,
        known,
        [] if facts.result is None else [facts.result],
    )
    body = [b.comment("forward sweep"), *forward, b.comment("reverse sweep"), *reverse]
    if not forward:
        body = reverse
    name = names.fresh(f"{identifier(entry.name)}_{'value_and_grad' if with_value else 'grad'}")
    args = parameters_of(facts, reverser, with_defaults=False)
    if seed is not None:
        args.args.append(b.param(seed))
        args.defaults.append(b.constant(None) if default is None else default)
    function = b.function_def(name, args, body)
    name_numpy([function], reverser)
    length = sum(not b.is_comment(statement) for statement in forward)
    return Definition([function], entry, dict(reverser.globals), (name,), decisions, length)


def generate_pair(pair: Pair, pairs: PairCalls) -> Definition:
    """The forward and the backward function of a specialisation."""
    try:
        return _pair(pair, pairs)
    except Refused as refusal:
        raise refusal.within(pair.callee.source) from None


def _pair(pair: Pair, pairs: PairCalls) -> Definition:
    facts = facts_of(pair.callee)
    result_name = result_name_of(facts)

    def attempt(restored: frozenset[Region]) -> _Attempt:
        names = facts.core.names.copy()
        names.reserve(*(pair.shadow(parameter) for parameter in pair.shadows))
        reverser = Reverser(facts, names, pairs, restored)
        for parameter in pair.shadows:
            reverser.adjoints._shadows[parameter] = pair.shadow(parameter)
        seed, seeding, default = _seed(reverser, result_name)
        if pair.result != "value":
            seed, seeding = None, []
        return _Attempt(reverser, seed, seeding, default, reverser.block(facts.core.function.body))

    kept_out = [*pair.callee.parameters.values(), *([] if facts.result is None else [facts.result])]
    made = _cheapest(attempt, kept_out)
    reverser, seed, seeding, pieces = made.reverser, made.seed, made.seeding, made.pieces
    names = reverser.names
    results = [_adjoint_of(reverser, name, pair.callee.parameters[name]) for name in pair.values]
    returns: list[gast.stmt] = []
    if results:
        returns = [b.return_(results[0] if len(results) == 1 else b.tuple_(results))]
    first: Piece = Step([], returns)
    parameters = {*pair.callee.parameters, *_shadow_names(pair)}
    sweeps = record([first, *pieces, Step([], seeding)], names, parameters, reverser.line)
    known = {*pair.callee.parameters, *_shadow_names(pair), *([seed] if seed is not None else [])}
    decisions = _decisions(reverser, sweeps, pairs, [])
    results_read = [] if result_name is None else [b.expr_stmt(b.name(result_name))]
    if pair.result == "memory":
        results_read.append(b.expr_stmt(b.name(reverser.adjoints.shadow(str(result_name)))))
    forward_code, reverse_code = simplify(
        [*sweeps.forward, *results_read], sweeps.reverse, facts, known, kept_out
    )
    sweeps = Sweeps(forward_code[: len(forward_code) - len(results_read)], reverse_code)
    bound = _bound(sweeps, pair)
    needed = sorted(bound & live_in(sweeps.reverse))
    decisions.remembered = tuple(needed)
    saved = names.fresh("saved")
    outputs: list[gast.expr] = []
    if pair.result != "none" or pair.callee.result is not None:
        outputs.append(b.name(result_name) if result_name is not None else b.constant(None))
    if pair.result == "memory":
        assert result_name is not None
        outputs.append(b.name(reverser.adjoints.shadow(result_name)))
    unbound = sorted(_maybe_unbound(sweeps.forward, needed, pair))
    start: list[gast.stmt] = [b.assign(name, b.constant(None)) for name in unbound]
    outputs.append(b.tuple_(needed))
    forward_args = parameters_of(facts, reverser, with_defaults=True)
    forward_args.kwonlyargs += [b.param(pair.shadow(parameter)) for parameter in pair.shadows]
    forward_args.kw_defaults += [None] * len(pair.shadows)
    forward = b.function_def(
        pair.forward, forward_args, [*start, *sweeps.forward, b.return_(b.tuple_(outputs))]
    )
    backward_args = b.arguments([saved, *([seed] if seed is not None else [])])
    unpack: list[gast.stmt] = []
    if len(needed) == 1 or needed:
        unpack = [b.assign(b.tuple_target(needed), b.name(saved))]
    body = [*unpack, *sweeps.reverse] or [b.pass_()]
    backward = b.function_def(pair.backward, backward_args, body)
    name_numpy([forward, backward], reverser)
    both = (pair.forward, pair.backward)
    return Definition([forward, backward], pair.callee, dict(reverser.globals), both, decisions)


@dataclass
class _Attempt:
    """A function as pieces."""

    reverser: Reverser
    seed: str | None
    seeding: list[gast.stmt]
    default: gast.expr | None
    pieces: list[Piece]


def _cheapest(attempt: Callable[[frozenset[Region]], _Attempt], kept_out: list[Value]) -> _Attempt:
    """The pieces, made again if putting back what is overwritten costs less than copying what is read."""
    made = attempt(frozenset())
    reverser = made.reverser
    restored = chosen(reverser.facts, reverser.writes, reverser.copies, kept_out)
    if not restored:
        return made
    again = attempt(restored)
    again.reverser.earlier = (
        made.pieces
    )  # facts are keyed by the identity of nodes, which must not come up again
    return again


def _decisions(
    reverser: Reverser, sweeps: Sweeps, pairs: PairCalls, value_kept: list[gast.stmt]
) -> Decisions:
    """What the passes decided; with a copy of the sweeps as they are now, if that is asked for."""
    made = reverser.decisions
    made.kept, made.controls = sweeps.kept, sweeps.controls
    made.bars, made.shadows = reverser.adjoints.named()
    if pairs.keep_stages:
        made.before = Stage(b.clone([*sweeps.forward, *value_kept]), b.clone(sweeps.reverse))
    return made


def name_numpy(functions: list[gast.FunctionDef], context: FunctionContext) -> None:
    """Passes write ``np__`` for NumPy; here it gets the name that it has in the user's module, or a free one."""
    found = [
        node
        for function in functions
        for node in b.walk(function)
        if isinstance(node, gast.Name) and node.id == "np__"
    ]
    if found:
        name = context.global_name("np", np)
        for node in found:
            node.id = name


def facts_of(specialization: Specialization) -> Facts:
    assert specialization.facts is not None
    return specialization.facts


def identifier(name: str) -> str:
    return name if name.isidentifier() else "function"


def result_name_of(facts: Facts) -> str | None:
    last = facts.core.function.body[-1] if facts.core.function.body else None
    if isinstance(last, gast.Return) and isinstance(last.value, gast.Name):
        return str(last.value.id)
    return None


def result_value_of(facts: Facts) -> Value | None:
    last = facts.core.function.body[-1]
    return (
        facts.values.get(id(last.value)) if isinstance(last, gast.Return) and last.value is not None else None
    )


def _seed(
    reverser: Reverser, result_name: str | None
) -> tuple[str | None, list[gast.stmt], gast.expr | None]:
    """The seed's parameter, the first statements of the reverse sweep, and the seed's default."""
    value = result_value_of(reverser.facts)
    if result_name is None or value is None or not carries_derivative(value):
        return (reverser.names.fresh("seed"), [], b.constant(1.0))
    if reverser.activity.shadowed(value):
        seed = reverser.names.fresh("seed")
        shadow = reverser.adjoints.shadow(result_name)
        if is_container(value.type):
            add: gast.stmt = b.expr_stmt(b.call(reverser.global_name("add_into", add_into), shadow, seed))
        else:
            add = b.aug_assign(shadow, "Add", seed)
        return seed, [add], None
    if is_container(value.type):
        raise Refused(reverser.facts.core.function, "its result")
    bar = reverser.adjoints.bar(result_name)
    reverser.adjoints.state[result_name] = Mark(owned=False)
    return bar, [], b.constant(1.0)


def _entry_copies(reverser: Reverser, entry: Specialization, *, copies: bool) -> list[gast.stmt]:
    """Arguments that are written are copied; arguments with adjoint memory get it."""
    made: list[gast.stmt] = []
    for name, value in entry.parameters.items():
        home = value.home
        if home is not None and home.written and copies:
            if isinstance(value.type, Array):
                made.append(b.assign(name, b.call("np__.array", name)))
            else:
                made.append(b.assign(name, b.call(reverser.global_name("copy_of", copy_of), name)))
        if has_memory(value):
            shadow = reverser.adjoints.shadow(name)
            if isinstance(value.type, Array):
                made.append(b.assign(shadow, b.call("np__.zeros_like", name)))
            else:
                made.append(b.assign(shadow, b.call(reverser.global_name("shadow_of", shadow_of), name)))
    return made


def _adjoint_of(reverser: Reverser, name: str, value: Value) -> gast.expr:
    """The adjoint of a parameter at the end of the reverse sweep."""
    if has_memory(value):
        return b.name(reverser.adjoints.shadow(name))
    if name in reverser.adjoints.state:
        return b.name(reverser.adjoints.bar(name))
    if not is_number(value.type):
        return b.call("np__.zeros_like", name)
    return b.constant(0.0)


def parameters_of(facts: Facts, context: FunctionContext, *, with_defaults: bool) -> gast.arguments:
    """The parameters of the user's function; defaults are the very objects that Python evaluated."""
    original = facts.core.function.args
    names = [arg.id for arg in (*original.posonlyargs, *original.args)]
    keyword_only = [arg.id for arg in original.kwonlyargs]
    if original.vararg is not None or original.kwarg is not None:
        raise Refused(facts.core.function, "*args or **kwargs")
    function = facts.source.function
    if not with_defaults:
        given = dict(zip(reversed(names), reversed(function.__defaults__ or ()), strict=False))
        given |= function.__kwdefaults__ or {}
        every = [*names, *keyword_only]
        trailing = list(itertools.takewhile(given.__contains__, reversed(every)))[::-1]
        return b.arguments(every, [_default(context, name, given[name]) for name in trailing])
    if isinstance(facts.source, LiftedSource):
        tree = facts.source.tree.args
        return b.arguments(
            names,
            b.clone(tree.defaults),
            kwonlyargs=keyword_only,
            kw_defaults=b.clone(tree.kw_defaults),
        )
    values = dict(zip(reversed(names), reversed(function.__defaults__ or ()), strict=False))
    values |= function.__kwdefaults__ or {}
    spelled = {name: _default(context, name, value) for name, value in values.items()}
    return b.arguments(
        names,
        [spelled[name] for name in names if name in spelled],
        kwonlyargs=keyword_only,
        kw_defaults=[spelled.get(name) for name in keyword_only],
    )


def _default(context: FunctionContext, name: str, value: Any) -> gast.expr:
    if value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and value == value):
        return b.constant(value)
    return b.name(context.global_name(f"{name}_default", value))


def _shadow_names(pair: Pair) -> set[str]:
    return {pair.shadow(parameter) for parameter in pair.shadows}


def _stored(statements: list[gast.stmt]) -> list[str]:
    return [
        node.id
        for statement in statements
        for node in b.walk(statement)
        if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del))
    ]


def _bound(sweeps: Sweeps, pair: Pair) -> set[str]:
    return {*_stored(sweeps.forward), *pair.callee.parameters, *_shadow_names(pair)}


def _maybe_unbound(forward: list[gast.stmt], needed: list[str], pair: Pair) -> set[str]:
    """Names that may be without a value when the forward function ends."""
    surely = {*pair.callee.parameters, *_shadow_names(pair)}
    for statement in forward:
        if isinstance(statement, (gast.Assign, gast.AugAssign)):
            surely.update(_stored([statement]))
    return set(needed) - surely
