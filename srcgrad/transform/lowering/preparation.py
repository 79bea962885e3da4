"""Before and after the lowering: what is dropped, what is refused, what is noted of the whole function."""

from __future__ import annotations

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering.methods import MUTATING_METHODS
from srcgrad.transform.lowering.scopes import all_nodes, bindings, free_names, own_nodes, parameters, root
from srcgrad.transform.lowering.taint import Taint, operands
from srcgrad.transform.refused import Refused

#: Builtins that see or change local names behind the back of any analysis.
_REFLECTION = ("eval", "exec", "locals", "vars", "globals", "breakpoint")


def prepared(tree: gast.FunctionDef) -> gast.FunctionDef:
    """A private copy without decorators, annotations and docstring."""
    if not isinstance(tree, gast.FunctionDef):
        raise Refused(tree, "an asynchronous function")
    copy = b.clone(tree)
    copy.decorator_list, copy.returns, copy.type_params = [], None, []
    for parameter in parameters(copy.args):
        parameter.annotation = None
    first = copy.body[0]
    if (
        isinstance(first, gast.Expr)
        and isinstance(first.value, gast.Constant)
        and isinstance(first.value.value, str)
    ):
        copy.body = copy.body[1:] or [b.located(b.pass_(), first)]
    for node in own_nodes(copy.body):
        if isinstance(node, gast.ExceptHandler) and node.name is not None:
            b.located(node.name, node)  # gast gives it none
        if isinstance(node, (gast.Yield, gast.YieldFrom, gast.Await, gast.AsyncFor, gast.AsyncWith)):
            raise Refused(node, "a generator or an asynchronous function")
        if isinstance(node, (gast.Global, gast.Nonlocal)) and not bindings(copy.body).keys().isdisjoint(
            node.names
        ):
            raise Refused(node, "the function rebinds a name outside of it")
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in _REFLECTION:
            raise Refused(node, f"{node.func.id}() sees the local names")
    return copy


def check_inner_functions(
    function: gast.FunctionDef, inner: dict[str, gast.FunctionDef], taint: Taint
) -> None:
    """Refuse inner functions that do more with tainted values than read them when called directly."""
    if not inner:
        return
    called: set[int] = set()  # or passed on as an argument
    touched: set[str] = set()
    for node in all_nodes(function):
        if not isinstance(node, gast.Call):
            continue
        called.update(map(id, operands(node)))
        if isinstance(node.func, gast.Name) and node.func.id in inner:
            called.add(id(node.func))
            if taint.touches(node):
                touched.add(node.func.id)
    handed_on = inner.keys() & taint.names
    for node in all_nodes(function):
        if isinstance(node, gast.Name) and node.id in handed_on and id(node) not in called:
            raise Refused(node, "an inner function that uses values with derivatives is handed on as a value")
    for name, definition in inner.items():
        if name in taint.names or name in touched:
            _check_reads_only(definition)


def _check_reads_only(definition: gast.FunctionDef) -> None:
    captured = free_names(definition) - {definition.name}
    for node in own_nodes(definition.body):
        written: str | None = None
        if isinstance(node, (gast.Subscript, gast.Attribute)) and not isinstance(node.ctx, gast.Load):
            written = root(node)
        elif isinstance(node, gast.AugAssign):
            written = root(node.target)
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute):
            written = root(node.func) if node.func.attr in MUTATING_METHODS else None
        elif isinstance(node, gast.Nonlocal):
            raise Refused(node, "an inner function rebinds names of the function around it")
        if written is not None and written in captured and written not in bindings(definition.body):
            raise Refused(node, "an inner function writes into an object of the function around it")
