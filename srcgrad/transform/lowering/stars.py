"""``model(t, *p)`` with as many values in ``p`` as the function has parameters left."""

from __future__ import annotations

import inspect
from types import FunctionType

import gast

from srcgrad.transform.lowering.program import Program


def unpacked(call: gast.Call, program: Program) -> list[str]:
    """The parameters that the star at the end of a call fills; none where the text does not tell.

    A function with defaults or stars of its own may take fewer or more values than it has parameters.
    """
    if (
        not call.args
        or not isinstance(call.args[-1], gast.Starred)
        or not program.taint.carries(call.args[-1])
    ):
        return []
    if any(isinstance(arg, gast.Starred) for arg in call.args[:-1]):
        return []
    if any(keyword.arg is None for keyword in call.keywords):
        return []
    parameters = _parameters(call.func, program)
    named = {keyword.arg for keyword in call.keywords}
    left = parameters[len(call.args) - 1 :]
    return left if named.isdisjoint(left) else []


def _parameters(function: gast.expr, program: Program) -> list[str]:
    if isinstance(function, gast.Name) and function.id in program.inner:
        args = program.inner[function.id].args
        if args.defaults or args.vararg is not None:
            return []
        return [arg.id for arg in (*args.posonlyargs, *args.args)]
    target = program.callees.resolve(function)
    if (
        not isinstance(target, FunctionType)
        or target.__defaults__
        or target.__code__.co_flags & inspect.CO_VARARGS
    ):
        return []
    return list(target.__code__.co_varnames[: target.__code__.co_argcount])
