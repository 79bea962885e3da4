"""Integrals of samples, and solutions of ordinary differential equations."""

from itertools import pairwise

import numpy as np
import scipy.integrate as si

from srcgrad.errors import ConvergenceError
from srcgrad.rules.helpers import as_array
from srcgrad.rules.kinds import composite, nondiff


@composite(si.trapezoid)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    return np.trapezoid(y, x, dx, axis)


@composite(si.cumulative_trapezoid)
def cumulative_trapezoid(y, x=None, dx=1.0, axis=-1, initial=None):
    y = np.moveaxis(as_array(y), axis, -1)
    x = x if x is None or np.ndim(x) == 1 else np.moveaxis(x, axis, -1)
    steps = dx if x is None else np.diff(x)
    result = np.cumsum(0.5 * (y[..., 1:] + y[..., :-1]) * steps, axis=-1)
    if initial is not None:
        result = np.concatenate([np.zeros_like(result[..., :1]) + initial, result], axis=-1)
    return np.moveaxis(result, -1, axis)


# Parabolas through three points; a last single interval takes that of the points before (Cartwright 2017).
@composite(si.simpson)
def simpson(y, x=None, *, dx=1.0, axis=-1):
    y = np.moveaxis(as_array(y), axis, -1)
    n = np.shape(y)[-1]
    x = dx * np.arange(n) if x is None else x if np.ndim(x) == 1 else np.moveaxis(x, axis, -1)
    h = np.diff(x)
    if n < 3:
        return np.sum(0.5 * h * (y[..., 1:] + y[..., :-1]), axis=-1)
    pairs = n - 2 if n % 2 else n - 3
    h0, h1 = h[..., 0:pairs:2], h[..., 1 : pairs + 1 : 2]
    y0, y1, y2 = y[..., 0:pairs:2], y[..., 1 : pairs + 1 : 2], y[..., 2 : pairs + 2 : 2]
    both = h0 + h1
    total = np.sum(
        both / 6 * (y0 * (2 - h1 / h0) + y1 * both * both / (h0 * h1) + y2 * (2 - h0 / h1)), axis=-1
    )
    if n % 2 == 0:
        a, b = h[..., -2], h[..., -1]
        total = total + y[..., -1] * (2 * b * b + 3 * a * b) / (6 * (a + b))
        total = total + y[..., -2] * (b * b + 3 * b * a) / (6 * a) - y[..., -3] * b**3 / (6 * a * (a + b))
    return total


@composite(si.romb)
def romb(y, dx=1.0, axis=-1, show=False):
    y = np.moveaxis(as_array(y), axis, -1)
    intervals = np.shape(y)[-1] - 1
    rows, step = [], intervals
    while step >= 1:
        rows.append(np.trapezoid(y[..., ::step], dx=dx * step, axis=-1))
        step //= 2
    for order in range(1, len(rows)):
        rows = [after + (after - before) / (4**order - 1) for before, after in pairwise(rows)]
    return rows[0]


# --- differential equations: the steps that an adaptive method chooses, taken again by the same formula ---


def fractions(func, y0, start, stop, args, tfirst, tolerance):
    """Places between 0 and 1, both included, that the adaptive method visits between two outputs."""
    y0, start, stop = np.asarray(y0, float), float(start), float(stop)
    field = (lambda s, y: func(s, y, *args)) if tfirst else (lambda s, y: func(y, s, *args))
    solution = si.solve_ivp(field, (start, stop), y0, method="DOP853", rtol=tolerance, atol=tolerance)
    if not solution.success:
        raise ConvergenceError(
            f"the differential equation could not be solved for its derivative: {solution.message}",
            way_out="loosen the tolerances, or look at the right-hand side near the end of the interval",
        )
    return [float(s) for s in (solution.t - start) / (stop - start)] if stop != start else [0.0, 1.0]


nondiff(fractions)


def step(func, y, s, h, args, tfirst):
    """One step of the method of order eight (Hairer, Norsett and Wanner 1993)."""
    slopes = []
    for stage in range(si.DOP853.n_stages):
        moved = y
        for weight, slope in zip(si.DOP853.A[stage, :stage], slopes, strict=True):
            if weight:
                moved = moved + (h * weight) * slope
        time = s + si.DOP853.C[stage] * h
        slopes.append(as_array(func(time, moved, *args) if tfirst else func(moved, time, *args)))
    for weight, slope in zip(si.DOP853.B, slopes, strict=True):
        y = y + (h * weight) * slope
    return y


# Values agree with those of LSODA, the method of SciPy, as far as both keep to the tolerance.
@composite(si.odeint)
def odeint(
    func, y0, t, args=(), Dfun=None, col_deriv=0, full_output=0, ml=None, mu=None, rtol=None, atol=None,
    tcrit=None, h0=0.0, hmax=0.0, hmin=0.0, ixpr=0, mxstep=0, mxhnil=0, mxordn=12, mxords=5, printmessg=0,
    tfirst=False,
):  # fmt: skip
    y = np.atleast_1d(y0) + 0.0
    tolerance = 1e-10 if rtol is None else rtol
    rows = [y]
    for k in range(len(t) - 1):
        length = t[k + 1] - t[k]
        parts = fractions(func, y, t[k], t[k + 1], args, tfirst, tolerance)
        for before, after in pairwise(parts):
            y = step(func, y, t[k] + before * length, (after - before) * length, args, tfirst)
        rows.append(y)
    return np.stack(rows)
