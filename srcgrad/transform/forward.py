"""The forward transform: from a core program and its facts to a program that computes tangents beside the values.

The tangent of ``x`` is called ``x_dot``. Statements stay where they are and as they are, and each that carries a derivative
has its tangent beside it::

    y_dot = np.cos(x) * x_dot      # y = np.sin(x)
    y = np.sin(x)

A name whose tangent is zero has no variable for it, until control flow joins with a path on which it is not zero.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.facts import ContainerCall, UserCall, WritingCall
from srcgrad.transform.infer import leaves_function
from srcgrad.transform.infer_expressions import bound_names
from srcgrad.transform.refused import Refused
from srcgrad.transform.tangent_base import Paths
from srcgrad.transform.tangent_bindings import TangentBindings
from srcgrad.transform.tangent_user_calls import TangentUserCalls
from srcgrad.transform.tangent_writes import TangentWrites
from srcgrad.transform.types import UNKNOWN, carries_derivative

_MOST_ROUNDS = 40


class Forwarder(TangentBindings, TangentWrites, TangentUserCalls):
    """Writes the tangent code of one function."""

    def block(self, statements: list[gast.stmt]) -> list[gast.stmt]:
        """The code of a block."""
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, node: gast.stmt) -> list[gast.stmt]:
        """The code of one statement."""
        if not self.facts.reached(node):
            return [node]
        if id(node) in self.facts.unanalysed:
            return self.plain(node)
        match node:
            case gast.Assign(targets=[target]):
                return self.assign(node, target)
            case gast.AugAssign():
                return self.augmented(node)
            case gast.Expr(value=gast.Call() as call):
                return self.effect(node, call)
            case gast.If():
                return self.branch(node)
            case gast.While() | gast.For():
                return self.loop(node)
            case gast.With():
                for name in (
                    n for item in node.items if item.optional_vars for n in b.names_in(item.optional_vars)
                ):
                    self.env[name] = (UNKNOWN,)
                return [_like(node, body=self.block(node.body))]
            case gast.Break():
                self.exits.append(self.paths())
                return [*self.settle(self.targets, node), node]
            case gast.Return():
                return []
        return self.plain(node)

    def plain(self, node: gast.stmt) -> list[gast.stmt]:
        """A statement without a tangent."""
        for name in _bound_here(node):
            self.dotted.discard(name)
            self.unsure.discard(name)
            self.untracked.discard(name)
            self.env[name] = (UNKNOWN,)
        return [node]

    def assign(self, node: gast.Assign, target: gast.expr) -> list[gast.stmt]:
        """Assignments by target and by right-hand side."""
        source = node.value
        if isinstance(target, gast.Tuple) and isinstance(source, gast.Tuple):
            if len(source.elts) == len(target.elts):
                return self.parallel(node, target, source)
        fact = self.facts.calls.get(id(source)) if isinstance(source, gast.Call) else None
        if isinstance(fact, (UserCall, ContainerCall)) and isinstance(target, gast.Tuple):
            return self.through_name(node, target, source)
        if isinstance(fact, UserCall):
            return self.call(node, source, fact, target)
        if isinstance(fact, ContainerCall):
            return self.pop(node, target, fact)
        if isinstance(fact, WritingCall):
            raise Refused(node, "the result of a call that writes its argument")
        match target:
            case gast.Tuple():
                return self.unpack(node, target, source)
            case gast.Subscript():
                return self.store(node, target, source)
            case gast.Name():
                return self.bind(node, target, source)
        return [node]

    def through_name(self, node: gast.Assign, target: gast.Tuple, source: gast.expr) -> list[gast.stmt]:
        """``a, b = h(x)`` as ``t = h(x)`` and ``a, b = t``."""
        name = self.names.fresh("t")
        value, after = self.facts.value(source), self.activity.after[id(node)]
        first = b.located(b.assign(name, source), node)
        second = b.located(gast.Assign([target], b.name(name), None), node)
        for made in (first, second):
            self.facts.values[id(made)] = value
        self.facts.values[id(first.targets[0])] = self.facts.values[id(second.value)] = value
        self.activity.after[id(first)], self.activity.after[id(second)] = after | {name}, after
        return [*self.statement(first), *self.statement(second)]

    def effect(self, node: gast.Expr, call: gast.Call) -> list[gast.stmt]:
        """A call for its effects."""
        fact = self.facts.calls.get(id(call))
        if isinstance(fact, UserCall):
            return self.call(node, call, fact, None)
        if isinstance(fact, ContainerCall):
            return self.append(node, call, fact) if fact.name == "append" else self.pop(node, None, fact)
        if isinstance(fact, WritingCall):
            return self.written(node, fact)
        return [node]

    # --- control flow ---------------------------------------------------------------------------

    def settle(self, targets: set[str], node: gast.stmt) -> list[gast.stmt]:
        """Give the names that have a tangent on another path a zero here."""
        made: list[gast.stmt] = []
        for name in sorted(targets - self.dotted):
            held = self.env.get(name)
            if held is None:
                continue
            if name in self.unsure:
                raise Refused(node, f"{name} may be without a value, and has a tangent on another path")
            made.append(b.located(self.zero(name, *held), node))
            self.dotted.add(name)
        return made

    def branch(self, node: gast.If) -> list[gast.stmt]:
        """Both branches, brought to the same set of tangents at their end."""
        taken = self.facts.taken.get(id(node))
        before = self.paths()
        bodies: list[list[gast.stmt]] = []
        ends: list[Paths | None] = []
        for wanted, statements in ((True, node.body), (False, node.orelse)):
            if taken is not None and taken is not wanted:
                bodies.append(list(statements))
                ends.append(None)
                continue
            self.follow(before)
            bodies.append(self.block(statements))
            ends.append(None if leaves_function(statements) or _breaks(statements) else self.paths())
        joined = Paths.join([end for end in ends if end is not None])
        targets = self.lasting(joined, self.activity.after[id(node)])
        for body, end in zip(bodies, ends, strict=True):
            if end is not None:
                self.follow(end)
                body += self.settle(targets, node)
        self.follow(replace(joined, dotted=targets))
        return [_like(node, body=bodies[0], orelse=bodies[1])]

    def loop(self, node: gast.For | gast.While) -> list[gast.stmt]:
        """A loop: what has a tangent at the end of a trip has one at its start."""
        if id(node) in self.facts.core.opaque:
            return self.plain(node)
        if isinstance(node, gast.For) and carries_derivative(self.facts.value(node.iter)):
            raise Refused(node, "a loop over something else than a range")
        live = self.activity.head.get(id(node), frozenset()) | self.activity.after[id(node)]
        before = self.paths()
        outer = self.exits, self.targets
        head = before
        names, dots = self.names, self._dots
        for _ in range(_MOST_ROUNDS):
            self.names, self._dots = names.copy(), dict(dots)
            self.exits, self.targets = [], set(head.dotted)
            self.follow(head)
            for name in bound_names(node.target) if isinstance(node, gast.For) else ():
                self.env[name] = (UNKNOWN,)
            body = self.block(node.body)
            ends = [*self.exits, *([] if _breaks(node.body) else [self.paths()])]
            joined = Paths.join([head, *ends])
            found = replace(joined, dotted=self.lasting(joined, live) | before.dotted)
            if found == head:
                break
            head = found
        else:
            raise Refused(node, "the tangents in this loop do not settle")
        if not _breaks(node.body):
            body += self.settle(head.dotted, node)
        self.exits, self.targets = outer
        self.follow(before)
        start = self.settle(head.dotted, node)
        self.follow(head)
        return [*start, _like(node, body=body)]

    def lasting(self, paths: Paths, live: frozenset[str]) -> set[str]:
        """The names whose tangent is of use later on."""
        return {
            name
            for name in paths.dotted
            if name in live or any(self.activity.shadowed(value) for value in paths.env.get(name, ()))
        }


def _like(node: gast.stmt, **parts: list[gast.stmt]) -> gast.stmt:
    """A compound statement with other blocks."""
    cls: Any = type(node)
    made: gast.stmt = cls.__new__(cls)
    made.__dict__.update(node.__dict__)
    for key, value in parts.items():
        made.__dict__[key] = value or ([b.pass_()] if key == "body" else [])
    return made


def _breaks(statements: list[gast.stmt]) -> bool:
    """True if a block always ends the loop that it is in."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, gast.If):
        return _breaks(last.body) and _breaks(last.orelse)
    return isinstance(last, gast.Break)


def _bound_here(node: gast.stmt) -> set[str]:
    """Names that a statement binds in the function itself, not in scopes inside of it."""
    found: set[str] = set()
    pending: list[Any] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, gast.Name) and isinstance(current.ctx, (gast.Store, gast.Del)):
            found.add(current.id)
        elif isinstance(current, gast.alias):
            found.add((current.asname or current.name).partition(".")[0])
        elif isinstance(current, (gast.FunctionDef, gast.ClassDef)):
            found.add(current.name)
            continue
        elif isinstance(current, _SCOPES):
            continue
        pending.extend(gast.iter_child_nodes(current))
    return found


_SCOPES = (gast.Lambda, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
