"""Calling classes in a recorded program: constructors run rewritten."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

from srcgrad.errors import MissingRuleError
from srcgrad.runtime.recorded.apply import active, plain
from srcgrad.runtime.recorded.dispatch import call, iterated, library
from srcgrad.runtime.recorded.objects import iterate
from srcgrad.runtime.recorded.recorded_values import Recorded, RecordedArray, RecordedScalar, hooks
from srcgrad.runtime.recorded.recording import Gather
from srcgrad.runtime.recorded.whereabouts import noted, user_location

__all__ = ["construct"]

# Built-in classes that keep what they are given without looking into it.
_KEEPING = (
    list,
    tuple,
    dict,
    set,
    frozenset,
    BaseException,
    SimpleNamespace,
    property,
    staticmethod,
    classmethod,
)
_KEEPING_MODULES = frozenset({"collections", "itertools", "functools", "operator", "types", "weakref"})


def construct(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``cls(*args, **kwargs)``."""
    maker = vars(type)["__call__"] if type(cls) is type else type(cls).__call__
    if type(maker) is FunctionType and not library(maker):
        return call(maker, cls, *args, **kwargs)
    if issubclass(cls, np.generic):
        return _converted(cls, args, kwargs)
    new, init = cls.__new__, cls.__init__
    written = type(new) is FunctionType or type(init) is FunctionType
    if not written or type(maker) is FunctionType:
        return _builtin(cls, args, kwargs)
    if type(new) is FunctionType:
        # A named tuple's is generated, and does nothing but fill the tuple.
        made = new(cls, *args, **kwargs) if hasattr(cls, "_fields") else call(new, cls, *args, **kwargs)
    elif new is object.__new__:
        made = new(cls)
    else:
        args = iterated("__new__", args)
        made = new(cls, *args, **kwargs)
    if isinstance(made, cls) and not isinstance(made, Recorded):
        own = type(made).__init__
        if type(own) is FunctionType:
            call(own, made, *args, **kwargs)
        elif own is not object.__init__:
            own(made, *args, **kwargs)
    return made


def _builtin(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    new, init = getattr(cls, "__new__"), getattr(cls, "__init__")  # noqa: B009
    bare = new is object.__new__ and init is object.__init__
    if bare or issubclass(cls, _KEEPING) or cls.__module__ in _KEEPING_MODULES:
        if cls.__module__ == "itertools":
            return _itertool(cls, args, kwargs)
        if cls.__module__ == "collections" or issubclass(cls, (list, tuple, dict, set, frozenset)):
            args = tuple([iterate(arg) if isinstance(arg, np.ndarray) else arg for arg in args])
        return cls(*args, **kwargs)
    if active(args) or active(kwargs):
        raise noted(
            MissingRuleError(
                f"{cls.__qualname__} is made of values that carry derivatives, but cannot be followed",
                location=user_location(cls.__name__),
            )
        )
    return cls(*[plain(arg) for arg in args], **{key: plain(value) for key, value in kwargs.items()})


def _itertool(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """itertools go through their arguments natively: hand them items and callbacks that are looked after."""
    if cls.__name__ == "accumulate" and len(args) < 2 and kwargs.get("func") is None:
        kwargs = {**kwargs, "func": hooks.binary["Add"]}
    depth = 2 if cls.__name__ == "starmap" else 1

    def ready(arg: Any) -> Any:
        if callable(arg) and not isinstance(arg, Recorded):
            return lambda *a, **k: call(arg, *a, **k)
        return iterate(arg, depth) if hasattr(arg, "__iter__") and not isinstance(arg, str) else arg

    return cls(*[ready(arg) for arg in args], **{key: ready(value) for key, value in kwargs.items()})


def _converted(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``np.float32(x)`` and the like: the same number with another type."""
    x = args[0] if args else 0
    if not active(x) or not issubclass(cls, np.inexact):
        return cls(*plain(list(args)), **plain(kwargs))
    if isinstance(x, RecordedScalar):
        return RecordedScalar(cls(x.value), Gather((x.node,), ((),)))
    if isinstance(x, RecordedArray) and x.value.ndim == 0:
        return _converted(cls, (x[()],), kwargs)
    return call(np.asarray, x, cls)


# --- dataclasses -------------------------------------------------------------------------------


def _generated(f: FunctionType, args: tuple[Any, ...]) -> Callable[..., Any] | None:
    """A stand-in for a method that `dataclass` generated, which has no source."""
    if not args or not dataclasses.is_dataclass(type(args[0])):
        return None
    if f.__name__ == "__init__":
        return lambda self, *a, **k: _fill(f, self, a, k)
    return (
        f
        if f.__name__ in ("__repr__", "__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__setattr__")
        else None
    )


def _fill(init: FunctionType, self: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """What the ``__init__`` of a dataclass does, calling defaults and ``__post_init__`` rewritten."""
    given = inspect.signature(init).bind(self, *args, **kwargs).arguments
    after: list[Any] = []
    for name, field in type(self).__dataclass_fields__.items():
        kind = field._field_type.name
        if kind == "_FIELD_CLASSVAR":
            continue
        if name in given:
            value = given[name]
        elif field.default_factory is not dataclasses.MISSING:
            value = call(field.default_factory)
        elif field.default is not dataclasses.MISSING:
            value = field.default
        else:
            continue
        if kind == "_FIELD_INITVAR":
            after.append(value)
        else:
            object.__setattr__(self, name, value)
    post = getattr(type(self), "__post_init__", None)
    if post is not None:
        call(post, self, *after)


hooks.construct, hooks.generated = construct, _generated
