"""Constructors for gast nodes.

gast's own constructors have no defaults: a ``Name`` built without a context or a ``Call`` without
keywords breaks far away from where it was built. Every node the compiler makes comes from here.

>>> from srcgrad.transform.unparse import unparse
>>> unparse(assign("y", call("np.sin", name("x"))))[0]
'y = np.sin(x)\\n'
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import gast

_LOCATION = ("lineno", "col_offset", "end_lineno", "end_col_offset")

N = TypeVar("N")


class Comment(str):
    """Text of a comment, held in ``Expr(Constant(Comment(...)))`` until it is printed.

    A trailing comment is printed at the end of the first line of the statement that follows it.
    """

    trailing: bool

    def __new__(cls, text: str, trailing: bool = False) -> Comment:
        comment = super().__new__(cls, text)
        comment.trailing = trailing
        return comment


def is_comment(node: gast.AST) -> bool:
    """Whether a statement is a comment (prints, but does nothing)."""
    return (
        isinstance(node, gast.Expr)
        and isinstance(node.value, gast.Constant)
        and isinstance(node.value.value, Comment)
    )


# --- expressions -------------------------------------------------------------------------------


def name(identifier: str) -> gast.Name:
    """``identifier`` as it is read."""
    return gast.Name(identifier, gast.Load(), None, None)


def target(identifier: str) -> gast.Name:
    """``identifier`` as it is assigned."""
    return gast.Name(identifier, gast.Store(), None, None)


def param(identifier: str) -> gast.Name:
    """``identifier`` as a parameter."""
    return gast.Name(identifier, gast.Param(), None, None)


def dotted(path: str) -> gast.expr:
    """``"np.linalg.inv"`` as nested attributes."""
    first, *rest = path.split(".")
    node: gast.expr = name(first)
    for part in rest:
        node = attribute(node, part)
    return node


def as_expr(value: Any) -> gast.expr:
    """A node as it is; a string as a (dotted) name; another value as a constant."""
    if isinstance(value, gast.AST):
        return value
    if isinstance(value, str):
        return dotted(value)
    return constant(value)


def constant(value: Any) -> gast.expr:
    """A literal. A negative number is an operator on a positive one, as the parser has it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and str(value).startswith("-"):
        return gast.UnaryOp(gast.USub(), gast.Constant(-value, None))
    return gast.Constant(value, None)


def attribute(value: gast.expr | str, attr: str) -> gast.Attribute:
    """``value.attr``."""
    return gast.Attribute(as_expr(value), attr, gast.Load())


def subscript(value: gast.expr | str, index: Any) -> gast.Subscript:
    """``value[index]``."""
    return gast.Subscript(as_expr(value), as_expr(index), gast.Load())


def slice_(lower: Any = None, upper: Any = None, step: Any = None) -> gast.Slice:
    """``lower:upper:step``."""
    return gast.Slice(*(None if part is None else as_expr(part) for part in (lower, upper, step)))


def call(function: gast.expr | str, *args: Any, **keywords: Any) -> gast.Call:
    """``function(*args, **keywords)``; ``function`` may be a dotted path."""
    return gast.Call(
        as_expr(function),
        [as_expr(arg) for arg in args],
        [gast.keyword(key, as_expr(value)) for key, value in keywords.items()],
    )


def method(value: gast.expr | str, attr: str, *args: Any, **keywords: Any) -> gast.Call:
    """``value.attr(*args, **keywords)``."""
    return call(attribute(value, attr), *args, **keywords)


def binary(left: Any, op: str, right: Any) -> gast.BinOp:
    """``left op right``, ``op`` the name of the operator's class (``"Add"``)."""
    return gast.BinOp(as_expr(left), getattr(gast, op)(), as_expr(right))


def unary(op: str, operand: Any) -> gast.UnaryOp:
    """``op operand``, ``op`` the name of the operator's class (``"USub"``)."""
    return gast.UnaryOp(getattr(gast, op)(), as_expr(operand))


def negate(condition: gast.expr) -> gast.expr:
    """``not condition``; the ``not`` of a ``not`` goes away, and so it may only be used as a test."""
    if isinstance(condition, gast.UnaryOp) and isinstance(condition.op, gast.Not):
        return condition.operand
    return unary("Not", condition)


def boolean(op: str, values: Sequence[Any]) -> gast.expr:
    """``a and b and c`` (op ``"And"``) or ``a or b or c`` (op ``"Or"``)."""
    if len(values) == 1:
        return as_expr(values[0])
    return gast.BoolOp(getattr(gast, op)(), [as_expr(value) for value in values])


def compare(left: Any, op: str, right: Any) -> gast.Compare:
    """``left op right``, ``op`` the name of the operator's class (``"Lt"``)."""
    return gast.Compare(as_expr(left), [getattr(gast, op)()], [as_expr(right)])


def tuple_(elements: Iterable[Any]) -> gast.Tuple:
    """A tuple that is read."""
    return gast.Tuple([as_expr(element) for element in elements], gast.Load())


def tuple_target(elements: Iterable[Any]) -> gast.Tuple:
    """A tuple of targets, given as nodes or names."""
    return gast.Tuple([as_target(element) for element in elements], gast.Store())


def list_(elements: Iterable[Any]) -> gast.List:
    """A list display."""
    return gast.List([as_expr(element) for element in elements], gast.Load())


def dict_(items: Iterable[tuple[Any, Any]]) -> gast.Dict:
    """A dict display."""
    pairs = list(items)
    return gast.Dict([as_expr(key) for key, _ in pairs], [as_expr(value) for _, value in pairs])


def as_target(value: gast.expr | str) -> gast.expr:
    """The same place, as one assigns to it (the outermost context is Store)."""
    if isinstance(value, str):
        return target(value)
    stored = clone(value)
    _set_context(stored, gast.Store)
    return stored


def as_load(value: gast.expr) -> gast.expr:
    """The same place, as one reads it."""
    loaded = clone(value)
    _set_context(loaded, gast.Load)
    return loaded


def _set_context(node: gast.expr, context: type) -> None:
    node.ctx = context()
    if isinstance(node, (gast.Tuple, gast.List)):
        for element in node.elts:
            _set_context(element, context)
    elif isinstance(node, gast.Starred):
        _set_context(node.value, context)


# --- statements --------------------------------------------------------------------------------


def assign(place: gast.expr | str, value: Any) -> gast.Assign:
    """``place = value``."""
    return gast.Assign([as_target(place)], as_expr(value), None)


def aug_assign(place: gast.expr | str, op: str, value: Any) -> gast.AugAssign:
    """``place op= value``."""
    return gast.AugAssign(as_target(place), getattr(gast, op)(), as_expr(value))


def expr_stmt(value: gast.expr) -> gast.Expr:
    """An expression as a statement."""
    return gast.Expr(value)


def comment(text: str, trailing: bool = False) -> gast.Expr:
    """A comment line, or one at the end of the next statement's first line."""
    return gast.Expr(gast.Constant(Comment(text, trailing), None))


def if_(test: Any, body: list[gast.stmt], orelse: list[gast.stmt] | None = None) -> gast.If:
    """``if test: body`` with an optional ``else``."""
    return gast.If(as_expr(test), body, orelse or [])


def while_(test: Any, body: list[gast.stmt]) -> gast.While:
    """``while test: body``."""
    return gast.While(as_expr(test), body, [])


def for_(variable: gast.expr | str, iterable: Any, body: list[gast.stmt]) -> gast.For:
    """``for variable in iterable: body``."""
    return gast.For(as_target(variable), as_expr(iterable), body, [], None)


def return_(value: Any = None) -> gast.Return:
    """``return value``; without a value, a bare ``return``."""
    return gast.Return(None if value is None else as_expr(value))


def break_() -> gast.Break:
    """``break``."""
    return gast.Break()


def pass_() -> gast.Pass:
    """``pass``."""
    return gast.Pass()


def arguments(
    args: Sequence[str] = (),
    defaults: Sequence[Any] = (),
    *,
    kwonlyargs: Sequence[str] = (),
    kw_defaults: Sequence[Any] = (),
    vararg: str | None = None,
    kwarg: str | None = None,
) -> gast.arguments:
    """The parameter list of a function; ``kw_defaults`` has None where there is no default."""
    return gast.arguments(
        [param(arg) for arg in args],
        [],
        None if vararg is None else param(vararg),
        [param(arg) for arg in kwonlyargs],
        [None if default is None else as_expr(default) for default in kw_defaults],
        None if kwarg is None else param(kwarg),
        [as_expr(default) for default in defaults],
    )


def function_def(identifier: str, args: gast.arguments, body: list[gast.stmt]) -> gast.FunctionDef:
    """``def identifier(args): body``."""
    return gast.FunctionDef(identifier, args, body, [], None, None, [])


# --- templates ---------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _parsed(text: str) -> list[gast.stmt]:
    body: list[gast.stmt] = gast.parse(text).body
    for node in body:
        for child in ast.walk(node):
            for attr in _LOCATION:
                child.__dict__.pop(attr, None)
    return body


def parse_stmts(text: str) -> list[gast.stmt]:
    """Statements from text, without locations."""
    return [clone(node) for node in _parsed(text)]


def parse_expr(text: str) -> gast.expr:
    """An expression from text, without locations."""
    (statement,) = _parsed(text)
    return clone(statement.value)


#: Contexts and operators, which say what they are by their class alone, and plain values.
_WITHOUT_CHILDREN = frozenset(
    cls
    for cls in vars(gast).values()
    if isinstance(cls, type)
    and issubclass(cls, (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop))
) | {str, int, float, bool, type(None)}


# --- trees -------------------------------------------------------------------------------------


def clone(node: N) -> N:
    """A deep copy of a node (or of a list of nodes); leaves that are no nodes are shared."""
    if isinstance(node, list):
        return [clone(item) for item in node]  # type: ignore[return-value]
    if not isinstance(node, ast.AST) or type(node) in _WITHOUT_CHILDREN:
        return node
    copy = type(node).__new__(type(node))
    copy.__dict__.update(
        (key, clone(value) if isinstance(value, (ast.AST, list)) else value)
        for key, value in node.__dict__.items()
    )
    return copy


def located(node: N, like: gast.AST) -> N:
    """``node``, with the location of ``like`` wherever it or its children have none.

    Returns the node itself, for use in expressions.
    """
    line = {attr: getattr(like, attr) for attr in _LOCATION if hasattr(like, attr)}
    pending: list[Any] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, list):
            pending.extend(current)
        elif isinstance(current, ast.AST) and not hasattr(current, "lineno"):
            if "lineno" in current._attributes:
                current.__dict__.update(line)
            pending.extend(ast.iter_child_nodes(current))
    return node


def walk(node: Any) -> Iterator[Any]:
    """Every node of a tree or of a list of trees, parents first, without contexts and operators; quick."""
    pending = list(node) if isinstance(node, list) else [node]
    pending.reverse()
    while pending:
        current = pending.pop()
        yield current
        for child in current.__dict__.values():
            cls = type(child)
            if cls is list:
                pending.extend([item for item in child if isinstance(item, ast.AST)])
            elif cls not in _WITHOUT_CHILDREN and isinstance(child, ast.AST):
                pending.append(child)


def names_in(node: Any) -> Iterator[str]:
    """Every identifier read, written or deleted in a node or a list of nodes, with repeats."""
    for child in walk(node):
        if isinstance(child, gast.Name):
            yield child.id
