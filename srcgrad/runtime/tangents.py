"""What generated tangent code calls.

Tangent memory mirrors the memory that it belongs to: the same shapes, the same order in memory, the same sharing.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from srcgrad.errors import UnsupportedError
from srcgrad.runtime.sweeps import shadow_of

__all__ = ["NoColumns", "column_of", "same_aliasing", "tangent_like", "zero_columns"]


class NoColumns(Exception):
    """Many tangents at once do not go with arrays of objects: one after the other, they do."""


def tangent_like(value: Any, tangent: Any, columns: int | None = None) -> Any:
    """Tangent memory for a new array: of its shape, dtype and layout, with this content.

    >>> tangent_like(np.ones(2), 3.0)
    array([3., 3.])
    """
    if not isinstance(value, np.ndarray):
        return tangent
    made = np.zeros_like(value) if columns is None else zero_columns(value, columns)
    made[...] = tangent
    return made


def zero_columns(value: Any, columns: int) -> Any:
    """Many tangents that are zero: in the structure of a value, with one more axis.

    >>> zero_columns([1.0, np.ones(1)], 2)
    [array([0., 0.]), array([[0., 0.]])]
    """
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            raise NoColumns
        return np.zeros((*value.shape, columns), value.dtype) if value.dtype.kind in "fc" else None
    if isinstance(value, (bool, int, str, bytes, type(None), np.integer, np.bool_)):
        return None
    if isinstance(value, (float, complex, np.inexact)):
        return np.zeros(columns, np.result_type(value))
    if isinstance(value, dict):
        return {key: zero_columns(item, columns) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(zero_columns(item, columns) for item in value)
    shadow = shadow_of(value)
    if isinstance(shadow, SimpleNamespace):
        return SimpleNamespace(**{name: zero_columns(getattr(value, name), columns) for name in vars(shadow)})
    return None


def column_of(tangents: Any, column: int) -> Any:
    """One of many tangents of a list or tuple.

    >>> column_of([np.array([1.0, 2.0]), None], 1)
    [array(2.), None]
    """
    if isinstance(tangents, (list, tuple)):
        return [column_of(item, column) for item in tangents]
    return None if tangents is None else tangents[..., column]


def same_aliasing(value: Any, part: Any, tangent: Any, tangent_part: Any) -> Any:
    """The tangent of ``value.reshape(...)``: a view of the tangent where the part is a view, else a copy.

    Raises
    ------
    UnsupportedError
        If the part shares memory with the value and the tangents' layout does not allow the same.
    """
    shares, mirrored = np.may_share_memory(value, part), np.may_share_memory(tangent, tangent_part)
    if shares and not mirrored:
        raise UnsupportedError(
            "an array is reshaped in place, and its tangent has another order in memory",
            way_out="pass tangents in the memory order of the arguments, or copy the array first",
        )
    return tangent_part.copy() if mirrored and not shares else tangent_part
