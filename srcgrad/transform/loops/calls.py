"""Calls: elementwise functions, reductions, constructors and shapes become loops; the rest stays a call of a library."""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad.rules import helpers
from srcgrad.rules.numpy import arrange
from srcgrad.runtime import sweeps
from srcgrad.transform import builders as b
from srcgrad.transform.loops.affine import Affine, number, symbol
from srcgrad.transform.loops.context import ONE, element_at, mentions
from srcgrad.transform.loops.expressions import Expressions
from srcgrad.transform.loops.nests import Allocate, Apply, Effect, Element, Index, Leaf
from srcgrad.transform.loops.values import (
    BOOL,
    FLOAT,
    INT,
    Arr,
    Axis,
    Constant,
    Items,
    Num,
    Value,
    leaf,
    memory,
    of_constant,
    viewed,
)
from srcgrad.transform.refused import Refused

_LIBRARY = {
    np.linalg.solve, np.linalg.inv, np.linalg.cholesky, np.linalg.det, np.linalg.pinv, np.diag, np.sort, np.argsort,
    np.cumsum, np.cumprod, np.kron, np.outer, np.convolve, np.linspace, np.arange, np.triu, np.tril, np.eye, np.identity,
    np.searchsorted, np.argmax, np.argmin, np.trace, np.interp, np.bincount, np.median, np.all, np.any,
}  # fmt: skip
_FINITE_MATH = {
    math.sqrt, math.exp, math.log, math.sin, math.cos, math.tan, math.sinh, math.cosh, math.tanh, math.atan, math.asin,
    math.acos, math.log10, math.log2, math.log1p, math.expm1, math.atan2, math.hypot, math.erf, math.erfc, math.gamma,
    math.lgamma, math.asinh, math.acosh, math.atanh, math.pow, math.fabs, math.copysign, math.degrees, math.radians,
}  # fmt: skip
_RAISES = {
    math.sqrt, math.exp, math.log, math.log10, math.log2, math.log1p, math.expm1, math.asin, math.acos, math.acosh,
    math.atanh, math.gamma, math.lgamma, math.pow, math.cosh, math.sinh, math.sin, math.cos, math.tan,
}  # fmt: skip
#: Ufuncs that Numba's scalar versions differ from, or that it does not have.
_NOT_UFUNCS = {
    np.matmul,
    np.divmod,
    np.modf,
    np.frexp,
    np.vecdot,
    np.matvec,
    np.vecmat,
    np.float_power,
    np.logaddexp,
}

#: Sums of products of at most so many terms are written out.
_MOST_TERMS = 4

Arguments = dict[str, gast.expr]


class Calls(Expressions):
    """Lowering of calls."""

    def value_Call(self, node: gast.Call) -> Value:
        if any(isinstance(a, gast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            raise Refused(node, "a call with starred arguments")
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if isinstance(node.func, gast.Attribute):
            owner = self.value(node.func.value)
            if not isinstance(owner, Constant):
                return self.method(owner, node.func.attr, node.args, keywords, node)
            function = self.attribute(owner, node.func.attr, node)
        else:
            function = self.value(node.func)
        if not isinstance(function, Constant):
            raise Refused(node, "a call of something that is not known")
        return self.call(function.value, node.args, keywords, node)

    def call(self, function: Any, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
        """The result of a call of a known function."""
        try:
            handler = _TABLE.get(function)
        except TypeError:
            raise Refused(node, "a call of an object") from None
        if handler is not None:
            made: Value = handler(self, args, keywords, node)
            return made
        if isinstance(function, np.ufunc) and function not in _NOT_UFUNCS and function.nout == 1:
            if keywords or len(args) != function.nin:
                raise Refused(node, f"keywords of {function.__name__}")
            path = b.clone(node.func)
            operands = [self.value(arg) for arg in args]
            made = self.elementwise(function, lambda c: b.call(b.clone(path), *c), operands, node)
            return replace(made, weak=False) if isinstance(made, Num) else made
        if function in _FINITE_MATH and not keywords:
            numbers = [self.number(arg) for arg in args]
            code: gast.expr = b.call(b.clone(node.func), *(n.code for n in numbers))
            return Num(b.call("finite", code) if function in _RAISES else code, FLOAT, True)
        if function in _LIBRARY:
            return self.library(function, args, keywords, node)
        raise Refused(node, f"a call of {getattr(function, '__name__', 'an object')}")

    def method(
        self, owner: Value, name: str, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call
    ) -> Value:
        """The result of a method of an array."""
        assert isinstance(node.func, gast.Attribute)
        if isinstance(owner, (Arr, Num)):
            if name == "copy" and not args:
                return self.fresh(owner)
            if name in _METHODS:
                return self.call(_METHODS[name], [node.func.value, *args], keywords, node)
            if name == "item" and not args and isinstance(owner, Num):
                return replace(owner, weak=True)
            if name == "astype" and len(args) == 1 and not keywords:
                return self.cast(owner, self.value(args[0]), node)
            if name == "transpose" and isinstance(owner, Arr):
                order = [self.known_int(arg, node) for arg in args] or list(reversed(range(owner.ndim)))
                return self.transposed(owner, tuple(order))
        raise Refused(node, f"the method {name}")

    # --- parts of the table -------------------------------------------------------------------

    def known_int(self, arg: gast.expr | None, node: gast.AST, default: int | None = None) -> int:
        """An argument that must be a known whole number."""
        if arg is None and default is not None:
            return default
        value = None if arg is None else self.value(arg)
        known = value.affine.known if isinstance(value, Num) and value.affine is not None else None
        if known is None:
            raise Refused(node, "an argument that is not known")
        return known

    def known_object(self, arg: gast.expr | None, default: Any, node: gast.AST) -> Any:
        """An argument that must be known: None, a truth value, an axis or several."""
        if arg is None:
            return default
        return _object(self.value(arg), node)

    def array(self, node: gast.expr) -> Arr:
        """The value of an expression as an array."""
        value = self.value(node)
        if isinstance(value, Num):
            return self.array_of(self.frozen(value))
        if isinstance(value, Items):
            return self.stacked(value, node)
        if not isinstance(value, Arr):
            raise Refused(node, "it is not an array")
        return value

    def array_of(self, value: Num) -> Arr:
        """A number as an array without dimensions."""
        return Arr(value.dtype, (), lambda index: leaf(value))

    def settled(self, array: Arr) -> Arr:
        """An array whose elements may be read several times without being computed several times."""
        return array if array.view is not None else self.materialize(array, "t")

    def empty(self, name: str, dims: tuple[Affine, ...], dtype: np.dtype[Any]) -> Arr:
        """Memory that is about to be filled."""
        dims = tuple(map(self.facts.reduced, dims))
        self.emit(self.allocate(name, dims, dtype.name))
        return memory(name, dtype, dims)

    def stacked(self, items: Items, node: gast.AST) -> Arr:
        """A sequence of numbers as an array."""
        numbers = [part for part in items.parts if isinstance(part, Num)]
        if len(numbers) != len(items.parts) or not numbers:
            raise Refused(node, "an array of arrays")
        dtype = np.array([n.sample for n in numbers]).dtype
        name = self.names.fresh("t")
        self.counts[name] = 1
        self.emit(Allocate(name, (number(len(numbers)),), dtype.name))
        for k, part in enumerate(numbers):
            self.run(b.assign(b.subscript(name, k), part.code))
        return memory(name, dtype, (number(len(numbers)),))

    def fresh(self, value: Value) -> Value:
        """A copy."""
        return Arr(value.dtype, value.dims, value.element) if isinstance(value, Arr) else value

    def cast(self, value: Value, to: Value, node: gast.AST) -> Value:
        """``value.astype(to)``."""
        if not isinstance(to, Constant) or not isinstance(value, (Arr, Num)):
            raise Refused(node, "a conversion")
        dtype = np.dtype(to.value)
        if dtype == value.dtype:
            return self.fresh(value)
        if dtype.kind != "f" or value.dtype.kind not in "biuf":
            raise Refused(node, "a conversion to other than floating-point numbers")

        def build(c: list[gast.expr]) -> gast.expr:
            return b.call(f"np.{dtype.name}", *c)

        if isinstance(value, Num):
            return Num(build([value.code]), dtype)
        return Arr(dtype, value.dims, lambda index: Apply(build, (value.element(index),)))

    def reduced_by(
        self, array: Arr, axis: Any, keepdims: bool, op: str, start: float | bool, dtype: np.dtype[Any]
    ) -> Num | Arr:
        """A sum along axes."""
        axes = range(array.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        gone = {range(array.ndim)[k] for k in axes}
        index = tuple(symbol(c) for c in self.index_names(array.ndim))
        element = array.element(index)
        if len(gone) == array.ndim and not keepdims:
            name = self.names.fresh("total")
            self.counts[name] = 1
            self.run(b.assign(name, b.constant(start)))
            if array.ndim:
                self.nest(array.dims, Effect(name, op, element))
            else:
                from srcgrad.transform.loops.nests import element_code

                self.run(b.aug_assign(name, op, element_code(element)))
            return Num(b.name(name), dtype)
        kept = [k for k in range(array.ndim) if k not in gone]
        dims = tuple(array.dims[k] for k in kept)
        made = self.materialize(constant_array(dims, of_constant(0.0), dtype), "total")
        assert made.view is not None
        place = made.view.read(tuple(index[k] for k in kept))
        self.nest(array.dims, Effect(place, op, element))
        if not keepdims:
            return made
        order = iter(range(len(kept)))
        shape = tuple(ONE if k in gone else array.dims[k] for k in range(array.ndim))
        spread = tuple(Axis(number(0), k) for k in range(array.ndim) if k not in gone)
        del order
        return viewed(made, spread, shape)

    def counted(self, array: Arr, axes: Any, node: gast.AST) -> Num:
        """The number of elements along axes."""
        count = of_constant(1)
        for k in (axes,) if isinstance(axes, int) else axes:
            count = self.python_number("Mult", count, self.length(array.dims[k]), node)
        return count

    def product(self, left: Value, right: Value, node: gast.AST) -> Value:
        """``left @ right``, and ``np.dot`` where that is the same."""
        if not isinstance(left, Arr) or not isinstance(right, Arr) or not left.ndim or not right.ndim:
            raise Refused(node, "a matrix product of numbers")
        if left.ndim > 2 or right.ndim > 2 or left.dtype.kind != "f" or right.dtype != left.dtype:
            raise Refused(node, "a product of stacks of matrices, or of whole numbers")
        self.require_same(left.dims[-1], right.dims[0])
        if left.ndim == right.ndim == 1:
            pair = self.elementwise(np.multiply, lambda c: b.binary(c[0], "Mult", c[1]), [left, right], node)
            assert isinstance(pair, Arr)
            return self.reduced_by(pair, None, False, "Add", 0.0, left.dtype)
        dims = (*left.dims[:-1], *right.dims[1:])
        inner = self.facts.reduced(left.dims[-1]).known
        if inner is not None and 1 <= inner <= _MOST_TERMS:
            return self._written_out(left, right, dims, inner)
        if 1 in (left.ndim, right.ndim) and not self._has_whole_matrix(left, right):
            return self._product_in_loops(left, right, dims)
        call = b.call("np.dot", self.operand(left), self.operand(right))
        return self.library_result(call, left.dtype, dims)

    def _written_out(self, left: Arr, right: Arr, dims: tuple[Affine, ...], inner: int) -> Arr:
        """A product with few terms in its sums: an operation on elements, like others."""
        left, right = self.settled(left), self.settled(right)
        rows = left.ndim - 1

        def element(index: tuple[Index, ...]) -> Element:
            terms = [
                Apply(
                    lambda c: b.binary(c[0], "Mult", c[1]),
                    (left.element((*index[:rows], number(k))), right.element((number(k), *index[rows:]))),
                )
                for k in range(inner)
            ]
            return functools.reduce(
                lambda one, other: Apply(lambda c: b.binary(c[0], "Add", c[1]), (one, other)), terms
            )

        return Arr(left.dtype, dims, element)

    def _has_whole_matrix(self, left: Arr, right: Arr) -> bool:
        matrix = left if left.ndim == 2 else right
        view = matrix.view
        return view is None or (all(axis.step == 1 and axis.start == number(0) for axis in view.axes) and (
            len(view.axes) == 2 and sorted(a.along or 0 for a in view.axes) == [0, 1]
        ))  # fmt: skip

    def _product_in_loops(self, left: Arr, right: Arr, dims: tuple[Affine, ...]) -> Arr:
        """A product of a vector and a part of a matrix, which would be copied for a library; along its rows."""
        matrix = left if left.ndim == 2 else right
        assert matrix.view is not None
        left, right = self.settled(left), self.settled(right)
        by_rows = matrix.view.axes[-1].along == 1  # the last axis of memory is that of the matrix
        made = self.materialize(constant_array(dims, of_constant(0.0), left.dtype), "total")
        assert made.view is not None
        outer, last = (symbol(c) for c in self.index_names(2))
        row, column = (outer, last) if by_rows else (last, outer)
        summed, kept = (column, row) if left.ndim == 2 else (row, column)
        one = left.element((row, column) if left.ndim == 2 else (summed,))
        other = right.element((summed,) if left.ndim == 2 else (row, column))
        value = Apply(lambda c: b.binary(c[0], "Mult", c[1]), (one, other))
        lengths = matrix.dims if by_rows else (matrix.dims[1], matrix.dims[0])
        self.nest(lengths, Effect(made.view.read((kept,)), "Add", value))
        return made

    def operand(self, array: Arr) -> gast.expr:
        """An array as a library takes it: contiguous memory, possibly transposed."""
        view = array.view
        if view is not None and view.whole:
            return b.name(view.memory)
        if view is not None and array.ndim == 2 and len(view.axes) == 2:
            if [a.along for a in view.axes] == [1, 0] and all(
                a.step == 1 and a.start == number(0) for a in view.axes
            ):
                return b.attribute(view.memory, "T")
        made = self.materialize(array, "t").view
        assert made is not None
        return b.name(made.memory)

    def library_result(self, call: gast.expr, dtype: np.dtype[Any], dims: tuple[Affine, ...] | int) -> Arr:
        """Name the array that a library gives; with a number of dimensions, its lengths are read from it."""
        name = self.names.fresh("t")
        self.counts[name] = 1
        self.run(b.assign(name, call))
        if isinstance(dims, int):
            dims = tuple(symbol(f"{name}.shape[{k}]") for k in range(dims))
        return memory(name, dtype, tuple(map(self.facts.reduced, dims)))

    def library(
        self, function: Any, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call
    ) -> Value:
        """A call that stays; what type it gives is seen from a small example."""
        codes: list[gast.expr] = []
        samples: list[Any] = []
        for arg in [*args, *keywords.values()]:
            value = self.value(arg)
            if isinstance(value, Arr):
                codes.append(self.operand(value))
            elif isinstance(value, Num):
                codes.append(value.code)
            else:
                raise Refused(node, f"an argument of {function.__name__}")
            samples.append(value.sample)
        if keywords:
            raise Refused(node, f"keywords of {function.__name__}")
        try:
            with np.errstate(all="ignore"):
                result = function(*samples)
        except Exception:
            raise Refused(node, f"a call of {function.__name__}") from None
        call = b.call(b.clone(node.func), *codes)
        if np.ndim(result):
            return self.library_result(call, result.dtype, np.ndim(result))
        name = self.names.fresh("t")
        self.counts[name] = 1
        self.run(b.assign(name, call))
        return Num(b.name(name), np.asarray(result).dtype)

    def project(self, t: Value, x: Value, node: gast.AST) -> Value:
        """A cotangent of the shape of ``x``: sums over what was broadcast."""
        if isinstance(x, Num):
            if isinstance(t, Num):
                return t
            if isinstance(t, Arr):
                return self.reduced_by(t, None, False, "Add", 0.0, t.dtype)
        if not isinstance(x, Arr) or not isinstance(t, (Num, Arr)):
            raise Refused(node, "a cotangent of this kind")
        if t.dtype != x.dtype:
            cast = self.cast(t, Constant(x.dtype), node)
            assert isinstance(cast, (Num, Arr))
            t = cast
        if isinstance(t, Num):
            scalar = leaf(t)
            return Arr(x.dtype, x.dims, lambda index: scalar)
        if t.ndim > x.ndim:
            reduced = self.reduced_by(t, tuple(range(t.ndim - x.ndim)), False, "Add", 0.0, t.dtype)
            assert isinstance(reduced, Arr)
            t = reduced
        ones = [k for k in range(-t.ndim, 0) if x.dims[k] == ONE and not self.facts.same(t.dims[k], ONE)]
        if ones:
            reduced = self.reduced_by(t, tuple(k % t.ndim for k in ones), True, "Add", 0.0, t.dtype)
            assert isinstance(reduced, Arr)
            t = reduced
        for k in range(-t.ndim, 0):
            if t.dims[k] != ONE:
                self.require_same(t.dims[k], x.dims[k])
        if t.ndim == x.ndim and all(d != ONE or e == ONE for d, e in zip(t.dims, x.dims, strict=True)):
            return Arr(x.dtype, x.dims, t.element, t.view if t.dtype == x.dtype else None)
        source = t
        return Arr(x.dtype, x.dims, lambda index: element_at(source, index))


def _object(value: Value, node: gast.AST) -> Any:
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, Items) and value.kind in ("tuple", "list"):
        return tuple(_object(part, node) for part in value.parts)
    if isinstance(value, Num):
        if value.affine is not None and value.affine.known is not None:
            return value.affine.known
        if isinstance(value.code, gast.Constant):
            return value.code.value
    raise Refused(node, "an argument that is not known")


# --- the table ----------------------------------------------------------------------------------

Handler = Callable[[Calls, Sequence[gast.expr], Arguments, gast.Call], Value]
_TABLE: dict[Any, Handler] = {}
_METHODS: dict[str, Any] = {
    "sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "dot": np.dot, "reshape": np.reshape,
    "ravel": np.ravel, "flatten": np.ravel, "prod": np.prod,
}  # fmt: skip


def handles(*functions: Any) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        for function in functions:
            _TABLE[function] = handler
        return handler

    return register


def arguments_of(names: str, args: Sequence[gast.expr], keywords: Arguments, node: gast.AST) -> Arguments:
    """Arguments by the names of the parameters."""
    order = names.split()
    if len(args) > len(order) or any(key not in order for key in keywords):
        raise Refused(node, "an argument of this call")
    return {**dict(zip(order, args, strict=False)), **keywords}


@handles(np.sum, np.mean, np.prod)
def _sum(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("a axis dtype out keepdims initial where", args, keywords, node)
    if "dtype" in given or "out" in given or "initial" in given:
        raise Refused(node, "a reduction with dtype, out or a start")
    if self.known_object(given.get("where"), True, node) is not True:
        raise Refused(node, "a reduction of some elements")
    array = self.array(given["a"])
    axis = self.known_object(given.get("axis"), None, node)
    keepdims = self.known_object(given.get("keepdims"), False, node)
    function = called(self, node)
    if function is np.prod:
        if array.dtype.kind != "f":
            raise Refused(node, "a product of whole numbers")
        if axis is not None or keepdims:
            raise Refused(node, "a product along an axis")
        return self.reduced_by(array, None, False, "Mult", 1.0, array.dtype)
    dtype = np.dtype(np.sum(np.ones(1, array.dtype)).dtype)
    if function is np.mean and array.dtype.kind != "f":
        dtype = FLOAT
    total = self.reduced_by(array, axis, keepdims, "Add", 0.0 if dtype.kind == "f" else 0, dtype)
    if function is np.sum:
        return total
    count = self.counted(array, range(array.ndim) if axis is None else axis, node)
    return self.elementwise(np.divide, lambda c: b.binary(c[0], "Div", c[1]), [total, count], node)


def called(self: Calls, node: gast.Call) -> Any:
    if isinstance(node.func, gast.Attribute):
        owner = self.value(node.func.value) if isinstance(node.func.value, gast.Name) else None
        if isinstance(owner, Constant):
            found = self.attribute(owner, node.func.attr, node)
            return found.value if isinstance(found, Constant) else None
        return _METHODS.get(node.func.attr)
    found = self.value(node.func)
    return found.value if isinstance(found, Constant) else None


@handles(np.dot, np.vdot, np.inner, np.matmul)
def _dot(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    if len(args) != 2 or keywords:
        raise Refused(node, "keywords of a product")
    left, right = self.value(args[0]), self.value(args[1])
    function = called(self, node)
    if isinstance(left, Num) or isinstance(right, Num):
        return self.binary("Mult", left, right, node)
    if function in (np.vdot, np.inner):
        if not (isinstance(left, Arr) and isinstance(right, Arr) and left.ndim == right.ndim == 1):
            raise Refused(node, "an inner product of matrices")
    return self.product(left, right, node)


@handles(np.outer)
def _outer(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    left, right = self.array(args[0]), self.array(args[1])
    if keywords or len(args) != 2 or left.ndim != 1 or right.ndim != 1:
        raise Refused(node, "an outer product of matrices")
    column = viewed(left, (Axis(number(0), 0),), (left.dims[0], ONE))
    return self.elementwise(np.multiply, lambda c: b.binary(c[0], "Mult", c[1]), [column, right], node)


@handles(np.where)
def _where(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    if len(args) != 3 or keywords:
        raise Refused(node, "np.where with one argument")
    operands = [self.value(arg) for arg in args]

    def build(c: list[gast.expr]) -> gast.expr:
        return gast.IfExp(c[0], c[1], c[2])

    made = self.elementwise(np.where, build, operands, node)
    return replace(made, weak=False) if isinstance(made, Num) else made


@handles(np.clip)
def _clip(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("a a_min a_max", args, keywords, node)
    operands = [self.value(given[name]) for name in ("a", "a_min", "a_max")]

    def build(c: list[gast.expr]) -> gast.expr:
        return b.call("np.minimum", b.call("np.maximum", c[0], c[1]), c[2])

    made = self.elementwise(np.clip, build, operands, node)
    return replace(made, weak=False) if isinstance(made, Num) else made


@handles(np.zeros, np.ones, np.empty, np.full)
def _filled(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    function = called(self, node)
    order = "shape fill_value dtype" if function is np.full else "shape dtype"
    given = arguments_of(order, args, keywords, node)
    shape = self.value(given["shape"])
    sizes = shape.parts if isinstance(shape, Items) else (shape,)
    dims = tuple(_length_of(self, size, node) for size in sizes)
    fill: Value = of_constant(1.0 if function is np.ones else 0.0)
    if function is np.full:
        fill = self.value(given["fill_value"])
    if not isinstance(fill, Num):
        raise Refused(node, "an array filled with something that is no number")
    dtype = fill.dtype
    if "dtype" in given:
        dtype = np.dtype(self.known_object(given["dtype"], None, node))
    return constant_array(dims, fill, dtype)


def constant_array(dims: tuple[Affine, ...], fill: Num, dtype: np.dtype[Any]) -> Arr:
    if dtype.kind not in "biuf":
        raise Refused(b.pass_(), "an array of this type")
    return Arr(dtype, dims, lambda index: leaf(fill), None, True)


def _length_of(self: Calls, size: Value, node: gast.AST) -> Affine:
    if not isinstance(size, Num) or size.dtype.kind not in "iu":
        raise Refused(node, "a shape that is not known")
    if size.affine is not None:
        affine = self.facts.reduced(size.affine)
        if self.facts.holds(affine):
            return affine
    # np.zeros(-1) is an error, which a negative length in a loop would not be
    return self.named(b.call("at", size.code, b.constant(2**62)), "n")


@handles(np.zeros_like, np.ones_like, np.empty_like, np.full_like)
def _filled_like(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    function = called(self, node)
    order = "a fill_value dtype" if function is np.full_like else "a dtype"
    given = arguments_of(order, args, keywords, node)
    model = self.value(given["a"])
    fill: Value = of_constant(1.0 if function is np.ones_like else 0.0)
    if function is np.full_like:
        fill = self.value(given["fill_value"])
    if not isinstance(fill, Num) or not isinstance(model, (Num, Arr)):
        raise Refused(node, "an array filled with something that is no number")
    dtype = model.dtype
    if "dtype" in given:
        dtype = np.dtype(self.known_object(given["dtype"], None, node))
    if isinstance(model, Num):
        return Num(fill.code if dtype.kind == "f" else b.call(f"np.{dtype.name}", fill.code), dtype)
    return constant_array(model.dims, fill, dtype)


@handles(np.array, np.copy, sweeps.copy_of)
def _array(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("a dtype", args, keywords, node)
    value = self.value(given["a"])
    if called(self, node) is sweeps.copy_of and isinstance(value, Items):
        return Items(value.kind, value.keys, tuple(self.fresh(part) for part in value.parts))
    array = self.array(given["a"])
    if "dtype" in given:
        made = self.cast(array, Constant(self.known_object(given["dtype"], None, node)), node)
        assert isinstance(made, Arr)
        array = made
    return Arr(array.dtype, array.dims, array.element)


@handles(np.asarray, np.ascontiguousarray, helpers.as_array)
def _asarray(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    if len(args) != 1 or keywords:
        raise Refused(node, "a conversion")
    return self.array(args[0])


@handles(np.expand_dims)
def _expand(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("a axis", args, keywords, node)
    return expanded(self, self.array(given["a"]), self.known_object(given["axis"], None, node))


def expanded(self: Calls, array: Arr, axis: Any) -> Arr:
    """With axes of length one put in."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    ndim = array.ndim + len(axes)
    new = {range(ndim)[k] for k in axes}
    order = [k for k in range(ndim) if k not in new]
    kept = iter(array.dims)
    dims = tuple(ONE if k in new else next(kept) for k in range(ndim))
    return viewed(array, tuple(Axis(number(0), k) for k in order), dims)


@handles(helpers.restore)
def _restore(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("t axis keepdims", args, keywords, node)
    axis = self.known_object(given["axis"], None, node)
    if self.known_object(given.get("keepdims"), False, node) or axis is None:
        return self.value(given["t"])
    return expanded(self, self.array(given["t"]), axis)


@handles(np.broadcast_to)
def _broadcast(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    if len(args) != 2 or keywords:
        raise Refused(node, "keywords of broadcast_to")
    array, shape = self.array(args[0]), self.value(args[1])
    if not isinstance(shape, Items):
        shape = Items("tuple", (0,), (shape,))
    dims = tuple(_length_of(self, size, node) for size in shape.parts)
    for k in range(-array.ndim, 0):
        if array.dims[k] != ONE:
            self.require_same(array.dims[k], dims[k])
    return Arr(array.dtype, dims, lambda index: element_at(array, index))


@handles(helpers.project)
def _project(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    return self.project(self.value(args[0]), self.value(args[1]), node)


@handles(helpers.adjoint, np.transpose, np.matrix_transpose)
def _adjoint(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    array = self.array(args[0])
    if len(args) != 1 or keywords:
        raise Refused(node, "a transposition")
    if array.ndim > 2 or (array.ndim < 2 and called(self, node) is not np.transpose):
        raise Refused(node, "a transposition of more than two dimensions")
    return self.transposed(array, tuple(reversed(range(array.ndim))))


@handles(np.shape)
def _shape(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    return self.attribute(self.value(args[0]), "shape", node)


@handles(np.ndim)
def _ndim(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    return of_constant(self.array(args[0]).ndim)


@handles(np.size)
def _size(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    return self.size(self.array(args[0]))


@handles(arrange.count)
def _count(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    given = arguments_of("a axis where", args, keywords, node)
    array, axis = self.array(given["a"]), self.known_object(given["axis"], None, node)
    if self.known_object(given.get("where"), True, node) is not True:
        raise Refused(node, "a mean of some elements")
    return self.counted(array, range(array.ndim) if axis is None else axis, node)


@handles(len)
def _len(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    value = self.value(args[0])
    if isinstance(value, Items):
        return of_constant(len(value.parts))
    if isinstance(value, Arr) and value.dims:
        return self.length(value.dims[0])
    raise Refused(node, "the length of this")


@handles(np.reshape, np.ravel)
def _reshape(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    if keywords:
        raise Refused(node, "keywords of reshape")
    array = self.array(args[0])
    sizes: list[Value] = [of_constant(-1)]
    if called(self, node) is np.reshape:
        sizes = [self.value(arg) for arg in args[1:]]
        if len(sizes) == 1 and isinstance(sizes[0], Items):
            sizes = list(sizes[0].parts)
    numbers = [size for size in sizes if isinstance(size, Num)]
    if len(numbers) != len(sizes):
        raise Refused(node, "a shape that is not known")
    shape = tuple(n.affine for n in numbers)
    if array.ndim == 1 and (
        called(self, node) is not np.reshape
        or (len(shape) == 1 and shape[0] is not None and self.facts.same(shape[0], array.dims[0]))
    ):
        return array
    # A reshaped view shares its memory, which lowering cannot follow: only copies of what is not written are made.
    if array.view is not None:
        raise Refused(node, "another shape of the same memory")
    call = b.method(self.operand(array), "reshape", b.tuple_([n.code for n in numbers]))
    return self.library_result(call, array.dtype, len(numbers))


@handles(builtins.abs, np.abs)
def _abs(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    value = self.value(args[0])
    made = self.elementwise(abs, lambda c: b.call("abs", *c), [value], node)
    return replace(made, bits=value.bits) if isinstance(made, Num) and isinstance(value, Num) else made


@handles(builtins.float)
def _float(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    value = self.number(args[0])
    return Num(value.code if value.dtype == FLOAT else b.call("float", value.code), FLOAT, True)


@handles(builtins.int)
def _int(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    value = self.number(args[0])
    if value.is_int:
        return replace(value, weak=True)
    if value.dtype.kind != "f":
        return Num(b.call("int", value.code), INT, True, None, 1)
    # at() raises for what does not fit; int(nan) and int(1e30) have no machine integer
    return Num(b.call("int_of", value.code), INT, True, None, 62)


@handles(builtins.bool)
def _bool(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    return Num(b.call("bool", self.number(args[0]).code), BOOL, True)


@handles(builtins.max, builtins.min)
def _most(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    if keywords or len(args) != 2:
        raise Refused(node, "max or min of other than two numbers")
    left, right = self.number(args[0]), self.number(args[1])
    op = "Gt" if called(self, node) is builtins.max else "Lt"
    if left.dtype != right.dtype:
        raise Refused(node, "max or min of numbers of different types")
    names = [self.names.fresh("t"), self.names.fresh("t")]
    for name, part in zip(names, (left, right), strict=True):
        self.counts[name] = 1
        self.run(b.assign(name, part.code))
    code = gast.IfExp(b.compare(names[1], op, names[0]), b.name(names[1]), b.name(names[0]))
    return Num(code, left.dtype, left.weak and right.weak, None, max(left.bits, right.bits))


@handles(np.result_type)
def _result_type(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    samples = [v.sample if isinstance(v, (Num, Arr)) else _object(v, node) for v in map(self.value, args)]
    return Constant(np.result_type(*samples))


@handles(np.iscomplexobj)
def _iscomplex(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    value = self.value(args[0])
    return of_constant(isinstance(value, (Num, Arr)) and value.dtype.kind == "c")


@handles(np.float64)
def _float64(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    return replace(self.number(args[0]), dtype=FLOAT, weak=False)


@handles(sweeps.shadow_of)
def _shadow(self: Calls, args: Sequence[gast.expr], keywords: Arguments, node: gast.Call) -> Value:
    return shadow(self.value(args[0]))


def shadow(value: Value) -> Value:
    """Adjoint memory of a value, all zero."""
    match value:
        case Num(dtype=dtype):
            return of_constant(0.0) if dtype.kind == "f" else Constant(None)
        case Arr(dtype=dtype, dims=dims):
            return constant_array(dims, of_constant(0.0), dtype) if dtype.kind == "f" else Constant(None)
        case Items(kind=kind, keys=keys, parts=parts):
            kind = {"tuple": "list", "named": "object"}.get(kind, kind)
            return Items(kind, keys, tuple(map(shadow, parts)))
    return Constant(None)


def readable(value: Value, names: set[str]) -> bool:
    """False for a value that is expressed by one of the names."""
    return not mentions(value, names)


__all__ = [
    "Arguments",
    "Calls",
    "Element",
    "Index",
    "Leaf",
    "arguments_of",
    "called",
    "constant_array",
    "expanded",
    "handles",
    "readable",
    "shadow",
]
