"""Threads that a recorded program starts record into the program's own session."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from srcgrad.errors import SrcgradError, UnsupportedError
from srcgrad.runtime.recorded.apply import active
from srcgrad.runtime.recorded.dispatch import HANDLERS, LIBRARY_HANDLERS, call
from srcgrad.runtime.recorded.memory import Session, state
from srcgrad.runtime.recorded.objects import iterate
from srcgrad.runtime.recorded.whereabouts import noted

__all__: list[str] = []


def _within(session: Session | None, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call a function in another thread."""
    outer, state.session = state.session, session
    try:
        return call(function, *args, **kwargs)
    except SrcgradError as error:
        # A thread dies of it in silence, the recording does not.
        raise noted(error) from None
    finally:
        state.session = outer


def _start(thread: threading.Thread) -> None:
    thread.run = functools.partial(_within, state.session, type(thread).run, thread)  # type: ignore[method-assign]
    threading.Thread.start(thread)


def _run(thread: Any) -> None:
    if thread._target is not None:
        call(thread._target, *thread._args, **thread._kwargs)


def _run_later(timer: Any) -> None:
    timer.finished.wait(timer.interval)
    if not timer.finished.is_set():
        call(timer.function, *timer.args, **timer.kwargs)
    timer.finished.set()


def _made(cls: type) -> Callable[..., None]:
    """Its own ``__init__``, which keeps what it is given."""

    def initialise(thread: Any, *args: Any, **kwargs: Any) -> None:
        cls.__init__(thread, *args, **kwargs)  # type: ignore[misc]

    return initialise


def _submit(executor: Any, function: Any, /, *args: Any, **kwargs: Any) -> Any:
    _same_process(executor, args, kwargs)
    return type(executor).submit(executor, _within, state.session, function, *args, **kwargs)


def _map(executor: Any, function: Any, *items: Any, **kwargs: Any) -> Any:
    items = tuple([list(iterate(part)) for part in items])
    _same_process(executor, items, {})
    return type(executor).map(executor, functools.partial(_within, state.session, function), *items, **kwargs)


def _same_process(executor: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if type(executor).__module__ == "concurrent.futures.process" and (active(args) or active(kwargs)):
        raise noted(
            UnsupportedError(
                "values that carry derivatives are sent to another process",
                way_out="use threads, or call the function here",
            )
        )


HANDLERS.update(
    {
        threading.Thread.__init__: _made(threading.Thread),
        threading.Timer.__init__: _made(threading.Timer),
        threading.Timer.run: _run_later,
        threading.Thread.start: _start,
        threading.Thread.run: _run,
    }
)
# Few programs import these modules, and they take their time.
LIBRARY_HANDLERS.update(
    {
        ("concurrent.futures.thread", "ThreadPoolExecutor.submit"): _submit,
        ("concurrent.futures.process", "ProcessPoolExecutor.submit"): _submit,
        ("concurrent.futures.process", "ProcessPoolExecutor.map"): _map,
        ("concurrent.futures._base", "Executor.map"): _map,
    }
)
