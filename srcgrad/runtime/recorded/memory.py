"""What the recording knows of blocks of array memory, and the session it belongs to.

Arrays that carry derivatives are wrapped (`RecordedArray`), but plain arrays can start to carry some at any time:
``y = np.zeros(3); y[0] = x``. All names of ``y``, and all its views, are plain arrays then. So the session keeps a
registry from the identity of the array that owns the block to its `Memory`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import ref

import numpy as np

from srcgrad.errors import SrcgradError
from srcgrad.runtime.recorded.recording import Node, Update, Window
from srcgrad.runtime.recorded.regions import Geometry, Region, geometry_of, owner_of, region_of

__all__ = ["Guard", "Memory", "Saved", "Session", "memory_of", "session", "state"]


class Guard:
    """Keeps what rules have saved of a block from being overwritten. It does not refer to any node.

    Attributes
    ----------
    written : bool
        Something was written since the recording knows the block.
    lent : bool
        A rule has saved (a part of) the block by reference.
    original : array or None
        Content before the first write, if it was lent then.
    """

    __slots__ = ("_geometry", "lent", "original", "written")

    def __init__(self) -> None:
        self.written = False
        self.lent = False
        self.original: Any = None
        self._geometry: Geometry | None = None

    def geometry(self, owner: Any) -> Geometry:
        """Shape and order of the block."""
        if self._geometry is None:
            self._geometry = geometry_of(owner)
        return self._geometry

    def region(self, view: Any) -> Region:
        """Where a view lies."""
        owner = owner_of(view)
        return region_of(view, owner, self.geometry(owner))

    def reshaped(self, owner: Any) -> None:
        """Note that the owner has another shape now."""
        self._geometry = geometry_of(owner)

    def before_write(self, view: Any) -> None:
        """Keep what is lent: it is about to be overwritten.

        One copy a block at most: after the first write, whatever is saved of it is copied.
        """
        if not self.written:
            self.written = True
            if self.lent:
                owner = owner_of(view)
                self.original = self.geometry(owner).buffer(owner)


class Memory:
    """A block of array memory.

    Attributes
    ----------
    node : Node or None
        Where the present content comes from; None while it carries no derivative.
    """

    __slots__ = ("_guard", "node")

    def __init__(self, node: Node | None = None) -> None:
        self.node = node
        self._guard: Guard | None = None

    @property
    def guard(self) -> Guard:
        """What protects saved values (made when it is first needed: most results are never written)."""
        guard = self._guard
        if guard is None:
            guard = self._guard = Guard()
        return guard

    @property
    def written(self) -> bool:
        """Whether something was written since the recording knows the block."""
        return self._guard is not None and self._guard.written

    def geometry(self, owner: Any) -> Geometry:
        """Shape and order of the block."""
        return self.guard.geometry(owner)

    def region(self, view: Any) -> Region:
        """Where a view lies."""
        return self.guard.region(view)

    def before_write(self, view: Any) -> None:
        """Keep what rules have saved of the block."""
        self.guard.before_write(view)

    def reshaped(self, owner: Any, region: Region) -> None:
        """Note that the owner has another shape now; `region` is the whole of it as a part of what it was."""
        self.guard.reshaped(owner)
        if self.node is not None:
            self.node = Window(self.node, region)

    def after_write(self, region: Region, value: Node | None, like: Any) -> None:
        """Note that a region has new content: that of a node, or something without derivative."""
        if value is None and (self.node is None or region.whole):
            self.node = None
        elif (
            region.whole
            and np.shape(like) == region.shape
            and getattr(like, "dtype", None) == region.geometry.dtype
        ):
            self.node = value
        else:
            self.node = Update(self.node, region, value, like)


class Saved:
    """An array that a rule will read, as it was when it was saved."""

    __slots__ = ("_array", "_guard")

    def __init__(self, guard: Guard, array: Any) -> None:
        self._guard: Guard | None
        if guard.written:
            self._guard, self._array = None, array.copy(order="K")
        else:
            guard.lent = True
            self._guard, self._array = guard, array

    @property
    def value(self) -> Any:
        """The array."""
        guard, array = self._guard, self._array
        if guard is None or guard.original is None:
            return array
        return guard.region(array).window(guard.original)


class Session:
    """Everything recorded together: a recorded function and the recordings inside of it."""

    def __init__(self) -> None:
        self._memories: dict[int, tuple[Any, Memory]] = {}
        self._touched: dict[int, Any] = {}
        self._globals: dict[int, tuple[dict[str, Any], set[str]]] = {}
        #: The first error raised here: a program may have caught it, and then went another way than plain Python.
        self.error: SrcgradError | None = None
        #: Age of the recordings that are going on, the innermost last; see `Node.order`.
        self.starts: list[int] = []

    def known(self, array: Any) -> Memory | None:
        """Memory of a plain array, if the session has met it."""
        found = self._memories.get(id(owner_of(array)))
        return None if found is None else found[1]

    def memory(self, array: Any) -> Memory:
        """Memory of a plain array."""
        owner = owner_of(array)
        key = id(owner)
        found = self._memories.get(key)
        if found is None:
            memories = self._memories
            # Arrays come and go; without the reference their identities would be taken for others'.
            found = memories[key] = (ref(owner, lambda _: memories.pop(key, None)), Memory())
        return found[1]

    def close(self) -> None:
        """Forget the arrays: their weak references know the registry, so it would only be freed by the collector."""
        self._memories.clear()

    def touch(self, holder: Any) -> None:
        """Note that recorded values may have been stored in a container, an object or a cell."""
        self._touched[id(holder)] = holder

    def touch_globals(self, namespace: dict[str, Any], names: Iterable[str]) -> None:
        """Note that recorded values may have been stored in global variables."""
        self._globals.setdefault(id(namespace), (namespace, set()))[1].update(names)

    def touched_globals(self) -> Iterator[tuple[dict[str, Any], set[str]]]:
        """All that `touch_globals` was called for."""
        return iter(self._globals.values())

    def touched(self) -> Iterator[Any]:
        """All that `touch` was called for."""
        return iter(self._touched.values())


class _State(threading.local):
    session: Session | None = None


state = _State()


def session() -> Session:
    """The session of this thread; outside of any, recorded values still work in a throw-away one."""
    current = state.session
    return current if current is not None else Session()


def memory_of(array: Any) -> Memory | None:
    """Memory of a plain array, if this thread's session has met it."""
    current = state.session
    return None if current is None else current.known(array)
