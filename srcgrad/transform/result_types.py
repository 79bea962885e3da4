"""The types of the results of NumPy functions, where they follow from the types of the arguments.

Only facts that hold for every value of the arguments are stated: ``np.squeeze`` has no entry since
its number of dimensions depends on lengths. Without an entry the result is a ``Numeric``, a number or an array
decided at run time, which costs a helper call in generated code and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from srcgrad.rules import Kind as RuleKind
from srcgrad.rules import Rule
from srcgrad.rules.helpers import stop_gradient, zero_tangent
from srcgrad.transform.types import (
    Array,
    Dim,
    Kind,
    Known,
    ListOf,
    Number,
    Numeric,
    Shape,
    TupleOf,
    Type,
    Value,
    broadcast_shapes,
    count_of,
    is_number,
    is_numeric,
    is_python,
    kind_of,
)

Arguments = Mapping[str, Value]
ResultType = Callable[[Arguments, Kind], Type]

_TRUTH = {
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
    np.isfinite, np.isnan, np.isinf, np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.signbit,
}  # fmt: skip
_FLOATING = {np.divide, np.mean, np.std, np.var, np.average, np.median}


def elementwise(values: list[Value], kind: Kind) -> Type:
    """NumPy's broadcasting of numbers and arrays."""
    types = [value.type for value in values]
    if all(is_number(type_) for type_ in types):
        return Number(kind, all(is_python(type_) for type_ in types))
    if any(isinstance(type_, Numeric) for type_ in types):
        return (
            Array(kind) if any(isinstance(type_, Array) and type_.shape for type_ in types) else Numeric(kind)
        )
    shapes: list[Shape | None] = [type_.shape for type_ in types if isinstance(type_, Array)]
    shape = broadcast_shapes(shapes)
    # NumPy turns 0-d arrays into scalars, so an unknown number of dimensions may mean a scalar
    if shape is None:
        return Array(kind) if any(shape for shape in shapes) else Numeric(kind)
    return Array(kind, shape) if shape else Number(kind)


def promoted(values: list[Value], rule: Rule | None = None) -> Kind:
    """The kind of number that an operation on these values gives."""
    kinds = [value.kind for value in values if value.kind is not None]
    kind = max(kinds, default=Kind.FLOAT)
    if rule is None:
        return kind
    if rule.op in _TRUTH:
        return Kind.BOOL
    return kind


def result_type(rule: Rule, arguments: Arguments, operands: list[Value], *, operator: bool = False) -> Type:
    """The type of ``rule.op(**arguments)``; ``operands`` are the numeric ones among the arguments."""
    if getattr(rule.op, "__module__", None) == "math":
        return Number(Kind.INT if rule.op in {math.floor, math.ceil} else Kind.FLOAT, True)
    kind = promoted(operands, rule)
    table = _TABLE.get(rule.op)
    if table is not None:
        return table(arguments, kind)
    if isinstance(rule.op, np.ufunc) and rule.op.signature is None and rule.op.nout == 1:
        if not all(is_numeric(value.type) for value in operands):
            return Numeric(max(kind, Kind.FLOAT))
        type_ = elementwise(operands, _ufunc_kind(rule, kind))
        if isinstance(type_, Number) and not operator:
            return Number(type_.kind)  # a NumPy scalar, whatever came in
        return type_
    if rule.kind is RuleKind.ELEMENTWISE and all(is_numeric(value.type) for value in operands):
        return elementwise(operands, max(kind, Kind.FLOAT))
    return Numeric(max(kind, Kind.FLOAT))


def _ufunc_kind(rule: Rule, kind: Kind) -> Kind:
    if rule.op in _TRUTH:
        return Kind.BOOL
    if rule.op is np.absolute and kind is Kind.COMPLEX:
        return Kind.FLOAT
    if kind in (Kind.BOOL, Kind.INT) and any(types.endswith("d") for types in rule.op.types):
        integer = any(types.split("->")[1] in "lq" and "d" not in types for types in rule.op.types)
        return Kind.INT if integer and rule.op is not np.divide else Kind.FLOAT
    return kind


def _first(arguments: Arguments) -> Value | None:
    return next(iter(arguments.values()), None)


def known(arguments: Arguments, name: str, default: Any) -> Any:
    """The compile-time value of an argument: its default when absent, NotImplemented when unknown."""
    value = arguments.get(name)
    if value is None:
        return default
    if isinstance(value.type, Known):
        return value.type.value
    if isinstance(value.type, TupleOf) and all(isinstance(item.type, Known) for item in value.type.items):
        return tuple(item.type.value for item in value.type.items if isinstance(item.type, Known))
    return NotImplemented


def _reduction(to: Kind | None = None, floating: bool = False) -> ResultType:
    def rule(arguments: Arguments, kind: Kind) -> Type:
        first = _first(arguments)
        result = to if to is not None else max(kind, Kind.FLOAT) if floating else max(kind, Kind.INT)
        axis, keepdims = known(arguments, "axis", None), known(arguments, "keepdims", False)
        if first is None or NotImplemented in (axis, keepdims) or "out" in arguments:
            return Numeric(result)
        if is_number(first.type):
            return Number(result)
        if axis is None and not keepdims and isinstance(first.type, (Array, Numeric)):
            return Number(result)
        if not isinstance(first.type, Array) or first.type.shape is None:
            return Numeric(result)
        shape = first.type.shape
        axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        try:
            reduced = {range(len(shape))[a] for a in axes}
        except (IndexError, TypeError):
            return Numeric(result)
        if keepdims:
            return Array(result, tuple(Dim(None, 1) if k in reduced else d for k, d in enumerate(shape)))
        rest = tuple(dim for k, dim in enumerate(shape) if k not in reduced)
        return Array(result, rest) if rest else Number(result)

    return rule


def _same(floating: bool = False) -> ResultType:
    def rule(arguments: Arguments, kind: Kind) -> Type:
        first = _first(arguments)
        result = max(kind, Kind.FLOAT) if floating else kind
        if first is None:
            return Numeric(result)
        if isinstance(first.type, Array):
            return Array(result, first.type.shape)
        return Number(result) if is_number(first.type) else Numeric(result)

    return rule


def _real_part(arguments: Arguments, kind: Kind) -> Type:
    return _same()(arguments, min(kind, Kind.FLOAT))


def _same_rank(arguments: Arguments, kind: Kind) -> Type:
    first = _first(arguments)
    if first is not None and isinstance(first.type, Array) and first.type.shape:
        return Array(kind, (None,) * len(first.type.shape))
    return Numeric(kind)


def _scan(default_axis: int | None) -> ResultType:
    def rule(arguments: Arguments, kind: Kind) -> Type:
        axis = known(arguments, "axis", default_axis)
        if axis is None:
            return Array(kind, (None,))
        return Array(kind) if axis is NotImplemented else _same_rank(arguments, kind)

    return rule


def _copy(arguments: Arguments, kind: Kind) -> Type:
    first = _first(arguments)
    if first is None:
        return Numeric(kind)
    kind = _dtype_kind(arguments, kind)
    if "ndmin" in arguments:
        return Array(kind)
    if isinstance(first.type, Array):
        return Array(kind, first.type.shape)
    if is_number(first.type):
        return Array(kind, ())
    if isinstance(first.type, (ListOf, TupleOf)):
        return _from_sequence(first, kind)
    return Numeric(kind)


def _from_sequence(first: Value, kind: Kind) -> Type:
    if isinstance(first.type, TupleOf):
        items = [item.type for item in first.type.items]
    else:
        home = first.home
        items = [] if home is None or home.element is None else [home.element.type]
    kinds = [kind_of(item) for item in items]
    if items and all(k is not None for k in kinds):
        kind = max(k for k in kinds if k is not None)
        if all(is_number(item) for item in items):
            return Array(kind, (None,))
    return Array(kind)


def _dtype_kind(arguments: Arguments, default: Kind) -> Kind:
    dtype = known(arguments, "dtype", None)
    if dtype is None:
        return default
    if dtype is NotImplemented:
        return Kind.FLOAT
    try:
        code = np.dtype(dtype).kind
    except TypeError:
        return Kind.FLOAT
    return {"b": Kind.BOOL, "i": Kind.INT, "u": Kind.INT, "c": Kind.COMPLEX}.get(code, Kind.FLOAT)


def _dims(value: Value | None) -> Shape | None:
    if value is None:
        return None
    if isinstance(value.type, Known) and isinstance(value.type.value, int):
        return (Dim(None, value.type.value),)
    if isinstance(value.type, Number) and value.kind in (Kind.INT, Kind.BOOL):
        return (value.type.count,)
    if isinstance(value.type, TupleOf):
        return tuple(count_of(item.type) for item in value.type.items)
    return None


def _created(arguments: Arguments, kind: Kind) -> Type:
    return Array(_dtype_kind(arguments, Kind.FLOAT), _dims(_first(arguments)))


def _created_like(arguments: Arguments, kind: Kind) -> Type:
    first = _first(arguments)
    kind = _dtype_kind(arguments, first.kind if first is not None and first.kind is not None else kind)
    if first is not None and isinstance(first.type, Array):
        return Array(kind, first.type.shape)
    return Array(kind, ()) if first is not None and is_number(first.type) else Array(kind)


def _rank(ndim: int, floating: bool = True) -> ResultType:
    def rule(arguments: Arguments, kind: Kind) -> Type:
        return Array(_dtype_kind(arguments, max(kind, Kind.FLOAT) if floating else kind), (None,) * ndim)

    return rule


def _grid(least: Kind) -> ResultType:
    def rule(arguments: Arguments, kind: Kind) -> Type:
        ends = [arguments[name] for name in ("start", "stop", "step") if name in arguments]
        kinds = [value.kind for value in ends if value.kind is not None]
        result = _dtype_kind(arguments, max([least, *kinds]))
        return Array(result, (None,)) if all(is_number(value.type) for value in ends) else Array(result)

    return rule


def _product(arguments: Arguments, kind: Kind) -> Type:
    operands = list(arguments.values())[:2]
    types = [value.type for value in operands]
    if all(is_number(type_) for type_ in types):
        return Number(kind)
    if not all(isinstance(type_, Array) and type_.shape is not None for type_ in types):
        return Numeric(kind)
    left, right = (type_.shape for type_ in types if isinstance(type_, Array))
    if not left or not right:
        return Numeric(kind)
    if len(left) == 1 and len(right) == 1:
        return Number(kind)
    if len(left) <= 2 and len(right) <= 2:
        kept = ((left[0],) if len(left) == 2 else ()) + ((right[1],) if len(right) == 2 else ())
        return Array(kind, kept)
    return Array(kind)


def _transposed(arguments: Arguments, kind: Kind) -> Type:
    first = _first(arguments)
    if first is None or not isinstance(first.type, Array) or first.type.shape is None:
        return Numeric(kind)
    axes = NotImplemented if _spread(arguments) else known(arguments, "axes", None)
    if axes is None:
        return Array(kind, first.type.shape[::-1])
    return Array(kind, (None,) * len(first.type.shape))


def _spread(arguments: Arguments) -> list[Value]:
    """Arguments given through ``*args``: ``x.reshape(2, 3)``."""
    return [value for name, value in arguments.items() if name.startswith("*")]


def _diagonal(arguments: Arguments, kind: Kind) -> Type:
    first = _first(arguments)
    if first is not None and isinstance(first.type, Array) and first.type.ndim == 2:
        return Array(kind, (None,))
    return Numeric(kind) if first is None or not isinstance(first.type, Array) else Array(kind)


def _diag(arguments: Arguments, kind: Kind) -> Type:
    first = _first(arguments)
    ndim = first.type.ndim if first is not None and isinstance(first.type, Array) else None
    return Array(kind, {1: (None, None), 2: (None,)}.get(ndim or 0))


def _view(arguments: Arguments, kind: Kind) -> Type:
    first = _first(arguments)
    return Array(kind) if first is not None and isinstance(first.type, Array) else Numeric(kind)


def _reshaped(arguments: Arguments, kind: Kind) -> Type:
    spread = _spread(arguments)
    if len(spread) == 1:
        shape = _dims(spread[0])
    elif spread:
        shape = _dims(Value(TupleOf(tuple(spread))))
    else:
        shape = _dims(arguments.get("shape") or arguments.get("newshape"))
    if shape is not None:
        shape = tuple(None if dim == Dim(None, -1) else dim for dim in shape)
    return Array(kind, shape)


def _array_of_rank_unknown(arguments: Arguments, kind: Kind) -> Type:
    return Array(kind)


def _builtin_number(to: Kind) -> ResultType:
    return lambda arguments, kind: Number(to, True)


def _scalars(arguments: Arguments, kind: Kind) -> Type:
    values = list(arguments.values())
    if all(is_number(value.type) for value in values):
        return Number(kind, all(is_python(value.type) for value in values))
    return Numeric(kind)


def _kept(arguments: Arguments, kind: Kind) -> Type:
    first = _first(arguments)
    return Numeric(max(kind, Kind.FLOAT)) if first is None else first.type


_TABLE: dict[Any, ResultType] = {}


def _enter(functions: str, rule: ResultType) -> None:
    for path in functions.split():
        function: Any = np
        for part in path.split("."):
            function = getattr(function, part, None)
        if function is not None:
            _TABLE[function] = rule


_enter("sum prod max min amax amin nansum nanprod nanmax nanmin ptp", _reduction())
_enter("mean std var median nanmean nanstd nanvar nanmedian linalg.norm", _reduction(floating=True))
_enter("any all", _reduction(Kind.BOOL))
_enter("argmax argmin count_nonzero", _reduction(Kind.INT))
_enter("ravel", _rank(1, floating=False))
_enter("roll flip flipud fliplr diff pad linalg.inv linalg.cholesky", _same_rank)
_enter("cumsum cumprod", _scan(None))
_enter("sort argsort", _scan(-1))
_enter("real imag", _real_part)
_enter("angle", lambda arguments, kind: _real_part(arguments, Kind.FLOAT))
_enter("conj nan_to_num tril triu", _same())
_TABLE[stop_gradient] = _TABLE[zero_tangent] = _kept
_enter("array asarray asanyarray ascontiguousarray copy asfortranarray asarray_chkfinite", _copy)
_enter("zeros ones empty full", _created)
_enter("zeros_like ones_like empty_like full_like", _created_like)
_enter("eye identity", _rank(2))
_enter("arange", _grid(Kind.INT))
_enter("linspace logspace geomspace", _grid(Kind.FLOAT))
_enter("dot matmul", _product)
_enter("outer", _rank(2, floating=False))
_enter("vdot", lambda arguments, kind: Number(kind))
_enter("transpose", _transposed)
_enter("reshape", _reshaped)
_enter("diagonal", _diagonal)
_enter("diag", _diag)
_enter("swapaxes moveaxis rollaxis", _same_rank)
_enter("squeeze expand_dims broadcast_to atleast_1d atleast_2d atleast_3d matrix_transpose", _view)
_enter("concatenate stack hstack vstack column_stack append repeat tile", _array_of_rank_unknown)
_TABLE.update(
    {
        float: _builtin_number(Kind.FLOAT),
        int: _builtin_number(Kind.INT),
        bool: _builtin_number(Kind.BOOL),
        complex: _builtin_number(Kind.COMPLEX),
        len: _builtin_number(Kind.INT),
        min: _scalars,
        max: _scalars,
    }
)
for _function in (np.float64, np.float32):
    _TABLE[_function] = lambda arguments, kind: Number(Kind.FLOAT)
