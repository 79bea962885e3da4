"""Functions with a derivative of the user's own, in recorded programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from srcgrad.errors import CustomFunctionError
from srcgrad.runtime.custom import Backward, Custom, Forward, Saved, own
from srcgrad.runtime.recorded.apply import active, lift, node_of, plain, wrap
from srcgrad.runtime.recorded.dispatch import call
from srcgrad.runtime.recorded.forms import revive
from srcgrad.runtime.recorded.recorded_values import Recorded
from srcgrad.runtime.recorded.recording import Node, Output, Walk
from srcgrad.runtime.recorded.whereabouts import noted
from srcgrad.runtime.sweeps import copy_of

__all__ = ["recorded", "recorded_backward", "recorded_forward"]


def leaves(tree: Any) -> Iterator[Any]:
    """Numbers and arrays in tuples, lists and dicts, in order."""
    if isinstance(tree, (tuple, list)):
        for item in tree:
            yield from leaves(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from leaves(item)
    else:
        yield tree


def rebuilt(tree: Any, items: Iterator[Any]) -> Any:
    """The same containers with other leaves."""
    if isinstance(tree, (tuple, list)):
        parts = [rebuilt(item, items) for item in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    if isinstance(tree, dict):
        return {key: rebuilt(item, items) for key, item in tree.items()}
    return next(items)


class CustomCall(Node):
    """A call; its results are `Output` nodes of it.

    Attributes
    ----------
    args : tuple
        Copies of the arguments.
    nodes : list of Node or None
        For each leaf of the arguments that may have a cotangent, where it came from.
    """

    __slots__ = ("args", "custom", "nodes", "outputs", "saved")

    def __init__(self, custom: Custom, args: tuple[Any, ...], saved: Saved, nodes: list[Node | None]) -> None:
        super().__init__(*[node for node in nodes if node is not None])
        self.custom = custom
        self.args = args
        self.saved = saved
        self.nodes = nodes
        self.outputs = sum(1 for _ in leaves(saved.value))

    def pull(self, g: Any, walk: Walk) -> None:
        held, _ = self.custom.split(self.args)
        values = leaves(self.saved.value)
        zeroed = [
            np.zeros(np.shape(value), getattr(value, "dtype", float))[()] if slot is None else slot
            for slot, value in zip(g, values, strict=True)
        ]
        cotangent = rebuilt(self.saved.value, iter(zeroed))
        if walk.live is None:
            parts: Any = self.custom.backward(*held, self.saved, cotangent)
        else:
            parts = self._live(held, cotangent)
        for node, part in zip(self.nodes, leaves(parts), strict=True):
            if node is not None:
                walk.add(node, part)

    def _live(self, held: list[Any], cotangent: Any) -> Any:
        """The way back, recorded itself: through the user's code from the start, on revived arguments."""
        nodes = iter(self.nodes)
        args = [
            arg
            if k in self.custom.held
            else rebuilt(arg, iter([revive(leaf, next(nodes)) for leaf in leaves(arg)]))
            for k, arg in enumerate(self.args)
        ]
        _, saved = recorded_forward(self.custom.forward, tuple(args))
        return recorded_backward(self.custom.backward, (*held, saved, cotangent))


def recorded(custom: Custom, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A call, as a node with the derivative that it brings along."""
    custom.defined()
    given = tuple([_lifted(arg) for arg in custom.positional(args, kwargs)])
    held, others = custom.split(given)
    for k, value in zip(custom.held, held, strict=True):
        if active(value):
            raise noted(custom.refusal(k))
    values = tuple([copy_of(plain(arg)) for arg in given])
    if not active(others):
        if _calls(held):
            return call(custom.function, *values)
        return own(custom.function(*values), values)
    try:
        value, saved = custom.forward(*values)
    except CustomFunctionError as error:
        raise noted(error) from None
    if any(isinstance(leaf, Recorded) for leaf in leaves(value)):
        raise noted(
            CustomFunctionError(
                f"{custom.__name__} uses a value that carries a derivative without getting it as an argument",
                cause="its own derivative says nothing about that value",
                way_out="pass the value as an argument",
            )
        )
    nodes = [node_of(leaf) for leaf in leaves(others)]
    node = CustomCall(custom, values, saved, nodes)
    outputs = [wrap(copy_of(part), Output(node, k)) for k, part in enumerate(leaves(value))]
    return rebuilt(value, iter(outputs))


def _lifted(arg: Any) -> Any:
    return rebuilt(arg, iter([lift(leaf) for leaf in leaves(arg)]))


def _calls(held: list[Any]) -> bool:
    """Whether the function is given functions: what those capture may carry a derivative."""
    return any(callable(value) for value in held)


def recorded_forward(half: Forward, args: tuple[Any, ...]) -> tuple[Any, Saved]:
    """The first half through the user's code, as a part of the recorded program."""
    value, residuals = half.parts(call(half.function, *args))
    _, others = half.custom.split(args)
    return value, Saved(residuals, [plain(other) for other in others], plain(value))


def recorded_backward(half: Backward, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The second half through the user's code, as a part of the recorded program."""
    *held, saved, cotangent = args
    parts = half.parts(call(half.function, *held, saved.residuals, cotangent), len(saved.forms))
    found = []
    for k, (part, wanted) in enumerate(zip(parts, saved.forms, strict=True)):
        checked = iter(leaves(half.matched(k, plain(part), wanted)))
        found.append(
            rebuilt(
                wanted,
                iter(
                    [
                        leaf if isinstance(leaf, Recorded) else number
                        for leaf, number in _paired(part, wanted, checked)
                    ]
                ),
            )
        )
    return tuple(found)


def _paired(part: Any, wanted: Any, checked: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
    """Leaves of a cotangent as they are and as they were checked; None stands for a whole container of zeros."""
    if part is None:
        yield from ((None, number) for number in checked)
    else:
        yield from zip(leaves(part), checked, strict=True)
