"""The adjoint before anything is recorded: forward code with its reverse code, mirrored piece by piece.

``reverse.py`` makes a tree of pieces with the nesting of the program; each piece has what runs in the
forward sweep and what runs in the reverse sweep. The reverse code reads forward values by name, as if the
names still held what they held when the piece ran. ``record.py`` then makes that true.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import gast

from srcgrad.transform import builders as b

if TYPE_CHECKING:
    from srcgrad.transform.checkpointed import Checkpoint


@dataclass
class Step:
    """Straight-line code. ``fresh`` names are set by it and not read by it before: reverse code means the new value."""

    forward: list[gast.stmt]
    reverse: list[gast.stmt]
    fresh: frozenset[str] = frozenset()


@dataclass
class Branch:
    """An ``if``; ``decided`` when only one branch can reach its end (the other raises, or types rule it out).

    ``fixed`` if the test depends on nothing but what its names are bound to (no contents of arrays or lists).
    """

    origin: gast.If
    test: gast.expr
    body: list[Piece]
    orelse: list[Piece]
    body_end: list[gast.stmt] = field(default_factory=list)
    orelse_end: list[gast.stmt] = field(default_factory=list)
    decided: bool | None = None
    fixed: bool = False


@dataclass
class Loop:
    """A ``for`` over a range or a ``while``.

    ``reverse_before`` runs once before the reverse loop, ``reverse_end`` at the end of each of its trips.
    ``fixed`` if the range depends on nothing but what its names are bound to. ``trips`` is the range of a loop over
    ``srcgrad.checkpoint(range(...))``, and ``checkpoint`` its state if its trips are to run again.
    """

    origin: gast.For | gast.While
    body: list[Piece]
    reverse_before: list[gast.stmt] = field(default_factory=list)
    reverse_end: list[gast.stmt] = field(default_factory=list)
    fixed: bool = False
    trips: gast.expr | None = None
    checkpoint: Checkpoint | None = None

    @property
    def breaks(self) -> bool:
        """True if the loop may end before its header says so."""
        pending: list[gast.stmt] = list(self.origin.body)
        while pending:
            node = pending.pop()
            if isinstance(node, gast.Break):
                return True
            if isinstance(node, (gast.If, gast.With)):
                pending.extend(node.body)
                pending.extend(getattr(node, "orelse", []))
        return False


@dataclass
class Scope:
    """A ``with`` block; ``both`` if the reverse sweep enters the context as well."""

    origin: gast.With
    body: list[Piece]
    both: bool


Piece = Step | Branch | Loop | Scope


def inner_blocks(piece: Piece) -> list[list[Piece]]:
    """The blocks inside a piece."""
    match piece:
        case Branch():
            return [piece.body, piece.orelse]
        case Loop() | Scope():
            return [piece.body]
    return []


def assigned(statements: list[gast.stmt]) -> Iterator[str]:
    """Names bound by statements, those inside compound statements included."""
    for statement in statements:
        for node in b.walk(statement):
            if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
                yield node.id
            elif isinstance(node, (gast.FunctionDef, gast.ClassDef)):
                yield node.name
            elif isinstance(node, gast.alias):
                yield (node.asname or node.name).partition(".")[0]


def defined(piece: Piece) -> set[str]:
    """Names that the forward code of a piece binds."""
    names: set[str] = set()
    match piece:
        case Step():
            names.update(assigned(piece.forward))
        case Loop(origin=gast.For(target=target)):
            names.update(b.names_in(target))
        case Scope():
            for item in piece.origin.items:
                if item.optional_vars is not None:
                    names.update(b.names_in(item.optional_vars))
    for block in inner_blocks(piece):
        for inner in block:
            names |= defined(inner)
    return names


def step(forward: list[gast.stmt], reverse: list[gast.stmt], node: gast.stmt) -> Step:
    """A step; what it binds and the user's statement does not read is fresh."""
    bound = {
        child.id
        for statement in forward
        for child in b.walk(statement)
        if isinstance(child, gast.Name) and isinstance(child.ctx, gast.Store)
    }
    read = {
        child.id
        for child in b.walk(node)
        if isinstance(child, gast.Name)
        and (isinstance(child.ctx, gast.Load) or isinstance(node, gast.AugAssign))
    }
    return Step(forward, reverse, frozenset(bound - read))


def always_raises(statements: list[gast.stmt]) -> bool:
    """True if a block always ends in an exception."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, gast.If):
        return always_raises(last.body) and always_raises(last.orelse)
    return isinstance(last, gast.Raise)
