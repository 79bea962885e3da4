"""Derivatives inside of functions that are differentiated: ``def f(x): return srcgrad.grad(h)(x) ** 2``.

A compiled derivative has, for arguments of given types, a generated function that computes it. That function is what is
called, and differentiated in its turn.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
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


def generated_jvp(
    compiled_for: Callable[..., Any], function: Any, primals: list[Value], moving: list[bool]
) -> tuple[FunctionType, list[str], list[Any]] | None:
    """The function that gives value and tangent for arguments of these types.

    With it come the names of the parameters for its tangents, and the arguments that it has besides: seeds of an inner
    derivative.
    """
    lengths: dict[Dim, int] = {Dim(None, 1): 1}
    examples = [_example(value, lengths) for value in primals]
    if any(example is None for example in examples):
        return None
    found = compiled_for(function, examples, [1.0 if moves else None for moves in moving])
    if found is None or not isinstance(found[0].function, FunctionType):
        return None
    code, arguments, wanted = found
    return code.function, [code.dots[name] for name in wanted], list(arguments.values())[len(primals) :]


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
