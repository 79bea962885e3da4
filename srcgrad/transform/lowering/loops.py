"""Loops: ``else`` clauses, and ``for`` over anything as ``for`` over a ``range``.

The reverse sweep walks a loop backwards, so a loop that carries derivatives counts:

=================================  ===========================================================
``for x in xs:``                   ``for k in range(len(xs)): x = xs[k]``
``for i, x in enumerate(xs):``     ``for i in range(len(xs)): x = xs[i]``
``for x, y in zip(xs, ys):``       ``for k in range(min(len(xs), len(ys))): x = xs[k]``, ``y = ys[k]``
``for x in reversed(xs):``         ``for k in range(len(xs) - 1, -1, -1): x = xs[k]``
``for k, v in d.items():``         ``keys = list(d)``, ``for i in range(len(keys)): k = keys[i]``, ``v = d[k]``
``for n in itertools.count(a):``   ``k = a``, ``while True: n = k``, ``k += 1``
``for x in L:``, L grows in it     ``k = 0``, ``while k < len(L): x = L[k]``, ``k += 1``
``for x in generator(n):``         ``it = iter(...)``, ``while True: x = next(it, end)``, ``if x is end: break``
=================================  ===========================================================

What may be no sequence at all is made one by `as_sequence`, and what carries no derivative by ``list``.
A loop variable that the body rebinds gets a counter of its own.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from srcgrad.transform import builders as b
from srcgrad.transform.lowering import comprehensions
from srcgrad.transform.lowering.callees import RESIZING_METHODS, UNRESOLVED
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.scopes import bindings, own_nodes, root
from srcgrad.transform.lowering.trees import shallow
from srcgrad.transform.refused import Refused

_SEQUENCES = (list, tuple, range, str, np.ndarray)


# --- else --------------------------------------------------------------------------------------


def with_flag_for_else(loop: Any, program: Program) -> list[gast.stmt]:
    """``while c: A else: B`` as a loop that notes whether it was broken off, and an ``if``."""
    new = shallow(loop)
    new.orelse = []
    if not breaks(loop.body):
        return [new, *loop.orelse]
    flag = program.temp("broken")
    new.body = _flagging(loop.body, flag)
    start = b.located(b.assign(flag, False), loop)
    return [start, new, b.located(b.if_(b.unary("Not", b.name(flag)), loop.orelse), loop.orelse[0])]


def breaks(body: list[gast.stmt]) -> bool:
    """Whether a block breaks off the loop that it is the body of."""
    return any(
        isinstance(stmt, gast.Break)
        or (not isinstance(stmt, _SCOPES) and any(breaks(block) for block in _inner_blocks(stmt)))
        or (isinstance(stmt, _LOOPS) and breaks(stmt.orelse))
        for stmt in body
    )


_LOOPS = (gast.For, gast.While, gast.AsyncFor)
_SCOPES = (*_LOOPS, gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)
_BLOCKS = ("body", "orelse", "finalbody")


def _inner_blocks(stmt: gast.stmt) -> list[list[gast.stmt]]:
    parts = [stmt, *getattr(stmt, "handlers", []), *getattr(stmt, "cases", [])]
    return [getattr(part, field) for part in parts for field in _BLOCKS if getattr(part, field, None)]


def _flagging(body: list[gast.stmt], flag: str) -> list[gast.stmt]:
    """The block with ``flag = True`` before every ``break`` of its loop."""
    result: list[gast.stmt] = []
    for stmt in body:
        if isinstance(stmt, gast.Break):
            result.append(b.located(b.assign(flag, True), stmt))
        result.append(_flagging_inside(stmt, flag))
    return result


def _flagging_inside(node: Any, flag: str) -> Any:
    if isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
        return node
    fields = ("orelse",) if isinstance(node, _LOOPS) else _BLOCKS
    new = shallow(node)
    for name in fields:
        if getattr(node, name, None):
            setattr(new, name, _flagging(getattr(node, name), flag))
    for name in ("handlers", "cases"):
        if hasattr(node, name):
            setattr(new, name, [_flagging_inside(part, flag) for part in getattr(node, name)])
    return new


# --- for ---------------------------------------------------------------------------------------


def is_core(loop: gast.For, program: Program) -> bool:
    """Whether a loop already counts: over a ``range``, its variable a name that the body leaves alone."""
    return (
        isinstance(loop.target, gast.Name)
        and isinstance(loop.iter, gast.Call)
        and program.callees.is_builtin(loop.iter.func, "range")
        and not loop.iter.keywords
        and not any(isinstance(arg, gast.Starred) for arg in loop.iter.args)
        and loop.target.id not in bindings(loop.body)
    )


@dataclass
class _Items:
    """Something to iterate over: how many items, and the item at an index.

    ``before`` are the statements that prepare it, ``length`` an expression for the number of items
    (None: endless).
    """

    length: gast.expr | None
    before: list[gast.stmt] = field(default_factory=list)

    def at(self, index: gast.expr) -> gast.expr:
        raise NotImplementedError


@dataclass
class _Indexed(_Items):
    base: gast.expr = field(default_factory=lambda: b.constant(None))

    def at(self, index: gast.expr) -> gast.expr:
        return b.subscript(b.clone(self.base), index)


@dataclass
class _Range(_Items):
    """``range(n)``, and a range whose items are computed from the index."""

    start: gast.expr | None = None

    def at(self, index: gast.expr) -> gast.expr:
        return index if self.start is None else b.binary(b.clone(self.start), "Add", index)


@dataclass
class _Zipped(_Items):
    parts: list[_Items] = field(default_factory=list)

    def at(self, index: gast.expr) -> gast.expr:
        return b.tuple_(part.at(b.clone(index)) for part in self.parts)


@dataclass
class _Reversed(_Items):
    inner: _Items = field(default_factory=lambda: _Items(b.constant(0)))

    def at(self, index: gast.expr) -> gast.expr:
        last = b.binary(b.clone(self.inner.length), "Sub", 1)
        return self.inner.at(b.binary(last, "Sub", index))


@dataclass
class _DictItems(_Items):
    """``d.items()`` or ``d.values()`` by way of the list of keys."""

    mapping: gast.expr = field(default_factory=lambda: b.constant(None))
    keys: str = ""
    pairs: bool = False

    def at(self, index: gast.expr) -> gast.expr:
        key = b.subscript(self.keys, index)
        value = b.subscript(b.clone(self.mapping), b.clone(key))
        return b.tuple_([key, value]) if self.pairs else value


def counted(loop: gast.For, program: Program) -> list[gast.stmt]:
    """Any other ``for`` as one that counts, or as a ``while``."""
    iterable = loop.iter
    if comprehensions.is_lazy(iterable, program):
        iterable = comprehensions.as_generator(iterable, program)
    if isinstance(iterable, gast.GeneratorExp) and program.taint.carries(iterable):
        return b.located(_over_generator(loop, iterable, program), loop)
    if isinstance(iterable, gast.Call) and program.callees.resolve(iterable.func) is itertools.count:
        return b.located(_endless(loop, iterable, program), loop)
    if _is_resized(iterable, loop.body, program):
        return b.located(_growing(loop, program), loop)
    if _is_iterator(iterable, program) and not program.taint.carries(iterable):
        return b.located(_stepping(loop, program), loop)
    backwards = _argument_of(iterable, "reversed", program)
    items = _items(iterable if backwards is None else backwards, loop, program)
    counter = _counter(items, loop, program)
    if backwards is None:
        numbers = program.call_builtin("range", items.length)
    else:
        numbers = program.call_builtin("range", b.binary(items.length, "Sub", 1), -1, -1)
    bound = _bound(loop.target, items.at(b.name(counter)), counter)
    return b.located([*items.before, b.for_(counter, numbers, [*bound, *loop.body])], loop)


def _counter(items: _Items, loop: gast.For, program: Program) -> str:
    """The loop variable itself if it is the index and nothing else binds it, else a fresh name."""
    target: Any = loop.target
    if isinstance(items, _Zipped) and isinstance(target, gast.Tuple) and len(target.elts) == len(items.parts):
        counts = [
            element
            for element, part in zip(target.elts, items.parts, strict=True)
            if isinstance(part, _Range) and part.start is None
        ]
        target = counts[0] if counts else None
    elif not isinstance(items, _Range) or items.start is not None:
        target = None
    if isinstance(target, gast.Name) and target.id not in bindings(loop.body):
        return str(target.id)
    return program.temp("k")


def _bound(target: gast.expr, value: gast.expr, counter: str) -> list[gast.stmt]:
    """``target = value``, one statement a name where a tuple meets a tuple."""
    if isinstance(target, gast.Name) and isinstance(value, gast.Name) and target.id == value.id == counter:
        return []
    pairs = isinstance(target, (gast.Tuple, gast.List)) and isinstance(value, gast.Tuple)
    if pairs and len(target.elts) == len(value.elts) and not any(map(_is_starred, target.elts)):
        # The parts of ``value`` read the counter, the sequences and the keys, none of which is a target.
        return [
            stmt
            for element, part in zip(target.elts, value.elts, strict=True)
            for stmt in _bound(element, part, counter)
        ]
    return [b.assign(target, value)]


def _is_starred(node: gast.AST) -> bool:
    return isinstance(node, gast.Starred)


# --- what is iterated over ---------------------------------------------------------------------


def _items(node: gast.expr, loop: gast.For, program: Program) -> _Items:
    for wrapper in ("list", "tuple"):
        inner = _argument_of(node, wrapper, program)
        if inner is not None:
            return _items(inner, loop, program)
    if isinstance(node, gast.Call) and not any(map(_is_starred, node.args)):
        if program.callees.is_builtin(node.func, "range") and not node.keywords:
            return _range(node, program)
        if (
            program.callees.resolve(node.func) is itertools.count
            and len(node.args) <= 1
            and not node.keywords
        ):
            start, before = _steady((node.args or [b.constant(0)])[0], "start", program)
            return _Range(None, before, b.as_expr(start))
        if program.callees.is_builtin(node.func, "enumerate"):
            return _enumerated(node, loop, program)
        if program.callees.is_builtin(node.func, "zip"):
            return _zipped(node, loop, program)
        inner = _argument_of(node, "reversed", program)
        if inner is not None:
            items = _items(inner, loop, program)
            return _Reversed(items.length, items.before, items)
        if _is_dict_view(node) and program.taint.carries(node.func.value):
            return _dict_view(node, loop, program)
    return _sequence(node, loop, program)


def _argument_of(node: gast.expr, function: str, program: Program) -> gast.expr | None:
    is_call = isinstance(node, gast.Call) and program.callees.is_builtin(node.func, function)
    return node.args[0] if is_call and len(node.args) == 1 and not _is_starred(node.args[0]) else None


def _range(node: gast.Call, program: Program) -> _Items:
    if len(node.args) == 1:
        name, before = _steady(node.args[0], "n", program)
        return _Range(b.name(name) if isinstance(name, str) else name, before)
    numbers = program.temp("numbers")
    return _Indexed(program.call_builtin("len", numbers), [b.assign(numbers, node)], b.name(numbers))


def _steady(node: gast.expr, hint: str, program: Program) -> tuple[str | gast.expr, list[gast.stmt]]:
    """A value that is the same whenever it is read: a constant, or a name that is bound once."""
    if isinstance(node, gast.Constant) or (isinstance(node, gast.Name) and program.bound[node.id] <= 1):
        return node, []
    name = program.temp(hint, node)
    return name, [b.assign(name, node)]


def _enumerated(node: gast.Call, loop: gast.For, program: Program) -> _Items:
    starts = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
    inner = _items(node.args[0], loop, program)
    numbers = _Range(inner.length)
    before = list(inner.before)
    if starts and not (isinstance(starts[0], gast.Constant) and starts[0].value == 0):
        start, first = _steady(starts[0], "start", program)
        before += first
        numbers.start = b.as_expr(start)
    return _Zipped(b.clone(inner.length), before, [numbers, inner])


def _zipped(node: gast.Call, loop: gast.For, program: Program) -> _Items:
    parts = [_items(arg, loop, program) for arg in node.args]
    before = [stmt for part in parts for stmt in part.before]
    if node.keywords:
        same = [b.compare(b.clone(parts[0].length), "NotEq", b.clone(part.length)) for part in parts[1:]]
        error = gast.Raise(
            program.call_builtin("ValueError", b.constant("zip() arguments differ in length")), None
        )
        strict = node.keywords[0].value
        before += [b.if_(b.boolean("And", [strict, b.boolean("Or", same)]), [error])] if same else []
    lengths = [b.clone(part.length) for part in parts if part.length is not None]
    if not lengths:
        raise Refused(node, "zip of nothing that ends")
    length = lengths[0] if len(lengths) == 1 else program.call_builtin("min", *lengths)
    return _Zipped(length, before, parts)


def _is_dict_view(node: gast.expr) -> bool:
    is_view = isinstance(node.func, gast.Attribute) and node.func.attr in ("items", "values")
    return is_view and not node.args and not node.keywords


def _dict_view(node: gast.Call, loop: gast.For, program: Program) -> _Items:
    mapping, before = _steady(node.func.value, "mapping", program)
    keys = program.temp("keys")
    before.append(b.assign(keys, program.call_builtin("list", mapping)))
    length = program.call_builtin("len", keys)
    return _DictItems(length, before, b.as_expr(mapping), keys, node.func.attr == "items")


def _sequence(node: gast.expr, loop: gast.For, program: Program) -> _Items:
    """An iterable by its items; a copy of it if it may be no sequence or changes in the loop."""
    if _is_iterator(node, program) and not program.taint.carries(node):
        raise Refused(loop, "an iterator that may be endless, beside values that carry derivatives")
    kind = kind_of(node, program)
    if kind == "dict":
        keys = program.temp("keys")
        return _Indexed(
            program.call_builtin("len", keys),
            [b.assign(keys, program.call_builtin("list", node))],
            b.name(keys),
        )
    if kind == "sequence":
        if isinstance(node, gast.Name) and node.id not in bindings([*loop.body, loop.target]):
            return _Indexed(program.call_builtin("len", node), [], node)
        made = node
    elif program.taint.carries(node):
        made = program.call_builtin("as_sequence", node)
    else:
        made = program.call_builtin("list", node)
    hint = f"{node.id}_items" if isinstance(node, gast.Name) else "items"
    name = program.temp(hint, node)
    return _Indexed(program.call_builtin("len", name), [b.assign(name, made)], b.name(name))


def kind_of(node: gast.expr, program: Program, seen: frozenset[str] = frozenset()) -> str:
    """``"sequence"``, ``"dict"`` or ``"unknown"``, as far as the text and the arguments tell."""
    if isinstance(node, gast.Name):
        cls = program.classes.get(node.id)
        if cls is not None and program.bound[node.id] == 1:
            if issubclass(cls, _SEQUENCES):
                return "sequence"
            return "dict" if issubclass(cls, dict) else "unknown"
        values = program.values.get(node.id, ())
        if values and len(values) == program.bound[node.id] and node.id not in seen:
            kinds = {kind_of(value, program, seen | {node.id}) for value in values}
            return kinds.pop() if len(kinds) == 1 else "unknown"
        return "unknown"
    if isinstance(node, (gast.List, gast.Tuple, gast.ListComp)):
        return "sequence"
    if isinstance(node, (gast.Dict, gast.DictComp)):
        return "dict"
    if isinstance(node, gast.BinOp):
        return "sequence" if not isinstance(node.op, gast.BitOr) else "unknown"
    if isinstance(node, gast.Subscript):
        return "sequence" if isinstance(node.slice, (gast.Slice, gast.Tuple)) else "unknown"
    if isinstance(node, gast.Attribute):
        return "sequence" if node.attr == "T" else "unknown"
    if isinstance(node, gast.Call):
        return _kind_of_result(node, program)
    return "unknown"


def _is_named(node: gast.expr, name: str) -> bool:
    return isinstance(node, gast.Name) and node.id == name


def _kind_of_result(node: gast.Call, program: Program) -> str:
    if program.callees.is_builtin(node.func, "list", "tuple", "sorted", "range"):
        return "sequence"
    if program.callees.is_builtin(node.func, "dict"):
        return "dict"
    function = program.callees.resolve(node.func)
    module = getattr(function, "__module__", None) or ""
    is_array = isinstance(function, np.ufunc) or module == "numpy" or module.startswith("numpy.")
    return "sequence" if function is not UNRESOLVED and is_array else "unknown"


# --- loops without a count ---------------------------------------------------------------------


def _is_resized(node: gast.expr, body: list[gast.stmt], program: Program) -> bool:
    """Whether the loop changes the length of the list that it goes through."""
    if not isinstance(node, gast.Name):
        return False
    for child in own_nodes(body):
        if isinstance(child, gast.Call):
            effect = program.callees.effect(child)
            method = child.func.attr if isinstance(child.func, gast.Attribute) else ""
            if method in RESIZING_METHODS and root(child.func) == node.id:
                return True
            if effect.writes == "all" and any(_is_named(arg, node.id) for arg in child.args):
                return True
        elif isinstance(child, gast.Delete):
            if any(root(target) == node.id and not isinstance(target, gast.Name) for target in child.targets):
                return True
        elif (
            isinstance(child, gast.AugAssign) and _is_named(child.target, node.id) and _is_list(node, program)
        ):
            return True
    return False


def _is_list(node: gast.Name, program: Program) -> bool:
    values = program.values.get(node.id, ())
    return program.classes.get(node.id) is list or any(isinstance(value, gast.List) for value in values)


def _growing(loop: gast.For, program: Program) -> list[gast.stmt]:
    """The loop as a list iterator runs it: until the index has passed the length of the moment."""
    items = program.temp("items", loop.iter)
    counter = program.temp("k")
    body = [
        b.assign(loop.target, b.subscript(items, b.name(counter))),
        b.aug_assign(counter, "Add", 1),
        *loop.body,
    ]
    test = b.compare(counter, "Lt", program.call_builtin("len", items))
    return [b.assign(items, loop.iter), b.assign(counter, 0), b.while_(test, body)]


def _endless(loop: gast.For, node: gast.Call, program: Program) -> list[gast.stmt]:
    given = {"start": b.constant(0), "step": b.constant(1)}
    given.update(zip(given, node.args, strict=False))
    given.update((keyword.arg, keyword.value) for keyword in node.keywords)
    counter = program.temp("k", given["start"])
    step, before = _steady(given["step"], "step", program)
    body = [
        b.assign(loop.target, b.name(counter)),
        b.assign(counter, b.binary(counter, "Add", step)),
        *loop.body,
    ]
    return [b.assign(counter, given["start"]), *before, b.while_(True, body)]


def _is_iterator(node: gast.expr, program: Program) -> bool:
    """Whether an iterable may be endless, or run code of the user between two items."""
    if isinstance(node, gast.GeneratorExp):
        return True
    if isinstance(node, gast.Name):
        cls = program.classes.get(node.id)
        return cls is not None and hasattr(cls, "__next__")
    if not isinstance(node, gast.Call):
        return False
    if program.callees.is_builtin(node.func, "iter", "map", "filter"):
        return True
    if program.callees.is_builtin(node.func, "enumerate", "zip"):
        return any(_is_iterator(arg, program) for arg in node.args)
    return not program.callees.effect(node).known


def _stepping(loop: gast.For, program: Program) -> list[gast.stmt]:
    """The loop as Python runs it, item by item."""
    iterator, end, item = program.temp("iterator"), program.temp("end"), program.temp("item")
    body = [
        b.assign(item, program.call_builtin("next", iterator, end)),
        b.if_(b.compare(item, "Is", end), [b.break_()]),
        b.assign(loop.target, b.name(item)),
        *loop.body,
    ]
    return [
        b.assign(iterator, program.call_builtin("iter", loop.iter)),
        b.assign(end, program.call_builtin("object")),
        b.while_(True, body),
    ]


def _over_generator(loop: gast.For, generator: gast.GeneratorExp, program: Program) -> list[gast.stmt]:
    """``for y in (f(x) for x in xs if c): body``: ``for x in xs: if c: y = f(x)``, then the body."""
    if len(generator.generators) > 1:
        raise Refused(loop, "a loop over a nested generator expression that carries derivatives")
    generator = comprehensions.with_own_variables(generator, program)
    (inner,) = generator.generators
    body = [b.assign(loop.target, generator.elt), *loop.body]
    if inner.ifs:
        body = [b.if_(b.boolean("And", inner.ifs), body)]
    return [b.for_(inner.target, inner.iter, body)]
