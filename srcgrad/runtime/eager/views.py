"""Views: several tensors over one memory, one graph.

A view remembers its base (never itself a view) and the steps that lead from the base to it.  When memory
is written through any of them, the base gets a new node, and every view makes itself a new node out of the
base's when it is next used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime.eager.fast import first
from srcgrad.runtime.eager.graph import Leaf, Node, Variable, Variant
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.record import record
from srcgrad.runtime.eager.tensor import More, Tensor

__all__ = ["Step", "attach", "follow", "rebase", "regenerate", "same_memory", "share", "view"]

# One step from a base to a view: operation, further arguments, keyword arguments, name of the node.
Step = tuple[Any, tuple[Any, ...], dict[str, Any], str]


def same_memory(a: Any, b: Any) -> bool:
    """Whether two arrays are over the same allocation."""
    return _owner(a) is _owner(b)


def _owner(array: Any) -> Any:
    while type(array) is np.ndarray:
        base = array.base
        if base is None:
            break
        array = base
    return array


def view(op: Any, x: Tensor, *args: Any, name: str, compute: Any = None, **kwargs: Any) -> Tensor:
    """Apply an operation whose result may share the memory of its first argument."""
    if kwargs:
        made: Tensor = record(op, (x, *args), kwargs, Tensor, recording=recording.get() > 0, name=name)
    else:
        made = first(op, x, args, name, compute)
    if same_memory(made.value, x.value):
        _writable(made.value, x.value)
        attach(made, x, (op, args, kwargs, name))
    return made


def attach(made: Tensor, x: Tensor, step: Step, *, multiple: bool = False) -> None:
    """Note that a new tensor is a view of another one."""
    made.cell = x.cell
    more = made.more = More()
    known = x.more
    if known is not None and known.base is not None:
        more.base = known.base
        more.steps = (*known.steps, step)
    else:
        more.base = x
        more.steps = (step,)
    more.seen = x.cell[0]
    more.multiple = multiple
    more.inference = more.base.more is not None and more.base.more.inference
    more.turns = _turns(more.base)
    more.quiet = recording.get() <= 0 and x.source() is not None


def _writable(part: Any, whole: Any) -> None:
    # NumPy hands out diagonals read-only for historical reasons; they are views like any other.  So are parts of
    # expanded arrays whose elements are again memory locations of their own.
    if part.flags.writeable or (0 in part.strides and part.size):
        return
    if whole.flags.writeable or (0 in whole.strides and _owner(whole).flags.writeable):
        part.flags.writeable = True


def share(result: Any, op: Any, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Note of what a function of NumPy returned which parts are views of its first argument."""
    if isinstance(result, (tuple, list)):
        for part in result:
            if isinstance(part, Tensor) and same_memory(part.value, x.value):
                attach(part, x, (_lost, (op,), {}, op.__name__), multiple=True)
    elif isinstance(result, Tensor) and result is not x and same_memory(result.value, x.value):
        name = result.node.name if result.node is not None else op.__name__
        _writable(result.value, x.value)
        attach(result, x, (op, args, kwargs, name))


def _lost(array: Any, op: Any) -> Any:
    raise RuntimeError(
        f"a part that numpy.{op.__name__} made of a tensor is used after the tensor was written in place: take the "
        "parts again, or by indexing"
    )


def _take(array: Any, steps: tuple[Step, ...]) -> Any:
    for op, args, kwargs, _ in steps:
        part = op(array, *args, **kwargs)
        _writable(part, array)
        array = part
    return array


def _turns(base: Tensor) -> int:
    return base.more.turns if base.more is not None else 0


def _unturned(more: More) -> None:
    """Raise if the base no longer has the shape that the steps to the view begin at."""
    assert more.base is not None
    if more.turns != _turns(more.base):
        raise RuntimeError(
            "a view of a tensor that has since been given another shape in place (by squeeze_, unsqueeze_, transpose_ "
            "or t_) cannot be followed: take the view again, or use the operation that is not in place"
        )


def follow(tensor: Tensor, steps: tuple[Step, ...]) -> Tensor:
    """The view that the steps lead to, recorded."""
    for op, args, kwargs, name in steps:
        if op is _lost:
            _lost(tensor, *args)
        tensor = view(op, tensor, *args, name=name, **kwargs)
    return tensor


def regenerate(tensor: Tensor, more: More) -> None:
    """Give a view the node that belongs to the present contents of its base."""
    assert more.base is not None
    more.seen = tensor.cell[0]
    if more.quiet:
        return
    if more.base.node is not None:
        _unturned(more)
    if more.base.node is None:
        if tensor.node is not None and not isinstance(tensor.node, Leaf):
            tensor.node = None
        return
    before = recording.set(1)
    try:
        tensor.node = follow(more.base, more.steps).node
        if tensor.node is not None and tensor.value.dtype == more.base.value.dtype:
            tensor.node.name = "AsStridedBackward0"
    finally:
        recording.reset(before)


def _slices_back(g: Any, saved: Any) -> list[Any]:
    steps, kinds = saved
    if isinstance(g, Variable):
        from srcgrad.runtime.eager.plain import as_plain, as_tensor

        whole = as_tensor(g)
        return [as_plain(_region(whole, steps) if kind else _without(whole, steps)) for kind in kinds]
    return [_region(g, steps) if kind else _without(g, steps) for kind in kinds]


def _region(g: Any, steps: tuple[Step, ...]) -> Any:
    if isinstance(g, Tensor):
        return follow(g, steps).clone()
    return np.array(_take(g, steps))


def _without(g: Any, steps: tuple[Step, ...]) -> Any:
    if isinstance(g, Tensor):
        rest = g.clone()
        follow(rest, steps).zero_()
        return rest
    # In C order: a view of the copy has to be a view.
    rest = np.array(g, order="K", copy=True)
    part = _take(rest, steps)
    if not same_memory(part, rest):
        rest = np.array(g, order="C", copy=True)
        part = _take(rest, steps)
    part[...] = 0
    return rest


_SLICES = Variant("CopySlices", _slices_back)


def rebase(target: Tensor, node: Node | None, wanted: bool) -> None:
    """Make `node` the history of a tensor whose memory has just been overwritten.

    Parameters
    ----------
    target : Tensor
        What was written.
    node : Node or None
        The node of the new contents; None for constants.
    wanted : bool
        Recording is on.
    """
    more = target.more
    target.cell[0] += 1
    if not wanted:
        return
    if more is None or more.base is None:
        _move_retained(target, target.node, node)
        target.node = node
        return
    base = more.base
    old = base.node
    edges = tuple(edge for edge in (old, node) if edge is not None)
    if not edges:
        return
    _unturned(more)
    kinds = (*((False,) if old is not None else ()), *((True,) if node is not None else ()))
    base.node = Node(_SLICES, edges, (more.steps, kinds), (), 0, "CopySlices")
    _move_retained(base, old, base.node)
    target.source()


def _move_retained(tensor: Tensor, old: Node | None, new: Node | None) -> None:
    """A gradient that is to be retained is that of the tensor's present contents."""
    if tensor.more is not None and tensor.more.retains and old is not None and new is not None:
        assert old.hooks is not None
        new.hooked().retain, old.hooks.retain = old.hooks.retain, None
