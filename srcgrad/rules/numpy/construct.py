"""Arrays made from numbers: constant ones, ramps, grids, and those assembled by other functions."""

import math

import numpy as np

from srcgrad.errors import RuleParameterError
from srcgrad.rules.helpers import as_array, project
from srcgrad.rules.kinds import composite, jvp, linear, nondiff, vjp


@linear(np.full, "fill_value")
def full(shape, fill_value, dtype=None, order="C", *, device=None, like=None, g):
    return project(g, fill_value)


@linear(np.full_like, "fill_value")
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None, g):
    return project(g, fill_value)


# --- ramps ---


# The number of elements depends on the arguments in steps: between the steps element k is start + k * step.
@vjp(np.arange, "start", "step")
def arange(start, stop=None, step=1, dtype=None, *, device=None, like=None, g):
    return 0.0 if stop is None else np.sum(g), np.dot(np.arange(np.size(g)), g)


@jvp(np.arange)
def arange_tangent(start, stop=None, step=1, dtype=None, *, device=None, like=None, ans, dstart, dstep):
    return (0.0 if stop is None else dstart) + np.arange(np.size(ans)) * dstep


@composite(np.linspace)
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    parts = max(num - 1 if endpoint else num, 1)
    share = np.arange(num) / parts
    shape = np.broadcast_shapes(np.shape(start), np.shape(stop))
    share = np.reshape(share, (num,) + (1,) * len(shape))
    line = (1 - share) * start + share * stop
    line = np.moveaxis(line, 0, axis) if axis != 0 else line
    return (line, (stop - start) / parts) if retstep else line


@composite(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    exponents = np.linspace(start, stop, num, endpoint, axis=axis)
    return np.power(base if np.ndim(base) == 0 else np.expand_dims(base, axis), exponents)


@composite(np.geomspace)
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    ratio = np.linspace(
        0.0 * np.log(np.abs(stop / start)), np.log(np.abs(stop / start)), num, endpoint, axis=axis
    )
    return start * np.exp(ratio) if axis == 0 else np.expand_dims(start, axis) * np.exp(ratio)


@composite(np.meshgrid, exact=True)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    n = len(xi)
    places = list(range(n))
    if indexing == "xy" and n > 1:
        places[0], places[1] = 1, 0
    lines = [
        np.reshape(x, [-1 if k == place else 1 for k in range(n)])
        for x, place in zip(xi, places, strict=True)
    ]
    return tuple(lines) if sparse else tuple(np.broadcast_arrays(*lines))


@composite(np.vander, exact=True)
def vander(x, N=None, increasing=False):
    n = len(x) if N is None else N
    powers = [np.ones_like(x)]
    for _ in range(n - 1):
        powers.append(powers[-1] * x)
    return (
        np.stack(powers[:n] if increasing else powers[:n][::-1], axis=-1) if n > 0 else np.empty((len(x), 0))
    )


@composite(np.kaiser)
def kaiser(M, beta):
    if M <= 1:
        return np.ones(max(M, 0)) + 0.0 * beta
    half = (M - 1) / 2.0
    return np.i0(beta * np.sqrt(1 - ((np.arange(M) - half) / half) ** 2)) / np.i0(beta)


# --- np.r_ and np.c_: rules of the objects, for what stands in the brackets ---


@composite(np.r_)
def r_(key):
    return np.concatenate(
        [np.atleast_1d(_ramp(part)) for part in (key if isinstance(key, tuple) else (key,))]
    )


@composite(np.c_)
def c_(key):
    parts = [_ramp(part) for part in (key if isinstance(key, tuple) else (key,))]
    return np.concatenate([np.reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in parts], axis=-1)


def _ramp(part):
    if isinstance(part, str):
        raise RuleParameterError(
            "the derivative of np.r_ does not know a string among its parts",
            way_out="use np.concatenate or np.stack, which say the axis by a parameter",
        )
    if not isinstance(part, slice):
        return part
    start = 0 if part.start is None else part.start
    step = 1 if part.step is None else part.step
    if isinstance(step, complex):
        return np.linspace(start, part.stop, int(abs(step)))
    return np.arange(start, part.stop, step)


# --- functions of functions: the derivative comes from what they call ---


@composite(np.apply_along_axis)
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    line = np.moveaxis(as_array(arr), axis, -1)
    rows = np.reshape(line, (-1, np.shape(line)[-1]))
    parts = [as_array(func1d(rows[k], *args, **kwargs)) for k in range(len(rows))]
    inner = np.shape(parts[0])
    outer = np.shape(line)[:-1]
    result = np.reshape(np.stack(parts), outer + inner)
    place = axis % np.ndim(arr)
    for _ in inner:
        result = np.moveaxis(result, -1, place)
    return result


@composite(np.apply_over_axes)
def apply_over_axes(func, a, axes):
    for axis in np.atleast_1d(axes):
        result = func(a, int(axis) % np.ndim(a))
        a = result if np.ndim(result) == np.ndim(a) else np.expand_dims(result, int(axis) % np.ndim(a))
    return a


@composite(np.vectorize)
def vectorize(pyfunc, otypes=None, doc=None, excluded=None, cache=False, signature=None):
    def over_elements(*args):
        shape = np.broadcast_shapes(*[np.shape(x) for x in args])
        flat = [np.ravel(np.broadcast_to(x, shape)) for x in args]
        return np.reshape(np.stack([pyfunc(*[x[k] for x in flat]) for k in range(len(flat[0]))]), shape)

    return over_elements


@composite(np.fromfunction)
def fromfunction(function, shape, *, dtype=float, like=None, **kwargs):
    return function(*np.indices(shape, dtype=dtype), **kwargs)


# Edges that are counted out lie between the extrema of the data.
@composite(np.histogram_bin_edges)
def histogram_bin_edges(a, bins=10, range=None, weights=None):
    if not isinstance(bins, int | np.integer | str):
        return as_array(bins)
    n = number_of_bins(a, bins, range) if isinstance(bins, str) else bins
    low, high = range if range is not None else (np.min(a), np.max(a)) if np.size(a) else (0.0, 1.0)
    low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
    return np.linspace(low, high, n + 1)


def number_of_bins(a, method, range):
    """How many bins one of NumPy's methods chooses for the data."""
    return len(np.histogram_bin_edges(a, method, range)) - 1


nondiff(number_of_bins)


@composite(np.histogram)
def histogram(a, bins=10, range=None, density=None, weights=None):
    edges = histogram_bin_edges(as_array(a), bins, range)
    a = np.ravel(a)
    places = np.searchsorted(edges, a, "right") - 1
    places = np.where(a == edges[-1], len(edges) - 2, places)
    inside = (places >= 0) & (places < len(edges) - 1)
    if weights is None:
        counts = np.bincount(places[inside], minlength=len(edges) - 1)
    else:
        counts = np.bincount(places[inside], np.ravel(weights)[inside], len(edges) - 1)
    return (counts / np.diff(edges) / np.sum(counts) if density else counts), edges


@composite(np.histogramdd)
def histogramdd(sample, bins=10, range=None, density=None, weights=None):
    columns = sample if isinstance(sample, list | tuple) else np.transpose(np.atleast_2d(sample))
    bins = [bins] * len(columns) if isinstance(bins, int | np.integer) else bins
    range = [None] * len(columns) if range is None else range
    edges = [histogram_bin_edges(x, n, limits) for x, n, limits in zip(columns, bins, range, strict=True)]
    shape = tuple(len(edge) - 1 for edge in edges)
    places, inside = 0, True
    for x, edge in zip(columns, edges, strict=True):
        k = np.searchsorted(edge, x, "right") - 1
        k = np.where(x == edge[-1], len(edge) - 2, k)
        inside = inside & (k >= 0) & (k < len(edge) - 1)
        places = places * (len(edge) - 1) + k
    if weights is None:
        counts = np.bincount(places[inside], minlength=math.prod(shape)).astype(float)
    else:
        counts = np.bincount(places[inside], np.ravel(weights)[inside], math.prod(shape))
    counts = np.reshape(counts, shape)
    if density:
        volume = 1.0
        for k, edge in enumerate(edges):
            volume = volume * np.reshape(np.diff(edge), [-1 if j == k else 1 for j, _ in enumerate(edges)])
        counts = counts / volume / np.sum(counts)
    return counts, edges


@composite(np.histogram2d)
def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    several = not isinstance(bins, int | np.integer) and len(bins) != 2
    counts, edges = histogramdd([x, y], [bins, bins] if several else bins, range, density, weights)
    return counts, edges[0], edges[1]


@linear(np.bincount, "weights")
def bincount(x, /, weights=None, minlength=0, *, g):
    return project(g[x], weights)
