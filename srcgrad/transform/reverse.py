"""The reverse transform: from a core program and its facts to mirrored forward and reverse code.

Statements are taken last to first, as the reverse sweep runs, so that the state of the adjoints
(``adjoints.py``) is known where code is written. For ``y = x * z`` with ``y`` live the piece is::

    forward:  y = x * z              reverse:  x_bar = y_bar * z
                                               z_bar += y_bar * x

Arrays that are written in place have adjoint memory, a *shadow*, made in the forward sweep together with the array and
aliased as it is aliased; lists and tuples have mirrored ones that hold the adjoints of their members.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from srcgrad.rules.helpers import project
from srcgrad.runtime.sweeps import last_write, rejoin, shadow_of
from srcgrad.transform import builders as b
from srcgrad.transform.activity import Activity, find_activity, last_bindings
from srcgrad.transform.adjoints import Adjoints, Cotangent
from srcgrad.transform.calls import PairCalls
from srcgrad.transform.expressions import Statement
from srcgrad.transform.facts import ContainerCall, Facts, RuleCall, SameObject, UserCall, WritingCall
from srcgrad.transform.infer import bound_names
from srcgrad.transform.names import Names
from srcgrad.transform.pieces import Branch, Loop, Piece, Scope, Step
from srcgrad.transform.refused import Refused
from srcgrad.transform.types import (
    Array,
    Inert,
    Kind,
    Known,
    ListOf,
    Numeric,
    Value,
    carries_derivative,
    is_container,
    is_number,
    is_numeric,
    same_shape,
)
from srcgrad.transform.writes import Writes


@dataclass(frozen=True)
class Memory:
    """The place that an augmented assignment changes: ``base`` (at ``index``) is the adjoint of ``owner`` (there)."""

    owner: gast.expr
    base: gast.expr
    index: gast.expr | None
    place: gast.expr
    item: Value
    repeats: bool


class Reverser:
    """Makes the pieces of one function."""

    def __init__(self, facts: Facts, names: Names, pairs: PairCalls) -> None:
        self.facts = facts
        self.names = names
        self.pairs = pairs
        self.activity: Activity = find_activity(facts)
        self.writes = Writes(facts)
        self.globals: dict[str, Any] = {}
        self.local_names = frozenset(bound_names(facts.core.function))
        self.adjoints = Adjoints(names, self._both_disciplines(), _maybe_unbound(facts.core.function))

    def _both_disciplines(self) -> set[str]:
        """Names that hold shadowed memory at one place and a plain value at another."""
        found: dict[str, set[bool]] = {}
        for node in b.walk(self.facts.core.function):
            if isinstance(node, gast.Name) and id(node) in self.facts.values:
                value = self.facts.values[id(node)]
                if isinstance(value.type, Numeric) and self.activity.shadowed(value):
                    raise Refused(
                        node, "it is a number or an array that is written in place, decided at run time"
                    )
                if carries_derivative(value):
                    found.setdefault(node.id, set()).add(self.activity.shadowed(value))
        return {name for name, kinds in found.items() if len(kinds) == 2}

    def global_name(self, wanted: str, value: Any) -> str:
        """A name for an object that generated code refers to; the user's own name for it where there is one."""
        if self.globals.get(wanted, _MISSING) is value:
            return wanted
        namespace = self.facts.source.namespace
        if wanted in namespace and namespace[wanted] is value and wanted not in self.local_names:
            self.globals[wanted] = value
            return wanted
        for name, known in self.globals.items():
            if known is value:
                return name
        fresh = self.names.fresh(wanted)
        self.globals[fresh] = value
        return fresh

    def changes_after(self, value: Value) -> bool:
        """True if memory that was just made may be written later."""
        home = value.home
        return home is not None and (home.written or home.volatile)

    # --- blocks -------------------------------------------------------------------------------

    def block(self, statements: list[gast.stmt]) -> list[Piece]:
        """The pieces of a block, in program order."""
        pieces: list[Piece] = []
        for statement in reversed(statements):
            made = self.statement(statement)
            for piece in reversed(made):
                if isinstance(piece, Step):
                    if piece.reverse:
                        piece.reverse.insert(0, b.comment(self.line(statement), trailing=True))
                    for code in piece.reverse:
                        b.located(code, statement)
                    for code in piece.forward:
                        b.located(code, statement)
                pieces.append(piece)
        pieces.reverse()
        return pieces

    def line(self, node: gast.stmt) -> str:
        """The user's line that a statement came from."""
        lines, number = self.facts.source.lines, getattr(node, "lineno", 0)
        text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        return text if len(text) <= _LONGEST_COMMENT else text[: _LONGEST_COMMENT - 3] + "..."

    def statement(self, node: gast.stmt) -> list[Piece]:
        """The pieces of one statement."""
        if not self.facts.reached(node):
            return [Step([node], [])]
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
        return [Step([node], [])]

    def plain(self, node: gast.stmt) -> Step:
        """A statement with nothing to reverse."""
        return Step([node], [])

    # --- assignments --------------------------------------------------------------------------

    def assign(self, node: gast.Assign, target: gast.expr) -> list[Piece]:
        """Assignments by target and by right-hand side."""
        source = node.value
        if isinstance(target, gast.Tuple):
            if isinstance(source, gast.Tuple) and len(source.elts) == len(target.elts):
                return [self.parallel(node, target, source)]
            return self.unpack(node, target, source)
        fact = self.facts.calls.get(id(source)) if isinstance(source, gast.Call) else None
        if isinstance(fact, UserCall):
            return [self.pairs.call(self, node, source, fact, target)]
        if isinstance(fact, ContainerCall):
            return [self.pop(node, target, fact)]
        if isinstance(fact, WritingCall):
            raise Refused(node, "the result of a call that writes its argument")
        if isinstance(target, gast.Subscript):
            return [self.store(node, target, source)]
        if isinstance(target, gast.Name):
            return self.bind(node, target, source)
        return [self.plain(node)]

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

    def finished(self, statement: Statement, node: gast.stmt, after: list[gast.stmt] | None = None) -> Step:
        """A step from a statement's code; names that it sets without reading them are fresh."""
        reverse = statement.finish()
        forward = [*statement.forward(node), *(after or []), *statement.later]
        return step(forward, reverse, node)

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
        if isinstance(value.type, ListOf) and not isinstance(source, gast.List):
            return [self.list_copy(statement, node, source, shadow)]
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
        if isinstance(source, (gast.List, gast.Tuple)):
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
                return statement.location(source)
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
        if fact.rule.op not in _VIEWS and fact.rule.op not in _MAY_COPY:
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

    def display(
        self, statement: Statement, node: gast.Assign, target: gast.Name, source: gast.List | gast.Tuple
    ) -> Step:
        """``name = [a, b]``: a mirror with a place for the adjoint of each member."""
        shadow = self.adjoints.shadow(target.id)
        places: list[gast.expr] = []
        for k, item in enumerate(source.elts):
            place, pointer = self.place(statement, item)
            places.append(place)
            if not pointer and carries_derivative(self.facts.value(item)):
                statement.contribute(item, Cotangent(b.subscript(shadow, k), self.facts.value(item).type))
        return self.finished(statement, node, [b.assign(shadow, b.list_(places))])

    def place(self, statement: Statement, item: gast.expr) -> tuple[gast.expr, bool]:
        """What a mirror holds for a member: its adjoint memory if it has some (True), else a zero to add to."""
        value = self.facts.value(item)
        if self.activity.shadowed(value):
            memory = statement.location(item)
            if memory is None:
                raise Refused(
                    item, "a container or a written array inside another, without a name of its own"
                )
            return memory, True
        if value.kind is not None and is_number(value.type):
            return b.constant(0.0), False
        if is_numeric(value.type) and carries_derivative(value):
            return b.call("np__.zeros_like", statement.available(item)), False
        if isinstance(value.type, (Known, Inert)):
            return b.constant(None), False
        return b.call(statement.helper(shadow_of), statement.available(item)), False

    def parallel(self, node: gast.Assign, target: gast.Tuple, source: gast.Tuple) -> Step:
        """``a, b = e, f``: all right-hand sides are read before anything is bound."""
        statement = Statement(self, node)
        pairs = last_bindings(target.elts, source.elts)
        read = {name for name in b.names_in(source)}
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
                    raise Refused(node, "several new containers or written arrays assigned at once")
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
        return self.finished(statement, node, after)

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

    def store(self, node: gast.Assign, target: gast.Subscript, source: gast.expr) -> Step:
        """``array[index] = expression`` and ``list[index] = expression``."""
        owner = self.facts.value(target.value)
        if not self.activity.shadowed(owner):
            return self.plain(node)
        statement = Statement(self, node, source)
        base = statement.location(target.value)
        assert base is not None
        if isinstance(owner.type, ListOf):
            return self.store_in_list(statement, node, target, base, source)
        index = statement.available_index(target.slice)
        place = b.subscript(base, index)
        value = self.facts.value(source)
        zero = b.assign(place, 0.0)
        if not carries_derivative(value):
            return self.finished_with(statement, node, [zero])
        item = Value(self.facts.value(target).type)
        g, bound = self.taken(statement, node, base, target, index, source)
        if bound:
            statement.out.append(zero)
        placed = Cotangent(g, self.item_type(target, item), memory=not bound)
        statement.contribute(source, self.unspread(statement, source, placed))
        if bound:
            return self.finished(statement, node)
        return self.finished_with(statement, node, [zero])

    def item_type(self, target: gast.Subscript, item: Value) -> Any:
        """The type of the place written to."""
        interpreter_type = self.facts.places.get(id(target))
        return interpreter_type if interpreter_type is not None else Numeric(Kind.FLOAT)

    def unspread(self, statement: Statement, source: gast.expr, g: Cotangent) -> Cotangent:
        """The cotangent of a place, made one of the value that was broadcast into it."""
        wanted = self.facts.value(source).type
        if same_shape(g.type, wanted):
            return g
        if is_number(wanted):
            return g if is_number(g.type) else Cotangent(b.call("np__.sum", g.expr), wanted)
        fitted = b.call(statement.helper(project), g.expr, statement.shape_source(source))
        return Cotangent(fitted, wanted, g.memory)

    def taken(
        self,
        statement: Statement,
        node: gast.stmt,
        base: gast.expr,
        target: gast.Subscript,
        index: gast.expr,
        source: gast.expr,
    ) -> tuple[gast.expr, bool]:
        """The cotangent of what was written; in a variable (True) if the memory changes before it is used."""
        owner = self.facts.value(target.value)
        place = b.subscript(base, index)
        if statement.may_repeat(target.slice):
            name = self.names.fresh("t_bar")
            statement.out.append(b.assign(name, self.written_last(statement, base, index)))
            return b.name(name), True
        reads_own = any(
            isinstance(child, gast.expr)
            and id(child) in self.facts.values
            and self.facts.values[id(child)].home is owner.home
            for child in b.walk(source)
        )
        if not reads_own and isinstance(source, (gast.Name, gast.Constant)):
            return place, False
        name = self.names.fresh("t_bar")
        scalar = is_number(self.item_type(target, owner))
        statement.out.append(b.assign(name, place if scalar else b.method(place, "copy")))
        return b.name(name), True

    def finished_with(self, statement: Statement, node: gast.stmt, reverse: list[gast.stmt]) -> Step:
        """A finished step with more reverse code at the end."""
        made = self.finished(statement, node)
        return step(made.forward, [*made.reverse, *reverse], node)

    def store_in_list(
        self,
        statement: Statement,
        node: gast.Assign,
        target: gast.Subscript,
        base: gast.expr,
        source: gast.expr,
    ) -> Step:
        index = statement.available_index(target.slice)
        item = b.subscript(base, index)
        value = self.facts.value(source)
        name = self.names.fresh("t_bar")
        if is_number(value.type):
            statement.out += [b.assign(name, item), b.assign(item, 0.0)]
            statement.contribute(source, Cotangent(b.name(name), value.type))
            return self.finished(statement, node)
        place, pointer = self.place(statement, source)
        old = self.names.fresh("t_bar")
        original = b.subscript(b.clone(base), b.clone(target.slice))
        after = [b.assign(old, original), b.assign(original, place)]
        if pointer:
            statement.out.append(b.assign(item, old))
        else:
            statement.out += [b.assign(name, item), b.assign(item, old)]
            statement.contribute(source, Cotangent(b.name(name), value.type))
        return self.finished(statement, node, after)

    # --- augmented assignments ----------------------------------------------------------------

    def augmented(self, node: gast.AugAssign) -> Step:
        """``target op= expression``."""
        target = node.target
        item = self.facts.value(target)
        in_container = isinstance(target, gast.Subscript) and is_container(
            self.facts.value(target.value).type
        )
        if isinstance(target, gast.Name) and not isinstance(item.type, Array):
            return self.augmented_name(node, target)
        whole = isinstance(target, gast.Name) or (in_container and isinstance(item.type, Array))
        owner_node = target if whole else target.value
        if not self.activity.shadowed(self.facts.value(owner_node)):
            return self.plain(node)
        statement = Statement(self, node, None)
        base = statement.location(owner_node)
        if base is None:
            raise Refused(node, "it changes memory that has no name")
        place, index = base, None
        if not whole:
            index = statement.available_index(target.slice)
            place = b.subscript(base, index)
        repeats = not whole and not in_container and statement.may_repeat(target.slice)
        if isinstance(node.op, (gast.Add, gast.Sub)):
            return self.added(statement, node, Memory(owner_node, base, index, place, item, repeats))
        active = carries_derivative(self.facts.value(node.value))
        if not active and isinstance(node.op, (gast.Mult, gast.Div)) and not repeats:
            statement.out.append(gast.AugAssign(b.as_target(place), node.op, statement.available(node.value)))
            return self.finished(statement, node)
        if repeats:
            raise Refused(node, "an operator other than += on items chosen by an integer array")
        name = self.names.fresh("t_bar")
        scalar = is_number(item.type)
        statement.out.append(b.assign(name, place if scalar else b.method(place, "copy")))
        statement.out.append(b.assign(b.subscript(place, ...) if whole else place, 0.0))
        fact = self.facts.calls[id(node)]
        assert isinstance(fact, RuleCall)
        statement.pull(fact.rule, fact.arguments, node, Cotangent(b.name(name), item.type))
        return self.finished(statement, node)

    def added(self, statement: Statement, node: gast.AugAssign, memory: Memory) -> Step:
        """``+=`` and ``-=`` on memory: its adjoint stays as it is, and is one of what was added."""
        if not carries_derivative(self.facts.value(node.value)):
            return self.plain(node)
        g = memory.place
        home = self.facts.value(memory.owner).home
        reads_own = any(
            id(child) in self.facts.values and self.facts.values[id(child)].home is home
            for child in b.walk(node.value)
        )
        viewed = not is_number(memory.item.type)
        if memory.repeats:
            name = self.names.fresh("t_bar")
            assert memory.index is not None
            statement.out.append(b.assign(name, self.written_last(statement, memory.base, memory.index)))
            g, viewed = b.name(name), False
        elif reads_own or not isinstance(node.value, gast.Name):
            name = self.names.fresh("t_bar")
            copied = reads_own and viewed
            statement.out.append(b.assign(name, b.method(g, "copy") if copied else g))
            g, viewed = b.name(name), viewed and not copied
        if isinstance(node.op, gast.Sub):
            g = b.unary("USub", g)
        placed = Cotangent(g, memory.item.type, memory=viewed)
        statement.contribute(node.value, self.unspread(statement, node.value, placed))
        return self.finished(statement, node)

    def written_last(self, statement: Statement, base: gast.expr, index: gast.expr) -> gast.expr:
        """The adjoint of values stored under an index that may name an element twice."""
        whole = b.subscript("np__.s_", index) if isinstance(index, (gast.Tuple, gast.Slice)) else index
        return b.call(statement.helper(last_write), base, whole)

    def augmented_name(self, node: gast.AugAssign, target: gast.Name) -> Step:
        """``name op= expression`` on a number: ``name = name op expression``."""
        value = self.facts.value(target)
        if not self.activity.valued(value) or target.id not in self.adjoints.state:
            if not carries_derivative(value):
                self.adjoints.consume(target.id)
            return self.plain(node)
        fact = self.facts.calls[id(node)]
        assert isinstance(fact, RuleCall)
        statement = Statement(self, node, None, target.id)
        mark = self.adjoints.state[target.id]
        g = Cotangent(b.name(self.adjoints.bar(target.id)), value.type)
        self.adjoints.consume(target.id)
        statement.pull(fact.rule, fact.arguments, node, g)
        made = self.finished(statement, node)
        if isinstance(node.op, (gast.Add, gast.Sub)):
            self.adjoints.state.setdefault(target.id, mark)
        return made

    # --- effects ------------------------------------------------------------------------------

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

    def written(self, node: gast.Expr, fact: WritingCall) -> Step:
        """``np.add(a, b, out=y)`` is ``y[...] = a + b``; ``np.add.at(y, index, a)`` adds, and leaves the adjoint."""
        owner = self.facts.value(fact.owner)
        if not self.activity.shadowed(owner):
            return self.plain(node)
        statement = Statement(self, node)
        base = statement.location(fact.owner)
        assert base is not None
        if fact.index is not None:
            assert fact.value is not None
            item = b.subscript(base, statement.available_index(fact.index))
            name = self.names.fresh("t_bar")
            statement.out.append(b.assign(name, item))
            g = Cotangent(b.name(name), Numeric(Kind.FLOAT))
            if carries_derivative(self.facts.value(fact.value)):
                statement.contribute(fact.value, self.unspread(statement, fact.value, g))
            return self.finished(statement, node)
        name = self.names.fresh("t_bar")
        statement.out += [
            b.assign(name, b.method(base, "copy")),
            b.assign(b.subscript(b.clone(base), ...), 0.0),
        ]
        g = Cotangent(b.name(name), owner.type)
        if fact.rule is not None:
            statement.pull(fact.rule, fact.arguments, node, g)
        elif fact.value is not None and carries_derivative(self.facts.value(fact.value)):
            statement.contribute(fact.value, self.unspread(statement, fact.value, g))
        return self.finished(statement, node)

    def append(self, node: gast.Expr, call: gast.Call, fact: ContainerCall) -> Step:
        """``items.append(expression)``: the mirror grows as well, and shrinks in the reverse sweep."""
        owner = self.facts.value(fact.owner)
        if not self.activity.shadowed(owner):
            return self.plain(node)
        statement = Statement(self, node)
        base = statement.location(fact.owner)
        if base is None:
            raise Refused(node, "a list without a name")
        (item,) = call.args
        place, pointer = self.place(statement, item)
        popped = b.method(base, "pop")
        value = self.facts.value(item)
        if pointer or not carries_derivative(value):
            statement.out.append(b.expr_stmt(popped))
        elif isinstance(item, gast.Name):
            statement.contribute(item, Cotangent(popped, value.type))
        else:
            name = self.names.fresh("t_bar")
            statement.out.append(b.assign(name, popped))
            statement.contribute(item, Cotangent(b.name(name), value.type))
        return self.finished(statement, node, [b.expr_stmt(b.method(b.clone(base), "append", place))])

    def pop(self, node: gast.stmt, target: gast.expr | None, fact: ContainerCall) -> Step:
        """``name = items.pop()``: the mirror's last place is taken off, and put back in the reverse sweep."""
        owner = self.facts.value(fact.owner)
        if target is not None and not isinstance(target, gast.Name):
            raise Refused(node, "a popped value that is stored at once")
        if not self.activity.shadowed(owner):
            if target is not None:
                self.adjoints.consume(target.id)
            return self.plain(node)
        statement = Statement(self, node)
        base = statement.location(fact.owner)
        if base is None:
            raise Refused(node, "a list without a name")
        popped = b.method(base, "pop")
        home = owner.home
        element = None if home is None else home.element
        if target is None or element is None or is_container(element.type) or not is_number(element.type):
            name = self.names.fresh("t_bar") if target is None else None
            if target is not None:
                value = self.facts.value(target)
                if self.activity.shadowed(value):
                    name = self.adjoints.shadow(target.id)
                else:
                    return self.pop_array(statement, node, target, base, popped)
            assert name is not None
            statement.out.append(b.expr_stmt(b.method(b.clone(base), "append", name)))
            return self.finished(statement, node, [b.assign(name, popped)])
        value = self.facts.value(target)
        live = target.id in self.adjoints.state and self.activity.valued(value)
        back: Any = self.adjoints.bar(target.id) if live else b.constant(0.0)
        self.adjoints.consume(target.id)
        statement.out.append(b.expr_stmt(b.method(b.clone(base), "append", back)))
        return self.finished(statement, node, [b.expr_stmt(popped)])

    def pop_array(
        self, statement: Statement, node: gast.stmt, target: gast.Name, base: gast.expr, popped: gast.expr
    ) -> Step:
        """An array that nobody writes: its adjoint is a value, added to the place that goes back."""
        place = self.names.fresh("t_bar")
        if target.id in self.adjoints.state:
            bar = b.name(self.adjoints.bar(target.id))
            statement.out.append(b.assign(place, b.binary(place, "Add", bar)))
            reverse_place = place
        else:
            reverse_place = place
        self.adjoints.consume(target.id)
        taken = self.names.fresh("t_bar")
        statement.out = [b.assign(place, taken), *statement.out]
        statement.out.append(b.expr_stmt(b.method(b.clone(base), "append", reverse_place)))
        return self.finished(statement, node, [b.assign(taken, popped)])

    # --- control flow -------------------------------------------------------------------------

    def branch(self, node: gast.If) -> Branch:
        """Both branches from the same state of the adjoints, brought to the same state at their start."""
        after = dict(self.adjoints.state)
        decided = self.facts.taken.get(id(node))
        ends_body, ends_orelse = _raises(node.body), _raises(node.orelse)
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
        for statement in (*ends[0], *ends[1]):
            b.located(statement, node)
        return made

    def type_at(self, name: str, node: gast.stmt) -> Any:
        """The type of a name around a statement: that of its first reading or binding found there, or anywhere."""
        for tree in (node, self.facts.core.function):
            for child in b.walk(tree):
                if isinstance(child, gast.Name) and child.id == name and id(child) in self.facts.values:
                    value = self.facts.values[id(child)]
                    if carries_derivative(value):
                        return value.type
        value = self.facts.parameters.get(name)
        return Numeric(Kind.FLOAT) if value is None else value.type

    def loop(self, node: gast.For | gast.While) -> Loop | Step:
        """A loop: adjoints that go around it are variables before the reverse loop starts."""
        if id(node) in self.facts.core.opaque:
            return self.plain(node)
        if isinstance(node, gast.For) and not _is_range(node.iter, self.facts):
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
        for statement in (*before, *end):
            b.located(statement, node)
        header = node.iter if isinstance(node, gast.For) else node.test
        made = Loop(node, body, before, end, self.fixed(header, node))
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
        """Names whose adjoint the reverse of a loop reads or adds to."""
        found: set[str] = set()
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


_MISSING = object()
_LONGEST_COMMENT = 72
_MAY_COPY = frozenset({np.reshape, np.ravel})
# views whatever the memory layout; reshape and ravel copy where they must
_VIEWS = frozenset(
    function
    for function in (
        np.transpose, np.swapaxes, np.moveaxis, np.rollaxis, np.expand_dims,
        np.asarray, np.asanyarray, np.flip, np.fliplr, np.flipud, np.rot90,
        np.atleast_1d, np.atleast_2d, np.squeeze, getattr(np, "matrix_transpose", np.transpose),
    )
)  # fmt: skip


def step(forward: list[gast.stmt], reverse: list[gast.stmt], node: gast.stmt) -> Step:
    """A step; what it binds and the user's statement does not read is fresh."""
    bound = {
        child.id
        for statement in forward
        for child in b.walk(statement)
        if isinstance(child, gast.Name) and isinstance(child.ctx, gast.Store)
    }
    read = {
        child.id
        for child in b.walk(node)
        if isinstance(child, gast.Name)
        and (isinstance(child.ctx, gast.Load) or isinstance(node, gast.AugAssign))
    }
    return Step(forward, reverse, frozenset(bound - read))


def _is_range(node: gast.expr, facts: Facts) -> bool:
    return isinstance(node, gast.Call) and facts.value(node.func).type == Known.of(range)


def _raises(statements: list[gast.stmt]) -> bool:
    """True if a block always ends in an exception."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, gast.If):
        return _raises(last.body) and _raises(last.orelse)
    return isinstance(last, gast.Raise)


def _only_shape(tree: gast.expr, name: gast.Name) -> bool:
    """True if an expression asks a variable only for its shape."""
    return all(
        child.value is not name or child.attr in ("shape", "ndim", "size")
        for child in b.walk(tree)
        if isinstance(child, gast.Attribute)
    ) and any(isinstance(child, gast.Attribute) and child.value is name for child in b.walk(tree))


def _indexed(source: gast.expr, name: str) -> bool:
    """True if an expression takes items of a variable."""
    return any(
        isinstance(child, gast.Subscript) and name in set(b.names_in(child.value)) for child in b.walk(source)
    )


def _maybe_unbound(function: gast.FunctionDef) -> frozenset[str]:
    """Names that are not bound on every path (loops may make no trip)."""
    every = {
        node.id
        for node in b.walk(function)
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
    }

    def bound(statements: list[gast.stmt]) -> set[str]:
        names: set[str] = set()
        for statement in statements:
            match statement:
                case gast.If():
                    branches = [
                        bound(block) for block in (statement.body, statement.orelse) if not _raises(block)
                    ]
                    names |= set.intersection(*branches) if branches else set()
                case gast.With():
                    names |= bound(statement.body)
                case gast.While() | gast.For() | gast.Try():
                    pass
                case _:
                    names |= {
                        node.id
                        for node in b.walk(statement)
                        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
                    }
        return names

    parameters = set(b.names_in(function.args))
    return frozenset(every - bound(function.body) - parameters)
