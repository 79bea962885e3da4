"""gast -> text.

Statements, layout and comments are astunparse's with what it lacks (`match`, `except*`, type
parameters, comments, a line map); expressions are printed by the standard library, which gets their
precedence right on every version.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Sequence
from typing import Any

import astunparse
import gast

from srcgrad.transform.builders import Comment


def unparse(node: gast.AST | Sequence[gast.AST]) -> tuple[str, dict[int, int]]:
    """Print a statement, an expression, a module or a list of statements.

    Parameters
    ----------
    node : gast node or sequence of them
        Statements may hold comments (`builders.comment`).

    Returns
    -------
    text : str
        Ends with a line end.
    line_map : dict of int to int
        Line of the text, from 1 -> line of the user's file, for the lines that come from one.
    """
    nodes = list(node) if isinstance(node, Sequence) else [node]
    printer = _Printer([gast.gast_to_ast(item) for item in nodes])
    return printer.text, printer.line_map


def _comment(node: ast.AST) -> Comment | None:
    """The text of a statement that is a comment."""
    value = node.value if isinstance(node, ast.Expr) else None
    if isinstance(value, ast.Constant) and isinstance(value.value, Comment):
        return value.value
    return None


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class _Printer(astunparse.Unparser):  # type: ignore[misc]
    """astunparse's statements; dispatching an expression hands it to ``ast.unparse``."""

    def __init__(self, trees: list[ast.AST]) -> None:
        self._lines = 0
        self._user_line: int | None = None
        self._next_trailing: Comment | None = None
        self._trailing: Comment | None = None
        self.line_map: dict[int, int] = {}
        self.future_imports: list[str] = []
        stream = io.StringIO()
        self.f = stream
        self._indent = 0
        for index, tree in enumerate(trees):
            if index and isinstance(tree, _DEFINITIONS):
                self._blank_line()  # the second one: a definition is set apart by one blank line itself
            self._blank_line_after(trees, index)
            self.dispatch(tree)
        self._end_line()
        self.text = stream.getvalue().lstrip("\n") + "\n"

    # --- layout ---

    def fill(self, text: str = "") -> None:
        """Begin a line, after the trailing comment of the one before."""
        self._end_line()
        if self._lines or self.f.tell():
            self.f.write("\n")
        self._lines += 1
        self.f.write("    " * self._indent + text)
        self._trailing, self._next_trailing = self._next_trailing, None
        if self._user_line is not None:
            self.line_map[self._lines] = self._user_line

    def _end_line(self) -> None:
        if self._trailing is not None:
            self.f.write(f"  # {self._trailing}")
            self._trailing = None

    def write(self, text: str) -> None:
        """Append to the line; count the lines inside long strings."""
        for _ in range(text.count("\n")):
            self._lines += 1
            if self._user_line is not None:
                self.line_map[self._lines] = self._user_line
        self.f.write(text)

    def _blank_line(self) -> None:
        if self._lines:
            self._end_line()
            self.f.write("\n")
            self._lines += 1

    def _blank_line_after(self, block: list[Any], index: int) -> None:
        """A blank line between a definition and what follows it."""
        if (
            index
            and isinstance(block[index - 1], _DEFINITIONS)
            and not isinstance(block[index], _DEFINITIONS)
        ):
            self._blank_line()

    def dispatch(self, tree: Any) -> None:
        """Print a block, a statement or an expression."""
        if isinstance(tree, list):
            for index, item in enumerate(tree):
                self._blank_line_after(tree, index)
                self.dispatch(item)
            if all(_comment(item) is not None for item in tree):
                self.fill("pass")
        elif isinstance(tree, ast.expr):
            self.write(ast.unparse(tree))
        else:
            outer = self._user_line
            if isinstance(tree, ast.stmt):
                self._user_line = getattr(tree, "lineno", None)
            getattr(self, f"_{type(tree).__name__}")(tree)
            self._user_line = outer

    def _bare(self, tree: ast.expr) -> None:
        """An expression where a tuple needs no parentheses."""
        if isinstance(tree, ast.Tuple) and len(tree.elts) > 1:
            self.write(", ".join(ast.unparse(element) for element in tree.elts))
        else:
            self.dispatch(tree)

    # --- statements ---

    def _Expr(self, tree: ast.Expr) -> None:
        comment = _comment(tree)
        if comment is None:
            self.fill()
            self.dispatch(tree.value)
        elif comment.trailing:
            self._next_trailing = comment
        else:
            for line in comment.splitlines() or [""]:
                self.fill(f"# {line}".rstrip())

    def _Assign(self, tree: ast.Assign) -> None:
        self.fill()
        for target in tree.targets:
            self._bare(target)
            self.write(" = ")
        self._bare(tree.value)

    def _Return(self, tree: ast.Return) -> None:
        self.fill("return")
        if tree.value is not None:
            self.write(" ")
            self._bare(tree.value)

    def _For(self, tree: ast.For, keyword: str = "for") -> None:
        self.fill(f"{keyword} ")
        self._bare(tree.target)
        self.write(" in ")
        self.dispatch(tree.iter)
        self._suite(tree.body)
        self._otherwise("else", tree.orelse)

    def _AsyncFor(self, tree: Any) -> None:
        self._For(tree, "async for")

    def _If(self, tree: ast.If) -> None:
        self.fill("if ")
        self.dispatch(tree.test)
        self._suite(tree.body)
        while len(tree.orelse) == 1 and isinstance(tree.orelse[0], ast.If):
            tree = tree.orelse[0]
            self._user_line = getattr(tree, "lineno", None)
            self.fill("elif ")
            self.dispatch(tree.test)
            self._suite(tree.body)
        self._otherwise("else", tree.orelse)

    def _FunctionDef(self, tree: Any, keyword: str = "def") -> None:
        self._decorated(tree)
        self.fill(f"{keyword} {tree.name}")
        self._type_parameters(tree)
        self.write(f"({ast.unparse(tree.args)})")
        if tree.returns is not None:
            self.write(f" -> {ast.unparse(tree.returns)}")
        self._suite(tree.body)

    def _AsyncFunctionDef(self, tree: Any) -> None:
        self._FunctionDef(tree, "async def")

    def _ClassDef(self, tree: ast.ClassDef) -> None:
        self._decorated(tree)
        self.fill(f"class {tree.name}")
        self._type_parameters(tree)
        bases = [ast.unparse(node) for node in [*tree.bases, *tree.keywords]]
        if bases:
            self.write(f"({', '.join(bases)})")
        self._suite(tree.body)

    def _decorated(self, tree: Any) -> None:
        self._blank_line()
        for decorator in tree.decorator_list:
            self.fill(f"@{ast.unparse(decorator)}")

    def _type_parameters(self, tree: Any) -> None:
        parameters = getattr(tree, "type_params", None)
        if parameters:
            self.write(f"[{', '.join(ast.unparse(parameter) for parameter in parameters)}]")

    def _TypeAlias(self, tree: Any) -> None:
        self.fill(f"type {ast.unparse(tree.name)}")
        self._type_parameters(tree)
        self.write(f" = {ast.unparse(tree.value)}")

    def _TryStar(self, tree: Any) -> None:
        self.fill("try")
        self._suite(tree.body)
        for handler in tree.handlers:
            self.fill("except* ")
            self._handler(handler)
        self._otherwise("else", tree.orelse)
        self._otherwise("finally", tree.finalbody)

    def _ExceptHandler(self, tree: ast.ExceptHandler) -> None:
        self.fill("except" if tree.type is None else "except ")
        self._handler(tree)

    def _handler(self, tree: ast.ExceptHandler) -> None:
        if tree.type is not None:
            self.dispatch(tree.type)
        if tree.name:
            self.write(f" as {tree.name}")
        self._suite(tree.body)

    def _Match(self, tree: ast.Match) -> None:
        self.fill("match ")
        self._bare(tree.subject)
        self.enter()
        for case in tree.cases:
            self._user_line = getattr(case.pattern, "lineno", None)
            self.fill(f"case {ast.unparse(case.pattern)}")
            if case.guard is not None:
                self.write(f" if {ast.unparse(case.guard)}")
            self._suite(case.body)
        self.leave()

    def _suite(self, body: list[ast.stmt]) -> None:
        self.enter()
        self.dispatch(body)
        self.leave()

    def _otherwise(self, keyword: str, body: list[ast.stmt]) -> None:
        if body:
            self.fill(keyword)
            self._suite(body)
