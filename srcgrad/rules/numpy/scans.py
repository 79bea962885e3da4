"""Running sums and products, differences, and what comes from them."""

import numpy as np

from srcgrad.rules.helpers import as_array, project
from srcgrad.rules.kinds import composite, jvp, linear, vjp


@linear(np.cumsum, "a")
def cumsum(a, axis=None, dtype=None, out=None, *, g):
    k = 0 if axis is None else axis
    return np.reshape(np.flip(np.cumsum(np.flip(g, k), k), k), np.shape(a))


# With y = cumprod(a): what reaches a[k] is y[k - 1] times the sum of g[i] * a[k + 1] * ... * a[i] over i >=
# k.
@vjp(np.cumprod, "a")
def cumprod(a, axis=None, dtype=None, out=None, *, ans, g):
    k = 0 if axis is None else axis
    factors = np.ravel(a) if axis is None else a
    return np.reshape(np.conj(preceding(ans, k, 1.0)) * gathered(g, np.conj(factors), k), np.shape(a))


@jvp(np.cumprod)
def cumprod_tangent(a, axis=None, dtype=None, out=None, *, ans, da):
    k = 0 if axis is None else axis
    factors, change = (np.ravel(a), np.ravel(da)) if axis is None else (a, da)
    return np.flip(
        gathered(np.flip(change * preceding(ans, k, 1.0), k), preceding(np.flip(factors, k), k, 1.0), k), k
    )


def preceding(x, axis, first):
    """Element k - 1 in the place of element k along `axis`; `first` in the first place."""
    line = np.moveaxis(x, axis, 0)
    return np.moveaxis(np.concatenate([np.full_like(line[:1], first), line[:-1]]), 0, axis)


def following(x, axis):
    """Element k + 1 in the place of element k along `axis`; zero in the last place."""
    line = np.moveaxis(x, axis, 0)
    return np.moveaxis(np.concatenate([line[1:], np.zeros_like(line[:1])]), 0, axis)


def gathered(t, a, axis):
    """The solution u of ``u[k] = t[k] + a[k + 1] * u[k + 1]`` along `axis`, found from the end backwards."""
    t, a = np.moveaxis(t, axis, 0), np.moveaxis(a, axis, 0)
    result = np.array(np.broadcast_to(t, np.broadcast_shapes(t.shape, a.shape)), dtype=np.result_type(t, a))
    with np.errstate(all="ignore"):
        y = np.cumprod(a, axis=0)
    if np.all(np.isfinite(y) & (np.abs(y) > 1e-290)):
        result = np.flip(np.cumsum(np.flip(t * y, 0), 0), 0) / y
    else:
        for k in range(len(result) - 2, -1, -1):
            result[k] += a[k + 1] * result[k + 1]
    return np.moveaxis(result, 0, axis)


@vjp(gathered, "t", "a")
def gathered_pullback(t, a, axis, *, ans, g):
    v = np.flip(gathered(np.flip(g, axis), preceding(np.flip(np.conj(a), axis), axis, 1.0), axis), axis)
    return v, preceding(v, axis, 0.0) * np.conj(ans)


@jvp(gathered)
def gathered_tangent(t, a, axis, *, ans, dt, da):
    return gathered(dt + following(da * ans, axis), a, axis)


def _initial(x, axis, include_initial, first):
    if not include_initial:
        return x
    shape = list(np.shape(x))
    shape[axis] = 1
    return np.concatenate([np.full(shape, first, dtype=x.dtype), x], axis=axis)


@composite(getattr(np, "cumulative_sum", None))
def cumulative_sum(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    axis = 0 if axis is None else axis
    return _initial(np.cumsum(x, axis=axis, dtype=dtype), axis, include_initial, 0.0)


@composite(getattr(np, "cumulative_prod", None))
def cumulative_prod(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    axis = 0 if axis is None else axis
    return _initial(np.cumprod(x, axis=axis, dtype=dtype), axis, include_initial, 1.0)


# --- differences ---


def _edge(values, line, axis):
    """What `np.diff` puts before or after a line; a number stands for an array of length one."""
    shape = [1 if k == axis % np.ndim(line) else m for k, m in enumerate(np.shape(line))]
    return np.broadcast_to(values, shape) if np.ndim(values) == 0 else values


@composite(np.diff, exact=True)
def diff(a, n=1, axis=-1, prepend=None, append=None):
    line = as_array(a)
    if prepend is not None:
        line = np.concatenate([_edge(prepend, line, axis), line], axis=axis)
    if append is not None:
        line = np.concatenate([line, _edge(append, line, axis)], axis=axis)
    line = np.moveaxis(line, axis, 0)
    for _ in range(n):
        line = line[1:] - line[:-1]
    return np.moveaxis(line, 0, axis)


@composite(np.ediff1d, exact=True)
def ediff1d(ary, to_end=None, to_begin=None):
    flat = np.ravel(ary)
    parts = [flat[1:] - flat[:-1]]
    if to_begin is not None:
        parts = [np.ravel(to_begin), *parts]
    if to_end is not None:
        parts = [*parts, np.ravel(to_end)]
    return np.concatenate(parts)


@composite(np.gradient)
def gradient(f, *varargs, axis=None, edge_order=1):
    ndim = np.ndim(f)
    axes = range(ndim) if axis is None else [k % ndim for k in np.atleast_1d(axis)]
    steps = [1.0] * len(axes) if not varargs else list(varargs) * (len(axes) if len(varargs) == 1 else 1)
    slopes = [_slope(np.moveaxis(f, k, 0), h, k, edge_order) for k, h in zip(axes, steps, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slope(f, h, axis, edge_order):
    """Second order differences along the first axis, which goes back to `axis`."""
    n = len(f)
    d = np.diff(h) if np.ndim(h) == 1 else np.ones(n - 1) * h
    d = np.reshape(d, (n - 1,) + (1,) * (np.ndim(f) - 1))
    rise = (f[1:] - f[:-1]) / d
    left, right = d[:-1], d[1:]
    inner = (rise[:-1] * right + rise[1:] * left) / (left + right)
    if edge_order == 1:
        first, last = rise[:1], rise[-1:]
    else:
        first = rise[:1] - (rise[1:2] - rise[:1]) * d[:1] / (d[:1] + d[1:2])
        last = rise[-1:] + (rise[-1:] - rise[-2:-1]) * d[-1:] / (d[-1:] + d[-2:-1])
    return np.moveaxis(np.concatenate([first, inner, last]), 0, axis)


# The jumps that are taken out are whole periods: constants.
@vjp(np.unwrap, "p")
def unwrap(p, discont=None, axis=-1, *, period=2 * np.pi, g):
    return project(g, p)


@jvp(np.unwrap)
def unwrap_tangent(p, discont=None, axis=-1, *, period=2 * np.pi, dp):
    return dp
