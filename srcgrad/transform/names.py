"""Fresh names that are the same in every run.

>>> names = Names({"x", "x_bar"})
>>> names.fresh("x_bar"), names.fresh("x_bar"), names.fresh("len"), names.fresh("t")
('x_bar_2', 'x_bar_3', 'len_2', 't')
"""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Iterable, Iterator

import gast

_RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})


class Names:
    """The names taken in one function, and new ones that avoid them.

    Builtins and keywords count as taken: generated code may call `len` whatever the user's names are.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def fresh(self, hint: str) -> str:
        """``hint`` if it is free, else ``hint_2``, ``hint_3``...; the result is taken from now on."""
        number = self._last.get(hint, 1)
        candidate = hint if number == 1 else f"{hint}_{number}"
        while candidate in self:
            number += 1
            candidate = f"{hint}_{number}"
        self._last[hint] = number
        self._taken.add(candidate)
        return candidate

    def reserve(self, *names: str) -> None:
        """Mark names as taken."""
        self._taken.update(names)

    def copy(self) -> Names:
        """An independent generator that continues from here."""
        other = Names(self._taken)
        other._last = dict(self._last)
        return other

    def __contains__(self, name: str) -> bool:
        return name in self._taken or name in _RESERVED


def bound_and_read(tree: gast.AST) -> Iterator[str]:
    """Every identifier that occurs anywhere in a tree, inner scopes included."""
    for node in ast.walk(tree):
        if isinstance(node, gast.Name):
            yield node.id
        elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
            yield node.name
        elif isinstance(node, (gast.Global, gast.Nonlocal)):
            yield from node.names
        elif isinstance(node, gast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, (gast.MatchAs, gast.MatchStar)) and node.name:
            yield node.name
        elif isinstance(node, gast.MatchMapping) and node.rest:
            yield node.rest
