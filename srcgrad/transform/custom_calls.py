"""Calls of functions with a derivative of the user's own.

``y = f(x)`` becomes ``y, f_saved = f_fwd(x)`` in the forward sweep and ``x_bar += f_bwd(f_saved, y_bar)[0]`` in the
reverse sweep, where ``f_fwd`` and ``f_bwd`` are the user's two functions. In a second derivative these are ordinary
functions, which are followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

from srcgrad.runtime.custom import Custom
from srcgrad.runtime.sweeps import real_number
from srcgrad.transform import builders as b
from srcgrad.transform.adjoints import Cotangent
from srcgrad.transform.expressions import Statement
from srcgrad.transform.facts import CustomCall
from srcgrad.transform.pieces import Step, step
from srcgrad.transform.refused import Refused
from srcgrad.transform.signature import leaves
from srcgrad.transform.source import read_source
from srcgrad.transform.types import (
    Array,
    Inner,
    Kind,
    Known,
    Number,
    Numeric,
    Region,
    Type,
    Value,
    carries_derivative,
    is_number,
    is_numeric,
)

if TYPE_CHECKING:
    from srcgrad.transform.infer_expressions import Expressions
    from srcgrad.transform.reverser_base import ReverserBase


def infer_custom(self: Expressions, node: gast.Call, custom: Custom) -> Value:
    """The abstract value of a call: of the type that the function itself has, and with a derivative."""
    custom.defined()
    try:
        bound = custom.signature.bind(*node.args, **{kw.arg: kw.value for kw in node.keywords if kw.arg})
    except TypeError as error:
        raise Refused(node, str(error)) from None
    if bound.kwargs or len(bound.args) != len(custom.signature.parameters):
        raise Refused(node, f"{custom.__name__} with defaults or arguments by name")
    for k, argument in enumerate(bound.args):
        value = self.facts.value(argument)
        if k in custom.held:
            if carries_derivative(value) or isinstance(value.type, Inner):
                raise Refused(
                    argument, f"a nondiff argument of {custom.__name__} that may carry a derivative"
                )
        elif carries_derivative(value) and not is_numeric(value.type):
            raise Refused(argument, f"an argument of {custom.__name__} that is no number and no array")
    self.facts.calls[id(node)] = CustomCall(custom, tuple(bound.args))
    return self.fresh(node, _result(self, node, custom, bound.args), True)


def _result(self: Expressions, node: gast.Call, custom: Custom, arguments: tuple[gast.expr, ...]) -> Type:
    """The type of the result: that of the function's own text, or a real number or array where that cannot be read."""
    from srcgrad.transform.infer_user_calls import inside

    mapping: dict[Region, Region] = {}
    parameters = {
        name: inside(self.facts.value(argument), name, mapping, {})
        for name, argument in zip(custom.signature.parameters, arguments, strict=True)
    }
    found: Type = Numeric(Kind.FLOAT)
    try:
        callee = self.program.specialize(read_source(custom.function), custom.function, parameters)
    except (Refused, OSError):
        return found
    if any(part.written for value in callee.parameters.values() for part in leaves(value)):
        raise Refused(node, f"{custom.__name__} writes into its arguments")
    result = None if callee.result is None else callee.result.type
    match result:
        case Number(kind=kind, python=python):
            return Number(max(kind, Kind.FLOAT), python)
        case Array(kind=kind, shape=shape):
            return Array(max(kind, Kind.FLOAT), None if shape is None else (None,) * len(shape))
        case Numeric(kind=kind):
            return Numeric(max(kind, Kind.FLOAT))
        case None:
            return found
    if is_numeric(result) or isinstance(result, Known):
        return found
    raise Refused(node, f"{custom.__name__} returns something else than a number or an array")


def custom_call(
    reverser: ReverserBase, node: gast.stmt, call: gast.Call, fact: CustomCall, target: gast.expr | None
) -> Step:
    """The step of ``target = f(...)``."""
    if target is not None and not isinstance(target, gast.Name):
        raise Refused(node, "the result of a call that is stored at once")
    adjoints, custom = reverser.adjoints, fact.custom
    name = None if target is None else target.id
    value = None if target is None else reverser.facts.value(target)
    if name is None or value is None or not (name in adjoints.state or reverser.activity.shadowed(value)):
        if name is not None:
            adjoints.consume(name)
        return Step([node], [])
    statement = Statement(reverser, node, call, name)
    stem = custom.__name__ if custom.__name__.isidentifier() else "custom"
    saved = reverser.names.fresh(f"{stem}_saved")
    given = [_kept(reverser, argument) for argument in fact.arguments]
    made = b.assign(
        b.tuple_target([name, saved]), b.call(reverser.global_name(f"{stem}_fwd", custom.forward), *given)
    )
    after: list[gast.stmt] = []
    if isinstance(value.type, Numeric):
        after.append(b.expr_stmt(b.call(statement.helper(real_number), name)))
    if reverser.activity.shadowed(value):
        after.append(b.assign(name, b.call("np__.array", name)))  # what was saved stays as it is
        after.append(b.assign(adjoints.shadow(name), b.call("np__.zeros_like", name)))
        seed = adjoints.shadow(name)
    else:
        if reverser.changes_after(value):
            after.append(b.assign(name, b.call("np__.array", name)))
        seed = adjoints.bar(name)
    adjoints.consume(name)
    held = [statement.available(fact.arguments[k]) for k in custom.held]
    back = b.call(reverser.global_name(f"{stem}_bwd", custom.backward), *held, saved, seed)
    others = [argument for k, argument in enumerate(fact.arguments) if k not in custom.held]
    active = [k for k, argument in enumerate(others) if carries_derivative(reverser.facts.value(argument))]
    if len(active) > 1 or not isinstance(others[active[0]], gast.Name):
        parts = reverser.names.fresh(f"{stem}_bars")
        statement.out.append(b.assign(parts, back))
        back = b.name(parts)
    for k in active:
        type_ = reverser.facts.value(others[k]).type
        statement.contribute(others[k], Cotangent(b.subscript(b.clone(back), k), type_, not is_number(type_)))
    return step([*statement.forward(b.located(made, node)), *after], statement.finish(), node)


def _kept(reverser: ReverserBase, argument: gast.expr) -> gast.expr:
    """An argument as the user's code gets it: a copy of an array that is written later, since it may be saved."""
    value = reverser.facts.value(argument)
    if isinstance(value.type, (Array, Numeric)) and reverser.changes_after(value):
        return b.call("np__.array", b.clone(argument))
    return b.clone(argument)
