"""What may be passed to a function of the table: its parameters, their defaults, and those without a derivative."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from srcgrad.rules import text

if TYPE_CHECKING:
    from srcgrad.rules.rule import Rule

__all__ = ["constants_of", "keywords_of", "signature_of", "without_defaults"]

#: Parameters that choose among elements: results do not change with small changes of them.
DISCRETE = frozenset(
    {"condition", "condlist", "where", "mask", "index", "indices", "idx", "ind", "kth", "repeats", "reps"}
)

#: The same for single functions: they read a sign or a length off the argument.
STEPS: dict[Any, set[str]] = {
    np.copysign: {"y"},
    math.copysign: {"y"},
    np.arange: {"stop"},
    np.full_like: {"a"},
    np.unwrap: {"discont"},
}

#: What holds for every ufunc unless something else is said.
UFUNC_DEFAULTS = {"where": True, "casting": "same_kind", "order": "K", "dtype": None, "subok": True}


def constants_of(rule: Rule) -> frozenset[str]:
    """Parameters for which a rule has no derivative although one may exist.

    Of some parameters a function asks no more than shape and dtype, or whether they are true: they may come from
    anywhere.
    """
    described = text.METADATA.get(rule.op, ())
    harmless = DISCRETE | STEPS.get(rule.op, set()) | set(rule.differentiable)
    parameters = enumerate(rule.signature.parameters)
    return frozenset(name for place, name in parameters if name not in harmless and place not in described)


def without_defaults(rule: Rule, kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keyword arguments without those that the rule does not take but that say what holds anyway.

    ``where=True`` and its like. That an argument may be overwritten is a permission: it is not made use of.
    """
    known = rule.signature.parameters
    strange = kwargs.keys() - known.keys()
    if not strange or any(p.kind is p.VAR_KEYWORD for p in known.values()):
        return kwargs
    defaults = _defaults(rule.op)
    same = {
        name
        for name in strange
        if name.startswith("overwrite_") or (name in defaults and kwargs[name] is defaults[name])
    }
    return {name: value for name, value in kwargs.items() if name not in same} if same else kwargs


@cache
def _defaults(op: Any) -> dict[str, Any]:
    """Default values of a function's own parameters."""
    if isinstance(op, np.ufunc):
        return UFUNC_DEFAULTS
    parameters = signature_of(op).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def keywords_of(op: Any) -> set[str] | None:
    """Names of the parameters of a function; None if Python cannot tell."""
    try:
        parameters = inspect.signature(op).parameters
    except (TypeError, ValueError):
        return None
    return None if any(p.kind is p.VAR_KEYWORD for p in parameters.values()) else set(parameters)


def signature_of(op: Any) -> inspect.Signature:
    """Signature of a function without rule text; anything goes where Python cannot tell."""
    try:
        return inspect.signature(op)
    except (TypeError, ValueError):
        anything = inspect.Parameter
        return inspect.Signature(
            [anything("args", anything.VAR_POSITIONAL), anything("kwargs", anything.VAR_KEYWORD)]
        )
