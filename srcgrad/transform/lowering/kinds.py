"""What the text of a program tells of the kinds of its values, before any type is inferred.

Two questions hang on it. Does ``x.size`` stop a derivative? Yes for an array, no for an object with a field
of that name. How is a loop over ``xs`` counted? By index for a list, by way of its keys for a dict.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import gast
import numpy as np

from srcgrad.rules import rule_for, rule_for_method
from srcgrad.runtime.sequences import as_sequence
from srcgrad.transform.lowering.methods import MUTATING_METHODS
from srcgrad.transform.lowering.scopes import bindings, bound_by, own_nodes, parameters, root


class Kind(Enum):
    """A family of values that behave alike for the passes."""

    NUMERIC = "a number or an array"
    LIST = "a list"
    SEQUENCE = "some other sequence: a tuple, a range, a string"
    DICT = "a dict"
    ITERATOR = "an iterator"
    UNKNOWN = "anything at all"
    NOTHING = "not looked at yet"

    def join(self, *others: Kind) -> Kind:
        """The kind of a value that may come from several places."""
        kinds = {self, *others} - {Kind.NOTHING}
        return Kind.UNKNOWN if len(kinds) > 1 else kinds.pop() if kinds else Kind.NOTHING


_CLASSES: tuple[tuple[type, Kind], ...] = (
    (np.ndarray, Kind.NUMERIC),
    (np.generic, Kind.NUMERIC),
    (float, Kind.NUMERIC),
    (int, Kind.NUMERIC),
    (complex, Kind.NUMERIC),
    (list, Kind.LIST),
    (tuple, Kind.SEQUENCE),
    (range, Kind.SEQUENCE),
    (str, Kind.SEQUENCE),
    (dict, Kind.DICT),
)
#: Classes whose subclasses may have attributes of any name.
_EXTENSIBLE = (np.ndarray, list, tuple, dict, str, float, int, complex)

_RESULTS: Mapping[Any, Kind] = {
    list: Kind.LIST,
    sorted: Kind.LIST,
    tuple: Kind.SEQUENCE,
    range: Kind.SEQUENCE,
    str: Kind.SEQUENCE,
    dict: Kind.DICT,
    float: Kind.NUMERIC,
    int: Kind.NUMERIC,
    complex: Kind.NUMERIC,
    len: Kind.NUMERIC,
    as_sequence: Kind.SEQUENCE,
}
_ARRAY_LIBRARIES = ("numpy.", "math.", "cmath.", "scipy.")


def kind_of_class(cls: type) -> Kind:
    """The kind of the instances of a class; unknown for a subclass with fields of its own."""
    for base, kind in _CLASSES:
        if issubclass(cls, base):
            is_plain = cls in _EXTENSIBLE or base is np.generic or cls.__module__ in ("builtins", "numpy")
            return kind if is_plain or not issubclass(cls, _EXTENSIBLE) else Kind.UNKNOWN
    return Kind.ITERATOR if hasattr(cls, "__next__") else Kind.UNKNOWN


@dataclass(frozen=True)
class Scope:
    """The names of one function.

    Parameters
    ----------
    bound : Counter of str
        How many places bind each name, parameters included.
    values : mapping of str to list of expressions
        What is assigned to each name, where an assignment says so.
    classes : mapping of str to type
        Classes of the arguments, as far as known.
    others : frozenset of str
        Variables of comprehensions, and names from outside whose object the function writes into.
    """

    bound: Counter[str] = field(default_factory=Counter)
    values: Mapping[str, list[gast.expr]] = field(default_factory=dict)
    classes: Mapping[str, type] = field(default_factory=dict)
    others: frozenset[str] = frozenset()


def scope_of(args: gast.arguments, body: list[gast.stmt], classes: Mapping[str, type] | None = None) -> Scope:
    """The names of a function with these parameters and this body."""
    bound = Counter(parameter.id for parameter in parameters(args))
    values: dict[str, list[gast.expr]] = defaultdict(list)
    others: set[str] = set()
    for node in own_nodes(body):
        for name in bound_by(node):
            bound[name] += 1
        if isinstance(node, gast.comprehension):
            # Not bound in the function: counted when the walk comes to them.
            variables = bindings(node.target)
            bound.subtract(variables)
            others.update(variables)
        elif isinstance(node, (gast.Subscript, gast.Attribute)) and not isinstance(node.ctx, gast.Load):
            others.add(root(node) or "")
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute):
            if node.func.attr in MUTATING_METHODS:
                others.add(root(node.func) or "")
        elif isinstance(node, (gast.stmt, gast.NamedExpr)):
            value = _assigned(node)
            for target in getattr(node, "targets", None) or [getattr(node, "target", None)]:
                if isinstance(target, gast.Name) and value is not None:
                    values[target.id].append(value)
    return Scope(+bound, values, classes or {}, frozenset(others))


def _assigned(node: gast.AST) -> gast.expr | None:
    """What a statement assigns to its targets, whole."""
    if isinstance(node, (gast.Assign, gast.AnnAssign, gast.AugAssign, gast.NamedExpr)):
        return node.value
    if isinstance(node, (gast.For, gast.AsyncFor)):
        return gast.Subscript(node.iter, gast.Constant(0, None), gast.Load())
    return None


class Kinds:
    """The kinds of the expressions of one function.

    Parameters
    ----------
    scope : Scope
        Its names.
    resolve : callable
        The object that a function expression means, if that is certain.
    """

    def __init__(self, scope: Scope, resolve: Callable[[gast.expr], Any]) -> None:
        self._resolve = resolve
        # From "nothing yet" upwards, until what the assignments say agrees with what their names have.
        self._names = dict.fromkeys(scope.values, Kind.NOTHING)
        self._names.update((name, kind_of_class(cls)) for name, cls in scope.classes.items())
        for name in self._names:
            sources = len(scope.values.get(name, ())) + (name in scope.classes)
            if sources != scope.bound[name]:
                self._names[name] = Kind.UNKNOWN
        is_settled = False
        while not is_settled:
            is_settled = True
            for name, values in scope.values.items():
                kind = self._names[name].join(*map(self.of, values))
                if kind is not self._names[name]:
                    self._names[name] = kind
                    is_settled = False

    def of(self, node: gast.expr) -> Kind:
        """The kind of an expression."""
        handler: Callable[[Any], Kind] | None = getattr(self, f"_{type(node).__name__}", None)
        return Kind.UNKNOWN if handler is None else handler(node)

    def _Name(self, node: gast.Name) -> Kind:
        return self._names.get(node.id, Kind.UNKNOWN)

    def _Constant(self, node: gast.Constant) -> Kind:
        return kind_of_class(type(node.value))

    def _List(self, node: gast.expr) -> Kind:
        return Kind.LIST

    _ListComp = _List

    def _Tuple(self, node: gast.expr) -> Kind:
        return Kind.SEQUENCE

    _JoinedStr = _Tuple

    def _Dict(self, node: gast.expr) -> Kind:
        return Kind.DICT

    _DictComp = _Dict

    def _GeneratorExp(self, node: gast.expr) -> Kind:
        return Kind.ITERATOR

    def _BinOp(self, node: gast.BinOp) -> Kind:
        left, right = self.of(node.left), self.of(node.right)
        if isinstance(node.op, gast.Mult) and Kind.NUMERIC in (left, right):
            other = left if right is Kind.NUMERIC else right
            if other in (Kind.LIST, Kind.SEQUENCE):
                return other
        return left.join(right)

    def _UnaryOp(self, node: gast.UnaryOp) -> Kind:
        return self.of(node.operand)

    def _IfExp(self, node: gast.IfExp) -> Kind:
        return self.of(node.body).join(self.of(node.orelse))

    def _Subscript(self, node: gast.Subscript) -> Kind:
        kind = self.of(node.value)
        if kind in (Kind.NUMERIC, Kind.NOTHING) or isinstance(node.slice, gast.Slice):
            return kind
        # Only arrays take a tuple with slices in it.
        is_array = isinstance(node.slice, gast.Tuple) and any(
            isinstance(i, gast.Slice) for i in node.slice.elts
        )
        return Kind.NUMERIC if is_array else Kind.UNKNOWN

    def _Attribute(self, node: gast.Attribute) -> Kind:
        kind = self.of(node.value)
        is_array = kind in (Kind.NUMERIC, Kind.NOTHING) and node.attr in ("T", "mT", "real", "imag")
        return kind if is_array else Kind.UNKNOWN

    def _Call(self, node: gast.Call) -> Kind:
        function = self._resolve(node.func)
        for known, kind in _RESULTS.items():
            if function is known:
                return kind
        rule = rule_for(function)
        if rule is not None:
            # Some return lists and tuples of arrays: those have no fields of their own either.
            return Kind.NUMERIC if rule.name.startswith(_ARRAY_LIBRARIES) else Kind.UNKNOWN
        if isinstance(node.func, gast.Attribute):
            kind = self.of(node.func.value)
            if node.func.attr == "copy":
                return kind
            if kind in (Kind.NUMERIC, Kind.NOTHING) and rule_for_method(node.func.attr) is not None:
                return Kind.LIST if node.func.attr == "tolist" else kind
        return Kind.UNKNOWN
