"""Whether operations are recorded: per thread and per asynchronous task."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, ClassVar, TypeVar

__all__ = [
    "enable_grad", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled", "no_grad",
    "recording", "set_grad_enabled",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])

# 1: record; 0: do not; -1: inference.  `recording.get() > 0` is all that the operations ask.
recording: ContextVar[int] = ContextVar("recording", default=1)


class _Mode:
    """A block, or a decorator, inside of which the mode is another one."""

    def __init__(self, state: int) -> None:
        self._state = state
        self._before: list[int] = []

    def __enter__(self) -> None:
        before = recording.get()
        self._before.append(before)
        # `no_grad` inside of inference mode is still inference.
        recording.set(before if before < 0 and not self._state else self._state)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        recording.set(self._before.pop())

    def __call__(self, function: F) -> F:
        """Wrap a function; a generator is in the mode only while its own code runs."""
        state = self._state
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generator(*args: Any, **kwargs: Any) -> Any:
                inner = function(*args, **kwargs)
                step: Callable[[], Any] = functools.partial(next, inner)
                while True:
                    with _Mode(state):
                        try:
                            item = step()
                        except StopIteration as stop:
                            return stop.value
                    try:
                        sent = yield item
                        step = functools.partial(inner.send, sent)
                    except GeneratorExit:
                        inner.close()
                        raise
                    except BaseException as error:
                        step = functools.partial(inner.throw, error)

            return generator  # type: ignore[return-value]

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with _Mode(state):
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]


class _Block(_Mode):
    """A mode that also decorates without parentheses: ``@no_grad``."""

    state: ClassVar[int]

    def __new__(cls, function: Any = None) -> Any:
        if callable(function):
            return cls()(function)
        return super().__new__(cls)

    def __init__(self, function: Any = None) -> None:
        super().__init__(type(self).state)


class no_grad(_Block):
    """Switch recording off, in a block or in a decorated function.

    Examples
    --------
    >>> import srcgrad as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    state = 0


class enable_grad(_Block):
    """Switch recording on, in a block or in a decorated function, whatever the mode around it.

    Examples
    --------
    >>> import srcgrad as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad(), torch.enable_grad():
    ...     (x * 2).requires_grad
    True
    """

    state = 1


class set_grad_enabled(_Mode):
    """Set whether operations are recorded: at once, or for a block.

    Examples
    --------
    >>> import srcgrad as torch
    >>> with torch.set_grad_enabled(False):
    ...     torch.is_grad_enabled()
    False
    >>> torch.is_grad_enabled()
    True
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(int(bool(mode)))
        self._before.append(recording.get())
        recording.set(self._state)

    def __enter__(self) -> None:
        recording.set(self._state)

    def __call__(self, function: F) -> F:
        recording.set(self._before[-1])
        return super().__call__(function)


class inference_mode(_Mode):
    """No recording, and what is made inside can never take part in a recording.

    Examples
    --------
    >>> import srcgrad as torch
    >>> with torch.inference_mode():
    ...     torch.ones(1).is_inference()
    True
    """

    def __new__(cls, mode: Any = True) -> Any:
        if callable(mode):
            return cls()(mode)
        return super().__new__(cls)

    def __init__(self, mode: Any = True) -> None:
        super().__init__(-1 if mode else 1)


def is_grad_enabled() -> bool:
    """Whether operations are being recorded.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.is_grad_enabled()
    True
    """
    return recording.get() > 0


def is_inference_mode_enabled() -> bool:
    """Whether this is inside of `inference_mode`."""
    return recording.get() < 0
