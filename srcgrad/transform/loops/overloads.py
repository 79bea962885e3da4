"""What Numba does for the helpers of generated code that lowering leaves in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic, overload, register_jitable

from srcgrad.rules.helpers import project
from srcgrad.runtime import loops

_known: set[object] = set()
_compiled: dict[object, Any] = {}


def knows(function: object) -> bool:
    """True for a helper with an implementation here."""
    return function in _known


@intrinsic  # type: ignore[untyped-decorator]
def _plus(typing_context: Any, total: Any, x: Any) -> Any:
    if not isinstance(total, types.Float) or total != x:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fadd(*arguments, flags=("reassoc",))

    return total(total, x), generate


@overload(loops.plus, strict=False)  # type: ignore[untyped-decorator]
def _sum_in_any_order(total: Any, x: Any) -> Any:
    if isinstance(total, types.Float) and total == x:
        return lambda total, x: _plus(total, x)
    return lambda total, x: total + x


_known.add(loops.plus)


def machine_code_of(function: Any, flags: dict[str, Any]) -> Any:
    """A function of Python for Numba; made once for each choice of flags."""
    key = (function, tuple(flags.items()))
    if key not in _compiled:
        _compiled[key] = numba.njit(**flags)(function)
    return _compiled[key]


def _implements(function: Any) -> Callable[[Any], Any]:
    _known.add(function)

    def register(made: Any) -> Any:
        return overload(function, strict=False)(made)

    return register


@register_jitable  # type: ignore[untyped-decorator]
def _same_shape(t: Any, x: Any) -> Any:
    if t.shape != x.shape:
        raise ValueError("a cotangent that was broadcast")
    return t


@_implements(project)
def _project(t: Any, x: Any) -> Any:
    if isinstance(x, types.Array) and isinstance(t, types.Array):
        if t.ndim == x.ndim and t.dtype == x.dtype:
            return lambda t, x: _same_shape(t, x)
    if isinstance(x, types.Float) and isinstance(t, types.Array):
        return lambda t, x: np.sum(t)
    if isinstance(x, types.Float) and isinstance(t, types.Float):
        return lambda t, x: t
    return None
