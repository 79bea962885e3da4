"""Functions that rearrange or repeat elements: linear, and their transposes put elements back or add them
up.
"""

import numpy as np

from srcgrad.rules.helpers import (
    adjoint,
    as_array,
    masked,
    pick,
    positions,
    project,
    put_back,
    restore,
    scatter,
)
from srcgrad.rules.kinds import composite, jvp, linear
from srcgrad.rules.numpy.arrange import inverse_permutation, padded_places


@linear(np.reshape, "a", view=True)
def reshape(a, /, shape, order="C", *, copy=None, g):
    return np.reshape(g, np.shape(a), order=order)


@linear(np.ravel, "a", view=True)
def ravel(a, order="C", *, g):
    return np.reshape(g, np.shape(a), order=order)


@linear(np.transpose, "a", view=True)
def transpose(a, axes=None, *, g):
    return np.transpose(g, None if axes is None else inverse_permutation(axes))


@linear(getattr(np, "matrix_transpose", None), "x", view=True)
def matrix_transpose(x, /, *, g):
    return np.swapaxes(g, -1, -2)


@linear(np.swapaxes, "a", view=True)
def swapaxes(a, axis1, axis2, *, g):
    return np.swapaxes(g, axis1, axis2)


@linear(np.moveaxis, "a", view=True)
def moveaxis(a, source, destination, *, g):
    return np.moveaxis(g, destination, source)


@linear(np.expand_dims, "a", view=True)
def expand_dims(a, axis, *, g):
    return np.reshape(g, np.shape(a))


@linear(np.squeeze, "a", view=True)
def squeeze(a, axis=None, *, g):
    return np.reshape(g, np.shape(a))


@linear(np.broadcast_to, "array", view=True)
def broadcast_to(array, shape, subok=False, *, g):
    return project(g, array)


# --- helpers of rules ---


@linear(project, "t")
def project_transpose(t, x, *, g):
    return project(np.broadcast_to(g, np.shape(t)), t)


@linear(restore, "t")
def restore_transpose(t, axis, keepdims=False, *, g):
    return np.reshape(g, np.shape(t))


@linear(adjoint, "a", view=True)
def adjoint_transpose(a, *, g):
    return adjoint(g)


@linear(put_back, "t")
def put_back_transpose(t, places, a, *, g):
    return project(pick(g, places), t)


@linear(scatter, "t")
def scatter_transpose(t, index, x, *, g):
    return project(g[index], t)


@linear(masked, "t", broadcasts=True)
def masked_transpose(t, where, *, g):
    return masked(g, where)


# --- more views ---


@composite(np.rollaxis, view=True, exact=True)
def rollaxis(a, axis, start=0):
    axis, start = axis % np.ndim(a), start + np.ndim(a) if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@linear(np.flip, "m", view=True)
def flip(m, axis=None, *, g):
    return np.flip(g, axis)


@linear(np.fliplr, "m", view=True)
def fliplr(m, *, g):
    return np.fliplr(g)


@linear(np.flipud, "m", view=True)
def flipud(m, *, g):
    return np.flipud(g)


@linear(np.rot90, "m", view=True)
def rot90(m, k=1, axes=(0, 1), *, g):
    return np.rot90(g, -k, axes)


@composite(np.atleast_1d, view=True, exact=True)
def atleast_1d(*arys):
    results = [np.reshape(x, np.shape(x) or (1,)) for x in arys]
    return results[0] if len(arys) == 1 else tuple(results)


@composite(np.atleast_2d, view=True, exact=True)
def atleast_2d(*arys):
    results = [np.reshape(x, (1,) * (2 - np.ndim(x)) + np.shape(x)) for x in arys]
    return results[0] if len(arys) == 1 else tuple(results)


@composite(np.atleast_3d, view=True, exact=True)
def atleast_3d(*arys):
    results = [
        np.reshape(x, (1,) * (2 - np.ndim(x)) + np.shape(x) + (1,)) if np.ndim(x) < 3 else as_array(x)
        for x in arys
    ]
    return results[0] if len(arys) == 1 else tuple(results)


@composite(np.broadcast_arrays, view=True, exact=True)
def broadcast_arrays(*args, subok=False):
    shape = np.broadcast_shapes(*[np.shape(x) for x in args])
    return tuple([np.broadcast_to(x, shape) for x in args])


# --- copies and repetitions ---


@linear(np.roll, "a")
def roll(a, shift, axis=None, *, g):
    return np.roll(g, tuple(-k for k in shift) if isinstance(shift, tuple | list) else -shift, axis)


@linear(np.repeat, "a")
def repeat(a, repeats, axis=None, *, g):
    return put_back(g, np.repeat(positions(a), repeats, axis), a)


@linear(np.tile, "A")
def tile(A, reps, *, g):
    return put_back(g, np.tile(positions(A), reps), A)


@linear(np.resize, "a")
def resize(a, new_shape, *, g):
    return put_back(g, np.resize(positions(a), new_shape), a)


# Padding repeats elements (mode "edge", "wrap", ...) or adds numbers that count -1: those are left out.
@linear(np.pad, "array")
def pad(array, pad_width, mode="constant", *, constant_values=0, reflect_type="even", g):
    return put_back(g, padded_places(array, pad_width, mode, reflect_type), array)


@jvp(np.pad)
def pad_tangent(array, pad_width, mode="constant", *, constant_values=0, reflect_type="even", darray):
    return pick(darray, padded_places(array, pad_width, mode, reflect_type))
