"""Checks for NaN, put into generated code for ``srcgrad.debug_nans``.

The text stays what it is, and so do its lines: checks are added to the syntax tree only, on the line of the statement
that they belong to. Before::

    x_bar = 0.5 * y_bar / y

After::

    x_bar = 0.5 * y_bar / y
    if nans__.bad(x_bar): nans__.stop(7, lambda: (y_bar, y))
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from types import CodeType, FunctionType
from typing import Any

from srcgrad.runtime.debugging import Check, Checker

__all__ = ["CHECKER", "checked_functions", "with_checks"]

#: The name by which checked code knows its checker.
CHECKER = "nans__"
_BEFORE = "nan_before__"
_VALUE = "nan_value__"

#: How the compiler names derivatives: ``x_bar``, ``x_bar_2``, ``u_bar_part``, ``x_dot``.
_DERIVATIVE = re.compile(r"(\w+?)_(?:bar|dot)(?:_part)?(?:_\d+)?$")
#: What ``x.pop()`` and the like hand out has been there before.
_HANDED_OUT = ("pop", "get", "append", "extend", "copy", "popleft", "setdefault", "keys", "values", "items")


def checked_functions(units: Sequence[Any]) -> dict[str, FunctionType]:
    """Generated functions by name, compiled anew with checks.

    Parameters
    ----------
    units : sequence of Unit
        What was generated for one signature, with the globals as they are now.
    """
    made: dict[str, FunctionType] = {}
    scopes: list[dict[str, Any]] = []
    for unit in units:
        tree = ast.parse(unit.emitted.source)
        checks = with_checks(tree, unit.emitted.filename)
        scope = {**unit.scope, CHECKER: Checker(checks)}
        code: CodeType = compile(tree, unit.emitted.filename, "exec", dont_inherit=True)
        exec(code, scope)
        scopes.append(scope)
        made |= {name: scope[name] for name in unit.definition.names}
    for scope in scopes:
        scope.update({name: function for name, function in made.items() if name in scope})
    return made


def with_checks(tree: ast.Module, filename: str) -> list[Check]:
    """Add checks to a module of generated functions, in place; what they check, by number."""
    adder = _Adder(filename)
    tree.body = adder.block(tree.body)
    ast.fix_missing_locations(tree)
    return adder.checks


class _Adder:
    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.checks: list[Check] = []

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for statement in statements:
            for name in ("body", "orelse", "finalbody"):
                inner = getattr(statement, name, None)
                if inner:
                    setattr(statement, name, self.block(inner))
            for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                part.body = self.block(part.body)
            result += self.statement(statement)
        return result

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """A statement with the checks around it."""
        match node:
            case ast.Assign(targets=targets, value=value) if not _only_moves(value):
                places = [place for target in targets for place in _places(target)]
                return self.around(node, places, value)
            case ast.AugAssign(target=target, value=value):
                return self.around(node, _places(target), value, changes=True)
            case ast.AnnAssign(target=target, value=ast.expr() as value) if not _only_moves(value):
                return self.around(node, _places(target), value)
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=held, attr="append"), args=[item])
                | ast.Call(
                    func=ast.Attribute(attr="call"), args=[ast.Attribute(value=held, attr="append"), item]
                )
            ):
                if isinstance(held, ast.Call) and held.args:  # rt.at(held) is held
                    held = held.args[0]
                if not _only_moves(item) and _only_moves(held):
                    return self.around(node, [ast.Subscript(held, ast.Constant(-1), ast.Load())], item)
            case ast.Expr(value=ast.Call() as call) if not _only_moves(call):
                return self.around(
                    node, [a for a in call.args if isinstance(a, ast.Name)], call, changes=True
                )
            case ast.Return(value=ast.expr() as value) if not _only_moves(value):
                kept: ast.stmt = ast.Assign([ast.Name(_VALUE, ast.Store())], value)
                returned = ast.Return(ast.Name(_VALUE, ast.Load()))
                ast.copy_location(kept, node)
                ast.copy_location(returned, node)
                return [*self.around(kept, [ast.Name(_VALUE, ast.Load())], value, shown=node), returned]
        return [node]

    def around(
        self,
        node: ast.stmt,
        places: Sequence[ast.expr],
        value: ast.expr,
        *,
        changes: bool = False,
        shown: ast.stmt | None = None,
    ) -> list[ast.stmt]:
        """A statement between what has to be looked at before it and after it."""
        read = {ast.unparse(operand): operand for operand in _operands(value)}
        text = _shortened(ast.unparse(shown or node).partition("\n")[0])
        before: list[ast.stmt] = []
        after: list[ast.stmt] = []
        for place in places:
            root, number = _root(place), len(self.checks)
            derivative = _DERIVATIVE.match(root)
            operands = {**read, ast.unparse(place): place} if changes else read
            excusing = {
                name: operand
                for name, operand in operands.items()
                if derivative is None or _DERIVATIVE.match(_root(operand))
            }
            # What the statement changes is looked at beforehand, all else only if there is a NaN.
            changed = [operand for operand in excusing.values() if _root(operand) == root]
            rest = {name: operand for name, operand in operands.items() if _root(operand) != root}
            self.checks.append(
                Check(
                    self.filename,
                    node.lineno,
                    text,
                    "the result" if root == _VALUE else ast.unparse(place),
                    tuple(rest),
                    tuple(k for k, name in enumerate(rest) if name in excusing),
                    "" if derivative is None else derivative[1],
                )
            )
            values = ast.Tuple([_loaded(operand) for operand in rest.values()], ast.Load())
            arguments: list[ast.expr] = [ast.Constant(number), ast.Lambda(_NO_ARGUMENTS, values)]
            if changed:
                flag = f"{_BEFORE}{number}"
                before.append(ast.Assign([ast.Name(flag, ast.Store())], _call("bad", *map(_loaded, changed))))
                arguments.append(ast.Name(flag, ast.Load()))
            stop = ast.Expr(_call("stop", *arguments))
            after.append(ast.If(_call("bad", _loaded(place)), [stop], []))
        for made in (*before, *after):
            for part in ast.walk(made):
                ast.copy_location(part, node)
        return [*before, node, *after]


_NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


def _shortened(text: str) -> str:
    return text if len(text) <= 90 else text[:87] + "..."


def _call(method: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name(CHECKER, ast.Load()), method, ast.Load()), list(arguments), [])


def _places(target: ast.expr) -> list[ast.expr]:
    """What an assignment sets, as expressions that may be evaluated once more."""
    match target:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [place for part in parts for place in _places(part)]
        case ast.Starred(value=value):
            return _places(value)
        case ast.Name(id="_"):
            return []
        case ast.Name():
            return [target]
    if not _calls(target):
        return [target]
    while isinstance(target, (ast.Attribute, ast.Subscript, ast.Call)):  # rt.into(y)[k] writes into y
        target = (
            target.value
            if not isinstance(target, ast.Call)
            else target.args[0]
            if target.args
            else target.func
        )
    return [target] if isinstance(target, ast.Name) else []


def _loaded(place: ast.expr) -> ast.expr:
    """A copy of a place, to be read."""
    return ast.parse(ast.unparse(place), mode="eval").body


def _root(place: ast.expr) -> str:
    while isinstance(place, (ast.Subscript, ast.Attribute, ast.Starred)):
        place = place.value
    return place.id if isinstance(place, ast.Name) else ""


def _only_moves(value: ast.expr) -> bool:
    """Whether an expression computes nothing: it names a value that is there, or takes it out of something."""
    match value:
        case ast.Name() | ast.Constant() | ast.Lambda():
            return True
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
            return _only_moves(inner)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(_only_moves(part) for part in parts)
        case ast.Call(func=ast.Attribute(value=inner, attr=attr), args=args):
            return attr in _HANDED_OUT and _only_moves(inner) and all(_only_moves(arg) for arg in args)
    return False


def _operands(value: ast.expr) -> list[ast.expr]:
    """The variables, items and attributes that an expression computes with, in order."""
    match value:
        case ast.Name(id="rt" | "nans__") | ast.Constant():
            return []
        case ast.Name():
            return [value]
        case ast.Attribute() | ast.Subscript() if _only_moves(value) and not _calls(value):
            return [value]
        case ast.Call(func=function, args=args, keywords=keywords):
            found = _operands(function.value) if isinstance(function, ast.Attribute) else []
            parts: list[ast.AST] = [*args, *(keyword.value for keyword in keywords)]
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp() | ast.Lambda():
            # What they bind themselves means nothing outside of them.
            names = [node for node in ast.walk(value) if isinstance(node, ast.Name)]
            bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
            bound |= {node.arg for node in ast.walk(value) if isinstance(node, ast.arg)}
            return [node for node in names if node.id not in bound | {"rt", CHECKER}]
        case _:
            found, parts = [], list(ast.iter_child_nodes(value))
    for part in parts:
        if isinstance(part, ast.expr):
            found += _operands(part)
    return found


def _calls(value: ast.expr) -> bool:
    return any(isinstance(node, (ast.Call, ast.NamedExpr, ast.Await, ast.Yield)) for node in ast.walk(value))
