"""The walk back through a graph: each node once, newest first, with the total of its cotangent.

Neither running nor dropping a graph recurses.  Saved values are freed as the walk passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush, heappushpop
from sys import getrefcount
from typing import Any

import numpy as np

from srcgrad.runtime.eager.graph import NEVER, Leaf, Node, Pick

__all__ = ["FREED", "Freed", "Overwritten", "backward", "overwritten", "reaching"]

_ndarray = np.ndarray


class Overwritten(RuntimeError):
    """A saved value was written over between the forward and the backward pass."""


class Freed(RuntimeError):
    """The saved values of a node were given up by an earlier backward pass."""


def reaching(roots: Iterable[Node], targets: set[Node]) -> set[Node]:
    """The nodes from which a walk from the roots arrives at one of the targets."""
    oldest = max((node.order for node in targets), default=1)
    seen = {node for node in roots if node.order <= oldest}
    stack = list(seen)
    while stack:
        for edge in stack.pop().edges:
            if edge is not None and edge.order <= oldest and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    needed: set[Node] = set()
    for node in sorted(seen, key=_order, reverse=True):
        if node in targets or not needed.isdisjoint(node.edges):
            needed.add(node)
    return needed


def _order(node: Node) -> int:
    return node.order


def variables(node: Node, wrap: Callable[[Any, Node | None], Any], saved: Any) -> tuple[Any, ...]:
    """The saved values as variables again, so that what is computed from them is recorded."""
    assert node.variant is not None
    cells = iter(node.cells)

    def again(value: Any, source: Any) -> Any:
        if source is None:
            return value
        if isinstance(source, tuple):
            return [again(item, at) for item, at in zip(value, source, strict=True)]
        cell = next(cells, NEVER)
        if isinstance(value, (list, tuple)) and source == -1:
            outputs = enumerate(value)
            return [p if type(p) is int else wrap(p, Pick(node, k, len(value))) for k, p in outputs]
        if not isinstance(value, (_ndarray, np.generic)):
            return value
        made = wrap(value, None if source == -2 else node if source == -1 else node.edges[source])
        made.cell = cell
        return made

    sources = node.variant.sources
    if not sources:
        return saved  # type: ignore[no-any-return]
    return tuple(again(value, source) for value, source in zip(saved, sources, strict=True))


def backward(
    roots: Sequence[Node],
    seeds: Sequence[Any],
    *,
    inputs: Sequence[Node] | None = None,
    retain: bool = False,
    wrap: Callable[[Any, Node | None], Any] | None = None,
    deliver: Callable[[Leaf, Any, bool], None] | None = None,
    failed: Callable[[Node, BaseException | Sequence[Any]], None] | None = None,
) -> list[Any]:
    """Walk from the roots to the leaves.

    Parameters
    ----------
    roots, seeds
        Nodes, and the cotangent to start with at each (values; variables when `wrap` is given).
    inputs
        The nodes whose cotangents are wanted.  Only what leads to them runs, nothing is delivered to
        leaves, and the walk does not go past an input unless another input lies behind.
    retain
        Keep the saved values, so that the graph can be walked again.
    wrap
        ``wrap(value, node)`` makes a variable: then the backward pass is itself recorded.
    deliver
        ``deliver(leaf, g, alone)`` is called with the total for each leaf; `alone` says that nobody else
        refers to the array.
    failed
        Told of an exception and of each node's results, for anomaly detection.

    Returns
    -------
    list
        The cotangents of `inputs`, None where there is no path.
    """
    wanted: dict[Node, Any] = dict.fromkeys(inputs or ())
    needed = reaching(roots, set(wanted)) if inputs is not None else None
    walk = _Walk(retain, wrap, failed, wanted, needed)
    for node, seed in zip(roots, seeds, strict=True):
        if needed is None or node in needed:
            walk.add(node, seed)
    seed = None
    del seed, seeds
    walk.run()
    leaves = walk.leaves
    for leaf in sorted(leaves, key=_order):
        g = leaves.pop(leaf)
        alone = getrefcount(g) == _SOLE
        if leaf.hooks is not None:
            g = leaf.hooks.total(g)
        if leaf in wanted:
            wanted[leaf] = g
        elif deliver is not None:
            deliver(leaf, g, alone)
    return [wanted[node] for node in inputs or ()]


def _sole() -> int:
    """What `getrefcount` says of an array that nobody else refers to, in the manner of `backward`."""
    leaves = {0: np.empty(1)}
    for leaf in sorted(leaves):
        g = leaves.pop(leaf)
        found = getrefcount(g)
    return found


_SOLE = _sole()


class _Walk:
    """A backward pass on its way.

    Attributes
    ----------
    totals : dict
        The cotangents of pending nodes, as far as known.
    heap : list of (order, node)
        The pending nodes, newest first.  Leaves wait outside, till the end.
    owned : set
        Nodes whose total is an array that an addition here made, so that more can be added in place.
    """

    __slots__ = ("failed", "heap", "leaves", "needed", "owned", "retain", "totals", "wanted", "wrap")

    def __init__(
        self, retain: bool, wrap: Any, failed: Any, wanted: dict[Node, Any], needed: set[Node] | None
    ) -> None:
        self.retain = retain
        self.wrap = wrap
        self.failed = failed
        self.wanted = wanted
        self.needed = needed
        self.totals: dict[Node, Any] = {}
        self.leaves: dict[Leaf, Any] = {}
        self.heap: list[tuple[int, Node]] = []
        self.owned: set[Node] = set()

    def add(self, node: Node, part: Any) -> None:
        """Add a contribution to a node's cotangent."""
        totals: dict[Any, Any] = self.leaves if type(node) is Leaf else self.totals
        total = totals.get(node)
        if total is None:
            totals[node] = part
            if totals is self.totals:
                heappush(self.heap, (node.order, node))
        elif type(total) is list:
            pairs = zip(total, part, strict=True)
            totals[node] = [b if a is None else a if b is None else a + b for a, b in pairs]
        elif node in self.owned:
            np.add(total, part, total)
        else:
            totals[node] = total = total + part
            # The sum is ours: what comes next is added in place, unless that is to be recorded.
            if type(total) is _ndarray and self.wrap is None:
                self.owned.add(node)

    def pick(self, node: Pick, g: Any) -> None:
        """Hand the cotangent of one output to the node of all."""
        parent = node.edges[0]
        slots = self.totals.get(parent)
        if slots is None:
            self.totals[parent] = slots = [None] * node.size
            heappush(self.heap, (parent.order, parent))
        # An output that was saved has come back as a pick of its own.
        known = slots[node.index]
        slots[node.index] = g if known is None else known + g

    def pull(self, node: Node, g: Any) -> Sequence[Any]:
        """The cotangents of a node's inputs."""
        assert node.variant is not None
        saved = self.checked(node) if self.wrap is None else variables(node, self.wrap, self.checked(node))
        if self.failed is not None:
            parts = self.watched(node, g, saved)
        else:
            parts = node.variant.run(g, saved) if self.wrap is None else node.variant.rerun(g, saved)
        if node.hooks is not None and node.hooks.after:
            parts = node.hooks.parts(parts, g)
        if node.cells and not self.retain:
            node.saved = None
        return parts

    def checked(self, node: Node) -> Any:
        """The saved values, if they are still there and what they were."""
        if node.saved is None:
            raise Freed(FREED)
        stamp = sum([cell[0] for cell in node.cells])
        if stamp != node.stamp:
            raise Overwritten(_overwritten(node, stamp))
        return node.saved

    def watched(self, node: Node, g: Any, saved: Any) -> Sequence[Any]:
        """The same, telling of what goes wrong."""
        assert node.variant is not None and self.failed is not None
        try:
            parts = node.variant.run(g, saved) if self.wrap is None else node.variant.rerun(g, saved)
        except Exception as error:
            self.failed(node, error)
            raise
        self.failed(node, parts)
        return parts

    def run(self) -> None:
        """Run all that is pending."""
        heap, totals, needed, wanted = self.heap, self.totals, self.needed, self.wanted
        leaves, owned, add, retain = self.leaves, self.owned, self.add, self.retain
        simple = self.wrap is None and self.failed is None and needed is None
        while heap:
            node = heappop(heap)[1]
            g = totals.pop(node)
            while True:
                variant = node.variant
                if simple and variant is not None and node.hooks is None:
                    # The common case, written out: this is where the time goes.
                    cells = node.cells
                    saved = node.saved
                    if cells and saved is not None:
                        if len(cells) == 1:
                            stamp = cells[0][0]
                        else:
                            stamp = 0
                            for cell in cells:
                                stamp += cell[0]
                        if stamp != node.stamp:
                            raise Overwritten(_overwritten(node, stamp))
                        parts = variant.run(g, saved)
                        if not retain:
                            node.saved = saved = None
                    elif saved is None:
                        raise Freed(FREED)
                    else:
                        parts = variant.run(g, saved)
                    edges = node.edges
                    if len(edges) == 1:
                        edge = edges[0]
                        part = parts[0]
                        if (
                            part is not None
                            and edge.variant is not None
                            and (not totals or edge not in totals)
                        ):
                            if heap and heap[0][0] < edge.order:
                                totals[edge] = part
                                node = heappushpop(heap, (edge.order, edge))[1]
                                g = totals.pop(node)
                            else:
                                node = edge
                                g = part
                            continue
                else:
                    if node.hooks is not None:
                        g = node.hooks.total(g)
                    if needed is not None and node in wanted:
                        wanted[node] = g
                        if needed.isdisjoint(node.edges):
                            break
                    if variant is None:
                        self.pick(node, g)  # type: ignore[arg-type]
                        break
                    parts = self.pull(node, g)
                    edges = node.edges
                following = None
                for edge, part in zip(edges, parts, strict=True):
                    if part is None or edge is None or (needed is not None and edge not in needed):
                        continue
                    if following is None and edge.variant is not None and edge not in totals:
                        following, g = edge, part
                    elif edge is following:
                        # A second use by the same node, such as x * x.
                        g = g + part
                    elif edge in owned and type(edge) is Leaf:
                        total = leaves[edge]
                        np.add(total, part, total)
                    else:
                        add(edge, part)
                part = parts = None  # type: ignore[assignment]
                if following is None:
                    break
                if heap and heap[0][0] < following.order:
                    totals[following] = g
                    node = heappushpop(heap, (following.order, following))[1]
                    g = totals.pop(node)
                else:
                    node = following
            g = None


FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have "
    "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
    "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or "
    "if you need to access saved tensors after calling backward."
)


def _overwritten(node: Node, stamp: int) -> str:
    value = next((value for value in node.saved if isinstance(value, _ndarray)), None)
    cells = {id(cell): cell for cell in node.cells}
    now = max(cell[0] for cell in cells.values())
    uses = max(1, len(node.cells) // len(cells))
    return overwritten(node.name, value, now, max(0, now - (stamp - node.stamp) // uses))


def overwritten(name: str, value: Any, now: int, expected: int) -> str:
    """The message for a saved value that was written over."""
    described = (
        f"[torch.{value.dtype.name} tensor {list(value.shape)}]" if isinstance(value, _ndarray) else "a value"
    )
    return (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"{described}, which is saved by {name}, is at version {now}; expected version {expected} "
        f"instead. Hint: "
        "enable anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True)."
    )
