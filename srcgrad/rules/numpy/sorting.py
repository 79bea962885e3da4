"""Sorting and sets: the cotangent goes back to where each element came from.

A value of a set that occurs several times shares its cotangent equally among its occurrences.
"""

import numpy as np

from srcgrad.rules.helpers import positions, put_back
from srcgrad.rules.kinds import composite, jvp, nondiff, vjp


@vjp(np.sort, "a")
def sort(a, axis=-1, kind=None, order=None, *, stable=None, g):
    return put_back(g, np.take_along_axis(positions(a), np.argsort(a, axis, kind="stable"), axis), a)


@jvp(np.sort)
def sort_tangent(a, axis=-1, kind=None, order=None, *, stable=None, da):
    return np.take_along_axis(da, np.argsort(a, axis, kind="stable"), axis)


@vjp(np.partition, "a")
def partition(a, kth, axis=-1, kind="introselect", order=None, *, g):
    return put_back(g, np.take_along_axis(positions(a), np.argpartition(a, kth, axis), axis), a)


@jvp(np.partition)
def partition_tangent(a, kth, axis=-1, kind="introselect", order=None, *, da):
    return np.take_along_axis(da, np.argpartition(a, kth, axis), axis)


@vjp(np.sort_complex, "a")
def sort_complex(a, *, g):
    return put_back(g, np.take_along_axis(positions(a), np.argsort(a, kind="stable"), -1), a)


@jvp(np.sort_complex)
def sort_complex_tangent(a, *, da):
    return np.take_along_axis(da + 0j, np.argsort(a, kind="stable"), -1)


# --- sets ---


def occurrences(ar, axis=None, equal_nan=True):
    """Which value of the set each element (or slice along `axis`) is, and how often each value occurs."""
    _, inverse, counts = np.unique(
        ar, return_inverse=True, return_counts=True, axis=axis, equal_nan=equal_nan
    )
    if axis is None:
        return np.reshape(inverse, np.shape(ar)), counts
    shape = [1] * np.ndim(ar)
    shape[axis] = len(counts)
    return np.ravel(inverse), np.reshape(counts, shape)


def average_matrix(ar, axis=None, equal_nan=True):
    """The matrix that takes elements to the mean of those that are equal."""
    inverse, counts = occurrences(ar, axis, equal_nan)
    return (np.ravel(inverse) == np.arange(np.size(counts))[:, None]) / np.reshape(counts, (-1, 1))


nondiff(occurrences, average_matrix)


@vjp(np.unique, "ar", outputs=2)  # or one, if nothing else is asked for
def unique(
    ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, g
):
    dvalues = g[0] if return_index or return_inverse or return_counts else g
    inverse, counts = occurrences(ar, axis, equal_nan)
    return np.take(dvalues / counts, inverse, axis)


@jvp(np.unique)
def unique_tangent(
    ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, ans, dar
):
    matrix = average_matrix(ar, axis, equal_nan)
    line = np.ravel(dar) if axis is None else np.moveaxis(dar, axis, 0)
    dvalues = np.moveaxis(np.tensordot(matrix, line, 1), 0, axis or 0)
    return (dvalues, *ans[1:]) if return_index or return_inverse or return_counts else dvalues


@vjp(np.unique_values, "x")
def unique_values(x, /, *, g):
    inverse, counts = occurrences(x, None, False)
    return np.take(g / counts, inverse)


@jvp(np.unique_values)
def unique_values_tangent(x, /, *, dx):
    return average_matrix(x, None, False) @ np.ravel(dx)


@vjp(np.unique_counts, "x", outputs=2)
def unique_counts(x, /, *, g):
    inverse, counts = occurrences(x, None, False)
    return np.take(g[0] / counts, inverse)


@vjp(np.unique_inverse, "x", outputs=2)
def unique_inverse(x, /, *, g):
    inverse, counts = occurrences(x, None, False)
    return np.take(g[0] / counts, inverse)


@vjp(np.unique_all, "x", outputs=4)
def unique_all(x, /, *, g):
    inverse, counts = occurrences(x, None, False)
    return np.take(g[0] / counts, inverse)


@jvp(np.unique_counts, np.unique_inverse, np.unique_all)
def unique_all_tangent(x, /, *, ans, dx):
    return average_matrix(x, None, False) @ np.ravel(dx), *ans[1:]


@composite(np.union1d)
def union1d(ar1, ar2):
    return np.unique(np.concatenate([np.ravel(ar1), np.ravel(ar2)]))


@composite(np.intersect1d)
def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    first, second = np.unique(ar1), np.unique(ar2)
    common = 0.5 * first[np.isin(first, second)] + 0.5 * second[np.isin(second, first)]
    return (common, *np.intersect1d(ar1, ar2, assume_unique, True)[1:]) if return_indices else common


@composite(np.setdiff1d)
def setdiff1d(ar1, ar2, assume_unique=False):
    first = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return first[~np.isin(first, ar2)]


@composite(np.setxor1d)
def setxor1d(ar1, ar2, assume_unique=False):
    first, second = np.unique(ar1), np.unique(ar2)
    return np.sort(np.concatenate([first[~np.isin(first, second)], second[~np.isin(second, first)]]))
