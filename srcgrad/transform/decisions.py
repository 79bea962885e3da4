"""What passes decided about the values that the reverse sweep needs, and why: facts for who looks at the result.

Nothing in the compiler reads them. They hold nodes and line numbers, so making them costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import gast

__all__ = ["Control", "Decisions", "How", "Kept", "Stage", "Temporary"]


class How(StrEnum):
    """How a value of the forward sweep gets to the reverse sweep."""

    #: Pushed on a list in every trip of a loop.
    TAPE = "tape"
    #: Kept under another name.
    NAME = "name"
    #: A copy, because the memory behind it is written later.
    COPY = "copy"
    #: Computed again.
    AGAIN = "again"
    #: Still there: nothing binds the name again.
    STAYS = "stays"


@dataclass(frozen=True)
class Kept:
    """One version of a variable that adjoint code reads.

    Attributes
    ----------
    name
        The variable.
    how
        ``TAPE``, ``NAME`` or ``STAYS``.
    holder
        The list or the other name; empty for ``STAYS``.
    readers
        Lines whose adjoint code reads the value.
    rebound
        Lines that bind the name again afterwards. In a loop that may be a line above.
    """

    name: str
    how: How
    holder: str
    readers: tuple[int, ...]
    rebound: tuple[int, ...] = ()


@dataclass(frozen=True)
class Temporary:
    """An expression that adjoint code reads, and that is no variable.

    Attributes
    ----------
    node
        The expression in the core program.
    line
        The user's line.
    how
        ``NAME``, ``COPY`` or ``AGAIN``.
    holder
        Its name in the forward sweep; empty for ``AGAIN``.
    """

    node: gast.expr
    line: int
    how: How
    holder: str = ""


@dataclass(frozen=True)
class Control:
    """What tells the reverse sweep which way the program went: a branch taken, a number of trips.

    Attributes
    ----------
    line
        Line of the ``if``, ``for`` or ``while``.
    how
        ``AGAIN``, ``NAME`` or ``TAPE``.
    holder
        The flag or the counter, or the list of them; empty for ``AGAIN``.
    until_empty
        The reverse loop runs until the list ``holder``, which has an entry a trip, is empty.
    """

    line: int
    how: How
    holder: str = ""
    until_empty: bool = False


@dataclass(frozen=True)
class Stage:
    """A function on its way, as statements: the sweeps before they were simplified."""

    forward: list[gast.stmt]
    reverse: list[gast.stmt]


@dataclass
class Decisions:
    """All decisions about one generated function (or pair).

    Attributes
    ----------
    kept, temporaries, controls
        See the classes.
    bars, shadows
        Variable of the program -> variable of its adjoint; a shadow is adjoint memory.
    saved
        Variable that holds what a call remembered -> the backward function that takes it.
    remembered
        Names of what the forward function of a pair hands to the backward function, in order.
    before
        The sweeps before they were simplified, where that was asked for.
    """

    kept: list[Kept] = field(default_factory=list)
    temporaries: list[Temporary] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    bars: dict[str, str] = field(default_factory=dict)
    shadows: dict[str, str] = field(default_factory=dict)
    saved: dict[str, str] = field(default_factory=dict)
    remembered: tuple[str, ...] = ()
    before: Stage | None = None
