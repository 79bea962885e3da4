"""Adjoints of operations of the table: the rule's text, fitted to the call and to the shapes of its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from srcgrad.rules import Kind as RuleKind
from srcgrad.rules import Rule
from srcgrad.rules.helpers import project
from srcgrad.transform import builders as b
from srcgrad.transform.adjoints import Cotangent
from srcgrad.transform.facts import RuleCall, WritingCall
from srcgrad.transform.instantiate import Operand, instantiate, tidy
from srcgrad.transform.refused import Refused
from srcgrad.transform.result_types import elementwise
from srcgrad.transform.types import (
    Array,
    Kind,
    ListOf,
    Numeric,
    TupleOf,
    Type,
    Value,
    carries_derivative,
    is_number,
    is_numeric,
    same_shape,
)

if TYPE_CHECKING:
    from srcgrad.transform.reverser_base import ReverserBase

from srcgrad.transform.forward_values import ForwardValues

_G = "g__"


class RuleAdjoints(ForwardValues):
    """The part of a statement that passes cotangents through operations."""

    def __init__(
        self,
        reverser: ReverserBase,
        node: gast.stmt,
        root: gast.expr | None = None,
        target: str | None = None,
    ):
        super().__init__(reverser, node, root, target)
        self.reverser = reverser
        self.adjoints = reverser.adjoints
        self.added: dict[str, tuple[gast.AugAssign, gast.expr, int]] = {}
        self.repeated: dict[int, str] = {}
        self.in_forward_sweep = False
        self.leaves: dict[str, list[Cotangent]] = {}
        self.leaf_types: dict[str, Type] = {}

    def contribute(self, node: gast.expr, g: Cotangent) -> None:
        """Add a cotangent of ``node`` to the adjoints of what it was computed from."""
        raise NotImplementedError

    def location(self, node: gast.expr) -> gast.expr | None:
        """The adjoint memory of an expression that names memory, None if it has none."""
        raise NotImplementedError

    def through_rule(self, node: gast.expr, g: Cotangent) -> None:
        """Pass a cotangent through an operation of the table."""
        fact = self.facts.calls[id(node)]
        assert isinstance(fact, RuleCall)
        rule = fact.rule
        if rule.outputs > 1:
            raise Refused(node, f"{rule.name} has several results")
        self.pull(rule, fact.arguments, node, g)

    def pull(self, rule: Rule, arguments: Any, node: gast.AST, g: Cotangent) -> None:
        """One cotangent for each differentiated argument of a rule."""
        active = [
            (name, argument)
            for name, argument in arguments.items()
            if name in rule.differentiable
            and any(carries_derivative(self.facts.value(a)) for a in _listed(argument))
        ]
        produced = node.target if isinstance(node, gast.AugAssign) else node
        if isinstance(node, gast.Expr):  # a call with out=
            fact = self.facts.calls[id(node.value)]
            assert isinstance(fact, WritingCall)
            produced = fact.owner
        for argument in arguments.values():
            for operand in _listed(argument):
                if id(operand) in self.facts.guards:
                    self.guard(operand)
        result = self.facts.value(produced).type
        if rule.kind is not RuleKind.ELEMENTWISE or not all(
            same_shape(result, self.facts.value(a).type) for _, argument in active for a in _listed(argument)
        ):
            g = self.spread(g, produced, result, whole=rule.op in _PRODUCTS)
        kinds = [self.facts.value(a).kind for argument in arguments.values() for a in _listed(argument)]
        complex_ = Kind.COMPLEX in (*kinds, self.facts.value(produced).kind)
        if rule.op in _COPIES and len(active) == 1 and isinstance(active[0][1], gast.expr):
            display = isinstance(active[0][1], (gast.List, gast.Tuple))
            if display or same_shape(self.facts.value(produced).type, self.facts.value(active[0][1]).type):
                self.contribute(active[0][1], g)
                return
        if rule.op is np.divide and len(active) == 2 and not complex_ and not rule.nan_safe:
            self.quotient(rule, arguments, node, g)
            return
        fitted = []
        uses = 0
        for name, argument in active:
            operands = self.operands(rule, arguments, node)
            operands["g"] = Operand(g.type, lambda: b.name(_G))
            statements, expr = instantiate(
                rule.pullbacks[name],
                operands,
                self.reverser.global_name,
                self.reverser.names.fresh,
                complex_=complex_,
            )
            uses += sum(name_ == _G for tree in (*statements, expr) for name_ in b.names_in(tree))
            fitted.append((name, argument, statements, expr))
        bound = g.expr
        if uses > 1 and not isinstance(bound, (gast.Name, gast.Constant)):
            bound = b.name(self.reverser.names.fresh("t_bar"))
            self.out.append(b.assign(bound.id, g.expr))
        if not isinstance(g.type, Array) and any(
            _taken_apart(tree) for _, _, statements, expr in fitted for tree in (*statements, expr)
        ):
            bound = b.call("np__.asarray", bound)  # Python's numbers have no items and no axes
        for name, argument, statements, expr in fitted:
            self.out.extend(_with_g(statement, bound) for statement in statements)
            inner = self.inner_product(rule, argument, arguments, expr, g)
            if inner is not None:
                self.contribute(argument, Cotangent(_with_g(inner, bound), self.facts.value(argument).type))
                continue
            value = tidy(_with_g(expr, bound))
            if isinstance(argument, list) or name in rule.sequences:
                self.to_sequence(argument, value, node)
                continue
            if is_number(g.type) and _is_spread(value, self.facts.value(argument).type):
                self.contribute(argument, Cotangent(value.args[0], g.type))
                continue
            made = self.fitting(rule, name, argument, Cotangent(value, g.type), arguments, complex_)
            fresh = isinstance(value, (gast.BinOp, gast.UnaryOp))
            self.contribute(argument, Cotangent(made.expr, made.type, g.memory and not fresh))

    def inner_product(
        self, rule: Rule, argument: Any, arguments: Any, expr: gast.expr, g: Cotangent
    ) -> gast.expr | None:
        """The cotangent of a number that multiplies a vector: ``g @ vector`` in place of ``np.sum(g * vector)``."""
        if rule.op is not np.multiply or not is_number(self.facts.value(argument).type):
            return None
        other = next(a for a in arguments.values() if a is not argument)
        type_ = self.facts.value(other).type
        real = Kind.COMPLEX not in (self.facts.value(other).kind, self.facts.value(argument).kind)
        if not (real and isinstance(type_, Array) and type_.ndim == 1 and same_shape(type_, g.type)):
            return None
        match expr:
            case gast.BinOp(left=gast.Name(id=name), op=gast.Mult(), right=right) if name == _G:
                return gast.BinOp(b.name(_G), gast.MatMult(), right)
        return None

    def quotient(self, rule: Rule, arguments: Any, node: gast.AST, g: Cotangent) -> None:
        """Both adjoints of ``x / y`` from one division: ``t = g / y`` and ``-t * (x / y)``."""
        operands = self.operands(rule, arguments, node)
        shared = b.name(self.reverser.names.fresh("t_bar"))
        self.out.append(b.assign(shared.id, gast.BinOp(g.expr, gast.Div(), operands["y"].value())))
        negative = gast.UnaryOp(
            gast.USub(), gast.BinOp(b.clone(shared), gast.Mult(), operands["ans"].value())
        )
        for name, expr in (("x", shared), ("y", negative)):
            made = self.fitting(rule, name, arguments[name], Cotangent(expr, g.type), arguments, False)
            self.contribute(arguments[name], made)

    def spread(self, g: Cotangent, node: gast.AST, result: Type, *, whole: bool = False) -> Cotangent:
        """A number that stands for an array of equal entries, made an array.

        ``whole``: with memory of its own for each entry, which is what BLAS takes.
        """
        if is_number(g.type) and not is_number(result):
            shape = b.call("np__.shape", self.shape_of(node))
            if whole:
                return Cotangent(b.call("np__.full", shape, g.expr), result)
            return Cotangent(b.call("np__.broadcast_to", g.expr, shape), result, g.memory)
        return g

    def fitting(
        self, rule: Rule, name: str, argument: gast.expr, g: Cotangent, arguments: Any, complex_: bool
    ) -> Cotangent:
        """A rule's result made a cotangent of the argument: broadcasting undone, imaginary parts dropped."""
        wanted = self.facts.value(argument).type
        kind = self.facts.value(argument).kind
        pullback = rule.pullbacks[name]
        if complex_ and kind is not Kind.COMPLEX and not is_number(wanted):
            return Cotangent(b.call(self.helper(project), g.expr, self.shape_source(argument)), wanted)
        if rule.kind is RuleKind.ELEMENTWISE:
            read = pullback.reads
            others = [self.facts.value(a) for n, arg in arguments.items() for a in _listed(arg) if n in read]
            if "ans" in read:
                others += [self.facts.value(arg) for arg in arguments.values() if not isinstance(arg, list)]
            have = elementwise([Value(g.type), *(v for v in others if is_numeric(v.type))], Kind.FLOAT)
        elif pullback.projected or self.is_plain_product(rule, arguments):
            return Cotangent(g.expr, wanted)
        else:
            have = Numeric(Kind.FLOAT)
            if is_number(wanted) and all(
                is_number(self.facts.value(a).type) for arg in arguments.values() for a in _listed(arg)
            ):
                have = wanted
        if is_number(wanted):
            if complex_ and kind is not Kind.COMPLEX:
                return Cotangent(b.call("np__.real", b.call("np__.sum", g.expr)), wanted)
            if is_number(have):
                return Cotangent(g.expr, wanted)
            return Cotangent(b.call("np__.sum", g.expr), wanted)
        if same_shape(have, wanted):
            return Cotangent(g.expr, wanted)
        if is_number(have) and isinstance(wanted, Array):
            return Cotangent(g.expr, have)
        return Cotangent(b.call(self.helper(project), g.expr, self.shape_source(argument)), wanted)

    def is_plain_product(self, rule: Rule, arguments: Any) -> bool:
        """True for products of vectors and matrices, where nothing is broadcast."""
        if rule.op not in (np.matmul, np.dot, np.outer):
            return False
        types = [self.facts.value(a).type for a in arguments.values() if isinstance(a, gast.expr)]
        return all(isinstance(t, Array) and t.ndim in (1, 2) for t in types)

    def to_sequence(self, argument: Any, value: gast.expr, node: gast.AST) -> None:
        """The cotangent of a sequence of arrays is a list: one for each."""
        if isinstance(argument, gast.expr) and not isinstance(argument, (gast.Tuple, gast.List)):
            owner = self.facts.value(argument)
            base = self.location(argument) if isinstance(owner.type, (ListOf, TupleOf)) else None
            if base is None:
                if isinstance(owner.type, Array) or not self.activity.shadowed(owner):
                    raise Refused(argument, "a sequence argument that is not a list")
                raise Refused(argument, "a list of arrays that has no name")
            k = self.reverser.names.fresh("k")
            part = self.reverser.names.fresh("t_bar")
            body = [b.aug_assign(b.subscript(base, k), "Add", part)]
            self.out.append(b.for_(b.tuple_target([k, part]), b.call("enumerate", value), body))
            return
        items = argument if isinstance(argument, list) else argument.elts
        if isinstance(value, (gast.Tuple, gast.List)) and len(value.elts) == len(items):
            parts = list(value.elts)
        else:
            name = self.reverser.names.fresh("t_bar")
            self.out.append(b.assign(name, value))
            parts = [b.subscript(name, k) for k in range(len(items))]
        for item, part in zip(items, parts, strict=True):
            self.contribute(item, Cotangent(part, self.facts.value(item).type))


_PRODUCTS = frozenset({np.matmul, np.dot, np.inner, np.outer, np.tensordot, np.einsum})
_COPIES = frozenset(
    {
        np.copy,
        np.array,
        np.asarray,
        np.asanyarray,
        np.ascontiguousarray,
        np.asfortranarray,
        np.asarray_chkfinite,
    }
)


def _listed(argument: Any) -> list[gast.expr]:
    return argument if isinstance(argument, list) else [argument]


def _with_g(tree: Any, g: gast.expr) -> Any:
    return _Bind(g).visit(tree)


class _Bind(gast.NodeTransformer):  # type: ignore[misc]
    def __init__(self, g: gast.expr) -> None:
        self.g = g

    def visit_Name(self, node: gast.Name) -> gast.expr:
        return b.clone(self.g) if node.id == _G else node


def _is_spread(node: gast.expr, wanted: Type) -> bool:
    """True for ``np.broadcast_to(number, np.shape(x))``: operations on it can work with the number, if `x` is one too."""
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Attribute)
        and node.func.attr == "broadcast_to"
        and (isinstance(wanted, Array) or is_number(wanted))
        and not any(isinstance(child, gast.Subscript) for child in b.walk(node.args[0]))
    )


def _taken_apart(tree: Any) -> bool:
    """True if the text takes items or attributes of the cotangent."""
    return any(
        isinstance(node, (gast.Subscript, gast.Attribute))
        and isinstance(node.value, gast.Name)
        and node.value.id == _G
        for node in b.walk(tree)
    )
