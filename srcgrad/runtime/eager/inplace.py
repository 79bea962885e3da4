"""Operations that write into a tensor's memory, recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import cast_error
from srcgrad.runtime.eager.graph import Leaf, Node
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.runtime.eager.views import rebase

__all__ = ["allow", "in_place", "overwrite"]


def allow(target: Tensor) -> None:
    """Raise if this tensor must not be written to."""
    value = target.value
    if value.size > 1 and any(s == 0 and n > 1 for s, n in zip(value.strides, value.shape, strict=True)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation."
        )
    mode = recording.get()
    more = target.more
    if more is not None and more.inference and mode >= 0:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone "
            "to get a "
            "normal tensor before doing inplace update."
        )
    if mode <= 0:
        return
    node = target.source()
    if isinstance(node, Leaf):
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    if more is None or more.base is None:
        return
    if isinstance(more.base.node, Leaf):
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation."
        )
    if more.multiple and more.base.node is not None:
        raise RuntimeError(
            f"Output 0 of {node.name if node else 'a view'} is a view and is being modified inplace. This "
            f"view is "
            "the output of a function that returns multiple views. Such functions do not allow the output "
            "views to "
            "be modified inplace. You should replace the inplace operation by an out-of-place one."
        )
    if more.quiet and more.base.node is not None:
        raise RuntimeError(
            "A view was created in no_grad mode and is being modified inplace with grad mode enabled. "
            "Given that "
            "this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
            "moving both "
            "the view and the inplace either both inside the no_grad block (if you don't want the inplace "
            "to be "
            "tracked) or both outside (if you want the inplace to be tracked)."
        )


def in_place(function: Callable[..., Tensor], target: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """``target[...] = function(target, ...)``, with `target` the same object at a new point of the graph."""
    allow(target)
    old = Tensor(target.value, target.source())
    args = tuple(old if arg is target else arg for arg in args)
    new = function(old, *args, **kwargs)
    if new.value.shape != target.value.shape:
        raise RuntimeError(
            f"output with shape {list(target.shape)} doesn't match the broadcast shape {list(new.shape)}"
        )
    return overwrite(target, new)


_RANK = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}


def overwrite(target: Tensor, new: Tensor) -> Tensor:
    """Write what was computed out of place, and take over its history."""
    value = target.value
    if _RANK[new.value.dtype.kind] > _RANK[value.dtype.kind]:
        raise cast_error(new.value.dtype, value.dtype)
    if new.value.dtype != value.dtype:
        from srcgrad.runtime.eager.fast import cast

        new = cast(new, value.dtype)
    node = new.node
    result = _settle(node, target, new) if node is not None else False
    value[...] = new.value
    rebase(target, node, recording.get() > 0)
    if result:
        assert node is not None
        node.stamp = sum(cell[0] for cell in node.cells)
    return target


def _settle(node: Node, target: Tensor, new: Tensor) -> bool:
    """Let the node save copies of what is about to be written over; True if it saves the result itself."""
    saved = node.saved
    if not isinstance(saved, tuple):
        return False
    value = target.value
    result = False
    kept = []
    for item in saved:
        if item is value and isinstance(item, np.ndarray):
            item = item.copy()
        elif item is new.value:
            item, result = value, True
        kept.append(item)
    node.saved = tuple(kept)
    if result:
        node.cells = tuple(target.cell if cell is new.cell else cell for cell in node.cells)
    return result
