"""The abstract values that inference computes: what a name may hold when it is reached.

A :class:`Value` says three things of a run-time value: its *type* (a number, an array of so many
dimensions, a list, an object known at compile time ...), the *region* of memory it lives in when
it is mutable, and whether it *varies* with the differentiable inputs.

Types form a small lattice::

    Known(3), Known("relu"), Known(np.sin)      a compile-time constant
          Number(FLOAT)      Array(FLOAT, 2)    a scalar; an array
                    Numeric(FLOAT)              one of the two, decided at run time
    Sequence, Record                            lists and tuples; objects and dicts with known fields
                    Unknown                     anything at all

``join`` climbs it. Unknown is always allowed where nothing is differentiated.
"""

from __future__ import annotations

import types as python_types
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np


class Kind(IntEnum):
    """Kinds of numbers in the order in which arithmetic promotes them."""

    BOOL = 0
    INT = 1
    FLOAT = 2
    COMPLEX = 3


@dataclass(frozen=True)
class Type:
    """The root of the lattice's elements."""


@dataclass(frozen=True)
class Unknown(Type):
    """Anything at all."""


@dataclass(frozen=True)
class Inert(Type):
    """Something that cannot carry a derivative: a string, a dtype, a file ..."""


@dataclass(frozen=True)
class Known(Type):
    """An object known when the function is compiled (a function, a module, an int literal)."""

    value: Any = field(compare=False)
    identity: tuple[str, object] = ("", 0)

    @staticmethod
    def of(value: Any) -> Known:
        """Wrap a value; small immutables compare by value, everything else by identity."""
        if value is None or isinstance(value, (bool, int, str, bytes, float)):
            return Known(value, (type(value).__name__, value))
        return Known(value, ("id", id(value)))


@dataclass(frozen=True)
class Dim:
    """A length: ``symbol + offset`` clipped at zero, or the literal ``offset``; as the value of a number, not clipped.

    Equal symbols mean equal numbers throughout a call; those with an ``@`` within one trip of a loop (the number of the
    loop follows).
    """

    symbol: str | None
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.offset}" if self.symbol is None else f"{self.symbol}{self.offset:+d}"


Shape = tuple["Dim | None", ...]


@dataclass(frozen=True)
class Number(Type):
    """A Python or NumPy scalar; ``python`` when it is certainly one of Python's own.

    ``count`` says which whole number it is, where that is known by symbol: a length, a loop's counter.
    """

    kind: Kind
    python: bool = False
    count: Dim | None = None


@dataclass(frozen=True)
class Array(Type):
    """An ``ndarray``; ``shape`` is None when not even the number of dimensions is known."""

    kind: Kind
    shape: Shape | None = None

    @property
    def ndim(self) -> int | None:
        """The number of dimensions, if known."""
        return None if self.shape is None else len(self.shape)


@dataclass(frozen=True)
class Numeric(Type):
    """A number or an array, decided at run time."""

    kind: Kind


@dataclass(frozen=True)
class Method(Type):
    """A method looked up on a value: ``x.sum``, ``items.append``, ``model.predict``."""

    name: str
    owner: Value
    function: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Inner(Type):
    """A function defined inside the function being compiled, or inside one that passed it on.

    ``places`` says by which names what it captures is known here; None where it was defined.
    """

    name: str
    identity: int
    definition: Any = field(compare=False)
    source: Any = field(compare=False)
    places: tuple[tuple[str, str], ...] | None = None

    def place(self, name: str) -> str:
        """The variable here that a captured name means."""
        return name if self.places is None else dict(self.places)[name]


@dataclass(frozen=True)
class RangeOf(Type):
    """A ``range``."""


@dataclass(frozen=True)
class ListOf(Type):
    """A list; what it holds is recorded in its region, shared by all its aliases."""


@dataclass(frozen=True)
class TupleOf(Type):
    """A tuple with known members."""

    items: tuple[Value, ...]


@dataclass(frozen=True)
class Record(Type):
    """A dict with constant keys, or an object with attributes, read field by field."""

    cls: type = field(compare=True)
    fields: tuple[tuple[object, Value], ...] = ()

    def get(self, key: object) -> Value | None:
        """The value of a field."""
        return next((value for name, value in self.fields if name == key), None)


class Region:
    """A piece of mutable memory (or several that may be the same): one array, one list.

    Regions that may overlap are merged (union-find); what is found out about one then holds for
    all: is it ``written`` in place here, may it be written by the caller later (``volatile``), does it
    outlive the call (``external``), does it carry derivatives (``varied``), what does the list hold.
    """

    __slots__ = ("_parent", "element", "external", "name", "varied", "volatile", "written")

    def __init__(self, name: str) -> None:
        self.name = name
        self.written = False
        self.varied = False
        self.external = False
        self.volatile = False
        self.element: Value | None = None
        self._parent: Region | None = None

    def find(self) -> Region:
        """The representative of the merged regions."""
        root = self
        while root._parent is not None:
            root = root._parent
        while self._parent is not None and self._parent is not root:
            self._parent, self = root, self._parent
        return root


@dataclass(frozen=True)
class Value:
    """What inference knows of a run-time value."""

    type: Type
    region: Region | None = None
    varies: bool = False

    @property
    def home(self) -> Region | None:
        """The merged region the value lives in."""
        return None if self.region is None else self.region.find()

    @property
    def varied(self) -> bool:
        """True if the value, or memory that it refers to, depends on a differentiable input."""
        if isinstance(self.type, TupleOf):
            return any(item.varied for item in self.type.items)
        if isinstance(self.type, Record):
            return any(value.varied for _, value in self.type.fields)
        if isinstance(self.type, Method):
            return self.type.owner.varied
        if self.region is not None:
            region = self.region.find()
            if region.varied:
                return True
            element = region.element if isinstance(self.type, ListOf) else None
            if element is not None and element.region is not None and element.region.find() is not region:
                return element.varied  # what the list holds is written elsewhere
        return self.varies

    @property
    def written(self) -> bool:
        """True if the memory of the value is written in place somewhere."""
        return self.region is not None and self.region.find().written

    @property
    def kind(self) -> Kind | None:
        """The kind of number, or None for what is not one."""
        return kind_of(self.type)


UNKNOWN = Value(Unknown())
INERT = Value(Inert())
NONE = Value(Known.of(None))


def kind_of(type_: Type) -> Kind | None:
    """The kind of number that a type stands for."""
    match type_:
        case Number(kind=kind) | Array(kind=kind) | Numeric(kind=kind):
            return kind
        case Known(value=value):
            if isinstance(value, bool):
                return Kind.BOOL
            if isinstance(value, int):
                return Kind.INT
            if isinstance(value, float):
                return Kind.FLOAT
            if isinstance(value, complex):
                return Kind.COMPLEX
    return None


def is_number(type_: Type) -> bool:
    """True for scalars, literal ones included."""
    return isinstance(type_, Number) or (isinstance(type_, Known) and kind_of(type_) is not None)


def is_numeric(type_: Type) -> bool:
    """True for numbers and arrays."""
    return kind_of(type_) is not None


def is_container(type_: Type) -> bool:
    """True for what holds other values and whose adjoint is a mirror of its structure."""
    return isinstance(type_, (ListOf, TupleOf, Record))


def carries_derivative(value: Value) -> bool:
    """True if the value varies with the inputs and is of a type that can pass a derivative on."""
    if not value.varied:
        return False
    kind = value.kind
    return kind is None or kind >= Kind.FLOAT


def class_of(type_: Type) -> type | None:
    """The class of an argument, where it is known."""
    match type_:
        case Array():
            return np.ndarray
        case ListOf():
            return list
        case TupleOf():
            return tuple
        case Record(cls=cls):
            return cls
        case Number(kind=kind, python=True):
            return (bool, int, float, complex)[kind]
    return None


def kind_of_dtype(dtype: np.dtype[Any]) -> Kind | None:
    """The kind of number of a dtype; None for strings and objects."""
    return {"b": Kind.BOOL, "i": Kind.INT, "u": Kind.INT, "f": Kind.FLOAT, "c": Kind.COMPLEX}.get(dtype.kind)


def merge(left: Region | None, right: Region | None) -> Region | None:
    """Note that two regions may be the same memory."""
    if left is None or right is None:
        return left or right
    left, right = left.find(), right.find()
    if left is right:
        return left
    right._parent = left
    left.written |= right.written
    left.varied |= right.varied
    left.external |= right.external
    left.volatile |= right.volatile
    other = right.element
    if other is not None:
        left.element = other if left.element is None else join(left.element, other)
        left = left.find()
    return left


def join(left: Value, right: Value) -> Value:
    """What is known of a value that is either of two."""
    if left == right:
        return left
    if left is UNKNOWN and not right.varied:
        return left
    varies = left.varies or right.varies
    if isinstance(left.type, TupleOf) and isinstance(right.type, TupleOf):
        if len(left.type.items) == len(right.type.items):
            items = tuple(join(a, b) for a, b in zip(left.type.items, right.type.items, strict=True))
            return Value(TupleOf(items), None, varies)
    if isinstance(left.type, Record) and isinstance(right.type, Record):
        if left.type.cls is right.type.cls and len(left.type.fields) == len(right.type.fields):
            pairs = zip(left.type.fields, right.type.fields, strict=True)
            if all(a[0] == b[0] for a, b in zip(left.type.fields, right.type.fields, strict=True)):
                fields = tuple((a[0], join(a[1], b[1])) for a, b in pairs)
                return Value(Record(left.type.cls, fields), merge(left.region, right.region), varies)
    return Value(join_types(left.type, right.type), merge(left.region, right.region), varies)


def join_types(left: Type, right: Type) -> Type:
    """The least type above two."""
    if left == right:
        return left
    left_kind, right_kind = kind_of(left), kind_of(right)
    if left_kind is not None and right_kind is not None:
        kind = max(left_kind, right_kind)
        if is_number(left) and is_number(right):
            return Number(kind, is_python(left) and is_python(right))
        if isinstance(left, Array) and isinstance(right, Array):
            return Array(kind, join_shapes(left.shape, right.shape))
        return Numeric(kind)
    if isinstance(left, Inert | Known) and isinstance(right, Inert | Known):
        if not any(isinstance(t, Known) and _may_hold_numbers(t.value) for t in (left, right)):
            return Inert()
    return Unknown()


def _may_hold_numbers(value: Any) -> bool:
    inert = str, bytes, type(None), type, np.dtype, python_types.ModuleType, python_types.FunctionType
    return not isinstance(value, inert)


def is_python(type_: Type) -> bool:
    """True if a number is certainly one of Python's own types."""
    return isinstance(type_, Known) or (isinstance(type_, Number) and type_.python)


def count_of(type_: Type) -> Dim | None:
    """Which whole number a type stands for, if that is known."""
    if isinstance(type_, Number):
        return type_.count
    if isinstance(type_, Known) and isinstance(type_.value, int):
        return Dim(None, int(type_.value))
    return None


def without_symbols(value: Value, mark: str = "") -> Value:
    """The value without lengths whose symbols contain a text: those of one trip of a loop, or all."""

    def kept(dim: Dim | None) -> Dim | None:
        return None if dim is not None and dim.symbol is not None and mark in dim.symbol else dim

    type_ = value.type
    match type_:
        case Number(kind=kind, python=python, count=count) if kept(count) is not count:
            return Value(Number(kind, python), value.region, value.varies)
        case Array(kind=kind, shape=shape) if shape is not None and any(kept(d) is not d for d in shape):
            return Value(Array(kind, tuple(map(kept, shape))), value.region, value.varies)
        case TupleOf(items=items):
            parts = tuple(without_symbols(item, mark) for item in items)
            if any(new is not old for new, old in zip(parts, items, strict=True)):
                return Value(TupleOf(parts), value.region, value.varies)
        case Record(cls=cls, fields=fields):
            named = tuple((key, without_symbols(item, mark)) for key, item in fields)
            if any(new[1] is not old[1] for new, old in zip(named, fields, strict=True)):
                return Value(Record(cls, named), value.region, value.varies)
    return value


def join_shapes(left: Shape | None, right: Shape | None) -> Shape | None:
    """Dimensions that agree are kept."""
    if left is None or right is None or len(left) != len(right):
        return None
    return tuple(a if a == b else None for a, b in zip(left, right, strict=True))


def broadcast_shapes(shapes: list[Shape | None]) -> Shape | None:
    """NumPy's broadcasting on symbolic shapes; a dimension that cannot be proved is None."""
    if any(shape is None for shape in shapes):
        return None
    known = [shape for shape in shapes if shape is not None]
    ndim = max((len(shape) for shape in known), default=0)
    result: list[Dim | None] = []
    for axis in range(-ndim, 0):
        dims = {shape[axis] for shape in known if len(shape) >= -axis}
        dims.discard(Dim(None, 1))
        result.append(dims.pop() if len(dims) == 1 else Dim(None, 1) if not dims else None)
    return tuple(result)


def lasting(shape: Shape | None) -> bool:
    """True for a shape that is known, and the same in every trip of a loop."""
    return shape is not None and all(
        dim is not None and (dim.symbol is None or "@" not in dim.symbol) for dim in shape
    )


def same_shape(left: Type, right: Type) -> bool:
    """True if two numbers or arrays provably have the same shape."""
    if is_number(left) and is_number(right):
        return True
    if isinstance(left, Array) and isinstance(right, Array):
        if left.shape is None or right.shape is None or len(left.shape) != len(right.shape):
            return False
        return all(a is not None and a == b for a, b in zip(left.shape, right.shape, strict=True))
    return False
