"""Neighbouring nests become one, arrays that only one nest uses become scalars, allocations leave loops.

Two nests over the same lengths may become one unless an element that one writes is another one's at a different
place. Additions into the same array commute, so they may pass each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.loops.affine import Affine, base_name, symbol
from srcgrad.transform.loops.nests import (
    Allocate,
    Apply,
    Bind,
    Block,
    Check,
    Compound,
    Effect,
    Element,
    Index,
    Item,
    Leaf,
    Nest,
    Plain,
    Read,
    element_code,
    reads_of,
    scalars_of,
    uses,
    with_memory,
)
from srcgrad.transform.names import Names

_FURTHEST = 60
_FEW = 6


def finish(block: Block, roots: set[str], tapes: set[str], names: Names) -> Block:
    """All improvements of a lowered function; ``tapes`` are the arrays that stand for lists."""
    drop_dead_bindings(block, roots)
    work = _Fusion(block, roots, tapes)
    work.drop_bindings(block)
    work.drop_unused(block)
    work.fuse(block)
    work.move_to_tapes(block)
    work.recompute(block)
    work.scalars(block)
    work.drop_unused(block)
    work.hoist(block)
    work.gather(block, names)
    return block


def every_item(block: Block) -> Iterator[Item]:
    """All items, those of inner blocks too."""
    for item in block:
        yield item
        if isinstance(item, Compound):
            for inner in item.blocks:
                yield from every_item(inner)


def drop_dead_bindings(block: Block, roots: set[str]) -> None:
    """A variable that nobody reads before it is bound anew need not be bound."""
    _live_before(block, set(), set(), roots)


def _live_before(block: Block, after: set[str], beyond: set[str], roots: set[str]) -> set[str]:
    """Variables whose binding is read from the start of a block on; `beyond` those read where its loop breaks off."""
    live = set(after)
    for position in range(len(block) - 1, -1, -1):
        item = block[position]
        match item:
            case Bind(variable=variable, code=code):
                if variable in roots and variable not in live:
                    del block[position]
                    continue
                live.discard(variable)
                live.update(b.names_in(code))
            case Plain(statement=gast.Break()):
                live = set(beyond)
            case Compound(header=gast.If()):
                live = set().union(
                    live if len(item.blocks) < 2 else (),
                    *(_live_before(inner, live, beyond, roots) for inner in item.blocks),
                )
                live.update(b.names_in(_header_expression(item)))
            case Compound():
                # every round may be followed by another one
                names = uses(item)
                around = live | names.reads | names.writes
                for inner in item.blocks:
                    around = live | _live_before(inner, around, live, set())
                    around.update(b.names_in(_header_expression(item)))
                    _live_before(inner, around, live, roots)
                live = around
            case _:
                found = uses(item)
                live |= found.reads | found.writes
    return live


class Aliases:
    """Names that may stand for the same memory: those of variables whose bindings are kept."""

    def __init__(self, block: Block, roots: set[str]) -> None:
        self.parents: dict[str, str] = {}
        self.bound: set[str] = set()
        parts: set[str] = set()
        for item in every_item(block):
            if isinstance(item, Bind) and item.variable in roots:
                left, right = self.same(item.variable), self.same(item.memory)
                self.bound.add(item.memory)
                if not isinstance(item.code, gast.Name):
                    parts.add(item.variable)
                if left != right:
                    self.parents[left] = right
        self.parted = {self.same(name) for name in parts}

    def same(self, name: str) -> str:
        """One name for all that may be the same memory."""
        while name in self.parents:
            name = self.parents[name]
        return name


class _Fusion(Aliases):
    def __init__(self, block: Block, roots: set[str], tapes: set[str]) -> None:
        super().__init__(block, roots)
        self.roots = roots
        self.tapes = tapes

    # --- what is not needed -------------------------------------------------------------------

    def drop_bindings(self, block: Block) -> None:
        """Variables whose memory is known everywhere need no binding."""
        block[:] = [i for i in block if not (isinstance(i, Bind) and i.variable not in self.roots)]
        for item in block:
            if isinstance(item, Compound):
                for inner in item.blocks:
                    self.drop_bindings(inner)

    def drop_unused(self, block: Block) -> None:
        """Memory that is only written, and scalars that nobody reads, need not be computed."""
        while True:
            read: set[str] = set()
            for item in every_item(block):
                if isinstance(item, Compound):
                    read.update(b.names_in(_header_expression(item)))
                elif isinstance(item, Plain) and _own_target(item.statement) and _pure(item.statement):
                    target = _own_target(item.statement)
                    read.update(n for n in uses(item).reads if n != target)
                elif isinstance(item, Nest):
                    for effect in item.effects:
                        read.update(_names_read(effect))
                        if isinstance(effect.target, Read) and _tests(element_code(effect.target)):
                            read.add(effect.target.memory)
                    for extent in item.extents:
                        read.update(s.split(".")[0] for s in extent.symbols)
                else:
                    read |= uses(item).reads
            # what is written by one name may be read by another
            if not self._prune_unread(block, {self.same(name) for name in read}):
                return

    def _prune_unread(self, block: Block, read: set[str]) -> bool:
        changed = False
        kept: Block = []
        for item in block:
            if isinstance(item, Allocate) and self.same(item.memory) not in read:
                changed = True
                continue
            if isinstance(item, Plain):
                target = _own_target(item.statement)
                if target is not None and self.same(target) not in read and _pure(item.statement):
                    changed = True
                    continue
            if isinstance(item, Nest):
                effects = [
                    e if self.same(_written(e)) in read else Effect(_written(e), "", e.value)
                    for e in item.effects
                    if self.same(_written(e)) in read or _raises(e)
                ]
                changed |= len(effects) != len(item.effects)
                item.effects = effects
                if not effects:
                    continue
            if isinstance(item, Compound):
                for inner in item.blocks:
                    changed |= self._prune_unread(inner, read)
                if isinstance(item.header, gast.For) and not any(_does_something(x) for x in item.blocks[0]):
                    changed = True
                    continue
                if isinstance(item.header, gast.If) and not any(
                    _does_something(x) for inner in item.blocks for x in inner
                ):
                    changed = True
                    continue
            kept.append(item)
        block[:] = kept
        return changed

    # --- fusion -------------------------------------------------------------------------------

    def fuse(self, block: Block) -> None:
        """Fuse the nests of a block, and of the blocks in it."""
        for item in block:
            if isinstance(item, Compound):
                for inner in item.blocks:
                    self.fuse(inner)
        self._raise_allocations(block)
        made: Block = []
        for item in block:
            if not isinstance(item, Nest) or not self._merge(made, item):
                made.append(item)
        block[:] = made

    def _raise_allocations(self, block: Block) -> None:
        for position, item in enumerate(block):
            if not _may_rise(item):
                continue
            mine = uses(item)
            place = position
            while place and not mine.conflicts(uses(block[place - 1]), self.same):
                before = block[place - 1]
                if _may_rise(before) or b_comment(before):
                    break
                place -= 1
            if place < position:
                block.insert(place, block.pop(position))

    def _merge(self, made: Block, nest: Nest) -> bool:
        for back in range(1, min(len(made), _FURTHEST) + 1):
            position = len(made) - back
            earlier = made[position]
            if not isinstance(earlier, Nest) or earlier.extents != nest.extents:
                continue
            if not self._fusible(earlier, nest):
                continue
            between = made[position + 1 :]
            if all(not isinstance(i, (Check, Compound)) and self._independent(nest, i) for i in between):
                earlier.effects.extend(nest.effects)
                return True
            if all(self._independent(earlier, i) for i in between):
                earlier.effects.extend(nest.effects)
                made.append(made.pop(position))
                return True
        return False

    def _independent(self, nest: Nest, other: Item) -> bool:
        """True if the order of the two does not matter."""
        if not isinstance(other, Nest):
            return not uses(nest).conflicts(uses(other), self.same)
        if any(n in uses(nest).writes for n in _extent_names(other)):
            return False
        if any(n in uses(other).writes for n in _extent_names(nest)):
            return False
        mine, theirs = list(_accesses(nest)), list(_accesses(other))
        for name, kind, _ in mine:
            for other_name, other_kind, _ in theirs:
                if self.same(name) == self.same(other_name) and kind + other_kind not in ("rr", "aa"):
                    return False
        return True

    def _fusible(self, first: Nest, second: Nest) -> bool:
        """True if both may run element by element."""
        for name, kind, index in _accesses(first):
            for other, other_kind, other_index in _accesses(second):
                if self.same(name) != self.same(other) or kind + other_kind in ("rr", "aa"):
                    continue
                if name != other and self.same(name) in self.parted:  # one may be a part of the other
                    return False
                if index is None or index != other_index:
                    return False
                if not _own_element(index, first.counters):
                    return False
        return True

    # --- temporaries --------------------------------------------------------------------------

    def move_to_tapes(self, block: Block) -> None:
        """A temporary that is recorded is computed where it is kept."""
        for item in block:
            if isinstance(item, Compound):
                for inner in item.blocks:
                    self.move_to_tapes(inner)
        for item in list(block):
            if isinstance(item, Nest):
                for effect in list(item.effects):
                    self._move_to_tape(block, item, effect)

    def _move_to_tape(self, block: Block, nest: Nest, effect: Effect) -> None:
        if effect.op or isinstance(effect.target, str) or not isinstance(effect.value, Read):
            return
        source, target = effect.value, effect.target
        if target.memory not in self.tapes:
            return
        own = len(source.index)
        prefix = target.index[: len(target.index) - own]
        if (
            not own
            or target.index[len(prefix) :] != source.index
            or not _own_element(source.index, nest.counters)
        ):
            return
        if any(not isinstance(p, Affine) or p.symbols & set(nest.counters) for p in prefix):
            return
        home = next((i for i in block if isinstance(i, Allocate) and i.memory == source.memory), None)
        if home is None or home.how != "empty" or source.memory in self.bound:
            return
        for item in every_item(block):
            if item is home or isinstance(item, Nest):
                continue
            found = uses(item)
            if not isinstance(item, Compound) and source.memory in found.reads | found.writes:
                return
            if isinstance(item, Compound) and source.memory in set(b.names_in(_header_expression(item))):
                return

        def table(read: Read) -> Element:
            return Read(target.memory, (*prefix, *read.index)) if read.memory == source.memory else read

        nest.effects.remove(effect)
        block.remove(home)
        for item in every_item(block):
            if isinstance(item, Nest):
                item.effects = [_replaced(e, table) for e in item.effects]

    def recompute(self, block: Block) -> None:
        """What takes a few operations from other tapes is computed again instead of being kept."""
        inside = {name for item in block if isinstance(item, Compound) for name in uses(item).writes}
        stores: dict[str, list[tuple[Nest, Effect]]] = {}
        for item in every_item(block):
            if isinstance(item, Nest):
                for effect in item.effects:
                    if isinstance(effect.target, Read) and effect.target.memory in self.tapes:
                        stores.setdefault(effect.target.memory, []).append((item, effect))
        for tape, found in stores.items():
            if len(found) == 1 and not found[0][1].op:
                self._recompute(block, tape, found[0][0], inside - self.tapes)

    def _recompute(self, block: Block, tape: str, nest: Nest, inside: set[str]) -> None:
        (effect,) = (e for e in nest.effects if isinstance(e.target, Read) and e.target.memory == tape)
        target, value = effect.target, effect.value
        assert isinstance(target, Read)
        if (
            not isinstance(value, Apply)
            or not _cheap(element_code(value))
            or not _own_element(target.index, nest.counters)
        ):
            return
        kept = self._kept(nest, target)
        value = with_memory(value, lambda r: kept.get(r, r))
        reads = list(reads_of(value))
        own = tuple(part for part in target.index if isinstance(part, Affine))
        counters = [symbol(c) for c in nest.counters]
        if list(own[len(own) - len(counters) :]) != counters:
            return
        prefix = own[: len(own) - len(counters)]
        if not reads or any(r.memory not in self.tapes or r.index != own or r.memory == tape for r in reads):
            return
        if set(scalars_of(value)) & inside - {base_name(s) for part in own for s in part.symbols}:
            return

        def table(read: Read) -> Element:
            if read.memory != tape:
                return read
            return with_memory(value, lambda r: Read(r.memory, read.index))

        for item in every_item(block):
            if isinstance(item, Nest):
                for e in item.effects:
                    for read in (
                        *reads_of(e.value),
                        *(reads_of(e.target) if isinstance(e.target, Read) else ()),
                    ):
                        if read.memory == tape and read.index[: len(prefix)] != prefix:
                            return
            elif not isinstance(item, (Allocate, Compound)) and tape in uses(item).reads | uses(item).writes:
                return
        for item in every_item(block):
            if isinstance(item, Nest):
                item.effects = [e if _written(e) == tape else _replaced(e, table) for e in item.effects]

    def _kept(self, nest: Nest, target: Read) -> dict[Read, Read]:
        """Elements that a nest puts on other tapes as they are, and where."""
        written = {self.same(_written(e)) for e in nest.effects}
        found: dict[Read, Read] = {}
        for effect in nest.effects:
            place, value = effect.target, effect.value
            if (
                isinstance(place, Read)
                and isinstance(value, Read)
                and place.memory in self.tapes
                and not effect.op
            ):
                if place.index == target.index and place != target and self.same(value.memory) not in written:
                    if all(isinstance(part, Affine) for part in value.index):
                        found[value] = place
        return found

    def scalars(self, block: Block) -> None:
        """An array of which one nest uses one element at a time becomes a scalar."""
        places: dict[str, set[int]] = {}
        nests: dict[int, Nest] = {}
        for item in every_item(block):
            if isinstance(item, Nest):
                nests[id(item)] = item
                for name in {*(n for n, _, _ in _accesses(item)), *_extent_names(item)}:
                    places.setdefault(name, set()).add(id(item))
            elif isinstance(item, Allocate):
                for dim in item.dims:
                    for s in dim.symbols:
                        places.setdefault(s.split(".")[0], set()).add(0)
            elif isinstance(item, Compound):
                for name in b.names_in(_header_expression(item)):
                    places.setdefault(name, set()).add(0)
            else:
                found = uses(item)
                for name in found.reads | found.writes:
                    places.setdefault(name, set()).add(0)
        gone = set()
        for item in every_item(block):
            if not isinstance(item, Allocate) or item.how != "empty":
                continue
            users = places.get(item.memory, set())
            if len(users) == 1 and 0 not in users and item.memory not in self.bound:
                if self._to_scalar(nests[next(iter(users))], item.memory):
                    gone.add(item.memory)
        _drop_allocations(block, gone)

    def _to_scalar(self, nest: Nest, memory: str) -> bool:
        mine = [(kind, index) for name, kind, index in _accesses(nest) if name == memory]
        indices = {index for _, index in mine}
        if len(indices) != 1 or mine[0][0] != "w":
            return False
        (index,) = indices
        if index is None or not _own_element(index, nest.counters):
            return False

        def table(read: Read) -> Element:
            return Leaf(b.name(memory)) if read.memory == memory else read

        made = []
        for effect in nest.effects:
            target = effect.target
            if isinstance(target, Read) and target.memory == memory:
                made.append(Effect(memory, effect.op, with_memory(effect.value, table)))
            else:
                made.append(_replaced(effect, table))
        nest.effects = made
        return True

    # --- sums ---------------------------------------------------------------------------------

    def gather(self, block: Block, names: Names) -> None:
        """What an innermost loop does to one element, it does to a number: that needs no memory and can be vectorized."""
        for item in every_item(block):
            if not isinstance(item, Nest) or not item.counters:
                continue
            for position, effect in enumerate(item.effects):
                if self._gathers(item, position, effect):
                    item.kept[position] = names.fresh("sum_here")
            self._read_before(item, names)

    def _read_before(self, nest: Nest, names: Names) -> None:
        """Elements that are the same in all rounds of the innermost loop are read once."""
        written = {self.same(_written(effect)) for effect in nest.effects}
        places = {effect.target for k, effect in enumerate(nest.effects) if k in nest.kept}

        def table(read: Read) -> Element:
            if read in places or self.same(read.memory) in written:
                return read
            for part in read.index:
                if not isinstance(part, Affine) or nest.counters[-1] in part.symbols:
                    return read
                if any(self.same(base_name(s)) in written for s in part.symbols):
                    return read
            if read not in nest.read_before:
                nest.read_before[read] = names.fresh("here")
            return Leaf(b.name(nest.read_before[read]))

        nest.effects = [replace(e, value=with_memory(e.value, table)) for e in nest.effects]

    def _gathers(self, nest: Nest, position: int, effect: Effect) -> bool:
        place = effect.target
        if not isinstance(place, Read) or not all(isinstance(part, Affine) for part in place.index):
            return False
        if any(isinstance(part, Affine) and nest.counters[-1] in part.symbols for part in place.index):
            return False
        reads = [r for r in reads_of(effect.value) if self.same(r.memory) == self.same(place.memory)]
        if any(read != place for read in reads) or (not effect.adds and (effect.op or not reads)):
            return False
        others = replace(nest, effects=[e for k, e in enumerate(nest.effects) if k != position])
        return all(self.same(name) != self.same(place.memory) for name, _, _ in _accesses(others))

    # --- allocations --------------------------------------------------------------------------

    def hoist(self, block: Block) -> None:
        """Memory of a size that does not change is allocated before the loop."""
        made: Block = []
        for item in block:
            if isinstance(item, Compound):
                for inner in item.blocks:
                    self.hoist(inner)
                written = uses(item).writes
                for inner in item.blocks:
                    for part in list(inner):
                        if (
                            isinstance(part, Allocate)
                            and part.how == "empty"
                            and part.memory not in self.bound
                        ):
                            names = {s.split(".")[0] for dim in part.dims for s in dim.symbols}
                            if not names & written:
                                inner.remove(part)
                                made.append(part)
            made.append(item)
        block[:] = made


# --- helpers ------------------------------------------------------------------------------------


def b_comment(item: Item) -> bool:
    """True for a comment."""
    return isinstance(item, Plain) and b.is_comment(item.statement)


def _may_rise(item: Item) -> bool:
    """Allocations, and accumulators that start from a constant."""
    if isinstance(item, Allocate):
        return item.value is None
    if isinstance(item, Plain) and isinstance(item.statement, gast.Assign):
        target = item.statement.targets[0]
        value = item.statement.value
        if (
            isinstance(value, gast.Call)
            and isinstance(value.func, gast.Name)
            and value.func.id in ("room", "rows")
        ):
            return True
        return isinstance(target, gast.Name) and isinstance(value, gast.Constant)
    return False


def _accesses(nest: Nest) -> Iterator[tuple[str, str, tuple[Index, ...] | None]]:
    """Name, kind (read, write or add) and index of everything that a nest touches, in order."""
    for effect in nest.effects:
        for read in reads_of(effect.value):
            yield read.memory, "r", read.index
        for name in scalars_of(effect.value):
            yield name, "r", None
        target = effect.target
        if isinstance(target, str):
            yield target, "a" if effect.adds else "w", None
            continue
        for part in target.index:
            if not isinstance(part, Affine):
                for read in reads_of(part):
                    yield read.memory, "r", read.index
        for name in scalars_of(target):
            yield name, "r", None
        yield target.memory, "a" if effect.adds else "w", target.index
        if effect.op and not effect.adds:
            yield target.memory, "r", target.index


def _extent_names(nest: Nest) -> set[str]:
    return {s.split(".")[0] for extent in nest.extents for s in extent.symbols}


def _own_element(index: tuple[Index, ...], counters: tuple[str, ...]) -> bool:
    """True if every round of the loops has an element of its own."""
    left = set(counters)
    for part in index:
        if not isinstance(part, Affine):
            return False
        inside = part.symbols & set(counters)
        if len(inside) > 1:
            return False
        left -= inside
    return not left


def _replaced(effect: Effect, table) -> Effect:  # type: ignore[no-untyped-def]
    target = effect.target
    if isinstance(target, Read):
        made = with_memory(target, table)
        assert isinstance(made, Read)
        target = made
    return replace(effect, target=target, value=with_memory(effect.value, table))


def _header_expression(item: Compound) -> list[gast.expr]:
    header = item.header
    return [header.iter] if isinstance(header, gast.For) else [header.test]


def _own_target(statement: gast.stmt) -> str | None:
    """The only variable that a statement changes, if its value depends on nothing but what it reads."""
    match statement:
        case gast.Assign(targets=[gast.Name(id=name)]) | gast.AugAssign(target=gast.Name(id=name)):
            return str(name)
        case (
            gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name))])
            | gast.AugAssign(target=gast.Subscript(value=gast.Name(id=name)))
        ):
            return str(name)
    return None


def _names_read(effect: Effect) -> Iterator[str]:
    for read in reads_of(effect.value):
        yield read.memory
    yield from scalars_of(effect.value)
    if isinstance(effect.target, Read):
        yield from scalars_of(effect.target)
        for part in effect.target.index:
            if not isinstance(part, Affine):
                yield from (read.memory for read in reads_of(part))


def _written(effect: Effect) -> str:
    return effect.target if isinstance(effect.target, str) else effect.target.memory


def _cheap(code: gast.expr) -> bool:
    """True for a few sums and products."""
    count = 0
    for node in b.walk(code):
        if isinstance(node, gast.BinOp):
            count += 1
            if isinstance(node.op, gast.Pow):
                if not (isinstance(node.right, gast.Constant) and node.right.value in (2, 3)):
                    return False
            elif not isinstance(node.op, (gast.Add, gast.Sub, gast.Mult)):
                return False
        elif isinstance(node, gast.UnaryOp):
            if not isinstance(node.op, gast.USub):
                return False
        elif not isinstance(node, (gast.Name, gast.Constant, gast.Subscript, gast.Tuple)):
            return False
    return count <= _FEW


def _raises(effect: Effect) -> bool:
    """True if an effect tests an index."""
    nodes = [effect.value] if isinstance(effect.target, str) else [effect.value, effect.target]
    return any(_tests(element_code(node)) for node in nodes)


_RAISING = {"at", "quotient", "floor_divide", "remainder", "finite", "int_of"}


def _tests(code: gast.AST) -> bool:
    return any(isinstance(n, gast.Name) and n.id in _RAISING for n in b.walk(code))


def _pure(statement: gast.stmt) -> bool:
    return not _tests(statement)


def _does_something(item: Item) -> bool:
    return not b_comment(item)


def _drop_allocations(block: Block, gone: set[str]) -> None:
    block[:] = [i for i in block if not (isinstance(i, Allocate) and i.memory in gone)]
    for item in block:
        if isinstance(item, Compound):
            for inner in item.blocks:
                _drop_allocations(inner, gone)
