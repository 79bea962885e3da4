"""Copies and conversions: the value is the argument's, so is the cotangent, in the argument's own form and
dtype.
"""

import numpy as np

from srcgrad.rules.helpers import project
from srcgrad.rules.kinds import linear

# --- the asarray family; the argument may be a number, an array or nested lists of them ---


@linear(np.asarray, "a", view=True)
def asarray(a, dtype=None, order=None, *, device=None, copy=None, like=None, g):
    return project(np.reshape(g, np.shape(a)), a)


@linear(np.asanyarray, "a", view=True)
def asanyarray(a, dtype=None, order=None, *, device=None, copy=None, like=None, g):
    return project(np.reshape(g, np.shape(a)), a)


@linear(np.asarray_chkfinite, "a", view=True)
def asarray_chkfinite(a, dtype=None, order=None, *, g):
    return project(np.reshape(g, np.shape(a)), a)


@linear(np.ascontiguousarray, "a", view=True)
def ascontiguousarray(a, dtype=None, *, like=None, g):
    return project(np.reshape(g, np.shape(a)), a)


@linear(np.asfortranarray, "a", view=True)
def asfortranarray(a, dtype=None, *, like=None, g):
    return project(np.reshape(g, np.shape(a)), a)


@linear(np.require, "a", view=True)
def require(a, dtype=None, requirements=None, *, like=None, g):
    return project(np.reshape(g, np.shape(a)), a)


@linear(np.array, "object")
def array(object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0, like=None, g):
    return project(np.reshape(g, np.shape(object)), object)


@linear(np.copy, "a")
def copy(a, order="K", subok=False, *, g):
    return project(np.reshape(g, np.shape(a)), a)


@linear(getattr(np, "astype", None), "x")
def astype(x, dtype, /, *, copy=True, device=None, g):
    return project(g, x)


@linear(np.real_if_close, "a", view=True)
def real_if_close(a, tol=100, *, g):
    return project(g, a)


@linear(np.float64, "x")
def float64(x=0.0, /, *, g):
    return project(g, x)


@linear(np.float32, "x")
def float32(x=0.0, /, *, g):
    return project(g, x)


@linear(np.complex128, "x")
def complex128(x=0.0, /, *, g):
    return project(g, x)


@linear(np.complex64, "x")
def complex64(x=0.0, /, *, g):
    return project(g, x)
