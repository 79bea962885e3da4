"""Calls that cannot be meant, and what to say about them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from srcgrad.errors import ArgumentError, Location, OutputError

__all__ = ["check_callable", "check_real", "fitted_cotangent", "pair_of"]


def check_callable(function: Any) -> None:
    """Raise unless something can be called.

    Raises
    ------
    ArgumentError
        If not.
    """
    if callable(function):
        return
    way_out = "pass the function itself, not its value: grad(f)(x), not grad(f(x))"
    if isinstance(function, (classmethod, property)):
        way_out = "pass it as it is called, for instance Class.method or obj.method"
    raise ArgumentError(f"{_shown(function)} is not a function", way_out=way_out)


def pair_of(value: Any, function: Callable[..., Any]) -> tuple[Any, Any]:
    """The value and the rest, of a function with ``has_aux=True``.

    Raises
    ------
    OutputError
        If it is not a pair.
    """
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return value[0], value[1]
    described = (
        f"{type(value).__name__} of {len(value)}" if isinstance(value, (tuple, list)) else _kind(value)
    )
    raise OutputError(
        f"{_name(function)} returned {described}, and has_aux=True needs a pair",
        location=_last_return(function),
        way_out="return (value, aux): what is differentiated, and one object of anything else",
    )


def check_real(value: Any, function: Callable[..., Any]) -> None:
    """Raise unless a result is one real number.

    Raises
    ------
    OutputError
        If it is something else; the message says what to do about that.
    """
    number = isinstance(value, (float, int, np.floating, np.integer)) and not isinstance(value, bool)
    if number or (isinstance(value, np.ndarray) and value.shape == () and value.dtype.kind in "fiu"):
        return
    raise OutputError(
        f"{_name(function)} returned {_kind(value)}, and a gradient needs a real number",
        location=_last_return(function),
        way_out=_way_out(value),
    )


def _way_out(value: Any) -> str:
    if value is None:
        return "end the function with a return statement"
    if isinstance(value, (complex, np.complexfloating)) or (
        isinstance(value, np.ndarray) and value.dtype.kind == "c" and value.shape == ()
    ):
        return "return its real part (.real), or its absolute value (abs)"
    if isinstance(value, (bool, np.bool_)):
        return "return the number that is compared: a truth value has no derivative"
    if isinstance(value, np.ndarray) and value.size == 1:
        return "take the number out of the array: result[0], or result.sum()"
    if isinstance(value, np.ndarray):
        return "sum the result, or use srcgrad.vjp with a cotangent for it"
    if isinstance(value, tuple) and len(value) == 2:
        return (
            "pass has_aux=True if the second one is not to be differentiated; srcgrad.vjp differentiates both"
        )
    if isinstance(value, (tuple, list, dict)):
        return "return one number, or use srcgrad.vjp with a cotangent of the result's structure"
    return "return a float"


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" if value.shape else f"{value.dtype.name}"
    return type(value).__name__


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _last_return(function: Any) -> Location | None:
    """The last ``return`` of a function, or its first line."""
    try:
        plain = inspect.unwrap(getattr(function, "__func__", function))
        lines, first = inspect.getsourcelines(plain)
        filename = inspect.getsourcefile(plain) or "<unknown>"
    except (OSError, TypeError, ValueError):
        return None
    offset = 0
    try:
        tree = ast.parse(textwrap.dedent("".join(lines)))
        definition = tree.body[0]
        if isinstance(definition, ast.FunctionDef):
            inner = [
                n for n in ast.walk(definition) if isinstance(n, ast.FunctionDef) and n is not definition
            ]
            hidden = {id(node) for part in inner for node in ast.walk(part)}
            returns = [n for n in ast.walk(definition) if isinstance(n, ast.Return) and id(n) not in hidden]
            offset = max((node.lineno - 1 for node in returns), default=definition.lineno - 1)
    except SyntaxError:  # a lambda in the middle of an expression
        pass
    text = lines[offset].rstrip("\r\n")
    return Location(filename, first + offset, len(text) - len(text.lstrip()), len(text), text)


def fitted_cotangent(cotangent: Any, value: Any, function: str, place: str = "") -> Any:
    """A cotangent that fits a value: of its structure and shapes, lists of numbers made arrays.

    None stands for zero.

    Raises
    ------
    ArgumentError
        If it does not fit.
    """
    if cotangent is None:
        return _zero(value)
    if isinstance(value, Mapping):
        if not isinstance(cotangent, Mapping) or set(cotangent) != set(value):
            given = (
                f"the keys {list(cotangent)}"
                if isinstance(cotangent, Mapping)
                else f"type {_kind(cotangent)}"
            )
            raise _misfit(function, place, given, f"is a dict with the keys {list(value)}")
        return {
            k: fitted_cotangent(cotangent[k], part, function, f"{place}[{k!r}]") for k, part in value.items()
        }
    if isinstance(value, (list, tuple)):
        if not isinstance(cotangent, (list, tuple)) or len(cotangent) != len(value):
            given = (
                f"{len(cotangent)} items"
                if isinstance(cotangent, (list, tuple))
                else f"type {_kind(cotangent)}"
            )
            raise _misfit(function, place, given, f"is a {type(value).__name__} of {len(value)}")
        parts = [
            fitted_cotangent(part, item, function, f"{place}[{k}]")
            for k, (part, item) in enumerate(zip(cotangent, value, strict=True))
        ]
        kind = type(cotangent)
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    if not isinstance(value, (float, complex, np.inexact, np.ndarray)):
        return cotangent
    if isinstance(cotangent, (float, int, complex, np.number)) and np.shape(value) == ():
        return cotangent
    try:
        array = np.asarray(cotangent)
    except ValueError:
        raise _misfit(function, place, "rows of different lengths", f"has shape {np.shape(value)}") from None
    if array.dtype.kind not in "biufc":
        raise _misfit(function, place, f"type {_kind(cotangent)}", f"is {_kind(value)}")
    if array.shape != np.shape(value):
        raise _misfit(function, place, f"shape {array.shape}", f"has shape {np.shape(value)}")
    return cotangent if isinstance(cotangent, np.ndarray) else array


def _zero(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _zero(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_zero(part) for part in value]
    if isinstance(value, np.ndarray):
        return np.zeros_like(value) if value.dtype.kind in "fc" else None
    return 0.0 if isinstance(value, (float, complex, np.inexact)) else None


def _misfit(function: str, place: str, given: str, wanted: str) -> ArgumentError:
    return ArgumentError(
        f"the cotangent{place} has {given}, the value{place} of {function} {wanted}",
        way_out="pass a cotangent with the structure and the shapes of the value, floats for numbers",
    )
