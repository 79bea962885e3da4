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


def _node_fields(kind: type) -> tuple[str, ...]:
    return tuple(field for field in kind._fields if field not in _PLAIN_FIELDS)  # type: ignore[attr-defined]


#: Fields that hold no nodes, or operators and contexts, which nobody looks for.
_PLAIN_FIELDS = frozenset(
    ("ctx", "op", "ops", "id", "attr", "arg", "kind", "type_comment", "level", "module", "simple")
)
_fields: dict[type, tuple[str, ...]] = {}


def children(node: gast.AST) -> list[gast.AST]:
    """The nodes directly below a node, without operators and contexts (`ast.iter_child_nodes` but faster)."""
    kind = type(node)
    if kind is gast.Constant or kind is gast.Name:
        return []
    fields = _fields.get(kind)
    if fields is None:
        fields = _fields[kind] = _node_fields(kind)
    found: list[gast.AST] = []
    for field in fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            found.extend(item for item in value if isinstance(item, ast.AST))
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def all_nodes(roots: gast.AST | Iterable[gast.AST]) -> Iterator[gast.AST]:
    """All nodes of a piece of code, in source order, inner functions included."""
    pending = [roots] if isinstance(roots, ast.AST) else list(roots)[::-1]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(children(node)))


def own_nodes(roots: gast.AST | Iterable[gast.AST]) -> Iterator[gast.AST]:
    """All nodes of a piece of code, in source order, without the bodies of inner functions and classes.

    The inner definitions themselves, their decorators and their defaults are included, because those
    run where they stand.
    """
    pending = [roots] if isinstance(roots, ast.AST) else list(roots)[::-1]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(_own_children(node)))


def _own_children(node: gast.AST) -> list[gast.AST]:
    if isinstance(node, Function):
        defaults = [default for default in node.args.kw_defaults if default is not None]
        return [*getattr(node, "decorator_list", []), *node.args.defaults, *defaults]
    if isinstance(node, gast.ClassDef):
        return [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
    return children(node)


def bindings(roots: gast.AST | Iterable[gast.AST]) -> Counter[str]:
    """How many places of a piece of code bind (or delete) each name of the function's own scope."""
    found: Counter[str] = Counter()
    pending = [roots] if isinstance(roots, ast.AST) else list(roots)
    while pending:
        node = pending.pop()
        for name in bound_by(node):
            found[name] += 1
        if isinstance(node, Comprehension):
            # The variables of a comprehension are its own, but a walrus in it binds outside.
            pending.extend(child.target for child in all_nodes(node) if isinstance(child, gast.NamedExpr))
        else:
            pending.extend(_own_children(node))
    return found


def bound_by(node: gast.AST) -> tuple[str, ...]:
    """The names that one node binds by itself."""
    if isinstance(node, gast.Name):
        return () if isinstance(node.ctx, gast.Load) else (node.id,)
    if isinstance(node, ast.expr):
        return ()
    if isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
        return (node.name,)
    if isinstance(node, gast.alias):
        return ((node.asname or node.name).partition(".")[0],)
    if isinstance(node, (gast.MatchAs, gast.MatchStar)) and node.name:
        return (node.name,)
    if isinstance(node, gast.MatchMapping) and node.rest:
        return (node.rest,)
    return ()


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
            for child in all_nodes(generator.target)
            if isinstance(child, gast.Name)
        }
        for child in children(node):
            _collect_free(child, bound | own, free)
    elif isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
        if node.target.id not in bound:
            free.add(node.target.id)
        _collect_free(node.value, bound, free)
    else:
        for child in children(node):
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
