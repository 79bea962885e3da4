"""Functions that join arrays or take them apart."""

import numpy as np

from srcgrad.rules.helpers import project
from srcgrad.rules.kinds import composite, linear
from srcgrad.rules.numpy.arrange import boundaries

# --- join: the cotangent is cut at the seams ---


@linear(np.concatenate, "arrays", sequences=("arrays",))
def concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind", g):
    parts = np.split(g, boundaries(arrays, axis), axis or 0)
    return [project(np.reshape(part, np.shape(x)), x) for part, x in zip(parts, arrays, strict=True)]


@linear(np.stack, "arrays", sequences=("arrays",))
def stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind", g):
    return [project(part, x) for part, x in zip(np.moveaxis(g, axis, 0), arrays, strict=True)]


@composite(np.hstack, exact=True)
def hstack(tup, *, dtype=None, casting="same_kind"):
    arrays = [np.atleast_1d(x) for x in tup]
    return np.concatenate(arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1)


@composite(np.vstack, getattr(np, "row_stack", None), exact=True)
def vstack(tup, *, dtype=None, casting="same_kind"):
    return np.concatenate([np.atleast_2d(x) for x in tup], axis=0)


@composite(np.dstack, exact=True)
def dstack(tup):
    return np.concatenate([np.atleast_3d(x) for x in tup], axis=2)


@composite(np.column_stack, exact=True)
def column_stack(tup):
    return np.concatenate([np.reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in tup], axis=1)


@composite(np.append, exact=True)
def append(arr, values, axis=None):
    if axis is None:
        return np.concatenate([np.ravel(arr), np.ravel(values)])
    return np.concatenate([arr, values], axis=axis)


@composite(np.block, exact=True)
def block(arrays):
    depth = _depth(arrays)
    ndim = max(depth, _most_axes(arrays))
    return _joined(arrays, depth, ndim)


def _depth(arrays):
    return 1 + _depth(arrays[0]) if isinstance(arrays, list) else 0


def _most_axes(arrays):
    return max(_most_axes(x) for x in arrays) if isinstance(arrays, list) else np.ndim(arrays)


def _joined(arrays, depth, ndim):
    if depth == 0:
        return np.reshape(arrays, (1,) * (ndim - np.ndim(arrays)) + np.shape(arrays))
    return np.concatenate([_joined(x, depth - 1, ndim) for x in arrays], axis=-depth)


# --- take apart: parts are slices ---


@composite(np.array_split, view=True, exact=True)
def array_split(ary, indices_or_sections, axis=0):
    n = np.shape(ary)[axis]
    if np.ndim(indices_or_sections) == 0:
        small, larger = divmod(n, indices_or_sections)
        ends = [0]
        for k in range(indices_or_sections):
            ends.append(ends[-1] + small + (k < larger))
    else:
        ends = [0, *(int(k) for k in indices_or_sections), n]
    before = (slice(None),) * (axis % np.ndim(ary))
    return [ary[(*before, slice(ends[k], ends[k + 1]))] for k in range(len(ends) - 1)]


@composite(np.split, view=True, exact=True)
def split(ary, indices_or_sections, axis=0):
    return np.array_split(ary, indices_or_sections, axis)


@composite(np.hsplit, view=True, exact=True)
def hsplit(ary, indices_or_sections):
    return np.array_split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@composite(np.vsplit, view=True, exact=True)
def vsplit(ary, indices_or_sections):
    return np.array_split(ary, indices_or_sections, 0)


@composite(np.dsplit, view=True, exact=True)
def dsplit(ary, indices_or_sections):
    return np.array_split(ary, indices_or_sections, 2)


@composite(getattr(np, "unstack", None), view=True)
def unstack(x, /, *, axis=0):
    line = np.moveaxis(x, axis, 0)
    return tuple([line[k] for k in range(len(line))])
