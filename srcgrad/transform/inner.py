"""Functions defined inside the function: what they capture becomes arguments.

Before::

    def f(x):
        def scaled(y):
            return x * y
        return scaled(x) + solve(scaled, 1.0)

``scaled(x)`` is differentiated as a call ``scaled(x, x=x)`` of ``def scaled(y, *, x): return x * y``, and ``solve``
gets what ``scaled`` needs together with it: ``solve(scaled, 1.0, f_x=x)``. A function sees the variables around it as
they are when it is called; it is called before the call that it is passed to returns, so their values at that call
are those that it sees.
"""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.refused import Refused
from srcgrad.transform.source import Source
from srcgrad.transform.types import UNKNOWN, Inner, Value

if TYPE_CHECKING:
    from srcgrad.transform.infer_expressions import Expressions


@dataclass(frozen=True)
class LiftedSource(Source):
    """The source of an inner function that gets what it captures as arguments."""

    captured: tuple[str, ...] = ()


@dataclass(frozen=True)
class Carried:
    """What a function needs of the variables here to run elsewhere.

    Parameters
    ----------
    variables
        From names there to names here.
    functions
        Inner functions among them, as they are seen there.
    function
        The function, as it is seen there.
    """

    variables: dict[str, str]
    functions: dict[str, Value]
    function: Inner


def inner_call(
    interpreter: Expressions,
    node: gast.Call,
    function: Inner,
    args: list[gast.expr],
    kwargs: dict[str, gast.expr],
) -> Value:
    """The abstract value of a call of an inner function."""
    from srcgrad.transform.infer_user_calls import specialized

    given = [interpreter.facts.value(arg) for arg in [*args, *kwargs.values()]]
    around = surroundings(interpreter, function)
    if not any(value.varied for value in [*given, *around]):
        # it runs as it stands, and may write into what it is given and what it captures
        interpreter.opaque_call(given)
        for value in around:
            interpreter.may_change(value)
        return UNKNOWN
    definition = function.definition
    made = carried(interpreter, function)
    if not kwargs.keys().isdisjoint(made.variables):
        raise Refused(node, "a keyword that is also the name of a captured variable")
    runtime = tuple(made.variables)
    outer = function.source
    source = LiftedSource(
        outer.function,
        with_keywords(definition, runtime),
        outer.filename,
        outer.lines,
        outer.namespace,
        function.name,
        outer.first_line,
        runtime,
    )
    signature = _signature(definition)
    parameters = [*signature.parameters.values()]
    parameters += [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in runtime]
    parameters.sort(key=lambda parameter: parameter.kind)
    extra = read_here(interpreter, made, node)
    identity = ("inner", id(definition), runtime)
    whole = inspect.Signature(parameters)
    return specialized(interpreter, node, source, identity, whole, args, {**kwargs, **extra}, made.functions)


def captured(interpreter: Expressions, function: Inner) -> tuple[str, ...]:
    """Names of the enclosing function that an inner function reads."""
    if function.places is not None:
        return tuple(name for name, _ in function.places)
    definition = function.definition
    own = {child.id for child in b.walk(definition.args) if isinstance(child, gast.Name)}
    bound = {
        child.id
        for child in b.walk(definition)
        if isinstance(child, gast.Name) and isinstance(child.ctx, (gast.Store, gast.Param))
    }
    names = [child for child in b.walk(definition) if isinstance(child, gast.Name)]
    names.sort(key=lambda child: (child.lineno, child.col_offset))
    read = dict.fromkeys(child.id for child in names)
    return tuple(n for n in read if n in interpreter.env and n not in own and n not in bound)


def carried(interpreter: Expressions, function: Inner, parameter: str = "") -> Carried:
    """What a function captures, and what the functions capture that it captures.

    Parameters
    ----------
    parameter
        The name of the parameter that it is passed as; in its own body, captured names stay as they are.
    """
    taken = set(b.names_in(function.definition)) if not parameter else {parameter}
    names: dict[str, str] = {}
    variables: dict[str, str] = {}
    found: dict[str, Inner] = {}

    def name_there(name: str, here: str, prefix: str) -> None:
        if here in names:
            return
        new = f"{prefix}_{name}" if prefix else name
        while prefix and new in taken:
            new += "_"
        taken.add(new)
        names[here] = new
        type_ = interpreter.env[here].type
        if isinstance(type_, Inner):
            found[here] = type_
        variables[new] = here

    for name in captured(interpreter, function):
        name_there(name, function.place(name), parameter)
    pending = list(found)
    while pending:
        inner = found[pending.pop(0)]
        before = set(found)
        for name in captured(interpreter, inner):
            name_there(name, inner.place(name), parameter or inner.name)
        pending.extend(here for here in found if here not in before)

    def there(inner: Inner) -> Inner:
        places = tuple((name, names[inner.place(name)]) for name in captured(interpreter, inner))
        return dataclasses.replace(inner, places=places)

    functions = {
        names[here]: Value(there(inner), None, interpreter.env[here].varies) for here, inner in found.items()
    }
    return Carried(variables, functions, there(function))


def read_here(interpreter: Expressions, made: Carried, node: gast.AST) -> dict[str, gast.expr]:
    """The captured variables as arguments of a call."""
    extra: dict[str, gast.expr] = {
        name: b.located(b.name(here), node) for name, here in made.variables.items()
    }
    for argument in extra.values():
        interpreter.expr(argument)
    return extra


def closure(interpreter: Expressions, value: Value) -> Value:
    """An inner function as a value: it varies if what it captures does."""
    assert isinstance(value.type, Inner)
    varies = any(part.varied for part in surroundings(interpreter, value.type))
    return Value(value.type, None, varies)


def surroundings(interpreter: Expressions, function: Inner) -> list[Value]:
    """The variables that a function captures, directly or through functions that it captures."""
    found: dict[str, Value] = {}
    functions = {function}
    pending = [function]
    while pending:
        inner = pending.pop()
        for name in captured(interpreter, inner):
            here = inner.place(name)
            value = interpreter.env[here]
            if not isinstance(value.type, Inner):
                found[here] = value
            elif value.type not in functions:
                functions.add(value.type)
                pending.append(value.type)
    return list(found.values())


def with_keywords(definition: gast.FunctionDef, names: tuple[str, ...]) -> gast.FunctionDef:
    """A copy of a definition with more parameters."""
    tree = b.clone(definition)
    tree.args.kwonlyargs = [*tree.args.kwonlyargs, *(b.located(b.param(name), definition) for name in names)]
    tree.args.kw_defaults = [*tree.args.kw_defaults, *([None] * len(names))]
    return tree


def _signature(definition: gast.FunctionDef) -> inspect.Signature:
    """The signature of a definition; defaults are expressions that are evaluated at the call, so only literals."""
    args = definition.args
    names = [arg.id for arg in (*args.posonlyargs, *args.args)]
    defaults = dict(zip(reversed(names), reversed(args.defaults), strict=False))
    parameters = []
    for name in names:
        default = _literal(definition, defaults.get(name))
        parameters.append(inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default))
    if args.vararg is not None:
        parameters.append(inspect.Parameter(args.vararg.id, inspect.Parameter.VAR_POSITIONAL))
    for arg, kw_default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        default = _literal(definition, kw_default)
        parameters.append(inspect.Parameter(arg.id, inspect.Parameter.KEYWORD_ONLY, default=default))
    if args.kwarg is not None:
        parameters.append(inspect.Parameter(args.kwarg.id, inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(parameters)


def _literal(definition: gast.FunctionDef, default: gast.expr | None) -> object:
    if default is None:
        return inspect.Parameter.empty
    if isinstance(default, gast.Tuple) and not default.elts:
        return ()
    if not isinstance(default, gast.Constant):
        raise Refused(definition, "an inner function with a computed default")
    return default.value
