"""Shuffles and choices of recorded arrays: NumPy draws the places, the recording moves the elements.

With a whole number in place of an array, NumPy's generators take the same numbers from their stream.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.recorded.apply import active, lift, plain
from srcgrad.runtime.recorded.dispatch import METHOD_HANDLERS, call
from srcgrad.runtime.recorded.memory import session
from srcgrad.runtime.recorded.objects import into
from srcgrad.runtime.recorded.recorded_values import hooks

__all__: list[str] = []


def _shuffle(draw: Callable[..., Any], x: Any, axis: int = 0) -> None:
    if not isinstance(x, np.ndarray):
        session().touch(x)
        draw(x) if axis == 0 else draw(x, axis)
        return
    places = np.arange(np.shape(plain(x))[axis])
    draw(places)
    hooks.setitem(into(x), ..., call(np.take, lift(x), places, axis))


def _permutation(draw: Callable[..., Any], x: Any, axis: int = 0) -> Any:
    if not active(x):
        return draw(plain(x)) if axis == 0 else draw(plain(x), axis)
    values = call(np.asarray, x)
    return call(np.take, values, draw(np.shape(plain(values))[axis]), axis)


def _choice(
    draw: Callable[..., Any],
    a: Any,
    size: Any = None,
    replace: bool = True,
    p: Any = None,
    axis: int = 0,
    **kwargs: Any,
) -> Any:
    if not active(a):
        kwargs = {**kwargs, "axis": axis} if axis else kwargs
        return draw(plain(a), size, replace, plain(p), **kwargs)
    values = call(np.asarray, a)
    places = draw(np.shape(plain(values))[axis], size, replace, plain(p), **kwargs)
    return call(np.take, values, places, axis)


METHOD_HANDLERS.update(
    {
        ("numpy.random", "shuffle"): _shuffle,
        ("numpy.random", "permutation"): _permutation,
        ("numpy.random", "choice"): _choice,
    }
)
