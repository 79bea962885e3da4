"""Operators on recorded values, with Python's own protocol for the classes of the user."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from srcgrad.errors import MissingRuleError
from srcgrad.rules import OPERATORS, rule_for
from srcgrad.rules.rule import Rule
from srcgrad.runtime.recorded.apply import active, applied, lift, node_of, plain
from srcgrad.runtime.recorded.memory import session
from srcgrad.runtime.recorded.quick_calls import Operator
from srcgrad.runtime.recorded.recorded_values import Recorded, RecordedArray, RecordedScalar, hooks
from srcgrad.runtime.recorded.recording import Node
from srcgrad.runtime.recorded.storing import store
from srcgrad.runtime.recorded.transcripts import holds_text, transcript

__all__ = ["BINARY", "INPLACE", "UNARY", "dunder"]

_NUMBERS = frozenset({float, int, bool, complex, np.float64, str})

_ARRAYS = frozenset({np.ndarray, RecordedArray})
_OPERANDS = frozenset({np.ndarray, RecordedArray, RecordedScalar, float, int, np.float64})
_UNORDERED = (dict, set, frozenset)

_BINARY: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "Add": ("add", operator.add),
    "Sub": ("sub", operator.sub),
    "Mult": ("mul", operator.mul),
    "Div": ("truediv", operator.truediv),
    "FloorDiv": ("floordiv", operator.floordiv),
    "Mod": ("mod", operator.mod),
    "Pow": ("pow", operator.pow),
    "MatMult": ("matmul", operator.matmul),
    "BitAnd": ("and", operator.and_),
    "BitOr": ("or", operator.or_),
    "BitXor": ("xor", operator.xor),
    "LShift": ("lshift", operator.lshift),
    "RShift": ("rshift", operator.rshift),
}
_UNARY: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "USub": ("neg", operator.neg),
    "UAdd": ("pos", operator.pos),
    "Invert": ("invert", operator.invert),
    "Abs": ("abs", abs),
}


def dunder(value: Any, name: str) -> FunctionType | None:
    """A special method that the class of a value defines in Python."""
    found = getattr(type(value), name, None)
    return found if type(found) is FunctionType else None


def rule_of_operator(kind: str, op: Any) -> Rule:
    """The rule of the NumPy function that an operator stands for."""
    function = np.abs if kind == "Abs" else OPERATORS.get(kind)
    rule = rule_for(function) or rule_for(op)
    if rule is None:
        raise MissingRuleError(f"the operator {op.__name__} has no derivative rule")
    return rule


def _binary(kind: str) -> Callable[[Any, Any], Any]:
    short, op = _BINARY[kind]
    forward, backward = f"__{short}__", f"__r{short}__"
    quick = Operator(op, lambda: rule_of_operator(kind, op))

    def operate(a: Any, b: Any) -> Any:
        kind_a, kind_b = type(a), type(b)
        if kind_a in _NUMBERS and kind_b in _NUMBERS:
            return op(a, b)
        if kind_a is RecordedScalar:
            if kind_b is RecordedScalar or kind_b in _NUMBERS:
                return quick.on_numbers(a, b)
        elif kind_b is RecordedScalar and kind_a in _NUMBERS and kind_a is not str:
            return quick.on_numbers(a, b)
        a, b = lift(a), lift(b)
        if (kind_a in _ARRAYS and kind_b in _OPERANDS) or (kind_b in _ARRAYS and kind_a in _OPERANDS):
            return quick.on_arrays(a, b) if isinstance(a, Recorded) or isinstance(b, Recorded) else op(a, b)
        if (not isinstance(a, Recorded) and dunder(a, forward)) or (
            not isinstance(b, Recorded) and dunder(b, backward)
        ):
            return _protocol(a, b, forward, backward, op)
        if isinstance(a, (str, bytes)):
            text = op(a, plain(b))
            return transcript(text) if active(b) or holds_text((a, b)) else text
        if (
            isinstance(a, Recorded)
            or isinstance(b, Recorded)
            or (_meets_array(a, b) and (active(a) or active(b)))
        ):
            return applied(op, rule_of_operator(kind, op), (a, b), {})
        return op(a, b)

    operate.__name__ = short
    return operate


def _meets_array(a: Any, b: Any) -> bool:
    return isinstance(a, (np.ndarray, np.generic)) or isinstance(b, (np.ndarray, np.generic))


def _protocol(a: Any, b: Any, forward: str, backward: str, op: Callable[[Any, Any], Any]) -> Any:
    """What Python does for a binary operator, with the methods of the user's classes followed."""
    tries = [(a, forward, b), (b, backward, a)]
    reflected_first = type(b) is not type(a) and isinstance(b, type(a)) and not isinstance(a, Recorded)
    if reflected_first:
        tries.reverse()
    for value, name, other in tries:
        method = None if isinstance(value, Recorded) else dunder(value, name)
        if method is not None:
            result = hooks.call(method, value, other)
        elif isinstance(value, Recorded):
            result = NotImplemented
        else:
            native = getattr(type(value), name, None)
            result = (
                NotImplemented if native is None or isinstance(value, np.ndarray) else native(value, other)
            )
        if result is not NotImplemented:
            return result
    return op(plain(a), plain(b))


def _unary(kind: str) -> Callable[[Any], Any]:
    short, op = _UNARY[kind]
    name = f"__{short}__"

    def operate(a: Any) -> Any:
        a = lift(a)
        if isinstance(a, Recorded):
            return applied(op, rule_of_operator(kind, op), (a,), {})
        method = dunder(a, name)
        return op(a) if method is None else hooks.call(method, a)

    operate.__name__ = short
    return operate


def _inplace(kind: str) -> Callable[[Any, Any], Any]:
    short, _ = _BINARY[kind]
    name = f"__i{short}__"
    binary = BINARY[kind]
    native = getattr(operator, f"i{short}")

    def operate(a: Any, b: Any) -> Any:
        kind_a = type(a)
        if kind_a in _NUMBERS or kind_a is RecordedScalar:
            return binary(a, b)
        if kind_a is np.ndarray or kind_a is RecordedArray:
            return write_result(a, b, native, binary)
        method = dunder(a, name)
        if method is not None:
            result = hooks.call(method, a, b)
            return binary(a, b) if result is NotImplemented else result
        if isinstance(a, list) and kind in ("Add",):
            session().touch(a)
            a += list(hooks.iterate(b))
            return a
        if getattr(kind_a, name, None) is not None and not active(b):
            return native(a, b)
        return binary(a, b)

    operate.__name__ = f"i{short}"
    return operate


def write_result(a: Any, b: Any, native: Callable[[Any, Any], Any], binary: Callable[[Any, Any], Any]) -> Any:
    """``a += b`` on an array: a write, seen through every alias."""
    array = plain(a)
    node: Node | None = None
    if not (active(a) or active(b)):
        memory = a.memory if isinstance(a, RecordedArray) else session().known(array)
        if memory is not None:
            memory.before_write(array)
        native(array, plain(b))
        return a
    result = binary(a, b)
    computed = plain(result)
    if not np.can_cast(getattr(computed, "dtype", array.dtype), array.dtype, "same_kind"):
        # Raises what NumPy raises.
        native(array.copy(), plain(b))
    node = node_of(result)
    if np.shape(computed) != array.shape:
        native(array.copy(), plain(b))
    store(a, Ellipsis, result if node is not None else computed)
    return a


BINARY = {kind: _binary(kind) for kind in _BINARY}
UNARY = {kind: _unary(kind) for kind in _UNARY}
INPLACE = {kind: _inplace(kind) for kind in _BINARY}
hooks.binary, hooks.unary, hooks.inplace = BINARY, UNARY, INPLACE
