"""Blocks of ``insert_grad_of`` in recorded programs."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.errors import UnsupportedError
from srcgrad.runtime.recorded.apply import lift, plain
from srcgrad.runtime.recorded.cleaning import cleaned
from srcgrad.runtime.recorded.dispatch import HANDLERS, call
from srcgrad.runtime.recorded.forms import stand_in
from srcgrad.runtime.recorded.memory import Session, state
from srcgrad.runtime.recorded.recorded_values import Recorded, RecordedArray, RecordedScalar
from srcgrad.runtime.recorded.recording import Node, Walk
from srcgrad.runtime.recorded.whereabouts import noted
from srcgrad.runtime.surgery import adjoint_of, insert_grad_of
from srcgrad.runtime.sweeps import copy_of

__all__: list[str] = []


class Inserted(Node):
    """The value of a variable after a block: the same, but the cotangent goes through the block.

    Attributes
    ----------
    body : callable
        The block as a function of the adjoint and of what it reads.
    reads : list
        What it reads, as it was there; arrays are copies.
    like : array or number
        Shape and dtype of the variable.
    start : int
        Age of the recording that the block belongs to. To the derivative of that derivative, it is none.
    """

    __slots__ = ("body", "like", "reads", "start")

    def __init__(self, parent: Node, body: Any, reads: list[Any], like: Any) -> None:
        super().__init__(parent)
        self.body = body
        self.reads = reads
        self.like = like
        self.start = state.session.starts[-1] if state.session is not None and state.session.starts else 0

    def pull(self, g: Any, walk: Walk) -> None:
        parent = self.parents[0]
        if any(node.order < self.start for node in walk.inputs):
            walk.add(parent, g)
            return
        if walk.live is not None:
            walk.add(
                parent,
                adjoint_of(
                    call(self.body, walk.live.copy(g) if isinstance(g, RecordedArray) else g, *self.reads),
                    self.like,
                ),
            )
            return
        before, state.session = state.session, Session()
        try:
            left = call(self.body, np.array(g)[()], *[copy_of(plain(value)) for value in self.reads])
            made = cleaned(left)
        finally:
            state.session.close()
            state.session = before
        walk.add(parent, adjoint_of(made, self.like))


def _at(x: Any, body: Any, *reads: Any) -> Any:
    x = lift(x)
    if not isinstance(x, Recorded):
        if isinstance(x, (list, tuple, dict)):
            raise noted(UnsupportedError("insert_grad_of a container", way_out="use a number or an array"))
        return x
    parent = x.source()
    if parent is None:
        return x
    kept = [call(np.copy, value) if isinstance(plain(value), np.ndarray) else value for value in reads]
    node = Inserted(parent, body, kept, stand_in(x.value))
    if isinstance(x, RecordedScalar):
        return RecordedScalar(x.value, node)
    assert isinstance(x, RecordedArray)
    x.memory.after_write(x.memory.region(x.value), node, x.value)  # what is there now is the same numbers
    return x


HANDLERS[insert_grad_of.at] = _at
