"""The graph of a recorded NumPy program, and the walk back through it.

Why not the engine of ``graph.py``: there, every use of a value makes a new cotangent, and a write into an array would
copy the whole of it. NumPy programs fill arrays element by element, and that made their gradients quadratic. Here the
content of a block of memory is a chain of nodes (`Update` after `Update`), and the walk hands *one buffer* down that
chain: an `Update` takes its region out of the buffer and clears it, a `Window` adds to its region. That is exactly
what the shadow array of compiled code does.

A backward pass can be recorded itself (``live=True``): then the same nodes do the same with recorded arithmetic,
out of place, and `Window`, `Embed` and `Update` are each other's transposes, so this works to any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from srcgrad.rules.helpers import project
from srcgrad.runtime import debugging
from srcgrad.runtime.recorded.regions import Geometry, Region

if TYPE_CHECKING:
    from srcgrad.runtime.recorded.forms import Request

__all__ = ["Call", "Embed", "Gather", "Input", "Node", "Output", "Update", "Walk", "Window"]

_serial = count()


def now() -> int:
    """A number between the orders of the nodes before and those after this moment."""
    return next(_serial)


class Node:
    """Something that was computed, and what it was computed from.

    Attributes
    ----------
    order : int
        Grows with time: a node is younger than its parents.
    parents : tuple of Node
        Where cotangents flow to.
    """

    __slots__ = ("order", "parents")

    def __init__(self, *parents: Node) -> None:
        self.order = next(_serial)
        self.parents = parents

    def pull(self, g: Any, walk: Walk) -> None:
        """Hand the cotangent of this node on to its parents."""
        raise NotImplementedError


class Input(Node):
    """A value handed to the recorded function; in an outer recording it may come from somewhere."""

    __slots__ = ()

    def pull(self, g: Any, walk: Walk) -> None:
        for parent in self.parents:
            walk.add(parent, g)


class Call(Node):
    """An operation with a rule.

    Attributes
    ----------
    request : Request
        The pullbacks of the arguments that carry derivatives.
    saved : tuple
        What they read, in the request's order.
    """

    __slots__ = ("outputs", "request", "saved")

    def __init__(self, parents: tuple[Node, ...], request: Request, saved: tuple[Any, ...]) -> None:
        self.order = next(_serial)
        self.parents = parents
        self.request = debugging.located(request) if debugging.active else request
        self.saved = saved
        self.outputs = 0

    def pull(self, g: Any, walk: Walk) -> None:
        request = self.request
        if walk.live is not None:
            parts = request.pull_live(g, self.saved, self.parents, self)
        elif request.pull_numbers is not None:
            parts = request.pull_numbers(g, *self.saved)
        else:
            parts = request.pull(g, self.saved)
        for parent, part in zip(self.parents, parts, strict=True):
            if part is not None:
                walk.add(parent, part)


class Output(Node):
    """One of several results of an operation."""

    __slots__ = ("index",)

    def __init__(self, parent: Node, index: int) -> None:
        super().__init__(parent)
        self.index = index

    def pull(self, g: Any, walk: Walk) -> None:
        walk.put(self.parents[0], self.index, g)


class Gather(Node):
    """A value put together from others: ``places[k]`` is the index of parent k in it."""

    __slots__ = ("places",)

    def __init__(self, parents: Sequence[Node], places: Sequence[Any]) -> None:
        super().__init__(*parents)
        self.places = places

    def pull(self, g: Any, walk: Walk) -> None:
        for parent, place in zip(self.parents, self.places, strict=True):
            walk.add(parent, g[place] if place != () else g)


class Window(Node):
    """Content of a region of a block."""

    __slots__ = ("region",)

    def __init__(self, block: Node, region: Region) -> None:
        super().__init__(block)
        self.region = region

    def pull(self, g: Any, walk: Walk) -> None:
        walk.add_region(self.parents[0], self.region, g)


class Embed(Node):
    """A block of zeros but for a region: the transpose of `Window`."""

    __slots__ = ("region",)

    def __init__(self, part: Node, region: Region) -> None:
        super().__init__(part)
        self.region = region

    def pull(self, g: Any, walk: Walk) -> None:
        walk.add(self.parents[0], walk.read(g, self.region))


class Update(Node):
    """Content of a block after a write.

    Attributes
    ----------
    old : Node or None
        Content before, if that carries derivatives.
    value : Node or None
        What was written, if it carries derivatives.
    like : array or number
        Shape and dtype of what was written.
    """

    __slots__ = ("like", "old", "region", "value")

    def __init__(self, old: Node | None, region: Region, value: Node | None, like: Any) -> None:
        super().__init__(*[node for node in (old, value) if node is not None])
        self.old = old
        self.region = region
        self.value = value
        self.like = like

    def pull(self, g: Any, walk: Walk) -> None:
        walk.split(self, g)


# Of a cotangent the walk holds: nobody else refers to it; it also is a buffer of the block's geometry.
_OWNED, _BUFFER = 1, 2


class Walk:
    """One backward pass.

    Parameters
    ----------
    inputs : iterable of Node
        Where the cotangents are wanted; the walk goes no further.
    live : LiveArithmetic or None
        Arithmetic that is recorded itself.
    """

    def __init__(self, inputs: Iterable[Node], live: LiveArithmetic | None = None) -> None:
        self.inputs = set(inputs)
        self.live = live
        self.bars: dict[Node, Any] = {}
        self.owned: dict[Node, int] = {}
        # In an inner recording much of the graph may belong to the outer one; alone, all of it leads to the inputs.
        self._needed: set[Node] | None = None
        self._heap: list[tuple[int, Node]] = []

    def run(self, roots: Sequence[Node], seeds: Sequence[Any]) -> dict[Node, Any]:
        """Cotangents of the inputs, given those of the roots."""
        if self.live is not None:
            self._needed = self._leading(roots)
        for root, seed in zip(roots, seeds, strict=True):
            self.add(root, seed)
        bars, inputs, heap, owned = self.bars, self.inputs, self._heap, self.owned
        node: Any = None
        try:
            while heap:
                node = heappop(heap)[1]
                if node not in inputs:
                    node.pull(bars.pop(node), self)
                    owned.pop(node, None)
        except Exception as error:
            if isinstance(node, Call):
                debugging.failed(error, node.request)
            raise
        return bars

    def _leading(self, roots: Sequence[Node]) -> set[Node]:
        """The nodes from which one comes to the inputs."""
        oldest = min((node.order for node in self.inputs), default=0)
        seen = {node for node in roots if node.order >= oldest}
        stack = list(seen)
        while stack:
            node = stack.pop()
            if node not in self.inputs:
                new = [parent for parent in node.parents if parent not in seen and parent.order >= oldest]
                seen.update(new)
                stack.extend(new)
        needed: set[Node] = set()
        for node in sorted(seen, key=_by_order):
            if node in self.inputs or not needed.isdisjoint(node.parents):
                needed.add(node)
        return needed

    def wants(self, node: Node) -> bool:
        """Whether the cotangent of a node is of use."""
        return self._needed is None or node in self._needed

    def add(self, node: Node, g: Any) -> None:
        """Add to the cotangent of a node."""
        bars = self.bars
        old = bars.get(node)
        if old is None:
            if self._needed is None or node in self._needed:
                bars[node] = g
                heappush(self._heap, (-node.order, node))
        elif self.live is not None:
            bars[node] = self.live.add(old, g)
        elif type(old) is np.ndarray and old.ndim and node in self.owned and np.can_cast(g.dtype, old.dtype):
            old += g
        else:
            bars[node] = old + g
            self.owned[node] = _OWNED

    def put(self, node: Node, index: int, g: Any) -> None:
        """Set the cotangent of one of several outputs."""
        if not self.wants(node):
            return
        slots = self.bars.get(node)
        if slots is None:
            slots = self.bars[node] = [None] * node.outputs  # type: ignore[attr-defined]
            heappush(self._heap, (-node.order, node))
        old = slots[index]
        slots[index] = g if old is None else self.live.add(old, g) if self.live is not None else old + g

    def read(self, g: Any, region: Region) -> Any:
        """The cotangent of a region, out of that of its block."""
        if self.live is not None:
            return self.live.window(g, region)
        return region.read(region.geometry.buffer(g))

    def add_region(self, block: Node, region: Region, g: Any) -> None:
        """Add to a part of the cotangent of a block."""
        if not self.wants(block):
            return
        if self.live is not None:
            self.add(block, self.live.embed(g, region))
            return
        if block not in self.bars:
            self.add(block, region.geometry.zeros())
            self.owned[block] = _BUFFER
        region.add(self._buffer(block, region.geometry), g)

    def split(self, update: Update, g: Any) -> None:
        """Divide the cotangent of a block between what was written and what was there."""
        region, old, value = update.region, update.old, update.value
        if self.live is not None:
            if value is not None and self.wants(value):
                self.add(value, self.live.written(g, update))
            if old is not None and self.wants(old):
                self.add(old, self.live.cleared(g, region))
            return
        buffer = g if self.owned.get(update) == _BUFFER else region.geometry.buffer(g)
        if value is not None:
            part = region.read(buffer)
            last = region.last_writers()
            if last is not None:
                part = np.where(last, part, 0)
            self.add(value, project(part, update.like))
        if old is not None:
            region.clear(buffer)
            if old not in self.bars:
                self.owned[old] = _BUFFER
            self.add(old, buffer)

    def _buffer(self, block: Node, geometry: Geometry) -> Any:
        """The cotangent of a block as a buffer that may be written."""
        have = self.bars[block]
        if self.owned.get(block) != _BUFFER:
            have = self.bars[block] = geometry.buffer(have)
            self.owned[block] = _BUFFER
        return have


class LiveArithmetic:
    """What a recorded backward pass computes with; see ``live.py``."""

    add: Callable[[Any, Any], Any]
    copy: Callable[[Any], Any]
    window: Callable[[Any, Region], Any]
    embed: Callable[[Any, Region], Any]
    written: Callable[[Any, Update], Any]
    cleared: Callable[[Any, Region], Any]


def _by_order(node: Node) -> int:
    return node.order
