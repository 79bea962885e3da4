"""A compiled gradient as machine code: one version for each choice of argument types.

Machine code makes assumptions that Python does not (indices in range, whole numbers of 64 bits). Where one of them
does not hold it raises, and the same call runs on NumPy: that gives Python's own exception, or the right result.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from srcgrad.errors import JitError, Location

if TYPE_CHECKING:
    from srcgrad.transform.loops.machine import Machine
    from srcgrad.transform.pipeline import Compiled

__all__ = ["Accelerated"]


class Accelerated:
    """Generated code that runs as machine code.

    Parameters
    ----------
    compiled
        The code for one signature.
    name
        The function's name, for messages.
    strict
        True to raise where compiling fails, False to warn once and run on NumPy.
    """

    def __init__(self, compiled: Compiled, name: str, strict: bool) -> None:
        self.compiled = compiled
        self.name = name
        self.strict = strict
        self.latest: Machine | None = None
        self._machines: dict[object, Machine | None] = {}
        self._lock = threading.RLock()
        self._defaults = getattr(compiled.function, "__defaults__", None) or ()
        self._count = compiled.function.__code__.co_argcount

    def __call__(self, *arguments: Any) -> Any:
        """Run for these arguments."""
        missing = self._count - len(arguments)
        if missing > 0:
            arguments += self._defaults[-missing:]
        key = tuple(map(_layout, arguments))
        machine = self._machines.get(key, _ABSENT)
        if machine is _ABSENT:
            with self._lock:
                machine = self._machines[key] = self._make(arguments)
        if machine is None:
            return self.compiled.function(*arguments)
        self.latest = machine
        try:
            return machine.function(*arguments, *(item.read() for item in machine.module.data))
        except Exception:
            # One of the machine code's assumptions does not hold here; arguments are as they were.
            return self.compiled.function(*arguments)

    def machine(self, arguments: Sequence[Any]) -> Machine | None:
        """The machine code for these arguments, compiled if need be."""
        arguments = (*arguments, *self._defaults[len(arguments) - self._count :])[: self._count]
        key = tuple(map(_layout, arguments))
        with self._lock:
            if key not in self._machines:
                self._machines[key] = self._make(arguments)
            self.latest = self._machines[key]
            return self.latest

    def _make(self, arguments: Sequence[Any]) -> Machine | None:
        from srcgrad.transform.loops.machine import compile_machine
        from srcgrad.transform.loops.program import module_of
        from srcgrad.transform.refused import Refused

        source = self.compiled.units[-1].definition.specialization.source
        try:
            try:
                module = module_of(self.compiled)
                values = [*arguments, *(item.read() for item in module.data)]
                return compile_machine(module, values, source, checked=True)
            except Refused as refusal:
                line = getattr(refusal.node, "lineno", None)
                raise JitError(
                    f"the gradient of {self.name} cannot be compiled to machine code: {refusal.reason}",
                    location=source.location(line) if line else None,
                ) from None
        except JitError as error:
            if self.strict:
                raise
            warn_slow(self.name, error)
            return None


def warn_slow(name: str, error: JitError) -> None:
    """Say that ``jit="auto"`` runs on NumPy, and why."""
    place = f" ({_place(error.location)})" if error.location is not None else ""
    reason = error.cause or error.message
    warnings.warn(f"{name} runs without jit: {reason}{place}", RuntimeWarning, stacklevel=4)


def _place(location: Location) -> str:
    return f"{location.filename}:{location.lineno}"


_ABSENT: Any = object()


def _layout(value: Any) -> object:
    """What of an argument decides which machine code fits."""
    if isinstance(value, np.ndarray):
        flags = value.flags
        return (value.dtype, value.ndim, flags.c_contiguous, flags.writeable)
    if isinstance(value, (tuple, list)):
        return (type(value), *map(_layout, value))
    if isinstance(value, int) and not -(2**40) < value < 2**40:
        return ("large", type(value))
    return type(value)
