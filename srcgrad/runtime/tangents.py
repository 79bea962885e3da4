"""What generated tangent code calls.

Tangent memory mirrors the memory that it belongs to: the same shapes, the same order in memory, the same sharing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.errors import UnsupportedError

__all__ = ["same_aliasing", "tangent_like"]


def tangent_like(value: Any, tangent: Any) -> Any:
    """Tangent memory for a new array: of its shape, dtype and layout, with this content.

    >>> tangent_like(np.ones(2), 3.0)
    array([3., 3.])
    """
    if not isinstance(value, np.ndarray):
        return tangent
    made = np.zeros_like(value)
    made[...] = tangent
    return made


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
