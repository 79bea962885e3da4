"""Where in a block of memory a view lies, so that its cotangent can be put in the same place.

A `Geometry` describes the array that owns a block (shape, dtype, order of the axes in memory). A `Region` is a part
of the block: a strided window, as every NumPy view is, or a list of positions, as an index with integers or a mask
picks them. Cotangents of whole blocks are kept in *buffers* of the same geometry; a region reads, adds to and clears
its part of a buffer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from srcgrad.errors import UnsupportedError

__all__ = ["Geometry", "Region", "address", "geometry_of", "owner_of", "region_of"]


@dataclass(frozen=True)
class Geometry:
    """Shape, dtype and order in memory of an array that owns its block without gaps.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    axes : tuple of int
        The axes from the slowest to the fastest.
    """

    shape: tuple[int, ...]
    dtype: Any
    axes: tuple[int, ...]

    @cached_property
    def _packed(self) -> tuple[int, ...]:
        return tuple(self.shape[axis] for axis in self.axes)

    @cached_property
    def _inverse(self) -> tuple[int, ...]:
        return tuple(int(k) for k in np.argsort(self.axes))

    @cached_property
    def plain(self) -> bool:
        """Whether the order is that of C."""
        return self.axes == tuple(range(len(self.axes)))

    def zeros(self) -> Any:
        """A new buffer."""
        if self.plain:
            return np.zeros(self.shape, self.dtype)
        return np.zeros(self._packed, self.dtype).transpose(self._inverse)

    def buffer(self, content: Any) -> Any:
        """A new buffer with this content."""
        made = self.zeros()
        made[...] = content
        return made

    def flat(self, buffer: Any) -> Any:
        """A buffer as a line, in the order of memory."""
        return (buffer if self.plain else buffer.transpose(self.axes)).reshape(-1)

    @cached_property
    def positions(self) -> Any:
        """A buffer of the position of each element in the line."""
        index = np.arange(int(np.prod(self.shape)))
        return index.reshape(self._packed).transpose(self._inverse)


@lru_cache(maxsize=4096)
def _geometry(shape: tuple[int, ...], dtype: Any, axes: tuple[int, ...]) -> Geometry:
    return Geometry(shape, dtype, axes)


def geometry_of(owner: Any) -> Geometry:
    """Geometry of an array that owns its memory."""
    shape = owner.shape
    if owner.flags.c_contiguous:
        return _geometry(shape, owner.dtype, tuple(range(len(shape))))
    strides = owner.strides
    axes = tuple(sorted(range(len(shape)), key=lambda k: (-abs(strides[k]), -shape[k])))
    if not owner.transpose(axes).flags.c_contiguous:
        raise UnsupportedError(
            "an array over foreign memory with gaps takes part in a derivative",
            way_out="pass a copy of it: array.copy()",
        )
    return _geometry(shape, owner.dtype, axes)


def owner_of(array: Any) -> Any:
    """The array that owns the memory of a view."""
    while True:
        base = array.base
        if base is None:
            return array
        if not isinstance(base, np.ndarray):
            # `as_strided` puts an object in between that is no array.
            base = getattr(base, "base", None)
            if not isinstance(base, np.ndarray):
                return array
        array = base


def address(array: Any) -> int:
    """Where the first element of an array lies."""
    return int(array.__array_interface__["data"][0])


class Region:
    """A part of a block of memory.

    Attributes
    ----------
    geometry : Geometry
        Of the block.
    shape : tuple of int
        Of the region as the program sees it.
    whole : bool
        The region is the owner itself.
    """

    __slots__ = ("_index", "_injective", "geometry", "offset", "shape", "strides", "whole")

    def __init__(
        self, geometry: Geometry, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], index: Any = None
    ) -> None:
        self.geometry = geometry
        self.offset = offset
        self.shape = shape
        self.strides = strides
        self._index = index
        self._injective: bool | None = None
        self.whole = index is None and offset == 0 and shape == geometry.shape and self._strides_of_owner()

    @classmethod
    def of_positions(cls, geometry: Geometry, index: Any) -> Region:
        """The elements at these places of the line; repeats are allowed."""
        return cls(geometry, 0, np.shape(index), (), index)

    def _strides_of_owner(self) -> bool:
        step = self.geometry.dtype.itemsize
        for axis in reversed(self.geometry.axes):
            n = self.shape[axis]
            if n != 1 and self.strides[axis] != step:
                return n == 0
            step *= n
        return True

    @property
    def injective(self) -> bool:
        """No element of memory is seen twice (decided on the safe side)."""
        if self._injective is None:
            if self._index is not None:
                self._injective = np.unique(self._index).size == np.size(self._index)
            else:
                reach = self.geometry.dtype.itemsize
                known = True
                for stride, n in sorted((abs(s), n) for s, n in zip(self.strides, self.shape, strict=True) if n > 1):
                    known = known and stride >= reach
                    reach = stride * n
                self._injective = known
        return self._injective

    def window(self, buffer: Any) -> Any:
        """The view of a buffer, or of the owner, that a strided region is."""
        geometry = self.geometry
        memory = buffer if geometry.plain else buffer.transpose(geometry.axes)
        if memory.size == 0:
            return np.zeros(self.shape, buffer.dtype)
        return np.ndarray(self.shape, buffer.dtype, memory, self.offset, self.strides)

    @property
    def positions(self) -> Any:
        """Place in the line of each element of the region."""
        if self._index is not None:
            return self._index
        index = self.geometry.positions
        # Strides and offset are in bytes, and positions have a width of their own.
        width, step = index.itemsize, self.geometry.dtype.itemsize
        strides = tuple(s // step * width for s in self.strides)
        return np.ndarray(
            self.shape, index.dtype, index.transpose(self.geometry.axes), self.offset // step * width, strides
        )

    def read(self, buffer: Any) -> Any:
        """A copy of the region; a number if it has no axes."""
        if self._index is not None:
            return self.geometry.flat(buffer)[self._index]
        window = self.window(buffer)
        return window.copy() if window.ndim else window[()]

    def add(self, buffer: Any, g: Any) -> None:
        """Add to the region."""
        if self._index is None:
            repeated = tuple(k for k, (s, n) in enumerate(zip(self.strides, self.shape, strict=True)) if s == 0 and n > 1)
            if repeated:
                shape = tuple(1 if k in repeated else n for k, n in enumerate(self.shape))
                once = Region(self.geometry, self.offset, shape, self.strides)
                once.add(buffer, np.sum(g, axis=repeated, keepdims=True))
                return
        if self._index is None and self.injective:
            window = self.window(buffer)
            if buffer.dtype.kind != "c" and np.iscomplexobj(g):
                g = np.real(g)
            np.add(window, g, out=window, casting="unsafe")
        else:
            np.add.at(self.geometry.flat(buffer), self.positions, g)

    def clear(self, buffer: Any) -> None:
        """Zero the region."""
        if self._index is not None:
            self.geometry.flat(buffer)[self._index] = 0
        else:
            self.window(buffer)[...] = 0

    def last_writers(self) -> Any:
        """Mask of the elements whose value stays when a position is written several times; None for all."""
        if self.injective:
            return None
        index = np.asarray(self.positions).reshape(-1)
        order = np.arange(index.size)
        last = np.zeros(int(np.prod(self.geometry.shape)), np.intp)
        last[index] = order
        return (last[index] == order).reshape(self.shape)


def region_of(view: Any, owner: Any, geometry: Geometry) -> Region:
    """The region that a view of an owner is."""
    if view is owner:
        return Region(geometry, 0, view.shape, view.strides)
    if view.dtype != owner.dtype:
        raise UnsupportedError(
            f"memory of {owner.dtype} numbers is seen as {view.dtype}",
            cause="a derivative cannot be followed through a reinterpretation of bytes",
            way_out="use astype, or a copy of the real or imaginary part",
        )
    return Region(geometry, address(view) - address(owner), view.shape, view.strides)
