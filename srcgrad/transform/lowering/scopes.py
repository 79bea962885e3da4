"""Which names a piece of a function binds, and which it takes from outside."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import gast

Definition = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ClassDef)
Function = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda)
Comprehension = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
Loop = (gast.For, gast.AsyncFor, gast.While)


def own_nodes(roots: gast.AST | Iterable[gast.AST]) -> Iterator[gast.AST]:
    """All nodes of a piece of code, in source order, without the bodies of inner functions and classes.

    The inner definitions themselves, their decorators and their defaults are included, because those
    run where they stand.
    """
    pending = [roots] if isinstance(roots, ast.AST) else list(roots)[::-1]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(list(_own_children(node))))


def _own_children(node: gast.AST) -> Iterator[gast.AST]:
    if isinstance(node, Function):
        yield from getattr(node, "decorator_list", [])
        yield from node.args.defaults
        yield from (default for default in node.args.kw_defaults if default is not None)
    elif isinstance(node, gast.ClassDef):
        yield from [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
    else:
        yield from ast.iter_child_nodes(node)


def bindings(roots: gast.AST | Iterable[gast.AST]) -> Counter[str]:
    """How many places of a piece of code bind (or delete) each name of the function's own scope."""
    found: Counter[str] = Counter()
    pending = [roots] if isinstance(roots, ast.AST) else list(roots)
    while pending:
        node = pending.pop()
        found.update(_bound_by(node))
        if isinstance(node, Comprehension):
            # The variables of a comprehension are its own, but a walrus in it binds outside.
            inside = (child for child in ast.walk(node) if isinstance(child, gast.NamedExpr))
            found.update(child.target.id for child in inside)
        else:
            pending.extend(_own_children(node))
    return found


def _bound_by(node: gast.AST) -> Iterator[str]:
    if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
        yield node.id
    elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
        yield node.name
    elif isinstance(node, gast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, (gast.MatchAs, gast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, gast.MatchMapping) and node.rest:
        yield node.rest


def parameters(args: gast.arguments) -> list[gast.Name]:
    """Every parameter of a function, in the order of the call, ``*args`` and ``**kwargs`` included."""
    starred = [args.vararg] if args.vararg is not None else []
    double = [args.kwarg] if args.kwarg is not None else []
    return [*args.posonlyargs, *args.args, *starred, *args.kwonlyargs, *double]


def free_names(node: gast.AST) -> frozenset[str]:
    """Names that an inner function, class, comprehension or expression takes from outside."""
    free: set[str] = set()
    _collect_free(node, frozenset(), free)
    return frozenset(free)


def _collect_free(node: gast.AST, bound: frozenset[str], free: set[str]) -> None:
    if isinstance(node, gast.Name):
        if node.id not in bound and isinstance(node.ctx, gast.Load):
            free.add(node.id)
    elif isinstance(node, Function):
        for child in _own_children(node):
            _collect_free(child, bound, free)
        body = node.body if isinstance(node.body, list) else [node.body]
        inner = {name.id for name in parameters(node.args)}
        inner.update(bindings(body))
        outside = {
            name for child in body if isinstance(child, gast.stmt) for name in declared_outside([child])
        }
        for child in body:
            _collect_free(child, bound | (inner - outside), free)
        free.update(outside - bound)
    elif isinstance(node, Comprehension):
        own = {
            child.id
            for generator in node.generators
            for child in ast.walk(generator.target)
            if isinstance(child, gast.Name)
        }
        for child in ast.iter_child_nodes(node):
            _collect_free(child, bound | own, free)
    elif isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
        if node.target.id not in bound:
            free.add(node.target.id)
        _collect_free(node.value, bound, free)
    else:
        for child in ast.iter_child_nodes(node):
            _collect_free(child, bound, free)


def declared_outside(roots: Iterable[gast.AST]) -> set[str]:
    """Names that ``global`` and ``nonlocal`` statements declare, in the scope of ``roots``."""
    return {
        name
        for node in own_nodes(roots)
        if isinstance(node, (gast.Global, gast.Nonlocal))
        for name in node.names
    }


def exits(stmt: Any, *, in_loop: bool = False) -> Iterator[gast.stmt]:
    """``return`` statements in a statement, and the ``break`` and ``continue`` that leave it."""
    if isinstance(stmt, gast.Return) or (isinstance(stmt, (gast.Break, gast.Continue)) and not in_loop):
        yield stmt
    for field, block in blocks(stmt):
        inside = in_loop or (isinstance(stmt, Loop) and field == "body")
        for child in block:
            yield from exits(child, in_loop=inside)


def blocks(stmt: gast.stmt) -> Iterator[tuple[str, list[gast.stmt]]]:
    """The blocks of a compound statement, with their field names; none for definitions."""
    if isinstance(stmt, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
        return
    for field in ("body", "orelse", "finalbody"):
        block = getattr(stmt, field, None)
        if block:
            yield field, block
    for part in getattr(stmt, "handlers", None) or getattr(stmt, "cases", None) or ():
        yield "body", part.body


def root(node: gast.expr) -> str | None:
    """The name at the root of ``x.a[i].b``; None if something else is there."""
    while isinstance(node, (gast.Attribute, gast.Subscript, gast.Starred)):
        node = node.value
    return node.id if isinstance(node, gast.Name) else None


def contains(node: gast.AST | Iterable[gast.AST], *kinds: type) -> bool:
    """Whether a node of one of these kinds occurs in the scope of ``node``."""
    return any(isinstance(child, kinds) for child in own_nodes(node))
