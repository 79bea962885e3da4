"""Stars in calls and in definitions: both become plain arguments.

Before::

    def scaled(x, *factors):        ...
    scaled(y, *pair)

``scaled(y, *pair)`` is differentiated as ``scaled(y, factors_0=pair[0], factors_1=pair[1])`` of::

    def scaled(x, *, factors_0, factors_1):
        factors = (factors_0, factors_1)
        ...

A function that only hands its stars on, as in ``f(x, *factors)``, hands on the members.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.refused import Refused
from srcgrad.transform.source import Source
from srcgrad.transform.types import Record, TupleOf

STARS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)

if TYPE_CHECKING:
    from srcgrad.transform.infer_expressions import Expressions


def plain_arguments(node: gast.Call) -> tuple[list[gast.expr], dict[str, gast.expr]]:
    """The arguments of a call without stars."""
    return list(node.args), {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}


def spread(interpreter: Expressions, node: gast.Call) -> tuple[list[gast.expr], dict[str, gast.expr]]:
    """The arguments of a call with stars, one by one.

    Raises
    ------
    Refused
        If it is not known how many there are.
    """
    args: list[gast.expr] = []
    for argument in node.args:
        if isinstance(argument, gast.Starred):
            args.extend(_members(interpreter, argument.value))
        else:
            args.append(argument)
    kwargs: dict[str, gast.expr] = {}
    for keyword in node.keywords:
        kwargs |= {keyword.arg: keyword.value} if keyword.arg else _fields(interpreter, keyword.value)
    return args, kwargs


def _members(interpreter: Expressions, node: gast.expr) -> list[gast.expr]:
    if isinstance(node, gast.Tuple) and not any(isinstance(item, gast.Starred) for item in node.elts):
        return list(node.elts)
    type_ = interpreter.facts.value(node).type
    if not isinstance(type_, TupleOf) or not isinstance(node, gast.Name):
        raise Refused(node, "a starred argument of which it is not known how many values it has")
    return _evaluated(interpreter, node, range(len(type_.items)))


def _fields(interpreter: Expressions, node: gast.expr) -> dict[str, gast.expr]:
    type_ = interpreter.facts.value(node).type
    if not isinstance(type_, Record) or type_.cls is not dict or not isinstance(node, gast.Name):
        raise Refused(node, "keywords of which it is not known what they are")
    names = [name for name, _ in type_.fields if isinstance(name, str)]
    return dict(zip(names, _evaluated(interpreter, node, names), strict=True))


def _evaluated(interpreter: Expressions, node: gast.Name, keys: Iterable[Any]) -> list[gast.expr]:
    made: list[gast.expr] = [b.located(b.subscript(node.id, b.constant(key)), node) for key in keys]
    for item in made:
        interpreter.expr(item)
    return made


def without_stars(
    source: Source, signature: inspect.Signature, bound: dict[str, Any], identity: object
) -> tuple[Source, inspect.Signature, dict[str, Any], object]:
    """A function with ``*args`` and ``**kwargs`` as it is for the arguments of one call.

    Parameters
    ----------
    source, signature, identity
        Of the function.
    bound
        Its arguments in this call, as `inspect.Signature.bind` gives them.

    Returns
    -------
    tuple
        The four for a function that has no stars.
    """
    parameters: list[inspect.Parameter] = []
    arguments: dict[str, gast.expr] = {}
    tree = b.clone(source.tree)
    taken = set(b.names_in(tree))
    prologue: list[gast.stmt] = []
    handed_on: dict[str, dict[Any, str]] = {}
    shape: list[object] = []
    for name, parameter in signature.parameters.items():
        given = bound.get(name)
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            tree.args.vararg = None
            parts = {f"{name}_{k}": value for k, value in enumerate(given or ())}
            keys: list[Any] = list(range(len(parts)))
            whole: gast.expr = b.tuple_(map(b.name, parts))
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            tree.args.kwarg = None
            parts = {f"{name}_{key}": value for key, value in (given or {}).items()}
            keys = list(given or {})
            whole = b.dict_(zip(map(b.constant, keys), map(b.name, parts), strict=True))
        else:
            parameters.append(parameter)
            if name in bound:
                arguments[name] = bound[name]
            continue
        if not taken.isdisjoint(parts):
            raise Refused(tree, f"names like those of the members of {name}")
        if _only_handed_on(tree, name):
            handed_on[name] = dict(zip(keys, parts, strict=True))
        else:
            prologue.append(b.assign(name, whole))
        shape.append((name, tuple(parts)))
        arguments |= parts
        for part in parts:
            parameters.append(inspect.Parameter(part, inspect.Parameter.KEYWORD_ONLY))
            tree.args.kwonlyargs = [*tree.args.kwonlyargs, b.located(b.param(part), tree)]
            tree.args.kw_defaults = [*tree.args.kw_defaults, None]
    _hand_on(tree, handed_on)
    tree.body = [*(b.located(statement, tree) for statement in prologue), *tree.body]
    parameters.sort(key=lambda parameter: parameter.kind)
    made = dataclasses.replace(source, tree=tree)
    return made, inspect.Signature(parameters), arguments, (identity, "stars", tuple(shape))


def _only_handed_on(tree: gast.FunctionDef, name: str) -> bool:
    """Whether a function does nothing with its ``*args`` but ``f(*args)``."""
    starred = 0
    for node in b.walk(tree.body):
        if isinstance(node, gast.Call):
            stars = [arg.value for arg in node.args if isinstance(arg, gast.Starred)]
            stars += [keyword.value for keyword in node.keywords if keyword.arg is None]
            starred += sum(isinstance(star, gast.Name) and star.id == name for star in stars)
    return starred == sum(used == name for used in b.names_in(tree.body))


def _hand_on(tree: gast.FunctionDef, stars: dict[str, dict[Any, str]]) -> None:
    """Write the members for the stars in calls."""

    def members(star: gast.expr) -> dict[Any, str] | None:
        return stars.get(star.id) if isinstance(star, gast.Name) else None

    for node in list(b.walk(tree.body)) if stars else ():
        if not isinstance(node, gast.Call):
            continue
        args: list[gast.expr] = []
        for arg in node.args:
            parts = members(arg.value) if isinstance(arg, gast.Starred) else None
            args += [arg] if parts is None else [b.located(b.name(part), arg) for part in parts.values()]
        keywords: list[gast.keyword] = []
        for keyword in node.keywords:
            parts = members(keyword.value) if keyword.arg is None else None
            if parts is None:
                keywords.append(keyword)
            else:
                keywords += [
                    gast.keyword(key, b.located(b.name(part), keyword.value)) for key, part in parts.items()
                ]
        node.args, node.keywords = args, keywords
