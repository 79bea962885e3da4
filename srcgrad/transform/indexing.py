"""Symbolic indexing: the shape of ``array[ints, slices, masks ...]``."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.transform.facts import Facts
from srcgrad.transform.types import Array, Dim, Kind, Known, Number, Shape, Type, Value, is_number


class SliceType(Type):
    """``lower:upper:step``; each end a constant int, a `Dim`, None where absent, NotImplemented where unknown."""

    def __init__(self, lower: Any, upper: Any, step: Any) -> None:
        self.ends = (lower, upper, step)

    @property
    def known(self) -> slice | None:
        """The slice, if all its ends are constants."""
        return slice(*self.ends) if all(end is None or isinstance(end, int) for end in self.ends) else None


def constant_end(node: gast.expr | None, facts: Facts) -> Any:
    """The end of a slice: an int, a symbol for one, None where absent, NotImplemented where unknown."""
    if node is None:
        return None
    type_ = facts.values[id(node)].type
    if isinstance(type_, Known) and (type_.value is None or isinstance(type_.value, int)):
        return type_.value
    if isinstance(type_, Number) and type_.count is not None:
        return type_.count
    return NotImplemented


def length_value(dim: Dim | None) -> Value:
    """A member of ``x.shape``."""
    if dim is not None and dim.symbol is None:
        return Value(Known.of(dim.offset))
    return Value(Number(Kind.INT, True, dim))


def basic_index(shape: Shape | None, index: list[Type]) -> Shape | None:
    """The shape of ``array[ints, slices, None, ...]``; None when it cannot be told."""
    if shape is None:
        return None
    consumed = sum(
        1 for part in index if not (isinstance(part, Known) and (part.value is None or part.value is ...))
    )
    missing = len(shape) - consumed
    if missing < 0:
        return None
    result: list[Dim | None] = []
    axis = 0
    expanded = False
    for part in index:
        if isinstance(part, Known) and part.value is ...:
            result.extend(shape[axis : axis + missing])
            axis += missing
            expanded = True
        elif isinstance(part, Known) and part.value is None:
            result.append(Dim(None, 1))
        elif isinstance(part, SliceType):
            result.append(_sliced(shape[axis], part))
            axis += 1
        elif is_number(part):
            axis += 1
        else:
            return None
    if not expanded:
        result.extend(shape[axis:])
    return tuple(result)


def _sliced(dim: Dim | None, part: SliceType) -> Dim | None:
    """The length of a slice: worked out, or named after what it depends on."""
    lower, upper, step = part.ends
    if lower in (None, 0) and (upper is None or upper == dim) and step in (None, 1):
        return dim
    if (lower, upper, step) == (None, None, -1):
        return dim
    if dim is None or NotImplemented in part.ends:
        return None
    known = part.known
    if dim.symbol is None and known is not None:
        return Dim(None, len(range(dim.offset)[known]))
    if known is not None and step in (None, 1):
        first, last = lower or 0, upper or 0
        if first >= 0 and (upper is None or last < 0):
            return Dim(dim.symbol, dim.offset - first + last)
    ends = ":".join("" if end is None else str(end) for end in part.ends)
    return Dim(f"{dim}[{ends}]")


def gathered(type_: Type, index: list[Type], kind: Kind) -> Type:
    """The type of what an integer array or a mask picks out."""
    if isinstance(type_, Array) and len(index) == 1 and isinstance(index[0], Array):
        mask = index[0]
        if type_.shape and mask.shape is not None:
            if mask.kind is Kind.BOOL:
                return Array(kind, (None, *type_.shape[len(mask.shape) :]))
            return Array(kind, (*mask.shape, *type_.shape[1:]))
    return Array(kind)
