"""Indexing and selection: each result element is one element of an argument, and the transpose adds it back
there.

What the function does to `positions(a)` says where elements come from; `put_back` is the transpose.
"""

import operator

import numpy as np

from srcgrad.rules.helpers import masked, pick, positions, project, put_back, repeats, scatter
from srcgrad.rules.kinds import composite, into, jvp, linear, nondiff, update, vjp
from srcgrad.rules.numpy.arrange import trimmed, windows

# --- a[index] ---


@linear(operator.getitem, "x", view=True)
def getitem(x, index, /, *, g):
    return scatter(g, index, x)


@into(operator.getitem, "x")
def getitem_into(dx, x, index, *, g):
    if repeats(index):
        np.add.at(dx, index, g)
    else:
        dx[index] += g


@update(operator.setitem, "x", "value")
def setitem(x, index, value, /, *, dx):
    dvalue = project(surviving(dx, index), value)
    dx[index] = 0.0
    return dvalue


def surviving(t, index):
    """Copy of ``t[index]`` with zeros for elements that a later repetition of the same index overwrites."""
    return masked(np.copy(t[index]), survives(index, np.shape(t)))


def survives(index, shape):
    """Mask of the elements of an indexed assignment that stay; True where the index cannot repeat."""
    if not repeats(index):
        return True
    number = np.empty(shape, dtype=int)
    mine = np.arange(number[index].size).reshape(number[index].shape)
    number[index] = mine
    return number[index] == mine


@composite(surviving)
def surviving_again(t, index):
    return masked(t[index], survives(index, np.shape(t)))


nondiff(survives, repeats, positions)


# --- functions that pick elements ---


@linear(pick, "a")
def pick_transpose(a, places, *, g):
    return put_back(g, places, a)


@linear(np.take, "a")
def take(a, indices, axis=None, out=None, mode="raise", *, g):
    return put_back(g, np.take(positions(a), indices, axis, mode=mode), a)


@linear(np.take_along_axis, "arr")
def take_along_axis(arr, indices, axis=-1, *, g):
    return put_back(g, np.take_along_axis(positions(arr), indices, axis), arr)


@linear(np.compress, "a")
def compress(condition, a, axis=None, out=None, *, g):
    return put_back(g, np.compress(condition, positions(a), axis), a)


@linear(np.extract, "arr")
def extract(condition, arr, *, g):
    return put_back(g, np.extract(condition, positions(arr)), arr)


@linear(np.delete, "arr")
def delete(arr, obj, axis=None, *, g):
    return put_back(g, np.delete(positions(arr), obj, axis), arr)


# Negative places are those of the values: the first is -1, the second -2.
@linear(np.insert, "arr", "values")
def insert(arr, obj, values, axis=None, *, g):
    places = np.insert(positions(arr), obj, -1 - positions(values), axis)
    return put_back(g, places, arr), put_back(g, -1 - places, values)


@vjp(np.trim_zeros, "filt")
def trim_zeros(filt, trim="fb", axis=None, *, g):
    return put_back(g, positions(filt)[trimmed(filt, trim, axis)], filt)


@jvp(np.trim_zeros)
def trim_zeros_tangent(filt, trim="fb", axis=None, *, dfilt):
    return dfilt[trimmed(filt, trim, axis)]


@linear(np.diagonal, "a", view=True)
def diagonal(a, offset=0, axis1=0, axis2=1, *, g):
    return put_back(g, np.diagonal(positions(a), offset, axis1, axis2), a)


@linear(np.diag, "v", view=True)
def diag(v, k=0, *, g):
    return np.diagonal(g, k) if np.ndim(v) == 1 else put_back(g, np.diag(positions(v), k), v)


@linear(np.diagflat, "v")
def diagflat(v, k=0, *, g):
    return np.reshape(np.diagonal(g, k), np.shape(v))


@linear(np.tril, "m")
def tril(m, k=0, *, g):
    return project(np.tril(g, k), m)


@linear(np.triu, "m")
def triu(m, k=0, *, g):
    return project(np.triu(g, k), m)


@linear(np.lib.stride_tricks.sliding_window_view, "x", view=True)
def sliding_window_view(x, window_shape, axis=None, *, subok=False, writeable=False, g):
    return put_back(g, np.lib.stride_tricks.sliding_window_view(positions(x), window_shape, axis), x)


@linear(np.lib.stride_tricks.as_strided, "x", view=True)
def as_strided(x, shape=None, strides=None, subok=False, writeable=True, *, check_bounds=None, g):
    return put_back(g, windows(x, shape, strides), x)


# --- functions that choose between arrays ---


@linear(np.choose, "choices", sequences=("choices",))
def choose(a, choices, out=None, mode="raise", *, g):
    chosen = np.choose(a, [np.full(np.shape(x), k) for k, x in enumerate(choices)], mode=mode)
    return [project(np.where(chosen == k, g, 0.0), x) for k, x in enumerate(choices)]


@composite(np.select, exact=True)
def select(condlist, choicelist, default=0):
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = np.where(condition, choice, result)
    return result


@composite(np.piecewise, exact=True)
def piecewise(x, condlist, funclist, *args, **kw):
    pieces = pieces_of(x, condlist, len(funclist))
    values = [np.zeros(1)]
    for k, function in enumerate(funclist):
        mine = pieces == k
        if callable(function) and np.any(mine):
            values.append(np.ravel(function(x[mine], *args, **kw)))
        elif np.any(mine):
            values.append(function * np.ones(int(np.sum(mine))))
    return np.reshape(np.take(np.concatenate(values), places_in_order(pieces)), np.shape(x))


def pieces_of(x, condlist, n):
    """Number of the function that makes each element of ``np.piecewise``, -1 for none."""
    conditions = np.asarray(condlist, dtype=bool)
    conditions = conditions.reshape((-1, *np.shape(x)))
    pieces = np.full(np.shape(x), len(conditions) if n > len(conditions) else -1)
    for k, condition in enumerate(conditions):
        pieces = np.where(condition, k, pieces)
    return pieces


def places_in_order(pieces):
    """Where each element is when those of piece 0 come first, then those of piece 1; 0 for those of none."""
    order = np.argsort(np.ravel(pieces), kind="stable")
    places = np.empty(np.size(pieces), dtype=int)
    left_out = np.sum(pieces < 0)
    places[order] = np.maximum(np.arange(np.size(pieces)) - left_out + 1, 0)
    return np.reshape(places, np.shape(pieces))


nondiff(pieces_of, places_in_order)
