"""What lowering knows of a value: a number, an array as a function from indices to elements, a tuple of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from srcgrad.transform import builders as b
from srcgrad.transform.loops.affine import Affine, number, symbol
from srcgrad.transform.loops.nests import Apply, Counted, Element, Index, Leaf, Read

#: Whole numbers below this many bits are added and multiplied without a test for overflow.
WORD = 63
LENGTH_BITS = 40
_MOST_SMALL, _MOST_IN_ROW = 4, 12


def most_known(axis: int, ndim: int) -> int:
    """The longest axis for whose very length code is made: points in space, not their number."""
    return _MOST_IN_ROW if ndim > 1 and axis == ndim - 1 else _MOST_SMALL


def known_length(length: int, axis: int, ndim: int) -> bool:
    """True if code is made for this length only."""
    return length <= most_known(axis, ndim)


@dataclass(frozen=True)
class Num:
    """A scalar.

    ``weak`` is True for Python's own numbers, which take on the dtype of what they meet; ``bits`` bounds a whole
    number; ``affine`` is its value, if that can be expressed.
    """

    code: gast.expr
    dtype: np.dtype[Any]
    weak: bool = False
    affine: Affine | None = None
    bits: int = WORD

    @property
    def is_int(self) -> bool:
        """True for whole numbers (truth values are none)."""
        return self.dtype.kind in "iu"

    @property
    def sample(self) -> Any:
        """A number of this type, to ask NumPy what an operation gives."""
        one = self.dtype.type(1)
        return one.item() if self.weak else one


@dataclass(frozen=True)
class Axis:
    """How an axis of memory is indexed: at ``start``, or along an axis of the view in steps from there."""

    start: Affine
    along: int | None = None
    step: int = 1


@dataclass(frozen=True)
class View:
    """Memory, and the part of it that an array is."""

    memory: str
    axes: tuple[Axis, ...]

    def read(self, index: tuple[Index, ...]) -> Read:
        """An element."""
        parts: list[Index] = []
        for axis in self.axes:
            if axis.along is None:
                parts.append(axis.start)
            else:
                parts.append(shifted(index[axis.along], axis))
        return Read(self.memory, tuple(parts))

    @property
    def whole(self) -> bool:
        """True for all of the memory as it is."""
        return all(a.along == k and a.step == 1 and a.start == number(0) for k, a in enumerate(self.axes))


def shifted(index: Index, axis: Axis) -> Index:
    """Where a position along an axis of a view is in memory."""
    if isinstance(index, Affine):
        return index * axis.step + axis.start
    if axis.step == 1 and axis.start == number(0):
        return index
    step, start = axis.step, axis.start
    scaled = index if step == 1 else Apply(lambda c: b.binary(b.constant(step), "Mult", c[0]), (index,))
    return Apply(lambda c: b.binary(c[0], "Add", c[1]), (scaled, Counted(start)))


@dataclass(frozen=True)
class Arr:
    """An array: lengths, and the code of an element; ``view`` if it is memory that can be written."""

    dtype: np.dtype[Any]
    dims: tuple[Affine, ...]
    element: Callable[[tuple[Index, ...]], Element]
    view: View | None = None
    constant: bool = False

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.dims)

    @property
    def sample(self) -> Any:
        """An array of this type, to ask NumPy what an operation gives."""
        return np.ones((1,) * len(self.dims), self.dtype)


@dataclass(frozen=True)
class Items:
    """A tuple, a list of fixed length, a dict with known keys or an object; ``keys`` names its parts.

    ``owner`` is the variable whose parts are the variables that hold them: another name of a list is the same list.
    """

    kind: str
    keys: tuple[Any, ...]
    parts: tuple[Value, ...]
    owner: str | None = field(default=None, compare=False)

    @property
    def mutable(self) -> bool:
        """True if its parts can be replaced."""
        return self.kind not in ("tuple", "named")

    def get(self, key: Any) -> Value | None:
        """A part by its key."""
        for known, part in zip(self.keys, self.parts, strict=True):
            if known == key:
                return part
        return None


@dataclass(frozen=True)
class Constant:
    """An object known now that is no number: a function, a module, a string, None."""

    value: Any


@dataclass(frozen=True)
class TapeOf:
    """A list that the forward sweep fills and the reverse sweep empties."""

    name: str


Value = Num | Arr | Items | Constant | TapeOf

INT = np.dtype(np.int64)
FLOAT = np.dtype(np.float64)
BOOL = np.dtype(np.bool_)


def of_affine(value: Affine, bits: int = LENGTH_BITS) -> Num:
    """A Python int with a known expression."""
    known = value.known
    return Num(value.code(), INT, True, value, bits if known is None else max(known.bit_length(), 1))


def of_constant(value: bool | int | float) -> Num:
    """A literal."""
    if isinstance(value, bool):
        return Num(b.constant(value), BOOL, True)
    if isinstance(value, int):
        return of_affine(number(value))
    return Num(b.constant(value), FLOAT, True)


def variable(name: str, type_: VarType) -> Value:
    """A variable as it is: nothing is known of where its value comes from."""
    match type_:
        case NumType(dtype=dtype, weak=weak, bits=bits):
            affine = symbol(name) if dtype == INT else None
            return Num(b.name(name), dtype, weak, affine, bits)
        case ArrType(dtype=dtype, ndim=ndim):
            dims = tuple(symbol(f"{name}.shape[{k}]") for k in range(ndim))
            return memory(name, dtype, dims)
        case ItemsType(kind=kind, keys=keys, parts=parts):
            return Items(kind, keys, tuple(variable(f"{name}__{k}", p) for k, p in enumerate(parts)), name)
    return type_


def memory(name: str, dtype: np.dtype[Any], dims: tuple[Affine, ...]) -> Arr:
    """An array that is all of a piece of memory."""
    view = View(name, tuple(Axis(number(0), k) for k in range(len(dims))))
    return Arr(dtype, dims, view.read, view)


def viewed(base: Arr, axes: tuple[Axis, ...], dims: tuple[Affine, ...]) -> Arr:
    """Part of an array: ``axes`` says how each axis of the base is indexed by those of the result."""

    def element(index: tuple[Index, ...]) -> Element:
        parts = tuple(a.start if a.along is None else shifted(index[a.along], a) for a in axes)
        return base.element(parts)

    if base.view is None:
        return Arr(base.dtype, dims, element)
    composed = []
    for axis in base.view.axes:
        if axis.along is None:
            composed.append(axis)
            continue
        inner = axes[axis.along]
        composed.append(
            replace(inner, start=inner.start * axis.step + axis.start, step=inner.step * axis.step)
        )
    view = View(base.view.memory, tuple(composed))
    return Arr(base.dtype, dims, view.read, view)


# --- what is known of a variable wherever it is read --------------------------------------------


@dataclass(frozen=True)
class NumType:
    """A scalar variable."""

    dtype: np.dtype[Any]
    weak: bool
    bits: int


@dataclass(frozen=True)
class ArrType:
    """An array variable."""

    dtype: np.dtype[Any]
    ndim: int


@dataclass(frozen=True)
class ItemsType:
    """A tuple; its parts are variables of their own."""

    kind: str
    keys: tuple[Any, ...]
    parts: tuple[VarType, ...]


VarType = NumType | ArrType | ItemsType | Constant | TapeOf


def type_of(value: Value) -> VarType:
    """The type of a variable that holds a value."""
    match value:
        case Num(dtype=dtype, weak=weak, bits=bits):
            return NumType(dtype, weak, bits)
        case Arr(dtype=dtype):
            return ArrType(dtype, value.ndim)
        case Items(kind=kind, keys=keys, parts=parts):
            return ItemsType(kind, keys, tuple(map(type_of, parts)))
    return value


def joined(left: VarType, right: VarType) -> VarType | None:
    """The type of a variable that holds either; None if there is none."""
    if left == right:
        return left
    if isinstance(left, NumType) and isinstance(right, NumType):
        if (left.dtype == BOOL) != (right.dtype == BOOL):
            return None
        bits = max(left.bits, right.bits)
        return NumType(np.result_type(left.dtype, right.dtype), left.weak and right.weak, bits)
    if isinstance(left, ArrType) and isinstance(right, ArrType) and left.ndim == right.ndim:
        return (
            ArrType(np.result_type(left.dtype, right.dtype), left.ndim) if left.dtype == right.dtype else None
        )
    if isinstance(left, ItemsType) and isinstance(right, ItemsType) and left.keys == right.keys:
        parts = [joined(a, c) for a, c in zip(left.parts, right.parts, strict=True)]
        if any(part is None for part in parts):
            return None
        return ItemsType(left.kind, left.keys, tuple(p for p in parts if p is not None))
    return None


def leaf(value: Num) -> Element:
    """A scalar as the element of a nest."""
    return Leaf(value.code)
