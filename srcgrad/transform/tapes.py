"""Values that only go to a tape and come back from it do without a name.

Before::

    x_old = x[i]                          x_old = x_old_tape.pop()
    x[i] = t                              x[i] = x_old
    x_old_tape.append(x_old)

After::

    x_old_tape.append(x[i])               x[i] = x_old_tape.pop()
    x[i] = t
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import gast

from srcgrad.transform import builders as b

__all__ = ["without_names"]


def without_names(forward: list[gast.stmt], reverse: list[gast.stmt], live: frozenset[str]) -> None:
    """Put values on tapes, and use them from there, without names in between; changes both sweeps.

    ``live`` are the names that the reverse sweep reads as the forward sweep left them.
    """
    once = _used_once(forward) - live
    for block in _blocks(forward):
        _push(block, once)
    once = _used_once(reverse)
    for block in _blocks(reverse):
        _pop(block, once)


def _used_once(statements: list[gast.stmt]) -> set[str]:
    """Names that are bound at one place and read at one."""
    stored: Counter[str] = Counter()
    read: Counter[str] = Counter()
    for statement in statements:
        for node in b.walk(statement):
            if isinstance(node, gast.Name):
                (read if isinstance(node.ctx, gast.Load) else stored)[node.id] += 1
    return {name for name, count in stored.items() if count == 1 and read[name] == 1}


def _blocks(statements: list[gast.stmt]) -> Iterator[list[gast.stmt]]:
    yield statements
    for statement in statements:
        for part in ("body", "orelse"):
            inner = getattr(statement, part, None)
            if isinstance(inner, list) and inner and isinstance(inner[0], gast.stmt):
                yield from _blocks(inner)


def _push(block: list[gast.stmt], once: set[str]) -> None:
    """``name = value`` ... ``tape.append(name)`` as ``tape.append(value)``, at the place of the first."""
    appends: dict[str, gast.Expr] = {}
    for statement in block:
        match statement:
            case gast.Expr(
                value=gast.Call(
                    func=gast.Attribute(value=gast.Name(id=tape), attr="append"), args=[gast.Name(id=name)]
                )
            ) if "_tape" in tape and name in once:
                appends[name] = statement
    moved: set[int] = set()
    for k, statement in enumerate(block):
        if id(statement) in moved:
            continue
        match statement:
            case gast.Assign(targets=[gast.Name(id=name)], value=value) if name in appends:
                block[k] = appends.pop(name)
                block[k].value.args = [value]
                moved.add(id(block[k]))
    seen: set[int] = set()
    kept: list[gast.stmt] = []
    for statement in block:
        if id(statement) not in moved or id(statement) not in seen:
            kept.append(statement)
        seen.add(id(statement))
    block[:] = kept


def _pop(block: list[gast.stmt], once: set[str]) -> None:
    """``name = tape.pop()``, ``place = name`` as ``place = tape.pop()``."""
    popped: dict[str, tuple[gast.stmt, gast.expr]] = {}
    gone: set[int] = set()
    for statement in block:
        match statement:
            case gast.Assign(
                targets=[gast.Name(id=name)],
                value=gast.Call(func=gast.Attribute(value=gast.Name(id=tape), attr="pop"), args=[]) as call,
            ) if "_tape" in tape and name in once:
                popped[name] = statement, call
            case gast.Assign(value=gast.Name(id=name)) if name in popped:
                statement.value = popped[name][1]
                gone.add(id(popped.pop(name)[0]))
    block[:] = [statement for statement in block if id(statement) not in gone]
