"""Tangent code of writes in place: the tangent memory is written at the same place.

``A[i] = x * y`` gives ``A_dot[i] = x_dot * y + y_dot * x``, and ``A[i] += x`` gives ``A_dot[i] += x_dot``.
"""

from __future__ import annotations

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.facts import ContainerCall, RuleCall, WritingCall
from srcgrad.transform.refused import Refused
from srcgrad.transform.tangent_base import TangentBase
from srcgrad.transform.tangent_values import Dot, TangentStatement
from srcgrad.transform.types import Array, is_container


class TangentWrites(TangentBase):
    """Statements that change memory."""

    def store(self, node: gast.Assign, target: gast.Subscript, source: gast.expr) -> list[gast.stmt]:
        """``array[index] = expression`` and ``list[index] = expression``."""
        owner = self.facts.value(target.value)
        if not self.activity.shadowed(owner):
            return [node]
        statement = TangentStatement(self, node, source)
        place = statement.place(target)
        if is_container(owner.type):
            value = statement.stored(source)
        else:
            dot = statement.tangent(source)
            value = b.constant(0.0) if dot is None else dot.expr
        return self.finished(statement, node, [b.assign(place, value)])

    def augmented(self, node: gast.AugAssign) -> list[gast.stmt]:
        """``target op= expression``."""
        target = node.target
        item = self.facts.value(target)
        if isinstance(target, gast.Name) and not isinstance(item.type, Array):
            return self.augmented_name(node, target)
        in_container = isinstance(target, gast.Subscript) and is_container(
            self.facts.value(target.value).type
        )
        whole = isinstance(target, gast.Name) or (in_container and isinstance(item.type, Array))
        owner = target if whole else target.value
        if not self.activity.shadowed(self.facts.value(owner)):
            return [node]
        statement = TangentStatement(self, node)
        if isinstance(target, gast.Name):
            place: gast.expr = b.name(self.dot(target.id))
        else:
            place = statement.place(target)
        dot = statement.tangent(node.value)
        shared = self.columns is not None and in_container and not whole
        if shared:
            # a number in a list: its columns may be in other places too
            fact = self.facts.calls[id(node)]
            assert isinstance(fact, RuleCall)
            dot = statement.push(fact.rule, fact.arguments, node, target)
            return self.finished(statement, node, [b.assign(place, dot.expr)]) if dot is not None else [node]
        if isinstance(node.op, (gast.Add, gast.Sub)):
            if dot is None:
                return [node]
            return self.finished(statement, node, [gast.AugAssign(b.as_target(place), node.op, dot.expr)])
        if dot is None and isinstance(node.op, (gast.Mult, gast.Div)):
            factor = statement.lifted(statement.available(node.value), self.facts.value(node.value).type)
            return self.finished(statement, node, [gast.AugAssign(b.as_target(place), node.op, factor)])
        fact = self.facts.calls[id(node)]
        assert isinstance(fact, RuleCall)
        dot = statement.push(fact.rule, fact.arguments, node, target)
        assert dot is not None
        return self.finished(
            statement, node, [b.assign(b.subscript(place, ...) if whole else place, dot.expr)]
        )

    def augmented_name(self, node: gast.AugAssign, target: gast.Name) -> list[gast.stmt]:
        """``name op= expression`` on a number: ``name = name op expression``."""
        value = self.facts.value(target)
        fact = self.facts.calls.get(id(node))
        if not self.wants(target.id, value, node) or not isinstance(fact, RuleCall):
            self.bound(target.id, value, node)
            return [node]
        statement = TangentStatement(self, node)
        dot = statement.push(fact.rule, fact.arguments, node, target)
        if not self.bound(target.id, value, node) or dot is None:
            return [node]
        self.dotted.add(target.id)
        return self.finished(statement, node, [b.assign(self.dot(target.id), statement.full(dot, target))])

    def written(self, node: gast.Expr, fact: WritingCall) -> list[gast.stmt]:
        """``np.add(a, b, out=y)``, ``np.add.at(y, index, a)``, ``y.fill(a)``."""
        if not self.activity.shadowed(self.facts.value(fact.owner)):
            return [node]
        statement = TangentStatement(self, node)
        owner = statement.tangent(fact.owner)
        if owner is None:
            raise Refused(node, "it writes into memory without a tangent")
        dot: Dot | None = None
        if fact.rule is not None:
            dot = statement.push(fact.rule, fact.arguments, node, fact.owner)
        elif fact.value is not None:
            dot = statement.tangent(fact.value)
        if fact.index is not None:
            if dot is None:
                return [node]
            assert isinstance(node.value, gast.Call)
            index = statement.wide_index(fact.index, statement.available_index(fact.index))
            added = b.expr_stmt(b.call(b.clone(node.value.func), owner.expr, index, dot.expr))
            return self.finished(statement, node, [added])
        value = b.constant(0.0) if dot is None else dot.expr
        return self.finished(statement, node, [b.assign(b.subscript(owner.expr, ...), value)])

    def append(self, node: gast.Expr, call: gast.Call, fact: ContainerCall) -> list[gast.stmt]:
        """``items.append(expression)``."""
        if not self.activity.shadowed(self.facts.value(fact.owner)):
            return [node]
        statement = TangentStatement(self, node)
        owner = statement.tangent(fact.owner)
        if owner is None:
            raise Refused(node, "it appends to a list without a tangent")
        (item,) = call.args
        added = b.expr_stmt(b.method(owner.expr, "append", statement.stored(item)))
        return self.finished(statement, node, [added])

    def pop(self, node: gast.stmt, target: gast.expr | None, fact: ContainerCall) -> list[gast.stmt]:
        """``name = items.pop()``."""
        if target is not None and not isinstance(target, gast.Name):
            raise Refused(node, "a popped value that is stored at once")
        statement = TangentStatement(self, node)
        owner = None
        if self.activity.shadowed(self.facts.value(fact.owner)):
            owner = statement.tangent(fact.owner)
        wanted = target is not None and self.bound(target.id, self.facts.value(target), node)
        if owner is None:
            return [node]
        popped = b.method(owner.expr, "pop")
        if not wanted:
            return self.finished(statement, node, [b.expr_stmt(popped)])
        assert target is not None
        self.dotted.add(target.id)
        return self.finished(statement, node, [b.assign(self.dot(target.id), popped)])
