"""Whole numbers as sums of symbols, and proofs about them.

A symbol is a piece of code that reads a whole number: a variable (``i``) or a length (``x.shape[0]``). An index or a
length that is an affine expression of symbols can be compared with another one at compile time.

>>> i, n = symbol("i"), symbol("x.shape[0]")
>>> str(n - i - 1)
'x.shape[0] - i - 1'
>>> facts = Facts()
>>> facts.between("i", number(0), n - 1)  # for i in range(len(x))
>>> facts.holds(n - i - 1), facts.holds(i - 1)  # i < len(x), but i > 0 is not certain
(True, False)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import gast

from srcgrad.transform import builders as b

_DEEPEST = 12


@dataclass(frozen=True)
class Affine:
    """A sum of symbols with whole coefficients (none of them zero), sorted by symbol, and a constant."""

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    def __add__(self, other: Affine | int) -> Affine:
        if isinstance(other, int):
            return Affine(self.terms, self.constant + other)
        table = dict(self.terms)
        for name, factor in other.terms:
            table[name] = table.get(name, 0) + factor
        kept = tuple(sorted((name, factor) for name, factor in table.items() if factor))
        return Affine(kept, self.constant + other.constant)

    def __sub__(self, other: Affine | int) -> Affine:
        return self + (-other if isinstance(other, int) else other * -1)

    def __mul__(self, factor: int) -> Affine:
        if factor == 0:
            return Affine()
        return Affine(tuple((name, f * factor) for name, f in self.terms), self.constant * factor)

    @property
    def known(self) -> int | None:
        """The number, if there are no symbols."""
        return None if self.terms else self.constant

    @property
    def symbols(self) -> set[str]:
        """The symbols in it."""
        return {name for name, _ in self.terms}

    def replaced(self, table: Mapping[str, Affine]) -> Affine:
        """With symbols replaced."""
        result = Affine((), self.constant)
        for name, factor in self.terms:
            result = result + table.get(name, symbol(name)) * factor
        return result

    def factor(self, name: str) -> int:
        """The coefficient of a symbol."""
        return dict(self.terms).get(name, 0)

    def code(self) -> gast.expr:
        """As an expression."""
        positive = [(n, f) for n, f in self.terms if f > 0]
        negative = [(n, f) for n, f in self.terms if f < 0]
        result: gast.expr | None = None
        for name, factor in positive:
            part = _times(name, factor)
            result = part if result is None else b.binary(result, "Add", part)
        if result is None and (self.constant > 0 or not negative):
            result = b.constant(self.constant)
            rest = 0
        else:
            rest = self.constant
        for name, factor in negative:
            part = _times(name, -factor)
            result = b.unary("USub", part) if result is None else b.binary(result, "Sub", part)
        assert result is not None
        if rest:
            result = b.binary(result, "Add" if rest > 0 else "Sub", b.constant(abs(rest)))
        return result

    def __str__(self) -> str:
        from srcgrad.transform.unparse import unparse

        return unparse(self.code())[0].strip()


def _times(name: str, factor: int) -> gast.expr:
    base = b.parse_expr(name)
    return base if factor == 1 else b.binary(b.constant(factor), "Mult", base)


def number(value: int) -> Affine:
    """A constant."""
    return Affine((), value)


def symbol(name: str) -> Affine:
    """A symbol by itself."""
    return Affine(((name, 1),))


def base_name(symbol_: str) -> str:
    """The variable that a symbol reads."""
    return symbol_.split(".", 1)[0]


@dataclass
class Facts:
    """What is known of symbols at some place in the program.

    ``bounds`` has the least and the greatest value of loop counters, innermost last; ``positive`` expressions that are
    not negative; ``equal`` symbols that stand for an expression of others; ``alike`` differences of lengths that were
    found to be equal (both may be negative, and count as zero then); ``shapes`` the lengths of arrays of which nothing
    else is known.
    """

    bounds: dict[str, tuple[Affine, Affine]] = field(default_factory=dict)
    positive: list[Affine] = field(default_factory=list)
    equal: dict[str, Affine] = field(default_factory=dict)
    alike: list[Affine] = field(default_factory=list)
    shapes: dict[str, tuple[Affine, ...]] = field(default_factory=dict)

    def copy(self) -> Facts:
        """Facts for an inner block."""
        return Facts(
            dict(self.bounds), list(self.positive), dict(self.equal), list(self.alike), dict(self.shapes)
        )

    def between(self, name: str, least: Affine, greatest: Affine) -> None:
        """Note the bounds of a loop counter, inside the loop."""
        self.bounds[name] = (least, greatest)
        self.positive.append(greatest - least)

    def forget(self, names: Iterable[str]) -> None:
        """Drop what mentions variables that get other values."""
        gone = set(names)

        def hit(*parts: Affine) -> bool:
            return any(base_name(s) in gone for part in parts for s in part.symbols)

        self.bounds = {k: v for k, v in self.bounds.items() if base_name(k) not in gone and not hit(*v)}
        self.positive = [p for p in self.positive if not hit(p)]
        self.alike = [p for p in self.alike if not hit(p)]
        self.equal = {k: v for k, v in self.equal.items() if base_name(k) not in gone and not hit(v)}
        self.shapes = {k: v for k, v in self.shapes.items() if k not in gone and not hit(*v)}

    def reduced(self, value: Affine) -> Affine:
        """With equal symbols replaced."""
        for _ in range(_DEEPEST):
            if not any(name in self.equal for name in value.symbols):
                break
            value = value.replaced(self.equal)
        return value

    def same(self, left: Affine, right: Affine) -> bool:
        """True if two expressions are certainly equal."""
        difference = self.reduced(left) - self.reduced(right)
        return (not difference.terms and not difference.constant) or difference in self.alike

    def match(self, left: Affine, right: Affine) -> None:
        """Note that two lengths are equal."""
        left, right = self.reduced(left), self.reduced(right)
        difference = left - right
        self.alike += [difference, difference * -1]
        if not (self.holds(left) and self.holds(right)):
            return
        for name, factor in reversed(difference.terms):
            if abs(factor) == 1:
                self.equal[name] = (difference - symbol(name) * factor) * -factor
                return

    def holds(self, value: Affine) -> bool:
        """True if an expression is certainly not negative."""
        return self._holds(self.reduced(value), _DEEPEST, 2)

    def _holds(self, value: Affine, depth: int, uses: int) -> bool:
        if value.constant >= 0 and all(f > 0 and _is_length(n) for n, f in value.terms):
            return True
        if depth == 0:
            return False
        for name in reversed(self.bounds):
            factor = value.factor(name)
            if factor:
                least, greatest = self.bounds[name]
                bound = self.reduced(least if factor > 0 else greatest)
                if name in bound.symbols:
                    return False
                if self._holds(value.replaced({name: bound}), depth - 1, uses):
                    return True
                break
        if uses == 0:
            return False
        mine = value.symbols
        for fact in self.positive:
            fact = self.reduced(fact)
            if fact.symbols & mine and self._holds(value - fact, depth - 1, uses - 1):
                return True
        return False


def _is_length(name: str) -> bool:
    return ".shape[" in name
