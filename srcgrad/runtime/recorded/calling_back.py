"""Functions of NumPy that call a function of the program, or take the items of an array one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from srcgrad.runtime.recorded.apply import gathered, plain
from srcgrad.runtime.recorded.dispatch import HANDLERS, TYPE_HANDLERS, call
from srcgrad.runtime.recorded.objects import at, iterate

__all__: list[str] = []


def _ndenumerate(x: Any) -> Iterator[Any]:
    return ((index, at(x)[index]) for index in np.ndindex(np.shape(plain(x))))


def _fromiter(items: Any, dtype: Any, count: int = -1) -> Any:
    collected = list(iterate(items))
    return gathered(collected if count < 0 else collected[:count], dtype)


def _apply_along_axis(function: Any, axis: int, array: Any, *args: Any, **kwargs: Any) -> Any:
    moved = call(np.moveaxis, array, axis, -1)
    shape = np.shape(plain(moved))[:-1]
    results = [call(function, at(moved)[index], *args, **kwargs) for index in np.ndindex(shape)]
    stacked = _stacked(results, shape)
    inner = np.ndim(plain(stacked)) - len(shape)
    axis %= len(shape) + 1
    order = [*range(axis), *range(len(shape), len(shape) + inner), *range(axis, len(shape))]
    return call(np.transpose, stacked, order)


def _stacked(results: list[Any], shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Results of a loop over ``np.ndindex(shape)`` as an array."""
    inner = np.shape(plain(results[0]))
    return call(np.reshape, gathered(results, dtype), (*shape, *inner))


# --- np.vectorize ------------------------------------------------------------------------------


def _vectorized(v: Any, *args: Any, **kwargs: Any) -> Any:
    """``np.vectorize(f)(x)``: the function on every element, or on every array of the axes its signature names."""
    if not callable(v.pyfunc):
        return v(*args, **kwargs)  # a decorator that still waits for its function
    places = [k for k in range(len(args)) if k not in v.excluded]
    names = [name for name in kwargs if name not in v.excluded]
    inner = _core_axes(v.signature, len(places) + len(names))
    looped = [call(np.asarray, x) for x in (*[args[k] for k in places], *[kwargs[name] for name in names])]
    shapes = [np.shape(plain(x)) for x in looped]
    outer = [shape[: len(shape) - n] for shape, n in zip(shapes, inner, strict=True)]
    shape = np.broadcast_shapes(*outer)
    spread = [
        call(np.broadcast_to, x, shape + own[len(own) - n :])
        for x, own, n in zip(looped, shapes, inner, strict=True)
    ]
    if 0 in shape:
        return v(*plain(list(args)), **plain(kwargs))

    def once(index: tuple[int, ...]) -> Any:
        items = [at(x)[index] for x in spread]
        positional = list(args)
        for k, item in zip(places, items, strict=False):
            positional[k] = item
        return call(
            v.pyfunc, *positional, **{**kwargs, **dict(zip(names, items[len(places) :], strict=True))}
        )

    return _collected([once(index) for index in np.ndindex(shape)], shape, v.otypes)


def _core_axes(signature: str | None, count: int) -> list[int]:
    """How many axes of each argument the function takes at once: ``(n,m),(n)->()`` gives 2 and 1."""
    if signature is None:
        return [0] * count
    inputs = re.findall(r"\(([^)]*)\)", signature.partition("->")[0])
    return [len([name for name in part.split(",") if name.strip()]) for part in inputs]


def _collected(results: list[Any], shape: tuple[int, ...], otypes: Any) -> Any:
    """Results as an array, or as one array for each part of theirs; NumPy takes the type from the first."""
    if isinstance(results[0], tuple):
        columns = [[result[k] for result in results] for k in range(len(results[0]))]
        return tuple([_typed(column, shape, otypes and otypes[k]) for k, column in enumerate(columns)])
    return _typed(results, shape, otypes and otypes[0])


def _typed(results: list[Any], shape: tuple[int, ...], dtype: Any) -> Any:
    return _stacked(results, shape, dtype or np.asarray(plain(results[0])).dtype)


_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.ndenumerate: _ndenumerate, np.fromiter: _fromiter, np.apply_along_axis: _apply_along_axis,
}  # fmt: skip
HANDLERS.update(_FUNCTIONS)
TYPE_HANDLERS[np.vectorize] = _vectorized
