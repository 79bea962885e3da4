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

__all__ = ["Geometry", "Region", "address", "geometry_of", "is_part", "owner_of", "region_of"]


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
            # `as_strided` puts an object in between that is no array, and so does a memoryview.
            base = base.obj if isinstance(base, memoryview) else getattr(base, "base", None)
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
    part : str or None
        ``real`` or ``imag`` for that part of complex numbers: a view of the bytes, in a cotangent as in the array.
    whole : bool
        The region is the owner itself.
    """

    __slots__ = ("_index", "_injective", "geometry", "offset", "part", "shape", "strides", "whole")

    def __init__(
        self, geometry: Geometry, offset: int, shape: tuple[int, ...], strides: tuple[int, ...],
        index: Any = None, part: str | None = None,
    ) -> None:  # fmt: skip
        self.geometry = geometry
        self.offset = offset
        self.shape = shape
        self.strides = strides
        self.part = part
        self._index = index
        self._injective: bool | None = None
        fits = index is None and part is None and offset == 0 and shape == geometry.shape
        self.whole = fits and self._strides_of_owner()

    def elements(self, key: Any) -> Region:
        """The elements that an index picks of a region, repeats allowed."""
        index = self.positions[key]
        return Region(self.geometry, 0, np.shape(index), (), index, self.part)

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
                for stride, n in sorted(
                    (abs(s), n) for s, n in zip(self.strides, self.shape, strict=True) if n > 1
                ):
                    known = known and stride >= reach
                    reach = stride * n
                self._injective = known
        return self._injective

    def window(self, buffer: Any) -> Any:
        """The view of a buffer, or of the owner, that a strided region is."""
        geometry = self.geometry
        memory = buffer if geometry.plain else buffer.transpose(geometry.axes)
        dtype = buffer.dtype if self.part is None else buffer.real.dtype
        if memory.size == 0:
            return np.zeros(self.shape, dtype)
        return np.ndarray(self.shape, dtype, memory, self.offset, self.strides)

    def _line(self, buffer: Any) -> Any:
        line = self.geometry.flat(buffer)
        return line if self.part is None else getattr(line, self.part)

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
            return self._line(buffer)[self._index]
        window = self.window(buffer)
        return window.copy() if window.ndim else window[()]

    def add(self, buffer: Any, g: Any) -> None:
        """Add to the region."""
        if self._index is None:
            repeated = tuple(
                k for k, (s, n) in enumerate(zip(self.strides, self.shape, strict=True)) if s == 0 and n > 1
            )
            if repeated:
                shape = tuple(1 if k in repeated else n for k, n in enumerate(self.shape))
                once = Region(self.geometry, self.offset, shape, self.strides, part=self.part)
                once.add(buffer, np.sum(g, axis=repeated, keepdims=True))
                return
        if self._index is None and self.injective:
            window = self.window(buffer)
            if window.dtype.kind != "c" and np.iscomplexobj(g):
                g = np.real(g)
            np.add(window, g, out=window, casting="unsafe")
        else:
            np.add.at(self._line(buffer), self.positions, g)

    def clear(self, buffer: Any) -> None:
        """Zero the region."""
        if self._index is not None:
            self._line(buffer)[self._index] = 0
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
    offset = address(view) - address(owner)
    part: str | None = None
    if view.dtype != owner.dtype:
        if not is_part(view.dtype, owner.dtype):
            raise UnsupportedError(
                f"memory of {owner.dtype} numbers is seen as {view.dtype}",
                cause="a derivative cannot be followed through a reinterpretation of bytes",
                way_out="use astype instead of view",
            )
        size = owner.dtype.itemsize
        if any(stride % size for stride, n in zip(view.strides, view.shape, strict=True) if n > 1):
            raise UnsupportedError(
                "real and imaginary parts are seen through one view", way_out="use .real and .imag"
            )
        part = "imag" if offset % size else "real"
    return Region(geometry, offset, view.shape, view.strides, part=part)


def is_part(dtype: Any, whole: Any) -> bool:
    """Whether numbers of one type are the real or imaginary parts of those of another."""
    return bool(whole.kind == "c" and dtype.kind == "f" and 2 * dtype.itemsize == whole.itemsize)
