"""Tapes: lists become arrays, indexed by loop counters where the number of entries is known, else growing.

A *grid* has one entry for each round of counting loops around it: ``x_tape.append(x)`` is ``x_tape[t, i] = x``. A *stack*
has a top; scalars that are pushed in one block and popped in one block share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from srcgrad.transform import builders as b
from srcgrad.transform.loops.affine import Affine, base_name, number, symbol
from srcgrad.transform.loops.calls import Calls
from srcgrad.transform.loops.context import LoopAround
from srcgrad.transform.loops.nests import Allocate, Bind, Compound, Effect, Plain, Read, size_code
from srcgrad.transform.loops.values import (
    BOOL,
    FLOAT,
    INT,
    Arr,
    Axis,
    Constant,
    Items,
    ItemsType,
    Num,
    NumType,
    TapeOf,
    Value,
    VarType,
    View,
    memory,
    type_of,
    viewed,
)
from srcgrad.transform.refused import Refused

_FIRST_ROOM, _FIRST_ROWS = 64, 8


class Restart(Exception):
    """A decision about a tape turned out to be wrong; lowering begins anew with the other one."""


@dataclass
class Site:
    """Where a tape is used: the block, the loops and branches around it, and the position among those of the block."""

    block: int
    around: tuple[gast.stmt, ...]
    order: int = 0


@dataclass
class Group:
    """Stacks that share a top."""

    top: str
    members: list[str] = field(default_factory=list)
    buffers: dict[str, np.dtype[Any]] = field(default_factory=dict)
    known: dict[str, np.dtype[Any]] = field(default_factory=dict)
    made: bool = False


@dataclass
class Tape:
    """What is known of one tape."""

    name: str
    appends: list[Site] = field(default_factory=list)
    pops: list[Site] = field(default_factory=list)
    tests: int = 0
    grid: bool = True
    group: Group | None = None
    type: VarType | None = None
    loops: list[LoopAround] = field(default_factory=list)
    dims: dict[str, tuple[Affine, ...]] = field(default_factory=dict)
    recorded: dict[str, bool] = field(default_factory=dict)
    held: dict[str, Value] = field(default_factory=dict)
    views: dict[str, tuple[Arr, dict[str, str]]] = field(default_factory=dict)

    @property
    def counted(self) -> bool:
        """True if the number of entries is not that of numbers on a stack, and somebody asks for it."""
        return self.tests > 0 and self.type is not None and not isinstance(self.type, NumType)


def find_tapes(function: gast.FunctionDef) -> dict[str, Tape]:
    """Lists that are only appended to, popped from and tested."""
    found: dict[str, Tape] = {}
    others: set[str] = set()
    _collect(function.body, (), found, others)
    return {name: tape for name, tape in found.items() if name not in others}


def _collect(
    block: list[gast.stmt], around: tuple[gast.stmt, ...], found: dict[str, Tape], others: set[str]
) -> None:
    site = Site(id(block), around)
    for statement in block:
        parts: Sequence[gast.AST] = [statement]
        match statement:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.List(elts=[])):
                if name in found or around:
                    others.add(name)
                found.setdefault(name, Tape(name))
                continue
            case gast.For(iter=iterable, target=target):
                parts = [iterable, target]
            case gast.While(test=test) | gast.If(test=test):
                parts = [test]
        inner = (*around, statement) if isinstance(statement, gast.While) else around
        for part in parts:
            _occurrences(part, Site(site.block, inner), found, others)
        for body in (getattr(statement, "body", None), getattr(statement, "orelse", None)):
            if isinstance(body, list):
                _collect(body, (*around, statement), found, others)


def _occurrences(part: gast.AST, site: Site, found: dict[str, Tape], others: set[str]) -> None:
    handled: set[int] = set()
    for node in b.walk(part):
        match node:
            case gast.Call(func=gast.Attribute(value=gast.Name(id=name) as owner, attr="append")) if (
                name in found
            ):
                found[name].appends.append(_numbered(site, found))
                handled.add(id(owner))
            case gast.Call(func=gast.Attribute(value=gast.Name(id=name) as owner, attr="pop"), args=[]) if (
                name in found
            ):
                found[name].pops.append(_numbered(site, found))
                handled.add(id(owner))
            case gast.Name(id=name) if name in found and id(node) not in handled:
                if node is part and isinstance(node.ctx, gast.Load):
                    found[name].tests += 1
                else:
                    others.add(name)


def _numbered(site: Site, found: dict[str, Tape]) -> Site:
    """The site, with its place in the order of the program."""
    return Site(site.block, site.around, sum(len(t.appends) + len(t.pops) for t in found.values()))


class Tapes(Calls):
    """Lowering of tapes."""

    tapes: dict[str, Tape]
    groups: dict[object, Group]
    grids: set[str]

    def prepare_tapes(self) -> None:
        """Choose what each tape may be, and which share a top."""
        for tape in self.tapes.values():
            single = len(tape.appends) == 1 and len(tape.pops) == 1
            if not single or not self._counted(tape):
                tape.grid = False
            key: object = tape.name
            if single:
                key = (tape.appends[0].block, tape.pops[0].block)
            group = self.groups.get(key)
            if group is None:
                group = self.groups[key] = Group(self.names.fresh("top"))
                self.counts[group.top] = 2
            group.members.append(tape.name)
            tape.group = group

    def _counted(self, tape: Tape) -> bool:
        pushed, popped = tape.appends[0].around, tape.pops[0].around
        if tape.tests or len(pushed) != len(popped):
            return False
        for loop in (*pushed, *popped):
            if not isinstance(loop, gast.For):
                return False
            for node in b.walk(loop.body):
                if isinstance(node, (gast.Break, gast.Continue)):
                    return False
        return True

    # --- pushing ------------------------------------------------------------------------------

    def append(self, name: str, value: Value, node: gast.AST) -> None:
        """``tape.append(value)``."""
        tape = self.tapes[name]
        group = tape.group
        assert group is not None
        stack_scalars = not tape.grid
        first, last = self._ends(group, tape, "appends")
        if first and group.known:
            self._make_room(group)
        type_ = type_of(value)
        tape.type = _joined_tape(tape.type, type_, node)
        if tape.grid:
            self._check_grid(tape)
            tape.loops = list(self.loops)
        else:
            tape.loops = list(self.loops)
        self._push(tape, name, value, stack_scalars, node)
        if tape.counted:
            self.run(b.aug_assign(f"{name}_left", "Add", b.constant(1)))
        if last and group.known:
            self.run(b.aug_assign(group.top, "Add", b.constant(1)))
            self.forget({group.top})

    def _ends(self, group: Group, tape: Tape, sites: str) -> tuple[bool, bool]:
        """Whether this is the first, and the last, place in its block where stacks of the group are used."""
        if len(group.members) == 1:
            return True, True
        orders = [getattr(self.tapes[name], sites)[0].order for name in group.members]
        mine = getattr(tape, sites)[0].order
        return mine == min(orders), mine == max(orders)

    def _make_room(self, group: Group) -> None:
        first = next(iter(group.known))
        test = b.compare(group.top, "Eq", b.subscript(b.attribute(first, "shape"), 0))
        grow = [b.assign(buffer, b.call("grown", buffer)) for buffer in group.known]
        self.emit(Compound(b.if_(test, []), [[Plain(s) for s in grow]]))

    def _push(self, tape: Tape, name: str, value: Value, stack: bool, node: gast.AST) -> None:
        match value:
            case Items() if value.mutable:
                raise Refused(node, "a tape of lists or dicts")
            case Items(parts=parts):
                for k, part in enumerate(parts):
                    self._push(tape, f"{name}__{k}", part, stack, node)
            case Num():
                self._push_number(tape, name, value)
            case Arr():
                self._push_array(tape, name, value)
            case Constant():
                if tape.held.setdefault(name, value) != value:
                    raise Refused(node, "a tape of different objects")
            case TapeOf():
                raise Refused(node, "a tape of tapes")

    def _push_number(self, tape: Tape, name: str, value: Num) -> None:
        if not tape.grid:
            assert tape.group is not None
            dtype = tape.group.known.get(name, value.dtype)
            tape.group.buffers[name] = np.result_type(dtype, value.dtype)
            self.run(b.assign(b.subscript(name, tape.group.top), value.code))
            return
        if not self.loops:
            self.run(b.assign(name, value.code))
            self.counts[name] = 1
            return
        type_ = _leaf_type(tape, name)
        dtype = type_.dtype if isinstance(type_, NumType) else value.dtype
        self._grid_memory(tape, name, dtype, ())
        index = [p.code() for p in self._prefix()]
        self.run(b.assign(b.subscript(name, index[0] if len(index) == 1 else b.tuple_(index)), value.code))

    def _push_array(self, tape: Tape, name: str, value: Arr) -> None:
        dims = tuple(map(self.facts.reduced, value.dims))
        tape.dims[name] = dims
        if tape.grid and self.loops and self._push_view(tape, name, value):
            return
        shared = (
            tape.grid
            and value.view is not None
            and value.view.memory in self.by_reference
            and self._movable(value)
        )
        if value.view is not None and not (tape.grid and not self.loops) and not shared:
            self.taped.add((value.view.memory, name))
        index = tuple(symbol(c) for c in self.index_names(len(dims)))
        if tape.grid:
            if not self.loops:
                kept = value if value.view is not None else self.materialize(value, name)
                tape.held[name] = self._held(kept, name)
                return
            if any(base_name(s) in self.loops[0].bound | self.inside for dim in dims for s in dim.symbols):
                tape.grid = False
                raise Restart
            made = self._grid_memory(tape, name, value.dtype, dims)
            assert made.view is not None
            place = made.view.read((*self._prefix(), *index))
            self.nest(dims, Effect(place, "", value.element(index)))
            if shared:
                self._move_home(value, made, len(dims))
            return
        top = f"{name}_top"
        tape.recorded[name] = tape.recorded.get(name, False)
        if len(dims) != 1:
            self._push_row(name, value.dtype, dims, value)
            return
        certain = self.facts.holds(dims[0])
        size = size_code(dims[0], certain)
        self.run(b.assign(name, b.call("room", name, b.binary(top, "Add", b.clone(size)))))
        self.nest(
            dims,
            Effect(Read(name, (symbol(top) + index[0],)), "", value.element(index)),
        )
        self.run(b.aug_assign(top, "Add", b.clone(size)))
        if tape.recorded[name]:
            lengths, count = f"{name}_lengths", f"{name}_count"
            self.run(b.assign(lengths, b.call("room", lengths, b.binary(count, "Add", b.constant(1)))))
            self.run(b.assign(b.subscript(lengths, count), size))
            self.run(b.aug_assign(count, "Add", b.constant(1)))

    def _push_view(self, tape: Tape, name: str, value: Arr) -> bool:
        """A part of memory that is there all the time is not copied: its place is kept, as a list would."""
        view = value.view
        if view is None or self.counts.get(view.memory) != 1 or view.memory in self.inside | self.reshaped:
            return False
        counters = {loop.counter for loop in self.loops}
        changing = {s for d in value.dims for s in d.symbols if s not in counters and self._changes(s)}
        starts = {s for a in view.axes for s in a.start.symbols if s not in counters and self._changes(s)}
        if changing or any("." in s for s in starts):
            return False
        kept = {}
        for k, changed in enumerate(sorted(starts)):
            kept[changed] = f"{name}_at_{k}"
            self._grid_memory(tape, kept[changed], INT, ())
            index = [p.code() for p in self._prefix()]
            place = b.subscript(kept[changed], index[0] if len(index) == 1 else b.tuple_(index))
            self.run(b.assign(place, symbol(changed).code()))
        tape.views[name] = (value, kept)
        return True

    def _changes(self, symbol_: str) -> bool:
        return base_name(symbol_) in self.inside or not self.stable(symbol_)

    def _pop_view(self, tape: Tape, name: str) -> Arr:
        value, kept = tape.views[name]
        assert value.view is not None
        table = {
            there.counter: symbol(here.counter) for there, here in zip(tape.loops, self.loops, strict=True)
        }
        for changed, buffer in kept.items():
            index = [p.code() for p in self._prefix()]
            code = b.subscript(buffer, index[0] if len(index) == 1 else b.tuple_(index))
            table[changed] = self.named(code, "k")
        axes = tuple(replace(a, start=a.start.replaced(table)) for a in value.view.axes)
        dims = tuple(dim.replaced(table) for dim in value.dims)
        view = View(value.view.memory, axes)
        return Arr(value.dtype, dims, view.read, view)

    def _held(self, value: Arr, hint: str) -> Arr:
        """Memory that a variable names gets another name that stays, as the variable may be bound anew."""
        assert value.view is not None
        if value.view.memory not in self.roots:
            return value
        name = self.names.fresh(hint)
        self.counts[name] = 1
        self.table[name] = type_of(value)
        self.roots.add(name)
        self.emit(Bind(name, value.view.memory, self.view_code(value)))
        return memory(name, value.dtype, value.dims)

    def _movable(self, value: Arr) -> bool:
        """True for memory made in this block for this round, all of whose names are known here."""
        assert value.view is not None
        name = value.view.memory
        known = {k for k, v in self.env.items() if isinstance(v, Arr) and v.view and v.view.memory == name}
        return (
            self.born.get(name) is self.block
            and name not in self.roots
            and value.view.whole
            and self.other_names.get(name, set()) <= known
        )

    def _move_home(self, value: Arr, tape: Arr, count: int) -> None:
        """Names of memory that a tape now holds are names of the tape's memory from here on."""
        assert value.view is not None
        old = value.view.memory
        axes = [*(Axis(p) for p in self._prefix()), *(Axis(number(0), k) for k in range(count))]
        home = viewed(tape, tuple(axes), value.dims)

        def moved(held: Value) -> Value:
            if isinstance(held, Arr) and held.view is not None and held.view.memory == old:
                return viewed(home, held.view.axes, held.dims)
            if isinstance(held, Items):
                return replace(held, parts=tuple(map(moved, held.parts)))
            return held

        for name, held in list(self.env.items()):
            made = self.env[name] = moved(held)
            if isinstance(made, Arr) and made is not held:
                assert made.view is not None
                self.emit(Bind(name, made.view.memory, self.view_code(made)))

    def view_code(self, value: Arr) -> gast.expr:
        """An array that is part of memory, as NumPy says it."""
        raise NotImplementedError

    def _push_row(self, name: str, dtype: np.dtype[Any], dims: tuple[Affine, ...], value: Arr) -> None:
        """Matrices of one size, one after the other in an array that grows along its first axis."""
        names = {base_name(s) for dim in dims for s in dim.symbols}
        if (
            not self.loops
            or names & self.loops[0].bound
            or not all(self.stable(s) for d in dims for s in d.symbols)
        ):
            raise Refused(b.pass_(), "a tape of matrices of different sizes")
        buffer, top = f"{name}_rows", f"{name}_top"
        outer = self.loops[0]
        assert outer.facts is not None
        facts, self.facts = self.facts, outer.facts
        outer.before.append(self.allocate(buffer, (number(_FIRST_ROWS), *dims), dtype.name))
        self.facts = facts
        self.counts[buffer] = 2
        self.run(b.assign(buffer, b.call("rows", buffer, b.binary(top, "Add", b.constant(1)))))
        index = tuple(symbol(c) for c in self.index_names(len(dims)))
        self.nest(dims, Effect(Read(buffer, (symbol(top), *index)), "", value.element(index)))
        self.run(b.aug_assign(top, "Add", b.constant(1)))

    def _prefix(self) -> list[Affine]:
        made = []
        for loop in self.loops:
            assert loop.first is not None
            made.append(symbol(loop.counter) - loop.first)
        return made

    def _check_grid(self, tape: Tape) -> None:
        """The loops around count in a way that is known before the outermost begins."""
        for loop in self.loops:
            if loop.first is None or loop.stop is None:
                tape.grid = False
                raise Restart
            symbols = loop.first.symbols | loop.stop.symbols
            if any(base_name(s) in self.loops[0].bound or not self.stable(s) for s in symbols):
                tape.grid = False
                raise Restart

    def _grid_memory(self, tape: Tape, name: str, dtype: np.dtype[Any], dims: tuple[Affine, ...]) -> Arr:
        outer = self.loops[0]
        assert outer.facts is not None
        lengths = []
        for loop in self.loops:
            assert loop.first is not None and loop.stop is not None
            lengths.append(loop.stop - loop.first)
        facts, self.facts = self.facts, outer.facts
        self.grids.add(name)
        outer.before.append(self.allocate(name, (*lengths, *dims), dtype.name))
        self.facts = facts
        self.counts[name] = 1
        return memory(name, dtype, (*lengths, *dims))

    # --- popping ------------------------------------------------------------------------------

    def pop(self, name: str, node: gast.AST) -> Value:
        """``tape.pop()``."""
        tape = self.tapes[name]
        if tape.type is None:
            raise Refused(node, "a tape that is read before it is written")
        group = tape.group
        assert group is not None
        if self.conditional:
            raise Refused(node, "a tape that is read in a condition")
        if tape.grid:
            self._check_mirrored(tape)
        if self._ends(group, tape, "pops")[0] and group.known:
            self.run(b.aug_assign(group.top, "Sub", b.constant(1)))
            self.forget({group.top})
        if tape.counted:
            self.run(b.aug_assign(f"{name}_left", "Sub", b.constant(1)))
        return self._popped(tape, name, tape.type)

    def _check_mirrored(self, tape: Tape) -> None:
        if not self._mirrored(tape):
            tape.grid = False
            raise Restart

    def _mirrored(self, tape: Tape) -> bool:
        if len(tape.loops) != len(self.loops):
            return False
        table = {}
        for there, here in zip(tape.loops, self.loops, strict=True):
            if here.first is None or here.stop is None or there.first is None or there.stop is None:
                return False
            table[there.counter] = symbol(here.counter)
            for mine, other in ((here.first, there.first), (here.stop, there.stop)):
                if not self.facts.same(mine, other.replaced(table)):
                    return False
        return True

    def _popped(self, tape: Tape, name: str, type_: VarType) -> Value:
        match type_:
            case ItemsType(kind=kind, keys=keys, parts=parts):
                items = tuple(self._popped(tape, f"{name}__{k}", part) for k, part in enumerate(parts))
                return Items(kind, keys, items)
            case NumType(dtype=dtype, weak=weak, bits=bits):
                if not tape.grid:
                    assert tape.group is not None
                    return Num(b.subscript(name, tape.group.top), dtype, weak, None, bits)
                if not self.loops:
                    return Num(b.name(name), dtype, weak, None, bits)
                index = [p.code() for p in self._prefix()]
                code = b.subscript(name, index[0] if len(index) == 1 else b.tuple_(index))
                return Num(code, dtype, weak, None, bits)
        if isinstance(type_, Constant):
            return type_
        if tape.grid and not self.loops:
            return tape.held[name]
        return self._popped_array(tape, name)

    def _popped_array(self, tape: Tape, name: str) -> Arr:
        if name in tape.views and tape.grid:
            return self._pop_view(tape, name)
        dims = tape.dims[name]
        dtype = _array_dtype(tape, name)
        table = {
            there.counter: symbol(here.counter) for there, here in zip(tape.loops, self.loops, strict=False)
        }
        here_dims = tuple(dim.replaced(table) for dim in dims)
        counters = {loop.counter for loop in self.loops}
        stable = all(
            self._mirrored(tape) if s in counters else self.stable(s)
            for dim in here_dims
            for s in dim.symbols
        )
        if tape.grid:
            if not stable:
                tape.grid = False
                raise Restart
            lengths = tuple((loop.stop or number(0)) - (loop.first or number(0)) for loop in self.loops)
            base = memory(name, dtype, (*lengths, *here_dims))
            axes = [Axis(p) for p in self._prefix()] + [Axis(number(0), k) for k in range(len(dims))]
            return viewed(base, tuple(axes), here_dims)
        top = f"{name}_top"
        if len(dims) != 1:
            self.forget({top})
            self.run(b.aug_assign(top, "Sub", b.constant(1)))
            base = memory(f"{name}_rows", dtype, (symbol(f"{name}_rows.shape[0]"), *dims))
            axes = [Axis(symbol(top)), *(Axis(number(0), k) for k in range(len(dims)))]
            return viewed(base, tuple(axes), dims)
        if not stable and not tape.recorded[name]:
            tape.recorded[name] = True
            raise Restart
        if not stable:
            lengths_name, count = f"{name}_lengths", f"{name}_count"
            self.run(b.aug_assign(count, "Sub", b.constant(1)))
            here_dims = (self.named(b.subscript(lengths_name, count), "n"),)
        self.forget({top})
        certain = self.facts.holds(here_dims[0])
        self.run(b.aug_assign(top, "Sub", size_code(here_dims[0], certain)))
        base = memory(name, dtype, (symbol(f"{name}.shape[0]"),))
        return viewed(base, (Axis(symbol(top), 0),), here_dims)

    # --- making -------------------------------------------------------------------------------

    def make_tape(self, name: str) -> Value:
        """``tape = []``."""
        tape = self.tapes[name]
        group = tape.group
        assert group is not None
        if not tape.grid and not group.made and group.known:
            group.made = True
            for buffer, dtype in group.known.items():
                self._make_buffer(buffer, dtype)
            self.run(b.assign(group.top, b.constant(0)))
        if not tape.grid and tape.type is not None:
            for leaf_name, type_ in _leaves(name, tape.type):
                if isinstance(type_, (NumType, Constant)):
                    continue
                self._make_buffer(leaf_name, _array_dtype(tape, leaf_name))
                self.run(b.assign(f"{leaf_name}_top", b.constant(0)))
                self.counts[f"{leaf_name}_top"] = 2
                if tape.recorded.get(leaf_name):
                    self._make_buffer(f"{leaf_name}_lengths", INT)
                    self.run(b.assign(f"{leaf_name}_count", b.constant(0)))
        if tape.counted:
            self.run(b.assign(f"{name}_left", b.constant(0)))
            self.counts[f"{name}_left"] = 2
        return TapeOf(name)

    def _make_buffer(self, name: str, dtype: np.dtype[Any]) -> None:
        self.counts[name] = 2
        self.emit(Allocate(name, (number(_FIRST_ROOM),), dtype.name))

    def tape_left(self, tape: TapeOf) -> Num:
        """Whether a tape holds something."""
        found = self.tapes[tape.name]
        assert found.group is not None
        if found.counted:
            return Num(b.compare(f"{tape.name}_left", "Gt", b.constant(0)), BOOL, True)
        return Num(b.compare(found.group.top, "Gt", b.constant(0)), BOOL, True)

    def method(
        self,
        owner: Value,
        name: str,
        args: Sequence[gast.expr],
        keywords: dict[str, gast.expr],
        node: gast.Call,
    ) -> Value:
        """Methods of tapes, or of arrays."""
        if isinstance(owner, TapeOf):
            if name == "pop" and not args:
                return self.pop(owner.name, node)
            raise Refused(node, f"the method {name} of a list")
        return super().method(owner, name, args, keywords, node)

    def settle_tapes(self) -> bool:
        """After a round: take over what was found; True if nothing was new."""
        same = True
        for group in self.groups.values():
            if group.buffers != group.known:
                same = False
            group.known = dict(group.buffers)
            group.made = False
        return same


def _joined_tape(old: VarType | None, new: VarType, node: gast.AST) -> VarType:
    from srcgrad.transform.loops.values import joined

    if old is None:
        return new
    both = joined(old, new)
    if both is None:
        raise Refused(node, "a tape of values of different types")
    return both


def _leaves(name: str, type_: VarType) -> list[tuple[str, VarType]]:
    if isinstance(type_, ItemsType):
        return [leaf for k, part in enumerate(type_.parts) for leaf in _leaves(f"{name}__{k}", part)]
    return [(name, type_)]


def _leaf_type(tape: Tape, name: str) -> VarType | None:
    if tape.type is None:
        return None
    return dict(_leaves(tape.name, tape.type)).get(name)


def _array_dtype(tape: Tape, name: str) -> np.dtype[Any]:
    type_ = _leaf_type(tape, name)
    return getattr(type_, "dtype", FLOAT)
