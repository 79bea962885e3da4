"""Exits from a ``try`` that guards nothing with derivatives.

What the ``try`` decides is noted inside, the exit happens behind::

    try:                          attempt = 0
        n = int(mode)             try:
    except ValueError:                n = int(mode)
        return x * 2.0            except ValueError:
                                      attempt = 1
                                  if attempt == 1:
                                      return x * 2.0

The exit must be the last statement of a branch. In the part that is guarded its value must be a name or
a constant, since computing it behind would leave its exceptions unguarded.
"""

from __future__ import annotations

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.scopes import all_nodes, bindings, exits
from srcgrad.transform.lowering.trees import shallow
from srcgrad.transform.refused import Refused

_EXITS = (gast.Return, gast.Break, gast.Continue)


def with_exits_behind(stmt: gast.Try, program: Program) -> list[gast.stmt]:
    """The ``try`` without exits, and the exits behind it."""
    attempt = program.temp("attempt")
    moved: list[gast.stmt] = []

    def noted(block: list[gast.stmt]) -> list[gast.stmt]:
        if not block or not isinstance(block[-1], _EXITS):
            return block
        *rest, last = block
        moved.append(last)
        return [*rest, b.located(b.assign(attempt, len(moved)), last)]

    new = shallow(stmt)
    new.orelse = noted(stmt.orelse)
    if isinstance(stmt.body[-1], _EXITS) and _is_steady_exit(stmt.body[-1]):
        new.body, new.orelse = noted(stmt.body), []
    new.handlers = [shallow(handler) for handler in stmt.handlers]
    for handler in new.handlers:
        is_read = handler.name is not None and _reads(handler.body[-1], handler.name.id)
        handler.body = handler.body if is_read else noted(handler.body)
    final = bindings(stmt.finalbody)
    rebinds = any(_reads(exit_, name) for exit_ in moved for name in final)
    if rebinds or any(True for _ in exits(new)) or not program.taint.is_opaque(new):
        raise Refused(stmt, "code that carries derivatives, or an exit, inside try")
    chain: list[gast.stmt] = []
    for number, exit_ in reversed(list(enumerate(moved, start=1))):
        chain = [b.located(b.if_(b.compare(attempt, "Eq", number), [exit_], chain), exit_)]
    return [b.located(b.assign(attempt, 0), stmt), new, *chain]


def _is_steady_exit(stmt: gast.stmt) -> bool:
    value = stmt.value if isinstance(stmt, gast.Return) else None
    return value is None or isinstance(value, (gast.Name, gast.Constant))


def _reads(node: gast.AST, name: str) -> bool:
    return any(isinstance(child, gast.Name) and child.id == name for child in all_nodes(node))
