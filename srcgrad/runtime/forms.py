"""From the rule table to what a node keeps: which arguments of a call are asked for, and what their pullbacks read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gast
import numpy as np

from srcgrad.rules.rule import Pullback, Rule, compile_function
from srcgrad.runtime.memory import Saved
from srcgrad.runtime.recorded_values import Recorded, RecordedScalar

__all__ = ["Form", "Request", "form_of", "live_hooks", "stand_in"]

# For each parameter asked for, True, or which items of a sequence.
Wanted = tuple[tuple[str, "bool | tuple[bool, ...]"], ...]


class _Live:
    """How a backward pass that is itself recorded runs a rule; set by the module that rewrites source."""

    instrument: Callable[[str, tuple[str, ...], list[Any], Mapping[str, Any]], Callable[..., Any]]
    revive: Callable[[Any], Any]


live_hooks = _Live()


class Request:
    """The pullbacks of the arguments of a call that carry derivatives.

    Parameters
    ----------
    rule : Rule
    wanted : tuple
        Names of parameters, each with True or the wanted items.
    conj : bool
        Complex numbers occur.
    bare : bool
        Everything is a real number, so nothing is broadcast.
    """

    __slots__ = ("_bare", "_functions", "_live", "_picks", "conj", "names", "read", "rule", "wanted")

    def __init__(self, rule: Rule, wanted: Wanted, conj: bool, bare: bool) -> None:
        self.rule = rule
        self.wanted = wanted
        self.conj = conj
        self._bare = bare
        pullbacks = [rule.pullbacks[name] for name, _ in wanted]
        #: What nodes save: names of parameters or ``ans``, in order, and those whose numbers are read.
        self.names = tuple(dict.fromkeys(name for p in pullbacks for name in p.arguments[1:]))
        self.read = frozenset(name for p in pullbacks for name in p.reads)
        self._picks = [tuple(self.names.index(name) for name in p.arguments[1:]) for p in pullbacks]
        self._functions = [
            _bare(p) if bare else p.complex_function if conj else p.function for p in pullbacks
        ]
        self._live: list[Callable[..., Any]] | None = None

    def run(self, g: Any, saved: tuple[Any, ...], live: Any) -> list[Any]:
        """Cotangents of the arguments asked for, sequences item by item."""
        if live is None:
            values = [
                s.value
                if type(s) is Saved or isinstance(s, Recorded)
                else [_value(i) for i in s]
                if type(s) is list
                else s
                for s in saved
            ]
            functions = self._functions
        else:
            values = [
                [live_hooks.revive(i) for i in s] if type(s) is list else live_hooks.revive(s) for s in saved
            ]
            functions = self._live_functions()
        if not self._bare:
            g = _of_numpy(g)
        results: list[Any] = []
        for function, picks, (_, wanted) in zip(functions, self._picks, self.wanted, strict=True):
            part = function(g, *[values[k] for k in picks])
            if wanted is True:
                results.append(part)
            else:
                results.extend(part[k] for k, item in enumerate(wanted) if item)  # type: ignore[arg-type]
        return results

    def _live_functions(self) -> list[Callable[..., Any]]:
        if self._live is None:
            self._live = [_recorded(self.rule.pullbacks[name], self.conj) for name, _ in self.wanted]
        return self._live


def _value(item: Any) -> Any:
    return item.value if type(item) is Saved or isinstance(item, Recorded) else item


def _of_numpy(g: Any) -> Any:
    """Rules may index the cotangent of what NumPy computed, and a Python number cannot be indexed."""
    if type(g) is float:
        return np.float64(g)
    if type(g) is RecordedScalar and type(g.value) is float:
        return RecordedScalar(np.float64(g.value), g.node)
    return g


def _bare(pullback: Pullback) -> Callable[..., Any]:
    """The pullback without the projection."""
    body = [*pullback.statements, gast.Return(value=pullback.value)]
    return compile_function(f"{_label(pullback)}_bare", pullback.arguments, body, pullback.namespace)


def _recorded(pullback: Pullback, conj: bool) -> Callable[..., Any]:
    from srcgrad.rules.helpers import project

    statements, value = pullback.statements, pullback.value
    if conj:
        statements, value = pullback.complex_statements, pullback.complex_value
    namespace: dict[str, Any] = dict(pullback.namespace)
    if pullback.parameter != pullback.rule.variadic and pullback.parameter not in pullback.rule.sequences:
        namespace["project"] = project
        load = gast.Load()
        args = [value, gast.Name(pullback.parameter, load, None, None)]
        value = gast.Call(gast.Name("project", load, None, None), args, [])
    body = [*statements, gast.Return(value=value)]
    return live_hooks.instrument(_label(pullback), pullback.arguments, body, namespace)


def _label(pullback: Pullback) -> str:
    return f"{pullback.rule.name}_{pullback.parameter}_pullback".replace(".", "_").replace("*", "")


class Form:
    """Calls of one rule with so many positional arguments and these keywords."""

    __slots__ = ("_names", "_requests", "_variadic", "defaults", "rule")

    def __init__(self, rule: Rule, count: int, keywords: tuple[str, ...]) -> None:
        rule.bind((None,) * count, dict.fromkeys(keywords))
        parameters = rule.signature.parameters.values()
        self.rule = rule
        self._variadic = rule.variadic
        self._names = []
        for parameter in parameters:
            if parameter.kind is parameter.VAR_POSITIONAL:
                break
            self._names.append(parameter.name)
        self.defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        self._requests: dict[tuple[Wanted, bool, bool], Request] = {}

    def arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The call's arguments by name, defaults filled in."""
        values = dict(self.defaults)
        values.update(zip(self._names, args, strict=False))
        if self._variadic is not None:
            values[self._variadic] = list(args[len(self._names) :])
        values.update(kwargs)
        return values

    def request(self, wanted: Wanted, conj: bool, bare: bool) -> Request:
        """The request for some of the parameters, made once."""
        key = wanted, conj, bare
        found = self._requests.get(key)
        if found is None:
            found = self._requests[key] = Request(self.rule, wanted, conj, bare)
        return found


_forms: dict[tuple[int, int, tuple[str, ...]], tuple[Rule, Form]] = {}


def form_of(rule: Rule, count: int, keywords: tuple[str, ...]) -> Form:
    """The form of a call, made once."""
    key = id(rule), count, keywords
    found = _forms.get(key)
    if found is None or found[0] is not rule:
        found = _forms[key] = rule, Form(rule, count, keywords)
    return found[1]


_little = bytes(32)


def stand_in(array: Any) -> Any:
    """For what only wants to know shape and dtype: an array that holds no memory."""
    if type(array) is not np.ndarray or array.nbytes <= 256:
        return array
    return np.ndarray(array.shape, array.dtype, _little, 0, (0,) * array.ndim)
