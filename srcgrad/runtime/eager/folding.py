"""Fold what is known of a backward function when it is made: parameters left at their defaults, numbers of axes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

__all__ = ["folded"]

_SIMPLE = (type(None), bool, int, float, str)


class _Folder(ast.NodeTransformer):
    def __init__(self, constants: dict[str, Any], ranks: Mapping[str, int]) -> None:
        self.constants = {name: value for name, value in constants.items() if isinstance(value, _SIMPLE)}
        self.ranks = ranks

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self.constants:
            return ast.Constant(self.constants[node.id])
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if ast.unparse(node.func) == "np.ndim" and isinstance(node.args[0], ast.Name):
            rank = self.ranks.get(node.args[0].id)
            if rank is not None:
                return ast.Constant(rank)
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "masked":
            # A mask of True does nothing.
            if isinstance(node.args[1], ast.Constant) and node.args[1].value is True:
                return node.args[0]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        parts = [node.left, *node.comparators]
        if all(isinstance(part, ast.Constant) for part in parts):
            return ast.Constant(
                eval(compile(ast.Expression(ast.fix_missing_locations(node)), "<fold>", "eval"))
            )
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        stop = isinstance(node.op, ast.Or)
        kept: list[ast.expr] = []
        for part in node.values:
            if not isinstance(part, ast.Constant) or (part is node.values[-1] and kept):
                kept.append(part)
            elif bool(part.value) is stop:
                kept.append(part)
                break
        if not kept:
            return node.values[-1]
        if isinstance(kept[0], ast.Constant) or len(kept) == 1:
            return kept[0]
        node.values = kept
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        self.generic_visit(node)
        target, value = node.targets[0], node.value
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=True))
        for part in ast.walk(target):
            if isinstance(part, ast.Name):
                self.constants.pop(part.id, None)
        known: dict[str, Any] = {
            t.id: v.value for t, v in pairs if isinstance(t, ast.Name) and isinstance(v, ast.Constant)
        }
        if len(known) == len(pairs) and all(isinstance(v, _SIMPLE) for v in known.values()):
            self.constants.update(known)
            return None
        return node


def folded(text: str, constants: Mapping[str, Any], ranks: Mapping[str, int]) -> list[str]:
    """The lines of straight-line code, with constants put in and decided conditions gone.

    Examples
    --------
    >>> folded("t = np.ndim(x) == 1\\nreturn_ = g * x if t else g @ x.T", {}, {"x": 2})
    ['return_ = g @ x.T']
    >>> folded("r = f(a or 0, b and True and c)", {}, {})
    ['r = f(a or 0, b and c)']
    """
    tree = ast.parse(text)
    if all(isinstance(statement, ast.Assign) for statement in tree.body):
        tree = _Folder(dict(constants), ranks).visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree)).splitlines()
