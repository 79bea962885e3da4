"""Blocks of ``insert_grad_of``: made functions when source is read, and written into the reverse sweep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.errors import Location, UnsupportedError
from srcgrad.rules.text import resolve
from srcgrad.runtime.surgery import adjoint_of, insert_grad_of
from srcgrad.transform import builders as b
from srcgrad.transform.adjoints import Mark
from srcgrad.transform.expressions import Statement
from srcgrad.transform.facts import SurgeryCall
from srcgrad.transform.lowering.scopes import (
    Definition,
    all_nodes,
    bindings,
    blocks,
    exits,
    own_nodes,
    parameters,
)
from srcgrad.transform.pieces import Step, step
from srcgrad.transform.refused import Refused
from srcgrad.transform.signature import leaves
from srcgrad.transform.types import Array, Inner, Value, is_number

if TYPE_CHECKING:
    from srcgrad.transform.infer_expressions import Expressions
    from srcgrad.transform.reverser_base import ReverserBase


# --- from a block to a function ----------------------------------------------------------------


def expand_surgery(tree: gast.FunctionDef, namespace: Mapping[str, Any], filename: str, lines: Any) -> None:
    """Replace blocks of `insert_grad_of` by a function and a call of ``insert_grad_of.at``, in place."""
    if not any(isinstance(node, gast.With) and _subject(node, namespace) for node in all_nodes(tree)):
        return
    functions = [node for node in all_nodes(tree) if isinstance(node, gast.FunctionDef)]
    for function in functions:
        _expand(function, function.body, namespace, filename, lines)


def _subject(node: gast.With, namespace: Mapping[str, Any]) -> gast.Call | None:
    """The call of `insert_grad_of` that a block enters."""
    for item in node.items:
        call = item.context_expr
        if isinstance(call, gast.Call) and resolve(call.func, namespace) is insert_grad_of:
            return call
    return None


def _expand(
    function: gast.FunctionDef, body: list[gast.stmt], namespace: Mapping[str, Any], filename: str, lines: Any
) -> None:
    for place in range(len(body) - 1, -1, -1):
        node = body[place]
        if isinstance(node, Definition):
            continue
        call = _subject(node, namespace) if isinstance(node, gast.With) else None
        if call is not None:
            body[place : place + 1] = _marked(function, node, call, Location.from_node(node, filename, lines))
            continue
        for _, block in blocks(node):
            _expand(function, block, namespace, filename, lines)


def _marked(function: gast.FunctionDef, node: gast.With, call: gast.Call, where: Location) -> list[gast.stmt]:
    adjoint = node.items[0].optional_vars
    outside = {p.id for p in parameters(function.args)} | _bound_outside(function.body, node)
    subject = call.args[0] if len(call.args) == 1 and not call.keywords else None
    if len(node.items) > 1 or not isinstance(adjoint, gast.Name):
        raise UnsupportedError(
            "insert_grad_of stands alone, with a name: with insert_grad_of(x) as x_bar", location=where
        )
    if not isinstance(subject, gast.Name) or subject.id not in outside:
        raise UnsupportedError(
            "insert_grad_of takes a local variable",
            location=where,
            way_out="give the value a name, and use that after it",
        )
    if any(True for stmt in node.body for _ in exits(stmt)) or any(
        isinstance(child, (gast.Return, gast.Yield, gast.YieldFrom, gast.Await))
        for child in own_nodes(node.body)
    ):
        raise UnsupportedError(
            "a block of insert_grad_of is left by return, break or continue", location=where
        )
    reads = [name for name in _read_first(node.body, adjoint.id) if name in outside]
    name = f"{adjoint.id}_body"
    while name in outside:
        name += "_"
    body = [*node.body, b.return_(b.name(adjoint.id))]
    made = b.function_def(name, b.arguments([adjoint.id, *reads]), body)
    at = gast.Attribute(call.func, "at", gast.Load())
    marker = b.assign(subject.id, b.call(at, subject.id, name, *reads))
    return [b.located(made, node), b.located(marker, node)]


def _bound_outside(body: list[gast.stmt], block: gast.With) -> set[str]:
    """Names that a function binds elsewhere than in one block."""
    every = bindings(body)
    every.subtract(bindings(block))
    return {name for name, count in every.items() if count > 0}


def _read_first(body: list[gast.stmt], adjoint: str) -> list[str]:
    """Names that a block reads before it assigns them."""
    found: dict[str, None] = {}
    assigned = {adjoint}
    for statement in body:
        names = [node for node in all_nodes(statement) if isinstance(node, gast.Name)]
        updated = {statement.target.id} if _updates_name(statement) else set()
        loaded = {node.id for node in names if isinstance(node.ctx, gast.Load)} | updated
        found.update(dict.fromkeys(sorted(loaded - assigned)))
        if isinstance(statement, (gast.Assign, gast.AnnAssign)):
            assigned |= {node.id for node in names if isinstance(node.ctx, gast.Store)}
    return list(found)


def _updates_name(statement: gast.stmt) -> bool:
    return isinstance(statement, gast.AugAssign) and isinstance(statement.target, gast.Name)


# --- in the compiler ---------------------------------------------------------------------------


def infer_surgery(self: Expressions, node: gast.Call, positional: list[Value]) -> Value:
    """The abstract value of ``insert_grad_of.at(x, body, ...)``: that of the variable."""
    value = positional[0]
    if not value.varied:
        return value
    body = positional[1].type
    if not isinstance(body, Inner) or not (is_number(value.type) or isinstance(value.type, Array)):
        raise Refused(node, "insert_grad_of a variable that is no number and no array")
    self.facts.calls[id(node)] = SurgeryCall(node.args[0], body.definition, tuple(node.args[2:]))
    return value


def surgery(reverser: ReverserBase, node: gast.Assign, fact: SurgeryCall) -> Step:
    """The step of a block: nothing forwards, the block itself backwards."""
    target = node.targets[0]
    assert isinstance(target, gast.Name)
    name, value, adjoints = target.id, reverser.facts.value(target), reverser.adjoints
    if value.written or (isinstance(value.type, Array) and not _is_alone(reverser, name, value)):
        raise Refused(node, "insert_grad_of an array that is written, or known under other names as well")
    if name not in adjoints.state:
        return Step([], [])
    statement = Statement(reverser, node, node.value, name)
    if isinstance(value.type, Array):
        statement.out += adjoints.memory(name, value.type)
    elif not adjoints.state[name].full:
        raise Refused(node, "an adjoint whose shape is not known")
    bar = adjoints.bar(name)
    args = [arg.id for arg in fact.body.args.args]
    given = {args[0]: b.name(bar)}
    given |= {arg: statement.available(expr) for arg, expr in zip(args[1:], fact.reads, strict=True)}
    block = b.clone(fact.body.body[:-1])
    if any(isinstance(child, (*Definition, gast.Import, gast.ImportFrom)) for child in all_nodes(block)):
        raise Refused(node, "a definition inside of a block of insert_grad_of")
    bound = bindings(block)
    for own in bound:
        if own != args[0]:
            fresh = reverser.names.fresh(own)
            if own in given:
                statement.out.append(b.assign(fresh, given[own]))
            given[own] = b.name(fresh)
    statement.out += [_Renamed(given).visit(child) for child in block]
    if args[0] in bound:
        checked = b.call(statement.helper(adjoint_of), bar, statement.shape_source(fact.variable))
        statement.out.append(b.assign(bar, checked))
    adjoints.state[name] = Mark(owned=False)
    return step([], statement.finish(), node)


def _is_alone(reverser: ReverserBase, name: str, value: Value) -> bool:
    """True if no other name, and no caller, holds the array."""
    home = value.home
    if not reverser.is_entry and any(
        part.home is home for parameter in reverser.facts.parameters.values() for part in leaves(parameter)
    ):
        return False
    for node in b.walk(reverser.facts.core.function):
        if isinstance(node, gast.Name) and node.id != name and id(node) in reverser.facts.values:
            if any(part.home is home for part in leaves(reverser.facts.values[id(node)])):
                return False
    return True


class _Renamed(gast.NodeTransformer):  # type: ignore[misc]
    """Other names, or expressions, for what a block reads and assigns."""

    def __init__(self, table: Mapping[str, gast.expr]) -> None:
        self.table = table

    def visit_Name(self, node: gast.Name) -> gast.expr:
        found = self.table.get(node.id)
        if found is None:
            return node
        if isinstance(node.ctx, gast.Load):
            return b.clone(found)
        assert isinstance(found, gast.Name)
        return gast.Name(found.id, node.ctx, None, None)
