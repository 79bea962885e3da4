"""What all parts of lowering share: the code made so far, what is known at this place, and tests of assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from srcgrad.transform import builders as b
from srcgrad.transform.loops.affine import Affine, Facts, base_name, number, symbol
from srcgrad.transform.loops.nests import (
    Allocate,
    Apply,
    Bind,
    Block,
    Check,
    Counted,
    Effect,
    Element,
    Index,
    Item,
    Leaf,
    Nest,
    Plain,
    reads_of,
)
from srcgrad.transform.loops.values import (
    INT,
    Arr,
    Items,
    ItemsType,
    Num,
    Value,
    VarType,
    memory,
    of_affine,
    variable,
)
from srcgrad.transform.names import Names
from srcgrad.transform.refused import Refused

ONE = number(1)


@dataclass
class LoopAround:
    """A loop around the place that is being lowered; ``first`` is None if it does not count in steps of one."""

    counter: str
    first: Affine | None
    stop: Affine | None
    bound: set[str]
    before: Block = field(default_factory=list)
    facts: Facts | None = None
    carried: dict[str, tuple[Affine, ...]] = field(default_factory=dict)


class Context:
    """State of the lowering of one function."""

    changed: bool = False

    def __init__(self, names: Names, table: dict[str, VarType], counts: dict[str, int]) -> None:
        self.names = names
        self.table = table
        self.counts = counts
        self.env: dict[str, Value] = {}
        self.facts = Facts()
        self.block: Block = []
        self.loops: list[LoopAround] = []
        self.roots: set[str] = set()
        self.reshaped: set[str] = set()
        self.shapeless: set[str] = set()
        self.stored: set[str] = set()
        self.taped: set[tuple[str, str]] = set()  # memory, and the tape that it is copied to
        self.by_reference: set[str] = set()
        self.inside: set[str] = set()
        self.born: dict[str, Block] = {}
        self.other_names: dict[str, set[str]] = {}
        self.aliases: set[str] = set()
        self.ranges: dict[str, list[gast.expr]] = {}
        self.conditional = 0
        self.counters = [names.fresh("e")]

    # --- code ---------------------------------------------------------------------------------

    def emit(self, *items: Item) -> None:
        """Add to the current block."""
        if self.conditional:
            raise Refused(b.pass_(), "an array operation inside a conditional expression")
        self.block.extend(items)
        self.born.update({item.memory: self.block for item in items if isinstance(item, Allocate)})
        if self.loops:
            self.inside.update(name for item in items for name in given(item))

    def run(self, code: gast.stmt) -> None:
        """Add a statement."""
        self.emit(Plain(code))

    def index_names(self, count: int) -> tuple[str, ...]:
        """The variables of element loops, the same in all nests."""
        while len(self.counters) < count:
            self.counters.append(self.names.fresh("e"))
        return tuple(self.counters[:count])

    def nest(self, dims: Sequence[Affine], effect: Effect) -> None:
        """Add a loop over elements."""
        extents = tuple(map(self.facts.reduced, dims))
        self.emit(Nest(self.index_names(len(dims)), extents, [effect]))

    # --- variables ----------------------------------------------------------------------------

    def root(self, name: str) -> Value:
        """A variable of which only its type is known."""
        type_ = self.table.get(name)
        if type_ is None:
            raise Refused(b.name(name), f"the type of {name} is not known")
        if name in self.aliases:
            raise Refused(b.name(name), f"{name} is another name of a list or a dict")
        value = variable(name, type_)
        if isinstance(value, Arr):
            self.roots.add(name)
            dims = self.facts.shapes.get(name, ())
            if len(dims) == value.ndim:
                return memory(name, value.dtype, dims)
        return value

    def parts(self, name: str) -> list[str]:
        """A variable, and the variables that hold its parts."""
        type_ = self.table.get(name)
        if not isinstance(type_, ItemsType):
            return [name]
        return [name, *(p for k in range(len(type_.parts)) for p in self.parts(f"{name}__{k}"))]

    def forget(self, names: set[str]) -> None:
        """Variables are about to get other values: nothing may be expressed by the old ones any more."""
        names = {part for name in names for part in self.parts(name)}
        self.facts.forget(names)
        for name, value in list(self.env.items()):
            if name in names or mentions(value, names):
                self.env.pop(name)

    # --- shapes that stay ---------------------------------------------------------------------

    def carried(self, before: dict[str, Value], bound: set[str]) -> dict[str, tuple[Affine, ...]]:
        """Lengths of arrays that a loop gives new values: taken to be what they were before it."""
        found = {}
        for name in sorted(bound):
            value = before.get(name)
            if not isinstance(value, Arr) or name in self.shapeless:
                continue
            dims = tuple(map(self.facts.reduced, value.dims))
            if self._outside(dims, bound):
                found[name] = dims
        self.restore(found)
        return found

    def _outside(self, dims: tuple[Affine, ...], bound: set[str]) -> bool:
        symbols = {s for dim in dims for s in dim.symbols}
        return all(base_name(s) not in bound and self.stable(s) for s in symbols)

    def restore(self, shapes: Mapping[str, tuple[Affine, ...]]) -> None:
        """Variables of which only their lengths are known."""
        self.facts.shapes.update(shapes)

    def check_carried(self) -> None:
        """At the end of a round: where an array has other lengths than before, nothing is taken for granted again."""
        for name, dims in self.loops[-1].carried.items():
            value = self.env.get(name)
            found = value.dims if isinstance(value, Arr) else self.facts.shapes.get(name, ())
            if not self.same_dims(found, dims):
                self.shapeless.add(name)
                self.changed = True

    def same_dims(self, left: tuple[Affine, ...], right: tuple[Affine, ...]) -> bool:
        """True if all lengths are certainly equal."""
        return len(left) == len(right) and all(map(self.facts.same, left, right))

    def agreed(
        self, left: dict[str, Value], right: dict[str, Value], bound: set[str]
    ) -> dict[str, tuple[Affine, ...]]:
        """Lengths that arrays have on both ways through a branch."""
        found = {}
        for name in sorted(bound):
            one, other = left.get(name), right.get(name)
            if isinstance(one, Arr) and isinstance(other, Arr) and self.same_dims(one.dims, other.dims):
                dims = tuple(map(self.facts.reduced, one.dims))
                if self._outside(dims, bound):
                    found[name] = dims
        return found

    # --- assumptions --------------------------------------------------------------------------

    def check(self, function: str, *arguments: Affine) -> None:
        """Add a test that raises."""
        if self.conditional:
            raise Refused(b.pass_(), "an index in a conditional expression that may be out of range")
        self.emit(Check(b.expr_stmt(b.call(function, *(a.code() for a in arguments)))))

    def require_same(self, left: Affine, right: Affine) -> None:
        """Make sure that two lengths are equal."""
        if self.facts.same(left, right):
            return
        self.check("same_length", left, right)
        self.facts.match(left, right)

    def position(self, index: Num, length: Affine) -> Index:
        """An index that is in range and counted from the start."""
        affine = index.affine
        if affine is None and self.conditional:
            return Apply(lambda c: b.call("at", *c), (Leaf(index.code), Counted(length)))
        if affine is None:
            name = self.names.fresh("k")
            self.run(b.assign(name, index.code))
            self.counts[name] = 1
            affine = symbol(name)
        affine = self.facts.reduced(affine)
        if affine.known is not None and affine.known < 0:
            affine = length + affine.known
        if self.facts.holds(affine):
            if not self.facts.holds(length - affine - 1):
                if self.conditional:
                    return Apply(lambda c: b.call("at", *c), (Counted(affine), Counted(length)))
                self.check("within", affine, length)
                self.facts.positive.append(length - affine - 1)
            return affine
        if self.conditional:
            return Apply(lambda c: b.call("at", *c), (Counted(affine), Counted(length)))
        name = self.names.fresh("k")
        self.counts[name] = 1
        self.emit(Check(b.assign(name, b.call("at", affine.code(), length.code()))))
        self.facts.between(name, number(0), length - 1)
        return symbol(name)

    def length(self, dim: Affine) -> Num:
        """A length as a number of the program."""
        if self.facts.holds(dim):
            return of_affine(dim)
        return Num(b.call("max", dim.code(), b.constant(0)), INT, True, None, 48)

    def allocate(
        self,
        name: str,
        dims: Sequence[Affine],
        dtype: str,
        how: str = "empty",
        value: gast.expr | None = None,
    ) -> Allocate:
        """Memory for an array; to be added to the code."""
        certain = tuple(self.facts.holds(dim) for dim in dims)
        return Allocate(name, tuple(map(self.facts.reduced, dims)), dtype, how, value, certain)

    def stable(self, symbol_: str) -> bool:
        """True if a symbol means the same wherever it can be read."""
        name = base_name(symbol_)
        if name in self.reshaped:
            return False
        return self.counts.get(name, 2) == 1 or (".shape[" in symbol_ and name in self.counts)

    # --- arrays -------------------------------------------------------------------------------

    def frozen(self, value: Num) -> Num:
        """A number that is computed here, once, and not for every element."""
        if all(isinstance(n, (gast.Name, gast.Constant, gast.UnaryOp)) for n in b.walk(value.code)):
            return value
        name = self.names.fresh("t")
        self.counts[name] = 1
        self.run(b.assign(name, value.code))
        return replace(value, code=b.name(name))

    def broadcast(self, shapes: Sequence[tuple[Affine, ...]]) -> tuple[Affine, ...]:
        """The common shape; lengths that are not known to be equal are tested."""
        ndim = max(map(len, shapes), default=0)
        result = []
        for axis in range(-ndim, 0):
            dims = [shape[axis] for shape in shapes if len(shape) >= -axis and shape[axis] != ONE]
            for other in dims[1:]:
                self.require_same(dims[0], other)
            result.append(dims[0] if dims else ONE)
        return tuple(result)

    def materialize(self, array: Arr, hint: str, *, own: bool = False) -> Arr:
        """An array in memory of its own; with ``own``, under exactly this name."""
        name = hint if own else self.names.fresh(hint)
        self.counts[name] = 1
        dims = tuple(self.facts.reduced(dim) for dim in array.dims)
        made = memory(name, array.dtype, dims)
        if array.constant and dims and not self.loops:
            value = array.element(())
            how, code = filled(value)
            self.emit(self.allocate(name, dims, array.dtype.name, how, code))
            return made
        self.emit(self.allocate(name, dims, array.dtype.name))
        index = tuple(symbol(c) for c in self.index_names(len(dims)))
        assert made.view is not None
        self.nest(dims, Effect(made.view.read(index), "", array.element(index)))
        return made

    def store(self, target: Arr, op: str, value: Value, node: gast.AST) -> None:
        """``target op= value`` element by element."""
        if target.view is None and not isinstance(target, Arr):
            raise Refused(node, "it writes into something that is not memory")
        if isinstance(value, Num):
            value = self.frozen(value)
            element: Element = Leaf(value.code)
            kind = value.dtype.kind
        elif isinstance(value, Arr):
            if value.ndim > target.ndim:
                raise Refused(node, "it writes an array of more dimensions")
            kind = value.dtype.kind
            for k in range(-value.ndim, 0):
                if value.dims[k] != ONE:
                    self.require_same(target.dims[k], value.dims[k])
        else:
            raise Refused(node, "it writes something that is no number into an array")
        if "biufc".index(kind) > "biufc".index(target.dtype.kind):
            raise Refused(node, "it writes numbers into an array of another type")
        index = tuple(symbol(c) for c in self.index_names(target.ndim))
        place = target.element(index)
        self.stored.update(read.memory for read in reads_of(place))
        if isinstance(value, Arr):
            element = element_at(value, index)
            if any(r.memory == place.memory and r != place for r in reads_of(element)):  # type: ignore[union-attr]
                value = self.materialize(value, "t")
                element = element_at(value, index)
        self.nest(target.dims, Effect(place, op, element))  # type: ignore[arg-type]


def given(item: Item) -> Iterator[str]:
    """Names that an item without blocks gives a value or memory."""
    match item:
        case Plain(statement=statement) | Check(statement=statement):
            for node in b.walk(statement):
                if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
                    yield node.id
        case Allocate(memory=name) | Bind(variable=name):
            yield name


def element_at(value: Arr, index: tuple[Index, ...]) -> Element:
    """The element that broadcasting puts at an index of a larger shape."""
    own = index[len(index) - value.ndim :]
    return value.element(tuple(number(0) if d == ONE else i for d, i in zip(value.dims, own, strict=True)))


def filled(value: Element) -> tuple[str, gast.expr | None]:
    """The function of NumPy that makes an array of one value, and that value."""
    if isinstance(value, Leaf) and isinstance(value.code, gast.Constant):
        if value.code.value == 0:
            return "zeros", None
        if value.code.value == 1:
            return "ones", None
    assert isinstance(value, Leaf)
    return "full", value.code


def mentions(value: Value, names: set[str]) -> bool:
    """True if what is known of a value is expressed by variables."""
    match value:
        case Num(affine=affine):
            return affine is not None and any(base_name(s) in names for s in affine.symbols)
        case Arr(dims=dims, view=view):
            if any(base_name(s) in names for dim in dims for s in dim.symbols):
                return True
            if view is None:
                return True
            return view.memory in names or any(
                base_name(s) in names for axis in view.axes for s in axis.start.symbols
            )
        case Items(parts=parts):
            return any(mentions(part, names) for part in parts)
    return False


def dtype_of(function: Any, samples: Sequence[Any]) -> tuple[np.dtype[Any], bool]:
    """The dtype that an operation gives for samples, and whether it is a number of Python."""
    with np.errstate(all="ignore"):
        result = function(*samples)
    if isinstance(result, (bool, int, float)):
        return np.dtype(type(result)), True
    return np.asarray(result).dtype, False
