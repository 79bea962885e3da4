"""Many tangents at once: each has one more axis, the last, with a column for each direction.

An operation on elements only needs its factors to have that axis too: ``y_dot = x_dot * np.cos(x[..., None])``. Of other
operations, those that leave the last axis alone, or can be written so, work on all columns at once; the rest go through the
columns one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gast
import numpy as np

from srcgrad.rules import Rule
from srcgrad.rules.helpers import project
from srcgrad.runtime.tangents import column_of, zero_columns
from srcgrad.transform import builders as b
from srcgrad.transform.forward_values import ForwardValues
from srcgrad.transform.instantiate import Operand
from srcgrad.transform.refused import Refused
from srcgrad.transform.types import (
    Array,
    Kind,
    Known,
    ListOf,
    Numeric,
    Type,
    is_container,
    is_number,
    is_numeric,
)

Arguments = Mapping[str, "gast.expr | list[gast.expr]"]


class ColumnRules(ForwardValues):
    """What differs where tangents have columns; ``columns`` is the name of their number."""

    columns: str | None = None

    def wide_shape(self, node: gast.expr) -> gast.expr:
        """The shape of tangents of ``node``."""
        assert self.columns is not None
        if is_number(self.facts.value(node).type):
            return b.tuple_([b.name(self.columns)])
        shape = b.call("np__.shape", self.shape_source(node))
        return b.tuple_([gast.Starred(shape, gast.Load()), b.name(self.columns)])

    def lifted(self, expr: gast.expr, type_: Type | None) -> gast.expr:
        """A value with one more axis, to go with tangents that have one."""
        if self.columns is None or type_ is None or is_number(type_) or not is_numeric(type_):
            return expr
        if isinstance(type_, Array) and type_.shape != ():
            return b.subscript(expr, b.tuple_([b.constant(...), b.constant(None)]))
        return b.call("np__.expand_dims", expr, -1)

    def lifted_operand(self, operand: Operand) -> Operand:
        """A parameter of a rule for elements, with one more axis."""
        if operand.type is None or is_number(operand.type) or not is_numeric(operand.type):
            return operand
        return Operand(Numeric(Kind.FLOAT), lambda: self.lifted(operand.value(), operand.type))

    def wide_index(self, node: gast.expr, index: gast.expr) -> gast.expr:
        """An index for tangents: one with an ellipsis has to leave the last axis out."""
        if self.columns is None:
            return index
        parts = node.elts if isinstance(node, gast.Tuple) else [node]
        types = [None if isinstance(part, gast.Slice) else self.facts.value(part).type for part in parts]
        for part, type_ in zip(parts, types, strict=True):
            simple = type_ is None or is_number(type_) or isinstance(type_, (Array, ListOf))
            if not simple and not (isinstance(type_, Known) and type_.value in (None, ...)):
                raise Refused(part, "an index whose parts are not known")
        if any(isinstance(type_, Known) and type_.value is ... for type_ in types):
            made = index.elts if isinstance(index, gast.Tuple) else [index]
            return b.tuple_([*made, b.slice_()])
        return index

    def natural(self, rule: Rule, arguments: Arguments, dots: Mapping[str, gast.expr]) -> gast.expr | None:
        """An operation that works on all columns at once, spelt so; None for others."""
        if any(isinstance(argument, list) for argument in arguments.values()):
            return None
        spell = _SPELLINGS.get(rule.op)
        return None if spell is None else spell(self, arguments, dots)

    def one_by_one(
        self,
        arguments: Arguments,
        dots: Mapping[str, gast.expr],
        spell: Callable[[Mapping[str, gast.expr]], gast.expr],
    ) -> gast.expr:
        """``np.stack([f(x_dot[..., k]) for k in range(columns)], axis=-1)``."""
        assert self.columns is not None
        column = self.context.names.fresh("column")
        parts: dict[str, gast.expr] = {}
        for name, dot in dots.items():
            if isinstance(dot, (gast.Tuple, gast.List)):
                given = arguments[name]
                lists = [
                    isinstance(given, list) and is_container(self.facts.value(one).type)
                    for one in (given if isinstance(given, list) else dot.elts)
                ]
                items = [
                    b.call(self.helper(column_of), self.named(item), column)
                    if is_list
                    else _column(self.named(item), column)
                    for item, is_list in zip(dot.elts, lists, strict=True)
                ]
                parts[name] = type(dot)(items, gast.Load())
                continue
            argument = arguments[name]
            if isinstance(argument, gast.expr) and is_container(self.facts.value(argument).type):
                parts[name] = b.call(self.helper(column_of), self.named(dot), column)
                continue
            parts[name] = _column(self.named(dot), column)
        before = len(self.out)
        made = spell(parts)
        if any(column in set(b.names_in(statement)) for statement in self.out[before:]):
            raise Refused(self.node, "a rule with several statements, column by column")
        generator = gast.comprehension(b.target(column), b.call("range", self.columns), [], 0)
        return b.call("np__.stack", gast.ListComp(made, [generator]), axis=-1)

    def named(self, dot: gast.expr) -> gast.expr:
        """A tangent under a name, so that it is computed once."""
        if isinstance(dot, (gast.Name, gast.Constant)):
            return dot
        name = self.context.names.fresh("t_dot")
        self.out.append(b.assign(name, dot))
        return b.name(name)

    def zeros(self, node: gast.expr) -> gast.expr:
        """The columns of a tangent that is zero."""
        if is_number(self.facts.value(node).type):
            return b.call("np__.zeros", self.columns)
        return b.call(self.helper(zero_columns), self.shape_source(node), self.columns)

    def ndim(self, node: Any) -> int | None:
        """The number of axes of an argument, None if it is not known."""
        type_ = self.facts.value(node).type
        return type_.ndim if isinstance(type_, Array) else 0 if is_number(type_) else None

    def constant_of(self, arguments: Arguments, name: str, default: Any) -> Any:
        """An argument that is known when compiling; NotImplemented if it is not."""
        argument = arguments.get(name)
        if argument is None:
            return default
        assert isinstance(argument, gast.expr)
        type_ = self.facts.value(argument).type
        return type_.value if isinstance(type_, Known) else NotImplemented


def _column(dot: gast.expr, column: str) -> gast.expr:
    if isinstance(dot, gast.Constant):
        return dot
    return b.subscript(b.clone(dot), b.tuple_([b.constant(...), b.name(column)]))


Spelling = Callable[[ColumnRules, Arguments, Mapping[str, gast.expr]], "gast.expr | None"]


def _only(arguments: Arguments, *names: str) -> bool:
    return set(arguments) <= set(names)


def _reduction(name: str) -> Spelling:
    def spell(self: ColumnRules, arguments: Arguments, dots: Mapping[str, gast.expr]) -> gast.expr | None:
        ndim, axis = self.ndim(arguments["a"]), self.constant_of(arguments, "axis", None)
        kept = self.constant_of(arguments, "keepdims", False)
        if ndim is None or not _only(arguments, "a", "axis", "keepdims") or kept not in (True, False):
            return None
        if isinstance(axis, int) and ndim:
            more = {"keepdims": True} if kept else {}
            return b.call(f"np__.{name}", dots["a"], axis=axis % ndim, **more)
        if axis is not None or kept:
            return None
        if ndim == 0:
            return dots["a"]
        axes = b.constant(0) if ndim == 1 else b.tuple_(b.constant(k) for k in range(ndim))
        return b.call(f"np__.{name}", dots["a"], axis=axes)

    return spell


def _product(self: ColumnRules, arguments: Arguments, dots: Mapping[str, gast.expr]) -> gast.expr | None:
    left, right = list(arguments)[:2]
    one, other = arguments[left], arguments[right]
    assert isinstance(one, gast.expr) and isinstance(other, gast.expr)
    shapes = self.ndim(one), self.ndim(other)
    if shapes not in _PRODUCTS or not _only(arguments, left, right):
        return None
    first, second = _PRODUCTS[shapes]
    terms: list[gast.expr] = []
    if left in dots:
        if shapes[1] == 1 and shapes[0] == 1:
            terms.append(b.binary(self.available(other), "MatMult", dots[left]))
        else:
            terms.append(b.call("np__.einsum", b.constant(first), dots[left], self.available(other)))
    if right in dots:
        if shapes[1] == 1:
            terms.append(b.binary(self.available(one), "MatMult", dots[right]))
        else:
            terms.append(b.call("np__.einsum", b.constant(second), self.available(one), dots[right]))
    return terms[0] if len(terms) == 1 else b.binary(terms[0], "Add", terms[1])


#: By numbers of axes: the products with the columns ``z`` on the left and on the right.
_PRODUCTS = {
    (1, 1): ("iz,i->z", "i,iz->z"),
    (2, 1): ("ijz,j->iz", "ij,jz->iz"),
    (1, 2): ("iz,ij->jz", "i,ijz->jz"),
    (2, 2): ("ijz,jk->ikz", "ij,jkz->ikz"),
}


def _same(self: ColumnRules, arguments: Arguments, dots: Mapping[str, gast.expr]) -> gast.expr | None:
    (dot,) = dots.values()
    return dot if len(arguments) == 1 else None


def _copied(name: str) -> Spelling:
    def spell(self: ColumnRules, arguments: Arguments, dots: Mapping[str, gast.expr]) -> gast.expr | None:
        (dot,) = dots.values()
        if isinstance(dot, (gast.Tuple, gast.List)):
            return b.call("np__.array", dot) if len(arguments) == 1 else None
        return b.call(f"np__.{name}", dot) if len(arguments) == 1 else None

    return spell


def _chosen(self: ColumnRules, arguments: Arguments, dots: Mapping[str, gast.expr]) -> gast.expr | None:
    condition = arguments["condition"]
    assert isinstance(condition, gast.expr)
    test = self.lifted(self.available(condition), self.facts.value(condition).type)
    parts = [dots.get(name, b.constant(0.0)) for name in ("x", "y")]
    return b.call("np__.where", test, *parts)


def _broadcast(self: ColumnRules, arguments: Arguments, dots: Mapping[str, gast.expr]) -> gast.expr | None:
    shape = arguments.get("shape")
    if not isinstance(shape, gast.expr) or len(dots) != 1 or not _only(arguments, "array", "x", "shape"):
        return None
    if is_number(self.facts.value(shape).type):
        return None
    (dot,) = dots.values()
    wide = b.tuple_([gast.Starred(self.available(shape), gast.Load()), b.name(str(self.columns))])
    return b.call("np__.broadcast_to", dot, wide)


def _expanded(self: ColumnRules, arguments: Arguments, dots: Mapping[str, gast.expr]) -> gast.expr | None:
    axis = self.constant_of(arguments, "axis", NotImplemented)
    if not isinstance(axis, int) or isinstance(axis, bool):
        return None
    (dot,) = dots.values()
    return b.call("np__.expand_dims", dot, axis if axis >= 0 else axis - 1)


def _projected(self: ColumnRules, arguments: Arguments, dots: Mapping[str, gast.expr]) -> gast.expr | None:
    x = arguments["x"]
    assert isinstance(x, gast.expr)
    like = b.call(self.helper(zero_columns), self.shape_source(x), self.columns)
    return b.call(self.helper(project), dots["t"], like)


_SPELLINGS: dict[Any, Spelling] = {
    np.sum: _reduction("sum"),
    np.mean: _reduction("mean"),
    np.matmul: _product,
    np.dot: _product,
    np.where: _chosen,
    np.broadcast_to: _broadcast,
    np.expand_dims: _expanded,
    np.real: _copied("real"),
    np.imag: _copied("imag"),
    np.copy: _copied("array"),
    np.array: _copied("array"),
    np.asarray: _copied("asarray"),
    float: _same,
    project: _projected,
}
