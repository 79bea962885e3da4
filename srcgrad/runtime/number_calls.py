"""Operators and functions of recorded numbers: the path on which most programs without arrays spend their time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.rules import rule_for
from srcgrad.rules.rule import Kind, Rule
from srcgrad.runtime.apply import applied
from srcgrad.runtime.forms import Request, form_of
from srcgrad.runtime.recorded_values import RecordedScalar
from srcgrad.runtime.recording import Call

__all__ = ["NumberFunction", "NumberOperator", "number_function"]

_REAL = frozenset({float, int, np.float64, bool})


def _request(rule: Rule, recorded: tuple[bool, ...]) -> tuple[Request | None, tuple[int, ...]]:
    """The request for the recorded ones of the first arguments, and which of arguments and result it saves."""
    rule = rule.by_arity.get(len(recorded), rule.scalar or rule)
    if not rule.pullbacks:
        return None, ()
    parameters = list(rule.signature.parameters)[: len(recorded)]
    wanted = tuple((name, True) for name, on in zip(parameters, recorded, strict=True) if on)
    if any(name not in rule.differentiable for name, _ in wanted):
        return None, ()
    request = form_of(rule, len(recorded), ()).request(wanted, False, True)
    places = {name: k for k, name in enumerate([*parameters, "ans"])}
    return request, tuple(places[name] for name in request.names)


class NumberOperator:
    """An operator on two numbers of which at least one is recorded.

    Parameters
    ----------
    op : callable
    find : callable
        Gives its rule (looked up at the first use).
    """

    __slots__ = ("_find", "_op", "_requests")

    def __init__(self, op: Callable[[Any, Any], Any], find: Callable[[], Rule]) -> None:
        self._op = op
        self._find = find
        #: By which operands are recorded: 1 for the first plus 2 for the second.
        self._requests: list[Any] = [None, None, None, None]

    def __call__(self, a: Any, b: Any) -> Any:
        recorded = 0
        value_a, value_b = a, b
        if type(a) is RecordedScalar:
            value_a, recorded = a.value, 1
        if type(b) is RecordedScalar:
            value_b, recorded = b.value, recorded + 2
        value = self._op(value_a, value_b)
        if type(value) not in _REAL or type(value_a) not in _REAL or type(value_b) not in _REAL:
            return applied(self._op, self._find(), (a, b), {})
        found = self._requests[recorded]
        if found is None:
            found = self._requests[recorded] = _request(self._find(), (recorded & 1 > 0, recorded > 1))
        request, picks = found
        if request is None:
            return value
        three = (value_a, value_b, value)
        saved = tuple([three[k] for k in picks])
        parents = (a.node, b.node) if recorded == 3 else (a.node,) if recorded == 1 else (b.node,)
        return RecordedScalar(value, Call(parents, request, saved))


class NumberFunction:
    """A function of one recorded number, such as ``math.sin``."""

    __slots__ = ("_function", "_picks", "_request", "_rule")

    def __init__(
        self, function: Callable[[Any], Any], rule: Rule, request: Request, picks: tuple[int, ...]
    ) -> None:
        self._function = function
        self._rule = rule
        self._request = request
        self._picks = picks

    def __call__(self, x: RecordedScalar) -> Any:
        value = self._function(x.value)
        if type(value) not in _REAL or type(x.value) not in _REAL:
            return applied(self._function, self._rule, (x,), {})
        two = (x.value, value)
        return RecordedScalar(value, Call((x.node,), self._request, tuple([two[k] for k in self._picks])))


_functions: dict[Any, NumberFunction | None] = {}


def number_function(function: Any) -> NumberFunction | None:
    """The quick way of a built-in function or ufunc on one recorded number, if it has one."""
    try:
        return _functions[function]
    except KeyError:
        pass
    rule = rule_for(function)
    found = None
    if rule is not None and rule.kind is Kind.ELEMENTWISE and rule.outputs == 1:
        request, picks = _request(rule, (True,))
        if request is not None:
            found = NumberFunction(function, rule, request, picks)
    _functions[function] = found
    return found
