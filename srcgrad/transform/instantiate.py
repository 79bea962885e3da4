"""The text of a rule, fitted to one call: parameters replaced, and everything constant folded away.

``np.sum(t, axis=0)`` has the pullback ``masked(np.broadcast_to(restore(g, axis, keepdims), np.shape(a)), where)``.
With ``axis`` and the defaults known this becomes ``np.broadcast_to(np.expand_dims(g, 0), np.shape(t))``, which is what
a person would have written.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping
from typing import Any

import gast
import numpy as np

from srcgrad.rules.helpers import adjoint, masked, restore
from srcgrad.rules.rule import Derivative
from srcgrad.rules.text import METADATA, METADATA_ATTRIBUTES, resolve
from srcgrad.transform import builders as b
from srcgrad.transform.types import Array, Known, Number, Type, is_number

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
}
_COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
    gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
}
_SIMPLE = (int, bool, float, str, type(None), tuple)


class Operand:
    """How a parameter of a rule is spelt at one call: as a value, and where only its shape is asked for."""

    def __init__(
        self,
        type_: Type | None,
        value: Callable[[], gast.expr],
        metadata: Callable[[], gast.expr] | None = None,
    ) -> None:
        self.type = type_
        self.value = value
        self.metadata = metadata or value


def instantiate(
    derivative: Derivative,
    operands: Mapping[str, Operand],
    global_name: Callable[[str, Any], str],
    fresh: Callable[[str], str],
    *,
    complex_: bool = False,
) -> tuple[list[gast.stmt], gast.expr]:
    """Fit the text of a derivative to a call.

    Parameters
    ----------
    operands
        By parameter name, ``ans`` and ``g`` included; absent parameters have their defaults.
    global_name
        Gives the name under which generated code sees a global of the rule's text.
    fresh
        Makes names for the rule's own locals.

    Returns
    -------
    statements, value
        Set-up statements that are needed (those read once are folded into their reader), and the cotangent.
    """
    statements = derivative.complex_statements if complex_ else derivative.statements
    value = derivative.complex_value if complex_ else derivative.value
    defaults = {
        name: parameter.default
        for name, parameter in derivative.rule.signature.parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    if derivative.rule.variadic is not None:
        defaults[derivative.rule.variadic] = ()
    fold = _Folder(operands, defaults, derivative.namespace, global_name, fresh, complex_)
    return fold.run([b.clone(s) for s in statements], b.clone(value))


class _Folder:
    def __init__(
        self,
        operands: Mapping[str, Operand],
        defaults: Mapping[str, Any],
        namespace: Mapping[str, Any],
        global_name: Callable[[str, Any], str],
        fresh: Callable[[str], str],
        complex_: bool,
    ) -> None:
        self.complex_ = complex_
        self.operands = operands
        self.defaults = defaults
        self.namespace = namespace
        self.global_name = global_name
        self.fresh = fresh
        self.locals: dict[str, gast.expr] = {}

    def run(self, statements: list[gast.stmt], value: gast.expr) -> tuple[list[gast.stmt], gast.expr]:
        """Fold statements in order, then the value; inline locals that are read once."""
        folded: list[tuple[str | None, gast.stmt]] = []
        for statement in statements:
            (target,) = statement.targets if isinstance(statement, gast.Assign) else (None,)
            if isinstance(target, gast.Name):
                body = self.fold(statement.value)
                if isinstance(body, (gast.Name, gast.Constant)):
                    self.locals[target.id] = body
                    continue
                name = self.fresh(target.id)
                self.locals[target.id] = b.name(name)
                folded.append((name, b.assign(name, body)))
            elif isinstance(target, gast.Tuple):
                body = self.fold(statement.value)
                if isinstance(body, gast.Tuple) and all(
                    isinstance(part, (gast.Name, gast.Constant)) for part in body.elts
                ):
                    self.locals.update({t.id: part for t, part in zip(target.elts, body.elts, strict=True)})
                    continue
                names = [self.fresh(part.id) for part in target.elts]
                self.locals.update({part.id: b.name(n) for part, n in zip(target.elts, names, strict=True)})
                folded.append((None, b.assign(b.tuple_target(names), body)))
            else:
                raise TypeError(f"a rule has the statement {type(statement).__name__}")
        result = self.fold(value)
        trees: list[Any] = [statement.value for _, statement in folded] + [result]
        counts: dict[str, int] = {}
        for tree in trees:
            for read in b.names_in(tree):
                counts[read] = counts.get(read, 0) + 1
        kept: list[gast.stmt] = []
        inlined: dict[str, gast.expr] = {}
        for local, statement in folded:
            statement.value = replaced(statement.value, inlined)
            uses = 0 if local is None else counts.get(local, 0)
            if local is not None and uses == 1:
                inlined[local] = statement.value
            elif local is None or uses:
                kept.append(statement)
        return kept, tidy(replaced(result, inlined))

    def fold(self, node: gast.expr) -> gast.expr:
        """Fold one expression of the rule's text."""
        match node:
            case gast.Name():
                return self.name(node, metadata=False)
            case gast.Constant():
                return node
            case gast.IfExp():
                test = self.fold(node.test)
                if isinstance(test, gast.Constant):
                    return self.fold(node.body if test.value else node.orelse)
                return gast.IfExp(test, self.fold(node.body), self.fold(node.orelse))
            case gast.BoolOp():
                return self.boolean(node)
            case gast.Compare() if len(node.ops) == 1:
                left, right = self.fold(node.left), self.fold(node.comparators[0])
                if _constants(left, right) and type(node.ops[0]) in _COMPARE:
                    return b.constant(_COMPARE[type(node.ops[0])](_value_of(left), _value_of(right)))
                if isinstance(node.ops[0], (gast.Is, gast.IsNot)) and not isinstance(left, gast.Constant):
                    if (
                        isinstance(right, gast.Constant)
                        and right.value in (None, True, False)
                        and self.is_numeric(node.left)
                    ):
                        return b.constant(isinstance(node.ops[0], gast.IsNot))
                return gast.Compare(left, node.ops, [right])
            case gast.UnaryOp():
                operand = self.fold(node.operand)
                if isinstance(operand, gast.Constant) and isinstance(node.op, gast.Not):
                    return b.constant(not operand.value)
                return gast.UnaryOp(node.op, operand)
            case gast.BinOp():
                return simplified(gast.BinOp(self.fold(node.left), node.op, self.fold(node.right)))
            case gast.Call():
                return self.call(node)
            case gast.Attribute():
                if node.attr in METADATA_ATTRIBUTES and isinstance(node.value, gast.Name):
                    return gast.Attribute(self.name(node.value, metadata=True), node.attr, node.ctx)
                return gast.Attribute(self.fold(node.value), node.attr, node.ctx)
            case gast.ListComp() | gast.GeneratorExp() | gast.SetComp() | gast.DictComp():
                return self.comprehension(node)
        for field, child in gast.iter_fields(node):
            if isinstance(child, gast.expr):
                setattr(node, field, self.fold(child))
            elif isinstance(child, list):
                setattr(node, field, [self.fold(c) if isinstance(c, gast.expr) else c for c in child])
        return node

    def matrix(self, node: gast.expr) -> bool:
        """True for a parameter that is a real matrix."""
        operand = self.operands.get(node.id) if isinstance(node, gast.Name) else None
        type_ = None if operand is None else operand.type
        return isinstance(type_, Array) and type_.ndim == 2 and not self.complex_

    def name(self, node: gast.Name, *, metadata: bool) -> gast.expr:
        """A parameter, a local of the rule, or a global of its module."""
        if node.id in self.locals:
            return b.clone(self.locals[node.id])
        operand = self.operands.get(node.id)
        if operand is not None:
            if isinstance(operand.type, Known) and isinstance(operand.type.value, _SIMPLE):
                return b.constant(operand.type.value)
            return operand.metadata() if metadata else operand.value()
        if node.id in self.defaults:
            default = self.defaults[node.id]
            return (
                b.constant(default)
                if isinstance(default, _SIMPLE)
                else b.name(self.global_name(node.id, default))
            )
        if node.id in self.namespace:
            return b.name(self.global_name(node.id, self.namespace[node.id]))
        return node

    def comprehension(self, node: Any) -> gast.expr:
        """A comprehension; its own variables hide names of the rule."""
        outer = dict(self.locals)
        for generator in node.generators:
            generator.iter = self.fold(generator.iter)
            for name in b.names_in(generator.target):
                self.locals[name] = b.name(name)
            generator.ifs = [self.fold(test) for test in generator.ifs]
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                setattr(node, part, self.fold(getattr(node, part)))
        self.locals = outer
        return node

    def is_numeric(self, node: gast.expr) -> bool:
        """True if a name of the rule's text stands for a number or an array, and so not for None or True."""
        operand = self.operands.get(node.id) if isinstance(node, gast.Name) else None
        return operand is not None and isinstance(operand.type, (Number, Array))

    def boolean(self, node: gast.BoolOp) -> gast.expr:
        stops = isinstance(node.op, gast.Or)
        kept: list[gast.expr] = []
        for value in node.values:
            part = self.fold(value)
            if isinstance(part, gast.Constant):
                if bool(part.value) is stops:
                    kept.append(part)
                    break
                if value is not node.values[-1]:
                    continue
            kept.append(part)
        return kept[0] if len(kept) == 1 else gast.BoolOp(node.op, kept)

    def call(self, node: gast.Call) -> gast.expr:
        """A call; calls that ask for metadata or that constants decide are folded."""
        function = resolve(node.func, self.namespace)
        if (
            function in (np.ndim, np.iscomplexobj)
            and len(node.args) == 1
            and isinstance(node.args[0], gast.Name)
        ):
            operand = self.operands.get(node.args[0].id)
            answer = None if operand is None else _metadata(function, operand.type)
            if answer is not None:
                return b.constant(answer)
        positions = METADATA.get(function, ()) if hashable(function) else ()
        args = [
            self.name(arg, metadata=True) if k in positions and isinstance(arg, gast.Name) else self.fold(arg)
            for k, arg in enumerate(node.args)
        ]
        keywords = [gast.keyword(kw.arg, self.fold(kw.value)) for kw in node.keywords]
        if function is adjoint and self.matrix(node.args[0]):
            return b.attribute(args[0], "T")
        if function is restore and not keywords:
            t, axis, *rest = args
            keepdims = rest[0] if rest else b.constant(False)
            if _is(axis, None) or _is(keepdims, True):
                return t
            if _is(keepdims, False) and _is_constant(axis):
                return b.call("np__.expand_dims", t, axis)
        if (
            getattr(function, "__qualname__", "") == "count"
            and len(args) == 3
            and _is(args[1], None)
            and _is(args[2], True)
        ):
            return b.call("np__.size", args[0])
        if function is masked and len(args) == 2 and _is(args[1], True):
            return args[0]
        return gast.Call(self.fold(node.func), args, keywords)


def hashable(value: Any) -> bool:
    """True if a value can be looked up in a table."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _metadata(function: Any, type_: Type | None) -> Any:
    if function is np.ndim:
        if isinstance(type_, Array):
            return type_.ndim
        return 0 if type_ is not None and is_number(type_) else None
    return None


def _is(node: gast.expr, value: Any) -> bool:
    return isinstance(node, gast.Constant) and node.value is value


def _is_constant(node: gast.expr) -> bool:
    if isinstance(node, gast.Tuple):
        return all(_is_constant(item) for item in node.elts)
    if isinstance(node, gast.UnaryOp):
        return _is_constant(node.operand)
    return isinstance(node, gast.Constant)


def _value_of(node: gast.expr) -> Any:
    if isinstance(node, gast.UnaryOp):
        return -_value_of(node.operand)
    assert isinstance(node, gast.Constant)
    return node.value


def _constants(*nodes: gast.expr) -> bool:
    return all(
        isinstance(node, gast.Constant)
        or (
            isinstance(node, gast.UnaryOp)
            and isinstance(node.op, gast.USub)
            and isinstance(node.operand, gast.Constant)
        )
        for node in nodes
    )


def simplified(node: gast.BinOp) -> gast.expr:
    """Arithmetic on literals, and operations that change nothing."""
    left, right = node.left, node.right
    if _constants(left, right) and type(node.op) in _BINARY:
        first, second = _value_of(left), _value_of(right)
        if isinstance(first, (int, float)) and isinstance(second, (int, float)):
            return b.constant(_BINARY[type(node.op)](first, second))
    match node.op:
        case gast.Pow() if _constants(right) and _value_of(right) == 1 and isinstance(_value_of(right), int):
            return left
        case gast.Mult() if _constants(right) and _value_of(right) == 1 and isinstance(_value_of(right), int):
            return left
        case gast.Mult() if _constants(left) and _value_of(left) == 1 and isinstance(_value_of(left), int):
            return right
        case gast.Sub() | gast.Add() if _constants(right) and _value_of(right) is False:
            return left
    return node


def tidy(node: gast.expr) -> gast.expr:
    """Products with their literal factors in front and their signs outside: ``g * 2 * x`` is ``2 * g * x``."""
    if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Mult, gast.Div)):
        left = tidy(node.left)
        if isinstance(node.op, gast.Mult) and _constants(node.right) and not _constants(left):
            return _scaled(_value_of(node.right), left)
        if isinstance(left, gast.UnaryOp) and isinstance(left.op, gast.USub) and not _constants(left):
            return gast.UnaryOp(left.op, gast.BinOp(left.operand, node.op, node.right))
        right = node.right
        if isinstance(right, gast.UnaryOp) and isinstance(right.op, gast.USub) and not _constants(right):
            return gast.UnaryOp(right.op, gast.BinOp(left, node.op, right.operand))
        return gast.BinOp(left, node.op, node.right)
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        inner = tidy(node.operand)
        if isinstance(inner, gast.UnaryOp) and isinstance(inner.op, gast.USub):
            return inner.operand
        return gast.UnaryOp(node.op, inner)
    return node


def _scaled(factor: Any, node: gast.expr) -> gast.expr:
    """``factor * node`` with the factor multiplied into a literal that is already in front."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) and not _constants(node):
        return gast.UnaryOp(node.op, _scaled(factor, node.operand))
    if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Mult, gast.Div)):
        if not _constants(node.left):
            return gast.BinOp(_scaled(factor, node.left), node.op, node.right)
        if (
            isinstance(node.op, gast.Mult)
            and isinstance(factor, int)
            and isinstance(_value_of(node.left), int)
        ):
            return b.binary(b.constant(_value_of(node.left) * factor), "Mult", node.right)
    return b.binary(b.constant(factor), "Mult", node)


def replaced(node: Any, table: Mapping[str, gast.expr]) -> Any:
    """The tree with names replaced."""
    if not table:
        return node
    return _Replace(table).visit(node)


class _Replace(gast.NodeTransformer):  # type: ignore[misc]
    def __init__(self, table: Mapping[str, gast.expr]) -> None:
        self.table = table

    def visit_Name(self, node: gast.Name) -> gast.expr:
        return b.clone(self.table[node.id]) if node.id in self.table else node
