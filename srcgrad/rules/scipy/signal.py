"""Convolutions, correlations and filters of scipy.signal.

With the cotangent put back into the full product (`whole`), the transpose of a convolution is a correlation
that keeps what overlaps completely, whatever the mode.
"""

import numpy as np
import scipy.signal as ss

from srcgrad.rules.helpers import positions, project, put_back
from srcgrad.rules.kinds import jvp, linear, multilinear, vjp


def whole(t, mode, in1, in2, centre=1, axes=None):
    """The cotangent of the full product, from that of the part which the mode keeps.

    In the mode "same" that part begins at ``(n - centre) // 2``; only `correlate2d` has another centre.
    """
    if mode == "full":
        return t
    pads = [(0, 0)] * np.ndim(t)
    for k in range(np.ndim(t)) if axes is None else np.atleast_1d(axes):
        m, n = np.shape(in1)[k], np.shape(in2)[k]
        first = min(m, n) - 1 if mode == "valid" else (n - centre) // 2
        pads[k] = (first, m + n - 1 - np.shape(t)[k] - first)
    return np.pad(t, pads)


def overlap(t, x, y):
    """The correlation of `t` with `x`, in the shape of `y`; linear in `t` and, conjugated, in `x`."""
    return project(ss.correlate(t, x, mode="valid"), y)


def overlap_along(t, x, y, axes):
    """The same along some axes; the others are broadcast."""
    mirrored = np.conj(np.flip(x, axes if axes is None else tuple(np.atleast_1d(axes))))
    return project(ss.fftconvolve(t, mirrored, mode="valid", axes=axes), y)


@multilinear(ss.convolve, "in1", "in2")
def convolve(in1, in2, mode="full", method="auto", *, g):
    t = whole(g, mode, in1, in2)
    return overlap(t, in2, in1), overlap(t, in1, in2)


@multilinear(ss.fftconvolve, "in1", "in2")
def fftconvolve(in1, in2, mode="full", axes=None, *, g):
    t = whole(g, mode, in1, in2, 1, axes)
    return overlap_along(t, in2, in1, axes), overlap_along(t, in1, in2, axes)


@multilinear(ss.oaconvolve, "in1", "in2")
def oaconvolve(in1, in2, mode="full", axes=None, *, g):
    t = whole(g, mode, in1, in2, 1, axes)
    return overlap_along(t, in2, in1, axes), overlap_along(t, in1, in2, axes)


# Antilinear in in2: a convolution with its mirrored conjugate.
@vjp(ss.correlate, "in1", "in2")
def correlate(in1, in2, mode="full", method="auto", *, g):
    t = whole(g, mode, in1, in2)
    mirrored = np.flip(ss.correlate(t, in1, mode="valid"))
    return project(ss.convolve(t, in2, mode="valid"), in1), project(np.conj(mirrored), in2)


@jvp(ss.correlate)
def correlate_tangent(in1, in2, mode="full", method="auto", *, din1, din2):
    moved1, moved2 = np.zeros_like(in1) + din1, np.zeros_like(in2) + din2
    return ss.correlate(moved1, in2, mode, method) + ss.correlate(in1, moved2, mode, method)


# --- two axes, with what lies beyond the boundary ---


def extended(x, y, boundary, fillvalue):
    """`x` with as much around it as `y` reaches."""
    pads = [(n - 1, n - 1) for n in np.shape(y)]
    if boundary in ("fill", "pad"):
        return np.pad(x, pads, constant_values=fillvalue)
    return np.pad(x, pads, mode="wrap" if boundary in ("wrap", "circular") else "symmetric")


def folded_back(t, x, y, boundary):
    """The transpose of `extended`."""
    places = extended(positions(x), y, boundary, -1)
    return project(put_back(t, places, x), x)


@vjp(ss.convolve2d, "in1", "in2")
def convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0, *, g):
    t = whole(g, mode, in1, in2)
    around = extended(in1, in2, boundary, fillvalue)
    return (
        folded_back(ss.correlate(t, in2, mode="full"), in1, in2, boundary),
        project(np.conj(np.flip(ss.correlate(around, t, mode="valid"))), in2),
    )


@jvp(ss.convolve2d)
def convolve2d_tangent(in1, in2, mode="full", boundary="fill", fillvalue=0, *, din1, din2):
    moved1, moved2 = np.zeros_like(in1) + din1, np.zeros_like(in2) + din2
    return ss.convolve2d(moved1, in2, mode, boundary) + ss.convolve2d(in1, moved2, mode, boundary, fillvalue)


@vjp(ss.correlate2d, "in1", "in2")
def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0, *, g):
    t = whole(g, mode, in1, in2, 0)
    around = extended(in1, in2, boundary, fillvalue)
    return (
        folded_back(ss.convolve(t, in2, mode="full"), in1, in2, boundary),
        project(ss.correlate(around, t, mode="valid"), in2),
    )


@jvp(ss.correlate2d)
def correlate2d_tangent(in1, in2, mode="full", boundary="fill", fillvalue=0, *, din1, din2):
    moved1, moved2 = np.zeros_like(in1) + din1, np.zeros_like(in2) + din2
    return ss.correlate2d(moved1, in2, mode, boundary) + ss.correlate2d(
        in1, moved2, mode, boundary, fillvalue
    )


# --- recursive filters: sum(a[k] y[n-k]) = sum(b[k] x[n-k]), solved backwards in time for the cotangent ---


@vjp(ss.lfilter, "b", "a", "x")
def lfilter(b, a, x, axis=-1, *, ans, g):
    v = backwards([1.0], a, g, axis)
    return project(lags(v, x, b, axis), b), project(-lags(v, ans, a, axis), a), backwards(b, [1.0], v, axis)


@jvp(ss.lfilter)
def lfilter_tangent(b, a, x, axis=-1, *, ans, db, da, dx):
    db, da, dx = np.zeros_like(b) + db, np.zeros_like(a) + da, np.zeros_like(x) + dx
    moved = ss.lfilter(db, [1.0], x, axis) - ss.lfilter(da, [1.0], ans, axis)
    return ss.lfilter([1.0], a, moved + ss.lfilter(b, [1.0], dx, axis), axis)


def backwards(b, a, t, axis):
    """The transpose of a filter."""
    return np.flip(ss.lfilter(np.conj(b), np.conj(a), np.flip(t, axis), axis), axis)


def lags(v, x, b, axis):
    """Sums of ``v[n] * x[n - k]``, one for each coefficient."""
    v, x = np.moveaxis(v, axis, -1), np.conj(np.moveaxis(x, axis, -1))
    n = np.shape(v)[-1]
    return np.stack([np.sum(v[..., k:] * x[..., : max(n - k, 0)]) for k in range(np.size(b))])


# An orthogonal projection: its own transpose.
@linear(ss.detrend, "data")
def detrend(data, axis=-1, type="linear", bp=0, *, g):
    return ss.detrend(g, axis, type, bp)
