"""Elements at other places: turned round, rolled, scattered, products across three axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from srcgrad.rules import helpers
from srcgrad.transform import builders as b
from srcgrad.transform.loops.affine import Affine, number, symbol
from srcgrad.transform.loops.calls import Arguments, Calls, arguments_of, constant_array, handles
from srcgrad.transform.loops.context import ONE, element_at
from srcgrad.transform.loops.nests import Apply, Effect, Element, Index
from srcgrad.transform.loops.values import Arr, Axis, Constant, Items, Num, Value, of_constant, viewed
from srcgrad.transform.refused import Refused


@handles(np.flip)
def _flip(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("m axis", args, keywords, node)
    array = self.array(given["m"])
    axis = self.known_object(given.get("axis"), None, node)
    axes = range(array.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    turned = {range(array.ndim)[k] for k in axes}
    return viewed(
        array,
        tuple(Axis(d - 1, k, -1) if k in turned else Axis(number(0), k) for k, d in enumerate(array.dims)),
        array.dims,
    )


@handles(np.roll)
def _roll(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("a shift axis", args, keywords, node)
    array = self.array(given["a"])
    shift, axis = (
        self.known_object(given["shift"], None, node),
        self.known_object(given.get("axis"), None, node),
    )
    if axis is None and array.ndim == 1:
        axis = 0
    if not isinstance(shift, int) or not isinstance(axis, int):
        raise Refused(node, "elements that are rolled along several axes")
    axis = range(array.ndim)[axis]
    if array.view is None:
        array = self.materialize(array, "t")
    if shift == 0:
        return self.fresh(array)
    length = array.dims[axis]
    if not self.facts.holds(length - abs(shift)):
        self.check("within", number(abs(shift) - 1), length)
        self.facts.positive.append(length - abs(shift))
    name = self.names.fresh("rolled")
    self.counts[name] = 1
    made = self.empty(name, array.dims, array.dtype)
    first = number(shift) if shift > 0 else length + shift  # so many come from the end
    for there, here, count in ((length - first, number(0), first), (number(0), first, length - first)):
        dims = tuple(count if k == axis else d for k, d in enumerate(array.dims))
        index = tuple(symbol(c) for c in self.index_names(array.ndim))

        def moved(by: Affine, index: tuple[Affine, ...] = index) -> tuple[Index, ...]:
            return tuple(i + by if k == axis else i for k, i in enumerate(index))

        assert made.view is not None
        self.nest(dims, Effect(made.view.read(moved(here)), "", array.element(moved(there))))
    return made


@handles(np.cross)
def _cross(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("a b axisa axisb axisc axis", args, keywords, node)
    left, right = self.array(given["a"]), self.array(given["b"])
    ends = [self.known_object(given.get(name), -1, node) for name in ("axisa", "axisb", "axisc", "axis")]
    ranks = (left.ndim, right.ndim, max(left.ndim, right.ndim), -1)
    if any(end not in (-1, rank - 1) for end, rank in zip(ends, ranks, strict=True)):
        raise Refused(node, "a vector product along other than the last axis")
    three = number(3)
    if not (self.facts.same(left.dims[-1], three) and self.facts.same(right.dims[-1], three)):
        raise Refused(node, "a vector product of vectors that are not known to have three elements")
    dtype = np.result_type(left.dtype, right.dtype)
    outer = self.broadcast([left.dims[:-1], right.dims[:-1]])
    left, right = self.settled(left), self.settled(right)
    name = self.names.fresh("crossed")
    self.counts[name] = 1
    made = self.empty(name, (*outer, three), dtype)
    index = tuple(symbol(c) for c in self.index_names(len(outer)))

    def product(c: list[gast.expr]) -> gast.expr:
        return b.binary(b.binary(c[0], "Mult", c[1]), "Sub", b.binary(c[2], "Mult", c[3]))

    def part(array: Arr, k: int) -> Element:
        return element_at(Arr(array.dtype, array.dims, array.element), (*index, number(k)))

    assert made.view is not None
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        operands = (part(left, i), part(right, j), part(left, j), part(right, i))
        self.nest(outer, Effect(made.view.read((*index, number(k))), "", Apply(product, operands)))
    return made


@handles(helpers.scatter)
def _scatter(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    if len(args) != 3 or keywords:
        raise Refused(node, "an index of this kind")
    t, x = self.value(args[0]), self.value(args[2])
    if not isinstance(x, Arr) or not isinstance(t, (Num, Arr)):
        raise Refused(node, "an index into something that is not an array")
    key = args[1]
    if isinstance(key, gast.Subscript):
        if self.value(key.value) != Constant(np.s_):
            raise Refused(node, "an index of this kind")
        key = key.slice
    stripped = _without_new_axes(t, x, key)
    if stripped is not None:
        return stripped
    dtype = t.dtype if t.dtype.kind == "f" else x.dtype
    made = self.materialize(constant_array(x.dims, of_constant(0.0), dtype), "scattered")
    place = self.part(made, key, node)
    if place.dims:
        self.store(place, "Add", t, node)
    else:
        assert place.view is not None and isinstance(t, Num)
        target = b.as_target(self.scalar(place).code)
        self.run(b.assign(target, t.code))
    return made


def _without_new_axes(t: Value, x: Arr, key: gast.expr) -> Arr | None:
    """The transpose of ``x[:, None]`` only leaves out axes."""
    parts = key.elts if isinstance(key, gast.Tuple) else [key]
    axes: list[Axis] = []
    if not isinstance(t, Arr) or len(parts) != t.ndim:
        return None
    place = 0
    for k, part in enumerate(parts):
        match part:
            case gast.Constant(value=None) if t.dims[k] == ONE:
                axes.append(Axis(number(0)))
            case gast.Slice(lower=None, upper=None, step=None) if (
                place < x.ndim and t.dims[k] == x.dims[place]
            ):
                axes.append(Axis(number(0), place))
                place += 1
            case _:
                return None
    return viewed(t, tuple(axes), x.dims) if place == x.ndim else None


@handles(isinstance)
def _isinstance(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    value = self.value(args[0])
    classes = _classes(self, args[1], node)
    match value:
        case Num():
            kind: Any = type(value.sample)
        case Arr():
            kind = np.ndarray
        case Items(kind="tuple" | "list" | "dict"):
            kind = {"tuple": tuple, "list": list, "dict": dict}[value.kind]
        case Constant(value=held):
            kind = type(held)
        case _:
            raise Refused(node, "the class of an object")
    return of_constant(issubclass(kind, classes))


def _classes(self: Calls, node: gast.expr, at: gast.AST) -> tuple[type, ...]:
    match node:
        case gast.BinOp(op=gast.BitOr()):
            return (*_classes(self, node.left, at), *_classes(self, node.right, at))
        case gast.Tuple(elts=parts):
            return tuple(one for part in parts for one in _classes(self, part, at))
    found = self.value(node)
    if not isinstance(found, Constant) or not isinstance(found.value, type):
        raise Refused(at, "a class that is not known")
    return (found.value,)
