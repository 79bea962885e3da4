"""Methods of ufuncs: reduce, accumulate, reduceat and outer (``at`` writes, see `update`)."""

import numpy as np

from srcgrad.rules.helpers import positions, put_back, restore
from srcgrad.rules.kinds import composite, jvp, nondiff, vjp
from srcgrad.rules.numpy.scans import gathered, preceding

# --- reduce: like the function, but over the first axis if none is named ---


@composite(np.add.reduce)
def add_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=0, where=True):
    return np.sum(array, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@composite(np.multiply.reduce)
def multiply_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=1, where=True):
    return np.prod(array, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@composite(np.maximum.reduce, np.fmax.reduce)
def maximum_reduce(array, axis=0, dtype=None, out=None, keepdims=False):
    return np.max(array, axis=axis, keepdims=keepdims)


@composite(np.minimum.reduce, np.fmin.reduce)
def minimum_reduce(array, axis=0, dtype=None, out=None, keepdims=False):
    return np.min(array, axis=axis, keepdims=keepdims)


@composite(np.subtract.reduce)
def subtract_reduce(array, axis=0, dtype=None, out=None, keepdims=False):
    return 2 * np.take(array, [0] if keepdims else 0, axis) - np.sum(array, axis=axis, keepdims=keepdims)


@vjp(np.logaddexp.reduce, "array")
def logaddexp_reduce(array, axis=0, dtype=None, out=None, keepdims=False, *, ans, g):
    return restore(g, axis, keepdims) * np.exp(array - restore(ans, axis, keepdims))


@jvp(np.logaddexp.reduce)
def logaddexp_reduce_tangent(array, axis=0, dtype=None, out=None, keepdims=False, *, ans, darray):
    return np.sum(np.exp(array - restore(ans, axis, keepdims)) * darray, axis=axis, keepdims=keepdims)


@vjp(np.hypot.reduce, "array")
def hypot_reduce(array, axis=0, dtype=None, out=None, keepdims=False, *, ans, g):
    return restore(g / (ans + (ans == 0)), axis, keepdims) * array


@jvp(np.hypot.reduce)
def hypot_reduce_tangent(array, axis=0, dtype=None, out=None, keepdims=False, *, ans, darray):
    return np.sum(array * darray, axis=axis, keepdims=keepdims) / (ans + (ans == 0))


# --- accumulate ---


@composite(np.add.accumulate)
def add_accumulate(array, axis=0, dtype=None, out=None):
    return np.cumsum(array, axis=axis, dtype=dtype)


@composite(np.multiply.accumulate)
def multiply_accumulate(array, axis=0, dtype=None, out=None):
    return np.cumprod(array, axis=axis, dtype=dtype)


@composite(np.subtract.accumulate)
def subtract_accumulate(array, axis=0, dtype=None, out=None):
    return 2 * np.take(array, [0], axis) - np.cumsum(array, axis=axis)


def leaders(array, ans, axis):
    """Running number of the element that is the largest (or smallest) so far; the first of equal ones."""
    line = np.moveaxis(positions(array), axis, 0)
    new = np.moveaxis(ans, axis, 0)
    changed = np.concatenate([np.ones_like(new[:1], dtype=bool), new[1:] != new[:-1]])
    rows = np.arange(len(line)).reshape((-1,) + (1,) * (line.ndim - 1))
    at = np.maximum.accumulate(np.where(changed, rows, 0), axis=0)
    return np.moveaxis(np.take_along_axis(line, at, 0), 0, axis)


nondiff(leaders)


@vjp(np.maximum.accumulate, "array")
@vjp(np.minimum.accumulate, "array")
def extreme_accumulate(array, axis=0, dtype=None, out=None, *, ans, g):
    return put_back(g, leaders(array, ans, axis), array)


@jvp(np.maximum.accumulate, np.minimum.accumulate)
def extreme_accumulate_tangent(array, axis=0, dtype=None, out=None, *, ans, darray):
    return np.reshape(np.take(darray, leaders(array, ans, axis)), np.shape(array))


# With y the running results: d y[k] = exp(y[k - 1] - y[k]) d y[k - 1] + exp(x[k] - y[k]) d x[k].
@vjp(np.logaddexp.accumulate, "array")
def logaddexp_accumulate(array, axis=0, dtype=None, out=None, *, ans, g):
    return np.exp(array - ans) * gathered(g, np.exp(preceding(ans, axis, -np.inf) - ans), axis)


@jvp(np.logaddexp.accumulate)
def logaddexp_accumulate_tangent(array, axis=0, dtype=None, out=None, *, ans, darray):
    kept = np.flip(np.exp(preceding(ans, axis, -np.inf) - ans), axis)
    return np.flip(
        gathered(np.flip(np.exp(array - ans) * darray, axis), preceding(kept, axis, 1.0), axis), axis
    )


# --- reduceat: slices that start at the indices and end at the next one, or are one element ---


def segments(n, indices):
    """Which elements each result comes from: element numbers, and the number of the result beside each."""
    ends = [*indices[1:], n]
    spans = [np.arange(start, max(start + 1, end)) for start, end in zip(indices, ends, strict=True)]
    return np.concatenate(spans), np.repeat(np.arange(len(spans)), [len(span) for span in spans])


nondiff(segments)


def _reduceat_of(ufunc, reduction):
    def reduceat(array, indices, axis=0, dtype=None, out=None):
        line = np.moveaxis(array, axis, 0)
        elements, results = segments(len(line), indices)
        parts = [reduction(line[elements[results == k]], axis=0) for k in range(len(indices))]
        return np.moveaxis(np.stack(parts), 0, axis)

    composite(ufunc.reduceat)(reduceat)


_reduceat_of(np.add, np.sum)
_reduceat_of(np.multiply, np.prod)
_reduceat_of(np.maximum, np.max)
_reduceat_of(np.minimum, np.min)


# --- outer: every pair ---


def _outer_of(ufunc):
    def outer(A, B, /):
        return ufunc(np.reshape(A, np.shape(A) + (1,) * np.ndim(B)), B)

    composite(ufunc.outer)(outer)


_PAIRS = """
    add subtract multiply divide power float_power maximum minimum fmax fmin hypot arctan2 logaddexp
    logaddexp2 remainder fmod copysign
"""
for _ufunc in (getattr(np, name) for name in _PAIRS.split()):
    _outer_of(_ufunc)

nondiff(np.floor_divide.outer, np.equal.outer, np.not_equal.outer, np.less.outer, np.less_equal.outer)
nondiff(np.greater.outer, np.greater_equal.outer, np.logical_and.reduce, np.logical_or.reduce)
