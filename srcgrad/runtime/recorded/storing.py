"""Indexing of recorded arrays, and writes into them."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.errors import SrcgradError, UnsupportedError
from srcgrad.runtime.recorded.apply import active, gathered, lift, node_of, plain, wrap
from srcgrad.runtime.recorded.forms import stand_in
from srcgrad.runtime.recorded.memory import Memory, session
from srcgrad.runtime.recorded.recorded_values import RecordedArray, RecordedScalar, hooks
from srcgrad.runtime.recorded.recording import Gather, Window
from srcgrad.runtime.recorded.regions import Region
from srcgrad.runtime.recorded.whereabouts import noted

__all__ = ["as_float", "as_python", "getitem", "store"]


def _basic(key: Any) -> bool:
    """Whether an index makes a view."""
    if type(key) is tuple:
        return all(_basic(part) for part in key)
    return key is None or key is Ellipsis or type(key) in (int, slice) or isinstance(key, np.integer) or (
        hasattr(key, "__index__") and not isinstance(key, (bool, np.bool_, np.ndarray))
    )  # fmt: skip


def _with_ellipsis(key: Any) -> Any:
    """The same index, but always giving a view and never a number."""
    if type(key) is not tuple:
        return key if key is Ellipsis else (key, Ellipsis)
    return key if any(part is Ellipsis for part in key) else (*key, Ellipsis)


def _region(array: Any, memory: Memory, key: Any) -> Region:
    if type(key) is int and array.base is None and array.ndim == 1:
        geometry = memory.geometry(array)
        return Region(geometry, (key if key >= 0 else key + len(array)) * array.itemsize, (), ())
    if _basic(key):
        return memory.region(array[_with_ellipsis(key)])
    return memory.region(array).elements(key)


def getitem(x: Any, key: Any) -> Any:
    """``x[key]`` of a recorded array."""
    key = plain(key)
    array = x.value
    result = array[key]
    if type(x) is not RecordedArray:
        # A number of NumPy, seen as an array without axes.
        return hooks.call(np.reshape, x, result.shape) if isinstance(result, np.ndarray) else x
    memory = x.memory
    if isinstance(result, np.ndarray) and _basic(key):
        return RecordedArray(result, memory, x.origin)
    block = memory.node if x.origin is None or memory.written else x.origin
    if block is None:
        return result
    return wrap(result, Window(block, _region(array, memory, key)))


def store(target: Any, key: Any, value: Any) -> None:
    """``target[key] = value`` for an array, recorded or plain."""
    if isinstance(target, RecordedArray):
        array, memory = target.value, target.memory
    else:
        array = target
        memory = session().memory(array)
    key = plain(key)
    value = lift(value)
    if isinstance(value, (list, tuple)) and active(value):
        value = gathered(value)
    node = node_of(value)
    content = plain(value)
    if node is not None and array.dtype.kind in "OV":
        if array.dtype.kind == "V":
            raise UnsupportedError(
                "a value that carries a derivative is written into a structured array",
                way_out="keep a plain array for each field",
            )
        # An array of objects keeps the recorded value itself.
        content, node = value, None
    if array.dtype.kind not in "fc":
        if memory.node is not None:
            memory.region(array)  # raises: other numbers in the bytes of a floating-point array
        node = None
    if node is None and memory.node is None:
        memory.before_write(array)
        array[key] = content
        return
    if type(value) is RecordedArray and value.memory is memory and _basic(key):
        there = array[_with_ellipsis(key)]
        if there.shape == content.shape and there.strides == content.strides and _same_place(there, content):
            return
    memory.before_write(array)
    array[key] = content
    memory.after_write(_region(array, memory, key), node, stand_in(content))


def setitem(target: Any, key: Any, value: Any) -> None:
    """`store` for the program's own writes: errors point at its line."""
    try:
        store(target, key, value)
    except SrcgradError as error:
        raise noted(error) from None


def _same_place(a: Any, b: Any) -> bool:
    return bool(a.__array_interface__["data"][0] == b.__array_interface__["data"][0])


def as_float(x: Any) -> Any:
    """``float(x)``: the same number, of Python's type."""
    if isinstance(x, RecordedScalar):
        float(x.value)  # raises for a complex number
        return as_python(x)
    if isinstance(x, RecordedArray) and x.value.size == 1:
        value = float(x.value.item())
        return as_float(x[(0,) * x.value.ndim]) if x.source() is not None else value
    return float(plain(x))


def as_python(x: Any) -> Any:
    """The same number, of the type that ``x.item()`` has."""
    if not isinstance(x, RecordedScalar):
        return x.item() if isinstance(x, (np.generic, np.ndarray)) else x
    if type(x.value) in (float, complex):
        return x
    return RecordedScalar(
        complex(x.value) if np.iscomplexobj(x.value) else float(x.value), Gather((x.node,), ((),))
    )


hooks.getitem, hooks.setitem = getitem, setitem
