"""Compiled code of plain functions, kept for each signature that they meet."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from srcgrad.transform.pipeline import Compiled


class HasCompiled(Protocol):
    """What the pipeline makes for an entry point."""

    compiled: Compiled


V = TypeVar("V", bound=HasCompiled)


class VersionCache(Generic[V]):
    """Code by function and by the types of its arguments; None where the static transform refuses."""

    def __init__(self) -> None:
        self._versions: WeakKeyDictionary[FunctionType, dict[object, V | None]] = WeakKeyDictionary()
        self._lock = threading.RLock()

    def find(
        self,
        function: FunctionType,
        arguments: dict[str, Any],
        wanted: list[str],
        compile_: Callable[[FunctionType, Mapping[str, Any], Sequence[str]], V],
    ) -> V | None:
        """The code for these arguments, made if need be."""
        from srcgrad.runtime.recorded.recorded_values import Recorded
        from srcgrad.transform.refused import Refused
        from srcgrad.transform.signature import signature_key

        if any(isinstance(value, Recorded) for value in arguments.values()):
            return None
        key = (signature_key(arguments, wanted), tuple(wanted))
        with self._lock:
            versions = self._versions.setdefault(function, {})
            found = versions.get(key)
            if key in versions and (found is None or found.compiled.current()):
                return found
            try:
                found = compile_(function, arguments, wanted)
            except Refused:
                found = None
            versions[key] = found
            return found


def being_recorded() -> bool:
    """Whether this is called by a program that is being recorded: anything may carry a derivative there."""
    memory = sys.modules.get("srcgrad.runtime.recorded.memory")
    return memory is not None and memory.state.session is not None


def any_recorded(values: Sequence[Any]) -> bool:
    """Whether one of some values belongs to a recording."""
    recorded = sys.modules.get("srcgrad.runtime.recorded.recorded_values")
    return recorded is not None and any(isinstance(value, recorded.Recorded) for value in values)


def parameter_names(function: Callable[..., Any], count: int) -> tuple[str, ...] | None:
    """The parameters of a plain function that takes exactly these positional arguments."""
    if not isinstance(function, FunctionType):
        return None
    code = function.__code__
    if code.co_flags & 0x0C or code.co_kwonlyargcount or code.co_argcount != count:
        return None
    return code.co_varnames[:count]
