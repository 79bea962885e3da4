"""The reverse transform: from a core program and its facts to mirrored forward and reverse code.

Statements are taken last to first, as the reverse sweep runs, so that the state of the adjoints
(``adjoints.py``) is known where code is written. For ``y = x * z`` with ``y`` live the piece is::

    forward:  y = x * z              reverse:  x_bar = y_bar * z
                                               z_bar += y_bar * x

Arrays that are written in place have adjoint memory, a *shadow*, made in the forward sweep together with the array and
aliased as it is aliased; lists and tuples have mirrored ones that hold the adjoints of their members.
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad.origins import is_generated
from srcgrad.runtime.checkpointing import Checkpoints, warn_ignored
from srcgrad.transform import builders as b
from srcgrad.transform.bindings import Bindings
from srcgrad.transform.checkpointed import checkpoint_call, state_of
from srcgrad.transform.custom_calls import custom_call
from srcgrad.transform.facts import ContainerCall, CustomCall, Facts, SurgeryCall, UserCall, WritingCall
from srcgrad.transform.infer_expressions import bound_names
from srcgrad.transform.memory_writes import MemoryWrites
from srcgrad.transform.pieces import Branch, Loop, Piece, Scope, Step, always_raises
from srcgrad.transform.refused import Refused
from srcgrad.transform.restoring import written_place
from srcgrad.transform.surgery import surgery
from srcgrad.transform.types import (
    Array,
    Inert,
    Kind,
    Known,
    Numeric,
    Type,
    carries_derivative,
    is_number,
)

_LONGEST_COMMENT = 72


class Reverser(Bindings, MemoryWrites):
    """Makes the pieces of one function."""

    # --- blocks -------------------------------------------------------------------------------

    def block(self, statements: list[gast.stmt]) -> list[Piece]:
        """The pieces of a block, in program order."""
        pieces: list[Piece] = []
        for statement in reversed(statements):
            made = self.statement(statement)
            for piece in reversed(made):
                if isinstance(piece, Step):
                    self.ascribe(piece.reverse, statement)
                    for code in piece.forward:
                        b.located(code, statement)
                pieces.append(piece)
        pieces.reverse()
        return pieces

    def ascribe(self, reverse: list[gast.stmt], node: gast.stmt) -> None:
        """Note that reverse code belongs to a statement: by line number, and by a comment for the reader."""
        if reverse:
            reverse.insert(0, b.comment(self.line(node), trailing=True))
        for code in reverse:
            b.located(code, node)

    def line(self, node: gast.stmt) -> str:
        """The user's line that a statement came from."""
        lines, number = self.facts.source.lines, getattr(node, "lineno", 0)
        text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        if is_generated(self.facts.source.filename):
            text = text.partition("  # ")[0]  # the comment of the code that is differentiated again
        return text if len(text) <= _LONGEST_COMMENT else text[: _LONGEST_COMMENT - 3] + "..."

    def statement(self, node: gast.stmt) -> list[Piece]:
        """The pieces of one statement; if it writes into an array that is put back, with that."""
        pieces = self.reversed(node)
        place = written_place(node, self.facts) if self.restored and self.facts.reached(node) else None
        if place is None:
            return pieces
        target, type_ = place
        owner = target.value if isinstance(target, gast.Subscript) else target
        if self.facts.value(owner).home not in self.restored:
            return pieces
        self.restore(node, target, type_, owner.id, pieces)
        return pieces

    def restore(
        self, node: gast.stmt, target: gast.expr, type_: Type, name: str, pieces: list[Piece]
    ) -> None:
        """Keep what a statement overwrites, and put it back before its adjoint runs."""
        first, last = pieces[0], pieces[-1]
        assert isinstance(first, Step) and isinstance(last, Step)
        old = self.names.fresh(f"{name}_old")
        now = b.as_load(target)
        whole = isinstance(target, gast.Name)
        place = b.subscript(name, ...) if whole else b.subscript(name, b.clone(target.slice))
        first.forward.insert(0, b.assign(old, now if is_number(type_) else b.method(now, "copy")))
        last.reverse.insert(0, b.assign(place, b.name(old)))
        for step in (first, last):
            step.fresh |= {old}

    def reversed(self, node: gast.stmt) -> list[Piece]:
        """The pieces of one statement."""
        if not self.facts.reached(node):
            return [Step([node], [])]
        if id(node) in self.facts.unanalysed:
            for name in bound_names(node):
                self.adjoints.consume(name)
            return [self.plain(node)]
        match node:
            case gast.Assign(targets=[target]):
                return self.assign(node, target)
            case gast.AugAssign():
                return [self.augmented(node)]
            case gast.Expr(value=gast.Call() as call):
                return [self.effect(node, call)]
            case gast.If():
                return [self.branch(node)]
            case gast.While() | gast.For():
                return [self.loop(node)]
            case gast.With():
                return [self.scope(node)]
            case gast.Return():
                return [Step([], [])]
            case gast.FunctionDef(name=name) if name in self.surgical:
                return [Step([], [])]
        return [Step([node], [])]

    def assign(self, node: gast.Assign, target: gast.expr) -> list[Piece]:
        """Assignments by target and by right-hand side."""
        source = node.value
        if isinstance(target, gast.Tuple):
            if isinstance(source, gast.Tuple) and len(source.elts) == len(target.elts):
                return self.parallel(node, target, source)
            return self.unpack(node, target, source)
        fact = self.facts.calls.get(id(source)) if isinstance(source, gast.Call) else None
        if isinstance(fact, UserCall):
            return [self.pairs.call(self, node, source, fact, target)]
        if isinstance(fact, SurgeryCall):
            return [surgery(self, node, fact)]
        if isinstance(fact, CustomCall):
            return [custom_call(self, node, source, fact, target)]
        if isinstance(fact, ContainerCall):
            return [self.pop(node, target, fact)]
        if isinstance(fact, WritingCall):
            raise Refused(node, "the result of a call that writes its argument")
        if isinstance(target, gast.Subscript):
            return [self.store(node, target, source)]
        if isinstance(target, gast.Name):
            return self.bind(node, target, source)
        return [self.plain(node)]

    def effect(self, node: gast.Expr, call: gast.Call) -> Step:
        """A call for its effects."""
        fact = self.facts.calls.get(id(call))
        if isinstance(fact, UserCall):
            return self.pairs.call(self, node, call, fact, None)
        if isinstance(fact, ContainerCall):
            if fact.name == "append":
                return self.append(node, call, fact)
            return self.pop(node, None, fact)
        if isinstance(fact, WritingCall):
            return self.written(node, fact)
        return self.plain(node)

    # --- control flow -------------------------------------------------------------------------

    def branch(self, node: gast.If) -> Branch:
        """Both branches from the same state of the adjoints, brought to the same state at their start."""
        after = dict(self.adjoints.state)
        decided = self.facts.taken.get(id(node))
        ends_body, ends_orelse = always_raises(node.body), always_raises(node.orelse)
        if decided is None and ends_body != ends_orelse:
            decided = not ends_body
        states: list[dict[str, Any]] = []
        blocks: list[list[Piece]] = []
        for wanted, statements in ((True, node.body), (False, node.orelse)):
            self.adjoints.state = dict(after)
            if decided is not None and decided is not wanted:
                blocks.append([Step([statement], []) for statement in statements])
                states.append({})
                continue
            blocks.append(self.block(statements))
            states.append(self.adjoints.state)
        made = Branch(
            node, node.test, blocks[0], blocks[1], decided=decided, fixed=self.fixed(node.test, node)
        )
        if decided is not None:
            self.adjoints.state = states[0] if decided else states[1]
            return made
        ends: list[list[gast.stmt]] = [[], []]
        merged: dict[str, Any] = {}
        for name in dict.fromkeys([*states[0], *states[1]]):
            for k in (0, 1):
                if name not in states[k]:
                    self.adjoints.state = states[k]
                    ends[k] += self.adjoints.zero(name, self.type_at(name, node))
            one, other = states[0][name], states[1][name]
            merged[name] = type(one)(one.owned and other.owned, one.full and other.full)
        made.body_end, made.orelse_end = ends
        self.adjoints.state = merged
        for statements in ends:
            self.ascribe(statements, node)
        return made

    def type_at(self, name: str, node: gast.stmt) -> Any:
        """The type of a name around a statement: that of its first reading or binding found there, or anywhere."""
        for tree in (node, self.facts.core.function):
            for child in b.walk(tree):
                if isinstance(child, gast.Name) and child.id == name and id(child) in self.facts.values:
                    value = self.facts.values[id(child)]
                    if carries_derivative(value):
                        return value.type
        parameter = self.facts.parameters.get(name)
        return Numeric(Kind.FLOAT) if parameter is None else parameter.type

    def loop(self, node: gast.For | gast.While) -> Loop | Step:
        """A loop: adjoints that go around it are variables before the reverse loop starts."""
        if id(node) in self.facts.core.opaque:
            return self.plain(node)
        header = node.iter if isinstance(node, gast.For) else node.test
        call = checkpoint_call(header, self.facts)
        if call is not None:
            header = call.args[0]
        if isinstance(node, gast.For) and not _is_range(header, self.facts):
            if carries_derivative(self.facts.value(node.iter)):
                raise Refused(node, "a loop over something else than a range")
        head = self.activity.head.get(id(node), frozenset())
        touched = self.touched(node) & head
        before: list[gast.stmt] = []
        for name in sorted(touched):
            if name not in self.adjoints.state:
                before += self.adjoints.zero(name, self.type_at(name, node))
        entry = dict(self.adjoints.state)
        names = self.names.copy()
        while True:
            self.adjoints.state = dict(entry)
            body = self.block(node.body)
            end: list[gast.stmt] = []
            for name in sorted(touched):
                if name not in self.adjoints.state:
                    end += self.adjoints.zero(name, self.type_at(name, node), like_adjoint=True)
            joined = {
                name: type(mark)(mark.owned and now.owned, mark.full and now.full)
                for name, mark in entry.items()
                if (now := self.adjoints.state.get(name)) is not None
            }
            if all(joined.get(name, mark) == mark for name, mark in entry.items()):
                break
            entry = {**entry, **joined}
            del names
            names = self.names.copy()
        self.adjoints.state = {
            name: mark for name, mark in self.adjoints.state.items() if name in head or name in entry
        }
        for statements in (before, end):
            self.ascribe(statements, node)
        made = Loop(node, body, before, end, self.fixed(header, node))
        if call is not None and isinstance(node, gast.For):
            made.trips = header
            state = state_of(self, node, call)
            if isinstance(state, str):
                warn_ignored(f"{self.facts.source.name}, line {node.lineno}: {state}")
            else:
                made.checkpoint = state
                self.global_name("Checkpoints", Checkpoints)
        return made

    def fixed(self, node: gast.expr, statement: gast.stmt) -> bool:
        """True if an expression gives the same as long as its names stay bound to the same objects."""
        for child in b.walk(node):
            if isinstance(child, gast.Name) and id(child) in self.facts.values:
                value = self.facts.values[id(child)]
                if is_number(value.type) or isinstance(value.type, (Known, Inert)):
                    continue
                if isinstance(value.type, Array) and _only_shape(node, child):
                    continue
                if value.home is None or self.writes.changes(value, statement):
                    return False
        return True

    def touched(self, node: gast.For | gast.While) -> set[str]:
        """Names whose adjoint the reverse of a loop reads, adds to or clears."""
        found = bound_names(node) & self.valued_names
        for child in b.walk(node):
            names = [child] if isinstance(child, gast.Name) else []
            fact = self.facts.calls.get(id(child)) if isinstance(child, gast.Call) else None
            if isinstance(fact, UserCall):  # what an inner function captures is an argument too
                names = [
                    n
                    for argument in fact.arguments.values()
                    for n in b.walk(argument)
                    if isinstance(n, gast.Name)
                ]
            for name in names:
                value = self.facts.values.get(id(name))
                if value is not None and self.activity.valued(value):
                    found.add(name.id)
        return found

    def scope(self, node: gast.With) -> Scope:
        """A ``with`` block; ``np.errstate`` holds in the reverse sweep too."""
        both = all(
            isinstance(item.context_expr, gast.Call)
            and self.facts.value(item.context_expr.func).type == Known.of(np.errstate)
            for item in node.items
        )
        return Scope(node, self.block(node.body), both)


def _is_range(node: gast.expr, facts: Facts) -> bool:
    return isinstance(node, gast.Call) and facts.value(node.func).type == Known.of(range)


def _only_shape(tree: gast.expr, name: gast.Name) -> bool:
    """True if an expression asks a variable only for its shape."""
    return all(
        child.value is not name or child.attr in ("shape", "ndim", "size")
        for child in b.walk(tree)
        if isinstance(child, gast.Attribute)
    ) and any(isinstance(child, gast.Attribute) and child.value is name for child in b.walk(tree))
