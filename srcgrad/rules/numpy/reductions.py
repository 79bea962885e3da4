"""Sums, products, means and extrema over axes.

Every pullback spreads the cotangent over the axes that were reduced: `restore` puts them back with length one.
"""

import numpy as np

from srcgrad.rules.helpers import masked, restore
from srcgrad.rules.kinds import composite, jvp, linear, nondiff, vjp
from srcgrad.rules.numpy.arrange import count
from srcgrad.rules.text import METADATA


@linear(np.sum, "a")
def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True, *, g):
    return masked(np.broadcast_to(restore(g, axis, keepdims), np.shape(a)), where)


@jvp(np.sum)
def sum_tangent(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True, *, da):
    return np.sum(da, axis=axis, dtype=dtype, keepdims=keepdims, where=where)


@linear(np.mean, "a")
def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True, g):
    n = count(a, axis, where)
    return masked(np.broadcast_to(restore(g, axis, keepdims) / n, np.shape(a)), where)


@vjp(np.max, "a")
def max(a, axis=None, out=None, keepdims=False, initial=None, where=True, *, ans, g):
    return restore(g, axis, keepdims) * even_shares(a == restore(ans, axis, keepdims), axis, where, ans)


@vjp(np.min, "a")
def min(a, axis=None, out=None, keepdims=False, initial=None, where=True, *, ans, g):
    return restore(g, axis, keepdims) * even_shares(a == restore(ans, axis, keepdims), axis, where, ans)


@jvp(np.max, np.min)
def max_tangent(a, axis=None, out=None, keepdims=False, initial=None, where=True, *, ans, da):
    shares = even_shares(a == restore(ans, axis, keepdims), axis, where, ans)
    return np.sum(da * shares, axis=axis, keepdims=keepdims)


def even_shares(ties, axis, where, like):
    """Equal parts of one for the true elements along `axis`, in the dtype of `like`; piecewise constant."""
    ties = ties if where is True else ties & where
    n = np.sum(ties, axis=axis, keepdims=True)
    return np.asarray(ties / (n + (n == 0)), dtype=np.result_type(like))


nondiff(even_shares)
METADATA[even_shares] = (3,)
