"""Statements: assignments, writes into arrays, loops and branches."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.runtime import sweeps
from srcgrad.transform import builders as b
from srcgrad.transform.loops.affine import Affine, number, symbol
from srcgrad.transform.loops.context import LoopAround, mentions
from srcgrad.transform.loops.expressions import OPERATORS
from srcgrad.transform.loops.nests import Bind, Block, Check, Compound, Plain, Read, element_code, reads_of
from srcgrad.transform.loops.tapes import Tapes
from srcgrad.transform.loops.values import (
    BOOL,
    INT,
    WORD,
    Arr,
    ArrType,
    Constant,
    Items,
    ItemsType,
    Num,
    NumType,
    TapeOf,
    Value,
    VarType,
    View,
    joined,
    of_affine,
    of_constant,
    type_of,
    variable,
)
from srcgrad.transform.refused import Refused

_MOST_UNROLLED = 16


class Statements(Tapes):
    """Lowering of statements."""

    result: Value | None = None
    counts_from_start: frozenset[str] = frozenset()

    def statements(self, block: list[gast.stmt]) -> None:
        """Lower statements in order."""
        for statement in block:
            handler = getattr(self, f"do_{type(statement).__name__}", None)
            if handler is None:
                raise Refused(statement, f"{type(statement).__name__} in machine code")
            try:
                handler(statement)
            except Refused as refusal:
                if not hasattr(refusal.node, "lineno") and hasattr(statement, "lineno"):
                    refusal.node = statement
                raise

    def inner(self, block: list[gast.stmt], last: Callable[[], None] | None = None) -> Block:
        """Lower a block of its own; what it makes is not added to the current one. `last` is called at its end."""
        kept, self.block = self.block, []
        facts = self.facts.copy()
        try:
            self.statements(block)
            if last is not None:
                last()
            return self.block
        finally:
            self.block, self.facts = kept, facts

    # --- bindings -----------------------------------------------------------------------------

    def note(self, name: str, type_: VarType) -> None:
        """A variable gets a value of this type."""
        known = self.table.get(name)
        both = type_ if known is None else joined(known, type_)
        if both is None:
            raise Refused(b.name(name), f"{name} has values of different types")
        if both != known:
            if isinstance(both, NumType) and known is not None:
                # A bound that grows would grow in every round.
                both = NumType(both.dtype, both.weak, 48 if both.bits <= 48 else WORD)
            self.table[name] = both
            self.changed = True

    def do_Assign(self, node: gast.Assign) -> None:
        (target,) = node.targets
        if isinstance(target, gast.Tuple) and isinstance(node.value, gast.Tuple):
            self._assign_several(target, node.value, node)
            return
        if isinstance(target, gast.Name) and isinstance(node.value, gast.List) and target.id in self.tapes:
            self.env[target.id] = self.make_tape(target.id)
            return
        match node.value:
            case gast.Call(func=gast.Name(id="range"), args=ends) if isinstance(target, gast.Name):
                self._keep_range(target.id, ends, node)
                return
        self.assign(target, self.value(node.value), node)

    def _keep_range(self, name: str, ends: list[gast.expr], node: gast.AST) -> None:
        """``r = range(a, b)``: its ends, to be counted through later."""
        if self.counts.get(name) != 1 or self.loops:
            raise Refused(node, "a range that is not used by one name")
        kept: list[gast.expr] = []
        for end in ends:
            part = self.names.fresh(f"{name}_end")
            self.counts[part] = 1
            self.bind(part, self.number(end), node)
            kept.append(b.name(part))
        self.ranges[name] = kept

    def _assign_several(self, target: gast.Tuple, values: gast.Tuple, node: gast.stmt) -> None:
        if len(target.elts) != len(values.elts):
            raise Refused(node, "an assignment of other than as many values")
        found = [self.value(value) for value in values.elts]
        kept: list[Value] = []
        for k, value in enumerate(found):
            later = any(isinstance(t, gast.Name) for t in target.elts[:k])
            known = isinstance(value, Num) and value.affine is not None and value.affine.known is not None
            if isinstance(value, Num) and later and not known:
                name = self.names.fresh("t")
                self.counts[name] = 1
                self.run(b.assign(name, value.code))
                kept.append(Num(b.name(name), value.dtype, value.weak, None, value.bits))
            elif isinstance(value, Arr) and value.view is not None:
                if value.view.memory in {t.id for t in target.elts if isinstance(t, gast.Name)}:
                    raise Refused(node, "arrays that are exchanged")
                kept.append(value)
            else:
                kept.append(self.materialize(value, "t") if isinstance(value, Arr) else value)
        for part, value in zip(target.elts, kept, strict=True):
            self.assign(part, value, node)

    def assign(self, target: gast.expr, value: Value, node: gast.stmt) -> None:
        """``target = value``."""
        match target:
            case gast.Name(id=name):
                self.bind(name, value, node)
            case gast.Tuple(elts=parts):
                if isinstance(value, Arr) and value.ndim and value.dims[0].known == len(parts):
                    value = Items(
                        "tuple",
                        tuple(range(len(parts))),
                        tuple(self.item(value, b.constant(k), node) for k in range(len(parts))),
                    )
                if not isinstance(value, Items) or len(value.parts) != len(parts):
                    raise Refused(node, "an assignment to several names")
                for part, item in zip(parts, value.parts, strict=True):
                    self.assign(part, item, node)
            case gast.Subscript():
                self.write(target, "", value, node)
            case _:
                raise Refused(node, "an assignment of this kind")

    def bind(self, name: str, value: Value, node: gast.AST) -> None:
        """``name = value``."""
        match value:
            case Num():
                self.note(name, type_of(value))
                self.run(b.located(b.assign(name, value.code), node))
                affine = None if value.affine is None else self.facts.reduced(value.affine)
                self.forget({name})
                if affine is not None and any(s == name for s in affine.symbols):
                    affine = None
                if value.dtype == INT and affine is None:
                    affine = symbol(name)
                constant = (
                    value.code
                    if isinstance(value.code, gast.Constant) and self.counts.get(name) == 1
                    else None
                )
                del constant
                self.env[name] = Num(b.name(name), value.dtype, value.weak, affine, value.bits)
            case Arr():
                self._bind_array(name, value, node)
            case Items(owner=str(owner)) if value.mutable and owner != name:
                self.note(name, type_of(value))
                self.aliases.update((name, owner))
                self.env[name] = value
            case Items(kind=kind, keys=keys, parts=parts):
                self.note(name, type_of(value))
                made = []
                for k, part in enumerate(parts):
                    self.bind(f"{name}__{k}", part, node)
                    made.append(self.env[f"{name}__{k}"])
                self.env[name] = Items(kind, keys, tuple(made), name)
            case _:
                self.note(name, type_of(value))
                self.env[name] = value

    def _bind_array(self, name: str, value: Arr, node: gast.AST) -> None:
        self.note(name, type_of(value))
        self.facts.shapes.pop(name, None)
        if value.view is None:
            element_memory = {r.memory for r in self._reads(value)}
            own = self.counts.get(name) == 1 and name not in element_memory
            value = self.materialize(value, name, own=own)
        assert value.view is not None
        if value.view.memory == name and value.view.whole:
            self.env[name] = value
            return
        old = self.env.get(name)
        same = (
            isinstance(old, Arr)
            and len(old.dims) == len(value.dims)
            and all(self.facts.same(a, c) for a, c in zip(old.dims, value.dims, strict=True))
        )
        if not same or value.view.memory == name:
            self.forget({name})
            if old is not None or name in self.counts_from_start:
                self.changed |= name not in self.reshaped
                self.reshaped.add(name)
        elif name in self.roots:  # what is a part of the memory that it named is no part of what it names now
            for other, held in list(self.env.items()):
                if other != name and mentions(held, {name}):
                    self.env.pop(other)
        self.emit(Bind(name, value.view.memory, self.view_code(value)))
        self.other_names.setdefault(value.view.memory, set()).add(name)
        self.env[name] = value

    def _reads(self, value: Arr) -> list[Read]:
        index = tuple(symbol(c) for c in self.index_names(value.ndim))
        return list(reads_of(value.element(index)))

    def view_code(self, value: Arr) -> gast.expr:
        """An array that is part of memory, as NumPy says it."""
        view = value.view
        assert view is not None
        if view.whole:
            return b.name(view.memory)
        order = [axis.along for axis in view.axes if axis.along is not None]
        rising = order == sorted(order)
        parts: list[gast.expr] = []
        for axis in view.axes:
            if axis.along is None:
                parts.append(axis.start.code())
                continue
            if rising:
                parts += _new_axes(parts, axis.along)
            length = value.dims[axis.along]
            stop = axis.start + length * axis.step
            if axis.step < 0:
                end = None if stop == number(-1) else stop.code()
            else:
                # a negative length must not count from the end
                safe = self.facts.holds(stop)
                end = stop.code() if safe else b.call("max", stop.code(), b.constant(0))
            step = None if axis.step == 1 else b.constant(axis.step)
            parts.append(b.slice_(axis.start.code(), end, step))
        if rising:
            parts += _new_axes(parts, value.ndim)
        code: gast.expr = b.subscript(view.memory, parts[0] if len(parts) == 1 else b.tuple_(parts))
        if rising:
            return code
        if order == list(reversed(range(value.ndim))):
            return b.attribute(code, "T")
        raise Refused(b.pass_(), "a view with axes of length one")

    def do_AugAssign(self, node: gast.AugAssign) -> None:
        op = type(node.op).__name__
        value = self.value(node.value)
        if isinstance(node.target, gast.Name):
            old = self.value(b.as_load(b.clone(node.target)))
            if isinstance(old, Arr):
                if op == "MatMult" or old.view is None:
                    raise Refused(node, "a product of matrices in place")
                self.store(old, op, value, node)
                return
            made = self.binary(op, old, value, node)
            if isinstance(made, Num) and isinstance(made.code, gast.BinOp) and isinstance(old, Num):
                self.note(node.target.id, type_of(made))
                assert isinstance(value, Num)
                self.run(b.located(b.aug_assign(node.target.id, op, value.code), node))
                self.forget({node.target.id})
                name = node.target.id
                affine = symbol(name) if made.dtype == INT else None
                self.env[name] = Num(b.name(name), made.dtype, made.weak, affine, made.bits)
                return
            self.bind(node.target.id, made, node)
            return
        if not isinstance(node.target, gast.Subscript):
            raise Refused(node, "an assignment of this kind")
        self.write(node.target, op, value, node)

    def write(self, target: gast.Subscript, op: str, value: Value, node: gast.stmt) -> None:
        """``array[index] op= value``."""
        owner = self.value(b.as_load(b.clone(target.value)))
        if isinstance(owner, Items):
            self._write_item(target, owner, op, value, node)
            return
        if not isinstance(owner, Arr):
            raise Refused(node, "it writes into something that is not an array")
        if owner.view is None:
            raise Refused(node, "it writes into something that is not memory")
        if not isinstance(target.slice, (gast.Tuple, gast.Slice)):
            mask = self.value(target.slice)
            if isinstance(mask, Arr) and mask.dtype == BOOL:
                self._write_some(owner, mask, op, value, node)
                return
        place = self.part(owner, target.slice, node)
        if not place.dims:
            if not isinstance(value, Num):
                value = self.scalar(value) if isinstance(value, Arr) and not value.dims else value
            if not isinstance(value, Num):
                raise Refused(node, "it writes an array into an element")
            if "biufc".index(value.dtype.kind) > "biufc".index(owner.dtype.kind):
                raise Refused(node, "it writes numbers into an array of another type")
            self.stored.update(read.memory for read in reads_of(place.element(())))
            code = b.as_target(element_code(place.element(())))
            made = b.aug_assign(code, op, value.code) if op else b.assign(code, value.code)
            self.run(b.located(made, node))
            return
        if op == "MatMult":
            raise Refused(node, "a product of matrices in place")
        if place.view is None and op:
            made_value = self.elementwise(
                OPERATORS[op], lambda c: b.binary(c[0], op, c[1]), [place, value], node
            )
            assert isinstance(made_value, Arr)
            self.store(place, "", self.materialize(made_value, "t"), node)
            return
        self.store(place, op, value, node)

    def _write_some(self, owner: Arr, mask: Arr, op: str, value: Value, node: gast.stmt) -> None:
        """``array[mask] op= number``: every element is written, those without the mask with what they are."""
        if not isinstance(value, Num) or mask.ndim != owner.ndim:
            raise Refused(node, "it writes an array through a mask")
        fresh = Arr(owner.dtype, owner.dims, owner.element)
        new: Value = value
        if op:
            new = self.elementwise(OPERATORS[op], lambda c: b.binary(c[0], op, c[1]), [fresh, value], node)
        for left, right in zip(owner.dims, mask.dims, strict=True):
            self.require_same(left, right)
        chosen = self.elementwise(np.where, lambda c: gast.IfExp(c[0], c[1], c[2]), [mask, new, fresh], node)
        assert isinstance(chosen, Arr)
        self.store(owner, "", chosen, node)

    def _write_item(
        self, target: gast.Subscript, owner: Items, op: str, value: Value, node: gast.stmt
    ) -> None:
        """A place of adjoint memory that is not an array: its parts are variables."""
        key = self.value(target.slice)
        known = (
            key.value
            if isinstance(key, Constant)
            else key.affine.known
            if isinstance(key, Num) and key.affine
            else None
        )
        old = owner.get(known)
        if old is None:
            raise Refused(node, "an index that is not known")
        if owner.owner is None:
            raise Refused(node, "it writes into a container without a name")
        position = owner.keys.index(known)
        name = f"{owner.owner}__{position}"
        if op and isinstance(old, Arr):
            self.store(old, op, value, node)
            return
        self.bind(name, self.binary(op, old, value, node) if op else value, node)
        parts = list(owner.parts)
        parts[position] = self.env[name]
        made = Items(owner.kind, owner.keys, tuple(parts), owner.owner)
        for other, held in list(self.env.items()):
            if isinstance(held, Items) and held.owner == owner.owner:
                self.env[other] = made
            elif isinstance(held, Items) and any(
                isinstance(p, Items) and p.owner == owner.owner for p in held.parts
            ):
                raise Refused(node, "it writes into a container inside another")

    # --- control ------------------------------------------------------------------------------

    def do_If(self, node: gast.If) -> None:
        test = self.value(node.test)
        if isinstance(test, TapeOf):
            test = self.tape_left(test)
        verdict = self.verdict(test)
        if verdict is not None:
            self.statements(node.body if verdict else node.orelse)
            return
        if not isinstance(test, Num):
            raise Refused(node, "the truth of an array")
        before = dict(self.env)
        body = self.inner(node.body)
        after, self.env = self.env, dict(before)
        orelse = self.inner(node.orelse)
        other, self.env = self.env, before
        bound = bound_in([*node.body, *node.orelse], self.table)
        self.forget(bound)
        self.restore(self.agreed(after, other, bound))
        header = b.located(b.if_(test.code, []), node)
        self.emit(Compound(header, [body, orelse] if orelse else [body]))

    def do_While(self, node: gast.While) -> None:
        bound = bound_in(node.body, self.table)
        entering = dict(self.env)
        self.forget(bound)
        around = LoopAround("", None, None, bound, [], self.facts.copy(), self.carried(entering, bound))
        self.loops.append(around)
        kept, self.block = self.block, []
        test = self.value(node.test)
        if isinstance(test, TapeOf):
            test = self.tape_left(test)
        verdict = self.verdict(test)
        if verdict is True:
            test = of_constant(True)
        if not isinstance(test, Num):
            raise Refused(node, "the truth of an array")
        prologue, self.block = self.block, kept
        before = dict(self.env)
        body = self.inner(node.body, self.check_carried)
        self.env = before
        self.loops.pop()
        self.forget(bound)
        self.restore(around.carried)
        self.emit(*around.before)
        if prologue:
            stop = Compound(b.if_(b.negate(test.code), []), [[Plain(b.break_())]])
            header = b.while_(b.constant(True), [])
            self.emit(Compound(b.located(header, node), [[*prologue, stop, *body]]))
        else:
            self.emit(Compound(b.located(b.while_(test.code, []), node), [body]))

    def do_For(self, node: gast.For) -> None:
        match node.iter:
            case gast.Call(func=gast.Name(id="range"), args=ends):
                self._count(node, ends, False)
            case gast.Call(
                func=gast.Name(id="reversed"), args=[gast.Call(func=gast.Name(id="range"), args=ends)]
            ):
                self._count(node, ends, True)
            case gast.Name(id=name) if name in self.ranges:
                self._count(node, b.clone(self.ranges[name]), False)
            case gast.Call(func=gast.Name(id="reversed"), args=[gast.Name(id=name)]) if name in self.ranges:
                self._count(node, b.clone(self.ranges[name]), True)
            case gast.Subscript() as part:
                self._count_some(node, part, False)
            case gast.Call(func=gast.Name(id="reversed"), args=[gast.Subscript() as part]):
                self._count_some(node, part, True)
            case _:
                self._iterate(node)

    def _count_some(self, node: gast.For, part: gast.Subscript, backwards: bool) -> None:
        """``range(a, b)[:n]``: as many rounds as there were."""
        match part:
            case gast.Subscript(
                value=(gast.Call(func=gast.Name(id="range")) | gast.Name()) as whole,
                slice=gast.Slice(lower=None, upper=gast.Name() as rounds, step=None),
            ):
                known = self.ranges.get(whole.id) if isinstance(whole, gast.Name) else whole.args
            case _:
                known = None
        if known is None or len(known) > 2:
            self._iterate(node)
            return
        ends = b.clone(known)
        start = of_constant(0) if len(ends) == 1 else self.number(ends[0])
        stop, most = self.number(ends[-1]), self.number(rounds)
        names = [self.names.fresh(hint) for hint in ("start", "n")]
        for name in names:
            self.counts[name] = 1
            self.note(name, type_of(of_affine(number(0))))
        self.run(b.assign(names[0], start.code))
        length = b.binary(stop.code, "Sub", b.name(names[0]))
        self.run(b.assign(names[1], b.call("min", most.code, length)))
        self.facts.forget(set(names))
        if start.affine is not None:
            self.facts.equal[names[0]] = self.facts.reduced(start.affine)
        if stop.affine is not None:
            stop_affine = self.facts.reduced(stop.affine)
            self.facts.positive.append(stop_affine - self.facts.reduced(symbol(names[0])) - symbol(names[1]))
        end = b.binary(b.name(names[0]), "Add", b.name(names[1]))
        self._count(node, [b.name(names[0]), end], backwards)

    def _iterate(self, node: gast.For) -> None:
        backwards = False
        iterable = node.iter
        if (
            isinstance(iterable, gast.Call)
            and isinstance(iterable.func, gast.Name)
            and iterable.func.id == "reversed"
        ):
            backwards, iterable = True, iterable.args[0]
        value = self.value(iterable)
        if isinstance(value, Items) and len(value.parts) <= _MOST_UNROLLED:
            parts = reversed(value.parts) if backwards else value.parts
            if any(isinstance(n, (gast.Break, gast.Continue)) for n in b.walk(node.body)):
                raise Refused(node, "a loop over a tuple that ends early")
            for part in list(parts):
                self.assign(b.clone(node.target), part, node)
                self.statements(b.clone(node.body))
            return
        if (
            isinstance(value, Arr)
            and value.dims
            and value.view is not None
            and isinstance(node.target, gast.Name)
        ):
            counter = self.names.fresh("k")
            ends = [self.length(value.dims[0]).code]
            first = b.assign(b.clone(node.target), b.subscript(b.clone(iterable), counter))
            self.counts[counter] = 1
            loop = b.for_(counter, b.call("range", *ends), [b.located(first, node), *node.body])
            self._count(b.located(loop, node), ends, backwards)
            return
        raise Refused(node, "a loop over something that is not a range")

    def _count(self, node: gast.For, ends: list[gast.expr], backwards: bool) -> None:
        if not isinstance(node.target, gast.Name):
            raise Refused(node, "a loop with several variables")
        counter = node.target.id
        numbers = [self.number(end) for end in ends]
        if any(not n.is_int for n in numbers):
            raise Refused(node, "a range of other than whole numbers")
        start = numbers[0] if len(numbers) > 1 else of_constant(0)
        stop = numbers[1] if len(numbers) > 1 else numbers[0]
        step_value = numbers[2].affine.known if len(numbers) == 3 and numbers[2].affine is not None else 1
        if len(numbers) == 3 and (numbers[2].affine is None or step_value not in (1, -1)):
            self._count_in_steps(node, numbers, backwards)
            return
        assert isinstance(start, Num)
        bound = bound_in(node.body, self.table)
        low_end, high_end = self._end(start, bound | {counter}), self._end(stop, bound | {counter})
        # forwards from low_end up to high_end - 1, or with step -1 from low_end down to high_end + 1
        if step_value == 1:
            first, last = low_end, high_end - 1
        else:
            first, last = high_end + 1, low_end
        rising = (step_value == 1) != backwards
        self.note(counter, type_of(of_affine(number(1000))) if not rising else type_of(start_like()))
        entering = dict(self.env)
        self.forget({*bound, counter})
        facts = self.facts.copy()
        carried = self.carried(entering, {*bound, counter})
        around = LoopAround(counter, first, last + 1, {*bound, counter}, [], facts, carried)
        kept_facts = self.facts
        self.facts = self.facts.copy()
        reassigned = counter in bound
        if not reassigned:
            self.facts.between(counter, first, last)
        else:
            around.first = None
        self.loops.append(around)
        before = dict(self.env)
        self.env[counter] = Num(b.name(counter), INT, True, symbol(counter), 48)
        body = self.inner(node.body, self.check_carried)
        self.loops.pop()
        self.env, self.facts = before, kept_facts
        self.forget({*bound, counter})
        self.restore(carried)
        if rising:
            ends = [last + 1] if first == number(0) else [first, last + 1]
            code = [end.code() for end in ends]
        else:
            code = [last.code(), (first - 1).code(), b.constant(-1)]
        header = b.located(b.for_(counter, b.call("range", *code), []), node)
        self.emit(*around.before, Compound(header, [body]))

    def _end(self, value: Num, bound: set[str]) -> Affine:
        """An end of a range, as an expression that stays what it is during the loop."""
        from srcgrad.transform.loops.affine import base_name

        affine = None if value.affine is None else self.facts.reduced(value.affine)
        if affine is not None and not any(base_name(s) in bound for s in affine.symbols):
            return affine
        name = self.names.fresh("stop")
        self.counts[name] = 1
        self.run(b.assign(name, value.code))
        return symbol(name)

    def _count_in_steps(self, node: gast.For, numbers: list[Num], backwards: bool) -> None:
        """``range(a, b, s)`` by the number of rounds."""
        names = [self.names.fresh(hint) for hint in ("start", "step", "n")]
        for name, value in zip(names[:2], (numbers[0], numbers[2]), strict=True):
            self.counts[name] = 1
            self.run(b.assign(name, value.code))
            self.note(name, type_of(value))
        self.counts[names[2]] = 1
        self.run(b.assign(names[2], b.call("rounds", names[0], numbers[1].code, names[1])))
        self.note(names[2], type_of(of_affine(number(0))))
        counter = self.names.fresh("k")
        self.counts[counter] = 1
        value_code = b.binary(b.name(names[0]), "Add", b.binary(b.name(counter), "Mult", b.name(names[1])))
        assert isinstance(node.target, gast.Name)
        first = b.located(b.assign(node.target.id, value_code), node)
        loop = b.located(b.for_(counter, b.call("range", b.name(names[2])), [first, *node.body]), node)
        self._count(loop, [b.name(names[2])], backwards)

    def do_Break(self, node: gast.Break) -> None:
        self.check_carried()
        self.run(node)

    def do_Pass(self, node: gast.Pass) -> None:
        """Nothing."""

    def do_Assert(self, node: gast.Assert) -> None:
        test = self.number(node.test)
        failed = gast.Raise(b.call("AssertionError"), None)
        self.emit(Check(b.if_(b.negate(test.code), [failed])))

    def do_Raise(self, node: gast.Raise) -> None:
        # The call is run again on NumPy, which raises what the program says.
        self.emit(Check(gast.Raise(b.call("RuntimeError"), None)))

    def do_Return(self, node: gast.Return) -> None:
        if self.loops or node.value is None:
            raise Refused(node, "a return inside a loop")
        value = self.value(node.value)
        self.result = self._returned(value)
        self.run(b.return_(self._result_code(self.result)))

    def _returned(self, value: Value) -> Value:
        if isinstance(value, Arr) and (value.view is None or not value.view.whole):
            return self.materialize(value, "result")
        if isinstance(value, Items):
            return Items(value.kind, value.keys, tuple(map(self._returned, value.parts)))
        return value

    def _result_code(self, value: Value) -> gast.expr:
        match value:
            case Num(code=code):
                return code
            case Arr(view=view):
                assert view is not None
                return b.name(view.memory)
            case Items(parts=parts):
                return b.tuple_([self._result_code(part) for part in parts] or [b.constant(0.0)])
            case Constant(value=None):
                return b.constant(None)
        raise Refused(b.pass_(), "a result of this kind")

    def do_Expr(self, node: gast.Expr) -> None:
        if isinstance(node.value, gast.Constant):
            if b.is_comment(node):
                self.run(node)
            return
        call = node.value
        if isinstance(call, gast.Call) and isinstance(call.func, gast.Attribute):
            name = call.func.attr
            if name == "append" and len(call.args) == 1:
                owner = self.value(call.func.value)
                if isinstance(owner, TapeOf):
                    self.append(owner.name, self.value(call.args[0]), node)
                    return
            if name == "at" and len(call.args) == 3:
                self._scatter(call, node)
                return
            if name == "fill" and len(call.args) == 1:
                target = self.value(call.func.value)
                if isinstance(target, Arr):
                    self.store(target, "", self.value(call.args[0]), node)
                    return
        if isinstance(call, gast.Call) and isinstance(call.func, gast.Name):
            function = self.value(call.func)
            if function == Constant(sweeps.real_number):
                if isinstance(self.value(call.args[0]), (Num, Arr)):
                    return
            if function == Constant(sweeps.add_into):
                self._add_into(self.value(call.args[0]), self.value(call.args[1]), node)
                return
            if function == Constant(sweeps.rejoin):
                raise Refused(node, "another shape of the same memory")
        raise Refused(node, "a call for its effects")

    def _add_into(self, shadow: Value, cotangent: Value, node: gast.AST) -> None:
        if isinstance(shadow, Arr):
            self.store(shadow, "Add", cotangent, node)
            return
        raise Refused(node, "a cotangent with structure")

    def _scatter(self, call: gast.Call, node: gast.stmt) -> None:
        """``np.add.at(target, index, value)``."""
        assert isinstance(call.func, gast.Attribute)
        function = self.value(call.func.value)
        ops: dict[Any, str] = {np.add: "Add", np.subtract: "Sub", np.multiply: "Mult"}
        if not isinstance(function, Constant) or function.value not in ops:
            raise Refused(node, "a call for its effects")
        target = self.value(call.args[0])
        if not isinstance(target, Arr) or target.view is None:
            raise Refused(node, "it writes into something that is not memory")
        place = self.part(target, call.args[1], node)
        value = self.value(call.args[2])
        if not place.dims:
            self.write(b.subscript(call.args[0], call.args[1]), ops[function.value], value, node)
            return
        self.store(place, ops[function.value], value, node)


def _new_axes(parts: list[gast.expr], until: int) -> list[gast.expr]:
    """``None`` for each axis of length one that is missing before an axis of the view."""
    kept = sum(isinstance(p, gast.Slice) or (isinstance(p, gast.Constant) and p.value is None) for p in parts)
    return [b.constant(None) for _ in range(until - kept)]


def start_like() -> Num:
    """A counter: a whole number that stays small."""
    return Num(b.constant(0), INT, True, None, 48)


def bound_in(block: list[gast.stmt], table: dict[str, VarType]) -> set[str]:
    """Names that a block gives values; ``x += y`` of an array gives it none."""
    found: set[str] = set()
    for node in b.walk(block):
        if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
            found.add(node.id)
    for node in b.walk(block):
        if isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
            if isinstance(table.get(node.target.id), ArrType) and not _stored(block, node.target):
                found.discard(node.target.id)
        elif isinstance(node, gast.Subscript) and isinstance(node.ctx, gast.Store):
            if isinstance(node.value, gast.Name) and isinstance(table.get(node.value.id), ItemsType):
                found.add(node.value.id)
    return found


def _stored(block: list[gast.stmt], target: gast.Name) -> bool:
    """True if a name is bound otherwise than by ``+=``."""
    updates = {
        id(n.target)
        for n in b.walk(block)
        if isinstance(n, gast.AugAssign) and isinstance(n.target, gast.Name)
    }
    return any(
        isinstance(n, gast.Name)
        and n.id == target.id
        and not isinstance(n.ctx, gast.Load)
        and id(n) not in updates
        for n in b.walk(block)
    )


__all__ = ["Statements", "View", "bound_in", "operator", "variable"]
