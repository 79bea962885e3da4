"""The graph of a recorded program, and the walk back through it.

The engine knows nothing of tensors.  Two kinds of variables stand on it: the eager ``Tensor``, with PyTorch's
semantics, and `plain.Plain`, with NumPy's, which the rules' own text runs on when a backward pass is recorded.

What a kind of variable supplies
    A subclass of `Variable`: ``value`` (an array or a number), ``node`` (the `Node` that made it,
    a `Leaf` if gradients are wanted for it itself, or None), ``cell`` (``[count]``, shared by all
    variables over one memory; whoever overwrites that memory adds one to it).

What the engine keeps
    A `Node` an operation: ``edges`` to the nodes of exactly those inputs that want a gradient, ``saved``
    values *by reference* (never the variables themselves: no reference cycle can arise), the ``cells`` of
    those values and the ``stamp`` (the sum of their counts; counts only grow, so equal sums mean that
    nothing was overwritten).  ``variant`` is shared by all nodes of one kind: ``variant.run(g, saved)``
    returns one cotangent an edge.

    A node has one output.  An operation with several outputs is one node whose cotangent is a list, and a
    `Pick` for each output.

    A node is newer than its inputs (``order`` falls with time), so the walk takes the newest pending node
    from a heap: each node runs once, with the total of its cotangent.  Neither running nor dropping a
    graph recurses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Any
from weakref import ref

import numpy as np

__all__ = ["NEVER", "Freed", "Hooks", "Leaf", "Node", "Overwritten", "Pick", "Variable", "Variant", "backward"]

_orders = count(0, -1)
# Told of each new node while anomalies are being looked for.
trace: Callable[[Any], None] | None = None
_ndarray = np.ndarray
# The cell of what nobody overwrites.
NEVER: list[int] = [0]


class Overwritten(RuntimeError):
    """A saved value was written over between the forward and the backward pass."""


class Freed(RuntimeError):
    """The saved values of a node were given up by an earlier backward pass."""


class Variable:
    """A value that flows through a recorded program, and the node that made it."""

    __slots__ = ("cell", "node", "value")

    value: Any
    node: Node | None
    cell: list[int]

    def source(self) -> Node | None:
        """The node that a use of this variable records as its edge."""
        return self.node



class Variant:
    """What all nodes of one kind share: how their cotangent is pulled back.

    Attributes
    ----------
    run : callable
        ``run(g, saved)`` returns a tuple with one cotangent an edge (None for none).
    sources : tuple
        For each saved value, the edge it came in by; -1 for the node's own output; -2 for a variable without
        gradient; None for what is no variable; a tuple of such for a saved sequence.  A recorded backward pass
        makes variables of them again.  A node has no cells, or one for each source that is not None, in order.
    rerun : callable
        The same over variables, for a backward pass that is recorded.
    name : str
        For people.
    """

    __slots__ = ("name", "rerun", "run", "sources")

    def __init__(
        self,
        name: str,
        run: Callable[[Any, Any], Sequence[Any]],
        sources: tuple[Any, ...] = (),
        rerun: Callable[[Any, Any], Sequence[Any]] | None = None,
    ) -> None:
        self.name = name
        self.run = run
        self.sources = sources
        self.rerun = rerun or run


class Hooks:
    """What is to happen when the walk meets a node."""

    __slots__ = ("after", "before", "retain")

    def __init__(self) -> None:
        # On the total cotangent: each may return a replacement.
        self.before: dict[int, Callable[[Any], Any]] = {}
        # With (cotangents of the inputs, cotangent): may return replacements.
        self.after: dict[int, Callable[[Any, Any], Any]] = {}
        # What is left after the hooks, for whoever wants to see it.
        self.retain: Callable[[Any], None] | None = None

    def total(self, g: Any) -> Any:
        """The cotangent after the hooks."""
        for hook in list(self.before.values()):
            g = hook(g)
        if self.retain is not None:
            self.retain(g)
        return g

    def parts(self, parts: Sequence[Any], g: Any) -> Sequence[Any]:
        """The inputs' cotangents after the hooks."""
        for hook in list(self.after.values()):
            parts = hook(parts, g)
        return parts


class Node:
    """One recorded operation."""

    __slots__ = (
        "__weakref__", "cells", "edges", "hooks", "name", "order", "saved", "stamp", "variant",
    )  # fmt: skip

    variant: Variant | None
    edges: tuple[Any, ...]
    saved: Any
    cells: tuple[list[int], ...]
    hooks: Hooks | None

    def __init__(
        self,
        variant: Variant | None,
        edges: tuple[Any, ...],
        saved: Any,
        cells: tuple[list[int], ...],
        stamp: int,
        name: str,
    ) -> None:
        self.variant = variant
        self.edges = edges
        self.saved = saved
        self.cells = cells
        self.stamp = stamp
        self.name = name
        self.hooks = None
        self.order = next(_orders)
        if trace is not None:
            trace(self)

    def __repr__(self) -> str:
        return f"<{self.name} node>"

    def hooked(self) -> Hooks:
        """The hooks, to add one."""
        if self.hooks is None:
            self.hooks = Hooks()
        return self.hooks


class Leaf(Node):
    """Where gradients arrive.  The owner is not kept alive by the graph."""

    __slots__ = ("owner",)

    def __init__(self, owner: Variable | None = None, name: str = "leaf") -> None:
        super().__init__(None, (), (), (), 0, name)
        self.owner: Callable[[], Any] = ref(owner) if owner is not None else _nobody


def _nobody() -> None:
    return None


class Pick(Node):
    """One output of a node that has several."""

    __slots__ = ("index", "size")

    def __init__(self, parent: Node, index: int, size: int) -> None:
        super().__init__(None, (parent,), (), (), 0, parent.name)
        self.index = index
        self.size = size


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


def variables(node: Node, wrap: Callable[[Any, Node | None], Any]) -> tuple[Any, ...]:
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
            return [wrap(part, Pick(node, k, len(value))) for k, part in enumerate(value)]
        if not isinstance(value, (_ndarray, np.generic)):
            return value
        made = wrap(value, None if source == -2 else node if source == -1 else node.edges[source])
        made.cell = cell
        return made

    sources = node.variant.sources
    if not sources:
        return node.saved  # type: ignore[no-any-return]
    return tuple(again(value, source) for value, source in zip(node.saved, sources, strict=True))


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
        ``deliver(leaf, g, owned)`` is called with the total for each leaf; `owned` says that nobody else
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
    totals: dict[Node, Any] = {}
    heap: list[tuple[int, Node]] = []
    owned: set[Node] = set()

    for node, seed in zip(roots, seeds, strict=True):
        if needed is None or node in needed:
            _add(totals, heap, owned, node, seed, wrap is None)

    while heap:
        node = heappop(heap)[1]
        g = totals.pop(node)
        while True:
            if node.hooks is not None:
                g = node.hooks.total(g)
            if needed is not None and node in wanted:
                wanted[node] = g
                if needed.isdisjoint(node.edges):
                    break
            variant = node.variant
            if variant is None:
                if type(node) is Pick:
                    parent = node.edges[0]
                    slots = totals.get(parent)
                    if slots is None:
                        totals[parent] = slots = [None] * node.size
                        heappush(heap, (parent.order, parent))
                    slots[node.index] = g
                elif deliver is not None:
                    deliver(node, g, node in owned)  # type: ignore[arg-type]
                break
            saved = node.saved
            if saved is None:
                raise Freed(FREED)
            cells = node.cells
            if cells:
                stamp = 0
                for cell in cells:
                    stamp += cell[0]
                if stamp != node.stamp:
                    raise Overwritten(_overwritten(node, stamp))
            try:
                if wrap is None:
                    parts = variant.run(g, saved)
                else:
                    parts = variant.rerun(g, variables(node, wrap))
            except Exception as error:
                if failed is not None:
                    failed(node, error)
                raise
            if failed is not None:
                failed(node, parts)
            if node.hooks is not None and node.hooks.after:
                parts = node.hooks.parts(parts, g)
            if not retain and cells:
                node.saved = None
                # Free the arrays now, not when the next node has run.
                saved = None
            edges = node.edges
            if len(edges) == 1 and not heap and needed is None and parts[0] is not None:
                # A chain: the one input is the next to run.
                node = edges[0]
                g = parts[0]
                continue
            for edge, part in zip(edges, parts, strict=True):
                if part is None or edge is None or (needed is not None and edge not in needed):
                    continue
                total = totals.get(edge)
                if total is None:
                    totals[edge] = part
                    heappush(heap, (edge.order, edge))
                else:
                    _add(totals, heap, owned, edge, part, wrap is None)
            parts = g = None  # type: ignore[assignment]
            break
    return [wanted[node] for node in inputs or ()]


def _add(
    totals: dict[Node, Any],
    heap: list[tuple[int, Node]],
    owned: set[Node],
    node: Node,
    part: Any,
    plain: bool,
) -> None:
    """Add a contribution: in place only into memory that an earlier addition here made."""
    total = totals.get(node)
    if total is None:
        totals[node] = part
        heappush(heap, (node.order, node))
    elif isinstance(total, list):
        totals[node] = [b if a is None else a if b is None else a + b for a, b in zip(total, part, strict=True)]
    elif plain and node in owned and total.dtype == part.dtype:
        np.add(total, part, out=total)
    else:
        totals[node] = total = total + part
        if plain and type(total) is _ndarray:
            owned.add(node)


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
    described = f"[torch.{value.dtype.name} tensor {list(value.shape)}]" if isinstance(value, _ndarray) else "a value"
    return (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"{described}, which is saved by {name}, is at version {now}; expected version {expected} instead. Hint: "
        "enable anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True)."
    )
