"""Extremes and spreads along axes as loops, and what their derivatives are made of."""

from __future__ import annotations

from collections.abc import Sequence

import gast
import numpy as np

from srcgrad.rules.numpy import reductions
from srcgrad.transform import builders as b
from srcgrad.transform.loops.affine import number, symbol
from srcgrad.transform.loops.calls import Arguments, Calls, arguments_of, called, constant_array, handles
from srcgrad.transform.loops.context import ONE, element_at
from srcgrad.transform.loops.nests import Apply, Effect
from srcgrad.transform.loops.values import FLOAT, Arr, Axis, Num, Value, of_constant, viewed
from srcgrad.transform.refused import Refused


@handles(np.max, np.min)
def _extreme(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("a axis out keepdims", args, keywords, node)
    if "out" in given:
        raise Refused(node, "a reduction with out")
    array = self.array(given["a"])
    axis = self.known_object(given.get("axis"), None, node)
    keepdims = self.known_object(given.get("keepdims"), False, node)
    function = called(self, node)
    if axis is None and not keepdims:
        made = self.materialize(array, "t") if array.view is None or not array.view.whole else array
        assert made.view is not None
        name = self.names.fresh("t")
        self.counts[name] = 1
        self.run(b.assign(name, b.call(b.attribute("np", function.__name__), made.view.memory)))
        return Num(b.name(name), array.dtype)
    if array.dtype.kind != "f":
        raise Refused(node, "an extreme of whole numbers along an axis")
    axes = range(array.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = {range(array.ndim)[k] for k in axes}
    for k in gone:  # of no elements there is no extreme
        if not self.facts.holds(array.dims[k] - 1):
            self.check("within", number(0), array.dims[k])
    kept = [k for k in range(array.ndim) if k not in gone]
    dims = tuple(array.dims[k] for k in kept)
    sign = "-" if function is np.max else ""
    lowest = Num(b.call("float", b.constant(f"{sign}inf")), FLOAT, True)
    total = self.materialize(constant_array(dims, self.frozen(lowest), array.dtype), "extreme")
    assert total.view is not None
    index = tuple(symbol(c) for c in self.index_names(array.ndim))
    place = total.view.read(tuple(index[k] for k in kept))
    path = "np.maximum" if function is np.max else "np.minimum"
    element = Apply(lambda c: b.call(path, *c), (place, array.element(index)))
    self.nest(array.dims, Effect(place, "", element))
    return _with_ones(total, array, gone) if keepdims else total


def _with_ones(total: Arr, array: Arr, gone: set[int]) -> Arr:
    """A reduction with axes of length one where its operand had those that are gone."""
    shape = tuple(ONE if k in gone else array.dims[k] for k in range(array.ndim))
    return viewed(total, tuple(Axis(number(0), k) for k in range(array.ndim) if k not in gone), shape)


@handles(reductions.even_shares)
def _even_shares(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    ties = self.array(args[0])
    axis = self.known_object(args[1], None, node)
    if len(args) != 4 or keywords or self.known_object(args[2], None, node) is not True:
        raise Refused(node, "an extreme of some elements")
    like = self.value(args[3])
    if not isinstance(like, (Num, Arr)) or like.dtype.kind != "f" or not ties.ndim:
        raise Refused(node, "an extreme of whole numbers")
    ties = self.materialize(ties, "ties")
    shares = Arr(
        like.dtype,
        ties.dims,
        lambda index: Apply(
            lambda c: gast.IfExp(c[0], b.constant(1.0), b.constant(0.0)), (ties.element(index),)
        ),
    )
    count = self.reduced_by(shares, axis, True, "Add", 0.0, like.dtype)
    if isinstance(count, Num):
        count = self.array_of(count)

    def build(c: list[gast.expr]) -> gast.expr:
        return gast.IfExp(c[0], b.binary(b.constant(1.0), "Div", c[1]), b.constant(0.0))

    return Arr(
        like.dtype, ties.dims, lambda index: Apply(build, (ties.element(index), element_at(count, index)))
    )


@handles(np.std, np.var)
def _spread(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("a axis dtype out ddof keepdims", args, keywords, node)
    if "dtype" in given or "out" in given:
        raise Refused(node, "a reduction with dtype or out")
    array = self.array(given["a"])
    axis = self.known_object(given.get("axis"), None, node)
    keepdims = self.known_object(given.get("keepdims"), False, node)
    ddof = self.known_object(given.get("ddof"), 0, node)
    if array.dtype.kind != "f" or not isinstance(ddof, int):
        raise Refused(node, "a spread of whole numbers")
    count = self.counted(array, range(array.ndim) if axis is None else axis, node)
    total = self.reduced_by(array, axis, True, "Add", 0.0, array.dtype)
    mean = self.elementwise(np.divide, lambda c: b.binary(c[0], "Div", c[1]), [total, count], node)
    if isinstance(mean, Arr):
        mean = self.materialize(mean, "mean")
    apart = self.elementwise(np.subtract, lambda c: b.binary(c[0], "Sub", c[1]), [array, mean], node)
    assert isinstance(apart, Arr)

    def square(c: list[gast.expr]) -> gast.expr:
        return b.binary(c[0], "Pow", b.constant(2))

    squares = Arr(array.dtype, array.dims, lambda index: Apply(square, (apart.element(index),)))
    summed = self.reduced_by(squares, axis, keepdims, "Add", 0.0, array.dtype)
    rest = self.python_number("Sub", count, of_constant(ddof), node)
    made = self.elementwise(np.divide, lambda c: b.binary(c[0], "Div", c[1]), [summed, rest], node)
    if called(self, node) is np.std:
        made = self.elementwise(np.sqrt, lambda c: b.call("np.sqrt", *c), [made], node)
    return made
