"""Loops of a few rounds are written out, so that every round has places and lists of its own.

Before, with ``layers`` of two rows::

    for i in range(layers.shape[0]):
        x_tape.append(x)
        x = x * layers[i]
    for i in reversed(range(layers.shape[0])):
        x = x_tape.pop()

After::

    x_tape_0.append(x)
    x = x * layers[0]
    x_tape_1.append(x)
    x = x * layers[1]
    x = x_tape_1.pop()
    x = x_tape_0.pop()
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from srcgrad.transform import builders as b
from srcgrad.transform.loops.values import known_length
from srcgrad.transform.names import Names, bound_and_read

_MOST_ROUNDS, _MOST_STATEMENTS = 4, 300


@dataclass
class _Loop:
    node: gast.For
    values: list[int]
    around: tuple[int, ...]
    appends: Counter[str] = field(default_factory=Counter)
    pops: Counter[str] = field(default_factory=Counter)


def unrolled(function: gast.FunctionDef, arguments: Sequence[Any]) -> gast.FunctionDef:
    """The function with short loops written out, as far as their ends are known from the lengths of the arguments."""
    made = b.clone(function)
    known = _known(made, arguments)
    names = Names(bound_and_read(made))
    while _unroll_outermost(made, known, names):
        pass
    return made


def _known(function: gast.FunctionDef, arguments: Sequence[Any]) -> dict[str, Any]:
    """Lengths of arguments that code is made for, and variables that hold only these."""
    stores = Counter(
        n.id for n in b.walk(function.body) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)
    )
    found: dict[str, Any] = {}
    for parameter, value in zip(function.args.args, arguments, strict=True):
        if isinstance(value, np.ndarray) and not stores[parameter.id]:
            for k, n in enumerate(value.shape):
                if known_length(n, k, value.ndim):
                    found[f"{parameter.id}.shape[{k}]"] = n
    for statement in function.body:
        match statement:
            case gast.Assign(targets=[gast.Name(id=name)], value=value) if stores[name] == 1:
                number = _evaluated(value, found)
                if number is not None:
                    found[name] = number
            case gast.Assign(
                targets=[gast.Tuple(elts=targets)],
                value=gast.Attribute(value=gast.Name(id=owner), attr="shape"),
            ):
                for k, target in enumerate(targets):
                    if isinstance(target, gast.Name) and stores[target.id] == 1:
                        length = found.get(f"{owner}.shape[{k}]")
                        if length is not None:
                            found[target.id] = length
    return found


def _evaluated(node: gast.expr, known: Mapping[str, int]) -> int | None:
    match node:
        case gast.Constant(value=value) if type(value) is int:
            return int(value)
        case gast.Name(id=name):
            return known.get(name)
        case gast.Subscript(
            value=gast.Attribute(value=gast.Name(id=owner), attr="shape"),
            slice=gast.Constant(value=int(axis)),
        ):
            return known.get(f"{owner}.shape[{axis}]")
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            inner = _evaluated(operand, known)
            return None if inner is None else -inner
        case gast.BinOp(left=left, op=gast.Add() | gast.Sub() | gast.Mult() as op, right=right):
            one, other = _evaluated(left, known), _evaluated(right, known)
            if one is None or other is None:
                return None
            return (
                one + other
                if isinstance(op, gast.Add)
                else one - other
                if isinstance(op, gast.Sub)
                else one * other
            )
    return None


def _rounds(node: gast.For, known: Mapping[str, int]) -> list[int] | None:
    """The counter's values, first to last."""
    iterable, backwards = node.iter, False
    if isinstance(iterable, gast.Call) and getattr(iterable.func, "id", "") == "reversed" and iterable.args:
        iterable, backwards = iterable.args[0], True
    if not (isinstance(iterable, gast.Call) and getattr(iterable.func, "id", "") == "range"):
        return None
    ends = [_evaluated(end, known) for end in iterable.args]
    if not isinstance(node.target, gast.Name) or any(end is None for end in ends) or ends[2:] == [0]:
        return None
    values = range(*ends)  # type: ignore[arg-type]
    if not 1 <= len(values) <= _MOST_ROUNDS:
        return None
    return list(reversed(values)) if backwards else list(values)


def _unroll_outermost(function: gast.FunctionDef, known: Mapping[str, int], names: Names) -> bool:
    loops: list[_Loop] = []
    appends, pops = Counter[str](), Counter[str]()
    _collect(function.body, (), None, known, loops, appends, pops)
    chosen = {id(loop.node): loop for loop in loops if _plain(loop.node)}
    while True:  # a list must be filled and emptied by loops of as many rounds
        fillers = {name: loop for loop in chosen.values() for name in loop.appends}
        emptiers = {name: loop for loop in chosen.values() for name in loop.pops}
        wrong = {
            id(loop.node)
            for loop in chosen.values()
            for name in (*loop.appends, *loop.pops)
            if name not in fillers
            or name not in emptiers
            or appends[name] != 1
            or pops[name] != 1
            or len(fillers[name].values) != len(emptiers[name].values)
            or len(fillers[name].around) != len(emptiers[name].around)
        }
        if not wrong:
            break
        for key in wrong:
            del chosen[key]
    if not chosen:
        return False
    lists: dict[str, list[str]] = {}
    for loop in chosen.values():
        for name in loop.appends:
            lists[name] = [names.fresh(f"{name}_{k}") for k in range(len(loop.values))]
    function.body = _replaced(function.body, chosen, lists)
    return True


def _collect(
    block: list[gast.stmt],
    around: tuple[int, ...],
    inside: _Loop | None,
    known: Mapping[str, int],
    loops: list[_Loop],
    appends: Counter[str],
    pops: Counter[str],
) -> None:
    for statement in block:
        bodies = [getattr(statement, part, None) or [] for part in ("body", "orelse")]
        own = inside
        if isinstance(statement, gast.For) and inside is None:
            values = _rounds(statement, known)
            if values is not None:
                own = _Loop(statement, values, around)
                loops.append(own)
        if not any(bodies):
            for node in b.walk(statement):
                match node:
                    case gast.Call(
                        func=gast.Attribute(value=gast.Name(id=name), attr="append" | "pop" as way)
                    ):
                        (appends if way == "append" else pops)[name] += 1
                        if own is not None:
                            (own.appends if way == "append" else own.pops)[name] += 1
        for body in bodies:
            _collect(body, (*around, id(statement)), own, known, loops, appends, pops)


def _plain(loop: gast.For) -> bool:
    """True for a loop that runs to its end, is not too long and leaves its counter alone."""
    assert isinstance(loop.target, gast.Name)
    count = 0
    for node in b.walk(loop.body):
        count += isinstance(node, gast.stmt)
        if isinstance(node, (gast.Break, gast.Continue)):
            return False
        if isinstance(node, gast.Name) and node.id == loop.target.id and not isinstance(node.ctx, gast.Load):
            return False
    return count * _MOST_ROUNDS <= _MOST_STATEMENTS and not loop.orelse


def _replaced(
    block: list[gast.stmt], chosen: Mapping[int, _Loop], lists: Mapping[str, list[str]]
) -> list[gast.stmt]:
    made: list[gast.stmt] = []
    for statement in block:
        match statement:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.List(elts=[])) if name in lists:
                made.extend(
                    b.located(b.assign(own, gast.List([], gast.Load())), statement) for own in lists[name]
                )
                continue
        loop = chosen.get(id(statement))
        if loop is None:
            for part in ("body", "orelse"):
                inner = getattr(statement, part, None)
                if isinstance(inner, list) and inner:
                    setattr(statement, part, _replaced(inner, chosen, lists))
            made.append(statement)
            continue
        assert isinstance(loop.node.target, gast.Name)
        counter = loop.node.target.id
        for position, value in enumerate(loop.values):
            body = b.clone(loop.node.body)
            made.extend(_Round(counter, value, position, len(loop.values), lists).visit(s) for s in body)
        made.append(b.located(b.assign(counter, b.constant(loop.values[-1])), statement))
    return made


class _Round(gast.NodeTransformer):  # type: ignore[misc]
    """One round: the counter is a number, and lists are those of the round."""

    def __init__(
        self, counter: str, value: int, position: int, count: int, lists: Mapping[str, list[str]]
    ) -> None:
        self.counter, self.value, self.lists = counter, value, lists
        self.position, self.count = position, count

    def visit_Call(self, node: gast.Call) -> gast.Call:
        match node:
            case gast.Call(
                func=gast.Attribute(value=gast.Name(id=name) as owner, attr="append" | "pop" as way)
            ):
                if name in self.lists:
                    k = self.position if way == "append" else self.count - 1 - self.position
                    owner.id = self.lists[name][k]
        self.generic_visit(node)
        return node

    def visit_Name(self, node: gast.Name) -> gast.expr:
        if node.id == self.counter and isinstance(node.ctx, gast.Load):
            return b.constant(self.value)
        return node
