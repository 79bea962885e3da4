"""Reductions that skip NaN: the plain reduction of the elements that are numbers; the others have slope 0."""

import numpy as np

from srcgrad.rules.kinds import composite, elementwise


@elementwise(np.nan_to_num, wrt=("x",))
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None, *, g):
    return np.where(np.isfinite(x), g, 0.0)


@composite(np.nansum, exact=True)
def nansum(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    return np.sum(
        np.where(np.isnan(a), 0.0, a), axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where
    )


@composite(np.nanprod, exact=True)
def nanprod(a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    return np.prod(
        np.where(np.isnan(a), 1.0, a), axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where
    )


@composite(np.nancumsum, exact=True)
def nancumsum(a, axis=None, dtype=None, out=None):
    return np.cumsum(np.where(np.isnan(a), 0.0, a), axis=axis, dtype=dtype)


@composite(np.nancumprod, exact=True)
def nancumprod(a, axis=None, dtype=None, out=None):
    return np.cumprod(np.where(np.isnan(a), 1.0, a), axis=axis, dtype=dtype)


@composite(np.nanmean)
def nanmean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    numbers = np.where(np.isnan(a), 0.0, a)
    return np.mean(numbers, axis=axis, dtype=dtype, keepdims=keepdims, where=~np.isnan(a) & where)


@composite(np.nanvar)
def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True):
    numbers = np.where(np.isnan(a), 0.0, a)
    chosen = ~np.isnan(a) & where
    return np.var(numbers, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=chosen)


@composite(np.nanstd)
def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True):
    numbers = np.where(np.isnan(a), 0.0, a)
    chosen = ~np.isnan(a) & where
    return np.std(numbers, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=chosen)


@composite(np.nanmax, exact=True)
def nanmax(a, axis=None, out=None, keepdims=False, initial=-np.inf, where=True):
    numbers = np.where(np.isnan(a), -np.inf, a)
    largest = np.max(numbers, axis=axis, keepdims=keepdims, initial=initial, where=where)
    empty = np.all(np.isnan(a), axis=axis, keepdims=keepdims, where=where)
    return np.where(empty, np.nan, largest)[()] if initial == -np.inf else largest


@composite(np.nanmin, exact=True)
def nanmin(a, axis=None, out=None, keepdims=False, initial=np.inf, where=True):
    numbers = np.where(np.isnan(a), np.inf, a)
    smallest = np.min(numbers, axis=axis, keepdims=keepdims, initial=initial, where=where)
    empty = np.all(np.isnan(a), axis=axis, keepdims=keepdims, where=where)
    return np.where(empty, np.nan, smallest)[()] if initial == np.inf else smallest
