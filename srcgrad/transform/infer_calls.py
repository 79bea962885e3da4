"""Inference of calls and operators: which rule, which function, which container method."""

from __future__ import annotations

import inspect
import types as python_types
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from srcgrad.rules import OPERATORS, Rule, rule_for, rule_for_method
from srcgrad.rules import Kind as RuleKind
from srcgrad.rules.text import METADATA
from srcgrad.runtime.checkpointing import checkpoint
from srcgrad.runtime.custom import Backward, Custom, Forward
from srcgrad.runtime.sequences import as_sequence
from srcgrad.runtime.surgery import insert_grad_of
from srcgrad.transform import builders as b
from srcgrad.transform.arguments import plain_arguments, spread
from srcgrad.transform.custom_calls import infer_custom
from srcgrad.transform.facts import ContainerCall, RuleCall, SameObject, WritingCall
from srcgrad.transform.indexing import length_value
from srcgrad.transform.infer_user_calls import user_call
from srcgrad.transform.inner import inner_call
from srcgrad.transform.instantiate import hashable
from srcgrad.transform.nested import CompiledDerivative, generated_function, generated_jvp
from srcgrad.transform.refused import Refused
from srcgrad.transform.result_types import elementwise, promoted, result_type
from srcgrad.transform.signature import mark_written
from srcgrad.transform.surgery import infer_surgery
from srcgrad.transform.types import (
    NONE,
    UNKNOWN,
    Array,
    Dim,
    Inert,
    Inner,
    Kind,
    Known,
    ListOf,
    Method,
    Number,
    Numeric,
    RangeOf,
    Record,
    Shape,
    TupleOf,
    Type,
    Unknown,
    Value,
    carries_derivative,
    class_of,
    count_of,
    is_number,
    is_numeric,
    join,
)

if TYPE_CHECKING:
    from srcgrad.transform.infer_expressions import Expressions

_LIST_METHODS = frozenset({"append", "pop", "copy"})
_PURE_BUILTINS = frozenset(
    {len, isinstance, issubclass, type, id, repr, str, callable, hasattr, bool, int, hash, print}
)
_FROM_DISPLAY = frozenset({np.array, np.asarray, np.asanyarray, np.ascontiguousarray})
_MAKES_CONTAINER = frozenset(
    {list, tuple, sorted, dict, set, frozenset, zip, enumerate, reversed, map, filter, iter}
)
_ASKING = frozenset({len, isinstance, type, callable, hasattr})


def call(self: Expressions, node: gast.Call) -> Value:
    """The abstract value of ``f(...)``."""
    function = self.expr(node.func)
    positional = [self.expr(arg.value if isinstance(arg, gast.Starred) else arg) for arg in node.args]
    keywords = {kw.arg: self.expr(kw.value) for kw in node.keywords}
    values = [*positional, *keywords.values()]
    active = any(value.varied for value in values)
    starred = any(isinstance(arg, gast.Starred) for arg in node.args) or None in keywords
    if starred and not active and not function.varied:
        return _unknown_arguments(self, function, values)
    args, kwargs = spread(self, node) if starred else plain_arguments(node)
    match function.type:
        case Known(value=target) if target is as_sequence and _is_sequence(positional[0]):
            self.facts.calls[id(node)] = SameObject(node.args[0])
            return positional[0]
        case Known(value=target):
            return _known(self, node, target, args, kwargs, starred)
        case Method(name=name, owner=owner, function=method):
            return _method(self, node, name, owner, method, args, kwargs)
        case Inner():
            return inner_call(self, node, function.type, args, kwargs)
    if isinstance(function.type, Record):
        target = function.type.cls.__dict__.get("__call__")
        if isinstance(target, python_types.FunctionType) and (active or function.varied):
            return user_call(self, node, target, target, [node.func, *args], kwargs)
    if active or function.varied:
        raise Refused(node, "it calls something that is known only at run time")
    return UNKNOWN


def _unknown_arguments(self: Expressions, function: Value, values: list[Value]) -> Value:
    """``f(*args)`` without derivatives: runs as it stands."""
    target = function.type.value if isinstance(function.type, Known) else None
    return _inactive(self, target, values)


def _is_sequence(value: Value) -> bool:
    return isinstance(value.type, (ListOf, TupleOf)) or (
        isinstance(value.type, Array) and bool(value.type.shape)
    )


def _known(
    self: Expressions,
    node: gast.Call,
    target: Any,
    args: list[gast.expr],
    kwargs: dict[str, gast.expr],
    starred: bool,
) -> Value:
    positional = [self.facts.value(arg) for arg in args]
    values = [*positional, *(self.facts.value(arg) for arg in kwargs.values())]
    active = any(value.varied for value in values)
    if target is range or (target is reversed and positional and isinstance(positional[0].type, RangeOf)):
        return Value(RangeOf())
    if target is checkpoint and len(positional) == 1 and isinstance(positional[0].type, RangeOf):
        return Value(RangeOf())
    if hashable(target) and target in _ASKING:
        return _about(target, positional)
    if target is insert_grad_of.at:
        return infer_surgery(self, node, [self.facts.value(arg) for arg in node.args])
    rule = rule_for(target)
    if rule is not None:
        if starred and active:
            raise Refused(node, f"{rule.name} with a starred argument")
        return _ruled(self, node, rule, args, kwargs)
    if not active:
        return _inactive(self, target, values)
    if hashable(target) and target in _PURE_BUILTINS:
        return Value(Inert()) if target is not int else Value(Number(Kind.INT, True))
    if target is tuple and len(positional) == 1 and isinstance(positional[0].type, TupleOf):
        return positional[0]
    if hasattr(target, "compiled_for") and not starred:
        return _pushed(self, node, target.compiled_for)
    if isinstance(target, CompiledDerivative) and not kwargs and not starred:
        generated = generated_function(target, positional)
        if generated is None:
            raise Refused(node, "a derivative that is not compiled for arguments of these types")
        return user_call(self, node, generated, generated, args, {})
    if isinstance(target, Custom):
        if starred:
            raise Refused(node, f"{target.__name__} with a starred argument")
        return infer_custom(self, node, target)
    if isinstance(target, Forward | Backward):
        target = target.function
    if isinstance(target, python_types.FunctionType):
        return user_call(self, node, target, target, args, kwargs)
    if isinstance(target, python_types.MethodType) and isinstance(target.__func__, python_types.FunctionType):
        raise Refused(node, "a bound method")
    raise Refused(node, f"it calls {getattr(target, '__name__', target)!r} with differentiated values")


def _pushed(self: Expressions, node: gast.Call, compiled_for: Any) -> Value:
    """``srcgrad.jvp(f, (x,), (v,))`` is a call of the code that was generated for it."""
    if len(node.args) != 3 or node.keywords:
        raise Refused(node, "jvp in another form than jvp(f, primals, tangents)")
    type_ = self.facts.value(node.args[0]).type
    primals, tangents = (_members(self, argument) for argument in node.args[1:])
    moving = [not _is_none(self.facts.value(part)) for part in tangents]
    if not isinstance(type_, Known) or len(moving) != len(primals):
        raise Refused(node, "jvp of a function that is known only at run time")
    values = [self.facts.value(part) for part in primals]
    found = generated_jvp(compiled_for, type_.value, values, moving)
    if found is None:
        raise Refused(node, "a derivative that is not compiled for arguments of these types")
    generated, names, more = found
    if more and generated.__defaults__ is None:
        raise Refused(node, "jvp of a derivative with a seed")
    given = [part for part, moves in zip(tangents, moving, strict=True) if moves]
    dots = dict(zip(names, given, strict=True))
    return user_call(self, node, generated, generated, primals, dots)


def _members(self: Expressions, node: gast.expr) -> list[gast.expr]:
    """The members of a tuple as expressions."""
    if isinstance(node, gast.Tuple):
        return list(node.elts)
    type_ = self.facts.value(node).type
    if not isinstance(type_, TupleOf) or not isinstance(node, gast.Name):
        raise Refused(node, "primals or tangents that are no tuple")
    made = [b.located(b.subscript(node.id, k), node) for k in range(len(type_.items))]
    for item in made:
        self.expr(item)
    return list(made)


def _about(target: Any, positional: list[Value]) -> Value:
    """``len``, ``isinstance`` ... ask about a value without using it."""
    if target is len:
        first = positional[0].type
        if isinstance(first, TupleOf):
            return Value(Known.of(len(first.items)))
        return (
            length_value(first.shape[0])
            if isinstance(first, Array) and first.shape
            else Value(Number(Kind.INT, True))
        )
    if target is hasattr and len(positional) == 2:
        first, name = positional[0].type, positional[1].type
        cls = None if isinstance(first, Record) else class_of(first)
        if cls is not None and isinstance(name, Known) and isinstance(name.value, str):
            return Value(Known.of(hasattr(cls, name.value)))
        return Value(Number(Kind.BOOL, True))
    if target is isinstance and len(positional) == 2:
        verdict = _is_instance(positional[0].type, positional[1].type)
        return Value(Number(Kind.BOOL, True) if verdict is None else Known.of(verdict))
    return Value(Inert())


def _is_instance(type_: Type, classes: Type) -> bool | None:
    candidates: tuple[Any, ...]
    match classes:
        case Known(value=cls) if isinstance(cls, type):
            candidates = (cls,)
        case Known(value=union) if isinstance(union, python_types.UnionType):
            candidates = tuple(part for part in union.__args__ if isinstance(part, type))
        case TupleOf(items=items) if all(
            isinstance(item.type, Known) and isinstance(item.type.value, type) for item in items
        ):
            candidates = tuple(item.type.value for item in items if isinstance(item.type, Known))
        case _:
            return None
    if isinstance(type_, Known):
        return isinstance(type_.value, candidates)
    cls = class_of(type_)
    return None if cls is None else issubclass(cls, candidates)


def _inactive(self: Expressions, target: Any, values: list[Value]) -> Value:
    """A call without differentiated arguments runs as it stands; it may still write into its arguments."""
    if not (hashable(target) and target in _PURE_BUILTINS):
        if isinstance(target, (python_types.FunctionType, python_types.MethodType)):
            self.opaque_call(values)
        else:
            mark_written(values)
    return UNKNOWN


def _ruled(
    self: Expressions,
    node: gast.Call,
    rule: Rule,
    args: list[gast.expr],
    kwargs: dict[str, gast.expr],
    *,
    method: bool = False,
) -> Value:
    """A call of a function in the table."""
    facts = self.facts
    every = [facts.value(arg) for arg in [*args, *kwargs.values()]]
    rule = rule.by_arity.get(len(args), rule)
    if rule.scalar is not None and all(is_number(v.type) and v.kind is not Kind.COMPLEX for v in every):
        rule = rule.scalar
    active = any(carries_derivative(value) for value in every)
    given_out = None
    if "out" in kwargs and "out" not in rule.signature.parameters and isinstance(rule.op, np.ufunc):
        given_out = kwargs["out"]
        kwargs = {name: value for name, value in kwargs.items() if name != "out"}
    try:
        arguments = rule.signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        if not active:
            return UNKNOWN
        raise Refused(node, f"{rule.name}: {error}") from None
    flat: dict[str, gast.expr | list[gast.expr]] = {}
    for name, argument in arguments.items():
        kind = rule.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            flat.update(argument)
        elif kind is inspect.Parameter.VAR_POSITIONAL:
            flat[name] = list(argument)
        else:
            flat[name] = argument
    out = flat.pop("out", given_out)
    if out is not None and not isinstance(out, list) and any(out is arg for arg in args):
        raise Refused(node, f"a positional out of {rule.name}")
    if out is not None and (isinstance(out, list) or not _is_none(facts.value(out))):
        assert isinstance(out, gast.expr)
        facts.calls[id(node)] = WritingCall(out, rule, flat)
        return _writes(self, node, out, active)
    values = {name: facts.value(arg) for name, arg in flat.items() if not isinstance(arg, list)}
    operands = [
        facts.value(item)
        for name, arg in flat.items()
        if name not in ("axis", "keepdims", "dtype", "shape", "order")
        for item in (arg if isinstance(arg, list) else [arg])
        if facts.value(item).kind is not None
    ]
    variadic = [facts.value(item) for arg in flat.values() if isinstance(arg, list) for item in arg]
    if variadic:
        values |= {f"*{k}": value for k, value in enumerate(variadic)}
    type_ = result_type(rule, values, operands)
    inside = [v.kind for value in values.values() for v in _in_lists(value) if v.kind is not None]
    if inside and isinstance(type_, (Array, Numeric, Number)) and "dtype" not in flat:
        type_ = replace(type_, kind=max(type_.kind, *inside))
    first = next(iter(flat.values()), None)
    if rule.op in _FROM_DISPLAY and isinstance(first, (gast.List, gast.Tuple)):
        if "ndmin" in flat and active:
            raise Refused(node, "it adds axes to what a list holds")
        if isinstance(type_, Array) and "ndmin" not in flat:
            type_ = Array(type_.kind, _display_shape(self, first))
    if rule.op is list and len(args) == 1:
        made = _listed(self, node, facts.value(args[0]))
        if made is not None:
            return made
    if rule.op in _MAKES_CONTAINER or rule.name == "numpy.ndarray.tolist":
        if active:
            raise Refused(node, f"{rule.name} of differentiated values")
        return _inactive(self, rule.op, every)
    facts.calls[id(node)] = RuleCall(rule, flat, method)
    if rule.kind is RuleKind.UPDATE and not active:
        mark_written(every)
        return UNKNOWN
    if active and rule.outputs > 1:
        raise Refused(node, f"{rule.name} has several results")
    if rule.kind is RuleKind.NONDIFF or not active:
        return _inactive_result(self, node, rule, type_, every)
    if rule.kind is RuleKind.UPDATE:
        return _update(self, node, rule, flat, every)
    if rule.kind is RuleKind.COMPOSITE:
        definition = rule.composite
        unused = [name for name in arguments if not rule.reads(name)]
        if method or unused or not rule.exact or not isinstance(definition, python_types.FunctionType):
            raise Refused(node, f"{rule.name} is differentiated through its definition")
        del facts.calls[id(node)]
        return user_call(self, node, definition, definition, args, kwargs)
    for name, arg in flat.items():
        for item in arg if isinstance(arg, list) else [arg]:
            value = facts.value(item)
            if not carries_derivative(value):
                continue
            if name not in rule.differentiable:
                position = list(rule.signature.parameters).index(name)
                if position in METADATA.get(rule.op, ()) or (rule.op is np.full_like and position == 0):
                    continue  # only its shape is asked for
                raise Refused(item, f"the derivative of {rule.name} for {name}=")
            if isinstance(value.type, (Unknown, Record, Method, Inner)):
                raise Refused(item, f"an argument of {rule.name} of unknown type")
    if isinstance(type_, Number) and type_.kind < Kind.FLOAT:
        type_ = Number(Kind.FLOAT, type_.python)
    if rule.view:
        owner = next((facts.value(a) for a in flat.values() if not isinstance(a, list)), UNKNOWN)
        if isinstance(owner.type, (Array, Numeric)):
            if owner.written and not isinstance(type_, Array):
                raise Refused(node, "it is not known whether this is a view of an array written in place")
            return Value(self.named(node, type_), owner.region, True)
    return self.fresh(node, type_, True)


def _in_lists(value: Value, depth: int = 4) -> Iterator[Value]:
    """What lists and tuples among the arguments hold: their numbers are operands too."""
    items: tuple[Value, ...] = ()
    if isinstance(value.type, TupleOf):
        items = value.type.items
    elif isinstance(value.type, ListOf) and value.home is not None and value.home.element is not None:
        items = (value.home.element,)
    for item in items if depth else ():
        yield item
        yield from _in_lists(item, depth - 1)


def _listed(self: Expressions, node: gast.Call, items: Value) -> Value | None:
    """``list(items)`` of a list, and of what carries no derivative and has members of one type."""
    match items.type:
        case ListOf():
            return self.list_copy(node, items)
        case RangeOf():
            element = Value(Number(Kind.INT, True))
        case Array(shape=shape) if shape and not items.varied:
            element = self.indexed(items, [Number(Kind.INT)], node)
        case _:
            return None
    region = self.region(("list", id(node)), "list")
    region.element = element if region.element is None else join(region.element, element)
    return Value(ListOf(), region)


def _display_shape(self: Expressions, node: gast.expr) -> Shape | None:
    """The shape of ``np.array([[a, b], [c, d]])``."""
    if isinstance(node, (gast.List, gast.Tuple)):
        parts = [_display_shape(self, item) for item in node.elts]
        if not parts or any(part is None or len(part) != len(parts[0] or ()) for part in parts):
            return None
        inner = parts[0]
        assert inner is not None
        return (Dim(None, len(parts)), *inner)
    type_ = self.facts.value(node).type
    if is_number(type_):
        return ()
    return type_.shape if isinstance(type_, Array) else None


def _writes(self: Expressions, node: gast.Call, owner_node: gast.expr, active: bool) -> Value:
    """A call that writes its result into an array, which it returns."""
    owner = self.facts.value(owner_node)
    if not isinstance(owner.type, Array) or not isinstance(owner_node, (gast.Name, gast.Subscript)):
        raise Refused(node, "it writes into something that is not known to be an array")
    self.write(owner, Value(Number(Kind.FLOAT), None, active), node)
    return owner


def _update(self: Expressions, node: gast.Call, rule: Rule, flat: Any, every: list[Value]) -> Value:
    """``np.add.at``, ``np.copyto``, ``fill``; the other functions that write run define-by-run."""
    names = list(flat)
    if rule.name == "numpy.add.at" and len(names) == 3:
        owner, index, value = (flat[name] for name in names)
        self.facts.calls[id(node)] = WritingCall(owner, None, {}, value, index)
    elif rule.name in ("numpy.copyto", "numpy.ndarray.fill") and len(names) == 2:
        owner, value = (flat[name] for name in names)
        self.facts.calls[id(node)] = WritingCall(owner, None, {}, value)
    else:
        raise Refused(node, f"{rule.name} writes its argument")
    _writes(self, node, owner, carries_derivative(self.facts.value(value)))
    return NONE


def _is_none(value: Value) -> bool:
    return isinstance(value.type, Known) and value.type.value is None


def _inactive_result(
    self: Expressions, node: gast.AST, rule: Rule, type_: Type, values: list[Value]
) -> Value:
    if isinstance(type_, (Array, Numeric)):
        type_ = self.named(node, type_)
        if rule.view:
            owner = values[0]
            if isinstance(owner.type, (Array, Numeric)):
                return Value(type_, owner.region, owner.varies)
        region = self.region(id(node), "value")
        return Value(type_, region, False)
    return Value(type_)


def operator(
    self: Expressions, node: gast.AST, op: str, values: list[Value], operands: list[gast.expr]
) -> Value:
    """A unary or binary operator on numbers, arrays and sequences."""
    self.facts.calls.pop(id(node), None)
    active = any(carries_derivative(value) for value in values)
    values = [_assumed(self, value, operand, active) for value, operand in zip(values, operands, strict=True)]
    if all(is_numeric(value.type) for value in values):
        rule = rule_for(OPERATORS[op])
        if rule is None:
            if active:
                raise Refused(node, f"the operator {op}")
            return UNKNOWN
        if rule.scalar is not None and all(is_number(v.type) and v.kind is not Kind.COMPLEX for v in values):
            rule = rule.scalar
        names = list(rule.signature.parameters)
        self.facts.calls[id(node)] = RuleCall(rule, dict(zip(names, operands, strict=False)))
        kind = promoted(values, rule)
        if op in ("Div",) and kind < Kind.FLOAT:
            kind = Kind.FLOAT
        if op == "Pow" and kind < Kind.FLOAT and not _natural(values[1]):
            kind = Kind.FLOAT
        if op == "MatMult":
            type_ = result_type(rule, dict(zip(names, values, strict=False)), values)
        else:
            type_ = elementwise(values, kind)
        if isinstance(type_, Number) and kind is Kind.INT and op in ("Add", "Sub") and len(values) == 2:
            type_ = Number(
                kind, type_.python, _moved(values[0].type, values[1].type, -1 if op == "Sub" else 1)
            )
        return self.fresh(node, type_, active)
    if op == "BitOr" and all(isinstance(v.type, Known) and isinstance(v.type.value, type) for v in values):
        return Value(Known.of(values[0].type.value | values[1].type.value))  # type: ignore[attr-defined]
    for value in values:
        if isinstance(value.type, (Known, Inert)) and not active:
            return Value(Inert())
    if all(isinstance(value.type, TupleOf) for value in values) and op == "Add":
        left, right = (value.type for value in values)
        assert isinstance(left, TupleOf) and isinstance(right, TupleOf)
        if not active:
            return Value(TupleOf(left.items + right.items))
    if any(value.varied for value in values):
        raise Refused(node, "an operator on objects whose types are not known to be numbers or arrays")
    if any(isinstance(value.type, ListOf) for value in values):
        region = self.region(id(node), "list")
        for value in values:
            if isinstance(value.type, ListOf) and value.home is not None and value.home.element is not None:
                element = value.home.element
                region.element = element if region.element is None else join(region.element, element)
        return Value(ListOf(), region)
    return UNKNOWN


def _moved(left: Type, right: Type, sign: int) -> Dim | None:
    """The sum or difference of two whole numbers of which one is a constant."""
    one, other = count_of(left), count_of(right)
    if one is None or other is None:
        return None
    if other.symbol is None:
        return Dim(one.symbol, one.offset + sign * other.offset)
    if one.symbol is None and sign > 0:
        return Dim(other.symbol, other.offset + one.offset)
    return None


def _assumed(self: Expressions, value: Value, operand: gast.expr, active: bool) -> Value:
    """An operand of unknown type beside a differentiated one is taken to be real; the forward sweep checks it."""
    self.facts.guards.discard(id(operand))
    if not active or not isinstance(value.type, Unknown) or value.varied:
        return value
    self.facts.guards.add(id(operand))
    assumed = self.facts.values[id(operand)] = Value(Numeric(Kind.FLOAT))
    return assumed


def _natural(exponent: Value) -> bool:
    return (
        isinstance(exponent.type, Known) and isinstance(exponent.type.value, int) and exponent.type.value >= 0
    )


def _method(
    self: Expressions,
    node: gast.Call,
    name: str,
    owner: Value,
    function: Any,
    args: list[gast.expr],
    kwargs: dict[str, gast.expr],
) -> Value:
    assert isinstance(node.func, gast.Attribute)
    positional = [self.facts.value(arg) for arg in args]
    active = owner.varied or any(
        value.varied for value in [*positional, *map(self.facts.value, kwargs.values())]
    )
    owner_node = node.func.value
    if isinstance(owner.type, ListOf):
        return _list_method(self, node, name, owner, owner_node, positional)
    if is_numeric(owner.type):
        rule = rule_for_method(name)
        if rule is not None:
            return _ruled(self, node, rule, [owner_node, *args], kwargs, method=True)
        if name == "item" and not positional and is_number(owner.type):
            return owner
        if active:
            raise Refused(node, f"the method {name!r} of an array")
        mark_written([owner, *positional])
        return UNKNOWN
    if isinstance(owner.type, Record) and isinstance(function, python_types.FunctionType):
        if not active:
            return UNKNOWN
        inside = owner.type.cls.__dict__.get(name)
        if isinstance(inside, (staticmethod, classmethod)):
            raise Refused(node, "a static or class method called on an instance")
        return user_call(self, node, function, function, [owner_node, *args], kwargs)
    if active:
        raise Refused(node, f"the method {name!r}")
    return UNKNOWN


def _list_method(
    self: Expressions,
    node: gast.Call,
    name: str,
    owner: Value,
    owner_node: gast.expr,
    positional: list[Value],
) -> Value:
    region = owner.home
    assert region is not None
    if name == "append" and len(positional) == 1:
        self.insert(owner, positional[0], node)
        if owner.varied:
            self.facts.calls[id(node)] = ContainerCall(name, owner_node)
        return NONE
    if name == "pop" and all(is_number(value.type) for value in positional):
        if region.external and region.varied:
            raise Refused(node, "it changes a list that outlives the call")
        region.written = True
        if owner.varied:
            if positional:
                raise Refused(node, "it pops a differentiated value from inside a list")
            self.facts.calls[id(node)] = ContainerCall(name, owner_node)
        return UNKNOWN if region.element is None else region.element
    if name == "copy" and not positional:
        return self.list_copy(node, owner)
    if owner.varied or any(value.varied for value in positional):
        raise Refused(node, f"the list method {name!r} on differentiated values")
    if name in ("extend", "insert", "remove", "clear", "reverse", "sort"):
        region.written = True
        if region.element is not None or positional:
            region.element = UNKNOWN
    return UNKNOWN
