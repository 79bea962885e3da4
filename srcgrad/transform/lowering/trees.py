"""Rebuilding expressions: operands in the order of their evaluation, and renaming."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gast

from srcgrad.transform.lowering.scopes import Comprehension, Function, all_nodes, bindings, parameters

#: Parts of an expression that have no value of their own: their operands belong to the whole.
_WRAPPERS = (gast.Slice, gast.Starred, gast.keyword, gast.FormattedValue)


def operands(node: gast.AST) -> list[gast.expr]:
    """The expressions that are evaluated to evaluate ``node``, in order.

    ``f(x, *y, k=z)`` has f, x, y, z; ``A[i:j, k]`` has A, i, j, k; ``x.f(y)`` has x, y.
    """
    found: list[gast.expr] = []

    def note(operand: gast.expr) -> gast.expr:
        found.append(operand)
        return operand

    map_operands(node, note)
    return found


def with_operands(node: gast.expr, replacements: list[gast.expr]) -> gast.expr:
    """The same expression with other operands, given in the order of `operands`."""
    pending = iter(replacements)
    return map_operands(node, lambda _: next(pending))


def map_operands(node: Any, replace: Callable[[gast.expr], gast.expr]) -> Any:
    """A shallow copy of an expression with ``replace`` applied to each operand."""
    new = shallow(node)
    if isinstance(node, gast.Dict):
        for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            if index == 0:
                new.keys, new.values = [], []
            new.keys.append(None if key is None else replace(key))
            new.values.append(replace(value))
        return new
    for field in node._fields:
        child = getattr(node, field, None)
        if isinstance(child, list):
            setattr(new, field, [_replaced(node, item, replace) for item in child])
        else:
            setattr(new, field, _replaced(node, child, replace))
    return new


def _replaced(parent: gast.AST, child: Any, replace: Callable[[gast.expr], gast.expr]) -> Any:
    is_index = isinstance(parent, gast.Subscript) and isinstance(child, gast.Tuple) and child is parent.slice
    is_format = isinstance(parent, gast.FormattedValue) and isinstance(child, gast.JoinedStr)
    is_method = isinstance(parent, gast.Call) and isinstance(child, gast.Attribute) and child is parent.func
    if isinstance(child, _WRAPPERS) or is_index or is_method or is_format:
        return map_operands(child, replace)
    return replace(child) if isinstance(child, ast.expr) else child


def shallow(node: Any) -> Any:
    """A copy of one node that shares its children."""
    cls: Any = type(node)
    copy = cls.__new__(cls)
    copy.__dict__.update(node.__dict__)
    return copy


def renamed(node: Any, names: Mapping[str, str]) -> Any:
    """A copy of a tree with other names; an inner scope that binds a name keeps it."""
    if isinstance(node, list):
        return [renamed(item, names) for item in node]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, gast.Name):
        new = shallow(node)
        new.id = names.get(node.id, node.id)
        return new
    visible = {old: new for old, new in names.items() if old not in set(_own_names(node))}
    new = shallow(node)
    for field in node._fields:
        child = getattr(node, field, None)
        if isinstance(child, (ast.AST, list)):
            setattr(new, field, renamed(child, visible))
    return new


def _own_names(node: gast.AST) -> Iterator[str]:
    if isinstance(node, Function):
        yield from (parameter.id for parameter in parameters(node.args))
        yield from bindings(node.body)
    elif isinstance(node, Comprehension):
        for generator in node.generators:
            yield from (name.id for name in all_nodes(generator.target) if isinstance(name, gast.Name))
