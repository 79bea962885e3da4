"""The ``else`` clause of a loop as a flag.

======================  ==================================
``while c:``            ``broken = False``
``    if d: break``     ``while c:``
``else: B``             ``    if d: broken = True; break``
``                  ``  ``if not broken: B``
======================  ==================================

A loop that nothing breaks off is followed by its ``else`` block.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.trees import shallow


def with_flag_for_else(loop: Any, program: Program) -> list[gast.stmt]:
    """``while c: A else: B`` as a loop that notes whether it was broken off, and an ``if``."""
    new = shallow(loop)
    new.orelse = []
    if not breaks(loop.body):
        return [new, *loop.orelse]
    flag = program.temp("broken")
    new.body = _flagging(loop.body, flag)
    start = b.located(b.assign(flag, False), loop)
    return [start, new, b.located(b.if_(b.unary("Not", b.name(flag)), loop.orelse), loop.orelse[0])]


def breaks(body: list[gast.stmt]) -> bool:
    """Whether a block breaks off the loop that it is the body of."""
    return any(
        isinstance(stmt, gast.Break)
        or (not isinstance(stmt, _SCOPES) and any(breaks(block) for block in _inner_blocks(stmt)))
        or (isinstance(stmt, _LOOPS) and breaks(stmt.orelse))
        for stmt in body
    )


_LOOPS = (gast.For, gast.While, gast.AsyncFor)
_SCOPES = (*_LOOPS, gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)
_BLOCKS = ("body", "orelse", "finalbody")


def _inner_blocks(stmt: gast.stmt) -> list[list[gast.stmt]]:
    parts = [stmt, *getattr(stmt, "handlers", []), *getattr(stmt, "cases", [])]
    return [getattr(part, field) for part in parts for field in _BLOCKS if getattr(part, field, None)]


def _flagging(body: list[gast.stmt], flag: str) -> list[gast.stmt]:
    """The block with ``flag = True`` before every ``break`` of its loop."""
    result: list[gast.stmt] = []
    for stmt in body:
        if isinstance(stmt, gast.Break):
            result.append(b.located(b.assign(flag, True), stmt))
        result.append(_flagging_inside(stmt, flag))
    return result


def _flagging_inside(node: Any, flag: str) -> Any:
    if isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
        return node
    fields = ("orelse",) if isinstance(node, _LOOPS) else _BLOCKS
    new = shallow(node)
    for name in fields:
        if getattr(node, name, None):
            setattr(new, name, _flagging(getattr(node, name), flag))
    for name in ("handlers", "cases"):
        if hasattr(node, name):
            setattr(new, name, [_flagging_inside(part, flag) for part in getattr(node, name)])
    return new
