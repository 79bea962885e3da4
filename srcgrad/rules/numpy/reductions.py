"""Sums, products, means, extrema and quantiles over axes.

Every pullback spreads the cotangent over the axes that were reduced: `restore` puts them back with length
one. Equal extrema share the cotangent equally.
"""

import numpy as np

from srcgrad.rules import registry
from srcgrad.rules.helpers import as_array, masked, positions, put_back, restore
from srcgrad.rules.kinds import composite, jvp, linear, nondiff, vjp
from srcgrad.rules.numpy.arrange import count, in_line
from srcgrad.rules.text import METADATA

# --- sums ---


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


@linear(np.trace, "a")
def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None, *, g):
    places = np.diagonal(positions(a), offset, axis1, axis2)
    return put_back(np.broadcast_to(np.expand_dims(g, -1), np.shape(places)), places, a)


@composite(np.average, exact=True)
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    if weights is None:
        result = np.mean(a, axis=axis, keepdims=keepdims)
        return (result, result * 0.0 + count(a, axis)) if returned else result
    if np.shape(weights) != np.shape(a):
        order = np.argsort(np.atleast_1d(axis))
        shape = [1] * np.ndim(a)
        for k in np.atleast_1d(axis):
            shape[k] = np.shape(a)[k]
        weights = np.reshape(np.transpose(weights, order), shape) * np.ones(np.shape(a))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    result = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (result, total) if returned else result


# --- spread ---


@vjp(np.var, "a")
def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, g):
    n = count(a, axis, where) - ddof
    centred = a - np.mean(a, axis=axis, keepdims=True, where=where)
    return masked(2 * restore(g, axis, keepdims) * centred / n, where)


@jvp(np.var)
def var_tangent(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, da):
    n = count(a, axis, where) - ddof
    centred = a - np.mean(a, axis=axis, keepdims=True, where=where)
    return np.sum(2 * np.real(np.conj(centred) * da) / n, axis=axis, keepdims=keepdims, where=where)


# Where all elements are equal the slope is any number between -1 and 1 times the direction: it is taken to be
# 0.
@vjp(np.std, "a")
def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, ans, g):
    n = count(a, axis, where) - ddof
    centred = a - np.mean(a, axis=axis, keepdims=True, where=where)
    return masked(restore(g / (ans + (ans == 0)), axis, keepdims) * centred / n, where)


@jvp(np.std)
def std_tangent(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, ans, da):
    n = count(a, axis, where) - ddof
    centred = a - np.mean(a, axis=axis, keepdims=True, where=where)
    slope = np.sum(np.real(np.conj(centred) * da) / n, axis=axis, keepdims=keepdims, where=where)
    return slope / (ans + (ans == 0))


# --- extrema ---


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


registry.alias(np.amax, registry.TABLE[np.max])
registry.alias(np.amin, registry.TABLE[np.min])


def even_shares(ties, axis, where, like):
    """Equal parts of one for the true elements along `axis`, in the dtype of `like`; piecewise constant."""
    ties = ties if where is True else ties & where
    n = np.sum(ties, axis=axis, keepdims=True)
    return (ties / (n + (n == 0))).astype(np.result_type(like))


nondiff(even_shares)
METADATA[even_shares] = (3,)


@composite(np.ptp, exact=True)
def ptp(a, axis=None, out=None, keepdims=False):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# --- products: exact with any number of zeros ---


@vjp(np.prod, "a")
def prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True, *, g):
    others = initial * product_of_others(a if where is True else np.where(where, a, 1.0), axis)
    return masked(restore(g, axis, keepdims) * np.conj(others), where)


@jvp(np.prod)
def prod_tangent(a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True, *, da):
    others = initial * product_of_others(a if where is True else np.where(where, a, 1.0), axis)
    return np.sum(da * others, axis=axis, keepdims=keepdims, where=where)


def product_of_others(a, axis):
    """For each element: the product of all the others along `axis`."""
    return np.prod(a, axis=axis, keepdims=True) / a if np.all(a) else product_both_ways(a, axis)


@composite(product_of_others)
def product_both_ways(a, axis):
    line = in_line(a, axis)
    one = np.ones_like(line[..., :1])
    before = np.cumprod(np.concatenate([one, line[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, line[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return pick_out(before * after, axis, a)


def pick_out(line, axis, a):
    """Undo `in_line`."""
    shape = np.shape(a)
    axes = tuple(range(len(shape))) if axis is None else tuple(k % len(shape) for k in np.atleast_1d(axis))
    kept = tuple(k for k in range(len(shape)) if k not in axes)
    moved = np.reshape(line, [shape[k] for k in kept + axes])
    return np.transpose(moved, np.argsort(kept + axes))


METADATA[pick_out] = (2,)


# --- integrals ---


@composite(np.trapezoid, exact=True)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = np.moveaxis(as_array(y), axis, -1)
    if x is None:
        width = dx
    elif np.ndim(x) == 1:
        width = np.diff(x)
    else:
        width = np.moveaxis(np.diff(x, axis=axis), axis, -1)
    return np.sum(width * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)
