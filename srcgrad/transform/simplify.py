"""The last pass: what neither the reverse sweep nor the result needs is left out.

Before::

    y = np.sum(w * x)
    # reverse sweep
    t_bar = y_bar
    x_bar = t_bar * w

After (when the value is not asked for)::

    # reverse sweep
    x_bar = y_bar * w
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.dead_writes import without_dead_writes
from srcgrad.transform.facts import Facts, RuleCall
from srcgrad.transform.tapes import without_names
from srcgrad.transform.types import Value


def simplify(
    forward: list[gast.stmt],
    reverse: list[gast.stmt],
    facts: Facts,
    parameters: set[str],
    outside: Iterable[Value] = (),
) -> tuple[list[gast.stmt], list[gast.stmt]]:
    """Drop dead code of the forward sweep, and copies and repeated comments of the reverse sweep.

    ``outside`` are values whose memory others see.
    """
    reverse = _without_copies(forward, reverse, parameters)
    _drop_repeated_comments(reverse)
    live = live_in(reverse)
    sweeper = _Sweeper(facts)
    forward = without_dead_writes(forward, reverse, facts, outside, sweeper.pure)
    forward = sweeper.block(forward, set(live))[0]
    without_names(forward, reverse, live)
    return forward, reverse


# --- the reverse sweep -------------------------------------------------------------------------


def _without_copies(
    forward: list[gast.stmt], reverse: list[gast.stmt], parameters: set[str]
) -> list[gast.stmt]:
    """Replace ``a`` by ``b`` after ``a = b``, where both are bound only once."""
    bound: Counter[str] = Counter(parameters)
    for statement in (*forward, *reverse):
        for node in b.walk(statement):
            if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
                bound[node.id] += 1
    table: dict[str, str] = {}

    def prune(statements: list[gast.stmt]) -> list[gast.stmt]:
        kept: list[gast.stmt] = []
        for statement in statements:
            if isinstance(statement, gast.Assign) and isinstance(statement.value, gast.Name):
                (target,) = statement.targets
                if isinstance(target, gast.Name) and bound[target.id] == 1 and bound[statement.value.id] == 1:
                    table[target.id] = table.get(statement.value.id, statement.value.id)
                    continue
            for part in ("body", "orelse"):
                if isinstance(statement, (gast.If, gast.For, gast.While, gast.With)) and getattr(
                    statement, part, None
                ):
                    setattr(statement, part, prune(getattr(statement, part)) or [b.pass_()])
            kept.append(statement)
        return kept

    pruned = prune(reverse)
    if table:
        for statement in pruned:
            for node in b.walk(statement):
                if isinstance(node, gast.Name) and node.id in table:
                    node.id = table[node.id]
    return pruned


def _drop_repeated_comments(statements: list[gast.stmt]) -> None:
    """Keep the first of several comments in a row that name the same line, and none without a statement."""
    last = ""
    kept: list[gast.stmt] = []
    for k, statement in enumerate(statements):
        if b.is_comment(statement):
            alone = k + 1 == len(statements) or b.is_comment(statements[k + 1])
            if statement.value.value == last or alone:
                continue
            last = statement.value.value
        for part in ("body", "orelse"):
            inner = getattr(statement, part, None)
            if isinstance(inner, list):
                _drop_repeated_comments(inner)
        kept.append(statement)
    statements[:] = kept


def live_in(statements: list[gast.stmt], live: frozenset[str] = frozenset()) -> frozenset[str]:
    """Names whose values statements read before they bind them."""
    for statement in reversed(statements):
        match statement:
            case gast.Assign(targets=[target], value=value):
                bound = {
                    n.id for n in b.walk(target) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
                }
                read = {
                    n.id for n in b.walk(target) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load)
                }
                live = (live - bound) | read | set(b.names_in(value))
            case gast.For(target=target, iter=iterable, body=body):
                around = live | live_in(body, live)
                inside = live_in(body, around) - set(b.names_in(target))
                live = live | inside | set(b.names_in(iterable))
            case gast.While(test=test, body=body):
                read = set(b.names_in(test))
                around = live | read | live_in(body, live | read)
                live = live | read | live_in(body, around)
            case gast.If(test=test, body=body, orelse=orelse):
                live = live_in(body, live) | live_in(orelse, live) | set(b.names_in(test))
            case gast.With(items=items, body=body):
                live = live_in(body, live) | {name for item in items for name in b.names_in(item)}
            case _:
                live = live | set(b.names_in(statement))
    return live


# --- the forward sweep -------------------------------------------------------------------------


class _Sweeper:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def block(self, statements: list[gast.stmt], live: set[str]) -> tuple[list[gast.stmt], set[str]]:
        kept: list[gast.stmt] = []
        for statement in reversed(statements):
            if self.removable(statement, live):
                continue
            if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name):
                live = live - {statement.targets[0].id}
            live = live | set(b.names_in(statement))
            kept.append(statement)
        kept.reverse()
        return kept, live

    def removable(self, statement: gast.stmt, live: set[str]) -> bool:
        """True for a binding of dead names to something without effects."""
        if isinstance(statement, gast.FunctionDef):
            return statement.name not in live
        if not isinstance(statement, gast.Assign):
            return False
        (target,) = statement.targets
        if not isinstance(target, gast.Name) or target.id in live:
            return False
        return self.pure(statement.value)

    def pure(self, node: gast.expr) -> bool:
        """True for arithmetic and calls of the table."""
        for child in b.walk(node):
            if isinstance(child, gast.Call) and not isinstance(self.facts.calls.get(id(child)), RuleCall):
                if not (isinstance(child.func, gast.Attribute) and child.func.attr in ("zeros_like", "copy")):
                    return False
            elif isinstance(child, (gast.NamedExpr, gast.Await, gast.Yield, gast.YieldFrom, gast.Lambda)):
                return False
        return True
