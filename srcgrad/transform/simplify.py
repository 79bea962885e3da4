"""The last pass: forward code that neither the reverse sweep nor the result needs is left out.

Before::

    y = np.sum(w * x)
    # reverse sweep
    x_bar = y_bar * w

After (when the value is not asked for) the first line is gone.
"""

from __future__ import annotations

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.facts import Facts, RuleCall


def simplify(
    forward: list[gast.stmt], reverse: list[gast.stmt], facts: Facts
) -> tuple[list[gast.stmt], list[gast.stmt]]:
    """Drop dead assignments of the forward sweep."""
    live = {
        node.id
        for statement in reverse
        for node in gast.walk(statement)
        if isinstance(node, gast.Name)
    }
    return _Sweeper(facts).block(forward, live)[0], reverse


class _Sweeper:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def block(self, statements: list[gast.stmt], live: set[str]) -> tuple[list[gast.stmt], set[str]]:
        kept: list[gast.stmt] = []
        for statement in reversed(statements):
            if isinstance(statement, gast.Assign) and self.removable(statement, live):
                continue
            if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name):
                live = live - {statement.targets[0].id}
            live = live | set(b.names_in(statement))
            kept.append(statement)
        kept.reverse()
        return kept, live

    def removable(self, statement: gast.Assign, live: set[str]) -> bool:
        """True for an assignment to dead names of something without effects that surely raises no error."""
        (target,) = statement.targets
        if not isinstance(target, gast.Name) or target.id in live:
            return False
        return self.pure(statement.value)

    def pure(self, node: gast.expr) -> bool:
        """True for arithmetic and calls of the table."""
        for child in gast.walk(node):
            if isinstance(child, gast.Call) and not isinstance(self.facts.calls.get(id(child)), RuleCall):
                if not (isinstance(child.func, gast.Attribute) and child.func.attr in ("zeros_like", "copy")):
                    return False
            elif isinstance(child, (gast.NamedExpr, gast.Await, gast.Yield, gast.YieldFrom, gast.Lambda)):
                return False
        return True
