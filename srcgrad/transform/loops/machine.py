"""Lowered source -> machine code, by Numba; the only file that knows Numba's interface."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from srcgrad.errors import JitError
from srcgrad.transform.emit import Emitted, emit
from srcgrad.transform.loops.program import Module
from srcgrad.transform.source import Source


@dataclass
class Machine:
    """Machine code for one choice of argument types.

    Attributes
    ----------
    function
        Takes the arguments of the entry point, and the values of ``module.data`` after them.
    source
        The text that was compiled.
    """

    function: Callable[..., Any]
    source: str
    module: Module


def numba() -> Any:
    """The package, imported when it is first used.

    Raises
    ------
    JitError
        If it is not installed.
    """
    try:
        import numba
    except ImportError:
        raise JitError(
            "jit=True needs Numba, which is not installed",
            way_out="pip install 'srcgrad[jit]', or leave jit out",
        ) from None
    return numba


def compile_machine(module: Module, arguments: Sequence[Any], source: Source, *, checked: bool) -> Machine:
    """Compile for the types of these arguments; with ``checked``, Numba tests every index.

    Raises
    ------
    JitError
        If Numba cannot take the code.
    """
    package = numba()
    from srcgrad.transform.loops import overloads

    emitted = emit(module.functions, module.names, module.entry.name, hint=f"{source.name}, loops")
    scope = emitted.function.__globals__
    flags = {"error_model": "numpy", "boundscheck": checked, "nogil": True}
    for name, value in list(module.names.items()):
        if isinstance(value, FunctionType) and not overloads.knows(value):
            scope[name] = package.njit(**flags)(value)
    for function in module.functions:
        scope[function.name] = package.njit(**flags)(scope[function.name])
    dispatcher = scope[module.entry.name]
    try:
        dispatcher.compile(tuple(package.typeof(value) for value in arguments))
    except Exception as error:  # Numba's compiler raises errors of many kinds
        raise _explained(error, emitted, source) from error
    return Machine(dispatcher, emitted.source, module)


def _explained(error: Exception, emitted: Emitted, source: Source) -> JitError:
    """Numba's complaint as an error at the user's line."""
    text = str(error)
    places = re.findall(r'File "([^"]+)", line (\d+)|(<srcgrad [^>]+>) \((\d+)', text)
    lines = [int(k or other) for name, k, third, other in places if (name or third) == emitted.filename]
    location = None
    for line in lines:
        known = [k for k in emitted.line_map if k <= line]
        if known:
            location = source.location(emitted.line_map[max(known)])
            break
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in text.splitlines()]
    telling = (line for line in plain if line and not line.startswith("Failed in"))
    detail = next(telling, type(error).__name__)
    return JitError(f"Numba cannot compile the gradient of {source.name}", location=location, cause=detail)
