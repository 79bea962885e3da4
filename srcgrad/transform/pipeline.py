"""The compiler as a recipe: source -> core -> facts -> pieces -> sweeps -> text -> function.

``compile_gradient`` is the whole of it. Each step is a function over data in a file of its own; a step that meets
something it does not cover raises ``Refused``, and the caller (``api.py``) records the function define-by-run instead.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import gast
import numpy as np

from srcgrad.origins import Origin
from srcgrad.transform import builders as b
from srcgrad.transform.calls import Pair, PairCalls
from srcgrad.transform.emit import Emitted, emit
from srcgrad.transform.generate import Definition, generate_gradient, generate_pair
from srcgrad.transform.generate_tangent import generate_callee, generate_jvp
from srcgrad.transform.handed_functions import without_unread_functions
from srcgrad.transform.normalize import HELPERS
from srcgrad.transform.refused import Refused
from srcgrad.transform.signature import aliased_arguments, described, key_of, leaves, merge_aliases, typeof
from srcgrad.transform.source import Source, read_source
from srcgrad.transform.specialize import Program, Specialization
from srcgrad.transform.tangent_calls import TangentCalls
from srcgrad.transform.types import Kind, Number, TupleOf, is_container


@dataclass
class Unit:
    """Generated functions with the globals that they run in, kept up to date with the user's."""

    definition: Definition
    emitted: Emitted
    scope: dict[str, Any]
    outer: tuple[str, ...]
    assumed: Mapping[str, object]
    values: dict[str, Any]

    def refresh(self) -> bool:
        """Take over rebound globals; False if one of them now has another type than the code was made for."""
        namespace = self.definition.specialization.source.namespace
        for name in self.outer:
            value = namespace.get(name, _MISSING)
            if value is _MISSING:
                value = getattr(builtins, name, _MISSING)
            if value is not self.values.get(name, _MISSING):
                assumed = self.assumed.get(name)
                if assumed is not None and (
                    value is _MISSING or key_of(typeof(value, name, constant=True)) != assumed
                ):
                    return False
                self.values[name] = value
                if name in self.scope:
                    self.scope[name] = value
        return True


@dataclass
class Compiled:
    """Generated code for one signature.

    Attributes
    ----------
    function
        The entry point.
    source
        The text of everything that was generated, callees first.
    gives_value
        True if it returns ``(value, gradient)``, False for the gradient alone.
    """

    function: Callable[..., Any]
    source: str
    gives_value: bool = True
    units: list[Unit] = field(default_factory=list)

    def current(self) -> bool:
        """Bring globals up to date; False if the code has to be made anew."""
        return all(unit.refresh() for unit in self.units)

    def checked(self) -> dict[str, FunctionType]:
        """The functions once more, with checks for NaN, by name."""
        from srcgrad.transform.nan_checks import checked_functions

        return checked_functions(self.units)


_MISSING = object()


def specialize(
    function: FunctionType, arguments: Mapping[str, Any], wanted: Sequence[str]
) -> tuple[Program, Specialization]:
    """Infer a function for the arguments of a call; ``wanted`` are the parameters to differentiate."""
    source = read_source(function)
    parameters = described(arguments, wanted)
    aliases = aliased_arguments(arguments)
    merge_aliases(parameters, aliases)
    program = Program()
    entry = program.specialize(source, function, parameters, aliases)
    for left, right in aliases:
        parts = [*leaves(parameters[left]), *leaves(parameters[right])]
        if any(part.written for part in parts):
            raise Refused(source.tree, "it writes into arguments that share memory")
    return program, entry


def compile_gradient(
    function: FunctionType,
    arguments: Mapping[str, Any],
    wanted: Sequence[str],
    *,
    with_value: bool,
    has_aux: bool = False,
    keep_stages: bool = False,
    packed: bool = False,
) -> Compiled:
    """Generate and load the gradient of a function for arguments of these types.

    With ``has_aux``, the function returns a pair. Without ``with_value``, the value is returned all the same
    unless it is certain to be a real number. With ``keep_stages``, the definitions keep what they were made from,
    with ``packed``, the gradient is a tuple even if it has one part.

    Raises
    ------
    Refused
        If the static transform does not cover the function.
    """
    _, entry = specialize(function, arguments, wanted)
    pairs = PairCalls(keep_stages=keep_stages)
    result = None if entry.result is None else entry.result.type
    fits = isinstance(result, TupleOf) if has_aux else result is None or not is_container(result)
    if not fits:
        raise Refused(entry.core.function, "its result is not a number")
    with_value = with_value or not (isinstance(result, Number) and result.kind in (Kind.INT, Kind.FLOAT))
    definitions = [generate_gradient(entry, wanted, pairs, with_value=with_value, packed=packed)]
    definitions += _pairs(pairs)
    return load(definitions, definitions[0].names[0], with_value)


@dataclass
class CompiledPair:
    """The forward and the backward function of an entry point, for pullbacks.

    Attributes
    ----------
    forward, backward
        ``forward(*arguments, **shadows)`` gives the value, its shadow if it has one, and what ``backward`` takes;
        ``backward(saved, seed)`` gives adjoints of ``values``, those of ``shadows`` are in their memory then.
    values, shadows, written
        Parameters by how their adjoint comes back, and those that the function writes into.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    pair: Pair
    written: tuple[str, ...]
    compiled: Compiled


def compile_pullback(
    function: FunctionType, arguments: Mapping[str, Any], wanted: Sequence[str]
) -> CompiledPair:
    """Generate and load the forward and backward functions of an entry point.

    Raises
    ------
    Refused
        If the static transform does not cover the function.
    """
    _, entry = specialize(function, arguments, wanted)
    pairs = PairCalls()
    pair = pairs.pair(entry)
    if pair.result == "none":
        raise Refused(entry.core.function, "its result does not depend on the arguments")
    definitions = _pairs(pairs)
    made = load(definitions, pair.forward, True)
    written = tuple(name for name, value in entry.parameters.items() if any(p.written for p in leaves(value)))
    backward = made.units[-1].scope[pair.backward]
    return CompiledPair(made.function, backward, pair, written, made)


@dataclass
class CompiledTangent:
    """Generated code of forward mode for one signature.

    ``function(*arguments, **{dots[name]: tangent})`` gives value and tangent. With ``columns``, tangents have one more
    axis, and the argument of that name is its length.
    """

    function: Callable[..., Any]
    dots: Mapping[str, str]
    compiled: Compiled
    columns: str = ""


def compile_jvp(
    function: FunctionType, arguments: Mapping[str, Any], wanted: Sequence[str], *, columns: bool = False
) -> CompiledTangent:
    """Generate and load the code that gives value and tangent, given tangents of the parameters ``wanted``.

    With ``columns``, for many tangents at once: they have one more axis, the last.

    Raises
    ------
    Refused
        If the static transform does not cover the function.
    """
    _, entry = specialize(function, arguments, wanted)
    made = _load_tangent(entry, wanted, TangentCalls(columns=columns))
    code = made.function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    number = names[-1] if columns else ""
    last = len(names) - columns
    dots = dict(zip(wanted, names[last - len(wanted) : last], strict=True))
    return CompiledTangent(made.function, dots, made, number)


def compile_derivative(function: FunctionType, arguments: Mapping[str, Any], wanted: str) -> Compiled:
    """Generate and load the code of the derivative by a number: it takes the arguments, and gives the tangent alone.

    Raises
    ------
    Refused
        If the static transform does not cover the function.
    """
    _, entry = specialize(function, arguments, [wanted])
    return _load_tangent(entry, [wanted], TangentCalls(), unit=True)


def _load_tangent(
    entry: Specialization, wanted: Sequence[str], calls: TangentCalls, *, unit: bool = False
) -> Compiled:
    definitions = [generate_jvp(entry, wanted, calls, unit=unit)]
    while calls.waiting:
        definitions.append(generate_callee(calls.waiting.pop(0), calls))
    return load(definitions, definitions[0].names[0], True)


def _pairs(pairs: PairCalls) -> list[Definition]:
    made: list[Definition] = []
    while pairs.waiting:
        made.append(generate_pair(pairs.waiting.pop(0), pairs))
    return made


def load(definitions: list[Definition], entry: str, gives_value: bool) -> Compiled:
    """Print, compile and link generated functions."""
    without_unread_functions(definitions)
    units: list[Unit] = []
    linked: dict[str, Any] = {}
    for definition in reversed(definitions):
        facts = definition.specialization.facts
        assert facts is not None
        source: Source = facts.source
        scope, outer = _scope(definition, source)
        origin = Origin(source.filename, source.lines, {})
        emitted = emit(definition.functions, scope, definition.names[0], hint=source.name, origin=origin)
        scope = emitted.function.__globals__
        for name in definition.names:
            linked[name] = scope[name]
        read = {*outer, *(name for name in facts.outer if name in source.namespace)}
        units.append(
            Unit(
                definition,
                emitted,
                scope,
                tuple(sorted(read)),
                dict(facts.outer),
                {n: source.namespace[n] for n in read},
            )
        )
    for unit in units:
        for name, value in linked.items():
            unit.scope.setdefault(name, value)
    text = "\n\n\n".join(unit.emitted.source.rstrip("\n") for unit in units) + "\n"
    return Compiled(linked[entry], text, gives_value, units)


def _scope(definition: Definition, source: Source) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The globals of generated functions, and those among them that are the user's."""
    mentioned = {
        node.id
        for function in definition.functions
        for node in b.walk(function)
        if isinstance(node, gast.Name)
    }
    scope: dict[str, Any] = {"__name__": source.namespace.get("__name__", "srcgrad.generated"), "np": np}
    outer: list[str] = []
    for name in sorted(mentioned):
        if name in definition.globals:
            scope[name] = definition.globals[name]
        elif name in source.namespace:
            scope[name] = source.namespace[name]
            outer.append(name)
        elif name in HELPERS and not hasattr(builtins, name):
            scope[name] = HELPERS[name]
    return scope, tuple(outer)
