"""Looking for the first NaN: whether that is asked for, and what is done about it while a program runs.

Generated code is compiled once more, with a check after each statement that computes something (the compiler's
``nan_checks.py`` puts them in). A recorded program gets the same checks, and its operations remember their line, so
that the walk back can name it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass
from functools import wraps
from types import SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast, overload

import numpy as np

from srcgrad.errors import ArgumentError, Location, NanError, SrcgradError
from srcgrad.origins import locate

if TYPE_CHECKING:
    from srcgrad.runtime.recorded.forms import Request

__all__ = ["Check", "Checker", "debug_nans", "failed", "has_nan", "located", "looking"]

P = ParamSpec("P")
R = TypeVar("R")

_wanted: ContextVar[bool | None] = ContextVar("srcgrad_debug_nans", default=None)
_everywhere = os.environ.get("SRCGRAD_DEBUG_NANS", "0").strip().lower() not in ("", "0", "false", "no", "off")
#: How many blocks are open, in all threads: nothing else is looked at while this is 0.
active = int(_everywhere)


def looking() -> bool:
    """Whether derivatives that start now are to be checked."""
    wanted = _wanted.get()
    return _everywhere if wanted is None else wanted


class Looking:
    """A block in which derivatives are checked for NaN, or are not; see `debug_nans`."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self._entered: list[Token[bool | None]] = []

    def __enter__(self) -> None:
        global active
        active += 1
        self._entered.append(_wanted.set(self._enabled))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global active
        active -= 1
        _wanted.reset(self._entered.pop())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, always run in such a block."""

        @wraps(function, updated=())
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            with Looking(self._enabled):
                return function(*args, **kwargs)

        return checked


@overload
def debug_nans(enabled: bool = True) -> Looking: ...
@overload
def debug_nans(enabled: Callable[P, R]) -> Callable[P, R]: ...
def debug_nans(enabled: Any = True) -> Any:
    """Stop at the first line of a program, or of its derivative, that makes a NaN.

    Used in a ``with`` statement or as a decorator, with or without brackets. The environment variable
    ``SRCGRAD_DEBUG_NANS=1`` does the same for a whole process.

    Every statement of the derivative that computes something is checked. A result with NaN is an error if none of what
    it was computed from had one; so missing values marked by NaN in the data are left alone as long as the derivatives
    stay free of them. Checked code is several times slower.

    Parameters
    ----------
    enabled : bool
        False switches the checks off inside of the block. As a decorator without brackets: the function.

    Returns
    -------
    Looking
        To be entered, or to decorate with. As a decorator without brackets: the function, run in such a block.

    Raises
    ------
    NanError
        With the user's line, the variable, and the numbers that went into it.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> def norm(x):
    ...     return np.sqrt(np.sum(x * x))
    >>> with srcgrad.debug_nans():
    ...     srcgrad.grad(norm)(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    >>> with np.errstate(all="ignore"), srcgrad.debug_nans():
    ...     srcgrad.grad(norm)(np.zeros(2))
    Traceback (most recent call last):
    srcgrad.errors.NanError: SG401: the derivative by x becomes NaN here
    ...
    """
    if callable(enabled):
        return Looking(True)(enabled)
    if not isinstance(enabled, (bool, np.bool_)):
        raise ArgumentError(
            f"debug_nans({enabled!r}) means nothing", way_out="pass True, False, or a function"
        )
    return Looking(bool(enabled))


# --- what holds NaN -------------------------------------------------------------------------------------


def has_nan(value: Any, depth: int = 3) -> bool:
    """Whether a number, an array, or something in a container is NaN."""
    kind = type(value)
    if kind is float:
        return cast(bool, value != value)
    value = _primal(value)
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fc" and bool(np.isnan(value).any())
    if isinstance(value, (float, complex, np.inexact)):
        return bool(value != value)
    if depth and isinstance(value, (list, tuple)):
        return any(has_nan(item, depth - 1) for item in value)
    if depth and isinstance(value, dict):
        return any(has_nan(item, depth - 1) for item in value.values())
    if depth and isinstance(value, SimpleNamespace):
        return has_nan(vars(value), depth)
    return False


def _primal(value: Any) -> Any:
    """What a recorded value stands for; other values as they are."""
    recorded = sys.modules.get("srcgrad.runtime.recorded.recorded_values")
    return value.value if recorded is not None and isinstance(value, recorded.Recorded) else value


def described(value: Any) -> str:
    """A value in a few words."""
    value = _primal(value)
    if isinstance(value, np.ndarray) and value.size > 4:
        parts = [f"{value.dtype}{list(value.shape)}"]
        finite = value[np.isfinite(value)] if value.dtype.kind in "fc" else value
        if finite.size and finite.dtype.kind in "fiu":
            parts.append(f"from {finite.min():.4g} to {finite.max():.4g}")
        for name, test in (("nan", np.isnan), ("inf", np.isinf)):
            count = int(test(value).sum()) if value.dtype.kind in "fc" else 0
            if count:
                parts.append(f"{count} {name}")
        zeros = int((value == 0).sum()) if value.dtype.kind in "fciu" else 0
        if zeros:
            parts.append(f"{zeros} zero")
        return ", ".join(parts)
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=4, separator=", ").replace("\n", "")
    if isinstance(value, (float, complex, np.inexact)):
        return f"{value:.6g}"
    return repr(value) if len(repr(value)) < 40 else type(value).__name__


# --- generated code -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """What there is to know about a checked statement.

    Parameters
    ----------
    filename : str
        File name of the generated code.
    lineno : int
        Line of the statement there.
    text : str
        The statement.
    target : str
        What it computes.
    operands : tuple of str
        What it computes that from, as far as it does not change it itself.
    excusing : tuple of int
        Those of which a NaN may come.
    derivative : str
        The variable, if what it computes is a derivative by it; else empty.
    """

    filename: str
    lineno: int
    text: str
    target: str
    operands: tuple[str, ...]
    excusing: tuple[int, ...]
    derivative: str


class Checker:
    """What checked code calls; it is there under a name of its own.

    Parameters
    ----------
    checks : sequence of Check
        By number.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = checks

    @staticmethod
    def bad(*values: Any) -> bool:
        """Whether any of them has a NaN."""
        return any(has_nan(value) for value in values)

    def stop(self, number: int, operands: Callable[[], tuple[Any, ...]], before: bool = False) -> None:
        """Raise, unless the NaN came from elsewhere.

        Parameters
        ----------
        number : int
            Of the check.
        operands : callable
            Gives the values of the check's operands.
        before : bool
            What the statement changes had a NaN before it.
        """
        check = self.checks[number]
        try:
            values = operands()
        except (NameError, AttributeError, LookupError):  # an operand that is not there on this path
            values = ()
        if before or any(has_nan(values[k]) for k in check.excusing if k < len(values)):
            return
        inputs = [
            f"{name} = {described(value)}"
            for name, value in zip(check.operands, values, strict=False)
            if isinstance(_primal(value), (float, complex, int, np.number, np.ndarray))
        ]
        location = locate(check.filename, check.lineno)
        message, way_out = f"{_for_the_user(check.target, location)} becomes NaN here", None
        if check.derivative:
            relation = "of" if "_dot" in check.target else "by"
            message = (
                f"the derivative {relation} {_for_the_user(check.derivative, location)} becomes NaN here"
            )
            way_out = _DERIVATIVE_WAY_OUT
        raise NanError(
            message,
            location=location,
            cause=f"{check.text} gave NaN" + (f", with {', '.join(inputs)}" if inputs else ""),
            way_out=way_out,
        )


def _for_the_user(name: str, location: Location | None) -> str:
    """A name in generated code, or what it stands for if the user did not write it."""
    if re.fullmatch(r"ret(_\d+)?", name):
        return "the result"
    in_line = location is not None and re.search(rf"\b{re.escape(name)}\b", location.source_line)
    return "a part of this line" if re.fullmatch(r"t(_\d+)?", name) and not in_line else name


_DERIVATIVE_WAY_OUT = (
    "the derivative does not exist at this point, or is infinite and meets a zero; stay away from it (np.sqrt(x + 1e-12)),"
    " or choose between arguments with np.where before the operation instead of between results after it."
)


# --- recorded programs ----------------------------------------------------------------------------------


class Located:
    """A recorded operation's pullbacks, with the line that they belong to and a look at what they give.

    Parameters
    ----------
    request : Request
        The pullbacks.
    location : Location or None
        The line that ran the operation.
    """

    def __init__(self, request: Request, location: Location | None) -> None:
        self.request = request
        self.location = location
        self.rule = request.rule
        self.pull_numbers = None if request.pull_numbers is None else self._pull_numbers

    def _pull_numbers(self, g: Any, *saved: Any) -> Any:
        assert self.request.pull_numbers is not None
        return self._seen(g, self.request.pull_numbers(g, *saved))

    def pull(self, g: Any, saved: tuple[Any, ...]) -> list[Any]:
        """As the request's."""
        return cast(list[Any], self._seen(g, self.request.pull(g, saved)))

    def pull_live(self, g: Any, saved: tuple[Any, ...], parents: tuple[Any, ...], node: Any) -> list[Any]:
        """As the request's."""
        return cast(list[Any], self._seen(g, self.request.pull_live(g, saved, parents, node)))

    def _seen(self, g: Any, parts: Sequence[Any]) -> Sequence[Any]:
        if any(has_nan(part) for part in parts) and not has_nan(g):
            raise NanError(
                f"the derivative of {self.rule.name} becomes NaN here",
                location=self.location,
                cause=f"the derivative by its result is {described(g)}",
                way_out=_DERIVATIVE_WAY_OUT,
            )
        return parts


def located(request: Request) -> Request:
    """The request of an operation that is being recorded, aware of the line."""
    if not looking():
        return request
    from srcgrad.runtime.recorded.whereabouts import user_location

    return cast("Request", Located(request, user_location(None)))


def failed(error: Exception, request: Request) -> None:
    """Tell an exception of the walk back which operation it belongs to."""
    if isinstance(error, SrcgradError) or getattr(error, "__notes__", None):
        return
    location = getattr(request, "location", None)
    if location is not None:
        place = f"{location.filename}:{location.lineno}\n    {location.source_line.strip()}"
    else:
        place = f"{request.rule.name}; with srcgrad.debug_nans() its line is known"
    error.add_note(f"srcgrad: in the derivative of {place}")
