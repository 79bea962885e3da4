"""Which arrays the reverse sweep puts back as they were, write by write, so that adjoints can read them in place.

An adjoint may need numbers of an array that is written later. Either what is read is copied at each reading, or what is
overwritten is kept at each write, and put back in the reverse sweep before the adjoint of that write runs::

    for i in range(n):                         for i in reversed(range(n)):
        x_old_tape.append(x[i])                    x[i] = x_old_tape.pop()
        x[i] = (b[i] - low[i, :i] @ x[:i])         low_bar[i, :i] -= t_bar * x[:i]

The cheaper way is chosen for each region of memory by the number of elements kept, counted by axes and loops.
"""

from __future__ import annotations

from collections import Counter

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.facts import Facts
from srcgrad.transform.signature import leaves
from srcgrad.transform.types import Array, Dim, Region, Type, Value, is_number
from srcgrad.transform.writes import Writes

__all__ = ["chosen", "elements", "written_place"]

#: What an axis, or a loop around, is taken to multiply the work by.
_LENGTH = 32


def elements(type_: Type, loops: int) -> int:
    """A guess at the number of elements that a value of a type comes to, in so many loops."""
    axes = 0
    if isinstance(type_, Array):
        axes = 2 if type_.shape is None else sum(dim != Dim(None, 1) for dim in type_.shape)
    return int(_LENGTH ** (axes + loops))


def written_place(node: gast.stmt, facts: Facts) -> tuple[gast.expr, Type] | None:
    """The array that an assignment writes into (or the part of it), and the type of that part."""
    target = node.target if isinstance(node, gast.AugAssign) else None
    if isinstance(node, gast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    if isinstance(target, gast.Name) and isinstance(node, gast.AugAssign):
        type_ = facts.value(target).type
        return (target, type_) if isinstance(type_, Array) else None
    if not isinstance(target, gast.Subscript) or not isinstance(target.value, gast.Name):
        return None
    if not isinstance(facts.value(target.value).type, Array):
        return None
    place = facts.places.get(id(target))
    if place is None:
        place = facts.value(target).type
    return (target, place) if isinstance(place, Array) or is_number(place) else None


def chosen(facts: Facts, writes: Writes, copies: Counter[Region], kept_out: list[Value]) -> frozenset[Region]:
    """The regions of which writes are taken back.

    Parameters
    ----------
    copies
        How many elements are copied, by region, if none is.
    kept_out
        Values whose memory must stay as it is: others see it.
    """
    outside = {part.home for value in kept_out for part in leaves(value)}
    made: set[Region] = set()
    for region, count in copies.items():
        if region in outside or region.volatile or region.external:
            continue
        cost = 0
        for statement in writes.by.get(region, ()):
            place = written_place(statement, facts)
            if place is None or not _repeatable(place[0], facts) or _calls(statement, facts):
                break
            cost += elements(place[1], len(writes.positions[id(statement)].loops))
        else:
            if 2 * cost <= count:
                made.add(region)
    return frozenset(made)


def _repeatable(target: gast.expr, facts: Facts) -> bool:
    """True if a place can be named again: its index is made of names and literals, numbers and slices."""
    index = target.slice if isinstance(target, gast.Subscript) else None
    for node in b.walk(index) if index is not None else ():
        if isinstance(node, gast.expr) and not isinstance(
            node, (gast.Constant, gast.Name, gast.Slice, gast.Tuple, gast.UnaryOp, gast.BinOp)
        ):
            return False
        if isinstance(node, gast.Name) and not is_number(facts.value(node).type):
            return False
    return True


def _calls(statement: gast.stmt, facts: Facts) -> bool:
    """True if a statement calls anything that is not of the table of rules: it may write as well."""
    return any(isinstance(node, gast.Call) and id(node) not in facts.calls for node in b.walk(statement))
