"""Run an operation that has a rule, and record it if an argument carries a derivative."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from srcgrad.errors import SrcgradError, UnsupportedError
from srcgrad.rules.rule import Kind, Rule
from srcgrad.runtime.recorded.forms import Form, Request, form_of, stand_in
from srcgrad.runtime.recorded.memory import Memory, Saved, memory_of, session
from srcgrad.runtime.recorded.recorded_values import Recorded, RecordedArray, RecordedScalar, hooks
from srcgrad.runtime.recorded.recording import Call, Gather, Node, Output
from srcgrad.runtime.recorded.regions import is_part, owner_of
from srcgrad.runtime.recorded.whereabouts import noted

__all__ = [
    "active",
    "applied",
    "apply",
    "gathered",
    "involved",
    "kept",
    "lift",
    "node_of",
    "plain",
    "wrap",
]

_CONTAINERS = (list, tuple, dict, set, frozenset)


def lift(value: Any) -> Any:
    """A plain array that carries a derivative, as a recorded one; anything else as it is."""
    if type(value) is np.ndarray:
        memory = memory_of(value)
        if memory is not None and memory.node is not None:
            return RecordedArray(value, memory)
    return value


def node_of(value: Any) -> Node | None:
    """Where a value comes from, None if it carries no derivative."""
    value = lift(value)
    return value.source() if isinstance(value, Recorded) else None


def active(value: Any, depth: int = 6) -> bool:
    """Whether a value, or anything in a container, carries a derivative."""
    return _anywhere(value, _is_active, depth)


def involved(value: Any, depth: int = 6) -> bool:
    """Whether a value, or anything in a container, carries a derivative or is a recorded array that may come to it."""
    return _anywhere(value, _is_involved, depth)


def _is_active(value: Any) -> bool:
    if isinstance(value, Recorded):
        return value.source() is not None
    if type(value) is np.ndarray:
        memory = memory_of(value)
        return memory is not None and memory.node is not None
    return False


def _is_involved(value: Any) -> bool:
    return isinstance(value, Recorded) or _is_active(value)


def _anywhere(value: Any, test: Callable[[Any], bool], depth: int) -> bool:
    if isinstance(value, _CONTAINERS):
        items = value.values() if isinstance(value, dict) else value
        return depth > 0 and any(_anywhere(item, test, depth - 1) for item in tuple(items))
    return test(value)


def plain(value: Any) -> Any:
    """The primal of a value; containers are rebuilt only if something in them is recorded."""
    if isinstance(value, Recorded):
        return value.value
    kind = type(value)
    if kind is list or kind is tuple:
        items = [plain(item) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return items if kind is list else tuple(items)
    if kind is dict:
        parts = {key: plain(item) for key, item in value.items()}
        return parts if any(parts[key] is not value[key] for key in parts) else value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*[plain(item) for item in value])
    return value


def gathered(value: Any, dtype: Any = None) -> Any:
    """A list (of lists) of numbers and arrays, some of them recorded, as one recorded array."""
    result = np.array(plain(value), dtype)
    _check_dtype(result, "an array put together")
    parents: list[Node] = []
    places: list[Any] = []

    def visit(item: Any, place: tuple[int, ...]) -> None:
        item = lift(item)
        if isinstance(item, Recorded):
            node = item.source()
            if node is not None:
                parents.append(node)
                places.append(place)
        elif isinstance(item, (list, tuple)):
            for k, part in enumerate(item):
                visit(part, (*place, k))

    visit(value, ())
    if not parents or result.dtype.kind not in "fc":
        return result
    return RecordedArray(result, Memory(Gather(parents, places)))


def _check_dtype(array: Any, what: str) -> None:
    if array.dtype.kind == "O":
        raise UnsupportedError(
            f"{what} would be of objects",
            way_out="use a list, or rows of equal length, so that it is an array of numbers",
        )


def wrap(value: Any, node: Node) -> Any:
    """A fresh result and where it comes from; what is not made of floating-point numbers stays plain."""
    kind = type(value)
    if kind is float or kind is np.float64 or kind is complex:
        return RecordedScalar(value, node)
    if isinstance(value, np.ndarray):
        _check_dtype(value, "the result")
        if value.dtype.kind not in "fc":
            return value
        if value.base is not None:
            value = value.copy(order="K")
        return RecordedArray(value, Memory(node))
    if isinstance(value, (np.inexact, float, complex)):
        return RecordedScalar(value, node)
    if not isinstance(value, _DISCRETE):
        raise UnsupportedError(
            f"an operation of NumPy on an object makes a {kind.__name__}, which would lose the derivative",
            way_out="compute with arrays of numbers, and make the object of the result",
        )
    return value


#: What may come out of an operation beside numbers with a derivative.
_DISCRETE = (int, np.integer, np.bool_, str, bytes, type(None), list, tuple)


def _view(result: Any, arguments: Sequence[Any]) -> Any:
    """The result over the memory of an argument that it is a view of; None if it is none."""
    owner = owner_of(result)
    for argument in arguments:
        array = argument.value if isinstance(argument, RecordedArray) else argument
        if isinstance(array, np.ndarray) and (array is result or owner_of(array) is owner):
            if array is result:
                return argument
            if array.dtype != result.dtype and not is_part(result.dtype, array.dtype):
                return None
            if isinstance(argument, RecordedArray):
                return RecordedArray(result, argument.memory, argument.origin)
            return result
    return None


def apply(op: Callable[..., Any], rule: Rule, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Run `op`, whose derivative `rule` gives, and record it.

    Parameters
    ----------
    op : callable
        Computes the primal; takes the arguments as the rule does.
    rule : Rule
    args, kwargs
        May carry derivatives.
    """
    if rule.kind is Kind.UPDATE:
        return hooks.update(op, rule, args, kwargs)
    if len(args) > 1:
        args, kwargs = _named_out(op, rule, args, kwargs)
    if kwargs and kwargs.get("out") is not None:
        return _apply_out(op, rule, args, kwargs)
    if kwargs:
        kwargs = rule.without_defaults(kwargs)
        if "dtype" in kwargs and isinstance(op, np.ufunc) and rule.kind is Kind.ELEMENTWISE:
            args, kwargs = _converted(args, kwargs)
    args = tuple([lift(arg) for arg in args])
    plain_args = tuple([plain(arg) for arg in args])
    plain_kwargs = {key: plain(value) for key, value in kwargs.items()} if kwargs else {}
    if rule.kind is Kind.NONDIFF:
        result = op(*plain_args, **plain_kwargs)
        seen = _view(result, args) if type(result) is np.ndarray else None
        return result if seen is None else seen
    if rule.scalar is not None and all(isinstance(arg, (float, int, complex)) for arg in plain_args):
        rule = rule.scalar
    if rule.by_arity:
        rule = rule.by_arity.get(len(args), rule)
    if rule.composite is not None:
        if kwargs:
            rule.bind(args, kwargs)  # says in the rule's words what it does not take
        return hooks.call(rule.composite, *args, **kwargs)
    form = form_of(rule, len(args), tuple(kwargs))
    values = form.arguments(args, kwargs)
    for name in rule.constants.intersection(values):
        if active(values[name]):
            raise rule.unknown_for(name)
    parents: list[Node] = []
    wanted = _wanted(rule, values, parents)
    result = op(*plain_args, **plain_kwargs)
    if type(result) is np.ndarray and (result.base is not None or any(result is arg for arg in plain_args)):
        seen = _view(result, args)
        if seen is not None:
            return seen
        if any(isinstance(arg, np.ndarray) and owner_of(arg) is owner_of(result) for arg in plain_args):
            # Other numbers in the same bytes: readable, but a write would go unseen.
            result = result.copy()
            result.flags.writeable = False
    if not parents:
        return _views(result, args)
    conj, bare = _numbers(plain_args, result)
    bare = bare and rule.variadic is None
    for key in plain_kwargs:
        conj, bare = conj or (key in rule.differentiable and _complex(plain_kwargs[key])), False
    return _recorded(form, form.request(wanted, conj, bare), parents, values, result, args)


def _numbers(args: tuple[Any, ...], result: Any) -> tuple[bool, bool]:
    """Whether there are complex numbers among arguments and result, and whether all of them are real numbers."""
    bare = True
    for value in (*args, result):
        kind = type(value)
        if kind is float or kind is np.float64 or kind is int:
            continue
        bare = False
        if kind is np.ndarray:
            if value.dtype.kind == "c":
                return True, False
        elif _complex(value):
            return True, False
    return False, bare


def applied(op: Callable[..., Any], rule: Rule, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """`apply` for the program's own operations: errors point at its line."""
    try:
        return apply(op, rule, args, kwargs)
    except SrcgradError as error:
        raise noted(error) from None


def _named_out(
    op: Callable[..., Any], rule: Rule, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """``np.add(x, y, z)`` is ``np.add(x, y, out=z)``."""
    if isinstance(op, np.ufunc):
        place = op.nin
    else:
        names = list(rule.signature.parameters)
        place = names.index("out") if "out" in names and rule.variadic is None else len(args)
    if len(args) <= place:
        return args, kwargs
    if isinstance(op, np.ufunc):
        return args[:place], {**kwargs, "out": args[place:]}
    after = dict(zip(names[place + 1 :], args[place + 1 :], strict=False))
    return args[:place], {**kwargs, "out": args[place], **after}


def _converted(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """``np.add(x, y, dtype=t)`` computes with the operands in that dtype."""
    dtype = np.dtype(kwargs["dtype"])
    if dtype.kind not in "fc":
        return args, kwargs
    rest = {name: value for name, value in kwargs.items() if name != "dtype"}
    return tuple([hooks.call(np.asarray, arg, dtype) for arg in args]), rest


def _wanted(rule: Rule, values: dict[str, Any], parents: list[Node]) -> tuple[Any, ...]:
    wanted: list[tuple[str, Any]] = []
    for name in rule.differentiable:
        value = values.get(name)
        if isinstance(value, Recorded):
            node = value.source()
            if node is not None:
                parents.append(node)
                wanted.append((name, True))
        elif isinstance(value, (list, tuple)):
            if name in rule.sequences or name == rule.variadic:
                items = values[name] = [
                    lift(i) if not isinstance(i, (list, tuple)) else _joined(i) for i in value
                ]
                nodes = [node_of(item) for item in items]
                found = [node for node in nodes if node is not None]
                if found:
                    parents.extend(found)
                    wanted.append((name, tuple(node is not None for node in nodes)))
            elif active(value):
                joined = values[name] = gathered(value)
                node = node_of(joined)
                if node is not None:
                    parents.append(node)
                    wanted.append((name, True))
    return tuple(wanted)


def _joined(item: Any) -> Any:
    return gathered(item) if active(item) else item


def _recorded(
    form: Form,
    request: Request,
    parents: list[Node],
    values: dict[str, Any],
    result: Any,
    args: Sequence[Any],
) -> Any:
    node = Call(tuple(parents), request, ())
    several = isinstance(result, (tuple, list))
    if several:
        node.outputs = len(result)
    outputs = (
        _views(result, args, lambda part, k: wrap(part, Output(node, k))) if several else wrap(result, node)
    )
    read = request.read
    node.saved = tuple(
        [kept(outputs if name == "ans" else values[name], name in read) for name in request.names]
    )
    return outputs


def _views(result: Any, args: Sequence[Any], fresh: Callable[[Any, int], Any] | None = None) -> Any:
    """Several results, of which some may be views of arguments; `fresh` makes something of those that are not."""
    if not isinstance(result, (tuple, list)):
        return result
    parts = []
    for k, part in enumerate(result):
        seen = _view(part, args) if type(part) is np.ndarray and part.base is not None else None
        parts.append(seen if seen is not None else part if fresh is None else fresh(part, k))
    if isinstance(result, tuple):
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    return parts


def kept(value: Any, read: bool) -> Any:
    """What a node keeps of an argument or a result."""
    kind = type(value)
    if kind is RecordedScalar:
        return value.value
    if kind is RecordedArray:
        return Saved(value.memory.guard, value.value) if read else stand_in(value.value)
    if kind is np.ndarray:
        return Saved(session().memory(value).guard, value) if read else stand_in(value)
    if isinstance(value, (list, tuple)) and any(isinstance(item, (Recorded, np.ndarray)) for item in value):
        return [kept(item, read) for item in value]
    return value


def _complex(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_complex(plain(item)) for item in value)
    return isinstance(value, complex) or getattr(getattr(value, "dtype", None), "kind", "") == "c"


def _apply_out(op: Callable[..., Any], rule: Rule, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """``np.add(x, y, out=z)``: the result is written into z."""
    rest = dict(kwargs)
    out = rest.pop("out")
    target = out[0] if isinstance(out, tuple) else out
    if isinstance(out, tuple) and len(out) > 1:
        results = apply(op, rule, args, rest)
        for part, result in zip(out, results, strict=True):
            if part is not None:
                hooks.setitem(part, Ellipsis, result)
        return tuple([result if part is None else part for part, result in zip(out, results, strict=True)])
    where = plain(rest.get("where", True))
    if where is True or not isinstance(op, np.ufunc):
        hooks.setitem(target, Ellipsis, apply(op, rule, args, rest))
        return target
    # Only the elements that the mask names are computed: the others may divide by zero.
    del rest["where"]
    shape = np.shape(plain(target))
    mask = np.broadcast_to(where, shape)
    chosen = [hooks.call(np.broadcast_to, arg, shape)[mask] for arg in args]
    hooks.setitem(target, mask, apply(op, rule, tuple(chosen), rest))
    return target
