"""Tangent code of assignments and of writes in place.

A name is assigned together with its tangent; memory that is written in place has tangent memory of the same structure,
written at the same places and aliased as it is aliased::

    v_dot = A_dot[1:3]      # v = A[1:3]
    v = A[1:3]
    v_dot[0] = 2 * x_dot    # v[0] = 2 * x
    v[0] = 2 * x
"""

from __future__ import annotations

import gast

from srcgrad.runtime.tangents import same_aliasing
from srcgrad.transform import builders as b
from srcgrad.transform.activity import last_bindings
from srcgrad.transform.bindings import VIEWS
from srcgrad.transform.facts import RuleCall
from srcgrad.transform.refused import Refused
from srcgrad.transform.tangent_base import TangentBase
from srcgrad.transform.tangent_values import Dot, TangentStatement
from srcgrad.transform.types import Value, carries_derivative, is_container


class TangentBindings(TangentBase):
    """Assignments to names and tuples of names."""

    def bind(self, node: gast.Assign, target: gast.Name, source: gast.expr) -> list[gast.stmt]:
        """``name = expression``."""
        statement = TangentStatement(self, node, source, target.id)
        value = self.facts.value(target)
        name = target.id
        if self.activity.shadowed(value):
            made = self.bind_memory(statement, node, name, source, value)
            self.bound(name, value, node)
            self.dotted.add(name)
            return made
        if not self.wants(name, value, node):
            self.bound(name, value, node)
            return [node]
        dot = statement.tangent(source)
        self.bound(name, value, node)
        if dot is None:
            return [node]
        self.dotted.add(name)
        return self.finished(statement, node, [b.assign(self.dot(name), statement.full(dot, source))])

    def bind_memory(
        self, statement: TangentStatement, node: gast.Assign, name: str, source: gast.expr, value: Value
    ) -> list[gast.stmt]:
        """``name = expression`` where the result has tangent memory."""
        dot = self.memory(statement, source, value)
        place = self.dot(name)
        if dot is None:
            return [node, b.located(self.zero(name, value), node)]
        if dot.fresh or is_container(value.type):
            return self.finished(statement, node, [b.assign(place, dot.expr)])
        if self.is_alias(source, value):
            if self.columns is not None and isinstance(source, gast.Call):
                raise Refused(source, "a view of an array that is written in place")
            check = self.checked(statement, source, name)
            return [*self.finished(statement, node, [b.assign(place, dot.expr)]), *check]
        # the tangent may be memory of something else, or a number that stands for an array
        like = statement.own_memory(name, dot.expr)
        if name not in set(b.names_in(source)) and self.dot(name) not in set(b.names_in(dot.expr)):
            return self.finished(statement, node, [b.assign(place, like)])
        held = self.names.fresh("t_dot")
        before = self.finished(statement, node, [b.assign(held, dot.expr)])
        return [*before, b.located(b.assign(place, statement.own_memory(name, b.name(held))), node)]

    def memory(self, statement: TangentStatement, source: gast.expr, value: Value) -> Dot | None:
        """The tangent of what becomes memory with a tangent of its own."""
        dot = statement.tangent(source)
        if dot is None and isinstance(source, (gast.List, gast.Tuple)):
            return statement.of_display(source)
        return dot

    def checked(self, statement: TangentStatement, source: gast.expr, name: str) -> list[gast.stmt]:
        """Operations that copy or share memory, as the layout has it, must do the same to the tangent."""
        fact = self.facts.calls.get(id(source))
        if not isinstance(fact, RuleCall) or fact.rule.op in VIEWS:
            return []
        owner = next(a for a in fact.arguments.values() if isinstance(a, gast.expr))
        dot = statement.tangent(owner)
        if dot is None or name in set(b.names_in(source)):
            raise Refused(source, f"{fact.rule.name} may copy or share memory; the array is written in place")
        check = b.call(
            statement.helper(same_aliasing), statement.available(owner), name, dot.expr, self.dot(name)
        )
        return [b.located(b.assign(self.dot(name), check), source)]

    def parallel(self, node: gast.Assign, target: gast.Tuple, source: gast.Tuple) -> list[gast.stmt]:
        """``a, b = e, f``: all tangents are computed before any of them is bound."""
        statement = TangentStatement(self, node)
        places: list[gast.expr] = []
        dots: list[gast.expr] = []
        names: list[tuple[str, Value, bool]] = []
        for place, expr in last_bindings(target.elts, source.elts):
            value = self.facts.value(place)
            if not isinstance(place, gast.Name):
                if isinstance(place, gast.Subscript) and self.activity.shadowed(
                    self.facts.value(place.value)
                ):
                    places.append(statement.place(place))
                    dots.append(statement.complete(expr))
                continue
            dot = (
                self.memory(statement, expr, value)
                if self.activity.shadowed(value)
                else statement.tangent(expr)
            )
            if self.activity.shadowed(value):
                wanted = True
                if dot is None or not (dot.fresh or is_container(value.type) or self.is_alias(expr, value)):
                    raise Refused(node, "several new written arrays assigned at once")
                if self.checked(statement, expr, place.id):
                    raise Refused(node, "views of written arrays assigned at once")
            else:
                wanted = (
                    dot is not None
                    and self.activity.valued(value)
                    and place.id in self.activity.after[id(node)]
                )
            names.append((place.id, value, wanted))
            if wanted:
                assert dot is not None
                places.append(b.name(self.dot(place.id)))
                dots.append(statement.full(dot, expr))
        for name, value, wanted in names:
            self.bound(name, value, node)
            if wanted:
                self.dotted.add(name)
        if not places:
            return [node]
        assigned = (
            b.assign(places[0], dots[0])
            if len(places) == 1
            else b.assign(b.tuple_target(places), b.tuple_(dots))
        )
        return self.finished(statement, node, [assigned])

    def unpack(self, node: gast.Assign, target: gast.Tuple, source: gast.expr) -> list[gast.stmt]:
        """``a, b = sequence``: the tangents are the items of its tangent."""
        statement = TangentStatement(self, node)
        dot = statement.tangent(source) if carries_derivative(self.facts.value(source)) else None
        places: list[str] = []
        wanted: list[str] = []
        for part in target.elts:
            if not isinstance(part, gast.Name):
                raise Refused(part, "an item as part of an unpacked target")
            member = self.facts.value(part)
            if self.bound(part.id, member, node):
                if dot is None:
                    if self.activity.shadowed(member):
                        raise Refused(node, "items without a tangent in memory that has one")
                    places.append("_")
                    continue
                places.append(self.dot(part.id))
                wanted.append(part.id)
            else:
                places.append("_")
        if not wanted or dot is None:
            return [node]
        self.dotted.update(wanted)
        items = statement.full(dot, source)
        if (
            self.columns is not None
            and self.facts.value(source).written
            and not is_container(self.facts.value(source).type)
        ):
            items = b.method(items, "copy")  # numbers stay what they were, and so must their columns
        return self.finished(statement, node, [b.assign(b.tuple_target(places), items)])
