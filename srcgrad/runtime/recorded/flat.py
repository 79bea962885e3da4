"""``x.flat`` of a recorded array: its elements in C order, whatever its strides are."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime.recorded.apply import plain
from srcgrad.runtime.recorded.recorded_values import Recorded, RecordedArray, hooks

__all__ = ["Flat"]


class Flat:
    """Iterator and window over the elements of an array.

    Parameters
    ----------
    x : RecordedArray or RecordedScalar
    """

    __slots__ = ("_array", "_next")

    def __init__(self, x: Recorded) -> None:
        self._array: Any = x if isinstance(x, RecordedArray) else hooks.call(np.reshape, x, (1,))
        self._next = 0

    @property
    def base(self) -> Any:
        """The array."""
        return self._array

    @property
    def index(self) -> int:
        """How many elements were taken."""
        return self._next

    @property
    def coords(self) -> tuple[int, ...]:
        """Place of the next element."""
        return tuple(int(k) for k in np.unravel_index(self._next, self._array.value.shape))

    def copy(self) -> Any:
        """The elements as a new array."""
        return hooks.method(self._array, "flatten", (), {})

    def __len__(self) -> int:
        return int(self._array.value.size)

    def __iter__(self) -> Flat:
        return self

    def __next__(self) -> Any:
        if self._next >= len(self):
            raise StopIteration
        place = self.coords
        self._next += 1
        return self._array[place]

    def __getitem__(self, key: Any) -> Any:
        return self._array[self._places(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        places = self._places(key)
        count = np.size(places[0])
        values = hooks.call(np.ravel, value)
        if np.size(plain(values)) != count:
            # NumPy starts over where there are too few.
            values = values[np.arange(count) % np.size(plain(values))]
        self._array[places] = hooks.call(np.reshape, values, np.shape(places[0]))

    def _places(self, key: Any) -> tuple[Any, ...]:
        chosen = np.arange(len(self))[plain(key)]
        return tuple(np.unravel_index(chosen, self._array.value.shape))
