"""Adjoints of expressions: which forward values they read, and what they add to which adjoint.

One :class:`Statement` holds what the reverse code of one user statement is put together from. An expression is not
flattened: ``y = sin(x * z) + w`` has the adjoint ``t_bar = y_bar * cos(x * z)`` and so on, and only what is
worth keeping (array operations, function values, elements of arrays that change later) gets a temporary in
the forward sweep.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import gast

from srcgrad.rules.helpers import scatter
from srcgrad.transform import builders as b
from srcgrad.transform.adjoints import Cotangent
from srcgrad.transform.facts import RuleCall, SameObject
from srcgrad.transform.instantiate import replaced, tidy
from srcgrad.transform.refused import Refused
from srcgrad.transform.types import (
    Array,
    Kind,
    Known,
    ListOf,
    Numeric,
    Record,
    TupleOf,
    Value,
    carries_derivative,
    is_container,
    is_number,
    is_numeric,
)

if TYPE_CHECKING:
    pass

from srcgrad.transform.rule_adjoints import RuleAdjoints


class Statement(RuleAdjoints):
    """The forward temporaries and the reverse code of one statement."""

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
            self.add(b.aug_assign(self.adjoints.shadow(node.id), "Add", g.expr), g)
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
            self.add(self.added_at(base, node.slice, index, g.expr), g)

    def add(self, statement: gast.stmt, g: Cotangent) -> None:
        """Emit an addition into adjoint memory; one that was emitted before is doubled instead."""
        if g.memory or not isinstance(statement, gast.AugAssign):
            self.out.append(statement)
            return
        text = gast.dump(statement)
        earlier, value, count = self.added.get(text, (statement, b.clone(statement.value), 0))
        self.added[text] = earlier, value, count + 1
        if count:
            earlier.value = tidy(b.binary(b.clone(value), "Mult", b.constant(count + 1)))
        else:
            self.out.append(statement)

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

    def for_forward(self, node: gast.expr) -> gast.expr:
        """An expression for the forward sweep, with the value or at least the shape that ``node`` has."""
        self.in_forward_sweep = True
        made = self.available(node)
        self.in_forward_sweep = False
        return made

    def once(self, node: gast.expr) -> gast.expr:
        """Arithmetic that is done again has a name; `finish` takes it away where it is read once."""
        if self.in_forward_sweep:
            return self.rebuilt(node)
        name = self.repeated.get(id(node))
        if name is None:
            again = self.rebuilt(node)
            name = self.repeated[id(node)] = self.reverser.names.fresh("again")
            self.out.append(b.assign(name, again))
        return b.name(name)

    def finish(self) -> list[gast.stmt]:
        """The reverse code: contributions to other variables first, to the target's own old value last."""
        order = sorted(self.leaves, key=lambda name: name == self.target)
        for name in order:
            self.out.extend(self.adjoints.accumulate(name, self.leaves[name], self.leaf_types[name]))
        uses = Counter(name for statement in self.out for name in b.names_in(statement))
        inlined: dict[str, gast.expr] = {}
        kept: list[gast.stmt] = []
        for statement in self.out:
            statement = replaced(statement, inlined)
            target = statement.targets[0] if isinstance(statement, gast.Assign) else None
            if isinstance(target, gast.Name) and target.id in self.repeated.values() and uses[target.id] <= 2:
                inlined[target.id] = statement.value  # bound here, and read once
            else:
                kept.append(statement)
        self.out = kept
        return self.out


_CONTAINERS = (ListOf, TupleOf, Record)


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
