"""Operations that write into a tensor's memory, recorded."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from sys import getrefcount
from typing import Any
from weakref import ref

import numpy as np

from srcgrad.runtime.eager.dtypes import cast_error
from srcgrad.runtime.eager.graph import NEVER, Leaf, Node, Variant
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.runtime.eager.views import rebase

# What is written to, for whoever wants to know; of views the tensor they are views of.
written: ContextVar[list[ref[Tensor]] | None] = ContextVar("written", default=None)

__all__ = ["allow", "constant", "in_place", "overwrite", "retitled", "written"]


def allow(target: Tensor) -> None:
    """Raise if this tensor must not be written to; if it may, its node keeps a copy where PyTorch saves nothing."""
    value = target.value
    if not value.flags.writeable:
        raise RuntimeError(
            "unsupported operation: the memory of this tensor is read-only, or several of its elements are one "
            "memory location. Please clone() the tensor before performing the operation."
        )
    if value.size > 1 and any(s == 0 and n > 1 for s, n in zip(value.strides, value.shape, strict=True)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation."
        )
    mode = recording.get()
    more = target.more
    whole = target if more is None or more.base is None else more.base
    _spare(whole)
    noted = written.get()
    if noted is not None:
        noted.append(ref(whole))
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


# The nodes that PyTorch too lets save their own result: writing over it is an error when the walk comes there.
_KEEPS_RESULT = frozenset(
    f"{name}Backward{k}"
    for name in (  # noqa: SIM905
        "Amax Amin Cholesky Copysign Cumprod Det Elu Exp Exp2 Expm1 Inverse LinalgCholeskyEx LinalgDet LinalgEigh "
        "LinalgInvEx LinalgPinv LinalgQr LinalgSlogdet LinalgSolveEx LinalgSvd LinalgVectorNorm LogSoftmax "
        "Logcumsumexp Logsumexp Max Median Min Norm Pow Prod Reciprocal Relu Rsqrt Sigmoid Softmax Sqrt Std Tan "
        "Tanh Threshold"
    ).split()
    for k in range(3)
)


def _spare(target: Tensor) -> None:
    """Let the node of what is about to be written over keep a copy of it, if PyTorch's would not have saved it.

    A rule may read its own result where PyTorch's formula does not (a quotient): a program that PyTorch takes
    must not fail for that.
    """
    node = target.node
    if (
        node is None
        or not isinstance(node.saved, tuple)
        or node.name in _KEEPS_RESULT
        or node.variant is None
    ):
        return
    sources = node.variant.sources
    if -1 not in sources or not node.cells or node.stamp != sum(cell[0] for cell in node.cells):
        return
    watched = [source for source in sources if source is not None]
    if any(isinstance(source, tuple) for source in watched):
        return
    node.saved = tuple(
        item.copy() if source == -1 and isinstance(item, np.ndarray) else item
        for item, source in zip(node.saved, sources, strict=True)
    )
    node.cells = tuple(
        NEVER if source == -1 else cell for cell, source in zip(node.cells, watched, strict=True)
    )
    node.stamp = sum(cell[0] for cell in node.cells)


def _none(g: Any, saved: Any) -> tuple[Any]:
    return (np.zeros_like(g),)


def constant(old: Node, name: str) -> Node:
    """The node of constants written over a result: it stays in the graph, with a gradient of zero."""
    return Node(Variant(name, _none), (old,), (), (), 0, name)


def retitled(target: Tensor, old: str, new: str) -> Tensor:
    """The tensor, its node called otherwise if it has the old name."""
    if target.node is not None and target.node.name == old:
        target.node.name = new
    return target


def _constant_name(function: Callable[..., Any], args: tuple[Any, ...]) -> str:
    name = function.__name__
    if name.startswith("logical"):
        return "MulBackward0"
    which = 2 if name == "fill_" else int(bool(args) and isinstance(args[0], Tensor))
    return f"{name.removesuffix('_').capitalize()}Backward{which}"


def in_place(function: Callable[..., Tensor], target: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """``target[...] = function(target, ...)``, with `target` the same object at a new point of the graph."""
    allow(target)
    old = Tensor(target.value, target.source())
    new = function(old, *[old if arg is target else arg for arg in args], **kwargs)
    if _kept_inside(old.cell, new.node):
        # Not only the last node needs what is about to be written over.
        old = Tensor(target.value.copy(), old.node)
        new = function(old, *[old if arg is target else arg for arg in args], **kwargs)
    if new.value.shape != target.value.shape:
        raise RuntimeError(
            f"output with shape {list(target.shape)} doesn't match the broadcast shape {list(new.shape)}"
        )
    if new.node is None and old.node is not None and recording.get() > 0:
        kind = target.value.dtype
        new = Tensor(new.value.astype(kind, copy=False), constant(old.node, _constant_name(function, args)))
    return overwrite(target, new)


def _kept_inside(cell: list[int], node: Node | None) -> bool:
    """Whether nodes behind this one have saved the value of the tensor that a cell belongs to."""
    others = getrefcount(cell) - _ALONE
    return others > 0 and others > sum(each is cell for each in (node.cells if node is not None else ()))


def _alone(cell: list[int]) -> int:
    """What `getrefcount` says of a cell that only its tensor refers to, in the manner of `_kept_inside`."""
    return getrefcount(cell)


_sample = Tensor(np.empty(0))
_ALONE = _alone(_sample.cell)


_RANK = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}


def overwrite(target: Tensor, new: Tensor) -> Tensor:
    """Write what was computed out of place, and take over its history."""
    value = target.value
    if _RANK[new.value.dtype.kind] > _RANK[value.dtype.kind]:
        raise cast_error(new.value.dtype, value.dtype)
    if new.value.dtype != value.dtype:
        from srcgrad.runtime.eager.operands import cast

        name = new.node.name if new.node is not None else ""
        new = cast(new, value.dtype)
        if new.node is not None:
            new.node.name = name
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
