"""Which Python function stands for a callable: itself, or the one that was generated for a derivative of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from srcgrad.gradient import with_defaults
from srcgrad.runtime.custom import Custom
from srcgrad.versions import any_recorded, being_recorded, parameter_names


def function_to_transform(
    function: Callable[..., Any], primals: Sequence[Any]
) -> tuple[FunctionType, dict[str, Any]] | None:
    """A function whose source can be transformed, with its arguments by name; None if there is none for these."""
    if being_recorded() or any_recorded(primals):
        return None
    if isinstance(function, Custom):
        function = function.plain or function
    if hasattr(function, "generated"):
        try:
            bound = inspect.signature(function).bind(*primals)
        except (TypeError, ValueError):
            return None
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        target = function.generated(arguments)
        return None if target is None else (target, with_defaults(target, arguments))
    names = parameter_names(function, len(primals))
    if names is None:
        return None
    assert isinstance(function, FunctionType)
    return function, dict(zip(names, primals, strict=True))
