"""Inference of expressions: types, memory and variation of every value that is read."""

from __future__ import annotations

import builtins
import functools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.transform import builders as b
from srcgrad.transform import infer_calls
from srcgrad.transform.facts import Facts
from srcgrad.transform.indexing import SliceType, basic_index, constant_end, gathered, length_value
from srcgrad.transform.inner import closure
from srcgrad.transform.normalize import HELPERS
from srcgrad.transform.refused import Refused
from srcgrad.transform.result_types import elementwise
from srcgrad.transform.signature import key_of, leaves, mark_written, typeof
from srcgrad.transform.types import (
    INERT,
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
    Region,
    TupleOf,
    Type,
    Unknown,
    Value,
    carries_derivative,
    is_container,
    is_number,
    is_numeric,
    join,
    without_symbols,
)

if TYPE_CHECKING:
    from srcgrad.transform.specialize import Program

Env = dict[str, Value]


class Expressions:
    """The part of the interpreter that evaluates expressions in the present environment."""

    def __init__(self, program: Program, facts: Facts) -> None:
        self.program = program
        self.facts = facts
        self.namespace = facts.source.namespace
        self.locals = bound_names(facts.core.function)
        self.regions: dict[object, Region] = {}
        self.globals: dict[str, Value] = {}
        self.env: Env = {}
        self.calls_opaque = False
        self.depth = 0
        self.sites: dict[int, int] = {}

    def write(self, owner: Value, value: Value, node: gast.AST) -> None:
        """Note a write of ``value`` into the memory of ``owner``."""
        raise NotImplementedError

    def insert(self, owner: Value, value: Value, node: gast.AST) -> None:
        """Note that a list holds ``value``."""
        raise NotImplementedError

    def region(self, site: object, name: str) -> Region:
        """The region of an allocation site, the same one in every round."""
        region = self.regions.get(site)
        if region is None:
            region = self.regions[site] = Region(name)
        return region.find()

    def expr(self, node: gast.expr) -> Value:
        """The abstract value of an expression."""
        self.facts.calls.pop(id(node), None)
        value = self._expr(node)
        self.facts.values[id(node)] = value
        return value

    def _expr(self, node: gast.expr) -> Value:
        match node:
            case gast.Constant():
                if isinstance(node.value, float):
                    return Value(Number(Kind.FLOAT, True))
                if isinstance(node.value, complex):
                    return Value(Number(Kind.COMPLEX, True))
                return Value(Known.of(node.value))
            case gast.Name():
                return self.name(node)
            case gast.Attribute():
                return self.attribute(self.expr(node.value), node)
            case gast.Subscript():
                owner = self.expr(node.value)
                index = self.index(node.slice)
                return self.subscript(owner, index, node)
            case gast.BinOp():
                values = [self.expr(node.left), self.expr(node.right)]
                return self.operator(node, type(node.op).__name__, values, [node.left, node.right])
            case gast.UnaryOp():
                operand = self.expr(node.operand)
                if isinstance(node.op, gast.Not):
                    verdict = truth(operand)
                    return Value(Number(Kind.BOOL, True) if verdict is None else Known.of(not verdict))
                if (
                    isinstance(operand.type, Known)
                    and isinstance(node.op, gast.USub)
                    and is_number(operand.type)
                ):
                    return Value(Known.of(-operand.type.value))
                return self.operator(node, type(node.op).__name__, [operand], [node.operand])
            case gast.Compare():
                return self.comparison(node)
            case gast.BoolOp():
                values = [self.expr(value) for value in node.values]
                return self.boolean(node, values)
            case gast.IfExp():
                verdict = truth(self.expr(node.test))
                if verdict is not None:
                    return self.expr(node.body if verdict else node.orelse)
                value = join(self.expr(node.body), self.expr(node.orelse))
                if value.varied:
                    raise Refused(node, "a conditional expression inside another expression")
                return value
            case gast.Tuple():
                return Value(TupleOf(tuple(self.expr(item) for item in node.elts)))
            case gast.List():
                return self.list_display(node)
            case gast.Dict() if all(isinstance(key, gast.Constant) for key in node.keys):
                return self.dict_display(node)
            case gast.Call():
                return infer_calls.call(self, node)
            case gast.JoinedStr() | gast.FormattedValue():
                return INERT
            case gast.Lambda():
                raise Refused(node, "a lambda used as a value")
        return self.other(node)

    def other(self, node: gast.expr) -> Value:
        """Expressions that run as they stand: nothing in them may carry derivatives out."""
        for child in b.walk(node):
            if isinstance(child, gast.Name) and child.id in self.env and self.env[child.id].varied:
                raise Refused(node, f"{type(node).__name__} with differentiated values")
        return UNKNOWN

    def name(self, node: gast.Name) -> Value:
        """A local, or else a global, closure or builtin name."""
        if node.id in self.env:
            found = self.env[node.id]
            return closure(self, found) if isinstance(found.type, Inner) else found
        if node.id in self.locals:
            return UNKNOWN
        return self.outer(node.id)

    def opaque_call(self, values: list[Value]) -> None:
        """Note a call of a user's function that is not analysed: it may write its arguments, and global memory."""
        mark_written(values)
        self.calls_opaque = True
        for value in self.globals.values():
            self.may_change(value)

    def may_change(self, value: Value) -> None:
        """What memory holds may be changed at any time by code that is not seen."""
        for part in leaves(value):
            if part.home is not None:
                part.home.volatile = True

    def outer(self, name: str) -> Value:
        """A name from outside of the function."""
        found = self.globals.get(name)
        if found is None:
            if name in self.namespace:
                value = self.namespace[name]
            elif hasattr(builtins, name):
                value = getattr(builtins, name)
            elif name in HELPERS:
                value = HELPERS[name]
            else:
                return UNKNOWN
            found = self.globals[name] = typeof(value, name, constant=True)
            self.facts.outer[name] = key_of(found)
        if self.calls_opaque:
            self.may_change(found)
        return found

    def attribute(self, owner: Value, node: gast.Attribute) -> Value:
        """``owner.attr``."""
        match owner.type:
            case Known(value=value) if not is_number(owner.type) and not isinstance(value, str):
                try:
                    found = getattr(value, node.attr)
                except AttributeError:
                    return UNKNOWN
                return typeof(found, f"{node.attr}", constant=True)
            case Known() if not is_number(owner.type):
                return INERT
            case Array() | Numeric() | Number() | Known():
                return self.array_attribute(owner, node)
            case Record(cls=cls):
                value = owner.type.get(node.attr) if cls is not dict else None
                if value is not None:
                    return value
                function = getattr(cls, node.attr, None)
                if function is None or isinstance(function, property):
                    if owner.varied:
                        raise Refused(node, "an attribute that is computed when it is read")
                    return UNKNOWN
                return Value(Method(node.attr, owner, function))
            case ListOf() | TupleOf():
                return Value(Method(node.attr, owner))
        if owner.varied:
            raise Refused(node, "an attribute of something of unknown type")
        return UNKNOWN

    def array_attribute(self, owner: Value, node: gast.Attribute) -> Value:
        """Attributes of arrays and numbers."""
        type_ = owner.type
        kind = owner.kind
        assert kind is not None
        match node.attr:
            case "shape":
                if isinstance(type_, Array) and type_.shape is not None:
                    return Value(TupleOf(tuple(length_value(dim) for dim in type_.shape)))
                return UNKNOWN
            case "ndim" | "size":
                if node.attr == "ndim" and isinstance(type_, Array) and type_.ndim is not None:
                    return Value(Known.of(type_.ndim))
                return Value(Number(Kind.INT, True))
            case "dtype" | "itemsize" | "nbytes" | "flags" | "strides":
                return INERT
            case "T":
                if isinstance(type_, Array):
                    shape = None if type_.shape is None else type_.shape[::-1]
                    return Value(Array(type_.kind, shape), owner.region, owner.varies)
                return Value(type_, owner.region, owner.varies)
            case "real" | "imag":
                if kind is Kind.COMPLEX and owner.varied:
                    real = Kind.FLOAT
                    if isinstance(type_, Array):
                        return Value(Array(real, type_.shape), owner.region, owner.varies)
                    return Value(
                        Number(real) if is_number(type_) else Numeric(real), owner.region, owner.varies
                    )
                if owner.varied and node.attr == "imag":
                    raise Refused(node, ".imag of a real value")
                return Value(type_, owner.region, owner.varies)
            case "flat" | "base" | "data" | "__array_interface__" | "ctypes":
                if owner.varied:
                    raise Refused(node, f".{node.attr} of a differentiated array")
                return UNKNOWN
        return Value(Method(node.attr, owner))

    def index(self, node: gast.expr) -> list[Type]:
        """The types of the parts of an index."""
        parts = node.elts if isinstance(node, gast.Tuple) else [node]
        types: list[Type] = []
        for part in parts:
            if isinstance(part, gast.Starred):
                raise Refused(part, "a starred index")
            if isinstance(part, gast.Slice):
                for end in (part.lower, part.upper, part.step):
                    if end is not None and carries_derivative(self.expr(end)):
                        raise Refused(end, "a slice with a differentiated bound")
                types.append(
                    SliceType(*(constant_end(end, self.facts) for end in (part.lower, part.upper, part.step)))
                )
            else:
                value = self.expr(part)
                if carries_derivative(value):
                    raise Refused(part, "an index or a key that carries a derivative")
                types.append(value.type)
        if isinstance(node, (gast.Tuple, gast.Slice)):
            self.facts.values[id(node)] = INERT
        if len(types) == 1 and isinstance(types[0], TupleOf):
            return [item.type for item in types[0].items]
        return types

    def subscript(self, owner: Value, index: list[Type], node: gast.Subscript) -> Value:
        """``owner[index]``."""
        match owner.type:
            case Array() | Numeric():
                return self.indexed(owner, index, node)
            case TupleOf(items=items):
                if len(index) == 1:
                    (part,) = index
                    if (
                        isinstance(part, Known)
                        and isinstance(part.value, int)
                        and -len(items) <= part.value < len(items)
                    ):
                        return items[part.value]
                    if isinstance(part, SliceType):
                        known = part.known
                        if known is not None:
                            return Value(TupleOf(items[known]))
                    if isinstance(part, Number) and items:
                        chosen = functools.reduce(join, items)
                        if not isinstance(chosen.type, Unknown):
                            return chosen
            case ListOf():
                home = owner.home
                if isinstance(index[0], SliceType):
                    return self.list_copy(node, owner)
                return UNKNOWN if home is None or home.element is None else home.element
            case RangeOf():
                return Value(RangeOf()) if isinstance(index[0], SliceType) else Value(Number(Kind.INT, True))
            case Record(cls=cls) if cls is dict and len(index) == 1:
                (part,) = index
                if isinstance(part, Known):
                    value = owner.type.get(part.value)
                    if value is not None:
                        return value
        if owner.varied:
            raise Refused(node, "an item of a container that is chosen at run time or of unknown type")
        return UNKNOWN

    def list_copy(self, node: gast.AST, owner: Value) -> Value:
        """A new list with (some of) the members of another."""
        home = owner.home
        copy = self.region(("list", id(node)), "list")
        if home is not None and home.element is not None:
            copy.element = home.element if copy.element is None else join(copy.element, home.element)
            copy.find().varied |= home.varied
        return Value(ListOf(), copy)

    def indexed(self, owner: Value, index: list[Type], node: gast.AST) -> Value:
        """``array[index]``: a number, a view, or a copy."""
        type_ = owner.type
        kind = owner.kind
        assert kind is not None
        varies = owner.varied
        if any(isinstance(part, (Array, ListOf)) for part in index):
            region = self.region(("copy", id(node)), "gather")
            region.varied |= varies and kind >= Kind.FLOAT
            return Value(gathered(type_, index, kind), region, varies)
        if any(isinstance(part, (Unknown, Numeric, Inert)) for part in index):
            if owner.written and varies:
                raise Refused(node, "an index of unknown type into an array that is written in place")
            return Value(Numeric(kind), owner.region, varies)
        shape = type_.shape if isinstance(type_, Array) else None
        result = basic_index(shape, index)
        if result is None:
            if shape is None and all(is_number(part) for part in index):
                return Value(Numeric(kind), owner.region, varies)
            return Value(Numeric(kind) if shape is None else Array(kind), owner.region, varies)
        if not result and not any(isinstance(part, Known) and part.value is ... for part in index):
            return Value(Number(kind), None, varies)
        return Value(Array(kind, result), owner.region, varies)

    def operator(self, node: gast.AST, op: str, values: list[Value], operands: list[gast.expr]) -> Value:
        """A unary or binary operator."""
        return infer_calls.operator(self, node, op, values, operands)

    def comparison(self, node: gast.Compare) -> Value:
        """Comparisons; some are decided by types alone."""
        left = self.expr(node.left)
        rest = [self.expr(part) for part in node.comparators]
        values = [left, *rest]
        if len(rest) == 1:
            op, right = node.ops[0], rest[0]
            if isinstance(left.type, Known) and isinstance(right.type, Known):
                verdict = _compare_known(op, left.type.value, right.type.value)
                if verdict is not None:
                    return Value(Known.of(verdict))
            if isinstance(op, (gast.Is, gast.IsNot)):
                for one, other in ((left, right), (right, left)):
                    numeric = is_numeric(one.type) or is_container(one.type)
                    if isinstance(other.type, Known) and other.type.value is None and numeric:
                        return Value(Known.of(isinstance(op, gast.IsNot)))
                return Value(Number(Kind.BOOL, True))
        if all(is_numeric(value.type) for value in values):
            type_ = elementwise(values, Kind.BOOL)
            region = self.region(id(node), "mask") if not isinstance(type_, Number) else None
            return Value(type_, region)
        return UNKNOWN

    def boolean(self, node: gast.BoolOp, values: list[Value]) -> Value:
        """``and`` and ``or``; as tests their value matters only for its truth."""
        stops = isinstance(node.op, gast.Or)
        verdicts = [truth(value) for value in values]
        if stops in verdicts:
            first = verdicts.index(stops)
            if all(v is (not stops) for v in verdicts[:first]):
                return values[first]
        if all(v is (not stops) for v in verdicts):
            return values[-1]
        if any(carries_derivative(value) for value in values):
            raise Refused(node, "and/or over differentiated values inside an expression")
        if all(isinstance(value.type, Number) or is_number(value.type) for value in values):
            return Value(Number(max(value.kind for value in values if value.kind is not None)))
        return UNKNOWN

    def list_display(self, node: gast.List) -> Value:
        """``[a, b, c]``."""
        region = self.region(id(node), "list")
        value = Value(ListOf(), region)
        for item in node.elts:
            if isinstance(item, gast.Starred):
                raise Refused(item, "a starred list member")
            element = without_symbols(self.expr(item), "@")
            region = region.find()
            region.element = element if region.element is None else join(region.element, element)
        region = region.find()
        if region.element is not None and region.element.varied:
            region.varied = True
            if isinstance(region.element.type, Unknown):
                raise Refused(node, "the list holds values of different types")
        return value

    def dict_display(self, node: gast.Dict) -> Value:
        """``{"a": x, "b": y}``; one without derivatives may be changed in any way, so nothing is known of it."""
        fields = {key.value: self.expr(value) for key, value in zip(node.keys, node.values, strict=True)}
        if not any(value.varied for value in fields.values()):
            return UNKNOWN
        if len(fields) < len(node.keys):
            raise Refused(node, "a dict display with a key twice")
        return Value(Record(dict, tuple(fields.items())), self.region(id(node), "dict"))

    def named(self, node: gast.AST, type_: Type) -> Type:
        """The type with names for lengths that are not known; outside of loops only, where a node runs once."""
        if self.depth or not isinstance(type_, Array) or type_.shape is None or None not in type_.shape:
            return type_
        site = self.sites.setdefault(id(node), len(self.sites))
        shape = tuple(Dim(f"#{site}.{k}") if dim is None else dim for k, dim in enumerate(type_.shape))
        return Array(type_.kind, shape)

    def fresh(self, node: gast.AST, type_: Type, varies: bool) -> Value:
        """A value that a computation has just made."""
        type_ = self.named(node, type_)
        if isinstance(type_, (Array, Numeric)):
            region = self.region(id(node), "value")
            if varies and type_.kind >= Kind.FLOAT:
                region.varied = True
            return Value(type_, region, varies)
        return Value(type_, None, varies)


def truth(value: Value) -> bool | None:
    """The truth of a value where its type decides it."""
    if isinstance(value.type, Known):
        try:
            return bool(value.type.value)
        except (TypeError, ValueError):
            return None
    if isinstance(value.type, (Inner, Method)):
        return True
    if isinstance(value.type, TupleOf):
        return bool(value.type.items)
    return None


def _compare_known(op: gast.cmpop, left: Any, right: Any) -> bool | None:
    simple = (str, int, bool, type(None), tuple)
    match op:
        case gast.Is():
            return left is right
        case gast.IsNot():
            return left is not right
    if not isinstance(left, simple) or not isinstance(right, simple) or type(op) not in _COMPARISONS:
        return None
    try:
        return bool(_COMPARISONS[type(op)](left, right))
    except TypeError:
        return None


_COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
    gast.In: lambda left, right: left in right,
    gast.NotIn: lambda left, right: left not in right,
}


def bound_names(node: gast.AST) -> set[str]:
    """Names that a tree binds, parameters included."""
    found: set[str] = set()
    for child in b.walk(node):
        if isinstance(child, gast.Name) and isinstance(child.ctx, (gast.Store, gast.Del, gast.Param)):
            found.add(child.id)
        elif isinstance(child, (gast.FunctionDef, gast.ClassDef)) and child is not node:
            found.add(child.name)
        elif isinstance(child, gast.alias):
            found.add((child.asname or child.name).partition(".")[0])
    return found
