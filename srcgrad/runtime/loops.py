"""What lowered code calls: tests of its assumptions, and room on its tapes.

Each function raises where the machine code would go wrong; the call is then run on NumPy instead.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = [
    "at",
    "finite",
    "floor_divide",
    "grown",
    "int_add",
    "int_multiply",
    "int_of",
    "int_power",
    "int_subtract",
    "plus",
    "quotient",
    "remainder",
    "room",
    "rounds",
    "rows",
    "same_length",
    "span",
    "within",
]


def at(index: Any, length: Any) -> Any:
    """A position counted from the start, for one that may count from the end.

    >>> at(-1, 5)
    4
    """
    if index < 0:
        index += length
    if index < 0 or index >= length:
        raise IndexError("an index is out of range")
    return index


def within(index: Any, length: Any) -> None:
    """Raise unless an index that is not negative is in range."""
    if index >= length:
        raise IndexError("an index is out of range")


def same_length(left: Any, right: Any) -> None:
    """Raise unless two lengths are equal; negative ones count as zero."""
    if max(left, 0) != max(right, 0):
        raise ValueError("arrays of different lengths meet")


def span(lower: Any, upper: Any, length: Any) -> tuple[Any, Any]:
    """Start and number of elements of the slice ``lower:upper``.

    >>> span(-3, 100, 5)
    (2, 3)
    """
    if lower < 0:
        lower = max(lower + length, 0)
    if upper < 0:
        upper = max(upper + length, 0)
    lower, upper = min(lower, length), min(upper, length)
    return lower, max(upper - lower, 0)


def grown(tape: Any) -> Any:
    """A tape with twice the room."""
    larger = np.empty(2 * tape.shape[0], tape.dtype)
    larger[: tape.shape[0]] = tape
    return larger


def room(tape: Any, needed: Any) -> Any:
    """The tape, or a larger copy, with room for so many numbers."""
    if needed <= tape.shape[0]:
        return tape
    larger = np.empty(max(2 * tape.shape[0], needed), tape.dtype)
    larger[: tape.shape[0]] = tape
    return larger


def rows(tape: Any, needed: Any) -> Any:
    """The tape of matrices, or a larger copy, with room for so many."""
    if needed <= tape.shape[0]:
        return tape
    larger = np.empty((max(2 * tape.shape[0], needed), *tape.shape[1:]), tape.dtype)
    larger[: tape.shape[0]] = tape
    return larger


def quotient(x: Any, y: Any) -> Any:
    """``x / y`` of Python's numbers."""
    if y == 0:
        raise ZeroDivisionError("division by zero")
    return x / y


def floor_divide(x: Any, y: Any) -> Any:
    """``x // y`` of Python's numbers."""
    if y == 0:
        raise ZeroDivisionError("division by zero")
    return x // y


def remainder(x: Any, y: Any) -> Any:
    """``x % y`` of Python's numbers."""
    if y == 0:
        raise ZeroDivisionError("division by zero")
    return x % y


def finite(x: Any) -> Any:
    """A result that is infinite or no number where Python would raise."""
    if not math.isfinite(x):
        raise ArithmeticError("a result is not finite")
    return x


def int_add(x: Any, y: Any) -> Any:
    """``x + y``, if that has no more than 64 bits."""
    total = x + y
    if (x >= 0) == (y >= 0) and (total >= 0) != (x >= 0):
        raise OverflowError("a whole number needs more than 64 bits")
    return total


def int_subtract(x: Any, y: Any) -> Any:
    """``x - y``, if that has no more than 64 bits."""
    total = x - y
    if (x >= 0) != (y >= 0) and (total >= 0) != (x >= 0):
        raise OverflowError("a whole number needs more than 64 bits")
    return total


def int_multiply(x: Any, y: Any) -> Any:
    """``x * y``, if that has no more than 63 bits."""
    if abs(float(x) * float(y)) > 9.2e18:
        raise OverflowError("a whole number needs more than 64 bits")
    return x * y


def int_power(x: Any, y: Any) -> Any:
    """``x ** y`` for ``y >= 0``, if that has no more than 63 bits."""
    if y < 0 or abs(float(x)) ** float(y) > 9.2e18:
        raise OverflowError("a whole number needs more than 64 bits")
    return x**y


def int_of(x: Any) -> Any:
    """``int(x)``, if that has no more than 62 bits."""
    if not abs(x) < 4.6e18:
        raise OverflowError("a number is too large for a whole number of the machine")
    return int(x)


def rounds(start: Any, stop: Any, step: Any) -> Any:
    """The length of ``range(start, stop, step)``.

    >>> rounds(0, 10, 3), rounds(10, 0, -3), rounds(0, 0, 1)
    (4, 4, 0)
    """
    if step == 0:
        raise ValueError("a range without a step")
    if step > 0:
        return max((stop - start + step - 1) // step, 0)
    return max((start - stop - step - 1) // -step, 0)


def plus(total: Any, x: Any) -> Any:
    """``total + x`` in a sum over elements; machine code may add up in any order, several at once."""
    return total + x
