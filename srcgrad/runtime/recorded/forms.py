"""From the rule table to what a node keeps: which arguments of a call are asked for, and what their pullbacks read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gast
import numpy as np

from srcgrad.rules.rule import Pullback, Rule, compile_function
from srcgrad.runtime.recorded.memory import Memory, Saved
from srcgrad.runtime.recorded.recorded_values import RecordedArray, RecordedScalar
from srcgrad.runtime.recorded.recording import Call, Node, Output

__all__ = ["Form", "Request", "form_of", "live_hooks", "revive", "stand_in"]

# For each parameter asked for, True, or which items of a sequence.
Wanted = tuple[tuple[str, "bool | tuple[bool, ...]"], ...]


class _Live:
    """How a backward pass that is itself recorded runs a rule; set by the module that rewrites source."""

    instrument: Callable[[str, tuple[str, ...], list[Any], Mapping[str, Any]], Callable[..., Any]]


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

    Attributes
    ----------
    names : tuple of str
        What nodes save: parameters or ``ans``.
    read : frozenset of str
        Those whose numbers are read; of the others only shape and dtype.
    """

    __slots__ = (
        "_bare", "_conj", "_functions", "_live", "_pick", "_sources", "_wanted", "names", "pull_numbers", "read", "rule",
    )  # fmt: skip

    def __init__(self, rule: Rule, wanted: Wanted, conj: bool, bare: bool) -> None:
        self.rule = rule
        self._wanted = wanted
        self._conj = conj
        self._bare = bare
        pullbacks = [rule.pullbacks[name] for name, _ in wanted]
        self.names = tuple(dict.fromkeys(name for p in pullbacks for name in p.arguments[1:]))
        self.read = frozenset(name for p in pullbacks for name in p.reads)
        self._sources = _sources(self.names, self.read, wanted)
        self._pick = [tuple(self.names.index(name) for name in p.arguments[1:]) for p in pullbacks]
        self._functions = [p.complex_function if conj else p.function for p in pullbacks]
        self._live: list[Callable[..., Any]] | None = None
        #: For bare requests, ``pull_numbers(g, *saved)``: all cotangents at once.
        self.pull_numbers = _numbers(pullbacks, self.names) if bare else None

    def pull(self, g: Any, saved: tuple[Any, ...]) -> list[Any]:
        """Cotangents of the arguments asked for, sequences item by item."""
        values = [
            s.value if type(s) is Saved else [_value(item) for item in s] if type(s) is list else s
            for s in saved
        ]
        return self._run(self._functions, _of_numpy(g), values)

    def pull_live(self, g: Any, saved: tuple[Any, ...], parents: tuple[Node, ...], node: Call) -> list[Any]:
        """The same, recorded: saved values are revived as what they were in the graph."""
        if self._live is None:
            self._live = [_recorded(self.rule.pullbacks[name], self._conj) for name, _ in self._wanted]

        def revived(value: Any, source: Any) -> Any:
            if isinstance(source, tuple):
                return [revived(item, part) for item, part in zip(value, source, strict=True)]
            if isinstance(value, list):
                # Of the several results of an operation each has a node of its own.
                return [
                    revive(item, Output(node, k) if source == -1 else None) for k, item in enumerate(value)
                ]
            return revive(value, None if source is None else node if source < 0 else parents[source])

        values = [revived(value, source) for value, source in zip(saved, self._sources, strict=True)]
        return self._run(self._live, g if self._bare else _of_numpy(g), values)

    def _run(self, functions: list[Callable[..., Any]], g: Any, values: list[Any]) -> list[Any]:
        results: list[Any] = []
        for function, pick, (_, wanted) in zip(functions, self._pick, self._wanted, strict=True):
            part = function(g, *[values[k] for k in pick])
            if wanted is True:
                results.append(part)
            else:
                results.extend(part[k] for k, item in enumerate(wanted) if item)  # type: ignore[arg-type]
        return results


def _sources(names: tuple[str, ...], read: frozenset[str], wanted: Wanted) -> tuple[Any, ...]:
    """For each saved value, the number of the parent it came from, -1 for the node itself, None for neither."""
    found: dict[str, Any] = {"ans": -1}
    count = 0
    for name, items in wanted:
        if items is True:
            found[name] = count
            count += 1
        else:
            places = []
            for item in items:  # type: ignore[union-attr]
                places.append(count if item else None)
                count += item
            found[name] = tuple(places)
    return tuple(found.get(name) if name in read else None for name in names)


def revive(saved: Any, node: Node | None) -> Any:
    """A saved value as the recorded value it was."""
    value = _value(saved)
    if node is None:
        return value
    if isinstance(value, np.ndarray):
        return RecordedArray(value if value.base is None else value.copy(order="K"), Memory(node))
    return RecordedScalar(value, node)


def _value(item: Any) -> Any:
    return item.value if type(item) is Saved else item


def _of_numpy(g: Any) -> Any:
    """Rules may index the cotangent of what NumPy computed, and a Python number cannot be indexed."""
    if type(g) is float:
        return np.float64(g)
    if type(g) is RecordedScalar and type(g.value) is float:
        return RecordedScalar(np.float64(g.value), g.node)
    return g


def _numbers(pullbacks: list[Pullback], names: tuple[str, ...]) -> Callable[..., Any]:
    """The pullbacks in one function, without projections."""
    body: list[Any] = []
    for pullback in pullbacks:
        body.extend(s for s in pullback.statements if not any(gast.dump(s) == gast.dump(t) for t in body))
    values = [pullback.value for pullback in pullbacks]
    body.append(gast.Return(value=gast.Tuple(elts=values, ctx=gast.Load())))
    label = "_and_".join(map(_label, pullbacks))
    return compile_function(label, ("g", *names), body, pullbacks[0].namespace)


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
