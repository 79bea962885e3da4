"""The few helpers that generated sweeps call, and what their callers do before and after.

Adjoint memory (a *shadow*) mirrors a value: an array for an array, a list of places for a list or a tuple, a dict for
a dict, a namespace for an object; ``None`` stands for what has no derivative.
"""

from __future__ import annotations

import copy
import dataclasses
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from srcgrad.errors import UnsupportedError

__all__ = ["add_into", "conform", "copy_of", "last_write", "mirror_of", "real_number", "rejoin", "shadow_of"]


def last_write(memory: Any, index: Any) -> Any:
    """The adjoint of values stored with ``array[index] = values``, given the array's adjoint.

    Where an index array names an element twice, only the value written last is still there.

    >>> last_write(np.array([5.0, 7.0]), np.array([0, 0, 1]))
    array([0., 5., 7.])
    """
    taken = np.array(memory[index])
    order = np.zeros(np.shape(memory), dtype=np.intp)
    positions = np.arange(taken.size).reshape(taken.shape)
    order[index] = positions
    return np.where(order[index] == positions, taken, np.zeros((), taken.dtype))


def real_number(value: Any) -> None:
    """Check an operand that generated code takes to be a real number or array.

    Raises
    ------
    UnsupportedError
        If it is something else: an object with operators of its own, or complex.
    """
    if isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
        return
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return
    raise UnsupportedError(
        f"an operand beside a differentiated one is {type(value).__name__}, which was not known when the code was compiled",
        cause="the generated code is right for real numbers and arrays only",
        way_out="pass the object as an argument of the function, or convert it with float() or np.asarray()",
    )


def rejoin(memory: Any, part: Any) -> None:
    """Add the adjoint of a reshaped copy to that of the original; a reshaped view shares its memory already."""
    if not np.may_share_memory(memory, part):
        memory += part.reshape(memory.shape)


def shadow_of(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """Adjoint memory for a value, all zero; with a ``memo``, what occurs in the value twice has one."""
    if memo is not None and isinstance(value, (np.ndarray, list, dict)):
        if id(value) not in memo:
            memo[id(value)] = _new_shadow(value, memo)
        return memo[id(value)]
    return _new_shadow(value, memo)


def mirror_of(value: Any) -> Any:
    """Adjoint memory for a value that the program has made: aliased as the value is, since that may be written later."""
    return shadow_of(value, {})


def _new_shadow(value: Any, memo: dict[int, Any] | None) -> Any:
    if isinstance(value, np.ndarray):
        return np.zeros_like(value) if value.dtype.kind in "fc" else None
    if isinstance(value, (bool, int, str, bytes, type(None), np.integer, np.bool_)):
        return None
    if isinstance(value, (float, complex, np.inexact)):
        return 0.0
    if isinstance(value, dict):
        return {key: shadow_of(item, memo) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return SimpleNamespace(**{name: shadow_of(getattr(value, name), memo) for name in value._fields})
    if isinstance(value, (list, tuple)):
        return [shadow_of(item, memo) for item in value]
    attributes = attributes_of(value)
    if attributes is None:
        return None
    return SimpleNamespace(**{name: shadow_of(item, memo) for name, item in attributes.items()})


def copy_of(value: Any) -> Any:
    """A copy of an argument that the function will write into; what it does not hold by value is shared."""
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if type(value) is list:
        return [copy_of(item) for item in value]
    if type(value) is dict:
        return {key: copy_of(item) for key, item in value.items()}
    if type(value) is tuple:
        return tuple(copy_of(item) for item in value)
    return copy.copy(value)


def add_into(shadow: Any, cotangent: Any) -> None:
    """Add a cotangent with the structure of a result to the result's adjoint memory."""
    if cotangent is None or shadow is None:
        return
    if isinstance(shadow, np.ndarray):
        shadow += cotangent
    elif isinstance(shadow, dict):
        for key, part in cotangent.items():
            _add_at(shadow, key, part)
    elif isinstance(shadow, list):
        for k, part in enumerate(cotangent):
            _add_at(shadow, k, part)


def _add_at(shadow: Any, key: Any, part: Any) -> None:
    place = shadow[key]
    if isinstance(place, (np.ndarray, list, dict)):
        add_into(place, part)
    elif part is not None and place is not None:
        shadow[key] = place + part


def conform(cotangent: Any, value: Any) -> Any:
    """A gradient with the structure, shapes and dtypes of the argument that it belongs to."""
    if type(value) is float:
        return float(cotangent) if type(cotangent) is not float else cotangent
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fc":
            return np.zeros(value.shape, dtype=float)
        if (
            type(cotangent) is np.ndarray
            and cotangent.shape == value.shape
            and cotangent.dtype == value.dtype
        ):
            return cotangent if cotangent.flags.writeable else cotangent.copy()
        if cotangent is None:
            return np.zeros_like(value)
        if value.dtype.kind == "f":
            cotangent = np.real(cotangent)
        return np.array(np.broadcast_to(cotangent, value.shape), dtype=value.dtype)
    if isinstance(value, np.floating):
        return value.dtype.type(np.real(0.0 if cotangent is None else cotangent))
    if isinstance(value, np.complexfloating):
        return value.dtype.type(0.0 if cotangent is None else cotangent)
    if isinstance(value, complex):
        return complex(0.0 if cotangent is None else cotangent)
    if isinstance(value, (bool, int, np.integer, np.bool_)):
        return 0.0
    if isinstance(value, dict):
        return {key: conform(cotangent[key], item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(
            *(conform(getattr(cotangent, name), getattr(value, name)) for name in value._fields)
        )
    if isinstance(value, (list, tuple)):
        return type(value)(conform(part, item) for part, item in zip(cotangent, value, strict=True))
    attributes = attributes_of(value)
    if attributes is None:
        return None
    parts = {name: conform(getattr(cotangent, name), item) for name, item in attributes.items()}
    made = copy.copy(value)
    for name, part in parts.items():
        if part is not None:
            object.__setattr__(made, name, part)
    return made


def attributes_of(value: Any) -> dict[str, Any] | None:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if hasattr(value, f.name)}
    if isinstance(value, _NO_ATTRIBUTES) or not hasattr(value, "__dict__"):
        return None
    return dict(vars(value))


_NO_ATTRIBUTES = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, np.ufunc)
