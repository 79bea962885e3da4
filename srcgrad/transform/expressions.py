"""Adjoints of expressions: which forward values they read, and what they add to which adjoint.

One :class:`Statement` holds what the reverse code of one user statement is put together from. An expression is not
flattened: ``y = sin(x * z) + w`` has the adjoint ``t_bar = y_bar * cos(x * z)`` and so on, and only what is
worth keeping (array operations, function values, elements of arrays that change later) gets a temporary in
the forward sweep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from srcgrad.rules import Kind as RuleKind
from srcgrad.rules import Rule
from srcgrad.rules.helpers import project, scatter
from srcgrad.transform import builders as b
from srcgrad.transform.adjoints import Cotangent
from srcgrad.transform.facts import RuleCall, SameObject, WritingCall
from srcgrad.transform.instantiate import Operand, instantiate, tidy
from srcgrad.transform.refused import Refused
from srcgrad.transform.result_types import elementwise
from srcgrad.transform.types import (
    Array,
    Inert,
    Kind,
    Known,
    ListOf,
    Numeric,
    Record,
    TupleOf,
    Type,
    Value,
    carries_derivative,
    is_container,
    is_number,
    is_numeric,
    same_shape,
)

if TYPE_CHECKING:
    from srcgrad.transform.reverse import Reverser

_G = "g__"
_MOST_CHEAP = 2


class Statement:
    """The forward temporaries and the reverse code of one statement."""

    def __init__(
        self, reverser: Reverser, node: gast.stmt, root: gast.expr | None = None, target: str | None = None
    ):
        self.reverser = reverser
        self.facts = reverser.facts
        self.adjoints = reverser.adjoints
        self.activity = reverser.activity
        self.node = node
        self.root = root
        self.target = target
        self.kept: dict[int, str] = {}
        self.copies: list[gast.stmt] = []
        self.copied: set[int] = set()
        self.later: list[gast.stmt] = []
        self.out: list[gast.stmt] = []
        self.leaves: dict[str, list[Cotangent]] = {}
        self.leaf_types: dict[str, Type] = {}

    # --- forward values -----------------------------------------------------------------------

    def changes(self, node: gast.expr) -> bool:
        """True if the memory behind an expression may be written before its adjoint runs."""
        value = self.facts.value(node)
        return is_numeric(value.type) and self.reverser.writes.changes(value, self.node)

    def available(self, node: gast.expr) -> gast.expr:
        """An expression for the reverse sweep that gives the value which ``node`` has in the forward sweep."""
        if id(node) in self.kept:
            return b.name(self.kept[id(node)])
        value = self.facts.values.get(id(node))
        match node:
            case gast.Constant():
                return b.clone(node)
            case gast.Name():
                if value is not None and self.changes(node):
                    return self.keep(node, copy=True)
                return b.name(node.id)
            case gast.Attribute():
                if value is not None and is_numeric(value.type) and self.changes(node):
                    return self.keep(node, copy=True)
                owner = self.facts.values.get(id(node.value))
                if owner is not None and isinstance(owner.type, Known) and not is_number(owner.type):
                    return b.clone(node)
                return b.attribute(self.available(node.value), node.attr)
            case gast.Subscript():
                owner = self.facts.value(node.value)
                fixed = not is_container(owner.type) or owner.home is None or not owner.home.written
                if fixed and not self.changes(node.value) and self.simple_index(node.slice):
                    return b.subscript(self.available(node.value), self.available_index(node.slice))
                return self.keep(node, copy=value is not None and not is_number(value.type))
            case gast.Tuple():
                return b.tuple_(self.available(item) for item in node.elts)
            case gast.BinOp() | gast.UnaryOp() if value is not None and is_number(value.type):
                if self.cost(node) <= _MOST_CHEAP:
                    return self.rebuilt(node)
        return self.keep(node)

    def rebuilt(self, node: gast.expr) -> gast.expr:
        """Arithmetic on available operands, done again."""
        if isinstance(node, gast.BinOp):
            return gast.BinOp(self.available(node.left), node.op, self.available(node.right))
        assert isinstance(node, gast.UnaryOp)
        return gast.UnaryOp(node.op, self.available(node.operand))

    def cost(self, node: gast.expr) -> int:
        """Operations needed to compute an expression again; large for everything that is not arithmetic."""
        match node:
            case gast.Constant() | gast.Name() | gast.Attribute() | gast.Subscript():
                return 0
            case gast.BinOp():
                return (
                    1
                    + self.cost(node.left)
                    + self.cost(node.right)
                    + (4 if isinstance(node.op, gast.Pow) else 0)
                )
            case gast.UnaryOp():
                return self.cost(node.operand)
        return 1000

    def simple_index(self, node: gast.expr) -> bool:
        """True for an index that is cheap to write again: numbers and slices."""
        parts = node.elts if isinstance(node, gast.Tuple) else [node]
        for part in parts:
            if isinstance(part, gast.Slice):
                continue
            type_ = self.facts.value(part).type
            if not (is_number(type_) or isinstance(type_, (Known, Inert))):
                return False
        return True

    def available_index(self, node: gast.expr) -> gast.expr:
        """An index, as the reverse sweep can use it."""
        match node:
            case gast.Tuple():
                return b.tuple_(self.available_index(part) for part in node.elts)
            case gast.Slice():
                parts = (node.lower, node.upper, node.step)
                return gast.Slice(*(None if part is None else self.available(part) for part in parts))
            case gast.Constant() | gast.Name():
                if (
                    isinstance(node, gast.Name)
                    and not is_number(self.facts.value(node).type)
                    and self.changes(node)
                ):
                    return self.keep(node, copy=True)
                return b.clone(node)
        return self.available(node)

    def keep(self, node: gast.expr, *, copy: bool = False) -> gast.expr:
        """Give an expression a name in the forward sweep."""
        if id(node) in self.kept:
            return b.name(self.kept[id(node)])
        name = self.reverser.names.fresh("t")
        self.kept[id(node)] = name
        if copy:
            self.copied.add(id(node))
            self.copies.append(b.assign(name, b.method(b.clone(node), "copy")))
        return b.name(name)

    def shape_source(self, node: gast.expr) -> gast.expr:
        """An available expression with the shape and dtype of ``node``, whose numbers do not matter."""
        if isinstance(node, gast.Name):
            return b.name(node.id)
        if id(node) == id(self.root) and self.target is not None and self.target not in set(b.names_in(node)):
            return b.name(self.target)
        type_ = self.facts.value(node).type
        for child in b.walk(node):
            if isinstance(child, gast.Name) and id(child) in self.facts.values:
                if same_shape(self.facts.value(child).type, type_) and not is_number(type_):
                    if self.facts.value(child).kind == self.facts.value(node).kind:
                        return b.name(child.id)
        if isinstance(node, gast.Subscript) and self.simple_index(node.slice):
            return b.subscript(self.shape_source(node.value), self.available_index(node.slice))
        return self.available(node)

    def answer(self, node: gast.expr) -> gast.expr:
        """The value of an expression with a rule that reads its own result."""
        if id(node) in self.kept:
            return b.name(self.kept[id(node)])
        if node is self.root and self.target is not None:
            if self.reverser.changes_after(self.facts.value(node)):
                # the target's memory is written later: what it holds now has to be copied
                kept = self.kept[id(node)] = self.reverser.names.fresh("t")
                self.later.append(b.located(b.assign(kept, b.method(self.target, "copy")), self.node))
                self.copied.add(id(node))
                return b.name(kept)
            if self.target not in set(b.names_in(node)):
                return b.name(self.target)
        value = self.facts.value(node)
        if isinstance(node, gast.BinOp) and is_number(value.type) and self.cost(node) <= 1:
            return self.rebuilt(node)
        return self.keep(node)

    def forward(self, node: gast.stmt) -> list[gast.stmt]:
        """The statement with its temporaries in front."""
        if not self.kept:
            return [node]
        before: list[gast.stmt] = list(self.copies)

        def rewrite(tree: Any) -> Any:
            if isinstance(tree, list):
                return [rewrite(item) for item in tree]
            if not isinstance(tree, gast.AST):
                return tree
            made = type(tree).__new__(type(tree))
            for key, child in tree.__dict__.items():
                made.__dict__[key] = rewrite(child) if isinstance(child, (gast.AST, list)) else child
            if id(tree) in self.facts.calls:
                self.facts.calls[id(made)] = self.facts.calls[id(tree)]
            name = self.kept.get(id(tree))
            if name is None or id(tree) in self.copied:
                return made
            if isinstance(getattr(made, "ctx", None), gast.Store):
                made.ctx = gast.Load()
                before.append(b.located(b.assign(name, made), node))
                made = b.clone(made)
                made.ctx = gast.Store()
                return made
            before.append(b.located(b.assign(name, made), node))
            return b.located(b.name(name), tree)

        rewritten = rewrite(node)
        return [*(b.located(statement, node) for statement in before), rewritten]

    # --- contributions ------------------------------------------------------------------------

    def contribute(self, node: gast.expr, g: Cotangent) -> None:
        """Add a cotangent of ``node`` to the adjoints of what it was computed from."""
        value = self.facts.value(node)
        if not carries_derivative(value):
            return
        match node:
            case gast.Name():
                self.to_name(node, value, g)
            case gast.Subscript():
                self.to_item(node, g)
            case gast.Attribute():
                self.to_attribute(node, g)
            case gast.BinOp() | gast.UnaryOp() | gast.Call() if isinstance(
                self.facts.calls.get(id(node)), RuleCall
            ):
                self.through_rule(node, g)
            case gast.Call() if isinstance(fact := self.facts.calls.get(id(node)), SameObject):
                self.contribute(fact.argument, g)
            case gast.Tuple() | gast.List():
                self.to_display(node, g)
            case _:
                raise Refused(node, "an expression without a rule")

    def to_name(self, node: gast.Name, value: Value, g: Cotangent) -> None:
        """Add to the adjoint of a variable."""
        if self.activity.shadowed(value):
            if is_container(value.type):
                raise Refused(node, "a container used as one value")
            self.out.append(b.aug_assign(self.adjoints.shadow(node.id), "Add", g.expr))
        elif self.activity.valued(value):
            self.leaves.setdefault(node.id, []).append(g)
            self.leaf_types[node.id] = value.type

    def to_display(self, node: gast.Tuple | gast.List, g: Cotangent) -> None:
        """``[a, b]`` as an array: each member gets its part."""
        whole = g.expr
        if not isinstance(whole, gast.Name):
            whole = b.name(self.reverser.names.fresh("t_bar"))
            self.out.append(b.assign(whole.id, g.expr))
        for k, item in enumerate(node.elts):
            if isinstance(item, gast.Starred):
                raise Refused(item, "a starred member of an array")
            type_ = self.facts.value(item).type
            if isinstance(item, (gast.List, gast.Tuple)):
                type_ = Numeric(Kind.FLOAT)
            elif not is_numeric(type_):
                raise Refused(item, "a member of an array that is no number and no array")
            self.contribute(item, Cotangent(b.subscript(b.clone(whole), k), type_, g.memory))

    def location(self, node: gast.expr) -> gast.expr | None:
        """The adjoint memory of an expression that names memory, None if it has none."""
        value = self.facts.value(node)
        match node:
            case gast.Call() if isinstance(fact := self.facts.calls.get(id(node)), SameObject):
                return self.location(fact.argument)
            case gast.Name():
                if self.activity.shadowed(value):
                    return b.name(self.adjoints.shadow(node.id))
                if self.activity.valued(value) and isinstance(value.type, Array):
                    self.out.extend(self.adjoints.memory(node.id, value.type))
                    return b.name(self.adjoints.bar(node.id))
                return None
            case gast.Subscript():
                owner = self.facts.value(node.value)
                if is_container(owner.type) and isinstance(node.slice, gast.Slice):
                    return None
                if isinstance(value.type, (Array, *_CONTAINERS)) and (
                    is_container(owner.type) or self.simple_index(node.slice)
                ):
                    base = self.location(node.value)
                    return None if base is None else b.subscript(base, self.available_index(node.slice))
            case gast.Attribute():
                owner = self.facts.value(node.value)
                if isinstance(owner.type, Record) or node.attr == "T":
                    base = self.location(node.value)
                    return None if base is None else b.attribute(base, node.attr)
        return None

    def to_item(self, node: gast.Subscript, g: Cotangent) -> None:
        """Add to one item or a slice."""
        owner = self.facts.value(node.value)
        if is_numeric(owner.type) and not self.activity.shadowed(owner) and not self.activity.valued(owner):
            return
        base = self.location(node.value)
        if base is None:
            if is_container(owner.type):
                if self.activity.shadowed(owner):
                    raise Refused(node, "an item of a container that has no name")
                return
            index = self.available_index(node.slice)
            if isinstance(index, (gast.Slice, gast.Tuple)):
                index = _as_object(index)
            spread = b.call(self.helper(scatter), g.expr, index, self.shape_source(node.value))
            self.contribute(node.value, Cotangent(spread, owner.type))
            return
        index = self.available_index(node.slice)
        if is_container(owner.type):
            self.out.append(_added(b.subscript(base, index), g.expr))
        else:
            self.out.append(self.added_at(base, node.slice, index, g.expr))

    def added_at(self, base: gast.expr, original: gast.expr, index: gast.expr, g: gast.expr) -> gast.stmt:
        """``base[index] += g``; an index that may repeat adds up every time."""
        if self.may_repeat(original):
            if isinstance(index, (gast.Slice, gast.Tuple)):
                index = _as_object(index)
            return b.expr_stmt(b.call("np__.add.at", base, index, g))
        return _added(b.subscript(base, index), g)

    def may_repeat(self, index: gast.expr) -> bool:
        """True unless an index is made of numbers, slices and masks."""
        parts = index.elts if isinstance(index, gast.Tuple) else [index]
        for part in parts:
            if isinstance(part, gast.Slice):
                continue
            type_ = self.facts.value(part).type
            if (
                is_number(type_)
                or isinstance(type_, Known)
                or (isinstance(type_, Array) and type_.kind is Kind.BOOL)
            ):
                continue
            return True
        return False

    def to_attribute(self, node: gast.Attribute, g: Cotangent) -> None:
        """Add to a field of an object, or to an array through ``.T``, ``.real``."""
        owner = self.facts.value(node.value)
        if isinstance(owner.type, Record):
            base = self.location(node.value)
            if base is not None:
                self.out.append(_added(b.attribute(base, node.attr), g.expr))
            return
        match node.attr:
            case "T":
                if is_number(g.type):
                    self.contribute(node.value, g)
                else:
                    self.contribute(node.value, Cotangent(b.attribute(g.expr, "T"), owner.type, g.memory))
            case "real":
                self.contribute(node.value, Cotangent(g.expr, owner.type, g.memory))
            case "imag":
                self.contribute(node.value, Cotangent(b.binary(b.constant(1j), "Mult", g.expr), owner.type))
            case _:
                raise Refused(node, f".{node.attr} of a differentiated value")

    # --- rules --------------------------------------------------------------------------------

    def helper(self, function: Any) -> str:
        """The name under which generated code sees a helper."""
        return self.reverser.global_name(function.__name__, function)

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
        result = self.facts.value(produced).type
        if rule.kind is not RuleKind.ELEMENTWISE or not all(
            same_shape(result, self.facts.value(a).type) for _, argument in active for a in _listed(argument)
        ):
            g = self.spread(g, produced, result)
        kinds = [self.facts.value(a).kind for argument in arguments.values() for a in _listed(argument)]
        complex_ = Kind.COMPLEX in (*kinds, self.facts.value(produced).kind)
        if rule.op in _COPIES and len(active) == 1 and isinstance(active[0][1], gast.expr):
            display = isinstance(active[0][1], (gast.List, gast.Tuple))
            if display or same_shape(self.facts.value(produced).type, self.facts.value(active[0][1]).type):
                self.contribute(active[0][1], g)
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

    def operands(self, rule: Rule, arguments: Any, node: gast.AST) -> dict[str, Operand]:
        """How the rule's parameters are spelt at this call."""
        found: dict[str, Operand] = {}
        for name, argument in arguments.items():
            if isinstance(argument, list):
                found[name] = Operand(None, lambda items=argument: b.tuple_(self.available(i) for i in items))
                continue
            found[name] = Operand(
                self.facts.value(argument).type,
                lambda argument=argument: self.available(argument),
                lambda argument=argument: self.shape_source(argument),
            )
        if isinstance(node, gast.expr):
            found["ans"] = Operand(
                self.facts.value(node).type, lambda: self.answer(node), lambda: self.shape_source(node)
            )
        elif isinstance(node, gast.Expr):  # a call with out=: its result is not kept, it is computed again
            again = b.clone(node.value)
            again.keywords = [keyword for keyword in again.keywords if keyword.arg != "out"]
            found["ans"] = Operand(None, lambda: self.recomputed(rule, arguments, again))
        else:  # an augmented assignment: its result, before it is stored
            found["ans"] = Operand(None, lambda: self.updated(node))
        return found

    def recomputed(self, rule: Rule, arguments: Any, again: gast.Call) -> gast.expr:
        if any(isinstance(argument, list) for argument in arguments.values()):
            raise Refused(again, "out= of a function of several arrays")
        return gast.Call(again.func, [self.available(a) for a in arguments.values()], [])

    def updated(self, node: gast.AST) -> gast.expr:
        assert isinstance(node, gast.AugAssign)
        return gast.BinOp(self.available(node.target), node.op, self.available(node.value))

    def spread(self, g: Cotangent, node: gast.AST, result: Type) -> Cotangent:
        """A number that stands for an array of equal entries, made an array."""
        if is_number(g.type) and not is_number(result):
            shape = b.call("np__.shape", self.shape_source(node))
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

    def finish(self) -> list[gast.stmt]:
        """The reverse code: contributions to other variables first, to the target's own old value last."""
        order = sorted(self.leaves, key=lambda name: name == self.target)
        for name in order:
            self.out.extend(self.adjoints.accumulate(name, self.leaves[name], self.leaf_types[name]))
        return self.out


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
_CONTAINERS = (ListOf, TupleOf, Record)


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
    """True for ``np.broadcast_to(number, np.shape(x))``: operations on it can work with the number."""
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Attribute)
        and node.func.attr == "broadcast_to"
        and isinstance(wanted, Array)
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


def _added(place: gast.expr, g: gast.expr) -> gast.stmt:
    if isinstance(g, gast.UnaryOp) and isinstance(g.op, gast.USub):
        return b.aug_assign(place, "Sub", g.operand)
    return b.aug_assign(place, "Add", g)


def _as_object(index: gast.expr) -> gast.expr:
    """An index as an object: ``np.s_`` where it has slices."""
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    if any(isinstance(part, gast.Slice) for part in parts):
        return b.subscript("np__.s_", index)
    return index
