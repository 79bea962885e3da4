"""What a loop goes through, as a number of items and an expression for the item at an index.

``enumerate``, ``zip``, ``reversed`` and the views of a dict are taken apart, so that the loop reads the
sequences themselves. What may be no sequence at all is made one: by ``as_sequence`` if it carries
derivatives, else by ``list``.
"""

from __future__ import annotations

import inspect
import itertools
from dataclasses import dataclass, field

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering.kinds import Kind
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.scopes import bindings
from srcgrad.transform.refused import Refused


@dataclass
class Items:
    """Something to iterate over.

    Parameters
    ----------
    length : gast.expr or None
        An expression for the number of items; None if there is no end.
    before : list of statements
        What prepares it.
    """

    length: gast.expr | None
    before: list[gast.stmt]

    def at(self, index: gast.expr) -> gast.expr:
        """An expression for the item at an index."""
        raise NotImplementedError


@dataclass
class Indexed(Items):
    """A sequence in a name."""

    base: gast.expr

    def at(self, index: gast.expr) -> gast.expr:
        return b.subscript(b.clone(self.base), index)


@dataclass
class Numbers(Items):
    """Numbers from ``start`` (None: 0) upwards."""

    start: gast.expr | None = None

    def at(self, index: gast.expr) -> gast.expr:
        return index if self.start is None else b.binary(b.clone(self.start), "Add", index)


@dataclass
class Repeated(Items):
    """The same value again and again."""

    value: gast.expr

    def at(self, index: gast.expr) -> gast.expr:
        return b.clone(self.value)


@dataclass
class Zipped(Items):
    """Tuples of the items of several."""

    parts: list[Items] = field(default_factory=list)

    def at(self, index: gast.expr) -> gast.expr:
        return b.tuple_(part.at(b.clone(index)) for part in self.parts)


@dataclass
class Reversed(Items):
    """The items of another from the last to the first."""

    inner: Items

    def at(self, index: gast.expr) -> gast.expr:
        return self.inner.at(b.binary(b.binary(b.clone(self.length), "Sub", 1), "Sub", index))


@dataclass
class DictItems(Items):
    """The values of a dict, or pairs of key and value, by way of the list of its keys."""

    mapping: gast.expr
    keys: str
    pairs: bool

    def at(self, index: gast.expr) -> gast.expr:
        key = b.subscript(self.keys, index)
        value = b.subscript(b.clone(self.mapping), b.clone(key))
        return b.tuple_([key, value]) if self.pairs else value


def items_of(node: gast.expr, loop: gast.For, program: Program) -> Items:
    """The items of an iterable that a loop goes through."""
    for wrapper in ("list", "tuple"):
        inner = only_argument(node, wrapper, program)
        if inner is not None and not is_iterator(inner, program):
            return items_of(inner, loop, program)
    if isinstance(node, gast.Call) and not any(map(is_starred, node.args)):
        made = _of_call(node, loop, program)
        if made is not None:
            return made
    return _of_sequence(node, loop, program)


def only_argument(node: gast.expr, function: str, program: Program) -> gast.expr | None:
    """The argument of ``function(argument)``, a builtin; None if the expression is something else."""
    is_call = isinstance(node, gast.Call) and program.callees.is_builtin(node.func, function)
    is_single = is_call and len(node.args) == 1 and not node.keywords
    return node.args[0] if is_single and not is_starred(node.args[0]) else None


def is_starred(node: gast.AST) -> bool:
    """Whether an argument or a target is ``*something``."""
    return isinstance(node, gast.Starred)


def is_iterator(node: gast.expr, program: Program) -> bool:
    """Whether an iterable may be endless, or run code of the user between two items."""
    if program.callees.kinds.of(node) is Kind.ITERATOR:
        return True
    if not isinstance(node, gast.Call):
        return False
    if program.callees.is_builtin(node.func, "iter", "map", "filter"):
        return True
    if program.callees.is_builtin(node.func, "enumerate", "zip"):
        return any(is_iterator(arg, program) for arg in node.args)
    return not program.callees.effect(node).known


def steady(node: gast.expr, hint: str, program: Program) -> tuple[gast.expr, list[gast.stmt]]:
    """A value that is the same whenever it is read: a constant, or a name that is bound once."""
    is_fixed = isinstance(node, gast.Name) and program.scope.bound[node.id] <= 1
    if is_fixed or isinstance(node, gast.Constant):
        return node, []
    name = program.temp(hint, node)
    return b.name(name), [b.assign(name, node)]


def _returns_at_once(node: gast.expr, program: Program) -> bool:
    """Whether an iterable is what a function of the user returns (and no generator function)."""
    function = program.callees.resolve(node.func) if isinstance(node, gast.Call) else None
    return inspect.isfunction(function) and not inspect.isgeneratorfunction(function)


def _of_call(node: gast.Call, loop: gast.For, program: Program) -> Items | None:
    is_builtin = program.callees.is_builtin
    if is_builtin(node.func, "range") and not node.keywords:
        return _of_range(node, program)
    if is_builtin(node.func, "enumerate"):
        return _of_enumerate(node, loop, program)
    if is_builtin(node.func, "zip"):
        return _of_zip(node, loop, program)
    inner = only_argument(node, "reversed", program)
    if inner is not None:
        items = items_of(inner, loop, program)
        return Reversed(items.length, items.before, items)
    if node.keywords:
        return None
    function = program.callees.resolve(node.func)
    if function is itertools.count and len(node.args) <= 1:
        start, before = steady((node.args or [b.constant(0)])[0], "start", program)
        return Numbers(None, before, start)
    if function is itertools.repeat and len(node.args) == 1:
        value, before = steady(node.args[0], "item", program)
        return Repeated(None, before, value)
    is_view = (
        isinstance(node.func, gast.Attribute) and node.func.attr in ("items", "values") and not node.args
    )
    return _of_dict_view(node, program) if is_view and program.taint.carries(node.func.value) else None


def _of_range(node: gast.Call, program: Program) -> Items:
    if len(node.args) == 1:
        return Numbers(*steady(node.args[0], "n", program))
    numbers = program.temp("numbers")
    return Indexed(program.call_builtin("len", numbers), [b.assign(numbers, node)], b.name(numbers))


def _of_enumerate(node: gast.Call, loop: gast.For, program: Program) -> Items:
    inner = items_of(node.args[0], loop, program)
    starts = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
    is_from_zero = not starts or (isinstance(starts[0], gast.Constant) and starts[0].value == 0)
    start, before = (None, []) if is_from_zero else steady(starts[0], "start", program)
    return Zipped(inner.length, [*inner.before, *before], [Numbers(inner.length, [], start), inner])


def _of_zip(node: gast.Call, loop: gast.For, program: Program) -> Items:
    parts = [items_of(arg, loop, program) for arg in node.args]
    before = [stmt for part in parts for stmt in part.before]
    lengths = [part.length for part in parts if part.length is not None]
    if not lengths:
        raise Refused(node, "zip of nothing that ends")
    first, *others = map(b.clone, lengths)
    if node.keywords and others:  # strict=...
        differs = b.boolean("Or", [b.compare(b.clone(first), "NotEq", b.clone(other)) for other in others])
        error = program.call_builtin("ValueError", b.constant("zip() arguments have different lengths"))
        test = b.boolean("And", [node.keywords[0].value, differs])
        before.append(b.if_(test, [gast.Raise(error, None)]))
    return Zipped(program.call_builtin("min", first, *others) if others else first, before, parts)


def _of_dict_view(node: gast.Call, program: Program) -> Items:
    mapping, before = steady(node.func.value, "mapping", program)
    keys = program.temp("keys")
    before.append(b.assign(keys, program.call_builtin("list", mapping)))
    length = program.call_builtin("len", keys)
    return DictItems(length, before, mapping, keys, node.func.attr == "items")


def _of_sequence(node: gast.expr, loop: gast.For, program: Program) -> Items:
    """Any other iterable; a copy of it if it may be no sequence, another name if the loop rebinds its."""
    carries = program.taint.carries(node)
    if is_iterator(node, program) and not carries and not _returns_at_once(node, program):
        raise Refused(loop, "an iterator that may be endless, beside values that carry derivatives")
    kind = program.callees.kinds.of(node)
    made, hint = node, f"{node.id}_items" if isinstance(node, gast.Name) else "items"
    if kind is Kind.DICT:
        made, hint = program.call_builtin("list", node), "keys"
    elif kind not in (Kind.NUMERIC, Kind.LIST, Kind.SEQUENCE):
        made = program.call_builtin("as_sequence" if carries else "list", node)
    elif isinstance(node, gast.Name) and node.id not in bindings([*loop.body, loop.target]):
        return Indexed(program.call_builtin("len", node), [], node)
    name = program.temp(hint, node)
    return Indexed(program.call_builtin("len", name), [b.assign(name, made)], b.name(name))
