"""A compiled gradient as machine code: one version for each choice of argument types.

Machine code makes assumptions that Python does not (indices in range, whole numbers of 64 bits). Where one of them
does not hold it raises, and the same call runs on NumPy: that gives Python's own exception, or the right result.
"""

from __future__ import annotations

import dataclasses
import threading
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from srcgrad.errors import JitError, Location

if TYPE_CHECKING:
    from srcgrad.transform.loops.machine import Machine
    from srcgrad.transform.loops.program import Data, Module
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
        self._module: Module | None = None
        self._data: list[Data] = []

    def __call__(self, *arguments: Any) -> Any:
        """Run for these arguments."""
        missing = self._count - len(arguments)
        if missing > 0:
            arguments += self._defaults[-missing:]
        values = (*arguments, *(item.read() for item in self._data)) if self._data else arguments
        machine = self._machines.get(_key(values), _ABSENT)
        if machine is _ABSENT:
            machine = self._compile(arguments)
            values = (*arguments, *(item.read() for item in self._data))
        if machine is None:
            return self.compiled.function(*arguments)
        self.latest = machine
        try:
            return machine(values)
        except Exception:
            # One of the machine code's assumptions does not hold here; arguments are as they were.
            return self.compiled.function(*arguments)

    def _compile(self, arguments: Sequence[Any]) -> Machine | None:
        """The machine code for these arguments.

        Raises
        ------
        JitError
            If there is none, and that is an error.
        """
        from srcgrad.transform.loops.machine import compile_machine
        from srcgrad.transform.loops.program import module_of
        from srcgrad.transform.refused import Refused

        source = self.compiled.units[-1].definition.specialization.source
        with self._lock:
            machine: Machine | None = None
            try:
                if self._module is None:
                    self._module = module_of(self.compiled)
                    self._data = self._module.data
                values = (*arguments, *(item.read() for item in self._data))
                machine = compile_machine(self._module, values, source)
            except Refused as refusal:
                line = getattr(refusal.node, "lineno", None)
                error = JitError(
                    f"the gradient of {self.name} cannot be compiled to machine code",
                    location=source.location(line) if line else None,
                    cause=refusal.reason,
                )
                self._fail(error)
                values = tuple(arguments)
            except JitError as error:
                self._fail(error)
            self._machines[_key(values)] = machine
            return machine

    def _fail(self, error: JitError) -> None:
        if self.strict:
            raise error from None
        warn_slow(self.name, error)


def warn_slow(name: str, error: JitError) -> None:
    """Say that ``jit="auto"`` runs on NumPy, and why."""
    place = f" ({_place(error.location)})" if error.location is not None else ""
    reason = error.cause or error.message
    warnings.warn(f"{name} runs without jit: {reason}{place}", RuntimeWarning, stacklevel=4)


def _place(location: Location) -> str:
    return f"{location.filename}:{location.lineno}"


_ABSENT: Any = object()


def _key(arguments: Sequence[Any]) -> object:
    """What of the arguments decides which machine code fits: types, and which lengths are equal."""
    lengths: dict[int, int] = {}
    layouts = [_layout(value, lengths) for value in arguments]
    whole = [lengths.get(v) if type(v) is int and v > 1 else None for v in arguments] if lengths else None
    return (*layouts, whole and tuple(whole))


def _layout(value: Any, lengths: dict[int, int]) -> object:
    if isinstance(value, np.ndarray):
        flags = value.flags
        last = value.ndim - 1
        shape = tuple(
            n if n <= (12 if k == last and last else 4) else -1 - lengths.setdefault(n, len(lengths))
            for k, n in enumerate(value.shape)
        )
        return (value.dtype, shape, flags.c_contiguous, flags.writeable)
    if type(value) is float:
        return float
    if isinstance(value, (tuple, list)):
        return (type(value), *(_layout(item, lengths) for item in value))
    if isinstance(value, dict):
        return (dict, *((key, _layout(item, lengths)) for key, item in value.items()))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return (type(value), *(_layout(getattr(value, f.name), lengths) for f in fields))
    if isinstance(value, int) and not -(2**40) < value < 2**40:
        return ("large", type(value))
    if isinstance(value, str) or callable(value):
        return value
    return type(value)
