"""Tangent code of calls of user functions: ``y = h(x)`` becomes ``y, y_dot = h_jvp(x, x_dot)``."""

from __future__ import annotations

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.calls import returns_argument, writes_useful_memory
from srcgrad.transform.facts import UserCall
from srcgrad.transform.refused import Refused
from srcgrad.transform.signature import leaves
from srcgrad.transform.tangent_base import TangentBase
from srcgrad.transform.tangent_values import TangentStatement
from srcgrad.transform.types import Array, Value, is_container


class TangentUserCalls(TangentBase):
    """Calls of functions with source."""

    def call(
        self, node: gast.stmt, call: gast.Call, fact: UserCall, target: gast.expr | None
    ) -> list[gast.stmt]:
        """``y = h(x)`` becomes ``y, y_dot = h_jvp(x, x_dot)``."""
        if target is not None and not isinstance(target, gast.Name):
            raise Refused(node, "the result of a call that is stored at once")
        name = "_" if target is None else target.id
        value = None if target is None else self.facts.value(target)
        live = value is not None and self.wants(name, value, node)
        if not live and not writes_useful_memory(self.activity, self.facts, fact):
            if value is not None:
                self.bound(name, value, node)
            return [node]
        tangent = self.calls.function(fact.callee)
        if tangent.name in self.facts.core.names:
            raise Refused(node, f"a variable called {tangent.name!r}")
        statement = TangentStatement(self, node, call, None if target is None else target.id)
        dots = []
        for parameter in tangent.active:
            argument = fact.arguments.get(parameter)
            if argument is None:
                raise Refused(node, "a default argument that is written")
            written = fact.callee.parameters[parameter].written
            dots.append((parameter, statement.stored(argument) if written else statement.complete(argument)))
        positional, keywords = self.calls.passed(fact, tangent, dots, self.columns)
        made = gast.Call(b.name(tangent.name), positional, keywords)
        if value is not None:
            self.bound(name, value, node)
        place: gast.expr = b.target(name)
        if tangent.gives_tangent:
            place = b.tuple_target([name, self.dot(name) if live else "_"])
        code: gast.stmt = b.assign(place, made)
        if target is None and not tangent.gives_tangent:
            code = b.expr_stmt(made)
        *temporaries, primal = statement.forward(code)
        result = [*temporaries, *statement.out, primal, *statement.later]
        if live:
            assert value is not None
            self.dotted.add(name)
            if not tangent.gives_tangent:
                result.append(self.zero(name, value))
            elif self.becomes_memory(node, fact, value):
                own = statement.own_memory(name, b.name(self.dot(name)))
                result.append(b.assign(self.dot(name), own))
        return [b.located(s, node) for s in result]

    def becomes_memory(self, node: gast.stmt, fact: UserCall, value: Value) -> bool:
        """True if the result is written here and was not written there: its tangent may be that of something else."""
        assert fact.callee.result is not None
        pairs = list(zip(leaves(value), leaves(fact.callee.result), strict=False))
        if not any(isinstance(a.type, Array) and a.written and not r.written for a, r in pairs):
            return False
        if is_container(value.type) or returns_argument(fact.callee):
            raise Refused(node, "a function that returns a view of its argument, which is then written")
        return True
