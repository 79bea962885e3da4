"""Built-in functions, and those of functools, operator and math, as recorded programs call them."""

from __future__ import annotations

import functools
import itertools
import math
import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.errors import UnsupportedError
from srcgrad.rules import rule_for
from srcgrad.runtime.recorded.apply import active, applied, gathered, lift, node_of, plain
from srcgrad.runtime.recorded.dispatch import HANDLERS, TYPE_HANDLERS, call
from srcgrad.runtime.recorded.objects import at, into, iterate, load
from srcgrad.runtime.recorded.operators import BINARY, INPLACE, UNARY, dunder
from srcgrad.runtime.recorded.recorded_values import Recorded, RecordedArray, RecordedScalar, hooks
from srcgrad.runtime.recorded.recording import Gather
from srcgrad.runtime.recorded.storing import as_float, as_python
from srcgrad.runtime.recorded.transcripts import shown
from srcgrad.runtime.recorded.whereabouts import noted, user_location

__all__: list[str] = []


def _follow(function: Callable[..., Any]) -> Callable[..., Any]:
    return functools.partial(call, function)


def _type(*args: Any, **kwargs: Any) -> Any:
    return type(plain(args[0])) if len(args) == 1 else type(*args, **kwargs)


def _float(x: Any = 0.0, /) -> Any:
    method = None if isinstance(x, Recorded) else dunder(x, "__float__")
    return call(method, x) if method is not None else as_float(lift(x)) if active(x) else float(plain(x))


def _complex(real: Any = 0, *imag: Any) -> Any:
    if not (active(real) or active(imag)):
        return complex(plain(real), *plain(imag))
    value = BINARY["Add"](real, BINARY["Mult"](1j, imag[0])) if imag else lift(real)
    if isinstance(value, RecordedArray):
        value = value[(0,) * value.value.ndim]
    if isinstance(value, RecordedScalar) and not np.iscomplexobj(value.value):
        return RecordedScalar(complex(value.value), Gather((value.node,), ((),)))
    return as_python(value)


def _sum(items: Any, /, start: Any = 0) -> Any:
    if sys.version_info >= (3, 12):
        items = list(iterate(items))
    total = start
    for item in iterate(items):
        total = BINARY["Add"](total, item)
    if sys.version_info >= (3, 12) and isinstance(total, RecordedScalar) and type(total.value) is float:
        # from this version on, Python's sum of floats carries the rounding error along
        return RecordedScalar(sum([plain(item) for item in items], plain(start)), total.node)
    return total


def _extremum(choose: Callable[..., Any]) -> Callable[..., Any]:
    def chosen(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("key") is not None:
            kwargs = {**kwargs, "key": _follow(kwargs["key"])}
        if len(args) == 1:
            return choose(iterate(args[0]), **kwargs)
        return choose(*args, **kwargs)

    return chosen


def _sorted(items: Any, /, *, key: Any = None, reverse: bool = False) -> list[Any]:
    return sorted(iterate(items), key=None if key is None else _follow(key), reverse=reverse)


def _map(function: Any, /, *items: Any) -> Any:
    return map(_follow(function), *[iterate(part) for part in items])


def _filter(function: Any, items: Any, /) -> Any:
    return filter(None if function is None else _follow(function), iterate(items))


def _zip(*items: Any, strict: bool = False) -> Any:
    return zip(*[iterate(part) for part in items], strict=strict)


def _reversed(items: Any, /) -> Any:
    if isinstance(items, np.ndarray):
        return (at(items)[k] for k in range(len(items) - 1, -1, -1))
    method = dunder(items, "__reversed__")
    return reversed(items) if method is None else call(method, items)


def _over(collect: Callable[..., Any]) -> Callable[..., Any]:
    def collected(items: Any = (), /, *args: Any, **kwargs: Any) -> Any:
        return collect(iterate(items), *args, **kwargs)

    return collected


def _dict(*args: Any, **kwargs: Any) -> Any:
    if args and not hasattr(args[0], "keys"):
        return dict(iterate(args[0], 2), **kwargs)
    return dict(*args, **kwargs)


def _iter(items: Any, *sentinel: Any) -> Any:
    return iter(_follow(items), *sentinel) if sentinel else iter(iterate(items))


def _next(iterator: Any, *default: Any) -> Any:
    method = dunder(iterator, "__next__")
    if method is None:
        return next(iterator, *default)
    try:
        return call(method, iterator)
    except StopIteration:
        if default:
            return default[0]
        raise


def _getattr(x: Any, name: str, *default: Any) -> Any:
    if not default:
        return load(x, name)
    try:
        return load(x, name)
    except AttributeError:
        return default[0]


def _unary(name: str, native: Callable[..., Any]) -> Callable[..., Any]:
    def applied(x: Any, *args: Any) -> Any:
        method = None if isinstance(x, Recorded) else dunder(x, name)
        return native(x, *args) if method is None else call(method, x, *args)

    return applied


def _pow(base: Any, exp: Any, mod: Any = None) -> Any:
    return BINARY["Pow"](base, exp) if mod is None else pow(base, exp, mod)


def _reduce(function: Any, items: Any, /, *initial: Any) -> Any:
    return functools.reduce(_follow(function), iterate(items), *initial)


def _fsum(items: Any, /) -> Any:
    items = list(iterate(items))
    total = _sum(items)
    node = node_of(total)
    exact = math.fsum([plain(item) for item in items])
    return exact if node is None else RecordedScalar(exact, node)


def _prod(items: Any, /, *, start: Any = 1) -> Any:
    return functools.reduce(BINARY["Mult"], iterate(items), start)


def _looking(function: Callable[..., Any]) -> Callable[..., Any]:
    def looked(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return looked


HANDLERS.update(
    {
        type: _type, float: _float, complex: _complex, sum: _sum, min: _extremum(min), max: _extremum(max),
        sorted: _sorted, map: _map, filter: _filter, zip: _zip, reversed: _reversed, enumerate: _over(enumerate),
        list: _over(list), tuple: _over(tuple), set: _over(set), frozenset: _over(frozenset), any: _over(any),
        all: _over(all), dict: _dict, iter: _iter, next: _next, getattr: _getattr,
        setattr: lambda x, name, value: setattr(into(x), name, value),
        delattr: lambda x, name: delattr(into(x), name),
        abs: UNARY["Abs"], round: _unary("__round__", round), pow: _pow,
        divmod: lambda a, b: (BINARY["FloorDiv"](a, b), BINARY["Mod"](a, b)),
        functools.reduce: _reduce, math.fsum: _fsum, math.prod: _prod,
    }
)  # fmt: skip
# They look at values and give what carries no derivative, or keep what they are given.
for _function in (
    print, len, id, hash, bool, int, callable, isinstance, issubclass, hasattr, vars, dir,
    slice, range, object, super, functools.partial, operator.index, operator.truth, operator.not_,
    operator.is_, operator.is_not, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
    operator.contains, operator.itemgetter, operator.attrgetter, operator.methodcaller, operator.length_hint,
    math.isnan, math.isinf, math.isfinite, globals, locals, functools.cmp_to_key, input, open, staticmethod,
    classmethod, property,
):  # fmt: skip
    HANDLERS.setdefault(_function, _looking(_function))
for _writer in (repr, str, format, ascii):
    HANDLERS[_writer] = functools.partial(shown, _writer)
for _name in ("isnan", "isinf", "isfinite", "isclose", "floor", "ceil", "trunc"):
    HANDLERS[getattr(math, _name)] = functools.partial(
        lambda function, *a, **k: function(*plain(list(a)), **plain(k)), getattr(math, _name)
    )

HANDLERS[itertools.chain.from_iterable] = lambda items: itertools.chain.from_iterable(
    map(iterate, iterate(items))
)

_SHORT = {
    "Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv", "FloorDiv": "floordiv", "Mod": "mod", "Pow": "pow",
    "MatMult": "matmul",
}  # fmt: skip
for _kind, _word in _SHORT.items():
    HANDLERS[getattr(operator, _word)] = BINARY[_kind]
    HANDLERS[getattr(operator, f"i{_word}")] = INPLACE[_kind]
HANDLERS[operator.neg], HANDLERS[operator.pos], HANDLERS[operator.abs] = (
    UNARY["USub"],
    UNARY["UAdd"],
    UNARY["Abs"],
)
HANDLERS[operator.getitem] = lambda x, key: at(x)[key]
HANDLERS[operator.setitem] = lambda x, key, value: operator.setitem(into(x), key, value)
HANDLERS[operator.call if hasattr(operator, "call") else call] = call


def _itemgetter(getter: Any, x: Any) -> Any:
    keys = getter.__reduce__()[1]
    parts = tuple(at(x)[key] for key in keys)
    return parts[0] if len(parts) == 1 else parts


def _attrgetter(getter: Any, x: Any) -> Any:
    parts = tuple(functools.reduce(load, path.split("."), x) for path in getter.__reduce__()[1])
    return parts[0] if len(parts) == 1 else parts


def _methodcaller(caller: Any, x: Any) -> Any:
    made: Any = caller.__reduce__()
    keywords: dict[str, Any] = {}
    if made[0] is not operator.methodcaller:
        keywords = made[0].keywords
        given: Any = (*made[0].args, *made[1])
    else:
        given = made[1]
    name, *args = given
    return call(load(x, name), *args, **keywords)


TYPE_HANDLERS[operator.itemgetter] = _itemgetter
TYPE_HANDLERS[operator.attrgetter] = _attrgetter
TYPE_HANDLERS[operator.methodcaller] = _methodcaller


# --- arrays of lists ---------------------------------------------------------------------------


def _array(function: Callable[..., Any]) -> Callable[..., Any]:
    """``np.array`` and its like: an array of a list is put together from what is in the list."""

    def made(value: Any, *args: Any, **kwargs: Any) -> Any:
        if not active(value):
            return function(plain(value), *args, **kwargs)
        value = lift(value)
        rule = rule_for(function)
        if not isinstance(value, RecordedArray) or rule is None:
            return gathered(value, args[0] if args else kwargs.get("dtype"))
        return applied(function, rule, (value, *args), kwargs)

    return made


for _maker in (np.array, np.asarray, np.asanyarray):
    HANDLERS[_maker] = _array(_maker)


def _nditer(*args: Any, **kwargs: Any) -> Any:
    """An iterator that writes gives arrays that do not tell whose memory they are."""
    if "write" in repr((args[2:], kwargs.get("op_flags"))):
        raise noted(
            UnsupportedError(
                "np.nditer that writes into an array",
                location=user_location("nditer"),
                cause="the arrays that it gives do not tell whose memory they are",
                way_out="write by index, as in `for i in np.ndindex(a.shape): a[i] = ...`",
            )
        )
    return hooks.construct(np.nditer, args, kwargs)


HANDLERS[np.nditer] = _nditer
