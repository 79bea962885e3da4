"""Nodes of the graph of a recorded program.

The graph and the walk through it (`walk`) know nothing of tensors.  Two kinds of variables stand on them: the
eager ``Tensor``, with PyTorch's semantics, and `plain.Plain`, with NumPy's, which the rules' own text runs on
when a backward pass is itself recorded.

What a kind of variable supplies
    A subclass of `Variable`: ``value`` (an array or a number), ``node`` (the `Node` that made it,
    a `Leaf` if gradients are wanted for it itself, or None), ``cell`` (``[count]``, shared by all
    variables over one memory; whoever overwrites that memory adds one to it).

What the graph keeps
    A `Node` an operation: ``edges`` to the nodes of exactly those inputs that want a gradient, ``saved``
    values *by reference* (never the variables themselves: no reference cycle can arise), the ``cells`` of
    those values and the ``stamp`` (the sum of their counts; counts only grow, so equal sums mean that
    nothing was overwritten).  ``variant`` is shared by all nodes of one kind: ``variant.run(g, saved)``
    returns one cotangent an edge.

    A node has one output.  An operation with several outputs is one node whose cotangent is a list, and a
    `Pick` for each output.  A node is newer than its inputs: ``order`` falls with time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any
from weakref import ref

__all__ = ["NEVER", "Hooks", "Leaf", "Node", "Pick", "Variable", "Variant", "next_order"]

#: The order of a new node: falls with time.
next_order = count(0, -1).__next__
# Told of each new node while anomalies are being looked for.
trace: Callable[[Any], None] | None = None
# The cell of what nobody overwrites.
NEVER: list[int] = [0]


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
        For each saved value, the edge it came in by; -1 for the node's own output; -2 for what may be
        a variable without gradient; None for what is not read; a tuple of such for a saved sequence.  A recorded
        backward pass makes variables of them again.  A node has no cells, or one for each source that is
        not None, in order.
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
        self.order = next_order()
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
