"""How many bytes are remembered between the sweeps, and by which variable."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["Scale"]


class Scale:
    """Weighs objects, each block of memory once.

    Parameters
    ----------
    arguments
        What belongs to the caller weighs nothing.

    Attributes
    ----------
    kept : dict
        Bytes by name of a generated function and of a variable in it.
    total, adjoints : int
        Bytes of forward values, and of adjoint memory.
    """

    def __init__(self, arguments: Any = ()) -> None:
        self.kept: dict[tuple[str, str], int] = {}
        self.total = 0
        self.adjoints = 0
        self.done = False
        self._seen: set[int] = set()
        self._noted: dict[int, tuple[Any, str, Sequence[str], set[str]]] = {}
        self._size(arguments, None)

    def note(self, saved: tuple[Any, ...], function: str, names: Sequence[str], shadows: set[str]) -> None:
        """Note that a forward function handed this out: its members are values of its variables."""
        self._noted[id(saved)] = saved, function, names, shadows

    def weigh(self, function: str, values: Mapping[str, Any], shadows: set[str]) -> None:
        """Weigh what the reverse sweep of a function will read, by variable."""
        # Adjoint memory last: an array that is both is a forward value.
        for name in sorted(values, key=lambda name: name in shadows):
            self._book(function, name, self._size(values[name], (function, name)), name in shadows)
        self._noted.clear()

    def _book(self, function: str, name: str, size: int, shadow: bool) -> None:
        if not size:
            return
        if shadow:
            self.adjoints += size
        else:
            self.kept[function, name] = self.kept.get((function, name), 0) + size
            self.total += size

    def _size(self, value: Any, owner: tuple[str, str] | None) -> int:
        """Bytes of a value that were not counted before, without those that belong to variables of callees."""
        size = 0
        pending = [value]
        while pending:
            item = pending.pop()
            if id(item) in self._seen or item is None or isinstance(item, (bool, type)):
                continue
            if isinstance(item, np.ndarray):
                while isinstance(item.base, np.ndarray):
                    item = item.base
                if id(item) in self._seen:
                    continue
                self._seen.add(id(item))
                size += item.nbytes
                continue
            noted = self._noted.get(id(item)) if owner is not None else None
            if noted is not None:
                self._seen.add(id(item))
                size += sys.getsizeof(item)
                _, function, names, shadows = noted
                for name, member in zip(names, item, strict=False):
                    self._book(function, name, self._size(member, (function, name)), name in shadows)
                continue
            self._seen.add(id(item))
            if isinstance(item, (list, tuple, set, frozenset)):
                size += sys.getsizeof(item)
                pending.extend(item)
            elif isinstance(item, dict):
                size += sys.getsizeof(item)
                pending.extend(item.values())
            elif isinstance(item, (int, float, complex, np.generic, str, bytes)):
                size += sys.getsizeof(item)
            elif hasattr(item, "__dict__") and not callable(item):
                pending.extend(vars(item).values())
        return size
