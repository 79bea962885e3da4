"""Direct calls of functions defined inside the function: what they capture becomes arguments.

Before::

    def f(x):
        def scaled(y):
            return x * y
        return scaled(x)

``scaled(x)`` is differentiated as a call ``scaled(x, x)`` of ``def scaled(y, x): return x * y``.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.refused import Refused
from srcgrad.transform.signature import leaves
from srcgrad.transform.source import Source
from srcgrad.transform.types import UNKNOWN, Inner, Value

if TYPE_CHECKING:
    from srcgrad.transform.infer_expressions import Expressions


@dataclass(frozen=True)
class LiftedSource(Source):
    """The source of an inner function that gets what it captures as arguments."""

    captured: tuple[str, ...] = ()


def inner_call(
    interpreter: Expressions, node: gast.Call, name: str, definition: gast.FunctionDef, active: bool
) -> Value:
    """The abstract value of a call of an inner function."""
    from srcgrad.transform.infer_calls import specialized

    free = captured(interpreter, definition)
    varied = active or any(interpreter.env[c].varied for c in free)
    if not varied and not isinstance(interpreter.facts.source, LiftedSource):
        # it runs as it stands, and may write into what it is given and what it captures
        interpreter.opaque_call([interpreter.facts.value(arg) for arg in _plain_arguments(node)])
        for name_ in free:
            for part in leaves(interpreter.env[name_]):
                if part.home is not None:
                    part.home.volatile = True
        return UNKNOWN
    runtime = tuple(c for c in free if not isinstance(interpreter.env[c].type, Inner))
    known = {c: interpreter.env[c] for c in free if c not in runtime}
    if name not in known and name in interpreter.env:
        known[name] = interpreter.env[name]
    if any(keyword.arg in runtime for keyword in node.keywords):
        raise Refused(node, "a keyword that is also the name of a captured variable")
    tree = _lifted(definition, runtime)
    outer = interpreter.facts.source
    made = LiftedSource(
        outer.function, tree, outer.filename, outer.lines, outer.namespace, name, outer.first_line, runtime
    )
    extra = [b.located(b.name(c), node) for c in runtime]
    for argument in extra:
        interpreter.expr(argument)
    signature = _signature(definition, interpreter)
    parameters = [*signature.parameters.values()]
    parameters += [inspect.Parameter(c, inspect.Parameter.KEYWORD_ONLY) for c in runtime]
    whole = inspect.Signature(parameters)
    kwargs = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    kwargs |= dict(zip(runtime, extra, strict=True))
    identity = ("inner", id(definition), runtime)
    return specialized(interpreter, node, made, identity, whole, list(node.args), kwargs, known)


def _plain_arguments(node: gast.Call) -> list[gast.expr]:
    starred = (arg.value if isinstance(arg, gast.Starred) else arg for arg in node.args)
    return [*starred, *(keyword.value for keyword in node.keywords)]


def captured(interpreter: Expressions, definition: gast.FunctionDef) -> tuple[str, ...]:
    """Names of the enclosing function that an inner function reads."""
    own = {child.id for child in b.walk(definition.args) if isinstance(child, gast.Name)}
    bound = {
        child.id
        for child in b.walk(definition)
        if isinstance(child, gast.Name) and isinstance(child.ctx, (gast.Store, gast.Param))
    }
    read = [child.id for child in b.walk(definition) if isinstance(child, gast.Name)]
    return tuple(dict.fromkeys(n for n in read if n in interpreter.env and n not in own and n not in bound))


def _lifted(definition: gast.FunctionDef, runtime: tuple[str, ...]) -> gast.FunctionDef:
    tree = b.clone(definition)
    tree.args.kwonlyargs = [*tree.args.kwonlyargs, *(b.located(b.param(c), definition) for c in runtime)]
    tree.args.kw_defaults = [*tree.args.kw_defaults, *([None] * len(runtime))]
    return tree


def _signature(definition: gast.FunctionDef, interpreter: Expressions) -> inspect.Signature:
    """The signature of a definition; defaults are expressions that are evaluated at the call, so only literals."""
    args = definition.args
    if args.vararg is not None or args.kwarg is not None:
        raise Refused(definition, "an inner function with *args or **kwargs")
    names = [arg.id for arg in (*args.posonlyargs, *args.args)]
    defaults = dict(zip(reversed(names), reversed(args.defaults), strict=False))
    parameters = []
    for name in names:
        default = defaults.get(name)
        if default is not None and not isinstance(default, gast.Constant):
            raise Refused(definition, "an inner function with a computed default")
        value = inspect.Parameter.empty if default is None else default.value
        parameters.append(inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=value))
    for arg, kw_default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if kw_default is not None and not isinstance(kw_default, gast.Constant):
            raise Refused(definition, "an inner function with a computed default")
        value = inspect.Parameter.empty if kw_default is None else kw_default.value
        parameters.append(inspect.Parameter(arg.id, inspect.Parameter.KEYWORD_ONLY, default=value))
    return inspect.Signature(parameters)
