"""Loop nests over elements: what array statements become, in a form in which dependences can be seen.

``y[1:] += 2.0 * x[:-1]`` is one nest with one effect::

    for e in range(x.shape[0] - 1):
        y[e + 1] += 2.0 * x[e]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.loops.affine import Affine, base_name

# --- the value of an element --------------------------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """Code that is the same for every element: a scalar."""

    code: gast.expr


@dataclass(frozen=True)
class Counted:
    """A whole number that depends on the counters."""

    value: Affine


@dataclass(frozen=True)
class Read:
    """An element of an array in memory."""

    memory: str
    index: tuple[Affine | Element, ...]


@dataclass(frozen=True)
class Apply:
    """An operation on elements; ``build`` makes its code from that of its operands."""

    build: Callable[[list[gast.expr]], gast.expr]
    operands: tuple[Element, ...]


Element = Leaf | Counted | Read | Apply
Index = Affine | Element


def element_code(element: Element) -> gast.expr:
    """The code of an element."""
    match element:
        case Leaf(code=code):
            return b.clone(code)
        case Counted(value=value):
            return value.code()
        case Read():
            return place_code(element)
        case Apply(build=build, operands=operands):
            return build([element_code(operand) for operand in operands])


def place_code(read: Read) -> gast.expr:
    """``memory[index]``."""
    parts = [part.code() if isinstance(part, Affine) else element_code(part) for part in read.index]
    if not parts:
        return b.subscript(read.memory, b.tuple_([]))
    return b.subscript(read.memory, parts[0] if len(parts) == 1 else b.tuple_(parts))


def reads_of(element: Element) -> Iterator[Read]:
    """Every array element that is read."""
    match element:
        case Read(index=index):
            yield element
            for part in index:
                if not isinstance(part, Affine):
                    yield from reads_of(part)
        case Apply(operands=operands):
            for operand in operands:
                yield from reads_of(operand)


def scalars_of(element: Element) -> Iterator[str]:
    """Every name read that is not an array: scalars, and symbols of indices."""
    match element:
        case Leaf(code=code):
            yield from b.names_in(code)
        case Counted(value=value):
            yield from map(base_name, value.symbols)
        case Read(index=index):
            for part in index:
                if isinstance(part, Affine):
                    yield from map(base_name, part.symbols)
                else:
                    yield from scalars_of(part)
        case Apply(operands=operands):
            for operand in operands:
                yield from scalars_of(operand)


def with_memory(element: Element, table: Callable[[Read], Element]) -> Element:
    """With array elements replaced."""
    match element:
        case Read(memory=memory, index=index):
            parts = tuple(p if isinstance(p, Affine) else with_memory(p, table) for p in index)
            return table(Read(memory, parts))
        case Apply(build=build, operands=operands):
            return Apply(build, tuple(with_memory(operand, table) for operand in operands))
    return element


_DTYPES = {"bool": "bool_"}

# --- nests and what stands between them ---------------------------------------------------------


@dataclass
class Effect:
    """``target op= value`` for every element; ``op`` is empty, or the name of an operator (``"Add"``).

    The target is an element of an array, or the name of a scalar.
    """

    target: Read | str
    op: str
    value: Element

    @property
    def adds(self) -> bool:
        """True for what may happen in any order."""
        return self.op in ("Add", "Sub")


@dataclass
class Nest:
    """Effects in loops of these lengths; ``counters`` has the loops' variables, outermost first.

    ``kept`` names the numbers in which the innermost loop gathers what effects (by their position) do to one element,
    ``read_before`` those that are read before it.
    """

    counters: tuple[str, ...]
    extents: tuple[Affine, ...]
    effects: list[Effect]
    comment: str = ""
    kept: dict[int, str] = field(default_factory=dict)
    read_before: dict[Read, str] = field(default_factory=dict)

    def sums(self, effect: Effect) -> bool:
        """True if an effect adds to a number from outside the loops."""
        return not any(e.target == effect.target and not e.op for e in self.effects)

    def statements(self) -> list[gast.stmt]:
        """As code."""
        body: list[gast.stmt] = []
        before: list[gast.stmt] = [
            b.assign(name, place_code(read)) for read, name in self.read_before.items()
        ]
        after: list[gast.stmt] = []
        for position, effect in enumerate(self.effects):
            name = self.kept.get(position)
            if name is not None:
                assert isinstance(effect.target, Read)
                before.append(b.assign(name, place_code(effect.target)))
                after.append(b.assign(place_code(effect.target), b.name(name)))
                effect = gathered(effect, name)
            value = element_code(effect.value)
            if isinstance(effect.target, str) and effect.adds and (name is not None or self.sums(effect)):
                value = b.unary("USub", value) if effect.op == "Sub" else value
                body.append(b.assign(effect.target, b.call("plus", effect.target, value)))
                continue
            place = b.name(effect.target) if isinstance(effect.target, str) else place_code(effect.target)
            body.append(b.aug_assign(place, effect.op, value) if effect.op else b.assign(place, value))
        if before:
            loop = b.for_(self.counters[-1], b.call("range", self.extents[-1].code()), body)
            body = [*before, loop, *after]
            pairs = zip(reversed(self.counters[:-1]), reversed(self.extents[:-1]), strict=True)
            for counter, extent in pairs:
                body = [b.for_(counter, b.call("range", extent.code()), body)]
            return body
        for counter, extent in zip(reversed(self.counters), reversed(self.extents), strict=True):
            body = [b.for_(counter, b.call("range", extent.code()), body)]
        return body


def gathered(effect: Effect, name: str) -> Effect:
    """An effect on one element as an effect on a number."""
    place = effect.target
    return Effect(
        name, effect.op, with_memory(effect.value, lambda read: Leaf(b.name(name)) if read == place else read)
    )


@dataclass
class Plain:
    """A statement as it stands."""

    statement: gast.stmt


@dataclass
class Check:
    """A test that raises where an assumption of the code after it does not hold."""

    statement: gast.stmt


@dataclass
class Allocate:
    """Memory for an array; ``how`` is the function of NumPy that makes it.

    Lengths that are not ``certain`` may be negative, and count as zero then.
    """

    memory: str
    dims: tuple[Affine, ...]
    dtype: str
    how: str = "empty"
    value: gast.expr | None = None
    certain: tuple[bool, ...] = ()

    def statement(self) -> gast.stmt:
        """As code."""
        certain = self.certain or (True,) * len(self.dims)
        shape = b.tuple_([size_code(dim, sure) for dim, sure in zip(self.dims, certain, strict=True)])
        extra = [] if self.value is None else [self.value]
        return b.assign(
            self.memory, b.call(f"np.{self.how}", shape, *extra, f"np.{_DTYPES.get(self.dtype, self.dtype)}")
        )


def size_code(dim: Affine, certain: bool) -> gast.expr:
    """A length that is not negative."""
    return dim.code() if certain else b.call("max", dim.code(), b.constant(0))


@dataclass
class Bind:
    """A variable that is another name of memory; needed only where lowering lost track of it."""

    variable: str
    memory: str
    code: gast.expr


@dataclass
class Compound:
    """A loop or a branch with blocks inside; ``header`` has empty bodies."""

    header: gast.For | gast.While | gast.If
    blocks: list[Block]


Item = Nest | Plain | Check | Allocate | Bind | Compound
Block = list[Item]


@dataclass
class Uses:
    """Names that an item reads and writes; memory counts under its name."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)

    def conflicts(self, other: Uses, same: Callable[[str], str]) -> bool:
        """True if the order of two items matters."""
        reads, writes = {same(n) for n in self.reads}, {same(n) for n in self.writes}
        others, written = {same(n) for n in other.reads}, {same(n) for n in other.writes}
        return bool(writes & (others | written) or reads & written)


def uses(item: Item) -> Uses:
    """What an item reads and writes."""
    found = Uses()
    match item:
        case Nest(extents=extents, effects=effects):
            for extent in extents:
                found.reads.update(map(base_name, extent.symbols))
            for effect in effects:
                _effect_uses(effect, found)
            found.reads -= set(item.counters)
        case Plain(statement=statement) | Check(statement=statement):
            _statement_uses(statement, found)
        case Allocate(memory=memory, dims=dims, value=value):
            found.writes.add(memory)
            for dim in dims:
                found.reads.update(map(base_name, dim.symbols))
            if value is not None:
                found.reads.update(b.names_in(value))
        case Bind(variable=variable, code=code):
            found.writes.add(variable)
            found.reads.update(b.names_in(code))
        case Compound(header=header, blocks=blocks):
            _statement_uses(header, found)
            for block in blocks:
                for inner in block:
                    part = uses(inner)
                    found.reads |= part.reads
                    found.writes |= part.writes
    return found


def _effect_uses(effect: Effect, found: Uses) -> None:
    found.reads.update(scalars_of(effect.value))
    found.reads.update(read.memory for read in reads_of(effect.value))
    if isinstance(effect.target, str):
        found.writes.add(effect.target)
        return
    found.writes.add(effect.target.memory)
    found.reads.update(scalars_of(effect.target))
    found.reads.update(read.memory for read in reads_of(effect.target) if read is not effect.target)


def _statement_uses(statement: gast.stmt, found: Uses) -> None:
    for node in b.walk(statement):
        if isinstance(node, gast.Name):
            (found.reads if isinstance(node.ctx, gast.Load) else found.writes).add(node.id)
        elif isinstance(node, (gast.Subscript, gast.Attribute)) and isinstance(node.ctx, gast.Store):
            owner = node.value
            while isinstance(owner, (gast.Subscript, gast.Attribute)):
                owner = owner.value
            if isinstance(owner, gast.Name):
                found.writes.add(owner.id)
        elif isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
            found.reads.add(node.target.id)


def statements_of(block: Block) -> list[gast.stmt]:
    """A block as code."""
    made: list[gast.stmt] = []
    for item in block:
        match item:
            case Nest():
                made.extend(item.statements())
            case Plain(statement=statement) | Check(statement=statement):
                made.append(statement)
            case Allocate():
                made.append(item.statement())
            case Bind(variable=variable, code=code):
                made.append(b.assign(variable, code))
            case Compound(header=header, blocks=blocks):
                bodies: Sequence[list[gast.stmt]] = [statements_of(inner) for inner in blocks]
                header.body = bodies[0] or [b.pass_()]
                header.orelse = bodies[1] if len(bodies) > 1 else []
                made.append(header)
    return made
