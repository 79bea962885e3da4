"""Matrices with a pattern: blocks, bands, and those that a vector fills."""

import numpy as np
import scipy.linalg as sla

from srcgrad.rules.helpers import adjoint, project, put_back
from srcgrad.rules.kinds import composite, jvp, linear, nondiff, vjp
from srcgrad.rules.scipy.linalg import column

# --- filled from vectors: which element comes from where says the function itself, asked about numbers ---


@vjp(sla.toeplitz, "c", "r")
def toeplitz(c, r=None, *, g):
    return toeplitz_cotangents(c, r, g)[0], toeplitz_cotangents(c, r, g)[1]


def toeplitz_cotangents(c, r, t):
    """Cotangents of the first column and of the first row; without a row, the column is read twice."""
    first = put_back(t, column_places(c, r), np.ravel(c))
    if r is not None:
        return np.reshape(first, np.shape(c)), np.reshape(
            put_back(t, row_places(c, r), np.ravel(r)), np.shape(r)
        )
    return np.reshape(first + np.conj(put_back(t, row_places(c, c), np.ravel(c))), np.shape(c)), None


@jvp(sla.toeplitz)
def toeplitz_tangent(c, r=None, *, dc, dr):
    return sla.toeplitz(np.zeros_like(c) + dc, None if r is None else np.zeros_like(r) + dr)


def column_places(c, r):
    """Where in `c` each element of the Toeplitz matrix comes from, -1 if it comes from the row."""
    return sla.toeplitz(np.arange(np.size(c)), np.full(np.size(c if r is None else r), -1))


def row_places(c, r):
    """Where in `r` each element comes from, -1 if it comes from the column."""
    return sla.toeplitz(np.full(np.size(c), -1), np.arange(np.size(r)))


@vjp(sla.hankel, "c", "r")
def hankel(c, r=None, *, g):
    return (
        put_back(g, sla.hankel(np.arange(np.size(c)), np.full(np.size(c if r is None else r), -1)), c),
        None if r is None else put_back(g, sla.hankel(np.full(np.size(c), -1), np.arange(np.size(r))), r),
    )


@jvp(sla.hankel)
def hankel_tangent(c, r=None, *, dc, dr):
    return sla.hankel(np.zeros_like(c) + dc, None if r is None else np.zeros_like(r) + dr)


@linear(sla.circulant, "c")
def circulant(c, *, g):
    return put_back(g, sla.circulant(np.arange(np.size(c))), c)


@vjp(sla.block_diag, "arrs")
def block_diag(*arrs, g):
    return blocks_of(g, arrs)


@jvp(sla.block_diag)
def block_diag_tangent(*arrs, darrs):
    return sla.block_diag(*[np.zeros_like(a) + d for a, d in zip(arrs, darrs, strict=True)])


def blocks_of(t, arrs):
    """The blocks on the diagonal, in the shapes of the arguments."""
    parts, row, column = [], 0, 0
    for a in arrs:
        m, n = (1, 1, *np.shape(a))[-2:] if np.ndim(a) != 1 else (1, np.size(a))
        parts.append(np.reshape(t[row : row + m, column : column + n], np.shape(a)))
        row, column = row + m, column + n
    return parts


@vjp(sla.solve_toeplitz, "c_or_cr", "b", sequences=("c_or_cr",))
def solve_toeplitz(c_or_cr, b, check_finite=True, *, ans, g):
    c, r = column_and_row(c_or_cr)
    row = np.conj(c) if r is None else r
    w = sla.solve_toeplitz((np.conj(np.concatenate([c[:1], row[1:]])), np.conj(c)), g)
    dc, dr = toeplitz_cotangents(c, r, -column(w, b) @ adjoint(column(ans, b)))
    return project(dc, c) if r is None else [project(dc, c), project(dr, r)], w


@jvp(sla.solve_toeplitz)
def solve_toeplitz_tangent(c_or_cr, b, check_finite=True, *, ans, dc_or_cr, db):
    c, r = column_and_row(c_or_cr)
    dc, dr = column_and_row(dc_or_cr)
    change = sla.toeplitz(np.zeros_like(c) + dc, None if r is None else np.zeros_like(r) + dr)
    return sla.solve_toeplitz(c_or_cr, db - change @ ans)


def column_and_row(c_or_cr):
    """Both vectors of a Toeplitz matrix; None for a row that is the conjugate of the column."""
    return (c_or_cr[0], c_or_cr[1]) if isinstance(c_or_cr, tuple | list) else (c_or_cr, None)


# --- bands: row u + i - j of the array holds the elements (i, j) ---


@vjp(sla.solve_banded, "ab", "b")
def solve_banded(l_and_u, ab, b, *, check_finite=True, ans, g):
    l, u = l_and_u
    n = np.shape(ab)[1]
    turned = np.where(band_rows(l, u, n) >= 0, np.take(np.ravel(ab), transposed_places(l, u, n)), 0.0)
    w = sla.solve_banded((u, l), np.conj(turned), g)
    return band_products(-column(w, b), np.conj(column(ans, b)), l, u), w


@jvp(sla.solve_banded)
def solve_banded_tangent(l_and_u, ab, b, *, check_finite=True, ans, dab, db):
    l, u = l_and_u
    n = np.shape(ab)[1]
    change = full_of(np.zeros_like(ab) + dab, l, u, n) @ column(ans, b)
    return sla.solve_banded(l_and_u, ab, db - (change if np.ndim(b) > 1 else change[..., 0]))


def band_rows(l, u, n):
    """The row of the matrix that each element of the bands of its transpose stands in, -1 outside."""
    i = np.arange(n) + np.arange(-l, u + 1)[:, None]
    return np.where((i >= 0) & (i < n), i, -1)


def transposed_places(l, u, n):
    """Where the bands of the transpose are among the bands, by running number."""
    j = np.maximum(band_rows(l, u, n), 0)
    return (l + u - np.arange(l + u + 1))[:, None] * n + j


def band_places(l, u, n):
    """The row of the matrix in which each element of the bands stands, -1 outside."""
    i = np.arange(n) + np.arange(-u, l + 1)[:, None]
    return np.where((i >= 0) & (i < n), i, -1)


def band_products(w, x, l, u):
    """The bands of ``w @ x.T``."""
    i = band_places(l, u, np.shape(x)[0])
    return np.where(i >= 0, np.sum(w[np.maximum(i, 0)] * x, axis=-1), 0.0)


def full_of(ab, l, u, n):
    """The matrix that has these bands."""
    i, j = np.arange(n)[:, None], np.arange(n)
    return np.where((i - j <= l) & (j - i <= u), ab[np.clip(u + i - j, 0, l + u), j], 0.0)


nondiff(sla.hilbert, sla.invhilbert, sla.hadamard, sla.pascal, sla.invpascal, sla.dft, sla.helmert)
nondiff(column_places, row_places, band_rows, transposed_places, band_places)


@composite(sla.cholesky_banded)
def cholesky_banded(ab, overwrite_ab=False, lower=False, check_finite=True):
    k, n = np.shape(ab)
    if lower:
        factor = sla.cholesky(full_of(ab, k - 1, 0, n), lower=True)
        return bands_of(factor, k - 1, 0, ab)
    return bands_of(sla.cholesky(full_of(ab, 0, k - 1, n)), 0, k - 1, ab)


def bands_of(a, l, u, outside):
    """The bands of a matrix, and what stands outside of it."""
    i = band_places(l, u, np.shape(a)[0])
    return np.where(i >= 0, a[np.maximum(i, 0), np.arange(np.shape(a)[0])], outside)
