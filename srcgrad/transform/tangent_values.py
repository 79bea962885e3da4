"""Tangents of expressions: the rules' tangents, fitted to the call.

``y = np.sin(x * z) + w`` has the tangent ``np.cos(t) * (x_dot * z + x * z_dot) + w_dot`` with ``t = x * z``. The tangent is
computed where the value is, so whatever it reads still is what it was; what costs something is computed once, under a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from srcgrad.rules import Kind as RuleKind
from srcgrad.rules import Rule
from srcgrad.rules.derivative import Tangent
from srcgrad.runtime.sweeps import shadow_of
from srcgrad.runtime.tangents import tangent_like
from srcgrad.transform import builders as b
from srcgrad.transform.adjoints import Cotangent, total
from srcgrad.transform.facts import RuleCall, SameObject
from srcgrad.transform.instantiate import Operand, instantiate, tidy
from srcgrad.transform.refused import Refused
from srcgrad.transform.tangent_columns import ColumnRules
from srcgrad.transform.types import (
    Array,
    Inert,
    Kind,
    Known,
    Numeric,
    Record,
    Unknown,
    Value,
    carries_derivative,
    is_container,
    is_number,
    is_numeric,
    is_python,
    same_shape,
)

if TYPE_CHECKING:
    from srcgrad.transform.tangent_base import TangentBase

Arguments = Mapping[str, "gast.expr | list[gast.expr]"]


@dataclass(frozen=True)
class Dot:
    """An expression for a tangent.

    Attributes
    ----------
    full
        It has the shape of the value; otherwise one that is broadcast to it.
    fresh
        It makes an array of the value's shape and type that nothing else refers to.
    """

    expr: gast.expr
    full: bool = True
    fresh: bool = False


class TangentStatement(ColumnRules):
    """The tangent code of one statement, with the temporaries that it shares with the statement."""

    def __init__(
        self,
        forwarder: TangentBase,
        node: gast.stmt,
        root: gast.expr | None = None,
        target: str | None = None,
    ) -> None:
        super().__init__(forwarder, node, root, target)
        self.forwarder = forwarder
        self.columns = forwarder.columns
        #: Memory that got a tangent of zeros in this statement.
        self.zeroed: set[str] = set()

    # --- forward values: everything still is what it was ----------------------------------------

    def changes(self, node: gast.expr) -> bool:
        """Nothing changes between a statement and its tangent."""
        return False

    def is_cheap_in_loop(self, node: gast.expr) -> bool:
        """There is no tape to save memory on."""
        return False

    def is_one_of_several_slices(self, node: gast.Subscript) -> bool:
        """Slices need no copies."""
        return False

    def keep(self, node: gast.expr, *, copy: bool = False) -> gast.expr:
        """Give an expression a name."""
        return super().keep(node)

    # --- expressions ----------------------------------------------------------------------------

    def tangent(self, node: gast.expr) -> Dot | None:
        """The tangent of an expression; None for zero."""
        value = self.facts.values.get(id(node))
        if value is None or not carries_derivative(value):
            return None
        match node:
            case gast.Name():
                return self.forwarder.dot_of(node)
            case gast.Subscript():
                return self.of_item(node)
            case gast.Attribute():
                return self.of_attribute(node)
            case gast.BinOp() | gast.UnaryOp() | gast.Call():
                fact = self.facts.calls.get(id(node))
                if isinstance(fact, RuleCall):
                    return self.through_rule(node, fact)
                if isinstance(fact, SameObject):
                    return self.tangent(fact.argument)
                if isinstance(node, gast.Call) and is_container(value.type):
                    return self.of_list_copy(node)
            case gast.Tuple() | gast.List():
                return self.of_display(node)
        raise Refused(node, "an expression without a rule")

    def full(self, dot: Dot, node: gast.expr) -> gast.expr:
        """A tangent in the shape of the value of ``node``."""
        if dot.full:
            return dot.expr
        if self.columns is not None:
            return b.call("np__.broadcast_to", dot.expr, self.wide_shape(node))
        return b.call("np__.broadcast_to", dot.expr, b.call("np__.shape", self.shape_source(node)))

    def complete(self, node: gast.expr) -> gast.expr:
        """The tangent of ``node`` in its shape, zeros where it is zero."""
        dot = self.tangent(node)
        if dot is not None:
            return self.full(dot, node)
        value = self.facts.value(node)
        if self.columns is None and is_number(value.type):
            return b.constant(0.0)
        if isinstance(value.type, (Known, Inert)) and not is_number(value.type):
            return b.constant(None)
        if isinstance(node, gast.Tuple):
            return b.tuple_(self.complete(item) for item in node.elts)
        if isinstance(node, gast.Name) and (is_container(value.type) or value.written):
            if node.id in self.zeroed:
                raise Refused(node, "memory without a tangent in two places")
            self.zeroed.add(node.id)
        if self.columns is not None:
            return self.zeros(node)
        if isinstance(value.type, Array):
            return b.call("np__.zeros_like", self.shape_source(node))
        return b.call(self.helper(shadow_of), self.available(node))

    def stored(self, node: gast.expr) -> gast.expr:
        """The tangent of what becomes a member of a container, or is written by a callee: shared only as the value is."""
        value = self.facts.value(node)
        dot = self.tangent(node) if isinstance(value.type, Array) else None
        if dot is None or dot.fresh or self.forwarder.is_alias(node, value):
            return self.complete(node)
        return self.own_memory(self.available(node), dot.expr)

    def own_memory(self, value: gast.expr | str, dot: gast.expr) -> gast.Call:
        """``tangent_like(value, dot)``: the tangent in memory of its own."""
        columns = [] if self.columns is None else [self.columns]
        return b.call(self.helper(tangent_like), value, dot, *columns)

    def place(self, target: gast.Subscript) -> gast.expr:
        """``A_dot[index]`` for ``A[index]``."""
        dot = self.tangent(target.value)
        if dot is None:
            raise Refused(target, "it writes into memory without a tangent")
        return b.subscript(dot.expr, self.item_index(target))

    def item_index(self, node: gast.Subscript) -> gast.expr:
        """The index of an item in the tangent of what it is an item of."""
        index = self.available_index(node.slice)
        return (
            index if is_container(self.facts.value(node.value).type) else self.wide_index(node.slice, index)
        )

    def of_item(self, node: gast.Subscript) -> Dot | None:
        """``x[index]``: the same item of the tangent."""
        owner = self.facts.value(node.value)
        base = self.tangent(node.value)
        if base is None:
            return None
        if is_container(owner.type) and isinstance(node.value, gast.Tuple):
            position = self.facts.value(node.slice).type
            if isinstance(position, Known) and isinstance(position.value, int):
                return self.tangent(node.value.elts[position.value])
        index = self.item_index(node)
        value = self.facts.value(node)
        copied = is_numeric(owner.type) and value.home is not owner.home
        item: gast.expr = b.subscript(self.full(base, node.value), index)
        if self.columns is not None and is_numeric(owner.type) and is_number(value.type) and owner.written:
            item = b.method(item, "copy")  # the number stays what it was, and so must its columns
        return Dot(item, fresh=copied)

    def of_attribute(self, node: gast.Attribute) -> Dot | None:
        """Fields of objects; ``.T``, ``.real`` and ``.imag`` of arrays."""
        base = self.tangent(node.value)
        if base is None:
            return None
        owner = self.facts.value(node.value)
        if isinstance(owner.type, Record) or node.attr in ("T", "real", "imag"):
            if is_number(owner.type) and node.attr == "T":
                return base
            if self.columns is not None and node.attr == "T":
                ndim = self.ndim(node.value)
                if ndim is None or ndim > 2:
                    raise Refused(node, "a transpose of an array whose number of axes is not known")
                return base if ndim < 2 else Dot(b.call("np__.swapaxes", self.full(base, node.value), 0, 1))
            return Dot(b.attribute(self.full(base, node.value), node.attr))
        raise Refused(node, f".{node.attr} of a differentiated value")

    def of_display(self, node: gast.Tuple | gast.List) -> Dot | None:
        """``[a, b]``: the tangents of the members."""
        if any(isinstance(item, gast.Starred) for item in node.elts):
            raise Refused(node, "a starred member of a list")
        members = [self.stored(item) for item in node.elts]
        return Dot(b.tuple_(members) if isinstance(node, gast.Tuple) else b.list_(members), fresh=True)

    def of_list_copy(self, node: gast.Call) -> Dot | None:
        """``list(xs)`` and ``xs.copy()``."""
        method = isinstance(node.func, gast.Attribute)
        original = node.func.value if method else node.args[0]
        base = self.tangent(original)
        if base is None:
            return None
        return Dot(b.method(base.expr, "copy") if method else b.call("list", base.expr), fresh=True)

    # --- operations of the table ----------------------------------------------------------------

    def through_rule(self, node: gast.expr, fact: RuleCall) -> Dot | None:
        """The tangent of an operation with a rule."""
        if fact.rule.outputs > 1:
            raise Refused(node, f"{fact.rule.name} has several results")
        return self.push(fact.rule, fact.arguments, node, node)

    def push(self, rule: Rule, arguments: Arguments, node: gast.AST, produced: gast.expr) -> Dot | None:
        """The tangent of ``rule`` for these arguments; ``produced`` is an expression with the type of its result."""
        for argument in arguments.values():
            for operand in _listed(argument):
                if id(operand) in self.facts.guards:
                    self.guard(operand)
        dots = {
            name: dot
            for name in rule.differentiable
            if name in arguments and (dot := self.of_argument(rule, name, arguments[name])) is not None
        }
        if not dots:
            return None
        if not rule.has_tangent:
            raise Refused(node, f"{rule.name} has no forward mode")
        order = self.constant_of(arguments, "order", "C")
        if rule.op in _BY_MEMORY or (rule.op in _BY_ORDER and order not in ("C", "F")):
            raise Refused(node, f"{rule.name} goes by the order in memory, which a tangent need not share")
        if rule.kind is RuleKind.ELEMENTWISE:
            return self.elementwise(rule, arguments, dots, node, produced)
        dots = {name: replace(dot, expr=self.whole(dot, arguments[name])) for name, dot in dots.items()}
        if self.columns is not None:
            return Dot(
                self.in_columns(rule, arguments, dots, node, produced),
                full=self.spans(rule, arguments, dots, produced),
            )
        made = self.applied(rule, arguments, dots, node)
        if made is not None:
            fresh = not rule.view and not isinstance(made, gast.Name)
            return Dot(made, full=self.spans(rule, arguments, dots, produced), fresh=fresh)
        return Dot(self.instantiated(rule, arguments, dots, node, produced), full=not rule.broadcasts)

    def in_columns(
        self,
        rule: Rule,
        arguments: Arguments,
        dots: Mapping[str, Dot],
        node: gast.AST,
        produced: gast.expr,
    ) -> gast.expr:
        """An operation that is not one of elements, on many tangents."""
        exprs = {name: dot.expr for name, dot in dots.items()}
        found = self.natural(rule, arguments, exprs)
        if found is not None:
            return found

        def spell(parts: Mapping[str, gast.expr]) -> gast.expr:
            each = {name: Dot(part) for name, part in parts.items()}
            made = self.applied(rule, arguments, each, node)
            return self.instantiated(rule, arguments, each, node, produced) if made is None else made

        return self.one_by_one(arguments, exprs, spell)

    def of_argument(self, rule: Rule, name: str, argument: Any) -> Dot | None:
        """The tangent of an argument; of a sequence of arrays, one for each."""
        if isinstance(argument, gast.expr):
            return self.tangent(argument)
        if not any(carries_derivative(self.facts.value(item)) for item in argument):
            return None
        return Dot(b.tuple_(self.complete(item) for item in argument))

    def whole(self, dot: Dot, argument: Any) -> gast.expr:
        return self.full(dot, argument) if isinstance(argument, gast.expr) else dot.expr

    def spans(self, rule: Rule, arguments: Arguments, dots: Mapping[str, Dot], produced: gast.expr) -> bool:
        """False if an argument that has no tangent may be what gives the result its shape."""
        if not rule.broadcasts:
            return True
        result = self.facts.value(produced).type
        types = [self.facts.value(a).type for n in dots if isinstance(a := arguments[n], gast.expr)]
        return is_number(result) or any(same_shape(type_, result) for type_ in types)

    def elementwise(
        self,
        rule: Rule,
        arguments: Arguments,
        dots: Mapping[str, Dot],
        node: gast.AST,
        produced: gast.expr,
    ) -> Dot:
        """``dx * partial``, summed over the arguments."""
        expr = self.instantiated(rule, arguments, dots, node, produced)
        result = self.facts.value(produced).type
        if is_number(result):
            if self.columns is not None and _may_be_constant(expr):
                expr = b.call("np__.broadcast_to", expr, self.columns)
            return Dot(expr)
        reads = self.derivative(rule, dots).reads
        shown = [n for n in arguments if n in reads or (n in dots and dots[n].full)]
        values = {n: self.facts.value(a) for n, a in arguments.items() if isinstance(a, gast.expr)}
        covered = "ans" in reads or all(n in shown for n, v in values.items() if not _is_scalar(v))
        full = covered or any(same_shape(values[n].type, result) for n in shown if n in values)
        return Dot(expr, full=full, fresh=covered and isinstance(expr, (gast.BinOp, gast.UnaryOp)))

    def derivative(self, rule: Rule, dots: Mapping[str, Dot]) -> Tangent:
        return rule.tangent(tuple(name for name in rule.differentiable if name in dots))

    def instantiated(
        self,
        rule: Rule,
        arguments: Arguments,
        dots: Mapping[str, Dot],
        node: gast.AST,
        produced: gast.expr,
    ) -> gast.expr:
        """The text of the rule's tangent, fitted to the call."""
        operands = self.operands(rule, arguments, node)
        wide = self.columns is not None and rule.kind is RuleKind.ELEMENTWISE
        if wide:
            result = self.facts.value(produced).type
            operands["ans"] = Operand(result, operands["ans"].value)
            operands = {name: self.lifted_operand(operand) for name, operand in operands.items()}
        places: dict[str, gast.expr] = {}
        for name, dot in dots.items():
            place = f"d{name}__"
            places[place] = dot.expr
            argument = arguments[name]
            type_ = self.facts.value(argument).type if isinstance(argument, gast.expr) else None
            operands[f"d{name}"] = Operand(Numeric(Kind.FLOAT) if wide else type_, partial(b.name, place))
        kinds = [self.facts.value(a).kind for argument in arguments.values() for a in _listed(argument)]
        kinds.append(self.facts.value(produced).kind)
        statements, expr = instantiate(
            self.derivative(rule, dots),
            operands,
            self.context.global_name,
            self.context.names.fresh,
            complex_=Kind.COMPLEX in kinds,
        )
        trees = [*statements, expr]
        for place, dot_expr in places.items():
            uses = sum(name == place for tree in trees for name in b.names_in(tree))
            if uses > 1 and not isinstance(dot_expr, (gast.Name, gast.Constant)):
                fresh = self.context.names.fresh("t_dot")
                self.out.append(b.assign(fresh, dot_expr))
                places[place] = b.name(fresh)
        bound = _Bind(places)
        self.out.extend(bound.visit(statement) for statement in statements)
        return _summed(_without_defaults(bound.visit(expr), rule))

    def applied(
        self, rule: Rule, arguments: Arguments, dots: Mapping[str, Dot], node: gast.AST
    ) -> gast.expr | None:
        """The operation itself on tangents: what a (multi)linear one's tangent is. None where that cannot be spelt."""
        if rule.sources.jvp is not None or not isinstance(node, (gast.Call, gast.BinOp, gast.UnaryOp)):
            return None
        if any(isinstance(argument, list) for argument in arguments.values()):
            return None
        if rule.kind is RuleKind.LINEAR:
            zero = [n for n in rule.differentiable if n in arguments and n not in dots]
            if any(n in rule.sequences for n in zero):
                return None
            replaced = {id(arguments[n]): b.constant(0.0) for n in zero}
            return self.respelt(node, replaced | {id(arguments[n]): dot.expr for n, dot in dots.items()})
        if rule.kind is RuleKind.MULTILINEAR:
            terms = [self.respelt(node, {id(arguments[n]): dot.expr}) for n, dot in dots.items()]
            total = terms[0]
            for term in terms[1:]:
                if total is None or term is None:
                    return None
                total = b.binary(total, "Add", term)
            return total
        return None

    def respelt(
        self, node: gast.Call | gast.BinOp | gast.UnaryOp, replaced: Mapping[int, gast.expr]
    ) -> gast.expr | None:
        """An operation with some of its operands replaced; None if it is a method of what is no array for certain."""

        def operand(part: gast.expr) -> gast.expr:
            found = replaced.get(id(part))
            return self.available(part) if found is None else b.clone(found)

        match node:
            case gast.BinOp():
                return gast.BinOp(operand(node.left), node.op, operand(node.right))
            case gast.UnaryOp():
                return gast.UnaryOp(node.op, operand(node.operand))
        fact = self.facts.calls[id(node)]
        assert isinstance(fact, RuleCall)
        function: gast.expr = b.clone(node.func)
        if fact.method:
            if not isinstance(self.facts.value(node.func.value).type, Array):
                return None
            function = b.attribute(operand(node.func.value), node.func.attr)
        keywords = [gast.keyword(keyword.arg, operand(keyword.value)) for keyword in node.keywords]
        return gast.Call(function, [operand(arg) for arg in node.args], keywords)


_BY_MEMORY = frozenset({np.lib.stride_tricks.as_strided, np.ndarray.view})
_BY_ORDER = frozenset({np.ravel, np.reshape, np.ndarray.ravel, np.ndarray.reshape, np.ndarray.flatten})


def _listed(argument: Any) -> list[gast.expr]:
    return argument if isinstance(argument, list) else [argument]


def _summed(expr: gast.expr) -> gast.expr:
    """A sum with equal terms counted and signs drawn into it."""
    terms: list[gast.expr] = []
    while isinstance(expr, gast.BinOp) and isinstance(expr.op, gast.Add):
        terms.append(expr.right)
        expr = expr.left
    parts = [tidy(term) for term in (expr, *reversed(terms))]
    if len(parts) > 1 and isinstance(parts[0], gast.UnaryOp) and not isinstance(parts[1], gast.UnaryOp):
        parts[:2] = parts[1::-1]
    return total([Cotangent(part, Unknown()) for part in parts])


def _without_defaults(expr: gast.expr, rule: Rule) -> gast.expr:
    """Calls of the operation itself without the arguments that only say what is so anyway."""
    name = getattr(rule.op, "__name__", None)
    for node in b.walk(expr):
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr == name:
            node.keywords = [
                keyword
                for keyword in node.keywords
                if not isinstance(keyword.value, gast.Constant)
                or (parameter := rule.signature.parameters.get(keyword.arg)) is None
                or keyword.value.value is not parameter.default
            ]
    return expr


def _may_be_constant(expr: gast.expr) -> bool:
    """True if a tangent may be a literal zero."""
    return any(isinstance(node, gast.IfExp) for node in b.walk(expr)) or isinstance(expr, gast.Constant)


def _is_scalar(value: Value) -> bool:
    return is_number(value.type) or is_python(value.type) or not is_numeric(value.type)


class _Bind(gast.NodeTransformer):  # type: ignore[misc]
    """Puts tangents in the places that a rule's text has for them."""

    def __init__(self, table: Mapping[str, gast.expr]) -> None:
        self.table = table

    def visit_Name(self, node: gast.Name) -> gast.expr:
        return b.clone(self.table[node.id]) if node.id in self.table else node
