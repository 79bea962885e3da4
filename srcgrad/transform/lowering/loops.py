"""``for`` over anything as ``for`` over a ``range``.

The reverse sweep walks a loop backwards, so a loop that carries derivatives counts:

=================================  ===========================================================
``for x in xs:``                   ``for k in range(len(xs)): x = xs[k]``
``for i, x in enumerate(xs):``     ``for i in range(len(xs)): x = xs[i]``
``for x, y in zip(xs, ys):``       ``for k in range(min(len(xs), len(ys))): x = xs[k]``, ``y = ys[k]``
``for x in reversed(xs):``         ``for k in range(len(xs) - 1, -1, -1): x = xs[k]``
``for k, v in d.items():``         ``keys = list(d)``, ``for j in range(len(keys)):`` ...
``for n in itertools.count(a):``   ``k = a``, ``while True: n = k``, ``k = k + 1``
``for x in L:``, L grows in it     ``k = 0``, ``while k < len(L): x = L[k]``, ``k += 1``
``for x in generator(n):``         ``it = iter(generator(n))``, ``while True: item = next(it, end)`` ...
``for y in (x * x for x in xs):``  ``for x in xs: y = x * x``
=================================  ===========================================================

A loop variable that the body rebinds gets a counter of its own.
"""

from __future__ import annotations

import itertools

import gast

from srcgrad.runtime.checkpointing import checkpoint
from srcgrad.transform import builders as b
from srcgrad.transform.lowering import comprehensions
from srcgrad.transform.lowering.items import (
    DictItems,
    Items,
    Numbers,
    Zipped,
    is_iterator,
    is_starred,
    items_of,
    only_argument,
    steady,
)
from srcgrad.transform.lowering.kinds import Kind
from srcgrad.transform.lowering.methods import RESIZING_METHODS
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.scopes import bindings, own_nodes, root
from srcgrad.transform.refused import Refused


def is_core(loop: gast.For, program: Program) -> bool:
    """Whether a loop already counts: over a ``range``, its variable a name that the body leaves alone."""
    trips = loop.iter
    if isinstance(trips, gast.Call) and program.callees.resolve(trips.func) is checkpoint and trips.args:
        trips = trips.args[0]
    return (
        isinstance(loop.target, gast.Name)
        and isinstance(trips, gast.Call)
        and program.callees.is_builtin(trips.func, "range")
        and not trips.keywords
        and not any(map(is_starred, trips.args))
        and loop.target.id not in bindings(loop.body)
    )


def counted(loop: gast.For, program: Program) -> list[gast.stmt]:
    """Any other ``for`` as one that counts, or as a ``while``."""
    iterable = loop.iter
    carries = program.taint.carries(iterable)
    if comprehensions.is_lazy(iterable, program):
        iterable = comprehensions.as_generator(iterable, program)
    if isinstance(iterable, gast.GeneratorExp) and carries:
        return b.located(_over_generator(loop, iterable, program), loop)
    if isinstance(iterable, gast.Call) and program.callees.resolve(iterable.func) is itertools.count:
        return b.located(_endless(loop, iterable, program), loop)
    if _is_resized(iterable, loop.body, program):
        return b.located(_growing(loop, program), loop)
    if is_iterator(iterable, program) and not carries:
        return b.located(_stepping(loop, program), loop)
    return b.located(_counting(loop, program), loop)


def _counting(loop: gast.For, program: Program) -> list[gast.stmt]:
    backwards = only_argument(loop.iter, "reversed", program)
    items = items_of(loop.iter if backwards is None else backwards, loop, program)
    if items.length is None:
        raise Refused(loop, "a loop over an iterator without end")
    counter = _counter(items, loop, program)
    if backwards is None:
        numbers = program.call_builtin("range", items.length)
    else:
        numbers = program.call_builtin(
            "range", b.binary(items.length, "Sub", 1), b.constant(-1), b.constant(-1)
        )
    bound = _bound(loop.target, items.at(b.name(counter)))
    if isinstance(items, DictItems) and items.pairs:
        bound = _key_first(bound, items)
    return [*items.before, b.for_(counter, numbers, [*bound, *loop.body])]


def _counter(items: Items, loop: gast.For, program: Program) -> str:
    """The loop variable that is the index already, if nothing else binds it; else a fresh name."""
    pairs = [(loop.target, items)]
    if isinstance(items, Zipped) and isinstance(loop.target, gast.Tuple):
        pairs = list(zip(loop.target.elts, items.parts, strict=False))
    for target, part in pairs:
        is_index = isinstance(part, Numbers) and part.start is None and isinstance(target, gast.Name)
        if is_index and bindings([loop.target, *loop.body])[target.id] == 1:
            return str(target.id)
    return program.temp("k")


def _bound(target: gast.expr, value: gast.expr) -> list[gast.stmt]:
    """``target = value``, one statement a name where a tuple meets a tuple."""
    if isinstance(target, gast.Name) and isinstance(value, gast.Name) and target.id == value.id:
        return []
    pairs = _pairs(target, value)
    if pairs is None:
        return [b.assign(target, value)]
    # One after another, since the parts of ``value`` read no target: only the counter, and what `items_of`
    # has put in names of its own or found that the loop does not bind.
    return [stmt for element, part in pairs for stmt in _bound(element, part)]


def _key_first(bound: list[gast.stmt], items: DictItems) -> list[gast.stmt]:
    """``k = keys[i]``, ``v = d[keys[i]]`` with ``v = d[k]``."""
    if len(bound) < 2 or not isinstance(bound[0].targets[0], gast.Name):
        return bound
    key, value, *rest = bound
    return [key, b.assign(value.targets[0], b.subscript(items.mapping, b.name(key.targets[0].id))), *rest]


def _pairs(target: gast.expr, value: gast.expr) -> list[tuple[gast.expr, gast.expr]] | None:
    if not isinstance(target, (gast.Tuple, gast.List)) or not isinstance(value, gast.Tuple):
        return None
    if len(target.elts) != len(value.elts) or any(map(is_starred, target.elts)):
        return None
    return list(zip(target.elts, value.elts, strict=True))


def _is_resized(node: gast.expr, body: list[gast.stmt], program: Program) -> bool:
    """Whether the loop changes the length of the list that it goes through."""
    return isinstance(node, gast.Name) and any(_resizes(child, node, program) for child in own_nodes(body))


def _resizes(node: gast.AST, items: gast.Name, program: Program) -> bool:
    if isinstance(node, gast.Call):
        if isinstance(node.func, gast.Attribute) and node.func.attr in RESIZING_METHODS:
            return root(node.func.value) == items.id and isinstance(node.func.value, gast.Name)
        is_given = any(isinstance(arg, gast.Name) and arg.id == items.id for arg in node.args)
        return is_given and program.callees.effect(node).writes == "all" and _may_be_list(items, program)
    if isinstance(node, gast.Delete):
        return any(isinstance(target, gast.Subscript) and root(target) == items.id for target in node.targets)
    is_extended = isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name)
    return is_extended and node.target.id == items.id and program.callees.kinds.of(items) is Kind.LIST


def _may_be_list(node: gast.Name, program: Program) -> bool:
    return program.callees.kinds.of(node) in (Kind.LIST, Kind.UNKNOWN)


def _growing(loop: gast.For, program: Program) -> list[gast.stmt]:
    """The loop as a list iterator runs it: until the index has passed the length of the moment."""
    items = program.temp("items", loop.iter)
    counter = program.temp("k")
    item = b.assign(loop.target, b.subscript(items, b.name(counter)))
    test = b.compare(counter, "Lt", program.call_builtin("len", items))
    loop_body = [item, b.aug_assign(counter, "Add", 1), *loop.body]
    return [b.assign(items, loop.iter), b.assign(counter, 0), b.while_(test, loop_body)]


def _endless(loop: gast.For, node: gast.Call, program: Program) -> list[gast.stmt]:
    given = {"start": b.constant(0), "step": b.constant(1)}
    given.update(zip(given, node.args, strict=False))
    given.update((keyword.arg, keyword.value) for keyword in node.keywords)
    counter = program.temp("k", given["start"])
    step, before = steady(given["step"], "step", program)
    advance = b.assign(counter, b.binary(counter, "Add", step))
    body = [b.assign(loop.target, b.name(counter)), advance, *loop.body]
    return [b.assign(counter, given["start"]), *before, b.while_(True, body)]


def _stepping(loop: gast.For, program: Program) -> list[gast.stmt]:
    """The loop as Python runs it, item by item."""
    iterator, end, item = program.temp("iterator"), program.temp("end"), program.temp("item")
    body = [
        b.assign(item, program.call_builtin("next", iterator, end)),
        b.if_(b.compare(item, "Is", end), [b.break_()]),
        b.assign(loop.target, b.name(item)),
        *loop.body,
    ]
    return [
        b.assign(iterator, program.call_builtin("iter", loop.iter)),
        b.assign(end, program.call_builtin("object")),
        b.while_(True, body),
    ]


def _over_generator(loop: gast.For, generator: gast.GeneratorExp, program: Program) -> list[gast.stmt]:
    """``for y in (f(x) for x in xs if c): body`` without the generator."""
    if len(generator.generators) > 1:
        raise Refused(loop, "a loop over a nested generator expression that carries derivatives")
    generator = comprehensions.with_own_variables(generator, program)
    (inner,) = generator.generators
    body = [b.assign(loop.target, generator.elt), *loop.body]
    if inner.ifs:
        body = [b.if_(b.boolean("And", inner.ifs), body)]
    return [b.for_(inner.target, inner.iter, body)]
