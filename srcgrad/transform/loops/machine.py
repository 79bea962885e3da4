"""Lowered source -> machine code, by Numba; the only file that knows Numba's interface."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

from srcgrad.errors import JitError
from srcgrad.runtime import loops
from srcgrad.transform import builders as b
from srcgrad.transform.emit import Emitted, emit
from srcgrad.transform.loops import cache
from srcgrad.transform.loops.inline import inlined
from srcgrad.transform.loops.lower import Lowered, leaves, lower
from srcgrad.transform.loops.program import Module, count_down
from srcgrad.transform.loops.unroll import unrolled
from srcgrad.transform.loops.values import Items, Value
from srcgrad.transform.refused import Refused
from srcgrad.transform.source import Source
from srcgrad.transform.unparse import unparse

FLAGS: dict[str, Any] = {"error_model": "numpy", "boundscheck": False, "nogil": True}


@dataclass
class Machine:
    """Machine code for one choice of argument types.

    Attributes
    ----------
    function
        Takes the arguments of the entry point, and the data that the program reads after them.
    source
        The text that was compiled.
    result
        The structure of the result, if the function gives nested tuples in place of it.
    flat, plain
        True if the function takes the numbers and arrays in its arguments; and if these are all that there is.
    """

    function: Callable[..., Any]
    source: str
    result: Value | None = None
    flat: bool = False
    plain: bool = False

    def __call__(self, values: Sequence[Any]) -> Any:
        """Run for the arguments of the entry point, and the data after them."""
        if not self.flat:
            made = self.function(*values)
            if not all(np.all(np.isfinite(leaf)) for leaf in leaves(made)):
                raise ArithmeticError("Python may have raised")
            return made
        made = (
            self.function(*values)
            if self.plain
            else self.function(*(leaf for v in values for leaf in leaves(v)))
        )
        return made if self.result is None else rebuilt(made, self.result)


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


def compile_machine(module: Module, arguments: Sequence[Any], source: Source) -> Machine:
    """Compile for the types of these arguments: as loops, or else as the code stands.

    Raises
    ------
    JitError
        If Numba cannot take the code.
    """
    numba()
    refusal: Refused | None = None
    try:
        lowered = lower(unrolled(inlined(module.functions), arguments), module.names, arguments)
    except Refused as reason:
        refusal = reason
    else:
        flat = [leaf for value in arguments for leaf in leaves(value)]
        text, line_map = unparse(lowered.function)
        path = cache.place_for(text, FLAGS)
        if path is None:
            emitted = emit(
                lowered.function, lowered.names, lowered.function.name, hint=f"{source.name}, loops"
            )
        else:
            emitted = _from_file(text, line_map, path, lowered)
        scope = emitted.function.__globals__
        name = lowered.function.name
        made = _compiled(scope, [name], lowered.names, flat, emitted, source, keep=path is not None)
        return Machine(made, text, _structure(lowered.result), True, len(flat) == len(arguments))
    if module.outside:
        raise refusal
    functions_as_they_are = b.clone(module.functions)
    for function in functions_as_they_are:
        count_down(function)
    emitted = emit(functions_as_they_are, module.names, module.entry.name, hint=f"{source.name}, loops")
    scope = emitted.function.__globals__
    functions = [function.name for function in module.functions]
    try:
        made = _compiled(scope, functions, module.names, arguments, emitted, source, verbatim=True)
    except JitError as error:
        line = getattr(refusal.node, "lineno", None)
        if error.location is None and line is not None:
            error.location = source.location(line)
        error.cause = refusal.reason
        raise
    return Machine(made, emitted.source)


def _from_file(text: str, line_map: dict[int, int], path: Path, lowered: Lowered) -> Emitted:
    """The function, as defined in a file beside which its machine code is kept."""
    # Numba imports the module that a function names when it loads its machine code.
    scope = {"__name__": loops.__name__, **lowered.names}
    exec(compile(text, str(path), "exec", dont_inherit=True), scope)
    return Emitted(text, scope[lowered.function.name], line_map, str(path))


def _compiled(
    scope: dict[str, Any],
    functions: list[str],
    names: dict[str, Any],
    arguments: Sequence[Any],
    emitted: Emitted,
    source: Source,
    *,
    verbatim: bool = False,
    keep: bool = False,
) -> Any:
    package = numba()
    from srcgrad.transform.loops import overloads

    flags = {**FLAGS, "error_model": "python", "boundscheck": True} if verbatim else FLAGS
    for name, value in list(names.items()):
        if isinstance(value, FunctionType) and not overloads.knows(value):
            scope[name] = overloads.machine_code_of(value, flags)
    for name in functions:
        scope[name] = package.njit(cache=keep, **flags)(scope[name])
    dispatcher = scope[functions[-1]]
    try:
        dispatcher.compile(tuple(package.typeof(value) for value in arguments))
    except Exception as error:  # Numba's compiler raises errors of many kinds
        if keep:  # what is on disk may be damaged
            scope[functions[0]] = emitted.function
            return _compiled(scope, functions, names, arguments, emitted, source)
        raise _explained(error, emitted, source) from error
    if verbatim:
        _refuse_whole_products([scope[name] for name in functions], source)
    return dispatcher


def _refuse_whole_products(dispatchers: Sequence[Any], source: Source) -> None:
    """Products of whole numbers may need more than 64 bits, which nothing tests in code that is not lowered."""
    for dispatcher in dispatchers:
        for made in dispatcher.overloads.values():
            notes = made.type_annotation
            for expression, signature in notes.calltypes.items():
                function = getattr(expression, "_kws", {}).get("fn")
                if function in _PRODUCTS and str(signature.return_type).startswith(("int", "uint")):
                    raise JitError(
                        f"the gradient of {source.name} cannot be compiled to machine code",
                        cause="it multiplies whole numbers, which may need more than 64 bits",
                    )


_PRODUCTS = {operator.mul, operator.imul, operator.pow, operator.ipow, operator.lshift, operator.ilshift}


def _structure(result: Value | None) -> Value | None:
    """The structure to give a result, if it is not made of tuples only."""
    return None if result is None or _tuples(result) else result


def _tuples(value: Value) -> bool:
    return not isinstance(value, Items) or (value.kind == "tuple" and all(map(_tuples, value.parts)))


def rebuilt(made: Any, structure: Value) -> Any:
    """Nested tuples as what they stand for."""
    if not isinstance(structure, Items):
        return made
    parts = (
        [rebuilt(part, inner) for part, inner in zip(made, structure.parts, strict=True)]
        if structure.parts
        else []
    )
    if structure.kind == "dict":
        return dict(zip(structure.keys, parts, strict=True))
    if structure.kind in ("object", "named"):
        return SimpleNamespace(**dict(zip(structure.keys, parts, strict=True)))
    return tuple(parts) if structure.kind == "tuple" else parts


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
