"""Calls of functions with source: which specialisation they go to, and what passes through them.

The callee sees its arguments with regions of its own (`inside`); afterwards, what it did to them happens to the
caller's (`_outside`), and the result is described in the caller's terms (`_result`).
"""

from __future__ import annotations

import inspect
import types as python_types
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.errors import SourceNotFoundError
from srcgrad.transform import builders as b
from srcgrad.transform.arguments import STARS, without_stars
from srcgrad.transform.facts import UserCall
from srcgrad.transform.inner import carried, read_here, with_keywords
from srcgrad.transform.refused import Refused
from srcgrad.transform.signature import leaves, typeof
from srcgrad.transform.source import Source, read_source
from srcgrad.transform.types import (
    UNKNOWN,
    Array,
    Dim,
    Inner,
    Kind,
    Known,
    Number,
    Record,
    Region,
    TupleOf,
    Unknown,
    Value,
    join,
    merge,
)

if TYPE_CHECKING:
    from srcgrad.transform.infer_expressions import Expressions


def user_call(
    self: Expressions,
    node: gast.Call,
    function: python_types.FunctionType,
    identity: object,
    args: list[gast.expr],
    kwargs: dict[str, gast.expr],
) -> Value:
    """A call of a function written in Python: specialise it for the arguments at hand."""
    try:
        source = read_source(function)
    except SourceNotFoundError:  # with values that carry no derivative it can still run
        raise Refused(node, f"a call of {function.__qualname__}, whose source is not available") from None
    return specialized(
        self, node, source, identity, inspect.signature(function, follow_wrapped=False), args, kwargs
    )


def specialized(
    self: Expressions,
    node: gast.Call,
    source: Source,
    identity: object,
    signature: inspect.Signature,
    args: list[gast.expr],
    kwargs: dict[str, gast.expr],
    known: Mapping[str, Value] | None = None,
) -> Value:
    """A call of a function with source; ``known`` says what it sees of functions that it is given."""
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        raise Refused(node, str(error)) from None
    if any(parameter.kind in STARS for parameter in signature.parameters.values()):
        source, signature, bound, identity = without_stars(source, signature, bound, identity)
    source, signature, bound, functions = _with_closures(self, node, source, signature, bound, known or {})
    if functions:
        identity = (identity, "closures", tuple(functions), tuple(bound))
    parameters: dict[str, Value] = {**(known or {}), **functions}
    arguments: dict[str, gast.expr] = {}
    mapping: dict[Region, Region] = {}
    shared: dict[Dim, Dim] = {}
    code = source.function.__code__
    recursive = source.name in code.co_names or source.name in code.co_freevars
    for name, parameter in signature.parameters.items():
        if name in bound:
            arguments[name] = bound[name]
            if name in parameters:
                continue
            parameters[name] = inside(self.facts.value(arguments[name]), name, mapping, shared)
            if recursive and isinstance(parameters[name].type, Known) and parameters[name].kind is Kind.INT:
                parameters[name] = Value(Number(Kind.INT, True))  # one version for all depths
        else:
            parameters[name] = typeof(parameter.default, name, constant=True)
    order = {id(region): k for k, region in enumerate(mapping)}
    aliases = tuple(
        tuple(order[id(part.home)] for part in leaves(self.facts.value(arg)) if part.home is not None)
        for arg in arguments.values()
    )
    callee = self.program.specialize(source, identity, parameters, aliases)
    self.facts.calls[id(node)] = UserCall(callee, arguments)
    outside = _outside(callee, self.facts, arguments)
    lengths = _lengths(callee, self.facts, arguments)
    for inner, region in list(outside.items()):
        if inner.written:
            if region.external and (region.varied or inner.varied):
                raise Refused(node, "it passes an object that outlives the call to a function that writes it")
            region.written = True
            if inner.element is not None:
                _stored(self, node, _result(self, node, inner.element, outside, lengths, inner.name), region)
        if inner.varied:
            region.find().varied = True
    if callee.result is None:
        return UNKNOWN if not callee.in_progress else Value(Number(Kind.FLOAT), None, True)
    return _result(self, node, callee.result, outside, lengths)


def _stored(self: Expressions, node: gast.Call, element: Value, region: Region) -> None:
    """Note that a callee may have put a value into a list of the caller's."""
    region = region.find()
    region.element = element if region.element is None else join(region.element, element)
    if region.find().element.varied and isinstance(region.find().element.type, Unknown):  # type: ignore[union-attr]
        raise Refused(node, "the list holds values of different types")


def _with_closures(
    self: Expressions,
    node: gast.Call,
    source: Source,
    signature: inspect.Signature,
    bound: dict[str, Any],
    known: Mapping[str, Value],
) -> tuple[Source, inspect.Signature, dict[str, Any], dict[str, Value]]:
    """A function that gets what the functions among its arguments capture, and what it knows of functions."""
    functions: dict[str, Value] = {}
    parameters = list(signature.parameters.values())
    added: dict[str, gast.expr] = {}
    for name, argument in bound.items():
        value = self.facts.value(argument)
        if isinstance(value.type, Inner) and name not in known:
            made = carried(self, value.type, name)
            functions |= made.functions
            functions[name] = Value(made.function, None, value.varies)
            added |= read_here(self, made, node)
    if not functions:
        return source, signature, bound, functions
    if not set(b.names_in(source.tree)).isdisjoint([*added, *(functions.keys() - bound.keys())]):
        raise Refused(node, "names like those of captured variables")
    parameters += [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in added]
    parameters.sort(key=lambda parameter: parameter.kind)
    tree = with_keywords(source.tree, tuple(added))
    return replace(source, tree=tree), inspect.Signature(parameters), {**bound, **added}, functions


def inside(
    value: Value, name: str, mapping: dict[Region, Region], shared: dict[Dim, Dim] | None = None
) -> Value:
    """An argument as the callee sees it: with regions and names of lengths of its own.

    ``shared`` has the callee's names of the caller's lengths; without it, lengths are not named.
    """

    def named(dim: Dim | None, hint: str) -> Dim | None:
        if shared is None or dim == Dim(None, 1):
            return dim if dim == Dim(None, 1) else None
        return Dim(hint) if dim is None else shared.setdefault(dim, Dim(hint))

    type_ = value.type
    region: Region | None = None
    home = value.home
    if home is not None:
        region = mapping.get(home)
        if region is None:
            region = mapping[home] = Region(name)
            region.varied = home.varied
            region.external = home.external
            region.volatile = home.written or home.volatile
            region.element = None if home.element is None else inside(home.element, f"{name}[]", mapping)
        region = region.find()
    match type_:
        case Array(kind=kind, shape=shape) if shape is not None:
            type_ = Array(kind, tuple(named(dim, f"{name}.{k}") for k, dim in enumerate(shape)))
        case Number(kind=kind, python=python):
            whole = kind is Kind.INT and shared is not None
            type_ = Number(kind, python, Dim(name) if whole else None)
        case TupleOf(items=items):
            parts = (inside(item, f"{name}[{k}]", mapping, shared) for k, item in enumerate(items))
            type_ = TupleOf(tuple(parts))
        case Record(cls=cls, fields=fields):
            type_ = Record(
                cls, tuple((key, inside(item, f"{name}.{key}", mapping, shared)) for key, item in fields)
            )
    return Value(type_, region, value.varied)


def _outside(callee: Any, facts: Any, arguments: dict[str, gast.expr]) -> dict[Region, Region]:
    """From the callee's regions of its parameters to the caller's of the arguments."""
    found: dict[Region, Region] = {}
    for name, arg in arguments.items():
        inner = [part.home for part in leaves(callee.parameters[name])]
        outer = [part.home for part in leaves(facts.value(arg))]
        for one, other in zip(inner, outer, strict=False):
            if one is not None and other is not None:
                if one in found:
                    merge(found[one], other)
                found[one] = other.find()
    return found


def _lengths(callee: Any, facts: Any, arguments: dict[str, gast.expr]) -> dict[str, Dim | None]:
    """The callee's names of lengths -> the caller's lengths."""
    found: dict[str, Dim | None] = {}
    for name, arg in arguments.items():
        for inner, outer in zip(leaves(callee.parameters[name]), leaves(facts.value(arg)), strict=False):
            if (
                isinstance(inner.type, Array)
                and isinstance(outer.type, Array)
                and inner.type.shape
                and outer.type.shape
            ):
                for one, other in zip(inner.type.shape, outer.type.shape, strict=False):
                    if one is not None and one.symbol is not None:
                        found[one.symbol] = other
    return found


def _result(
    self: Expressions,
    node: gast.Call,
    value: Value,
    outside: dict[Region, Region],
    lengths: dict[str, Dim | None],
    path: str = "",
) -> Value:
    """A callee's result as the caller sees it."""
    type_ = value.type
    region: Region | None = None
    home = value.home
    if home is not None:
        region = outside.get(home)
        if region is None:
            region = self.region((id(node), "result", path), "result")
            outside[home] = region  # the same memory may be in the result twice
            region.varied |= home.varied
            region.written |= home.written
            if home.element is not None and region.element is None:
                region.element = _result(self, node, home.element, outside, lengths, path + "[]")
        region = region.find()
    match type_:
        case Array(kind=kind, shape=shape) if shape is not None:
            type_ = self.named(node, Array(kind, tuple(_length(dim, lengths) for dim in shape)))
        case Number(kind=kind, python=python):
            type_ = Number(kind, python)
        case TupleOf(items=items):
            parts = (
                _result(self, node, item, outside, lengths, f"{path}.{k}") for k, item in enumerate(items)
            )
            type_ = TupleOf(tuple(parts))
        case Record(cls=cls, fields=fields) if cls is dict:
            named = (
                (key, _result(self, node, item, outside, lengths, f"{path}.{key}")) for key, item in fields
            )
            type_ = Record(cls, tuple(named))
        case Record():
            raise Refused(node, "a callee that returns an object")
        case Inner():
            raise Refused(node, "a callee that returns a function")
    return Value(type_, region, value.varied)


def _length(dim: Dim | None, lengths: dict[str, Dim | None]) -> Dim | None:
    """A length of a callee's result, as the caller knows it."""
    if dim is None or dim.symbol is None:
        return dim
    outer = lengths.get(dim.symbol)
    return None if outer is None else Dim(outer.symbol, outer.offset + dim.offset)
