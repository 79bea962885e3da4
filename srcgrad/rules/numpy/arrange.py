"""Bookkeeping of axes for the rules of this package; nothing here touches a number that has a derivative."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from srcgrad.rules.kinds import nondiff
from srcgrad.rules.text import METADATA


def inverse_permutation(axes: Sequence[int]) -> Any:
    """The permutation of axes that undoes `axes`; negative axes allowed."""
    return np.argsort([axis % len(axes) for axis in axes])


def boundaries(arrays: Sequence[Any], axis: int) -> Any:
    """Where the arrays of a concatenation along `axis` end, the last left out."""
    return np.cumsum([np.shape(array)[axis] for array in arrays])[:-1]


nondiff(inverse_permutation, boundaries)


def count(a: Any, axis: Any, where: Any = True) -> Any:
    """How many elements of `a` each result of a reduction over `axis` comes from."""
    if where is True:
        return np.size(a) if axis is None else math.prod(np.shape(a)[k] for k in np.atleast_1d(axis))
    return np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=True)


nondiff(count)
METADATA[count] = (0,)
METADATA[boundaries] = (0,)
