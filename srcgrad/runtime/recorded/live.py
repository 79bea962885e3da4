"""The arithmetic of a backward pass that is recorded itself, out of place."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.rules.helpers import project
from srcgrad.runtime.recorded.apply import node_of, plain, wrap
from srcgrad.runtime.recorded.memory import Memory
from srcgrad.runtime.recorded.recorded_values import RecordedArray, hooks
from srcgrad.runtime.recorded.recording import Embed, LiveArithmetic, Update, Window
from srcgrad.runtime.recorded.regions import Region

__all__ = ["LIVE"]


class _Live(LiveArithmetic):
    """Recorded values in, recorded values out."""

    def add(self, a: Any, b: Any) -> Any:
        return hooks.binary["Add"](a, b)

    def copy(self, g: Any) -> Any:
        """A copy that may be written."""
        node = node_of(g)
        made = np.array(plain(g))
        return made if node is None else RecordedArray(made, Memory(node))

    def window(self, g: Any, region: Region) -> Any:
        value = region.read(region.geometry.buffer(plain(g)))
        node = node_of(g)
        return value if node is None else wrap(value, Window(node, region))

    def embed(self, g: Any, region: Region) -> Any:
        value = region.geometry.zeros()
        region.add(value, plain(g))
        node = node_of(g)
        return value if node is None else _block(value, Embed(node, region))

    def cleared(self, g: Any, region: Region) -> Any:
        value = region.geometry.buffer(plain(g))
        region.clear(value)
        node = node_of(g)
        return value if node is None else _block(value, Update(node, region, None, 0.0))

    def written(self, g: Any, update: Update) -> Any:
        part = self.window(g, update.region)
        last = update.region.last_writers()
        if last is not None:
            part = hooks.binary["Mult"](part, last)
        return hooks.call(project, part, update.like)


def _block(value: Any, node: Any) -> RecordedArray:
    # The buffer may be a transposed view of its memory, which is nobody else's.
    return RecordedArray(value if value.base is None else value.copy(), Memory(node))


LIVE = _Live()
