"""Apply an operation to variables and record it: the general way, for any operation of the rule table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.rules import rule_for
from srcgrad.runtime.eager.graph import NEVER, Leaf, Node, Pick, Variable
from srcgrad.runtime.eager.plans import Plan, plan_for, stand_in

__all__ = ["record"]

Wrap = Callable[[Any, "Node | None"], Any]


def record(
    op: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wrap: Wrap,
    *,
    recording: bool = True,
    compute: Callable[..., Any] | None = None,
    name: str | None = None,
    foreign: bool = True,
) -> Any:
    """Call `op` on the values of its arguments and note in the graph how to go back.

    Parameters
    ----------
    op : callable
        An operation of the rule table.
    args, kwargs
        Its arguments: variables, sequences of variables, or constants.
    wrap : callable
        ``wrap(value, node)`` makes the facade's variable.
    recording : bool
        False: compute only.
    compute : callable, optional
        Computes the value in place of `op` (with the same arguments).
    name : str, optional
        Name of the node, for people.
    foreign : bool
        Arrays among the arguments may be the caller's own, who may write into them later: they are copied.

    Returns
    -------
    variable, or tuple of variables
        One per output of `op`.
    """
    if kwargs:
        rule = rule_for(op)
        kwargs = kwargs if rule is None else dict(rule.without_defaults(kwargs))
    plan = plan_for(op, len(args), tuple(kwargs))
    if plan.composite is not None and recording:
        if foreign:
            args, kwargs = (
                _constant(args, args),
                {key: _constant(value, value) for key, value in kwargs.items()},
            )
        return _through(plan, args, kwargs, wrap, name)
    if any(type(arg) is list and any(isinstance(item, (list, tuple)) for item in arg) for arg in args):
        args = tuple([_stacked(arg, wrap) if type(arg) is list else arg for arg in args])
    if plan.takes_out:
        # Refused by the rule unless it is None.
        plan.rule.bind(args, kwargs)
    raw_args = tuple([_raw(a) for a in args])
    raw_kwargs = {k: _raw(v) for k, v in kwargs.items()} if kwargs else kwargs
    result = (compute or op)(*raw_args, **raw_kwargs)
    if type(result) is tuple:
        result = tuple([_number(part) for part in result])
    else:
        result = _number(result)
    edges: list[Node] = []
    request: list[tuple[str, Any]] = []
    if recording and plan.differentiable:
        arguments = plan.arguments(args, kwargs)
        for parameter in plan.rule.constants.intersection(arguments):
            if _varies(arguments[parameter]):
                raise plan.rule.unknown_for(parameter)
        for parameter in plan.rule.differentiable:
            wanted = _wanted(arguments.get(parameter), edges)
            if wanted is not None:
                request.append((parameter, wanted))
    several = isinstance(result, (tuple, list))
    if not edges:
        if several:
            return _outputs(result, [wrap(part, None) for part in result])
        return wrap(result, None)
    values = plan.arguments(raw_args, raw_kwargs)
    aligned = not several and all(
        wanted is True and _alike(values[parameter], result) for parameter, wanted in request
    )
    conj = any(_complex(values[p]) for p in plan.rule.differentiable if p in values) or _complex(result)
    variant = plan.variant(tuple(request), aligned, conj)
    node = Node(variant, tuple(edges), (), (), 0, name or variant.name)
    if several:
        outputs = [
            part if type(part) is int else wrap(part, Pick(node, k, len(result)))
            for k, part in enumerate(result)
        ]
        made: Any = _outputs(result, outputs)
    else:
        outputs = [wrap(result, node)]
        made = outputs[0]
    _save(node, plan, arguments, values, outputs, result, foreign)
    return made


def _save(
    node: Node,
    plan: Plan,
    arguments: dict[str, Any],
    values: dict[str, Any],
    outputs: list[Any],
    result: Any,
    foreign: bool,
) -> None:
    saved: list[Any] = []
    cells: list[list[int]] = []
    variant = node.variant
    sources = variant.sources or (None,) * len(variant.saves)  # type: ignore[union-attr]
    for (name, by_value), source in zip(variant.saves, sources, strict=True):  # type: ignore[union-attr]
        if name == "ans":
            saved.append(outputs[0].value if len(outputs) == 1 else result)
            cells.append(outputs[0].cell)
            continue
        if name not in values:
            saved.append(plan.defaults[name])
            continue
        value, given = values[name], arguments[name]
        if foreign and source is not None:
            value = _constant(value, given)
        several = isinstance(value, (list, tuple))
        saved.append(
            value if by_value else [stand_in(item) for item in value] if several else stand_in(value)
        )
        if isinstance(source, tuple):
            cells.extend(item.cell if isinstance(item, Variable) else NEVER for item in given)
        elif source is not None:
            cells.append(given.cell if isinstance(given, Variable) else NEVER)
    node.saved = tuple(saved)
    if any(cell is not NEVER for cell in cells):
        node.cells = tuple(cells)
        node.stamp = sum(cell[0] for cell in cells)


def _constant(value: Any, given: Any) -> Any:
    """A saved argument; the caller's own arrays are copied, for nobody here sees them change."""
    if isinstance(given, (list, tuple)):
        return type(given)(_constant(v, g) for v, g in zip(value, given, strict=True))
    return value.copy() if isinstance(given, np.ndarray) else value


def _through(plan: Plan, args: tuple[Any, ...], kwargs: dict[str, Any], wrap: Wrap, name: str | None) -> Any:
    """Differentiate a composite by going through it, with NumPy's semantics."""
    from srcgrad.runtime.eager.plain import Plain, as_plain, dispatched

    assert plan.composite is not None
    result = dispatched(plan.composite)(
        *as_plain(args), **{key: as_plain(value) for key, value in kwargs.items()}
    )

    def back(part: Any) -> Any:
        if isinstance(part, Plain):
            made = part if wrap is Plain else wrap(part.value, part.node)
            if name is not None and made.node is not None and not isinstance(made.node, (Leaf, Pick)):
                made.node.name = name
            return made
        if isinstance(part, list):
            return [back(item) for item in part]
        return wrap(part, None) if isinstance(part, (np.ndarray, np.generic)) else part

    if isinstance(result, (tuple, list)):
        return _outputs(result, [back(part) for part in result])
    return back(result)


def _outputs(result: Any, parts: list[Any]) -> Any:
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*parts)
    return tuple(parts)


def _stacked(items: list[Any], wrap: Wrap) -> list[Any]:
    """A list with arrays in place of the lists in it that hold variables."""

    def joined(item: Any) -> Any:
        if not isinstance(item, (list, tuple)) or not _holds_variable(item):
            return item
        return record(np.stack, ([joined(part) for part in item],), {}, wrap)

    return [joined(item) for item in items]


def _holds_variable(item: Any) -> bool:
    return isinstance(item, Variable) or (isinstance(item, (list, tuple)) and any(map(_holds_variable, item)))


def _number(value: Any) -> Any:
    """NumPy's number in place of Python's, which knows no dtype."""
    return np.asarray(value)[()] if type(value) in (float, complex) else value


def _raw(argument: Any) -> Any:
    if isinstance(argument, Variable):
        return argument.value
    if isinstance(argument, list):
        return [_raw(item) for item in argument]
    if type(argument) is tuple:
        return tuple([_raw(item) for item in argument])
    return argument


def _varies(argument: Any) -> bool:
    """Whether an argument carries a derivative; the integers among several results have a node, but none."""
    if isinstance(argument, Variable):
        return argument.source() is not None and np.result_type(argument.value).kind in "fc"
    return isinstance(argument, (list, tuple)) and any(map(_varies, argument))


def _wanted(argument: Any, edges: list[Node]) -> Any:
    """Which parts of an argument want a gradient; their nodes are added to the edges."""
    if isinstance(argument, Variable):
        node = argument.source()
        if node is None:
            return None
        edges.append(node)
        return True
    if isinstance(argument, (list, tuple)):
        flags = []
        for item in argument:
            node = item.source() if isinstance(item, Variable) else None
            flags.append(node is not None)
            if node is not None:
                edges.append(node)
        return tuple(flags) if any(flags) else None
    return None


def _alike(value: Any, result: Any) -> bool:
    return getattr(value, "shape", None) == getattr(result, "shape", ()) and getattr(
        value, "dtype", None
    ) == getattr(result, "dtype", None)


def _complex(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_complex(item) for item in value)
    return isinstance(value, complex) or getattr(getattr(value, "dtype", None), "kind", "") == "c"
