"""Reverse code of writes in place: items, slices, whole arrays, lists that grow and shrink.

The adjoint of what is overwritten is read and set to zero; the adjoint of what is added to stays. ``A[i] = x`` gives::

    x_bar += A_bar[i]
    A_bar[i] = 0.0
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast

from srcgrad.runtime.sweeps import last_write
from srcgrad.transform import builders as b
from srcgrad.transform.adjoints import Cotangent
from srcgrad.transform.expressions import Statement
from srcgrad.transform.facts import ContainerCall, RuleCall, WritingCall
from srcgrad.transform.pieces import Step
from srcgrad.transform.refused import Refused
from srcgrad.transform.reverser_base import ReverserBase
from srcgrad.transform.types import (
    Array,
    Kind,
    ListOf,
    Numeric,
    Value,
    carries_derivative,
    is_container,
    is_number,
)


@dataclass(frozen=True)
class Memory:
    """The place that an augmented assignment changes: ``base`` (at ``index``) is the adjoint of ``owner`` (there)."""

    owner: gast.expr
    base: gast.expr
    index: gast.expr | None
    place: gast.expr
    item: Value
    repeats: bool


class MemoryWrites(ReverserBase):
    """Statements that change memory."""

    def store(self, node: gast.Assign, target: gast.Subscript, source: gast.expr) -> Step:
        """``array[index] = expression`` and ``list[index] = expression``."""
        owner = self.facts.value(target.value)
        if not self.activity.shadowed(owner):
            return self.plain(node)
        statement = Statement(self, node, source)
        base = statement.location(target.value)
        if base is None:
            raise Refused(node, "it writes into memory without a name")
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

    def written(self, node: gast.Expr, fact: WritingCall) -> Step:
        """``np.add(a, b, out=y)`` is ``y[...] = a + b``; ``np.add.at(y, index, a)`` adds, and leaves the adjoint."""
        owner = self.facts.value(fact.owner)
        if not self.activity.shadowed(owner):
            return self.plain(node)
        statement = Statement(self, node)
        base = statement.location(fact.owner)
        if base is None:
            raise Refused(node, "it writes into memory without a name")
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
