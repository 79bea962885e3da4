"""Arguments and results of recorded functions: trees of numbers, arrays, containers and objects.

`Entry` copies the arguments in, so that the program may write into them, and keeps aliases between them; `seeds` takes
results apart.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from srcgrad.errors import ArgumentError
from srcgrad.runtime.recorded.apply import lift, node_of, plain
from srcgrad.runtime.recorded.forms import stand_in
from srcgrad.runtime.recorded.memory import Memory, Session
from srcgrad.runtime.recorded.recorded_values import Recorded, RecordedArray, RecordedScalar
from srcgrad.runtime.recorded.recording import Input, Node, Update
from srcgrad.runtime.recorded.regions import owner_of

__all__ = ["Entry", "attributes", "is_record", "outline", "seeds"]

Bars = dict[Node, Any]
Rebuild = Callable[[Bars], Any]

_OPAQUE = (
    type,
    ModuleType,
    FunctionType,
    BuiltinFunctionType,
    MethodType,
    str,
    bytes,
    np.dtype,
    range,
    slice,
)


def is_record(value: Any) -> bool:
    """Whether a value is an object of a class of the user's, with attributes that may carry derivatives."""
    if isinstance(value, (*_OPAQUE, Recorded, np.ndarray, np.generic)):
        return False
    return hasattr(value, "__dict__") or any("__slots__" in vars(cls) for cls in type(value).__mro__[:-1])


def attributes(value: Any) -> Iterator[str]:
    """Names of the attributes that an object holds itself."""
    yield from tuple(getattr(value, "__dict__", ()))
    for cls in type(value).__mro__:
        slots = vars(cls).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield name


class Entry:
    """Arguments on their way in.

    Attributes
    ----------
    inputs : list of Node
        The differentiable leaves.
    arrays : dict
        By identity of the caller's array: the recorded one that stands for it, and its input.
    """

    def __init__(self, session: Session, trees: list[Any], *, copies: bool) -> None:
        self.session = session
        self.inputs: list[Node] = []
        self.arrays: dict[int, tuple[RecordedArray, Node]] = {}
        self._copies = copies
        self._memo: dict[tuple[int, bool], tuple[Any, Rebuild]] = {}
        self._keep: list[Any] = []
        self._owners: dict[int, int] = {}
        self._blocks: dict[int, tuple[Any, Any, Memory]] = {}
        seen: set[int] = set()
        for tree in trees:
            self._count(tree, seen)

    def _count(self, tree: Any, seen: set[int]) -> None:
        """How many different arrays share each block."""
        if id(tree) in seen and not isinstance(tree, np.ndarray):
            return
        seen.add(id(tree))
        if isinstance(tree, np.ndarray):
            array = plain(tree)
            key = id(owner_of(array))
            self._owners[key] = self._owners.get(key, 0) + 1
        elif isinstance(tree, (list, tuple)):
            for item in tree:
                self._count(item, seen)
        elif isinstance(tree, dict):
            for item in tree.values():
                self._count(item, seen)
        elif is_record(tree):
            for name in attributes(tree):
                self._count(getattr(tree, name), seen)

    def enter(self, value: Any, wanted: bool) -> tuple[Any, Rebuild]:
        """A value as the program gets it, and how to build its cotangent."""
        if isinstance(value, (float, complex, np.inexact)) and (wanted or isinstance(value, Recorded)):
            return self._number(value) if wanted else (value, _nothing)
        if isinstance(value, np.ndarray):
            return self._array(value, wanted)
        key = id(value), wanted
        if key in self._memo:
            return self._memo[key]
        if isinstance(value, (list, tuple)):
            return self._sequence(value, wanted)
        if isinstance(value, dict):
            return self._mapping(value, wanted)
        if wanted and is_record(value):
            return self._record(value)
        return value, _nothing

    def _number(self, value: Any) -> tuple[Any, Rebuild]:
        outer = node_of(value)
        primal = plain(value)
        node = Input(outer) if outer is not None else Input()
        self.inputs.append(node)
        kind = type(primal)

        def rebuild(bars: Bars) -> Any:
            bar = bars.get(node, 0.0)
            if isinstance(bar, Recorded):
                return bar
            if isinstance(bar, np.ndarray):
                bar = bar.reshape(-1)[0] if bar.size == 1 else bar
            if not issubclass(kind, complex | np.complexfloating):
                bar = bar.real
            return kind(bar)

        return RecordedScalar(primal, node), rebuild

    def _array(self, value: Any, wanted: bool) -> tuple[Any, Rebuild]:
        array = plain(value)
        wanted = wanted and array.dtype.kind in "fc"
        shared = self._owners.get(id(owner_of(array)), 1) > 1
        outer = node_of(value)
        if not wanted and outer is None and not self._copies:
            return value, _nothing
        if shared:
            copied, memory = self._shared(array)
        else:
            copied = copy_with_strides(array) if self._copies else array
            memory = Memory() if self._copies and copied.base is None else self.session.memory(copied)
        whole = not shared and copied.base is None
        if not wanted and outer is None:
            if not shared:
                return copied, _nothing
            # A dead node: reads see that nothing flows from here, until somebody writes through another argument.
            made = RecordedArray(copied, memory, Input())
            return made, _nothing
        if not wanted:
            made = RecordedArray(copied, Memory(outer) if whole else memory)
            if not whole and outer is not None:
                memory.after_write(memory.region(copied), outer, copied)
            return made, _nothing
        if not copied.flags.writeable:
            copied.flags.writeable = True
        node = Input(outer) if outer is not None else Input()
        self.inputs.append(node)
        origin: Node | None = None
        if shared:
            region = memory.region(copied)
            # Each argument has a content of its own until one of them is written.
            origin = node if region.whole else Update(None, region, node, stand_in(copied))
            memory.after_write(region, node, stand_in(copied))
        elif self._copies and whole:
            memory.node = node
        else:
            memory.after_write(memory.region(copied), node, stand_in(copied))
        made = RecordedArray(copied, memory, origin)
        self.arrays[id(value)] = made, node
        self._keep.append(value)
        dtype, shape = array.dtype, array.shape

        def rebuild(bars: Bars) -> Any:
            bar = bars.get(node)
            if bar is None:
                return np.zeros(shape, dtype)
            if isinstance(bar, Recorded):
                return bar
            bar = np.broadcast_to(bar, shape)
            return np.array(bar if dtype.kind == "c" else bar.real, dtype)

        return made, rebuild

    def _shared(self, array: Any) -> tuple[Any, Memory]:
        owner = owner_of(array)
        found = self._blocks.get(id(owner))
        if found is None:
            if self._copies:
                block = owner.copy(order="K")
                memory = self.session.memory(block)
            else:
                block, memory = owner, self.session.memory(owner)
            found = self._blocks[id(owner)] = owner, block, memory
        _, block, memory = found
        if block is owner:
            return array, memory
        if array is owner:
            return block, memory
        source = Memory()
        return source.region(array).window(block), memory

    def _sequence(self, value: Any, wanted: bool) -> tuple[Any, Rebuild]:
        made: Any = []
        parts: list[Rebuild] = []
        result: tuple[Any, Rebuild] = made, lambda bars: [part(bars) for part in parts]
        if isinstance(value, list):
            self._memo[id(value), wanted] = result
        for item in value:
            entered, rebuild = self.enter(item, wanted)
            made.append(entered)
            parts.append(rebuild)
        if isinstance(value, list):
            return (made if type(value) is list else _like(value, made)), result[1]
        if hasattr(value, "_fields"):
            result = type(value)(*made), lambda bars: type(value)(*[part(bars) for part in parts])
        else:
            result = tuple(made), lambda bars: tuple([part(bars) for part in parts])
        self._memo[id(value), wanted] = result
        return result

    def _mapping(self, value: Any, wanted: bool) -> tuple[Any, Rebuild]:
        made = copy.copy(value)
        parts: dict[Any, Rebuild] = {}
        result: tuple[Any, Rebuild] = made, lambda bars: {key: part(bars) for key, part in parts.items()}
        self._memo[id(value), wanted] = result
        for key, item in value.items():
            made[key], parts[key] = self.enter(item, wanted)
        return result

    def _record(self, value: Any) -> tuple[Any, Rebuild]:
        made = object.__new__(type(value))
        parts: dict[str, Rebuild] = {}

        def rebuild(bars: Bars) -> Any:
            bar = object.__new__(type(value))
            for name, part in parts.items():
                object.__setattr__(bar, name, part(bars))
            return bar

        self._memo[id(value), True] = made, rebuild
        for name in attributes(value):
            entered, parts[name] = self.enter(getattr(value, name), True)
            object.__setattr__(made, name, entered)
        return made, rebuild


def copy_with_strides(array: Any) -> Any:
    """A copy of an array with the same gaps in memory: whether `ravel` and `reshape` give views depends on them."""
    copied = array.copy(order="K")
    step = array.itemsize
    pairs = [(stride, n) for stride, n in zip(array.strides, array.shape, strict=True) if n > 1]
    if (
        array.size == 0
        or all(a == b for a, b, n in zip(copied.strides, array.strides, array.shape, strict=True) if n > 1)
        or any(stride == 0 or stride % step for stride, _ in pairs)
    ):
        return copied
    below = -sum(min(stride, 0) * (n - 1) for stride, n in pairs)
    above = sum(max(stride, 0) * (n - 1) for stride, n in pairs)
    block = np.zeros((below + above) // step + 1, array.dtype)
    spread: Any = np.ndarray(array.shape, array.dtype, block, below, array.strides)
    spread[...] = array
    return spread


def _like(value: Any, items: list[Any]) -> Any:
    made = copy.copy(value)
    made[:] = items
    return made


def _nothing(_: Bars) -> None:
    return None


# --- results -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """A part of a result that carries a derivative."""

    node: Node
    shape: tuple[int, ...]
    dtype: Any


def outline(value: Any) -> Any:
    """A result with its nodes: a leaf, a list or dict of outlines, or None for what carries no derivative."""
    node = node_of(value)
    if node is not None:
        primal = plain(value)
        return Leaf(node, np.shape(primal), getattr(primal, "dtype", None))
    if isinstance(value, (Recorded, np.ndarray)):
        return None
    if isinstance(value, (list, tuple)):
        parts = [outline(item) for item in value]
        return parts if any(part is not None for part in parts) else None
    if isinstance(value, dict):
        found = {key: outline(item) for key, item in value.items()}
        return found if any(part is not None for part in found.values()) else None
    if is_record(value):
        found = {name: outline(getattr(value, name)) for name in attributes(value)}
        return _Attributes(found) if any(part is not None for part in found.values()) else None
    return None


class _Attributes(dict[str, Any]):
    """The outline of an object."""


def outlined(outline: Any) -> Iterator[Node]:
    """The nodes of a result."""
    if isinstance(outline, Leaf):
        yield outline.node
    elif outline is not None:
        for part in outline.values() if isinstance(outline, dict) else outline:
            yield from outlined(part)


def seeds(outlined: Any, seed: Any) -> Iterator[tuple[Node, Any]]:
    """Nodes of a result, and the seed for each."""
    if seed is None or outlined is None:
        return
    if isinstance(outlined, Leaf):
        seed = lift(seed)
        if np.shape(plain(seed)) != outlined.shape:
            raise ArgumentError(
                f"the seed has shape {np.shape(plain(seed))}, but the result it belongs to has {outlined.shape}"
            )
        if outlined.shape and not isinstance(seed, Recorded):
            seed = np.array(seed, np.result_type(outlined.dtype, np.asarray(seed).dtype))
        yield outlined.node, seed
    elif isinstance(outlined, list):
        for part, item in zip(outlined, seed, strict=True):
            yield from seeds(part, item)
    else:
        for key, part in outlined.items():
            found = getattr(seed, key, None) if isinstance(outlined, _Attributes) else seed[key]
            yield from seeds(part, found)
