"""What provably carries no derivative, and which names a function binds: read off the source alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import gast

__all__ = ["COUNTING", "bound_names", "inert", "inert_names", "is_builtin_call"]

#: Built-ins whose result is a plain number or truth value, whatever goes in.
COUNTING = frozenset({"len", "int", "bool", "isinstance", "callable", "hasattr", "ord", "hash", "id"})


def bound_names(tree: gast.AST) -> set[str]:
    """Names that the function (or one inside of it) binds."""
    bound: set[str] = set()
    for node in gast.walk(tree):
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            bound.add(node.id)
        elif isinstance(node, (gast.FunctionDef, gast.ClassDef, gast.AsyncFunctionDef)) and node is not tree:
            bound.add(node.name)
        elif isinstance(node, (gast.Import, gast.ImportFrom)):
            bound.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, (gast.MatchAs, gast.MatchStar)) and node.name:
            bound.add(node.name)
        elif isinstance(node, gast.MatchMapping) and node.rest:
            bound.add(node.rest)
        elif isinstance(node, gast.ExceptHandler) and isinstance(node.name, str):
            bound.add(node.name)
    return bound


def inert_names(tree: gast.FunctionDef, namespace: Mapping[str, Any], local: set[str]) -> set[str]:
    """Names that are only ever bound to counters and the like, in one scope."""
    bindings: dict[str, list[gast.expr | None]] = {}
    spoiled: set[str] = set()
    nested = [
        node for node in gast.walk(tree) if isinstance(node, (gast.FunctionDef, gast.Lambda, gast.ClassDef))
    ]
    for node in nested:
        if node is not tree:
            spoiled.update(bound_names(node))

    def bind(target: gast.expr, value: gast.expr | None) -> None:
        if isinstance(target, gast.Name):
            bindings.setdefault(target.id, []).append(value)
        else:
            stored = (node for node in gast.walk(target) if isinstance(node, gast.Name))
            spoiled.update(node.id for node in stored if isinstance(node.ctx, gast.Store))

    for node in gast.walk(tree):
        if isinstance(node, gast.Assign):
            for target in node.targets:
                bind(target, node.value)
        elif isinstance(node, (gast.For, gast.comprehension)) and isinstance(node.target, gast.Name):
            is_range = is_builtin_call(node.iter, {"range"}, namespace, local)
            bind(node.target, gast.Constant(0, None) if is_range else None)
        elif isinstance(node, gast.AugAssign):
            bind(node.target, node.value)
        elif isinstance(node, (gast.For, gast.comprehension)):
            bind(node.target, None)
        elif isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Param, gast.Del)):
            spoiled.add(node.id)
        elif isinstance(node, (gast.Global, gast.Nonlocal)):
            spoiled.update(node.names)
        elif isinstance(node, gast.NamedExpr):
            bind(node.target, node.value)
        elif isinstance(node, gast.withitem) and node.optional_vars is not None:
            bind(node.optional_vars, None)
        elif isinstance(node, (gast.AnnAssign, gast.MatchAs, gast.MatchStar, gast.ExceptHandler)):
            spoiled.update(bound_names(node))
    found = {name for name in bindings if name not in spoiled}
    while True:
        kept = {
            name
            for name in found
            if all(value is not None and inert(value, found, namespace, local) for value in bindings[name])
        }
        if kept == found:
            return found
        found = kept


def is_builtin_call(node: Any, names: Iterable[str], namespace: Mapping[str, Any], local: set[str]) -> bool:
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Name)
        and node.func.id in names
        and node.func.id not in local
        and node.func.id not in namespace
    )


def inert(node: Any, names: set[str], namespace: Mapping[str, Any], local: set[str]) -> bool:
    """Whether an expression is a number or a string that carries no derivative, whatever the arguments are."""
    if isinstance(node, gast.Constant):
        return True
    if isinstance(node, gast.Name):
        return node.id in names
    if isinstance(node, gast.BinOp):
        return all(inert(part, names, namespace, local) for part in (node.left, node.right))
    if isinstance(node, gast.UnaryOp):
        return isinstance(node.op, gast.Not) or inert(node.operand, names, namespace, local)
    if isinstance(node, gast.IfExp):
        return all(inert(part, names, namespace, local) for part in (node.body, node.orelse))
    if isinstance(node, gast.JoinedStr):
        return all(inert(part, names, namespace, local) for part in node.values)
    if isinstance(node, gast.FormattedValue):
        spec = node.format_spec
        return inert(node.value, names, namespace, local) and (
            spec is None or inert(spec, names, namespace, local)
        )
    return is_builtin_call(node, COUNTING, namespace, local)
