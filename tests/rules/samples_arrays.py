"""Sample calls of functions on arrays: shape, join, index, reductions, scans, sorting, conversions,
constructors.
"""

import operator

import numpy as np

from tests.rules.draw import Samples, p, spread, start, u, x, z

S = Samples()
start(2)

# --- shape ---

a = x(2, 3, 4)
S(np.reshape, a, (4, 6), _complex=True)
S(np.reshape, a, (4, -1), order="F")
S(np.reshape, a, -1)
S(np.ravel, a)
S(np.ravel, a, order="F")
S(np.transpose, a, _complex=True)
S(np.transpose, a, (1, 2, 0))
S(np.transpose, a, axes=(-1, 0, 1))
S(getattr(np, "matrix_transpose", None), a)
S(np.swapaxes, a, 0, -1)
S(np.moveaxis, a, 0, -1)
S(np.moveaxis, a, (0, 1), (-1, 0))
S(np.rollaxis, a, 2)
S(np.rollaxis, a, -1, 1)
S(np.rollaxis, a, 0, 3)
S(np.expand_dims, a, -1)
S(np.expand_dims, a, (0, 3))
S(np.squeeze, x(1, 3, 1))
S(np.squeeze, x(1, 3, 1), axis=-1)
S(np.broadcast_to, x(3), (2, 3), _complex=True)
S(np.broadcast_to, x(2, 1), (4, 2, 3))
S(np.broadcast_to, x(), (2,))
S(np.broadcast_arrays, x(3), x(2, 1))
S(np.flip, a)
S(np.flip, a, -1)
S(np.flip, a, axis=(0, 2))
S(np.fliplr, a)
S(np.flipud, a)
S(np.rot90, a)
S(np.rot90, a, -1, (2, 1))
S(np.rot90, a, k=2, axes=(0, 2))
for _f in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    for _shape in [(), (3,), (2, 3), (2, 3, 4)]:
        S(_f, x(*_shape))
S(np.atleast_1d, x(), x(2))
S(np.roll, a, 2)
S(np.roll, a, -1, axis=1)
S(np.roll, a, (1, 2), axis=(0, -1))
S(np.repeat, a, 2)
S(np.repeat, a, 3, axis=-1)
S(np.repeat, x(3), [2, 0, 1])
S(np.repeat, x(2, 3), [1, 2], axis=0, _complex=True)
S(np.tile, x(3), 2)
S(np.tile, x(2, 3), 2)
S(np.tile, x(2, 3), (2, 1, 2))
S(np.tile, x(2, 3), (3, 1))
S(np.resize, x(2, 3), (2, 4))
S(np.resize, x(4), 3)
S(np.pad, x(3), 2)
S(np.pad, x(2, 3), ((1, 0), (2, 1)), constant_values=3.0)
S(np.pad, x(2, 3), (1, 2), mode="edge")
for _mode in ("reflect", "symmetric", "wrap"):
    S(np.pad, x(4, 3), ((1, 2), (0, 2)), mode=_mode)
S(np.lib.stride_tricks.sliding_window_view, x(5), 3)
S(np.lib.stride_tricks.sliding_window_view, x(4, 5), (2, 3))
S(np.lib.stride_tricks.sliding_window_view, x(4, 5), 2, axis=1)
S(np.lib.stride_tricks.as_strided, x(12), (4, 3), (8, 8), _single=False, _layout=False)

# --- join and take apart ---

S(np.concatenate, [x(2, 3), x(1, 3)], _complex=True)
S(np.concatenate, [x(2, 3), x(2, 2)], axis=-1)
S(np.concatenate, (x(2, 3), x(2)), axis=None)
S(np.stack, [x(2, 3), x(2, 3)], _complex=True)
S(np.stack, [x(2), x(2)], axis=-1)
S(np.stack, [x(), x()])
S(np.hstack, [x(2), x(3)])
S(np.hstack, [x(2, 1), x(2, 2)])
S(np.vstack, [x(3), x(2, 3)])
S(np.dstack, [x(2, 3), x(2, 3)])
S(np.column_stack, [x(2), x(2, 3)])
S(np.append, x(2, 3), x(2))
S(np.append, x(2, 3), x(1, 3), axis=0)
S(np.append, x(2), x())
S(np.block, [[x(2, 2), x(2, 3)], [x(1, 2), x(1, 3)]])
S(np.block, [x(2), x(3)])
S(np.array_split, x(7), 3)
S(np.array_split, x(7, 2), [2, 5])
S(np.split, x(6), 3)
S(np.split, x(2, 6), [1, 4], axis=-1)
S(np.hsplit, x(2, 4), 2)
S(np.hsplit, x(4), 2)
S(np.vsplit, x(4, 2), 2)
S(np.dsplit, x(2, 1, 4), 2)
S(getattr(np, "unstack", None), x(2, 3), axis=1)

# --- index ---

m = np.array([[True, False, True], [False, True, True]])
for _index in (
    1, -1, (1, 2), slice(None, None, -1), (slice(None), 1), (Ellipsis, 0), None, (0, None, slice(1, 3)),
    np.array([0, 1, 1, 0]), (np.array([0, 1, 0]), np.array([2, 0, 2])), [0, 0, 1],
    m, (slice(None), np.array([0, 0])),
    m[:, 0], np.array(1), (np.array([[0, 1], [1, 1]]), slice(0, 2)), slice(0, 0),
):  # fmt: skip
    S(operator.getitem, x(2, 3), _index, _complex=True)
S(np.ndarray.__getitem__, x(2, 3), (0, 1))
S(np.take, x(2, 3), [0, 5, 5])
S(np.take, x(2, 3), np.array([[0, 2], [2, -1]]), axis=1, _complex=True)
S(np.take, x(2, 3), 1, axis=-1)
S(np.take, x(4), [0, 7, -1], mode="clip")
S(np.take, x(4), [0, 7, -1], mode="wrap")
S(np.take_along_axis, x(2, 3), np.array([[0, 0], [2, 1]]), axis=1)
S(np.take_along_axis, x(2, 3), np.array([[0, 1, 1]]), axis=0)
S(np.take_along_axis, x(2, 3), np.array([0, 5, 5]), axis=None)
S(np.compress, [True, False, True], x(2, 3), axis=1)
S(np.compress, [True, False, True], x(2, 3))
S(np.extract, m, x(2, 3))
S(np.delete, x(4), 1)
S(np.delete, x(2, 4), [0, 2], axis=1)
S(np.delete, x(4), slice(0, 2))
S(np.insert, x(4), 1, 2.5)
S(np.insert, x(4), [1, 1, 3], x(3))
S(np.insert, x(2, 3), 1, x(2), axis=1)
S(np.insert, x(2, 3), [0, 2], x(2, 1), axis=1)
S(np.diagonal, x(3, 3))
S(np.diagonal, x(2, 3, 4), 1, -1, 0)
S(np.diagonal, x(2, 3, 4), offset=-1, axis1=1, axis2=2)
S(np.diag, x(3))
S(np.diag, x(3), 1)
S(np.diag, x(3), -2)
S(np.diag, x(2, 3))
S(np.diag, x(3, 3), k=-1)
S(np.diagflat, x(2, 2))
S(np.diagflat, x(2), 1)
S(np.tril, x(3, 3))
S(np.tril, x(2, 3, 3), -1)
S(np.triu, x(2, 3), 1)
S(np.choose, np.array([0, 1, 0]), [x(3), x(3)])
S(np.choose, np.array([[0, 1, 3]]), [x(3), x()], mode="wrap")
S(np.select, [np.array([True, False, False]), np.array([True, True, False])], [x(3), x(3)], x())
S(
    np.piecewise,
    u(4),
    [np.array([True, False, True, False])],
    [lambda t: t**2, lambda t: np.sin(t)],
    _wrt=["x"],
)
S(np.piecewise, u(4), [np.array([True, False, True, False])], [2.0], _wrt=["x"])
S(np.piecewise, u(3), [m[0], m[1]], [lambda t, c: c * t, 3.0], 2.5, _wrt=["x"])

# --- reductions: every axis form, with and without kept axes ---

AXES = [
    {},
    {"axis": 0},
    {"axis": -1},
    {"axis": (0, 2)},
    {"axis": (-1, 1), "keepdims": True},
    {"keepdims": True},
]
for _f in (np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min, np.amax, np.amin, np.ptp):
    _draw = spread if _f in (np.max, np.min, np.amax, np.amin, np.ptp, np.std) else x
    for _kwargs in AXES:
        S(_f, _draw(2, 3, 2), **_kwargs, _complex=_f in (np.sum, np.mean, np.prod, np.var, np.std))
    S(_f, _draw(3), axis=0)
    S(_f, np.array(_draw(1)[0])) if _f not in (np.std,) else None
for _f in (np.nansum, np.nanmean, np.nanprod, np.nanvar, np.nanstd, np.nanmax, np.nanmin, np.nanmedian):
    for _kwargs in ({}, {"axis": 0}, {"axis": (-1,), "keepdims": True}):
        S(_f, spread(3, 4), **_kwargs)
w = np.array([[True, False, True], [True, True, True]])
for _f in (np.sum, np.mean, np.prod, np.var, np.std):
    S(_f, x(2, 3), where=w)
    S(_f, x(2, 3), axis=1, where=w)
S(np.max, spread(2, 3), axis=1, where=w, initial=-50.0)
S(np.min, spread(2, 3), where=w, initial=50.0)
S(np.sum, x(2, 3), axis=1, initial=2.0)
S(np.prod, x(2, 3), axis=1, initial=2.0)
S(np.sum, x(0, 3))
S(np.sum, x(0, 3), axis=0)
S(np.sum, np.array(1.5))
S(np.sum, x(2, 3), 1, None, None, True)
S(np.sum, x(3), dtype=np.float64)
S(np.var, x(2, 3), ddof=1)
S(np.std, x(2, 3), axis=0, ddof=1)
S(np.prod, np.array([1.5, 0.0, 2.0]))
S(np.prod, np.array([[1.5, 0.0, 0.0], [2.0, 0.0, 3.0]]), axis=1)
S(np.prod, np.array([[1.5, 0.0], [2.0, 0.0]]), axis=(0, 1), keepdims=True)
S(np.trace, x(3, 3), _complex=True)
S(np.trace, x(2, 3, 4), 1, 2, 0)
S(np.trace, x(2, 3, 4), offset=-1, axis1=-1, axis2=1)
S(np.average, x(2, 3))
S(np.average, x(2, 3), axis=1, weights=p(3))
S(np.average, x(2, 3), axis=0, weights=p(2), keepdims=True)
S(np.average, x(2, 3), weights=p(2, 3), returned=True)
S(np.average, x(2, 3), axis=-1, returned=True)
S(np.average, x(2, 3, 4), axis=(2, 0), weights=p(4, 2))
S(np.median, spread(5))
S(np.median, spread(2, 4), axis=1)
S(np.median, spread(2, 4, 3), axis=(0, 2), keepdims=True)
for _q in (0.3, 0.0, 1.0, np.array([0.2, 0.7]), np.array([[0.1], [0.5]])):
    S(np.quantile, spread(2, 5), _q, axis=1, _wrt=["a"])
S(np.quantile, spread(2, 5), 0.37)
S(np.quantile, spread(7), np.array([0.37, 0.61]), keepdims=True)
for _method in (
    "linear", "hazen", "weibull", "median_unbiased", "normal_unbiased", "interpolated_inverted_cdf", "lower",
    "higher", "nearest", "midpoint", "inverted_cdf", "averaged_inverted_cdf", "closest_observation",
):  # fmt: skip
    for _q in (0.21, 0.5, 0.25):
        S(np.quantile, spread(8), _q, method=_method, _wrt=["a"])
S(np.percentile, spread(7), 37.3)
S(np.percentile, spread(7), [20, 50], _wrt=["a"])
for _f in (np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd):
    S(_f, x(2, 3), axis=1, where=w)
for _f in (np.nansum, np.nanprod):
    S(_f, x(2, 3), axis=1, initial=2.0, where=w, _wrt=["a"])
S(np.nanmax, spread(2, 3), axis=1, initial=-50.0, where=w, _wrt=["a"])
S(np.nanmin, spread(2, 3), axis=1, initial=50.0, where=w, _wrt=["a"])
_holes = spread(3, 5)
_holes[0, 1] = _holes[2, 2] = _holes[2, 3] = np.nan
for _f in (np.nansum, np.nanmean, np.nanprod, np.nanvar, np.nanmax, np.nanmin, np.nanmedian):
    S(_f, _holes, axis=1)
    S(_f, _holes)
S(np.nanquantile, _holes, 0.3, axis=1)
S(np.nanpercentile, _holes, 61.0)
S(np.nancumsum, _holes, axis=1)
S(np.nancumprod, _holes)
S(np.nanstd, _holes, axis=0, ddof=1)

# --- scans ---

for _f in (np.cumsum, np.cumprod):
    for _kwargs in ({}, {"axis": 0}, {"axis": -1}):
        S(_f, x(2, 3), **_kwargs, _complex=True)
S(np.cumprod, np.array([1.5, 0.0, 2.0, 0.0, 3.0]))
S(np.cumprod, np.array([[1.5, 0.0, 2.0], [1.0, 2.0, 0.5]]), axis=1)
S(getattr(np, "cumulative_sum", None), x(3), include_initial=True)
S(getattr(np, "cumulative_prod", None), x(2, 3), axis=1)
S(getattr(np, "cumulative_prod", None), x(2, 3), axis=-1, include_initial=True)
S(np.diff, x(2, 4))
S(np.diff, x(2, 4), n=2, axis=-1)
S(np.diff, x(2, 4), axis=0)
S(np.diff, x(4), prepend=1.5, append=x(2))
S(np.ediff1d, x(2, 3))
S(np.ediff1d, x(4), to_end=x(2), to_begin=1.5)
S(np.gradient, x(5))
S(np.gradient, x(5), 0.7)
S(np.gradient, x(5), np.cumsum(p(5)))
S(np.gradient, x(4, 5), 2.0, axis=-1, edge_order=2)
S(np.gradient, x(4, 5), np.cumsum(p(4)), 0.5, edge_order=2)
S(np.gradient, x(3, 4))
S(np.unwrap, np.array([0.0, 2.9, -2.9, 1.0]))
S(np.unwrap, 4 * x(2, 5), axis=0)
S(np.trapezoid, x(2, 5))
S(np.trapezoid, x(5), np.cumsum(p(5)))
S(np.trapezoid, x(2, 5), dx=0.3, axis=0)
S(np.trapezoid, x(2, 5), x=np.cumsum(p(2, 5), axis=1))

# --- sorting and sets ---

for _kwargs in ({}, {"axis": 0}, {"axis": None}, {"axis": -2, "kind": "mergesort"}):
    S(np.sort, spread(3, 4), **_kwargs)
S(np.sort, z(4))
S(np.partition, spread(3, 4), 1)
S(np.partition, spread(7), (2, 4))
S(np.partition, spread(3, 4), 1, axis=0)
S(np.partition, spread(3, 4), 5, axis=None)
S(np.sort_complex, spread(4))
S(np.sort_complex, z(4))
S(np.unique, spread(2, 3))
S(np.unique, spread(5), return_index=True, return_inverse=True, return_counts=True)
S(np.unique, spread(3, 2), axis=0)
for _name in ("unique_values", "unique_counts", "unique_inverse", "unique_all"):
    S(getattr(np, _name), spread(2, 3))
S(np.union1d, spread(3), spread(3) + 0.5)
S(np.setxor1d, spread(3), spread(3) + 0.5)
S(np.setdiff1d, spread(4), spread(3) + 0.5)
S(np.setdiff1d, spread(4), np.array([10.0]), assume_unique=True)

# --- conversions and constructors ---

for _f in (
    np.asarray,
    np.asanyarray,
    np.asarray_chkfinite,
    np.ascontiguousarray,
    np.asfortranarray,
    np.array,
    np.copy,
):
    S(_f, x(2, 3))
    S(_f, [1.5, 2.5])
    S(_f, 1.5)
S(np.asarray, [[1.5, 2.5], [3.5, x()]])
S(np.array, [x(2), x(2)], ndmin=3)
S(np.array, x(2), dtype=np.float64)
S(np.require, x(2, 3), requirements=["C"])
S(getattr(np, "astype", None), x(3), np.float64)
S(np.real_if_close, x(3))
S(np.float64, 1.5)
S(np.complex128, 1.5 + 0.5j)
S(np.full, (2, 3), 1.5)
S(np.full, (2, 3), x(3))
S(np.full_like, x(2, 3), 1.5, _wrt=["fill_value"])
S(np.full_like, x(2, 3), x(3), _wrt=["fill_value"])
S(np.arange, 1.5, 4.5, 0.7, _wrt=["start", "step"])
S(np.linspace, 1.5, 4.5)
S(np.linspace, 1.5, 4.5, 5, endpoint=False)
S(np.linspace, x(3), x(3), 4, axis=-1)
S(np.linspace, 1.5, 4.5, 5, retstep=True)
S(np.logspace, 0.5, 1.5, 5, _rtol=1e-6)
S(np.logspace, 0.5, 1.5, 5, base=2.5)
S(np.geomspace, 1.5, 4.5, 5)
S(np.geomspace, p(3), 3 * p(3), 4, axis=-1)
S(np.geomspace, -1.5, -4.5, 5)
S(np.meshgrid, x(2), x(3))
S(np.meshgrid, x(2), x(3), x(2), indexing="ij", sparse=True)
S(np.vander, x(3))
S(np.vander, x(3), 2, increasing=True)
S(np.kaiser, 6, 2.5)
S(np.apply_along_axis, lambda r: np.sum(r * r), 1, x(2, 3), _wrt=["arr"])
S(np.apply_along_axis, lambda r: r * r, 0, x(2, 3), _wrt=["arr"])
S(np.apply_over_axes, np.sum, x(2, 3, 2), [0, 2], _wrt=["a"])
S(np.bincount, np.array([0, 2, 2, 1]), x(4), _wrt=["weights"])
S(np.bincount, np.array([0, 2, 2, 1]), weights=x(4), minlength=5, _wrt=["weights"])
S(np.histogram, spread(6), 3, weights=p(6))
S(np.histogram, spread(6), 3, density=True)
S(np.histogram, spread(6), [-2.0, 0.1, 1.5, 5.0], density=True)
S(np.histogram_bin_edges, spread(6), 3)
S(np.histogram_bin_edges, spread(6), "sqrt")
S(np.histogram_bin_edges, spread(6), np.array([0.3, 0.5, 2.0]))
S(np.histogram2d, spread(6), spread(6), 2, weights=p(6), density=True)
S(np.histogramdd, spread(6, 2), 2, weights=p(6))
S(np.histogram, spread(6), np.array([-2.0, 0.1, 5.0]), weights=p(6), density=True, _wrt=["weights"])
S(np.histogram2d, spread(6), spread(6), 2, weights=p(6), _wrt=["weights"])
S(np.histogramdd, spread(6, 2), 2, weights=p(6), density=True, _wrt=["weights"])
S(np.interp, u(5), np.linspace(-1, 1, 6), x(6))
S(np.interp, 3 * u(5), np.linspace(-1, 1, 6), x(6), left=0.5, right=0.7)
S(np.interp, 0.13, np.linspace(-1, 1, 6), x(6))
S(np.interp, 5 * u(5), np.array([0.3, 1.2, 2.0]), x(3), period=3.0, _wrt=["x", "fp"])

# --- methods of ndarray ---

A = np.ndarray
S(A.reshape, x(2, 3), 3, 2)
S(A.reshape, x(2, 3), (3, 2), order="F")
S(A.transpose, x(2, 3, 4))
S(A.transpose, x(2, 3, 4), 1, 2, 0)
S(A.transpose, x(2, 3, 4), (1, 2, 0))
S(A.flatten, x(2, 3))
S(A.flatten, x(2, 3), "F")
S(A.astype, x(2, 3), np.float64)
S(A.view, x(2, 3))
S(getattr(A, "to_device", None), x(2, 3), "cpu")
S(A.__rmatmul__, x(3, 2), x(2, 3))
S(A.item, np.array([1.5]))
S(A.item, x(2, 3), 4)
S(A.item, x(2, 3), 1, 2)
S(A.tolist, x(3), _single=False)
S(A.compress, x(2, 3), [True, False, True], axis=1)
S(A.clip, spread(4), -1.05, 1.05)
S(A.clip, spread(4), max=1.05)
for _name in ("sum", "mean", "prod", "var", "std", "cumsum", "cumprod"):
    S(getattr(A, _name), x(2, 3), axis=1)
for _name in ("max", "min"):
    S(getattr(A, _name), spread(2, 3), axis=1)
S(A.trace, x(3, 3))
S(A.diagonal, x(3, 3), 1)
S(A.repeat, x(2, 3), 2, axis=0)
S(A.take, x(2, 3), [0, 1], axis=1)
S(A.swapaxes, x(2, 3), 0, 1)
S(A.squeeze, x(1, 3))
S(A.ravel, x(2, 3))
S(A.copy, x(2, 3))
S(A.conj, x(2, 3), _complex=True)
S(A.dot, x(2, 3), x(3))
S(A.choose, np.array([0, 1]), [x(2), x(2)])

# --- methods of ufuncs ---

for _u in (np.add, np.multiply, np.maximum, np.minimum, np.logaddexp, np.hypot, np.subtract):
    for _kwargs in ({}, {"axis": 1}, {"axis": -1, "keepdims": True}):
        S(_u.reduce, spread(2, 3) if _u in (np.maximum, np.minimum) else p(2, 3), **_kwargs)
for _u in (np.add, np.multiply, np.maximum, np.minimum, np.logaddexp, np.subtract):
    for _kwargs in ({}, {"axis": 1}):
        S(_u.accumulate, spread(3, 4) if _u in (np.maximum, np.minimum) else p(3, 4), **_kwargs)
for _u in (np.add, np.multiply, np.maximum, np.minimum):
    S(_u.reduceat, spread(6), np.array([0, 3, 1, 5]))
    S(_u.reduceat, spread(6, 2), [0, 3], axis=0)
for _u in (np.add, np.subtract, np.multiply, np.divide, np.power, np.hypot, np.arctan2, np.logaddexp):
    S(_u.outer, p(2, 2), p(3))
for _u in (np.float_power, np.logaddexp2, np.copysign):
    S(_u.outer, p(2), p(3))
for _u in (np.maximum, np.minimum, np.fmax, np.fmin):
    S(_u.outer, spread(2, 2), spread(3) + 0.3)
for _u in (np.fmax, np.fmin):
    S(_u.reduce, spread(3, 2))
for _u in (np.remainder, np.fmod):
    S(_u.outer, np.array([7.3, 5.45, 3.1]), np.array([2.0, 1.7]), _second=False)
