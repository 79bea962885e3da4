"""Expressions: each becomes a number, or an array of which every element has a code of its own."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import gast
import numpy as np

from srcgrad.transform import builders as b
from srcgrad.transform.loops.affine import Affine, number
from srcgrad.transform.loops.context import ONE, Context, dtype_of, element_at
from srcgrad.transform.loops.nests import Apply, Counted, Element, Index
from srcgrad.transform.loops.values import (
    BOOL,
    INT,
    WORD,
    Arr,
    Axis,
    Constant,
    Items,
    Num,
    TapeOf,
    Value,
    leaf,
    of_affine,
    of_constant,
    shifted,
    viewed,
)
from srcgrad.transform.refused import Refused

Build = Callable[[list[gast.expr]], gast.expr]

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv,
    "FloorDiv": operator.floordiv, "Mod": operator.mod, "Pow": operator.pow,
    "BitAnd": operator.and_, "BitOr": operator.or_, "BitXor": operator.xor,
    "LShift": operator.lshift, "RShift": operator.rshift,
}  # fmt: skip
_COMPARISONS = {
    "Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge, "Eq": operator.eq, "NotEq": operator.ne,
}  # fmt: skip
_CHECKED_INTS = {"Add": "int_add", "Sub": "int_subtract", "Mult": "int_multiply", "Pow": "int_power"}


class Expressions(Context):
    """Lowering of expressions; calls are in ``calls.py``."""

    objects: dict[str, Any]

    def value(self, node: gast.expr) -> Value:
        """What an expression gives."""
        handler = getattr(self, f"value_{type(node).__name__}", None)
        if handler is None:
            raise Refused(node, f"{type(node).__name__} in machine code")
        made: Value = handler(node)
        return made

    def number(self, node: gast.expr) -> Num:
        """The value of an expression that must be a number."""
        value = self.value(node)
        if isinstance(value, Arr) and not value.dims:
            return self.scalar(value)
        if not isinstance(value, Num):
            raise Refused(node, "it is not a number")
        return value

    def scalar(self, array: Arr) -> Num:
        """The one element of an array without dimensions."""
        from srcgrad.transform.loops.nests import element_code

        return Num(element_code(array.element(())), array.dtype)

    # --- leaves -------------------------------------------------------------------------------

    def value_Constant(self, node: gast.Constant) -> Value:
        if isinstance(node.value, (bool, int, float)):
            return of_constant(node.value)
        if isinstance(node.value, complex):
            raise Refused(node, "complex numbers in loops")
        return Constant(node.value)

    def value_Name(self, node: gast.Name) -> Value:
        if node.id in self.env:
            return self.env[node.id]
        if node.id in self.table:
            return self.root(node.id)
        if node.id in self.objects:
            return Constant(self.objects[node.id])
        raise Refused(node, f"the name {node.id}")

    def value_Tuple(self, node: gast.Tuple) -> Value:
        return Items("tuple", tuple(range(len(node.elts))), tuple(map(self.value, node.elts)))

    def value_List(self, node: gast.List) -> Value:
        return Items("list", tuple(range(len(node.elts))), tuple(map(self.value, node.elts)))

    # --- operators ----------------------------------------------------------------------------

    def value_UnaryOp(self, node: gast.UnaryOp) -> Value:
        operand = self.value(node.operand)
        op = type(node.op).__name__
        if op == "Not":
            if isinstance(operand, Constant):
                return of_constant(not operand.value)
            if not isinstance(operand, Num):
                raise Refused(node, "the truth of an array")
            return Num(b.unary("Not", operand.code), BOOL, True)
        if isinstance(operand, Num) and operand.affine is not None and op == "USub":
            return of_affine(operand.affine * -1, operand.bits)
        functions: dict[str, Any] = {"USub": operator.neg, "UAdd": operator.pos, "Invert": operator.invert}
        function = functions[op]
        return self.elementwise(function, lambda c: b.unary(op, c[0]), [operand], node)

    def value_BinOp(self, node: gast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        return self.binary(type(node.op).__name__, left, right, node)

    def binary(self, op: str, left: Value, right: Value, node: gast.AST) -> Value:
        """``left op right``."""
        if op == "MatMult":
            return self.product(left, right, node)
        if isinstance(left, Items) and isinstance(right, Items) and op == "Add":
            parts = (*left.parts, *right.parts)
            return Items(left.kind, tuple(range(len(parts))), parts)
        if isinstance(left, Num) and isinstance(right, Num):
            if left.weak and right.weak:
                return self.python_number(op, left, right, node)
        return self.elementwise(OPERATORS[op], lambda c: b.binary(c[0], op, c[1]), [left, right], node)

    def product(self, left: Value, right: Value, node: gast.AST) -> Value:
        """``left @ right``."""
        raise NotImplementedError

    def python_number(self, op: str, left: Num, right: Num, node: gast.AST) -> Num:
        """An operation on numbers of Python: whole ones must not overflow, and no division may be by zero."""
        if op in ("FloorDiv", "Mod"):
            known = _affine(op, left.affine, right.affine)
            if known is not None:
                return of_affine(known)
        code = b.binary(left.code, op, right.code)
        whole = left.dtype.kind in "iub" and right.dtype.kind in "iub"
        if op in ("FloorDiv", "Mod", "Div"):
            certain = right.affine is not None and right.affine.known not in (None, 0)
            certain = certain or (isinstance(right.code, gast.Constant) and right.code.value != 0)
            if not certain:
                helper = {"FloorDiv": "floor_divide", "Mod": "remainder", "Div": "quotient"}[op]
                code = b.call(helper, left.code, right.code)
            if op == "Div" or not whole:
                return Num(code, np.dtype(float), True)
            return Num(code, INT, True, None, left.bits if op == "FloorDiv" else right.bits)
        if op == "Pow" and not whole:
            exponent = right.affine.known if right.affine is not None else None
            if exponent is None or exponent < 0:
                code = b.call("finite", code)
            return Num(code, np.dtype(float), True)
        if not whole:
            dtype, _ = dtype_of(OPERATORS[op], [left.sample, right.sample])
            return Num(code, dtype, True)
        if op not in ("Add", "Sub", "Mult", "Pow"):
            if op in ("LShift", "RShift"):
                raise Refused(node, "shifts of whole numbers")
            dtype, _ = dtype_of(OPERATORS[op], [left.sample, right.sample])
            return Num(code, dtype, True, None, max(left.bits, right.bits))
        affine = _affine(op, left.affine, right.affine)
        bits = _bits(op, left, right)
        if affine is not None and bits < WORD:
            return of_affine(self.facts.reduced(affine), bits)
        if bits >= WORD:
            return Num(b.call(_CHECKED_INTS[op], left.code, right.code), INT, True)
        return Num(code, INT, True, None, bits)

    def elementwise(
        self, function: Callable[..., Any], build: Build, operands: Sequence[Value], node: gast.AST
    ) -> Value:
        """An operation on numbers and arrays."""
        known: list[Num | Arr] = []
        for operand in operands:
            if not isinstance(operand, (Num, Arr)):
                raise Refused(node, "an operation on something that is no number")
            known.append(operand)
        try:
            dtype, weak = dtype_of(function, [operand.sample for operand in known])
        except TypeError:
            raise Refused(node, "an operation on numbers of these types") from None
        arrays = [operand for operand in known if isinstance(operand, Arr)]
        if not arrays:
            return Num(build([o.code for o in known if isinstance(o, Num)]), dtype, weak)
        dims = self.broadcast([array.dims for array in arrays])
        known = [self.frozen(o) if isinstance(o, Num) else o for o in known]

        def element(index: tuple[Index, ...]) -> Element:
            parts = tuple(leaf(o) if isinstance(o, Num) else element_at(o, index) for o in known)
            return Apply(build, parts)

        return Arr(dtype, dims, element)

    def value_Compare(self, node: gast.Compare) -> Value:
        left = self.value(node.left)
        if len(node.ops) > 1:
            parts: list[gast.expr] = []
            for op, right_node in zip(node.ops, node.comparators, strict=True):
                right = self.value(right_node)
                parts.append(self._truth(self._compared(type(op).__name__, left, right, node), node))
                left = right
            return Num(b.boolean("And", parts), BOOL, True)
        return self._compared(type(node.ops[0]).__name__, left, self.value(node.comparators[0]), node)

    def _compared(self, op: str, left: Value, right: Value, node: gast.AST) -> Value:
        if isinstance(left, Constant) or isinstance(right, Constant):
            return self._known_comparison(op, left, right, node)
        if op not in _COMPARISONS:
            raise Refused(node, f"the comparison {op}")
        if isinstance(left, Num) and isinstance(right, Num) and left.affine and right.affine:
            if left.affine.known is not None and right.affine.known is not None:
                return of_constant(bool(_COMPARISONS[op](left.affine.known, right.affine.known)))
        return self.elementwise(_COMPARISONS[op], lambda c: b.compare(c[0], op, c[1]), [left, right], node)

    def _known_comparison(self, op: str, left: Value, right: Value, node: gast.AST) -> Value:
        if isinstance(left, Constant) and isinstance(right, Constant):
            functions = {"Is": operator.is_, "IsNot": operator.is_not, **_COMPARISONS}
            if op in functions:
                return of_constant(bool(functions[op](left.value, right.value)))
        if op in ("Is", "IsNot") and (left == Constant(None) or right == Constant(None)):
            return of_constant(op == "IsNot")
        if isinstance(left, Constant) and isinstance(right, Items) and op in ("In", "NotIn"):
            if all(isinstance(part, Constant) for part in right.parts):
                return of_constant((left in right.parts) == (op == "In"))
        raise Refused(node, "a comparison of objects")

    def _truth(self, value: Value, node: gast.AST) -> gast.expr:
        if isinstance(value, TapeOf):
            value = self.tape_left(value)
        if not isinstance(value, Num):
            raise Refused(node, "the truth of an array")
        return value.code

    def tape_left(self, tape: TapeOf) -> Num:
        """Whether a tape holds something."""
        raise NotImplementedError

    def value_BoolOp(self, node: gast.BoolOp) -> Value:
        op = type(node.op).__name__
        parts: list[gast.expr] = []
        for k, operand in enumerate(node.values):
            self.conditional += k > 0
            try:
                value = self.value(operand)
            finally:
                self.conditional -= k > 0
            verdict = self.verdict(value)
            if verdict is (op == "Or"):
                if not parts:
                    return of_constant(verdict)
                raise Refused(node, "a condition that is partly known")
            if verdict is None:
                if not isinstance(value, Num) or value.dtype != BOOL:
                    raise Refused(node, f"'{op.lower()}' of values that are not truth values")
                parts.append(value.code)
        if not parts:
            return of_constant(op == "And")
        return Num(parts[0] if len(parts) == 1 else b.boolean(op, parts), BOOL, True)

    def verdict(self, value: Value) -> bool | None:
        """The truth of a value, if it is known."""
        if isinstance(value, Constant):
            return bool(value.value)
        if isinstance(value, Items):
            return bool(value.parts)
        if isinstance(value, Num) and isinstance(value.code, gast.Constant):
            return bool(value.code.value)
        return None

    def value_IfExp(self, node: gast.IfExp) -> Value:
        test = self.value(node.test)
        verdict = self.verdict(test)
        if verdict is not None:
            return self.value(node.body if verdict else node.orelse)
        if not isinstance(test, Num):
            raise Refused(node, "the truth of an array")
        self.conditional += 1
        try:
            left, right = self.value(node.body), self.value(node.orelse)
        finally:
            self.conditional -= 1
        if not isinstance(left, Num) or not isinstance(right, Num):
            raise Refused(node, "a conditional expression of arrays")
        dtype = np.result_type(left.dtype, right.dtype)
        code = gast.IfExp(test.code, left.code, right.code)
        return Num(code, dtype, left.weak and right.weak, None, max(left.bits, right.bits))

    # --- attributes and indices ---------------------------------------------------------------

    def value_Attribute(self, node: gast.Attribute) -> Value:
        owner = self.value(node.value)
        return self.attribute(owner, node.attr, node)

    def attribute(self, owner: Value, name: str, node: gast.AST) -> Value:
        """``owner.name``."""
        if isinstance(owner, Constant):
            found = getattr(owner.value, name, None)
            return of_constant(found) if isinstance(found, (bool, int, float)) else Constant(found)
        if isinstance(owner, Items):
            part = owner.get(name)
            if part is not None:
                return part
        if isinstance(owner, Arr):
            if name == "shape":
                return Items("tuple", tuple(range(owner.ndim)), tuple(self.length(d) for d in owner.dims))
            if name == "T":
                return self.transposed(owner, tuple(reversed(range(owner.ndim))))
            if name == "ndim":
                return of_constant(owner.ndim)
            if name == "size":
                return self.size(owner)
            if name == "dtype":
                return Constant(owner.dtype)
        if isinstance(owner, Num):
            if name == "shape":
                return Items("tuple", (), ())
            if name == "real":
                return owner
        raise Refused(node, f"the attribute {name}")

    def size(self, array: Arr) -> Num:
        """The number of elements."""
        total = of_constant(1)
        for dim in array.dims:
            total = self.python_number("Mult", total, self.length(dim), b.pass_())
        assert isinstance(total, Num)
        return total

    def transposed(self, array: Arr, order: tuple[int, ...]) -> Arr:
        """With its axes in another order."""
        axes = tuple(Axis(number(0), order.index(k)) for k in range(array.ndim))
        return viewed(array, axes, tuple(array.dims[k] for k in order))

    def value_Subscript(self, node: gast.Subscript) -> Value:
        owner = self.value(node.value)
        return self.item(owner, node.slice, node)

    def item(self, owner: Value, key: gast.expr, node: gast.AST) -> Value:
        """``owner[key]``."""
        if isinstance(owner, Items):
            at = self.value(key)
            known = (
                at.value
                if isinstance(at, Constant)
                else at.affine.known
                if isinstance(at, Num) and at.affine
                else None
            )
            if owner.kind in ("tuple", "list") and isinstance(known, int) and known < 0:
                known += len(owner.parts)
            part = owner.get(known)
            if part is None:
                raise Refused(node, "an index that is not known")
            return part
        if not isinstance(owner, Arr):
            raise Refused(node, "an item of something that is not an array")
        made = self.part(owner, key, node)
        return self.scalar(made) if not made.dims else made

    def part(self, array: Arr, key: gast.expr, node: gast.AST) -> Arr:
        """Part of an array; of all its axes indexed, an array without dimensions."""
        parts = list(key.elts) if isinstance(key, gast.Tuple) else [key]
        used = sum(1 for p in parts if not (isinstance(p, gast.Constant) and p.value in (None, ...)))
        if not any(isinstance(p, gast.Constant) and p.value is ... for p in parts):
            parts.append(gast.Constant(..., None))
        axes: list[Axis] = []
        dims: list[Affine] = []
        gathers: list[tuple[int, Arr, Affine]] = []
        for p in parts:
            here = len(axes)
            if isinstance(p, gast.Constant) and p.value is None:
                dims.append(ONE)
            elif isinstance(p, gast.Constant) and p.value is ...:
                for k in range(array.ndim - used):
                    axes.append(Axis(number(0), len(dims)))
                    dims.append(array.dims[here + k])
            elif here >= array.ndim:
                raise Refused(node, "too many indices")
            elif isinstance(p, gast.Slice):
                start, length, step = self.slice(p, array.dims[here], node)
                axes.append(Axis(start, len(dims), step))
                dims.append(length)
            else:
                index = self.value(p)
                if isinstance(index, Num) and index.dtype.kind in "iu":
                    place = self.position(index, array.dims[here])
                    if not isinstance(place, Affine):
                        return self._gathered_one(array, here, place, parts, node)
                    axes.append(Axis(place))
                elif isinstance(index, Arr) and index.dtype.kind in "iu" and index.ndim == 1:
                    if gathers and gathers[-1][0] != here - 1:
                        raise Refused(node, "arrays of indices that are apart")
                    if not gathers:
                        dims.append(index.dims[0])
                    else:
                        self.require_same(dims[-1], index.dims[0])
                    gathers.append((here, index, array.dims[here]))
                    axes.append(Axis(number(0), len(dims) - 1))
                else:
                    raise Refused(node, "an index of this kind")
        if gathers:
            return self._gathered(array, axes, dims, gathers)
        return viewed(array, tuple(axes), tuple(dims))

    def _gathered(
        self, array: Arr, axes: list[Axis], dims: list[Affine], gathers: list[tuple[int, Arr, Affine]]
    ) -> Arr:
        table = {axis: (places, length) for axis, places, length in gathers}

        def part(k: int, axis: Axis, index: tuple[Index, ...]) -> Index:
            if axis.along is None:
                return axis.start
            if k not in table:
                return shifted(index[axis.along], axis)
            places, length = table[k]
            return Apply(lambda c: b.call("at", *c), (places.element((index[axis.along],)), Counted(length)))

        def element(index: tuple[Index, ...]) -> Element:
            return array.element(tuple(part(k, axis, index) for k, axis in enumerate(axes)))

        return Arr(array.dtype, tuple(dims), element)

    def _gathered_one(
        self, array: Arr, axis: int, place: Element, parts: list[gast.expr], node: gast.AST
    ) -> Arr:
        if array.ndim != 1 or axis != 0:
            raise Refused(node, "an index in a conditional expression that may be out of range")
        return Arr(array.dtype, (), lambda index: array.element((place,)))

    def slice(self, node: gast.Slice, dim: Affine, at: gast.AST) -> tuple[Affine, Affine, int]:
        """Start, number of elements and step of a slice."""
        step_value = of_constant(1) if node.step is None else self.number(node.step)
        step = step_value.affine.known if step_value.affine is not None else None
        if step is None or step == 0:
            raise Refused(at, "a slice with a step that is not known")
        lower = None if node.lower is None else self.number(node.lower)
        upper = None if node.upper is None else self.number(node.upper)
        if step == -1 and upper is None:
            if lower is None:
                return dim - 1, dim, -1
            place = self.facts.reduced(lower.affine) if lower.affine is not None else None
            if place is not None and self.facts.holds(place + 1) and self.facts.holds(dim - place - 1):
                return place, place + 1, -1
        if step < 0:
            raise Refused(at, "a slice that runs backwards from a place that is not known")
        start, length = self._span(lower, upper, dim)
        if step == 1:
            return start, length, 1
        if length.known is not None:
            return start, number(max(0, -(-length.known // step))), step
        whole = self.length(length)
        count = b.binary(b.binary(whole.code, "Add", b.constant(step - 1)), "FloorDiv", b.constant(step))
        return start, self.named(count, "n"), step

    def named(self, code: gast.expr, hint: str) -> Affine:
        """A length that is computed here."""
        from srcgrad.transform.loops.affine import symbol

        name = self.names.fresh(hint)
        self.counts[name] = 1
        self.run(b.assign(name, code))
        self.facts.positive.append(symbol(name))
        return symbol(name)

    def _span(self, lower: Num | None, upper: Num | None, dim: Affine) -> tuple[Affine, Affine]:
        low = number(0) if lower is None else lower.affine
        high = dim if upper is None else upper.affine
        if low is not None and high is not None:
            low, high = self.facts.reduced(low), self.facts.reduced(high)
            if low.known is not None and low.known < 0:
                low = dim + low.known
                low_fits = self.facts.holds(low)
            else:
                low_fits = self.facts.holds(low)
            if upper is not None and high.known is not None and high.known < 0:
                high = dim + high.known
                high_fits = True
            else:
                high_fits = upper is None or (self.facts.holds(high) and self.facts.holds(dim - high))
            if low_fits and high_fits:
                return low, high - low
        if self.conditional:
            raise Refused(b.pass_(), "a slice in a conditional expression")
        from srcgrad.transform.loops.affine import symbol

        first, count = self.names.fresh("k"), self.names.fresh("n")
        self.counts[first] = self.counts[count] = 1
        low_code = b.constant(0) if lower is None else lower.code
        high_code = dim.code() if upper is None else upper.code
        made = b.call("span", low_code, high_code, b.call("max", dim.code(), b.constant(0)))
        self.run(b.assign(b.tuple_target([first, count]), made))
        self.facts.positive += [symbol(first), symbol(count), dim - symbol(first) - symbol(count)]
        return symbol(first), symbol(count)


def _affine(op: str, left: Affine | None, right: Affine | None) -> Affine | None:
    if left is None or right is None:
        return None
    if op == "Add":
        return left + right
    if op == "Sub":
        return left - right
    if op == "Mult":
        if right.known is not None:
            return left * right.known
        if left.known is not None:
            return right * left.known
    if op in ("FloorDiv", "Mod") and left.known is not None and right.known:
        return number(left.known // right.known if op == "FloorDiv" else left.known % right.known)
    if op == "Pow" and left.known is not None and right.known is not None and 0 <= right.known < 64:
        return number(left.known**right.known)
    return None


def _bits(op: str, left: Num, right: Num) -> int:
    """A bound for the result; a counter that grows by small steps needs longer than anybody waits to overflow."""
    large, small = max(left.bits, right.bits), min(left.bits, right.bits)
    if op in ("Add", "Sub"):
        known = right.affine is not None and right.affine.known is not None
        if known and right.bits <= 10 and 48 <= left.bits < WORD:
            return left.bits
        return large + 1
    if op == "Mult":
        return large + small
    exponent = right.affine.known if right.affine is not None else None
    if exponent is None or exponent < 0:
        return WORD
    return min(WORD, left.bits * max(exponent, 1)) if math.isfinite(exponent) else WORD
