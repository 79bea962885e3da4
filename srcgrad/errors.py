"""Every error that srcgrad raises on purpose.

One class has one code, and one code has one page in ``docs/errors``. All errors print in the same shape::

    SG101: a generator cannot be differentiated
      model.py:12
        yield x * x
        ^^^^^^^^^^^
      Why: a generator hands out values one at a time, so it has no single result.
      Way out: collect the values in a list and return that.
      More: srcgrad explain SG101

The location is the user's own line, never a line of generated code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

__all__ = [
    "ArgumentError",
    "ConvergenceError",
    "CustomFunctionError",
    "GradientCheckError",
    "InputTypeError",
    "JitError",
    "Location",
    "MissingRuleError",
    "NanError",
    "OutputError",
    "RuleCheckError",
    "RuleParameterError",
    "SourceNotFoundError",
    "SrcgradError",
    "UnsupportedError",
    "error_classes",
]


@dataclass(frozen=True)
class Location:
    """A stretch of one line of the user's source.

    Parameters
    ----------
    filename : str
        File the line is in, as Python reports it.
    lineno : int
        Line number, counted from 1.
    col_offset, end_col_offset : int
        First character and the one after the last, counted from 0 in characters (not bytes).
    source_line : str
        The line itself without its line end; empty when it is not known.
    """

    filename: str
    lineno: int
    col_offset: int = 0
    end_col_offset: int = 0
    source_line: str = ""

    @classmethod
    def from_node(cls, node: Any, filename: str, source_lines: Sequence[str] = ()) -> Location:
        """Location of a syntax tree node (``ast`` or ``gast``).

        Parameters
        ----------
        node : ast node
            Anything with ``lineno``; a node without one is located at line 1.
        filename : str
            File the node was read from.
        source_lines : sequence of str
            All lines of that file, so that the node's line is ``source_lines[node.lineno - 1]``.

        Returns
        -------
        Location
            Columns converted from the bytes that the parser counts to characters.
        """
        lineno = int(getattr(node, "lineno", None) or 1)
        line = source_lines[lineno - 1].rstrip("\r\n") if 0 < lineno <= len(source_lines) else ""
        start = _characters(line, int(getattr(node, "col_offset", None) or 0))
        if (getattr(node, "end_lineno", None) or lineno) == lineno:
            end = _characters(line, int(getattr(node, "end_col_offset", None) or 0))
        else:
            end = len(line.rstrip())
        return cls(filename, lineno, start, max(start, end), line)

    def render(self, indent: str = "  ") -> str:
        """Text of the location: ``file:line``, the source line and carets under the stretch."""
        text = f"{indent}{self.filename}:{self.lineno}"
        code = self.source_line.strip()
        if not code:
            return text
        # Tabs count as one character on both lines, so the carets stay under what they point at.
        margin = len(self.source_line) - len(self.source_line.lstrip())
        start = max(0, min(self.col_offset - margin, len(code)))
        stop = max(start + 1, min(self.end_col_offset - margin, len(code)))
        blank = "".join("\t" if character == "\t" else " " for character in code[:start])
        return f"{text}\n{indent}  {code}\n{indent}  {blank}{'^' * (stop - start)}"


def _characters(line: str, byte_offset: int) -> int:
    if line.isascii():
        return byte_offset
    return len(line.encode()[:byte_offset].decode(errors="ignore"))


class SrcgradError(Exception):
    """Base of every error of srcgrad.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence without a full stop.
    location : Location, optional
        Where in the user's program.
    cause : str, optional
        Why that is a problem, in one sentence.
    way_out : str, optional
        What the user can do about it; the class has a general one.

    Attributes
    ----------
    code : str
        Stable code of the class, as in ``srcgrad explain SG101``.
    """

    code: ClassVar[str] = "SG001"
    default_way_out: ClassVar[str | None] = None

    def __init__(
        self,
        message: str,
        *,
        location: Location | None = None,
        cause: str | None = None,
        way_out: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.cause = cause
        self.way_out = way_out if way_out is not None else self.default_way_out

    def __str__(self) -> str:
        parts = [f"{self.code}: {self.message}"]
        if self.location is not None:
            parts.append(self.location.render())
        if self.cause:
            parts.append(f"  Why: {self.cause}")
        if self.way_out:
            parts.append(f"  Way out: {self.way_out}")
        parts.append(f"  More: srcgrad explain {self.code}")
        return "\n".join(parts)


class UnsupportedError(SrcgradError, NotImplementedError):
    """The program uses a construct that cannot be differentiated."""

    code: ClassVar[str] = "SG101"
    default_way_out: ClassVar[str | None] = (
        "write this step another way, or keep it in a part of the program that carries no derivative."
    )


class MissingRuleError(SrcgradError, NotImplementedError):
    """A function is called that has neither a derivative rule nor Python source."""

    code: ClassVar[str] = "SG102"
    default_way_out: ClassVar[str | None] = (
        "register a rule for the function, or use functions that have one (srcgrad explain SG102)."
    )


class SourceNotFoundError(SrcgradError, OSError):
    """The Python source of a function could not be read."""

    code: ClassVar[str] = "SG103"
    default_way_out: ClassVar[str | None] = (
        "define the function in a file or a notebook cell, with def or lambda."
    )


class RuleParameterError(SrcgradError, TypeError):
    """A function with a rule is called with a parameter that the rule does not take."""

    code: ClassVar[str] = "SG104"
    default_way_out: ClassVar[str | None] = (
        "leave that parameter out, or do what it does in a step of its own."
    )


class RuleCheckError(SrcgradError, AssertionError):
    """A derivative rule does not pass ``srcgrad.check_rule``."""

    code: ClassVar[str] = "SG105"
    default_way_out: ClassVar[str | None] = "correct the rule; docs/rules.md shows rules of each kind."


class ConvergenceError(SrcgradError, RuntimeError):
    """An iteration of srcgrad's own did not come to an end: a fixed point, the steps of an ODE solver."""

    code: ClassVar[str] = "SG108"


class CustomFunctionError(SrcgradError, TypeError):
    """The code that a user gave for a derivative does not fit its function."""

    code: ClassVar[str] = "SG106"
    default_way_out: ClassVar[str | None] = "correct that code; docs/custom.md shows how it is written."


class GradientCheckError(SrcgradError, AssertionError):
    """A derivative does not pass ``srcgrad.check_grads``."""

    code: ClassVar[str] = "SG107"
    default_way_out: ClassVar[str | None] = (
        "look at derivatives that you gave yourself; at a kink or a jump, test at another point."
    )


class InputTypeError(SrcgradError, TypeError):
    """An input that is to be differentiated has a type without a derivative."""

    code: ClassVar[str] = "SG201"
    default_way_out: ClassVar[str | None] = (
        "pass floats (2.0 instead of 2, or array.astype(float)), or leave the argument out of argnums."
    )


class OutputError(SrcgradError, TypeError):
    """The function's result is not the single real number that a gradient needs."""

    code: ClassVar[str] = "SG202"
    default_way_out: ClassVar[str | None] = (
        "return one number (for instance the sum), or use vjp or jacobian for results with more entries."
    )


class ArgumentError(SrcgradError, ValueError):
    """srcgrad itself was called with an argument that makes no sense."""

    code: ClassVar[str] = "SG203"


class JitError(SrcgradError, NotImplementedError):
    """``jit=True``, and the gradient cannot be compiled to machine code."""

    code: ClassVar[str] = "SG301"
    default_way_out: ClassVar[str | None] = (
        'leave jit out, or pass jit="auto", which runs on NumPy where compiling fails.'
    )


class NanError(SrcgradError, FloatingPointError):
    """With ``srcgrad.debug_nans``: a line of the program, or of its derivative, made a NaN."""

    code: ClassVar[str] = "SG401"


def error_classes() -> dict[str, type[SrcgradError]]:
    """All error classes by code, the base included.

    Examples
    --------
    >>> error_classes()["SG202"].__name__
    'OutputError'
    """
    found: dict[str, type[SrcgradError]] = {}
    waiting: list[type[SrcgradError]] = [SrcgradError]
    while waiting:
        cls = waiting.pop()
        # A subclass that did not choose a code of its own (say, in a user's program) shares its parent's.
        found.setdefault(cls.code, cls)
        waiting.extend(cls.__subclasses__())
    return dict(sorted(found.items()))
