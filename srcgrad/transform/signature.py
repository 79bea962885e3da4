"""From run-time arguments to abstract values, and to the key under which compiled code is cached."""

from __future__ import annotations

import dataclasses
import itertools
import types as python_types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from srcgrad.transform.types import (
    INERT,
    Array,
    Dim,
    Inert,
    Inner,
    Kind,
    Known,
    ListOf,
    Number,
    Record,
    Region,
    TupleOf,
    Unknown,
    Value,
    carries_derivative,
    join,
    kind_of_dtype,
    merge,
    without_symbols,
)

_KNOWN = (
    python_types.FunctionType,
    python_types.BuiltinFunctionType,
    python_types.MethodType,
    python_types.ModuleType,
    type,
    np.ufunc,
    str,
    bytes,
    type(None),
    np.dtype,
)


def typeof(value: Any, name: str, *, varies: bool = False, constant: bool = False, depth: int = 0) -> Value:
    """Describe a run-time value.

    Parameters
    ----------
    value
        Any object.
    name
        A name for its symbolic lengths and its region.
    varies
        True if its floating-point leaves are differentiated.
    constant
        True for values that are read anew at each call (globals): their memory is not the function's own.
    """
    if isinstance(value, np.ndarray):
        kind = kind_of_dtype(value.dtype)
        if kind is None:
            return INERT
        region = Region(name)
        active = varies and kind >= Kind.FLOAT
        region.external = constant
        region.varied = active
        shape = tuple(Dim(None, 1) if n == 1 else Dim(f"{name}.{axis}") for axis, n in enumerate(value.shape))
        return Value(Array(kind, shape), region, active)
    if isinstance(value, (bool, np.bool_)):
        return Value(Number(Kind.BOOL))
    if isinstance(value, (int, np.integer)):
        count = None if constant else Dim(name)
        return Value(Number(Kind.INT, isinstance(value, int), count))
    if isinstance(value, (float, np.floating)):
        return Value(Number(Kind.FLOAT, type(value) is float), None, varies)
    if isinstance(value, (complex, np.complexfloating)):
        return Value(Number(Kind.COMPLEX, type(value) is complex), None, varies)
    if isinstance(value, _KNOWN):
        return Value(Known.of(value))
    if callable(value) and not varies:
        return Value(Known.of(value))
    if depth > 6:
        return Value(Unknown(), None, varies)
    if isinstance(value, tuple):
        if type(value) is not tuple:
            members = getattr(value, "_fields", None)
            if members is None:
                return Value(Unknown(), None, varies)
            return _record(value, zip(members, value, strict=True), name, varies, constant, depth)
        items = (
            typeof(item, f"{name}[{k}]", varies=varies, constant=constant, depth=depth + 1)
            for k, item in enumerate(value)
        )
        return Value(TupleOf(tuple(items)))
    if type(value) is list:
        region = Region(name)
        region.external = constant
        for item in value:
            element = typeof(item, f"{name}[]", varies=varies, constant=constant, depth=depth + 1)
            element = without_symbols(element)  # each item has lengths of its own
            region.element = element if region.element is None else join(region.element, element)
        region.varied = region.element is not None and region.element.varied
        return Value(ListOf(), region)
    if type(value) is dict:
        if not all(isinstance(key, (str, int)) for key in value) or len(value) > 200:
            return Value(Unknown(), None, varies)
        return _record(value, value.items(), name, varies, constant, depth)
    if dataclasses.is_dataclass(value):
        fields = (
            (f.name, getattr(value, f.name)) for f in dataclasses.fields(value) if hasattr(value, f.name)
        )
        return _record(value, fields, name, varies, constant, depth)
    if varies or not constant:
        attributes = getattr(value, "__dict__", None)
        if isinstance(attributes, dict) and len(attributes) <= 100 and not callable(value):
            return _record(value, attributes.items(), name, varies, constant, depth)
    return Value(Inert()) if not varies else Value(Unknown(), None, True)


def _record(value: Any, pairs: Any, name: str, varies: bool, constant: bool, depth: int) -> Value:
    fields = tuple(
        (key, typeof(item, f"{name}.{key}", varies=varies, constant=constant, depth=depth + 1))
        for key, item in pairs
    )
    region = Region(name)
    region.external = constant
    return Value(Record(type(value), fields), region)


def key_of(value: Value) -> object:
    """What of an abstract value decides how code that receives it is compiled."""
    type_ = value.type
    varied = carries_derivative(value)
    match type_:
        case Array(kind=kind, shape=shape):
            ones = None if shape is None else tuple(dim == Dim(None, 1) for dim in shape)
            return ("array", kind, ones, varied)
        case ListOf():
            region = value.home
            element = None if region is None or region.element is None else key_of(region.element)
            return ("list", element, varied)
        case TupleOf(items=items):
            return ("tuple", tuple(key_of(item) for item in items))
        case Record(cls=cls, fields=fields):
            return ("record", cls, tuple((name, key_of(item)) for name, item in fields))
        case Known(identity=identity):
            return ("known", identity)
        case Inner():
            return (type_, value.varied)
        case Number(kind=number, python=python):
            return ("number", number, python, varied)
    return (type_, varied)


def described(arguments: Mapping[str, Any], wanted: Sequence[str]) -> dict[str, Value]:
    """The arguments of a call as abstract values; related lengths of arrays have the same symbol."""
    found = {name: typeof(value, name, varies=name in wanted) for name, value in arguments.items()}
    arrays = {name: value.shape for name, value in arguments.items() if type(value) is np.ndarray}
    symbols = [f"{name}.{axis}" for name, shape in arrays.items() for axis in range(len(shape))]
    relations = iter(related([n for shape in arrays.values() for n in shape]))
    for name, shape in arrays.items():
        dims = [Dim(symbols[root], offset) for root, offset in itertools.islice(relations, len(shape))]
        one = found[name]
        if isinstance(one.type, Array):
            named = tuple(Dim(None, 1) if n == 1 else dim for n, dim in zip(shape, dims, strict=True))
            found[name] = Value(Array(one.type.kind, named), one.region, one.varies)
    return found


def related(lengths: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """For each length, the position of one that it differs from by a small constant, and the constant.

    Grids that are shifted against each other, or have a margin, have such lengths. Small ones are seldom meant so.

    >>> related([50, 3, 50, 51, 3, 4])
    ((0, 0), (1, 0), (0, 0), (0, 1), (1, 0), (5, 0))
    """
    found: dict[int, tuple[int, int]] = {}
    for k, n in enumerate(lengths):
        if n not in found:
            found[n] = k, 0
            for other, (root, offset) in found.items():
                if other != n and n > _SMALL and other > _SMALL and abs(n - other) <= _MARGIN:
                    found[n] = root, offset + n - other
                    break
    return tuple(map(found.__getitem__, lengths))


_SMALL = 8
_MARGIN = 4


def sharing(parameters: Mapping[str, Value]) -> tuple[tuple[int, int], ...]:
    """Which lengths of parameters have the same symbol, and by how much they differ."""
    first: dict[str | None, int] = {}
    dims = [
        dim
        for value in parameters.values()
        for part in leaves(value)
        if isinstance(part.type, Array) and part.type.shape is not None
        for dim in part.type.shape
    ]
    return tuple(
        (k, 0) if dim is None else (first.setdefault(dim.symbol, k), dim.offset) for k, dim in enumerate(dims)
    )


def leaves(value: Value) -> Iterator[Value]:
    """All mutable or numeric parts of an abstract value, the value itself first."""
    yield value
    match value.type:
        case TupleOf(items=items):
            for item in items:
                yield from leaves(item)
        case Record(fields=fields):
            for _, item in fields:
                yield from leaves(item)
        case ListOf():
            region = value.home
            if region is not None and region.element is not None:
                yield from leaves(region.element)


def arrays_in(value: Any, depth: int = 0) -> Iterator[np.ndarray[Any, Any]]:
    """The arrays inside a (nested) argument."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple)) and depth < 6:
        for item in value:
            yield from arrays_in(item, depth + 1)
    elif isinstance(value, dict) and depth < 6:
        for item in value.values():
            yield from arrays_in(item, depth + 1)


def aliased_arguments(arguments: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Pairs of argument names that share memory: ``f(x, x)``, ``f(x, x[1:])``."""
    found: list[tuple[str, np.ndarray[Any, Any]]] = []
    pairs = []
    for name, value in arguments.items():
        for array in arrays_in(value):
            for other, other_array in found:
                if other != name and np.may_share_memory(array, other_array):
                    pairs.append((other, name))
            found.append((name, array))
    return tuple(dict.fromkeys(pairs))


def merge_aliases(values: Mapping[str, Value], pairs: tuple[tuple[str, str], ...]) -> None:
    """Make arguments that share memory share a region."""
    for left, right in pairs:
        merge(values[left].region, values[right].region)


def signature_key(arguments: Mapping[str, Any], wanted: list[str]) -> object:
    """The cache key of a call: types, dimensions, related lengths and sharing of all arguments."""
    parts: list[object] = []
    lengths: list[int] = []
    arrays = 0
    simple = True
    for name, value in arguments.items():
        cls = type(value)
        if cls is float or cls is int:
            parts.append(cls)
        elif cls is np.ndarray:
            arrays += 1
            lengths += value.shape
            parts.append(
                (value.dtype.kind, value.ndim, 1 in value.shape and tuple(n == 1 for n in value.shape))
            )
        else:
            simple = False
            parts.append(key_of(typeof(value, name, varies=name in wanted)))
    aliases = aliased_arguments(arguments) if arrays > 1 or not simple else ()
    return tuple(parts), related(lengths) if len(lengths) > 1 else (), aliases


def mark_written(values: list[Value]) -> None:
    """Note that a call may write into its arguments."""
    for part in (part for value in values for part in leaves(value)):
        if part.home is not None and not part.home.external:
            part.home.written = True
