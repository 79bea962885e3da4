"""Elementwise operations on tensors: a short way for the common cases, and the general way.

The short way handles one or two float32 or float64 operands of equal type.  It costs NumPy's call, one
tensor and one node.  Everything else (promotion, subclasses, complex numbers, plans that are composite) goes
through `record`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.eager import graph
from srcgrad.runtime.eager.dtypes import default, promote
from srcgrad.runtime.eager.graph import NEVER, Node, next_order
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.operands import cast, converted, into, operand, refuse_bool, tensor_only, unfit
from srcgrad.runtime.eager.plans import Compiled, plan_for, stand_in, titles
from srcgrad.runtime.eager.record import record
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["apply", "binary", "first", "unary"]

_F32, _F64 = np.dtype(np.float32), np.dtype(np.float64)
_mode = recording.get
_new = object.__new__
_ndarray = np.ndarray

# What a node saves, for the short way.
_NOTHING, _FIRST, _SECOND, _BOTH, _RESULT, _MIXED = range(6)


def apply(op: Any, *args: Any, name: str | None = None, compute: Any = None, **kwargs: Any) -> Any:
    """Apply an operation of the rule table to tensors; NumPy's semantics, no promotion of ours."""
    try:
        return record(op, args, kwargs, Tensor, recording=_mode() > 0, name=name, compute=compute)
    except (TypeError, ValueError) as error:
        raise unfit(op, args, error) from None


def _pattern(variant: Compiled, parameters: tuple[str, ...]) -> int:
    saves = variant.saves
    if not saves:
        return _NOTHING
    if all(by_value for _, by_value in saves):
        names = tuple(name for name, _ in saves)
        if names == ("ans",):
            return _RESULT
        if names == parameters[:1]:
            return _FIRST
        if names == parameters[1:]:
            return _SECOND
        if names == parameters:
            return _BOTH
    return _MIXED


# What `_mixed` saves, one after the other: which of (first, second, result), -1 for a constant; by value; the constant.
Steps = tuple[tuple[int, bool, Any], ...]


def _steps(variant: Compiled, parameters: tuple[str, ...], defaults: dict[str, Any]) -> Steps:
    places = {**{name: k for k, name in enumerate(parameters)}, "ans": 2}
    return tuple((places.get(name, -1), by_value, defaults.get(name)) for name, by_value in variant.saves)


def _mixed(steps: Steps, values: tuple[Any, ...], cells: tuple[Any, ...]) -> tuple[Any, Any, int]:
    saved: list[Any] = []
    kept: list[list[int]] = []
    watched = False
    for which, by_value, constant in steps:
        if which < 0:
            saved.append(constant)
            if by_value:
                kept.append(NEVER)
        elif by_value:
            saved.append(values[which])
            cell = cells[which]
            watched = watched or cell is not None
            kept.append(NEVER if cell is None else cell)
        else:
            saved.append(stand_in(values[which]))
    if not watched:
        return tuple(saved), (), 0
    return tuple(saved), tuple(kept), sum([cell[0] for cell in kept])


def unary(op: Any, name: str, value: Any = None) -> Callable[..., Tensor]:
    """A function of one tensor.

    Parameters
    ----------
    op : callable
        The operation, in the rule table.
    name : str
        Name of the node.
    value : callable, optional
        Computes the value instead of `op`.
    """
    compute = value or op
    titles.setdefault(op, name)
    known: list[Any] = []

    def prepare() -> Any:
        plan = plan_for(op, 1)
        if plan.composite is not None or not plan.differentiable:
            known.append(None)
        else:
            parameter = plan.names[0]
            variant = plan.variant(((parameter, True),), True)
            known.append(
                (variant, _pattern(variant, (parameter,)), _steps(variant, (parameter,), plan.defaults))
            )
        return known[0]

    def call(input: Any, *, out: Any = None) -> Any:
        if out is not None:
            return into(out, call(input))
        x = input if type(input) is Tensor else tensor_only(input, op.__name__)
        a = x.value
        kind = a.dtype
        if kind is not _F32 and kind is not _F64:
            if kind.kind in "biu":
                x = cast(x, default.dtype.dtype)
            return apply(op, x, name=name, compute=value)
        node = x.node if x.more is None else x.source()
        if node is None or _mode() <= 0:
            return Tensor(compute(a))
        found = known[0] if known else prepare()
        if found is None:
            return apply(op, x, name=name, compute=value)
        variant, pattern, steps = found
        result = compute(a)
        made = _new(Tensor)
        made.value = result = result if type(result) is _ndarray else np.asarray(result)
        made.cell = cell = [0]
        made.more = None
        made.node = made_by = _new(Node)
        made_by.variant = variant
        made_by.edges = (node,)
        made_by.name = name
        made_by.hooks = None
        made_by.order = next_order()
        if pattern == _FIRST:
            given = x.cell
            made_by.saved, made_by.cells, made_by.stamp = (a,), (given,), given[0]
        elif pattern == _RESULT:
            made_by.saved, made_by.cells, made_by.stamp = (result,), (cell,), 0
        elif pattern == _NOTHING:
            made_by.saved, made_by.cells, made_by.stamp = (), (), 0
        else:
            made_by.saved, made_by.cells, made_by.stamp = _mixed(
                steps, (a, None, result), (x.cell, None, cell)
            )
        if graph.trace is not None:
            graph.trace(made_by)
        return made

    return call


def binary(op: Any, name: str, *, integers: bool = True, value: Any = None) -> Callable[..., Tensor]:
    """A function of two tensors or numbers.

    Parameters
    ----------
    op : callable
        The operation.
    name : str
        Name of the node.
    integers : bool
        Integer operands give an integer; otherwise they are converted to the default float type.
    value : callable, optional
        Computes the value instead of `op`.
    """
    known: dict[int, Any] = {}
    compute = value or op
    # Products are written for numbers of axes, everything else for any.
    ranked = op is np.matmul
    titles.setdefault(op, name)

    def prepare(key: int, ranks: tuple[int, ...] = ()) -> Any:
        plan = plan_for(op, 2)
        if plan.composite is not None or not plan.differentiable:
            return None
        names = plan.names
        wanted = tuple((name, True) for bit, name in ((1, names[0]), (2, names[1])) if key & bit)
        if not all(name in plan.differentiable for name, _ in wanted):
            return None
        variant = plan.variant(wanted, bool(key & 4), False, tuple(zip(names, ranks, strict=False)))
        return variant, _pattern(variant, names), _steps(variant, names, plan.defaults)

    def general(x: Any, y: Any) -> Any:
        x, y = operand(x), operand(y)
        kind = promote((x.value if isinstance(x, Tensor) else x, y.value if isinstance(y, Tensor) else y))
        if op is np.subtract:
            refuse_bool(x, y)
        if not integers and kind.kind in "biu":
            kind = default.dtype.dtype
        elif not isinstance(x, Tensor) and not isinstance(y, Tensor):
            x = Tensor(np.asarray(x, kind))
        x, y = converted(x, kind), converted(y, kind)
        return apply(op, x, y, name=name, compute=value)

    def call(input: Any, other: Any, *, out: Any = None) -> Any:
        if out is not None:
            return into(out, call(input, other))
        x, y = input, other
        edges: tuple[Any, ...]
        try:
            if type(x) is not Tensor:
                return general(x, y)
            a = x.value
            kind = a.dtype
            if kind is not _F32 and kind is not _F64:
                return general(x, y)
            left = x.node if x.more is None else x.source()
            sort = type(y)
            if sort is Tensor:
                b = y.value
                if b.dtype is not kind:
                    return general(x, y)
                right = y.node if y.more is None else y.source()
                if left is None:
                    if right is None:
                        return Tensor(compute(a, b))
                    key, edges = 2, (right,)
                elif right is None:
                    key, edges = 1, (left,)
                else:
                    key, edges = 3, (left, right)
                if _mode() <= 0:
                    return Tensor(compute(a, b))
                if ranked:
                    key += (a.ndim << 3) + (b.ndim << 9)
                elif a.shape == b.shape:
                    key += 4
            elif sort is float or sort is int:
                b = y
                if left is None or _mode() <= 0:
                    return Tensor(compute(a, b))
                key, edges = 5, (left,)
            else:
                return general(x, y)
            found = known.get(key)
            if found is None:
                found = known[key] = prepare(key, (a.ndim, b.ndim) if ranked else ())
                if found is None:
                    return apply(op, x, y, name=name, compute=value)
            variant, pattern, steps = found
            result = compute(a, b)
            made = _new(Tensor)
            made.value = result = result if type(result) is _ndarray else np.asarray(result)
            made.cell = [0]
            made.more = None
            made.node = node = _new(Node)
            node.variant = variant
            node.edges = edges
            node.name = name
            node.hooks = None
            node.order = next_order()
            if pattern == _SECOND:
                node.saved = (b,)
                if sort is Tensor:
                    second = y.cell
                    node.cells, node.stamp = (second,), second[0]
                else:
                    node.cells, node.stamp = (), 0
            elif pattern == _NOTHING:
                node.saved, node.cells, node.stamp = (), (), 0
            elif pattern == _BOTH and sort is Tensor:
                first, second = x.cell, y.cell
                node.saved, node.cells, node.stamp = (a, b), (first, second), first[0] + second[0]
            elif pattern == _FIRST:
                first = x.cell
                node.saved, node.cells, node.stamp = (a,), (first,), first[0]
            else:
                cells = x.cell, y.cell if sort is Tensor else None, made.cell
                node.saved, node.cells, node.stamp = _mixed(steps, (a, b, result), cells)
            if graph.trace is not None:
                graph.trace(node)
            return made
        except ValueError as error:
            raise unfit(op, (x, y), error) from None

    return call


# What `first` does for each value that a node saves.
_VALUE, _SHAPE, _ARGUMENT, _CONSTANT, _ANSWER = range(5)
_firsts: dict[tuple[Any, int], Any] = {}


def _prepare_first(op: Any, count: int) -> Any:
    plan = plan_for(op, 1 + count)
    if plan.composite is not None or len(plan.differentiable) != 1 or len(plan.names) != 1 + count:
        return None
    parameter = plan.names[0]
    if parameter not in plan.differentiable or plan.rule.outputs > 1:
        return None
    variant = plan.variant(((parameter, True),), False)
    steps: list[tuple[int, Any]] = []
    for name, by_value in variant.saves:
        if name == "ans":
            steps.append((_ANSWER, None))
        elif name == parameter:
            steps.append((_VALUE if by_value else _SHAPE, None))
        elif name in plan.names:
            steps.append((_ARGUMENT, plan.names.index(name) - 1))
        else:
            steps.append((_CONSTANT, plan.defaults[name]))
    watched = any(step in (_VALUE, _ANSWER) for step, _ in steps)
    return variant, steps, watched


def first(op: Any, x: Tensor, args: tuple[Any, ...], name: str, compute: Any = None) -> Tensor:
    """An operation of one tensor and constants, all by position; `compute` gives the value."""
    a = x.value
    if (a.dtype is not _F32 and a.dtype is not _F64) or type(x) is not Tensor:
        return apply(op, x, *args, name=name, compute=compute)  # type: ignore[no-any-return]
    node = x.node if x.more is None else x.source()
    if node is None or _mode() <= 0:
        return Tensor((compute or op)(a, *args))
    key = op, len(args)
    found = _firsts.get(key)
    if found is None:
        found = _firsts[key] = _prepare_first(op, len(args)) or ()
    if not found:
        return apply(op, x, *args, name=name, compute=compute)  # type: ignore[no-any-return]
    made = Tensor((compute or op)(a, *args))
    saved: list[Any] = []
    cells: list[list[int]] = []
    for step, which in found[1]:
        if step == _SHAPE:
            saved.append(stand_in(a))
        elif step == _VALUE:
            saved.append(a)
            cells.append(x.cell)
        elif step == _ANSWER:
            saved.append(made.value)
            cells.append(made.cell)
        else:
            saved.append(args[which] if step == _ARGUMENT else which)
            cells.append(NEVER)
    if found[2]:
        made.node = Node(
            found[0], (node,), tuple(saved), tuple(cells), sum([cell[0] for cell in cells]), name
        )
    else:
        made.node = Node(found[0], (node,), tuple(saved), (), 0, name)
    return made
