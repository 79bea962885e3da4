"""Derivatives inside of functions that are differentiated: ``def f(x): return srcgrad.grad(h)(x) ** 2``.

A compiled derivative has, for arguments of given types, a generated function that computes it. That function is what is
called, and differentiated in its turn.
"""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any, Protocol, runtime_checkable

import numpy as np

from srcgrad.transform.types import Array, Dim, Kind, Number, Value


@runtime_checkable
class CompiledDerivative(Protocol):
    """What ``srcgrad.grad`` returns, as far as it matters here."""

    primal: Any

    def generated(self, arguments: dict[str, Any]) -> FunctionType | None:
        """The generated function for arguments of these types."""


def generated_function(target: CompiledDerivative, positional: list[Value]) -> FunctionType | None:
    """The function that computes a derivative for arguments of these types, None if there is none."""
    lengths: dict[Dim, int] = {Dim(None, 1): 1}
    examples = [_example(value, lengths) for value in positional]
    if any(example is None for example in examples):
        return None
    try:
        bound = inspect.signature(target.primal).bind(*examples)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    return target.generated(dict(bound.arguments))


def _example(value: Value, lengths: dict[Dim, int]) -> Any:
    """A value of an abstract type; which lengths are one and which are equal matters."""
    match value.type:
        case Number(kind=Kind.FLOAT):
            return 1.0
        case Number(kind=Kind.INT):
            return 1
        case Array(kind=Kind.FLOAT, shape=shape) if shape is not None:
            unknown = iter(range(2 + len(lengths), 100))
            return np.ones(
                [next(unknown) if dim is None else lengths.setdefault(dim, 2 + len(lengths)) for dim in shape]
            )
    return None
