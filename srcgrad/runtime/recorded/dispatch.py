"""Calls of a recorded program: ``rt.call(f, *args, **kwargs)``."""

from __future__ import annotations

import functools
import sysconfig
from collections.abc import Callable
from functools import lru_cache
from types import BuiltinFunctionType, FunctionType, MethodType, MethodWrapperType, ModuleType
from typing import Any

import numpy as np

from srcgrad.errors import MissingRuleError, SourceNotFoundError, SrcgradError
from srcgrad.rules import rule_for
from srcgrad.rules.registry import TABLE
from srcgrad.rules.rule import Kind
from srcgrad.runtime.recorded.apply import active, applied, involved, lift, plain
from srcgrad.runtime.recorded.memory import session
from srcgrad.runtime.recorded.objects import into, iterate
from srcgrad.runtime.recorded.operators import dunder
from srcgrad.runtime.recorded.quick_calls import quick_function
from srcgrad.runtime.recorded.recorded_values import Method, RecordedArray, RecordedScalar, hooks
from srcgrad.runtime.recorded.transcripts import holds_text, transcript, unread
from srcgrad.runtime.recorded.whereabouts import noted, user_location

__all__ = ["HANDLERS", "LIBRARY_HANDLERS", "METHOD_HANDLERS", "TYPE_HANDLERS", "call", "follow"]

#: Functions and classes that need care of their own.
HANDLERS: dict[Any, Callable[..., Any]] = {}
#: The same for instances of a class that are called; the handler gets the instance first.
TYPE_HANDLERS: dict[type, Callable[..., Any]] = {}
#: Functions of libraries that are imported late, by module and qualified name.
LIBRARY_HANDLERS: dict[tuple[str, str], Callable[..., Any]] = {}

#: Methods of objects of a package, by the package's name and theirs; the handler gets the method first.
METHOD_HANDLERS: dict[tuple[str, str], Callable[..., Any]] = {}

# Special methods of arrays that write.
_WRITING = frozenset(
    name for name in vars(RecordedArray)
    if name == "__setitem__" or (name.startswith("__i") and name not in ("__init__", "__iter__"))
)  # fmt: skip

# Parts of the standard library that only ever look at values; they get the primals.
_LOOKING = frozenset({
    "abc", "asyncio", "datetime", "enum", "importlib", "inspect", "io", "json", "linecache", "logging", "os",
    "pathlib", "pprint", "re", "reprlib", "signal", "socket", "string", "subprocess", "sys", "textwrap", "threading",
    "time", "tokenize", "traceback", "types", "typing", "unittest", "uuid", "warnings",
})  # fmt: skip

# Functions that compare items and move them about.
_MOVING = frozenset({"_heapq", "_bisect"})

# Functions of NumPy that print or save.
_SHOWING = frozenset(
    [
        "array2string",
        "array_repr",
        "array_str",
        "format_float_positional",
        "format_float_scientific",
        "info",
        "save",
        "savetxt",
        "savez",
        "savez_compressed",
    ]
)

# Built-in classes whose methods move values about without looking into them.
_HOLDERS = (list, dict, set, frozenset, tuple, str, bytes, object, type, BaseException)
_ITERATING = frozenset({
    "__init__", "__new__", "__iadd__", "extend", "extendleft", "update", "union", "difference_update",
    "intersection_update", "symmetric_difference_update", "fromkeys",
})  # fmt: skip


class Rewriting:
    """Gives the rewritten version of a Python function; set by the module that rewrites source."""

    rewritten: Callable[[FunctionType], FunctionType]


rewriting = Rewriting()


def call(f: Any, /, *args: Any, **kwargs: Any) -> Any:
    """``f(*args, **kwargs)``, recorded."""
    kind = type(f)
    if args and holds_text(args) and not active(args) and _unfollowed(f):
        return unread(f, args, kwargs)
    if kind is FunctionType:
        if f in HANDLERS or f in TABLE:
            return _with_rule(f, args, kwargs)
        return follow(f, args, kwargs)
    if kind is MethodType and f not in TABLE:
        if type(f.__func__).__name__ != "cython_function_or_method":
            return call(f.__func__, f.__self__, *args, **kwargs)
        return _builtin_method(f, args, kwargs)
    if kind is Method:
        return f(*args, **kwargs)
    if (
        len(args) == 1
        and not kwargs
        and type(args[0]) in (RecordedScalar, RecordedArray)
        and (kind is BuiltinFunctionType or kind is np.ufunc)
        and f not in HANDLERS
    ):
        quick = quick_function(f)
        if quick is not None:
            return quick(args[0])
    if kind is BuiltinFunctionType and not isinstance(f.__self__, (ModuleType, type(None))):
        return _builtin_method(f, args, kwargs)
    if kind is MethodWrapperType:
        return _special_method(f, args, kwargs)
    try:
        known = f in HANDLERS or rule_for(f) is not None
    except TypeError:
        known = False
    if known:
        return _with_rule(f, args, kwargs)
    if isinstance(f, type):
        return hooks.construct(f, args, kwargs)
    if kind is functools.partial:
        return call(f.func, *f.args, *args, **{**f.keywords, **kwargs})
    if kind in TYPE_HANDLERS:
        return TYPE_HANDLERS[kind](f, *args, **kwargs)
    derived = getattr(kind, "__srcgrad_recorded__", None)
    if derived is not None:
        return derived(f, *args, **kwargs)
    method = dunder(f, "__call__")
    if method is not None:
        return call(method, f, *args, **kwargs)
    return _native(f, args, kwargs)


def _unfollowed(f: Any) -> bool:
    """Whether a call of a function leaves what the recording sees."""
    if isinstance(f, type):
        followed = isinstance(getattr(f, "__init__", None), FunctionType)
        return not followed and f not in _HOLDERS and not issubclass(f, BaseException)
    function = getattr(f, "__func__", f)
    if type(function) is FunctionType:
        return library(function)
    owner = getattr(f, "__self__", None)
    return not isinstance(owner, (list, dict, set, frozenset, tuple))


def _with_rule(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    handler = HANDLERS.get(f)
    if handler is not None:
        try:
            return handler(*args, **kwargs)
        except SrcgradError as error:
            raise noted(error) from None
    rule = rule_for(f)
    assert rule is not None
    if rule.kind is Kind.UPDATE or involved(args) or (kwargs and involved(kwargs)):
        return applied(f, rule, args, kwargs)
    if kwargs.get("out") is not None:
        for target in kwargs["out"] if isinstance(kwargs["out"], tuple) else (kwargs["out"],):
            _about_to_write(target)
    if any(name.startswith("overwrite_") for name in kwargs):
        _about_to_write(args)
    return f(*args, **kwargs)


def _about_to_write(value: Any) -> None:
    """A native function may write into an array: keep what rules have saved of it."""
    if issubclass(type(value), np.ndarray):
        memory = session().known(value)
        if memory is not None:
            memory.before_write(value)
    elif type(value) is RecordedArray:
        value.memory.before_write(value.value)
    elif isinstance(value, (list, tuple)):
        for item in value[:16]:
            _about_to_write(item)


# --- functions with source ---------------------------------------------------------------------


def _looking_numpy(f: FunctionType) -> bool:
    """Whether a function of NumPy prints, saves or compares, so that it gets the primals."""
    module = f.__module__ or ""
    return module.startswith("numpy.testing") or f.__name__ in _SHOWING


@lru_cache(maxsize=1)
def _library_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple({paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")})


def library(f: Any) -> bool:
    """Whether a function belongs to the standard library or an installed package."""
    return _from_library(f.__code__.co_filename)


@lru_cache(maxsize=4096)
def _from_library(filename: str) -> bool:
    return filename.startswith((*_library_folders(), "<frozen "))


def _only_data(value: Any, depth: int = 4) -> bool:
    """Nothing but numbers, strings, plain arrays and containers of such: no derivative can hide in it."""
    if value is None or type(value) in (int, float, str, bool, complex, bytes, slice, type, ModuleType):
        return True
    if isinstance(value, (list, tuple, set, dict)) and depth:
        items = value.values() if isinstance(value, dict) else value
        return all(_only_data(item, depth - 1) for item in items)
    return isinstance(value, (np.ndarray, np.generic, np.dtype)) and not active(value)


def follow(f: FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call the rewritten version of a Python function."""
    package = (f.__module__ or "").partition(".")[0]
    if package == "srcgrad" and not f.__module__.startswith("srcgrad.rules."):
        return f(*map(lift, args), **{key: lift(value) for key, value in kwargs.items()})
    if library(f):
        if rule_for(f) is not None:
            return _with_rule(f, args, kwargs)  # of a package imported a moment ago
        handler = LIBRARY_HANDLERS.get((f.__module__, f.__qualname__))
        if handler is not None:
            return handler(*args, **kwargs)
        if package in _LOOKING or (package == "numpy" and _looking_numpy(f)):
            text = f(*plain(list(args)), **plain(kwargs))
            return transcript(text) if active(args) or active(kwargs) else text
        if _only_data(args) and _only_data(kwargs):
            return f(*args, **kwargs)
    try:
        version = rewriting.rewritten(f)
    except SourceNotFoundError as error:
        return _without_source(f, args, kwargs, error)
    return version(*args, **kwargs)


def _without_source(
    f: FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any], error: SourceNotFoundError
) -> Any:
    generated = hooks.generated(f, args)
    if generated is not None:
        return generated(*args, **kwargs)
    if not (active(args) or active(kwargs)) and _only_data(args) and _only_data(kwargs):
        return f(*args, **kwargs)
    raise noted(
        SourceNotFoundError(
            f"{f.__qualname__} is called with values that carry derivatives, and its source is not available",
            location=user_location(f.__name__), cause=error.cause,
        )
    ) from None  # fmt: skip


# --- functions without -------------------------------------------------------------------------


def _builtin_method(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    owner = f.__self__
    if isinstance(owner, np.ndarray):
        memory_known = lift(owner)
        if type(memory_known) is RecordedArray or active(args) or f.__name__ in hooks.mutating:
            return hooks.method(memory_known, f.__name__, args, kwargs)
        return f(*args, **kwargs)
    if f in HANDLERS or rule_for(f) is not None:
        return _with_rule(f, args, kwargs)
    handler = METHOD_HANDLERS.get((".".join(type(owner).__module__.split(".")[:2]), f.__name__))
    if handler is not None:
        return handler(f, *args, **kwargs)
    if isinstance(owner, np.generic):
        rule = hooks.method
        return rule(owner, f.__name__, args, kwargs) if active(args) else f(*args, **kwargs)
    if (
        isinstance(owner, (list, dict, set, frozenset, tuple, str, bytes))
        or type(owner).__module__ == "collections"
    ):
        return _holder_method(f, owner, args, kwargs)
    if isinstance(owner, type):
        # Class methods such as dict.fromkeys; `tuple.__new__` is one of them.
        return f(*[iterate(a) if isinstance(a, np.ndarray) else a for a in args], **kwargs)
    if type(owner).__name__ in ("generator", "coroutine", "slice", "cell"):
        return f(*args, **kwargs)
    return _native(f, args, kwargs)


def _special_method(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``x.__setitem__(key, value)`` and the like of a built-in class, spelled out."""
    owner, name = f.__self__, f.__name__
    if isinstance(owner, np.ndarray):
        if active(owner) or active(args) or name in _WRITING:
            return getattr(RecordedArray, name)(into(owner), *args, **kwargs)
        return f(*args, **kwargs)
    if isinstance(owner, (list, dict, set, frozenset, tuple, str, bytes)):
        return _holder_method(f, owner, args, kwargs)
    return _native(f, args, kwargs)


def _holder_method(f: Any, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    name = f.__name__
    args = iterated(name, args)
    if name == "sort" and kwargs.get("key") is not None:
        kwargs = {**kwargs, "key": functools.partial(call, kwargs["key"])}
    if not isinstance(owner, (tuple, str, bytes)):
        session().touch(owner)
    elif isinstance(owner, (str, bytes)) and (holds_text((owner, *args)) or active(args)):
        return transcript(f(*args, **kwargs))
    return f(*args, **kwargs)


def iterated(name: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments of a method that takes the items out of them: of arrays, the recorded ones."""
    if name not in _ITERATING:
        return args
    return tuple([arg if isinstance(arg, (list, tuple, dict, set)) else _items(arg) for arg in args])


def _items(arg: Any) -> Any:
    items = iterate(arg) if isinstance(arg, np.ndarray) or dunder(arg, "__iter__") is not None else arg
    # A list, because `__new__` and `__init__` both get it.
    return items if items is arg else list(items)


def _native(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function that cannot be followed: fine as long as no derivative goes in."""
    owner = getattr(f, "__objclass__", None)
    if owner in _HOLDERS or _is_exception(owner) or getattr(owner, "__module__", None) == "collections":
        if args:
            session().touch(args[0])
        return f(*iterated(f.__name__, args), **kwargs)
    if getattr(f, "__module__", None) in _MOVING:
        session().touch(args[0])
        return f(*args, **{key: _callback(value) for key, value in kwargs.items()})
    if owner is np.ndarray and args:
        return hooks.method(lift(args[0]), f.__name__, args[1:], kwargs)
    if args and isinstance(args[0], RecordedScalar) and isinstance(owner, type):
        own = getattr(RecordedScalar, f.__name__, None)  # float.__mul__(x, y)
        if own is not None:
            return own(*args)
        if hasattr(args[0].value, f.__name__):
            return hooks.method(args[0], f.__name__, args[1:], kwargs)
    if active(args) or active(kwargs):
        wrapped = getattr(f, "__wrapped__", None) or getattr(f, "py_func", None)
        module = getattr(f, "__module__", None) or ""
        if type(wrapped) is FunctionType:
            return call(wrapped, *args, **kwargs)
        if module.partition(".")[0] in _LOOKING:
            return transcript(f(*plain(list(args)), **plain(kwargs)))
        name = getattr(f, "__qualname__", None) or getattr(f, "__name__", None) or repr(f)
        raise noted(
            MissingRuleError(
                f"{_dotted(module, name)} is called with values that carry derivatives, but has no derivative rule",
                location=user_location(name.rpartition(".")[2]),
                cause="it is not written in Python, so it cannot be followed"
                if type(f) is not FunctionType
                else None,
            )
        )
    for value in (*args, *kwargs.values()):
        _about_to_write(value)
    # A callback must run rewritten: what it returns may carry a derivative, and that must not go unnoticed.
    args = tuple([_callback(arg) for arg in args])
    kwargs = {key: _callback(value) for key, value in kwargs.items()}
    return f(*[plain(arg) for arg in args], **{k: plain(v) for k, v in kwargs.items()})


def _is_exception(owner: Any) -> bool:
    return isinstance(owner, type) and issubclass(owner, BaseException)


def _callback(value: Any) -> Any:
    if type(value) in (FunctionType, MethodType) and not (type(value) is FunctionType and library(value)):
        return functools.partial(call, value)
    return value


def _dotted(module: str, name: str) -> str:
    return f"{module}.{name}" if module and module != "builtins" else name


# --- what un-rewritten code asks for -----------------------------------------------------------


def _ufunc(ufunc: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    out = kwargs.get("out")
    if method == "__call__":
        if out is not None:
            kwargs = {**kwargs, "out": out[0] if isinstance(out, tuple) and len(out) == 1 else out}
            into(kwargs["out"])
        return call(ufunc, *args, **kwargs)
    return call(getattr(ufunc, method), *args, **kwargs)


hooks.call, hooks.ufunc, hooks.library = call, _ufunc, library
