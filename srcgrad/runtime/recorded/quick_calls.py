"""Quick ways for what programs do most: operators, and functions of one argument, on real numbers and arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.rules import rule_for
from srcgrad.rules.rule import Kind, Rule
from srcgrad.runtime.recorded.apply import applied, kept, plain
from srcgrad.runtime.recorded.forms import Request, form_of
from srcgrad.runtime.recorded.memory import Memory
from srcgrad.runtime.recorded.recorded_values import Recorded, RecordedArray, RecordedScalar
from srcgrad.runtime.recorded.recording import Call

__all__ = ["Function", "Operator", "quick_function"]

_REAL = frozenset({float, int, np.float64, bool})

# For some of the first arguments recorded: the request, and for what it saves the number of the argument (one more
# for the result) and whether its numbers are read. None where the general way has to be taken.
Form = tuple[Request, tuple[tuple[int, bool], ...]] | None


def _form(rule: Rule, recorded: tuple[bool, ...], bare: bool) -> Form:
    count = len(recorded)
    rule = rule.by_arity.get(count, rule.scalar if bare and rule.scalar is not None else rule)
    parameters = list(rule.signature.parameters)[:count]
    wanted = tuple((name, True) for name, on in zip(parameters, recorded, strict=True) if on)
    if not all(name in rule.pullbacks and name not in rule.sequences for name, _ in wanted):
        return None
    request = form_of(rule, count, ()).request(wanted, False, bare)
    places = {name: k for k, name in enumerate([*parameters, "ans"])}
    if not places.keys() >= set(request.names):
        return None
    return request, tuple((places[name], name in request.read) for name in request.names)


class Operator:
    """An operator on two operands of which at least one is recorded, and both are numbers, or one is an array.

    Parameters
    ----------
    op : callable
    find : callable
        Gives its rule (looked up at the first use).
    """

    __slots__ = ("_find", "_forms", "_op")

    def __init__(self, op: Callable[[Any, Any], Any], find: Callable[[], Rule]) -> None:
        self._op = op
        self._find = find
        #: By which operands are recorded: 1 for the first plus 2 for the second, plus 4 for arrays.
        self._forms: list[Any] = [False] * 8

    def _found(self, key: int) -> Form:
        found = self._forms[key]
        if found is False:
            found = self._forms[key] = _form(self._find(), (key & 1 > 0, key & 2 > 0), key < 4)
        return found  # type: ignore[no-any-return]

    def on_numbers(self, a: Any, b: Any) -> Any:
        """The operator on two numbers."""
        recorded = 0
        value_a, value_b = a, b
        if type(a) is RecordedScalar:
            value_a, recorded = a.value, 1
        if type(b) is RecordedScalar:
            value_b, recorded = b.value, recorded + 2
        value = self._op(value_a, value_b)
        if type(value) not in _REAL or type(value_a) not in _REAL or type(value_b) not in _REAL:
            return applied(self._op, self._find(), (a, b), {})
        found = self._forms[recorded] or self._found(recorded)
        if found is None:
            return applied(self._op, self._find(), (a, b), {})
        request, picks = found
        three = (value_a, value_b, value)
        saved = tuple([three[k] for k, _ in picks])
        parents = (a.node, b.node) if recorded == 3 else (a.node,) if recorded == 1 else (b.node,)
        return RecordedScalar(value, Call(parents, request, saved))

    def on_arrays(self, a: Any, b: Any) -> Any:
        """The operator on two arrays, or an array and a number."""
        node_a = a.source() if isinstance(a, Recorded) else None
        node_b = b.source() if isinstance(b, Recorded) else None
        key = 4 + (node_a is not None) + 2 * (node_b is not None)
        found = self._forms[key] or self._found(key)
        value_a = a if type(a) is np.ndarray else plain(a)
        value_b = b if type(b) is np.ndarray else plain(b)
        if found is None or key == 4 or not (_real_array(value_a) and _real_array(value_b)):
            return applied(self._op, self._find(), (a, b), {})
        value = self._op(value_a, value_b)
        if type(value) is not np.ndarray or value.base is not None:
            return applied(self._op, self._find(), (a, b), {})
        request, picks = found
        parents = (node_a, node_b) if key == 7 else (node_a,) if key == 5 else (node_b,)
        node = Call(parents, request, ())  # type: ignore[arg-type]
        result = RecordedArray(value, Memory(node))
        three = (a, b, result)
        node.saved = tuple([kept(three[k], read) for k, read in picks])
        return result


def _real_array(value: Any) -> bool:
    return value.dtype.kind == "f" if type(value) is np.ndarray else type(value) in _REAL


class Function:
    """A function of one recorded number or array, such as ``math.sin`` or ``np.sin``."""

    __slots__ = ("_forms", "_function", "_rule")

    def __init__(self, function: Callable[[Any], Any], rule: Rule) -> None:
        self._function = function
        self._rule = rule
        self._forms: list[Form] = [_form(rule, (True,), bare) for bare in (False, True)]

    def __call__(self, x: RecordedScalar | RecordedArray) -> Any:
        number = type(x) is RecordedScalar
        found = self._forms[number]
        node = x.source()
        argument = x.value
        if (
            found is None
            or node is None
            or not (type(argument) in _REAL if number else _real_array(argument))
        ):
            return applied(self._function, self._rule, (x,), {})
        value = self._function(argument)
        request, picks = found
        if number:
            if type(value) not in _REAL:
                return applied(self._function, self._rule, (x,), {})
            two = (argument, value)
            return RecordedScalar(value, Call((node,), request, tuple([two[k] for k, _ in picks])))
        fresh = type(value) is np.ndarray and value.base is None and value is not argument
        if not fresh or value.dtype.kind != "f":
            return applied(self._function, self._rule, (x,), {})
        made = Call((node,), request, ())
        result = RecordedArray(value, Memory(made))
        both = (x, result)
        made.saved = tuple([kept(both[k], read) for k, read in picks])
        return result


_functions: dict[Any, Function | None] = {}


def quick_function(function: Any) -> Function | None:
    """The quick way of a built-in function or ufunc on one recorded value, if it has one."""
    try:
        return _functions[function]
    except KeyError:
        pass
    rule = rule_for(function)
    elementwise = rule is not None and rule.kind is Kind.ELEMENTWISE and rule.outputs == 1
    found = _functions[function] = Function(function, rule) if rule is not None and elementwise else None
    return found
