"""What a call is known to do, before any type is known."""

from __future__ import annotations

import builtins
import cmath
import functools
import logging
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, Final

import gast
import numpy as np

from srcgrad.errors import SourceNotFoundError
from srcgrad.rules import Kind as RuleKind
from srcgrad.rules import rule_for, rule_for_method
from srcgrad.runtime.custom import Backward, Custom, Forward
from srcgrad.runtime.sequences import as_sequence
from srcgrad.transform.lowering.kinds import Kind, Kinds, Scope, scope_of
from srcgrad.transform.lowering.methods import (
    INERT_ATTRIBUTES,
    INERT_METHODS,
    MUTATING_METHODS,
    OBJECT_ATTRIBUTES,
    PURE_METHODS,
)
from srcgrad.transform.lowering.scopes import Definition, own_nodes
from srcgrad.transform.source import read_source


class _Unresolved:
    """The value of an expression that is known only when the program runs."""


UNRESOLVED: Final = _Unresolved()

#: What lowered code may call besides builtins; generated code needs it in its globals.
HELPERS: Final[Mapping[str, Any]] = {"as_sequence": as_sequence}

#: Functions whose result carries no derivative and which leave their arguments alone.
_INERT: tuple[Callable[..., Any], ...] = (
    all, any, ascii, bin, bool, callable, chr, dir, format, hasattr, hash, hex, id, int, isinstance,
    issubclass, len, oct, ord, print, range, repr, str, type,
    warnings.warn, math.isnan, math.isinf, math.isfinite, math.isclose, math.floor, math.ceil, math.trunc,
    cmath.isnan, cmath.isfinite, cmath.isinf, np.shape, np.ndim, np.size, np.issubdtype, np.isscalar,
    np.iscomplexobj, np.isrealobj, np.result_type, np.allclose, np.array_equal, np.isclose,
)  # fmt: skip

#: Builtins that compute a value from their arguments and do nothing else.
_PURE: tuple[Callable[..., Any], ...] = (
    abs, complex, dict, divmod, enumerate, filter, float, frozenset, getattr, iter, list, map, max, min, pow,
    reversed, round, set, slice, sorted, sum, super, tuple, zip, functools.reduce, bytes, bytearray, object,
    as_sequence,
)  # fmt: skip

#: Pure builtins whose result may share memory with an argument.
_SHARING: tuple[Callable[..., Any], ...] = (
    dict, enumerate, filter, getattr, iter, list, map, max, min, next, reversed, set, sorted, sum, super,
    tuple, zip, functools.reduce, as_sequence,
)  # fmt: skip

# By identity: objects may define ``==`` as they like.
_INERT_IDS, _PURE_IDS, _SHARING_IDS = (
    frozenset(map(id, functions)) for functions in (_INERT, _PURE, _SHARING)
)


@dataclass(frozen=True)
class Effect:
    """What a call does.

    Parameters
    ----------
    known : bool
        A rule, or a builtin whose meaning the compiler knows: may stay nested in an expression.
    inert : bool
        The result carries no derivative.
    sharing : bool
        The result may share memory with an argument.
    writes : str
        Whose memory it may write: ``""`` nobody's, ``"one"`` that of the expression ``target``,
        ``"all"`` anything reachable from its arguments.
    target : gast.expr, optional
        What is written if ``writes`` is ``"one"``.
    """

    known: bool = True
    inert: bool = False
    sharing: bool = False
    writes: str = ""
    target: gast.expr | None = None

    @property
    def pure(self) -> bool:
        """Leaves the memory of its arguments alone."""
        return not self.writes


_INERT_EFFECT = Effect(inert=True)
_USER = Effect(known=False, sharing=True, writes="all")
_CAREFUL_USER = Effect(known=False, sharing=True)
#: A result of these is another one at every call.
_RANDOM_MODULES = ("random", "numpy.random", "secrets", "time", "uuid")


class Callees:
    """Looks up the functions that one function calls."""

    def __init__(
        self,
        namespace: Mapping[str, Any],
        scope: Scope,
        writers: dict[FunctionType, bool] | None = None,
    ) -> None:
        self._namespace = namespace
        self._writers: dict[FunctionType, bool] = {} if writers is None else writers
        # A module may have a function called ``sort``: its name stays what it is.
        others = (name for name in scope.others if not isinstance(namespace.get(name), ModuleType))
        self.local = {*scope.bound, *others}
        self.kinds = Kinds(scope, self.resolve)
        self._effects: dict[int, tuple[gast.Call, Effect]] = {}

    def resolve(self, node: gast.expr) -> Any:
        """The object that ``np.linalg.inv`` or ``helper`` means; `UNRESOLVED` if that is not certain."""
        if isinstance(node, gast.Name):
            if node.id in self.local:
                return UNRESOLVED
            if node.id in self._namespace:
                return self._namespace[node.id]
            return getattr(builtins, node.id, HELPERS.get(node.id, UNRESOLVED))
        if isinstance(node, gast.Attribute):
            owner = self.resolve(node.value)
            if isinstance(owner, (ModuleType, type, np.ufunc)):
                return getattr(owner, node.attr, UNRESOLVED)
        return UNRESOLVED

    def is_builtin(self, node: gast.expr, *names: str) -> bool:
        """Whether an expression means one of these builtins."""
        return (
            isinstance(node, gast.Name)
            and node.id in names
            and self.resolve(node) is getattr(builtins, node.id)
        )

    def effect(self, call: gast.Call) -> Effect:
        """What a call does, as far as its text tells."""
        memo = self._effects.get(id(call))
        if memo is None or memo[0] is not call:
            memo = self._effects[id(call)] = call, self._effect(call)
        return memo[1]

    def _effect(self, call: gast.Call) -> Effect:
        for keyword in call.keywords:
            if keyword.arg == "out" and not _is_none(keyword.value):
                return Effect(sharing=True, writes="one", target=keyword.value)
        function = self.resolve(call.func)
        if function is not UNRESOLVED:
            return self._of_object(function, call)
        if isinstance(call.func, gast.Attribute):
            return self._of_method(call.func)
        return _USER

    def _of_object(self, function: Any, call: gast.Call) -> Effect:
        if id(function) in _INERT_IDS or (isinstance(function, type) and issubclass(function, BaseException)):
            return _INERT_EFFECT
        module = _module_of(function)
        if module.startswith(("logging", *_RANDOM_MODULES)):
            return Effect(known=False, inert=True)
        if module == "itertools":
            return Effect(known=False, sharing=True)
        rule = rule_for(function)
        if rule is not None:
            if rule.kind is RuleKind.UPDATE:
                return Effect(writes="one", target=call.args[0] if call.args else None)
            if rule.kind is RuleKind.COMPOSITE:
                return _CAREFUL_USER  # it is differentiated as its definition, a function with source
            sharing = rule.view or id(function) in _SHARING_IDS
            return Effect(inert=rule.kind is RuleKind.NONDIFF, sharing=sharing)
        if function is next:
            return Effect(sharing=True, writes="one", target=call.args[0])
        if id(function) in _PURE_IDS:
            return Effect(sharing=id(function) in _SHARING_IDS)
        if isinstance(function, Custom):
            return _CAREFUL_USER
        if isinstance(function, Forward | Backward):
            function = function.function
        if isinstance(function, FunctionType) and not _may_write(function, self._writers):
            return _CAREFUL_USER
        return _USER

    def _of_method(self, function: gast.Attribute) -> Effect:
        name = function.attr
        owner = self.resolve(function.value)
        if isinstance(owner, logging.Logger):
            return Effect(known=False, inert=True)
        is_known_kind = self.kinds.of(function.value) is not Kind.UNKNOWN
        if name in INERT_METHODS and is_known_kind:
            return _INERT_EFFECT
        if name in MUTATING_METHODS:
            return Effect(sharing=True, writes="one", target=function.value)
        if name in PURE_METHODS:
            return Effect(sharing=True)
        rule = rule_for_method(name)
        if rule is None:
            return _USER
        if rule.kind is RuleKind.UPDATE:
            return Effect(writes="one", target=function.value)
        return Effect(inert=rule.kind is RuleKind.NONDIFF and is_known_kind, sharing=rule.view)

    def is_inert_attribute(self, node: gast.Attribute) -> bool:
        """Whether ``x.shape`` and the like carry no derivative; an object may have an active ``size``."""
        is_array = node.attr in INERT_ATTRIBUTES and self.kinds.of(node.value) is not Kind.UNKNOWN
        return is_array or node.attr in OBJECT_ATTRIBUTES


def _module_of(function: Any) -> str:
    owner = getattr(function, "__self__", None)
    if owner is not None and not isinstance(owner, ModuleType):
        return type(owner).__module__
    return getattr(function, "__module__", None) or ""


def _is_none(node: gast.expr) -> bool:
    return isinstance(node, gast.Constant) and node.value is None


# --- does a function write into its arguments? -------------------------------------------------


def _may_write(function: FunctionType, seen: dict[FunctionType, bool]) -> bool:
    """Whether a function may write into its arguments or keep state, judged by its text.

    A function that is being looked at counts as harmless: one that writes only if it writes does not.
    """
    if function in seen:
        return seen[function]
    seen[function] = False
    try:
        source = read_source(function)
    except SourceNotFoundError:
        seen[function] = True
        return True
    body = source.tree.body
    callees = Callees(source.namespace, scope_of(source.tree.args, body), seen)
    seen[function] = any(_writes(node, callees) for node in own_nodes(body))
    return seen[function]


def _writes(node: gast.AST, callees: Callees) -> bool:
    if isinstance(
        node, (gast.AugAssign, gast.Global, gast.Nonlocal, gast.Yield, gast.YieldFrom, *Definition)
    ):
        return True
    if isinstance(node, (gast.Subscript, gast.Attribute)):
        return not isinstance(node.ctx, gast.Load)
    return isinstance(node, gast.Call) and bool(callees.effect(node).writes)
