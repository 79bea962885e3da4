"""Text that was made of numbers with a derivative.

Printing such a number is fine; reading it back as a number would lose its derivative in silence. So its text is a
`Transcript`, which stays one when it is cut, joined and formatted, and whatever would make a number of it is refused.
"""

from __future__ import annotations

import decimal
import fractions
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.errors import SrcgradError, UnsupportedError
from srcgrad.runtime.recorded.apply import active
from srcgrad.runtime.recorded.whereabouts import noted, user_location

__all__ = ["Transcript", "formatted", "holds_text", "joined", "readable", "shown", "transcript", "unread"]


class Transcript(str):
    """Text of a number that carries a derivative."""

    __slots__ = ()

    def __add__(self, other: str) -> Transcript:
        return Transcript(str.__add__(self, other))

    def __radd__(self, other: str) -> Transcript:
        return Transcript(str.__add__(other, self))

    def __getitem__(self, key: Any) -> Transcript:
        return Transcript(str.__getitem__(self, key))

    def __format__(self, spec: str) -> str:
        return Transcript(str.__format__(self, spec))

    def __str__(self) -> str:
        return self


class ByteTranscript(bytes):
    """The same as bytes."""

    __slots__ = ()


_CONVERSIONS: dict[str, Callable[[Any], str]] = {"s": str, "r": repr, "a": ascii}
_TEXT = (Transcript, ByteTranscript)
_NUMBERS = (float, complex, np.inexact, decimal.Decimal, fractions.Fraction)


def transcript(value: Any) -> Any:
    """A result with the text in it marked as a transcript."""
    if type(value) is str:
        return Transcript(value)
    if type(value) is bytes:
        return ByteTranscript(value)
    if type(value) in (list, tuple):
        return type(value)([transcript(item) for item in value])
    return value


def holds_text(value: Any) -> bool:
    """Whether a value is a transcript, or a container that holds one."""
    if isinstance(value, (list, tuple)):
        return any(map(holds_text, value))
    return isinstance(value, _TEXT)


def shown(function: Callable[..., Any], value: Any, *args: Any) -> Any:
    """``str(value)``, ``repr(value)``, ``format(value, spec)``."""
    text = function(value, *args)
    return transcript(text) if active(value) or holds_text(value) else text


def formatted(value: Any, spec: str = "", conversion: str = "") -> Any:
    """A field of an f-string."""
    known = active(value) or holds_text(value)
    text = format(_CONVERSIONS[conversion](value) if conversion else value, spec)
    return transcript(text) if known else text


def joined(*parts: str) -> str:
    """An f-string of its parts."""
    text = "".join(parts)
    return Transcript(text) if any(isinstance(part, Transcript) for part in parts) else text


def unread(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A call of a function that is not followed, with transcripts among its arguments.

    Raises
    ------
    UnsupportedError
        If the result is a number, or holds one.
    """
    result = function(*args, **kwargs)
    if _holds_numbers(result):
        raise _lost(function)
    return transcript(result)


def readable(text: Any) -> Any:
    """The argument of ``eval`` or ``exec``, unless it is a transcript."""
    if isinstance(text, _TEXT):
        raise _lost(eval)
    return text


def _holds_numbers(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_numbers, value))
    if isinstance(value, dict):
        return any(map(_holds_numbers, value.values()))
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fcUSO"
    return isinstance(value, _NUMBERS)


def _lost(function: Any) -> SrcgradError:
    name = getattr(function, "__name__", repr(function))
    error = UnsupportedError(
        f"{name} makes a number of the text of a value that carries a derivative",
        location=user_location(name),
        cause="the derivative would be lost in silence",
        way_out="use the value itself, and text only to show it",
    )
    return noted(error)
