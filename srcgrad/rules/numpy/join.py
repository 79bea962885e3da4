"""Functions that join arrays or take them apart."""

import numpy as np

from srcgrad.rules.helpers import project
from srcgrad.rules.kinds import linear
from srcgrad.rules.numpy.arrange import boundaries


@linear(np.concatenate, "arrays", sequences=("arrays",))
def concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind", g):
    return _parted(g, arrays, axis)


@linear(np.stack, "arrays", sequences=("arrays",))
def stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind", g):
    return [project(part, x) for part, x in zip(np.moveaxis(g, axis, 0), arrays, strict=True)]


def _parted(t, arrays, axis):
    """Split a cotangent of a concatenation among the arrays."""
    if axis is None:
        ends = np.cumsum([np.size(x) for x in arrays])[:-1]
        return [project(np.reshape(part, np.shape(x)), x) for part, x in zip(np.split(t, ends), arrays, strict=True)]
    parts = np.split(t, boundaries(arrays, axis), axis)
    return [project(part, x) for part, x in zip(parts, arrays, strict=True)]
