"""Attributes and methods of recorded arrays and numbers.

Whatever the table has a rule for goes through it, with the method itself as the primal: views stay views, writes are
seen through every alias. Here is the rest: what only describes an array, what gives numbers of Python, and ``flat``.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np

from srcgrad.errors import MissingRuleError, UnsupportedError
from srcgrad.rules.registry import rule_for_attribute, rule_for_method
from srcgrad.runtime.recorded.apply import applied, plain
from srcgrad.runtime.recorded.flat import Flat
from srcgrad.runtime.recorded.recorded_values import Method, Recorded, RecordedArray, RecordedScalar, hooks
from srcgrad.runtime.recorded.regions import Region
from srcgrad.runtime.recorded.storing import as_python
from srcgrad.runtime.recorded.transcripts import transcript
from srcgrad.runtime.recorded.whereabouts import noted, user_location

__all__: list[str] = []

# They say what an array is like, not what is in it.
_DESCRIBING = frozenset(
    {"shape", "ndim", "size", "dtype", "itemsize", "nbytes", "strides", "flags", "device"}
)
# Methods that look at the numbers and give none.
_LOOKING = frozenset({
    "tobytes", "tofile", "dump", "dumps", "setflags", "is_integer", "hex",
    "__index__", "__array_priority__",
})  # fmt: skip
# Ways to get at the bytes behind the recording's back.
_BYTES = frozenset({"data", "ctypes", "getfield", "setfield", "byteswap", "resize"})
# What NumPy asks any object for to get at its bytes: it must find nothing.
_PROTOCOLS = frozenset({
    "__array_interface__", "__array_struct__", "__dlpack__", "__dlpack_device__", "__buffer__", "__array_wrap__",
    "__array_finalize__",
})  # fmt: skip

hooks.mutating = frozenset({"fill", "put", "sort", "partition", "resize", "byteswap", "setfield"})


def _attribute(x: Recorded, name: str) -> Any:
    """``x.name``, for names that the classes of recorded values do not have themselves."""
    value = x.value
    if name in _DESCRIBING:
        return getattr(value, name)
    if name in _PROTOCOLS:
        raise AttributeError(f"{type(value).__name__!r} object has no attribute {name!r}")
    found = getattr(value, name)
    if name == "flat":
        return Flat(x)
    if name == "base" and isinstance(x, RecordedArray):
        return None if found is None else RecordedArray(found, x.memory)
    if name in ("data", "ctypes"):
        raise noted(_bytes_of(name))
    rule = rule_for_attribute(name)
    if rule is not None:
        return x if found is value else applied(attrgetter(name), rule, (x,), {})
    return Method(x, name) if callable(found) else found


def _set_attribute(x: RecordedArray, name: str, value: Any) -> None:
    """``x.name = value`` of an array."""
    if name == "flat":
        Flat(x)[:] = value
    elif name in ("real", "imag"):
        if name == "imag" and x.value.dtype.kind != "c":
            x.value.imag = plain(value)  # raises
        getattr(x, name)[...] = value
    elif name == "shape":
        _set_shape(x, plain(value))
    else:
        raise noted(
            UnsupportedError(
                f"setting .{name} of an array that takes part in a derivative",
                location=user_location(None),
                way_out="make a new array instead, as reshape, view or astype do",
            )
        )


def _set_shape(x: RecordedArray, shape: Any) -> None:
    value, memory = x.value, x.memory
    block = memory.geometry(value) if value.base is None else None
    value.shape = shape
    if block is not None:
        # The array owns the block: what is known of its content now comes in another shape.
        memory.reshaped(value, Region(block, 0, value.shape, value.strides))


def _method(x: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``x.name(*args, **kwargs)``; `x` may also be a plain array or number, given recorded ones."""
    own = _OWN.get(name)
    if own is not None:
        return own(x, *args, **kwargs)
    value = plain(x)
    function: Any = getattr(type(value), name)  # a method descriptor
    if name in _LOOKING:
        return transcript(function(value, *plain(args), **plain(kwargs)))
    if name in _BYTES:
        raise noted(_bytes_of(name))
    rule = rule_for_method(name)
    if rule is not None:
        return applied(function, rule, (x, *args), kwargs)
    raise noted(
        MissingRuleError(
            f"{type(value).__name__}.{name} is called on a value that carries a derivative, but has no derivative rule",
            location=user_location(name),
        )
    )


def _bytes_of(name: str) -> UnsupportedError:
    return UnsupportedError(
        f".{name} of an array that takes part in a derivative",
        location=user_location(name),
        cause="what is done to the bytes of an array cannot be followed",
        way_out="use indexing, astype or a copy",
    )


# --- methods with a way of their own -----------------------------------------------------------


def _item(x: Any, *place: Any) -> Any:
    place = tuple(plain(list(place)))
    if not isinstance(x, RecordedArray):
        return as_python(x) if isinstance(x, RecordedScalar) else x.item(*place)
    if len(place) == 1 and isinstance(place[0], tuple):
        place = place[0]
    shape = x.value.shape
    if not place:
        x.value.item()  # raises unless there is exactly one
        place = (0,) * len(shape)
    elif len(place) == 1:
        size = x.value.size
        x.value.item(*place)
        place = np.unravel_index(range(size)[place[0]], shape)
    return as_python(x[place])


def _tolist(x: Any) -> Any:
    if not isinstance(x, RecordedArray):
        return as_python(x) if isinstance(x, RecordedScalar) else x.tolist()
    if x.value.ndim == 0:
        return _item(x)
    return [_tolist(x[k]) for k in range(len(x.value))]


def _view(x: Any, *args: Any, **kwargs: Any) -> Any:
    if not isinstance(x, RecordedArray):
        return x.view(*args, **kwargs)
    seen = x.value.view(*args, **kwargs)
    if seen.dtype != x.value.dtype or type(seen) is not np.ndarray:
        raise noted(_bytes_of("view"))
    return RecordedArray(seen, x.memory, x.origin)


def _astype(x: Any, dtype: Any, *args: Any, **kwargs: Any) -> Any:
    if isinstance(x, RecordedScalar):
        x.value.astype(dtype, *args, **kwargs)
        return hooks.call(np.dtype(dtype).type, x)
    rule = rule_for_method("astype")
    assert rule is not None
    return applied(np.ndarray.astype, rule, (x, dtype, *args), kwargs)


def _conjugate(x: Any) -> Any:
    kind: Any = type(plain(x))
    rule = rule_for_method("conjugate")
    assert rule is not None
    return x if kind in (float, int) else applied(kind.conjugate, rule, (x,), {})


def _copied(x: Any, *_: Any) -> Any:
    return x if isinstance(x, RecordedScalar) else hooks.method(x, "copy", (), {})


_OWN: dict[str, Callable[..., Any]] = {
    "__copy__": _copied, "__deepcopy__": _copied,
    "item": _item, "tolist": _tolist, "view": _view, "astype": _astype, "conjugate": _conjugate, "conj": _conjugate,
}  # fmt: skip

hooks.attribute, hooks.setattribute, hooks.method = _attribute, _set_attribute, _method
