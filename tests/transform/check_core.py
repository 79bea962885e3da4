"""The grammar of core Python as a program: complains about the first thing that is not in it."""

from __future__ import annotations

import ast
from typing import Any

import gast

from srcgrad.transform.lowering.scopes import bindings, own_nodes
from srcgrad.transform.normalize import Core
from srcgrad.transform.unparse import unparse

_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)

_MAY_STOP = (gast.Compare, gast.JoinedStr, gast.Subscript, gast.Attribute, gast.Call)


def check_core(core: Core) -> None:
    """Raise `AssertionError` unless a function follows the grammar in `srcgrad.transform.normalize`."""
    _Checker(core).function()


class _Checker:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.seen: set[int] = set()

    def function(self) -> None:
        function = self.core.function
        assert isinstance(function, gast.FunctionDef)
        assert not function.decorator_list and function.returns is None
        assert function.body, "an empty body"
        *body, last = function.body
        if isinstance(last, gast.Return):
            self.demand(isinstance(last.value, gast.Name), last, "the result is no name")
        else:
            body.append(last)
        self.block(body, loop=False)
        for node in ast.walk(function):
            if isinstance(node, (gast.stmt, gast.expr)) and not isinstance(node, gast.Slice):
                self.demand(hasattr(node, "lineno"), node, "no location")
        ids = [id(node) for node in ast.walk(function) if isinstance(node, gast.stmt)]
        assert len(ids) == len(set(ids)), "a statement that stands in two places"

    def demand(self, condition: bool, node: Any, complaint: str) -> None:
        assert condition, f"{complaint}: {unparse(node)[0]}"

    def block(self, stmts: list[gast.stmt], *, loop: bool) -> None:
        """A block; ``loop``: in tail position of the body of a loop."""
        for index, stmt in enumerate(stmts):
            is_last = index == len(stmts) - 1
            if isinstance(stmt, gast.Break):
                self.demand(loop and is_last, stmt, "break is not in tail position")
            elif id(stmt) not in self.core.opaque:
                self.statement(stmt, loop and is_last)

    def body(self, stmt: Any, *, loop: bool, field: str = "body") -> None:
        block = getattr(stmt, field)
        self.demand(bool(block), stmt, "an empty block")
        self.block(block, loop=loop)

    def statement(self, stmt: Any, loop: bool) -> None:
        handler = getattr(self, f"on_{type(stmt).__name__}", None)
        self.demand(handler is not None, stmt, "this statement may only be opaque")
        handler(stmt, loop)

    # --- statements ---

    def on_Assign(self, stmt: gast.Assign, loop: bool) -> None:
        self.demand(len(stmt.targets) == 1, stmt, "several targets")
        (target,) = stmt.targets
        if isinstance(target, gast.Tuple):
            self.demand(all(isinstance(item, gast.Name) for item in target.elts), stmt, "a nested target")
            self.value(stmt.value)
        elif isinstance(target, gast.Name):
            self.value(stmt.value)
        else:
            self.place(target)
            self.value(stmt.value)

    def on_AugAssign(self, stmt: gast.AugAssign, loop: bool) -> None:
        if not isinstance(stmt.target, gast.Name):
            self.place(stmt.target)
        self.value(stmt.value)

    def on_Expr(self, stmt: gast.Expr, loop: bool) -> None:
        self.value(stmt.value)

    def on_If(self, stmt: gast.If, loop: bool) -> None:
        self.test(stmt.test)
        self.body(stmt, loop=loop)
        self.block(stmt.orelse, loop=loop)

    def on_While(self, stmt: gast.While, loop: bool) -> None:
        self.demand(not stmt.orelse, stmt, "a loop with else")
        self.test(stmt.test)
        self.body(stmt, loop=True)

    def on_For(self, stmt: gast.For, loop: bool) -> None:
        self.demand(not stmt.orelse, stmt, "a loop with else")
        self.demand(isinstance(stmt.target, gast.Name), stmt, "a loop variable that is no name")
        self.demand(stmt.target.id not in bindings(stmt.body), stmt, "a loop variable that the body binds")
        is_range = isinstance(stmt.iter, gast.Call) and isinstance(stmt.iter.func, gast.Name)
        self.demand(is_range and stmt.iter.func.id == "range", stmt, "a loop over no range")
        self.expr(stmt.iter)
        self.body(stmt, loop=True)

    def on_With(self, stmt: gast.With, loop: bool) -> None:
        self.demand(len(stmt.items) == 1, stmt, "several items")
        self.value(stmt.items[0].context_expr)
        variable = stmt.items[0].optional_vars
        self.demand(variable is None or isinstance(variable, gast.Name), stmt, "a nested target")
        self.body(stmt, loop=False)

    def on_Assert(self, stmt: gast.Assert, loop: bool) -> None:
        self.test(stmt.test)

    def on_Delete(self, stmt: gast.Delete, loop: bool) -> None:
        self.demand(len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name), stmt, "del of no name")

    def on_FunctionDef(self, stmt: gast.FunctionDef, loop: bool) -> None:
        self.demand(not stmt.decorator_list, stmt, "an active inner function with a decorator")
        self.demand(self.core.inner.get(stmt.name) is stmt, stmt, "an inner function that is not noted")

    def on_Pass(self, stmt: gast.stmt, loop: bool) -> None:
        pass

    on_Import = on_ImportFrom = on_Pass

    # --- expressions ---

    def place(self, node: gast.expr) -> None:
        self.demand(isinstance(node, (gast.Subscript, gast.Attribute)), node, "no place")
        self.demand(isinstance(node.value, gast.Name), node, "a place whose base is no name")
        if isinstance(node, gast.Subscript):
            self.expr(node.slice)

    def value(self, node: gast.expr) -> None:
        """An expression, or one call that may be of anything."""
        if isinstance(node, gast.Call):
            for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
                self.expr(part)
            if isinstance(node.func, gast.Attribute):
                self.expr(node.func.value)
        else:
            self.expr(node)

    def test(self, node: gast.expr) -> None:
        if isinstance(node, gast.BoolOp):
            for part in node.values:
                self.test(part)
        elif isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not):
            self.test(node.operand)
        else:
            self.expr(node)

    def expr(self, node: gast.expr) -> None:
        for child in own_nodes(node):
            self.demand(
                not isinstance(child, (gast.NamedExpr, gast.Await, gast.Yield, gast.YieldFrom)),
                node,
                "a walrus or a suspension in an expression",
            )
            if isinstance(child, (gast.IfExp, gast.BoolOp, gast.Lambda, *_COMPREHENSIONS)):
                self.demand(not self.is_tainted(child), node, "a choice or a loop in an expression")

    def is_tainted(self, node: gast.expr) -> bool:
        values: list[gast.AST] = [node]
        if isinstance(node, gast.IfExp):
            values = [node.body, node.orelse]
        names: set[str] = set()
        for value in values:
            for child in own_nodes(value):
                if isinstance(child, _MAY_STOP):
                    return False  # judged by the compiler itself
                if isinstance(child, gast.Name):
                    names.add(child.id)
        return bool(names & self.core.tainted)
