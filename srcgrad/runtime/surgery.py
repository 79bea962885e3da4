"""``with insert_grad_of(x) as x_bar:``: statements of the user's own at a point of the reverse sweep.

Before a function is differentiated, such a block becomes a function of the adjoint, and a call that marks the place
(`transform/surgery.py`)::

    def x_bar_body(x_bar, limit):          with insert_grad_of(x) as x_bar:
        x_bar = np.clip(x_bar, -limit, limit)      x_bar = np.clip(x_bar, -limit, limit)
        return x_bar
    x = insert_grad_of.at(x, x_bar_body, limit)
"""

from __future__ import annotations

import sys
from types import FrameType, TracebackType
from typing import Any, TypeVar

import numpy as np

from srcgrad.errors import CustomFunctionError, UnsupportedError
from srcgrad.rules.helpers import project

__all__ = ["adjoint_of", "insert_grad_of"]

T = TypeVar("T")


class _Skipped(BaseException):
    """Leaves the body of the block when the function runs plain."""


class insert_grad_of:
    """Run the statements of a ``with`` block in the reverse sweep, where it passes this place.

    ``with srcgrad.insert_grad_of(x) as x_bar:`` gives the block the adjoint of the variable `x`: the derivative of the
    result by the value that `x` has there. What the block leaves in `x_bar` is what the sweep goes on with: assign it
    anew, or change it in place; print it, or stop there with ``breakpoint()``. Names that the block assigns are its own;
    what it reads of the function has the value of that place. When the function runs plain, the block is skipped.

    Parameters
    ----------
    x : number or array
        A local variable. An array means its memory, under whichever name.

    Raises
    ------
    UnsupportedError
        When differentiated: if `x` is no local variable, or the block is left by ``return``, ``break`` or ``continue``.
    CustomFunctionError
        If the block leaves an adjoint of another shape.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> def f(x):
    ...     y = x * x
    ...     with srcgrad.insert_grad_of(y) as y_bar:
    ...         y_bar = np.clip(y_bar, -1.0, 1.0)
    ...     return 10.0 * y
    >>> f(3.0), srcgrad.grad(f)(3.0)
    (90.0, 6.0)
    """

    def __init__(self, x: Any) -> None:
        self._frame: FrameType | None = None
        self._variable = x

    def __enter__(self) -> Any:
        # Python has no way to skip a block. A trace function may raise at the next instruction, which is inside of it.
        self._frame = frame = sys._getframe(1)
        if frame.f_code.co_filename.startswith("<srcgrad ") or _is_recorded(self._variable):
            raise UnsupportedError(
                "a block of insert_grad_of was not found in the text of the function",
                way_out="import insert_grad_of (or srcgrad) at the top of the file, and write it out in the with statement",
            )
        self._before = sys.gettrace(), frame.f_trace, frame.f_trace_opcodes
        frame.f_trace_opcodes = True
        frame.f_trace = _skip
        sys.settrace(_skip)
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        frame = self._frame
        if frame is not None:
            before, frame.f_trace, frame.f_trace_opcodes = self._before
            sys.settrace(before)
        return kind is _Skipped

    @staticmethod
    def at(x: T, body: Any, *reads: Any) -> T:
        """What a block becomes in a function that is differentiated: mark the place, and return the variable."""
        return x


def _is_recorded(x: Any) -> bool:
    recorded = sys.modules.get("srcgrad.runtime.recorded.recorded_values")
    return recorded is not None and isinstance(x, recorded.Recorded)


def _skip(frame: FrameType, event: str, argument: Any) -> Any:
    if event in ("line", "opcode"):
        raise _Skipped
    return _skip


def adjoint_of(x_bar: Any, x: Any) -> Any:
    """What a block has made of an adjoint, with the dtype of the variable.

    Raises
    ------
    CustomFunctionError
        If its shape is not that of the variable.
    """
    if x_bar is None or np.shape(x_bar) != np.shape(x):
        raise CustomFunctionError(
            f"a block of insert_grad_of left {'None' if x_bar is None else f'shape {np.shape(x_bar)}'} as the adjoint "
            f"of a variable of shape {np.shape(x)}",
            way_out="leave an adjoint of the variable's shape",
        )
    return project(x_bar, x)
