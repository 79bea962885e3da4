"""The adjoint variables of one function: their names, and what is known of them during the reverse sweep.

The state follows the reverse sweep as it is written: an adjoint is either zero (no variable yet), or held by its
variable. So a first contribution is an assignment, and later ones are additions, in place only into arrays that
the generated code owns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.instantiate import tidy
from srcgrad.transform.names import Names
from srcgrad.transform.types import Array, Numeric, Type, is_number, lasting


@dataclass(frozen=True)
class Cotangent:
    """An expression for a cotangent and its type; a number may stand for an array of equal entries.

    ``memory``: the expression may be a view of adjoint memory that changes later.
    """

    expr: gast.expr
    type: Type
    memory: bool = False


@dataclass(frozen=True)
class Mark:
    """A non-zero adjoint: ``owned`` arrays may be added to in place, ``full`` ones surely have the shape."""

    owned: bool = False
    full: bool = True


class Adjoints:
    """Names and state of the adjoint variables."""

    def __init__(self, names: Names, both: set[str], maybe_unbound: frozenset[str]) -> None:
        self.names = names
        self.both = both
        self.maybe_unbound = maybe_unbound
        self.prototype: Callable[[str], gast.expr] = b.name
        self.state: dict[str, Mark] = {}
        self._bars: dict[str, str] = {}
        self._shadows: dict[str, str] = {}

    def bar(self, name: str) -> str:
        """The variable of the adjoint value of ``name``."""
        if name not in self._bars:
            self._bars[name] = self.names.fresh(f"{name}_bar")
        return self._bars[name]

    def shadow(self, name: str) -> str:
        """The variable of the adjoint memory of ``name``."""
        if name not in self._shadows:
            hint = f"{name}_shadow" if name in self.both else f"{name}_bar"
            self._shadows[name] = self.names.fresh(hint)
        return self._shadows[name]

    def named(self) -> tuple[dict[str, str], dict[str, str]]:
        """Variables with the variables of their adjoint values, and with those of their adjoint memory."""
        return dict(self._bars), dict(self._shadows)

    def consume(self, name: str) -> None:
        """The name was just defined (seen backwards): before that its adjoint is zero."""
        self.state.pop(name, None)

    def accumulate(self, name: str, parts: list[Cotangent], type_: Type) -> list[gast.stmt]:
        """Add cotangents to the adjoint of a name."""
        bar = self.bar(name)
        mark = self.state.get(name)
        array = isinstance(type_, (Array, Numeric))
        if (
            array
            and isinstance(type_, Array)
            and all(is_number(part.type) for part in parts)
            and mark is None
        ):
            self.state[name] = Mark(owned=True)
            return [b.assign(bar, b.call("np__.full_like", name, total(parts)))]
        if mark is None and array and len(parts) == 1 and parts[0].memory and not is_fresh(parts):
            self.state[name] = Mark(owned=isinstance(type_, Array))
            return [b.assign(bar, b.call("np__.array", total(parts)))]
        if mark is None:
            self.state[name] = Mark(owned=array and is_fresh(parts))
            return [] if _is_name(parts, bar) else [b.assign(bar, total(parts))]
        if array and not (mark.owned and mark.full and isinstance(type_, Array)):
            full = mark.full or any(isinstance(part.type, Array) for part in parts)
            self.state[name] = Mark(owned=isinstance(type_, Array), full=full)
            return [b.assign(bar, total([Cotangent(b.name(bar), type_), *parts]))]
        if array:
            return [_added(bar, part) for part in parts]
        return [_added(bar, Cotangent(total(parts), type_))]

    def memory(self, name: str, type_: Type) -> list[gast.stmt]:
        """Make the adjoint of an array a variable that may be written in place."""
        bar = self.bar(name)
        mark = self.state.get(name)
        if mark is not None and mark.owned and mark.full:
            return []
        self.state[name] = Mark(owned=True)
        zeros = b.call("np__.zeros_like", self.prototype(name))
        if mark is None:
            return [b.assign(bar, zeros)]
        return [b.assign(bar, b.method(bar, "copy") if mark.full else b.binary(zeros, "Add", bar))]

    def zero(self, name: str, type_: Type, *, like_adjoint: bool = False) -> list[gast.stmt]:
        """Give an adjoint that is zero a variable.

        ``like_adjoint``: the variable still holds the consumed adjoint of the next version of the name, which has the same
        shape, while the name itself may hold anything.
        """
        bar = self.bar(name)
        if isinstance(type_, Array):
            if like_adjoint and lasting(type_.shape):
                self.state[name] = Mark(owned=True)
                return [b.assign(bar, b.call("np__.zeros_like", bar))]
            if not like_adjoint and name not in self.maybe_unbound:
                self.state[name] = Mark(owned=True)
                return [b.assign(bar, b.call("np__.zeros_like", name))]
        self.state[name] = Mark(owned=False, full=is_number(type_))
        return [b.assign(bar, 0.0)]


def total(parts: list[Cotangent]) -> gast.expr:
    """The sum of cotangents; equal ones are counted."""
    terms: list[gast.expr] = []
    counts: dict[str, tuple[int, int]] = {}
    for part in parts:
        key = gast.dump(part.expr)
        if key in counts:
            place, count = counts[key]
            counts[key] = (place, count + 1)
        else:
            counts[key] = (len(terms), 1)
            terms.append(part.expr)
    for place, count in counts.values():
        if count > 1:
            terms[place] = tidy(b.binary(terms[place], "Mult", b.constant(count)))
    result = terms[0]
    for term in terms[1:]:
        if isinstance(term, gast.UnaryOp) and isinstance(term.op, gast.USub):
            result = b.binary(result, "Sub", term.operand)
        else:
            result = b.binary(result, "Add", term)
    return result


def _added(bar: str, part: Cotangent) -> gast.stmt:
    if isinstance(part.expr, gast.UnaryOp) and isinstance(part.expr.op, gast.USub):
        return b.aug_assign(bar, "Sub", part.expr.operand)
    return b.aug_assign(bar, "Add", part.expr)


def _is_name(parts: list[Cotangent], name: str) -> bool:
    return len(parts) == 1 and isinstance(parts[0].expr, gast.Name) and parts[0].expr.id == name


def is_fresh(parts: list[Cotangent]) -> bool:
    """True if the sum of the cotangents is a new array that nothing else refers to."""
    if len(parts) > 1:
        return any(isinstance(part.type, Array) for part in parts)
    expr, type_ = parts[0].expr, parts[0].type
    if not isinstance(type_, Array):
        return False
    return isinstance(expr, (gast.BinOp, gast.UnaryOp))
