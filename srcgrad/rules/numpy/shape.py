"""Functions that rearrange or repeat elements: linear, and their transposes put elements back or add them up."""

import numpy as np

from srcgrad.rules.helpers import adjoint, project, restore
from srcgrad.rules.kinds import linear
from srcgrad.rules.numpy.arrange import inverse_permutation


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
