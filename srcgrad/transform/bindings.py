"""Reverse code of assignments to names.

A name whose adjoint is a value consumes it: ``y = x * z`` adds to ``x_bar`` and ``z_bar`` what ``y_bar`` says. A name for
memory with an adjoint of its own (arrays written in place, lists) gets that adjoint bound alongside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias

import gast
import numpy as np

from srcgrad.runtime.sweeps import rejoin
from srcgrad.transform import builders as b
from srcgrad.transform.activity import last_bindings
from srcgrad.transform.adjoints import Cotangent
from srcgrad.transform.expressions import Statement
from srcgrad.transform.facts import ContainerCall, RuleCall, SameObject, UserCall
from srcgrad.transform.pieces import Piece, Step, step
from srcgrad.transform.refused import Refused
from srcgrad.transform.reverser_base import ReverserBase
from srcgrad.transform.types import (
    Array,
    Known,
    ListOf,
    Numeric,
    Value,
    carries_derivative,
    is_container,
    is_number,
)

# views whatever the memory layout; reshape and ravel copy where they must
_MAY_COPY = frozenset({np.reshape, np.ravel})
VIEWS = frozenset(
    function
    for function in (
        np.transpose, np.swapaxes, np.moveaxis, np.rollaxis, np.expand_dims,
        np.asarray, np.asanyarray, np.flip, np.fliplr, np.flipud, np.rot90,
        np.atleast_1d, np.atleast_2d, np.squeeze, getattr(np, "matrix_transpose", np.transpose),
    )
)  # fmt: skip


Display: TypeAlias = gast.List | gast.Tuple | gast.Dict
_DISPLAYS = (gast.List, gast.Tuple, gast.Dict)


def members(display: Display) -> Iterator[tuple[Any, gast.expr]]:
    """What a display holds, by index or key."""
    if isinstance(display, gast.Dict):
        return ((key.value, item) for key, item in zip(display.keys, display.values, strict=True))
    return iter(enumerate(display.elts))


class Bindings(ReverserBase):
    """Assignments to names and tuples of names."""

    def bind(self, node: gast.Assign, target: gast.Name, source: gast.expr) -> list[Piece]:
        """``name = expression``."""
        value = self.facts.value(target)
        name = target.id
        if self.activity.shadowed(value):
            return self.bind_memory(node, target, source, value)
        mark = self.adjoints.state.get(name)
        if mark is None or not self.activity.valued(value):
            self.adjoints.consume(name)
            return [self.plain(node)]
        bar = self.adjoints.bar(name)
        statement = Statement(self, node, source, name)
        g = b.name(bar)
        inside = set(b.names_in(source))
        if not mark.full:
            statement.out.append(b.assign(bar, b.binary(b.call("np__.zeros_like", name), "Add", bar)))
        if name in inside and _indexed(source, name):
            g = b.name(self.names.fresh("t_bar"))
            statement.out.append(b.assign(g.id, bar))
        self.adjoints.consume(name)
        statement.contribute(source, Cotangent(g, value.type))
        return [self.finished(statement, node)]

    def bind_memory(
        self, node: gast.Assign, target: gast.Name, source: gast.expr, value: Value
    ) -> list[Piece]:
        """``name = expression`` where the result has adjoint memory."""
        shadow = self.adjoints.shadow(target.id)
        statement = Statement(self, node, source, target.id)
        alias = self.alias(statement, source, value)
        if alias is not None:
            statement.out += self.rejoined(statement, source, shadow)
            return [step([*statement.forward(node), b.assign(shadow, alias)], statement.out, node)]
        if any(
            isinstance(child, gast.Name)
            and child.id == target.id
            and self.activity.shadowed(self.facts.value(child))
            for child in b.walk(source)
        ):
            # old and new memory under one name: the new one gets its own first
            fresh = self.names.fresh("t")
            inner = b.located(b.assign(fresh, source), node)
            self.facts.values[id(inner.targets[0])] = value
            self.activity.after[id(inner)] = frozenset({fresh})
            self.writes.positions[id(inner)] = self.writes.positions[id(node)]
            made = self.bind_memory(inner, inner.targets[0], source, value)
            moved = [b.assign(target.id, fresh), b.assign(shadow, self.adjoints.shadow(fresh))]
            return [*made, step(moved, [], node)]
        if isinstance(value.type, ListOf) and not isinstance(source, gast.List):
            return [self.list_copy(statement, node, source, shadow)]
        if isinstance(source, _DISPLAYS):
            return [self.display(statement, node, target, source)]
        if is_container(value.type):
            raise Refused(node, "this way of making a list or tuple of differentiated values")
        statement.contribute(source, Cotangent(b.name(shadow), value.type))
        return [self.finished(statement, node, [b.assign(shadow, b.call("np__.zeros_like", target.id))])]

    def alias(self, statement: Statement, source: gast.expr, value: Value) -> gast.expr | None:
        """The adjoint memory of an expression that names existing memory (a name, an item, a view)."""
        match source:
            case gast.Name():
                return statement.location(source)
            case gast.Subscript():
                owner = self.facts.value(source.value)
                if is_container(owner.type) and not isinstance(source.slice, gast.Slice):
                    return statement.location(source)
                if isinstance(owner.type, (Array, Numeric)) and owner.home is value.home:
                    memory = statement.location(source) if isinstance(value.type, Array) else None
                    if memory is None:
                        raise Refused(source, "it is not known whether this is a view")
                    return memory
                return None
            case gast.Attribute():
                memory = statement.location(source)
                if memory is None:
                    raise Refused(source, f".{source.attr} of an array that is written in place")
                return memory
            case gast.Call():
                fact = self.facts.calls.get(id(source))
                if isinstance(fact, RuleCall) and fact.rule.view:
                    return self.view(statement, source, fact)
                if isinstance(fact, SameObject):
                    return statement.location(source)
        return None

    def view(self, statement: Statement, source: gast.Call, fact: RuleCall) -> gast.expr | None:
        """The same view of the adjoint memory: ``x.reshape(3, 2)`` gives ``x_bar.reshape(3, 2)``."""
        value = self.facts.value(source)
        if value.home is not None and not isinstance(value.type, Array):
            raise Refused(source, "it is not known whether this is a view")
        owner_node = next(a for a in fact.arguments.values() if isinstance(a, gast.expr))
        if fact.rule.op is np.diag and getattr(self.facts.value(owner_node).type, "ndim", None) != 2:
            raise Refused(source, "np.diag of an array whose number of axes is not known")
        base = statement.location(owner_node)
        if base is None:
            return None
        if fact.rule.op not in VIEWS and fact.rule.op not in _MAY_COPY:
            raise Refused(source, f"{fact.rule.name} may copy or share memory; the array is written in place")
        if fact.method:
            assert isinstance(source.func, gast.Attribute)
            return gast.Call(
                gast.Attribute(base, source.func.attr, gast.Load()),
                b.clone(source.args),
                b.clone(source.keywords),
            )
        args = [base if arg is owner_node else b.clone(arg) for arg in source.args]
        return gast.Call(b.clone(source.func), args, b.clone(source.keywords))

    def rejoined(self, statement: Statement, source: gast.expr, shadow: str) -> list[gast.stmt]:
        """``reshape`` and ``ravel`` copy where they must; then the copy's adjoint is added to that of the original."""
        fact = self.facts.calls.get(id(source))
        if not isinstance(fact, RuleCall) or fact.rule.op not in _MAY_COPY:
            return []
        if "order" in fact.arguments:
            raise Refused(source, "reshaping in another order than C of an array that is written in place")
        base = statement.location(next(a for a in fact.arguments.values() if isinstance(a, gast.expr)))
        assert base is not None
        return [b.expr_stmt(b.call(statement.helper(rejoin), base, shadow))]

    def list_copy(self, statement: Statement, node: gast.Assign, source: gast.expr, shadow: str) -> Step:
        """``list(xs)``, ``xs[a:b]``: members that are memory are shared with the copy, numbers get places of their own."""
        original, part = source, None
        if isinstance(source, gast.Call):
            original = source.func.value if isinstance(source.func, gast.Attribute) else source.args[0]
        elif isinstance(source, gast.Subscript):
            original, part = source.value, source.slice
        base = statement.location(original)
        home = self.facts.value(original).home
        if base is None or home is None or home.element is None:
            raise Refused(node, "this way of making a list of differentiated values")
        whole = part is None
        index = b.slice_() if part is None else statement.available_index(part)
        if not is_number(home.element.type):
            return self.finished(statement, node, [b.assign(shadow, b.subscript(base, index))])
        places = b.binary(b.list_([0.0]), "Mult", b.call("len", node.targets[0].id))
        numbers = b.call("range", b.call("len", b.clone(base)))
        numbers = numbers if whole else b.subscript(numbers, b.clone(index))
        k, item = self.names.fresh("k"), self.names.fresh("t_bar")
        add = b.aug_assign(b.subscript(b.clone(base), k), "Add", item)
        statement.out.append(b.for_(b.tuple_target([k, item]), b.call("zip", numbers, shadow), [add]))
        return self.finished(statement, node, [b.assign(shadow, places)])

    def display(self, statement: Statement, node: gast.Assign, target: gast.Name, source: Display) -> Step:
        """``name = [a, b]``, ``name = {"k": a}``: a mirror with a place for the adjoint of each member."""
        shadow = self.adjoints.shadow(target.id)
        names = Counter(child.id for child in b.walk(source) if isinstance(child, gast.Name))
        shared: dict[str, gast.Assign | None] = {name: None for name, count in names.items() if count > 1}
        mirror = self.mirror(statement, source, b.name(target.id), b.name(shadow), shared)
        before = [made for made in shared.values() if made is not None]
        return self.finished(statement, node, [*before, b.assign(shadow, mirror)])

    def mirror(
        self,
        statement: Statement,
        source: Display,
        holder: gast.expr,
        shadow: gast.expr,
        shared: dict[str, gast.Assign | None],
    ) -> gast.expr:
        """The places of a display, displays inside of it included.

        ``holder`` is what the display is assigned to, ``shadow`` what will hold the places; ``shared`` the names that
        occur twice, each with its memory once it has some.
        """
        places: list[gast.expr] = []
        for key, item in members(source):
            value, spot = self.facts.value(item), b.subscript(b.clone(shadow), b.constant(key))
            held = b.subscript(b.clone(holder), b.constant(key))
            if isinstance(item, _DISPLAYS) and self.activity.shadowed(value):
                places.append(self.mirror(statement, item, held, spot, shared))
                continue
            twice = isinstance(item, gast.Name) and item.id in shared and value.home is not None
            known = shared[item.id] if twice else None
            if known is not None:  # one piece of memory, one adjoint
                places.append(b.name(known.targets[0].id))
                continue
            place, pointer = self.place(statement, item, held)
            if twice and not pointer:
                made = shared[item.id] = b.assign(self.names.fresh(f"{item.id}_bar"), place)
                place = b.name(made.targets[0].id)
            places.append(place)
            if not pointer and carries_derivative(value):
                statement.contribute(item, Cotangent(spot, value.type))
        if isinstance(source, gast.Dict):
            return b.dict_(zip(map(b.clone, source.keys), places, strict=True))
        return b.list_(places)

    def parallel(self, node: gast.Assign, target: gast.Tuple, source: gast.Tuple) -> list[Piece]:
        """``a, b = e, f``: all right-hand sides are read before anything is bound."""
        pairs = last_bindings(target.elts, source.elts)
        if any(
            self.activity.shadowed(self.facts.value(place)) and not isinstance(expr, gast.Name)
            for place, expr in pairs
        ):
            return self.one_by_one(node, target, source)
        statement = Statement(self, node)
        read = set(b.names_in(source))
        pending: list[tuple[gast.expr, Cotangent]] = []
        pointers: list[tuple[str, gast.expr]] = []
        for place, expr in pairs:
            value = self.facts.value(place)
            if not isinstance(place, gast.Name):
                if self.is_active_store(place):
                    raise Refused(node, "several items assigned at once")
                continue
            if self.activity.shadowed(value):
                memory = self.alias(statement, expr, value)
                if memory is None:
                    raise Refused(node, "memory without an adjoint of its own")
                pointers.append((self.adjoints.shadow(place.id), memory))
            elif self.activity.valued(value) and place.id in self.adjoints.state:
                g: gast.expr = b.name(self.adjoints.bar(place.id))
                if not self.adjoints.state[place.id].full:
                    raise Refused(node, "an adjoint whose shape is not known")
                if place.id in read and carries_derivative(self.facts.value(expr)):
                    fresh = self.names.fresh(f"{place.id}_new_bar")
                    statement.out.append(b.assign(fresh, g))
                    g = b.name(fresh)
                pending.append((expr, Cotangent(g, value.type)))
        for place, _ in pairs:
            if isinstance(place, gast.Name):
                self.adjoints.consume(place.id)
        for expr, g_ in pending:
            statement.contribute(expr, g_)
        after: list[gast.stmt] = []
        if len(pointers) == 1:
            after = [b.assign(pointers[0][0], pointers[0][1])]
        elif pointers:
            after = [b.assign(b.tuple_target(n for n, _ in pointers), b.tuple_(e for _, e in pointers))]
        return [self.finished(statement, node, after)]

    def one_by_one(self, node: gast.Assign, target: gast.Tuple, source: gast.Tuple) -> list[Piece]:
        """``a, b = a.copy(), b.copy()``: one after the other; what is still to be read is bound last."""
        first: list[gast.Assign] = []
        last: list[gast.Assign] = []
        for k, (place, expr) in enumerate(zip(target.elts, source.elts, strict=True)):
            value = self.facts.value(place)
            later = {name for part in source.elts[k + 1 :] for name in b.names_in(part)}
            now: gast.expr = place
            if not isinstance(place, gast.Name) or place.id in later:
                now = b.target(self.names.fresh("t"))
                moved = b.located(b.assign(b.clone(place), b.name(now.id)), node)
                self.register(moved.targets[0], value, moved, node)
                self.facts.values[id(moved.value)] = value
                last.append(moved)
            made = b.located(b.assign(now, expr), node)
            self.register(made.targets[0], value, made, node)
            first.append(made)
        pieces: list[Piece] = []
        for statement in reversed([*first, *last]):
            pieces = [*self.statement(statement), *pieces]
        return pieces

    def is_active_store(self, place: gast.expr) -> bool:
        owner = self.facts.values.get(id(place.value)) if isinstance(place, gast.Subscript) else None
        return owner is not None and carries_derivative(owner)

    def unpack(self, node: gast.Assign, target: gast.Tuple, source: gast.expr) -> list[Piece]:
        """``a, b = sequence``: item by item, from a sequence with a name."""
        if not any(carries_derivative(self.facts.value(part)) for part in target.elts):
            fact = self.facts.calls.get(id(source))
            if not isinstance(fact, (UserCall, ContainerCall)):
                for part in target.elts:
                    if isinstance(part, gast.Name):
                        self.adjoints.consume(part.id)
                return [self.plain(node)]
        value = self.facts.value(source)
        if not isinstance(source, gast.Name):
            name = self.names.fresh("t")
            first = b.located(b.assign(name, source), node)
            self.register(first.targets[0], value, first, node)
            second = b.located(b.assign(b.clone(target), b.name(name)), node)
            self.register(second.value, value, second, node)
            for new, old in zip(second.targets[0].elts, target.elts, strict=True):
                self.facts.values[id(new)] = self.facts.value(old)
            later = self.unpack(second, second.targets[0], second.value)
            return [*self.statement(first), *later]
        statement = Statement(self, node)
        after: list[gast.stmt] = []
        items: list[tuple[gast.Subscript, Cotangent]] = []
        for k, part in enumerate(target.elts):
            if not isinstance(part, gast.Name):
                raise Refused(part, "an item as part of an unpacked target")
            member = self.facts.value(part)
            item = b.located(b.subscript(source.id, k), node)
            self.facts.values[id(item)] = member
            self.facts.values[id(item.value)] = value
            self.facts.values[id(item.slice)] = Value(Known.of(k))
            if self.activity.shadowed(member):
                memory = statement.location(item)
                assert memory is not None
                after.append(b.assign(self.adjoints.shadow(part.id), memory))
            elif self.activity.valued(member) and part.id in self.adjoints.state:
                items.append((item, Cotangent(b.name(self.adjoints.bar(part.id)), member.type)))
            self.adjoints.consume(part.id)
        for item, g in items:
            statement.contribute(item, g)
        return [self.finished(statement, node, after)]

    def register(self, target: gast.expr, value: Value, made: gast.stmt, origin: gast.stmt) -> None:
        """Give a statement that this pass made the facts of the one it was made from."""
        self.facts.values[id(target)] = value
        self.facts.values[id(made)] = value
        self.writes.positions[id(made)] = self.writes.positions[id(origin)]


def _indexed(source: gast.expr, name: str) -> bool:
    """True if an expression takes items of a variable."""
    return any(
        isinstance(child, gast.Subscript) and name in set(b.names_in(child.value)) for child in b.walk(source)
    )
