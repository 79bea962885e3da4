"""Reading the text of a rule: parsing, slicing per argument, needs, and the products of elementwise rules.

Everything here works on gast trees and knows no derivative and no kind of rule.
"""

from __future__ import annotations

import copy
import inspect
import linecache
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import gast

__all__ = [
    "METADATA",
    "call",
    "call_source",
    "function_tree",
    "name",
    "names_read",
    "real_only",
    "renamed",
    "split_result",
    "times",
    "used_statements",
    "value_reads",
]

#: Arguments of which a function reads only shape, dtype or number of axes, never the numbers: function ->
#: positions.
METADATA: dict[Any, tuple[int, ...]] = {}

#: Attributes that say nothing about the numbers in an array.
METADATA_ATTRIBUTES = frozenset({"shape", "ndim", "dtype", "size", "itemsize", "nbytes", "strides"})


# --- parsing ---------------------------------------------------------------------------------------------


def function_tree(function: Callable[..., Any]) -> gast.FunctionDef:
    """The gast tree of a rule function, docstring and decorators dropped.

    Only the lines of this one function are parsed: a table of hundreds of rules is read one at a time, when
    asked.
    """
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        lines, start = inspect.findsource(function)
    else:
        start = code.co_firstlineno - 1
    block = inspect.getblock(lines[start:])
    module = gast.parse(textwrap.dedent("".join(block)))
    tree = next(node for node in module.body if isinstance(node, gast.FunctionDef))
    gast.increment_lineno(tree, start)
    tree.decorator_list = []
    first = tree.body[0]
    if (
        isinstance(first, gast.Expr)
        and isinstance(first.value, gast.Constant)
        and isinstance(first.value.value, str)
    ):
        tree.body = tree.body[1:]
    return tree


def split_result(tree: gast.FunctionDef) -> tuple[list[gast.stmt], gast.expr | None]:
    """Set-up statements and the returned expression of a straight-line rule body."""
    *setup, last = tree.body
    if isinstance(last, gast.Return):
        return setup, last.value
    return list(tree.body), None


# --- building --------------------------------------------------------------------------------------------


def name(identifier: str) -> gast.Name:
    """A name that is read."""
    return gast.Name(id=identifier, ctx=gast.Load(), annotation=None, type_comment=None)


def call_source(source: str) -> gast.expr:
    """The expression that a piece of source stands for."""
    return gast.parse(source, mode="eval").body


def call(function: gast.expr | str, *arguments: gast.expr) -> gast.Call:
    """A call with positional arguments; the function may be given as dotted source."""
    func = call_source(function) if isinstance(function, str) else function
    return gast.Call(func=func, args=list(arguments), keywords=[])


def _constant(value: Any) -> gast.Constant:
    return gast.Constant(value=value, kind=None)


# --- products --------------------------------------------------------------------------------------------


def times(
    g: gast.expr, partial: gast.expr, conj: Callable[[gast.expr], gast.expr] | None = None
) -> gast.expr:
    """The product ``g * partial`` as a person would write it.

    Constants go to the front, a factor of one disappears, ``1 / y`` becomes a division, a sign moves to
    ``g``, and a product of several factors is chained to ``g`` factor by factor. `conj` is applied to every
    other factor.
    """
    sign, partial = _sign(partial)
    if isinstance(partial, gast.IfExp):
        factor = _signed(sign, g)
        return gast.IfExp(
            test=partial.test,
            body=times(factor, partial.body, conj),
            orelse=times(factor, partial.orelse, conj),
        )
    if _is_zero(partial):
        return _constant(0.0)
    factors = list(_factors(partial))
    result, started = g, False
    front = [node for divide, node in factors if _is_real_constant(node) and not divide]
    for node in front:
        if node.value != 1:
            result = gast.BinOp(left=node, op=gast.Mult(), right=result)
            started = True
    result = _signed(sign, result) if not started else _signed_left(sign, result)
    for divide, node in factors:
        if _is_real_constant(node) and not divide:
            continue
        operand = conj(node) if conj is not None and not _is_real_constant(node) else node
        result = gast.BinOp(left=result, op=gast.Div() if divide else gast.Mult(), right=operand)
    return result


def _sign(node: gast.expr) -> tuple[int, gast.expr]:
    sign = 1
    while isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        sign, node = -sign, node.operand
    if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult | gast.Div):
        inner, left = _sign(node.left)
        if inner < 0:
            return -sign, gast.BinOp(left=left, op=node.op, right=node.right)
    return sign, node


def _signed(sign: int, node: gast.expr) -> gast.expr:
    return node if sign > 0 else gast.UnaryOp(op=gast.USub(), operand=node)


def _signed_left(sign: int, node: gast.BinOp) -> gast.expr:
    if sign > 0:
        return node
    left = node.left
    if isinstance(left, gast.Constant):
        return gast.BinOp(left=gast.UnaryOp(op=gast.USub(), operand=left), op=node.op, right=node.right)
    return gast.UnaryOp(op=gast.USub(), operand=node)


def _factors(node: gast.expr) -> Iterable[tuple[bool, gast.expr]]:
    """Factors of a left-to-right chain of products, each with whether it divides."""
    if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult | gast.Div):
        yield from _factors(node.left)
        if isinstance(node.op, gast.Mult):
            yield from _factors(node.right)
        else:
            yield True, node.right
    else:
        yield False, node


def _is_real_constant(node: gast.expr) -> bool:
    return isinstance(node, gast.Constant) and not isinstance(node.value, complex)


def _is_zero(node: gast.expr) -> bool:
    return isinstance(node, gast.Constant) and node.value in (0, 0.0, None) and node.value is not False


# --- real specialisation ---------------------------------------------------------------------------------


class _RealOnly(gast.NodeTransformer):  # type: ignore[misc]
    def __init__(
        self, namespace: Mapping[str, Any], dropped: Sequence[Any], replaced: Mapping[Any, str]
    ) -> None:
        self.namespace, self.dropped, self.replaced = namespace, dropped, replaced

    def visit_Call(self, node: gast.Call) -> gast.expr:
        self.generic_visit(node)
        function = resolve(node.func, self.namespace)
        if any(function is dropped for dropped in self.dropped) and len(node.args) == 1 and not node.keywords:
            return node.args[0]
        for original, spelling in self.replaced.items():
            if function is original:
                return gast.Call(func=call_source(spelling), args=node.args, keywords=node.keywords)
        return node


def real_only(
    node: Any, namespace: Mapping[str, Any], dropped: Sequence[Any], replaced: Mapping[Any, str]
) -> Any:
    """A copy of the tree for real numbers.

    Calls that do nothing to them (``np.conj``, ``np.real``) are left out, others are replaced by simpler
    functions.
    """
    return _RealOnly(namespace, dropped, replaced).visit(copy.deepcopy(node))


def resolve(node: gast.expr, namespace: Mapping[str, Any]) -> Any:
    """The object a dotted name stands for, None where it is something else."""
    if isinstance(node, gast.Name):
        return namespace.get(node.id)
    if isinstance(node, gast.Attribute):
        owner = resolve(node.value, namespace)
        return getattr(owner, node.attr, None) if owner is not None else None
    return None


class _Renamed(gast.NodeTransformer):  # type: ignore[misc]
    def __init__(self, table: Mapping[str, gast.expr]) -> None:
        self.table = table

    def visit_Name(self, node: gast.Name) -> gast.expr:
        if isinstance(node.ctx, gast.Load) and node.id in self.table:
            return copy.deepcopy(self.table[node.id])
        return node


def renamed(node: Any, table: Mapping[str, str | gast.expr]) -> Any:
    """A copy of the tree with names that are read replaced by other names or expressions."""
    entries = {old: name(new) if isinstance(new, str) else new for old, new in table.items()}
    return _Renamed(entries).visit(copy.deepcopy(node))


# --- slicing and needs -----------------------------------------------------------------------------------


def names_read(node: Any) -> set[str]:
    """Names that the tree reads, locals of its comprehensions and lambdas left out."""
    bound: set[str] = set()
    read: set[str] = set()
    for child in gast.walk(node):
        if isinstance(child, gast.Name):
            (read if isinstance(child.ctx, gast.Load) else bound).add(child.id)
    inner = set()
    for child in gast.walk(node):
        if isinstance(child, gast.comprehension):
            inner |= {n.id for n in gast.walk(child.target) if isinstance(n, gast.Name)}
        elif isinstance(child, gast.Lambda):
            inner |= {n.id for n in child.args.args}
    return read - inner


def names_bound(node: Any) -> set[str]:
    """Names that a statement assigns."""
    return {
        child.id
        for child in gast.walk(node)
        if isinstance(child, gast.Name) and isinstance(child.ctx, gast.Store)
    }


def used_statements(setup: Sequence[gast.stmt], value: Any) -> list[gast.stmt]:
    """The set-up statements that the value needs, in order (a backward slice of straight-line code)."""
    needed = names_read(value) if value is not None else set()
    kept: list[gast.stmt] = []
    for statement in reversed(setup):
        bound = names_bound(statement)
        if bound & needed:
            needed = (needed - bound) | names_read(statement)
            kept.append(statement)
    return kept[::-1]


class _ValueReads(gast.NodeVisitor):  # type: ignore[misc]
    """Names of which the numbers are read, as against the shape or dtype."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.found: set[str] = set()

    def visit_Name(self, node: gast.Name) -> None:
        if isinstance(node.ctx, gast.Load):
            self.found.add(node.id)

    def visit_Attribute(self, node: gast.Attribute) -> None:
        if not (isinstance(node.value, gast.Name) and node.attr in METADATA_ATTRIBUTES):
            self.generic_visit(node)

    def visit_Call(self, node: gast.Call) -> None:
        function = resolve(node.func, self.namespace)
        try:
            skipped = METADATA.get(function, ())
        except TypeError:
            skipped = ()
        self.visit(node.func)
        for position, argument in enumerate(node.args):
            if position in skipped and isinstance(argument, gast.Name):
                continue
            self.visit(argument)
        for keyword in node.keywords:
            self.visit(keyword.value)


def value_reads(nodes: Iterable[Any], namespace: Mapping[str, Any]) -> set[str]:
    """Names whose numbers the trees read."""
    visitor = _ValueReads(namespace)
    for node in nodes:
        if node is not None:
            visitor.visit(node)
    return visitor.found
