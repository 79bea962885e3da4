"""Quantiles: between two neighbours in the sorted elements, so linear in both, and smooth in q where the
method is.
"""

import numpy as np

from srcgrad.errors import RuleParameterError
from srcgrad.rules.helpers import as_array
from srcgrad.rules.kinds import composite, nondiff
from srcgrad.rules.numpy.arrange import in_line

#: Methods by their two parameters as in Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996).
CONTINUOUS = {
    "interpolated_inverted_cdf": (0, 1),
    "hazen": (0.5, 0.5),
    "weibull": (0, 0),
    "linear": (1, 1),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


def position(q, n, method):
    """Where between the sorted elements 0 and n - 1 the quantile lies."""
    if method in CONTINUOUS:
        alpha, beta = CONTINUOUS[method]
        return n * q + (alpha + q * (1 - alpha - beta)) - 1
    return step_position(q, n, method)


def step_position(q, n, method):
    """The same for the methods that step from one element to the next: no slope in q."""
    even = (n - 1) * q
    if method == "lower":
        return np.floor(even)
    if method == "higher":
        return np.ceil(even)
    if method == "nearest":
        return np.round(even)
    if method == "midpoint":
        return 0.5 * (np.floor(even) + np.ceil(even))
    if method == "inverted_cdf":
        return np.ceil(n * q - 1)
    if method == "averaged_inverted_cdf":
        return np.where(n * q == np.floor(n * q), n * q - 0.5, np.floor(n * q))
    if method == "closest_observation":
        place = n * q - 1.5
        stays = (place == np.floor(place)) & (np.floor(place) % 2 == 0)
        return np.where(stays, np.floor(place), np.floor(place) + 1)
    raise RuleParameterError(
        f"the derivative of quantile does not know the method {method!r}",
        way_out="use one of NumPy's methods",
    )


nondiff(step_position)


def sorted_quantile(line, n, q, method, like):
    """Quantile q along the last axis of sorted elements of which the first n count."""
    place = np.clip(position(q, n, method), 0, n - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, n - 1)
    share = (place - low).astype(np.result_type(like))
    shape = (*np.shape(line)[:-1], 1)
    below = np.take_along_axis(line, np.reshape(low + np.zeros(shape[:-1], dtype=int), shape), -1)[..., 0]
    above = np.take_along_axis(line, np.reshape(high + np.zeros(shape[:-1], dtype=int), shape), -1)[..., 0]
    return below + (above - below) * share


def all_quantiles(a, q, axis, method, keepdims, skip_nan):
    """Quantiles of the elements along `axis`, one for each q; the axes of q come first."""
    line = np.sort(in_line(as_array(a), axis), axis=-1)
    missing = np.sum(np.isnan(line), axis=-1)
    n = np.shape(line)[-1] - (missing if skip_nan else 0 * missing)
    like = np.result_type(a, 1.0) if isinstance(q, float | int) else np.result_type(a, q, 1.0)
    bad = (n == 0) | (False if skip_nan else missing > 0)
    n = np.maximum(n, 1)
    parts = [sorted_quantile(line, n, part, method, like) for part in np.ravel(q)]
    parts = [np.where(bad, np.nan, part) if np.any(bad) else part for part in parts]
    shape = np.shape(parts[0])
    if keepdims:
        axes = range(np.ndim(a)) if axis is None else [k % np.ndim(a) for k in np.atleast_1d(axis)]
        shape = tuple(1 if k in axes else m for k, m in enumerate(np.shape(a)))
    return np.reshape(np.stack(parts), np.shape(q) + shape)


@composite(np.quantile)
def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False):
    return all_quantiles(a, q, axis, method, keepdims, False)


@composite(np.percentile)
def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False):
    return all_quantiles(a, q / 100 if np.ndim(q) == 0 else as_array(q) / 100, axis, method, keepdims, False)


@composite(np.median, exact=True)
def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return all_quantiles(a, 0.5, axis, "linear", keepdims, False)


@composite(np.nanquantile)
def nanquantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False):
    return all_quantiles(a, q, axis, method, keepdims, True)


@composite(np.nanpercentile)
def nanpercentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False):
    return all_quantiles(a, q / 100 if np.ndim(q) == 0 else as_array(q) / 100, axis, method, keepdims, True)


@composite(np.nanmedian)
def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return all_quantiles(a, 0.5, axis, "linear", keepdims, True)
