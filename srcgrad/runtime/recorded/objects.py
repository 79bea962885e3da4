"""Attributes, items, iteration and contexts of a recorded program.

Rewritten code reads ``rt.at(x)[i]`` and ``rt.at(x).w``, and writes ``rt.into(x)[i] = v``: `at` and `into` return
the object itself wherever plain Python does the right thing with it. A plain array that carries a derivative comes
back recorded; an object whose class computes attributes or items in Python comes back as an `Accessor`, which runs
those methods rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from srcgrad.rules import rule_for
from srcgrad.runtime.recorded.memory import memory_of, session
from srcgrad.runtime.recorded.operators import dunder
from srcgrad.runtime.recorded.recorded_values import Recorded, RecordedArray, hooks

__all__ = ["at", "context", "into", "iterate", "load"]

_TRANSPARENT = frozenset({list, dict, tuple, str, int, float, RecordedArray, type(np)})
_READS = ("__getattr__", "__getattribute__", "__getitem__")
_WRITES = ("__setattr__", "__delattr__", "__setitem__", "__delitem__")
_simple: WeakKeyDictionary[type, tuple[bool, bool]] = WeakKeyDictionary()


def _simplicity(kind: type) -> tuple[bool, bool]:
    """Whether reading from and writing to instances of a class runs no Python code."""
    found = _simple.get(kind)
    if found is None:
        reads = writes = True
        for cls in kind.__mro__[:-1]:
            for name, value in vars(cls).items():
                if isinstance(value, FunctionType):
                    reads = reads and name not in _READS
                    writes = writes and name not in _WRITES
                elif isinstance(value, property):
                    reads = reads and not isinstance(value.fget, FunctionType)
                    writes = writes and value.fset is None
                else:
                    reads = reads and dunder(value, "__get__") is None
                    writes = writes and dunder(value, "__set__") is None
        found = _simple[kind] = reads, writes
    return found


def at(x: Any) -> Any:
    """What to read attributes and items of `x` from."""
    kind = type(x)
    if kind in _TRANSPARENT:
        return x
    if kind is np.ndarray:
        memory = memory_of(x)
        return x if memory is None or memory.node is None else RecordedArray(x, memory)
    if issubclass(kind, (type, Recorded)) or _simplicity(kind)[0]:
        return x
    return Accessor(x)


def into(x: Any) -> Any:
    """What to write attributes and items of `x` to."""
    kind = type(x)
    if kind is RecordedArray:
        return x
    if issubclass(kind, np.ndarray):
        return RecordedArray(x, session().memory(x)) if x.dtype.kind in "fc" or kind is np.ndarray else x
    if kind is np.flatiter:
        return hooks.attribute(into(x.base), "flat")
    session().touch(x)
    if kind is list or kind is dict or issubclass(kind, (type, Recorded)) or _simplicity(kind)[1]:
        return x
    return Accessor(x)


class Accessor:
    """Reads and writes attributes and items of an object as Python does, with rewritten methods."""

    __slots__ = ("_srcgrad_object",)

    def __init__(self, x: Any) -> None:
        object.__setattr__(self, "_srcgrad_object", x)

    def __getattr__(self, name: str) -> Any:
        return load(self._srcgrad_object, name)

    def __setattr__(self, name: str, value: Any) -> None:
        x = self._srcgrad_object
        own = dunder(x, "__setattr__")
        if own is not None:
            hooks.call(own, x, name, value)
            return
        descriptor = _in_class(type(x), name)
        if isinstance(descriptor, property) and isinstance(descriptor.fset, FunctionType):
            hooks.call(descriptor.fset, x, value)
        elif (setter := dunder(descriptor, "__set__")) is not None:
            hooks.call(setter, descriptor, x, value)
        else:
            setattr(x, name, value)

    def __delattr__(self, name: str) -> None:
        x = self._srcgrad_object
        own = dunder(x, "__delattr__")
        if own is None:
            delattr(x, name)
        else:
            hooks.call(own, x, name)

    def __getitem__(self, key: Any) -> Any:
        return self._item("__getitem__", key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._item("__setitem__", key, value)

    def __delitem__(self, key: Any) -> None:
        self._item("__delitem__", key)

    def _item(self, name: str, *args: Any) -> Any:
        x = self._srcgrad_object
        rule = rule_for(x) if type(x).__module__.startswith("numpy") else None
        if rule is not None and rule.composite is not None:
            return hooks.call(rule.composite, *args)  # np.r_[...]
        method = dunder(x, name)
        if method is not None:
            return hooks.call(method, x, *args)
        native = getattr(type(x), name, None)
        if native is None:
            raise TypeError(f"{type(x).__name__!r} object is not subscriptable")
        return native(x, *args)


_MISSING = object()


def _in_class(kind: type, name: str) -> Any:
    for cls in kind.__mro__:
        if name in vars(cls):
            return vars(cls)[name]
    return None


def load(x: Any, name: str) -> Any:
    """``getattr(x, name)``, with properties and other descriptors rewritten."""
    x = at(x)
    if type(x) is not Accessor:
        return getattr(x, name)
    x = x._srcgrad_object
    own = dunder(x, "__getattribute__")
    try:
        return hooks.call(own, x, name) if own is not None else _attribute(x, name)
    except AttributeError:
        fallback = dunder(x, "__getattr__")
        if fallback is None:
            raise
    return hooks.call(fallback, x, name)


def _attribute(x: Any, name: str) -> Any:
    descriptor = _in_class(type(x), name)
    if isinstance(descriptor, property) and isinstance(descriptor.fget, FunctionType):
        return hooks.call(descriptor.fget, x)
    getter = dunder(descriptor, "__get__")
    if getter is not None:
        overrides = dunder(descriptor, "__set__") is None and name in getattr(x, "__dict__", {})
        if not overrides:
            return hooks.call(getter, descriptor, x, type(x))
    return object.__getattribute__(x, name)


# --- iteration ---------------------------------------------------------------------------------


def iterate(x: Any, depth: int = 1) -> Any:
    """What to iterate over in place of `x`.

    Parameters
    ----------
    x : iterable
    depth : int
        Above one, the items are unpacked as well (``for a, b in x``), so they need the same care.
    """
    if depth > 1:
        return (
            item if type(item) in (tuple, str) and depth == 2 else iterate(item, depth - 1)
            for item in iterate(x)
        )
    kind = type(x)
    if kind is list or kind is tuple or kind is range or kind is RecordedArray or kind is dict:
        return x
    if isinstance(x, np.ndarray):
        # Item by item, because the array may start to carry derivatives on the way.
        return (at(x)[k] for k in range(len(x))) if x.ndim else iter(x)
    method = dunder(x, "__iter__")
    if method is not None and not hooks.library(method):
        made = hooks.call(method, x)
        return _stepped(made) if dunder(made, "__next__") is not None else made
    if method is None and not hasattr(kind, "__iter__") and dunder(x, "__getitem__") is not None:
        return _counted(x)
    return x


def _stepped(iterator: Any) -> Iterator[Any]:
    step = dunder(iterator, "__next__")
    while True:
        try:
            item = hooks.call(step, iterator)
        except StopIteration:
            return
        yield item


def _counted(x: Any) -> Iterator[Any]:
    k = 0
    while True:
        try:
            item = at(x)[k]
        except IndexError:
            return
        yield item
        k += 1


# --- with --------------------------------------------------------------------------------------


class Context:
    """A context manager whose methods run rewritten."""

    __slots__ = ("_manager",)

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def __enter__(self) -> Any:
        return hooks.call(type(self._manager).__enter__, self._manager)

    def __exit__(self, *exception: Any) -> Any:
        return hooks.call(type(self._manager).__exit__, self._manager, *exception)


def context(manager: Any) -> Any:
    """What to enter in place of a context manager."""
    return manager if dunder(manager, "__enter__") is None else Context(manager)


hooks.iterate = iterate
