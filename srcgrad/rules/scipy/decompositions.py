"""Matrix decompositions of scipy.linalg.

Most share their formulas with numpy.linalg: see `srcgrad.rules.numpy.decompositions` for conventions and
sources. Those that turn a matrix by a unitary one (Schur, Hessenberg) find the generator ``w`` of the turn from
the entries that stay zero: one linear system of size ``n(n-1)/2``, whose adjoint serves the pullback.
"""

import numpy as np
import scipy.linalg as sla

from srcgrad.rules.helpers import adjoint
from srcgrad.rules.kinds import composite, jvp, nondiff, vjp
from srcgrad.rules.numpy.decompositions import (
    cholesky_change,
    cholesky_cotangent,
    diagonal_matrix,
    eig_core,
    eig_tangent,
    gaps,
    hermitian,
    in_triangle,
    qr_change,
    qr_cotangent,
    quotient,
    svd_change,
    svd_cotangent,
    vectors_of,
)
from srcgrad.rules.scipy.linalg import triangle

# --- Cholesky: the gradient lies in the triangle that is read ---


@vjp(sla.cholesky, "a")
def cholesky(a, lower=False, *, check_finite=True, ans, g):
    return cholesky_cotangent(ans, g, not lower)


@jvp(sla.cholesky)
def cholesky_tangent(a, lower=False, *, check_finite=True, ans, da):
    return cholesky_change(ans, da, not lower)


# What stands in the other triangle of the factor has no meaning.
@vjp(sla.cho_factor, "a", outputs=2)
def cho_factor(a, lower=False, *, check_finite=True, ans, g):
    return cholesky_cotangent(triangle(ans[0], lower), triangle(g[0], lower), not lower)


@jvp(sla.cho_factor)
def cho_factor_tangent(a, lower=False, *, check_finite=True, ans, da):
    return cholesky_change(triangle(ans[0], lower), da, not lower), None


# --- LU (de Hoog, Anderssen and Lukas 2011): with the order of the rows held ---


def lu_cotangent(lower, upper, dlower, dupper):
    """Cotangent of the matrix in the order of its pivots, from those of the factors."""
    k = np.shape(lower)[-1]
    l1, u1, dl1, du1 = lower[:k], upper[:, :k], dlower[:k], dupper[:, :k]
    dl2 = adjoint(sla.solve_triangular(u1, adjoint(dlower[k:])))
    du2 = sla.solve_triangular(l1, dupper[:, k:], 2, lower=True, unit_diagonal=True)
    inner = np.tril(adjoint(l1) @ (dl1 - du2 @ adjoint(upper[:, k:])), -1)
    inner = inner + np.triu((du1 - adjoint(lower[k:]) @ dl2) @ adjoint(u1))
    left = sla.solve_triangular(l1, inner, 2, lower=True, unit_diagonal=True)
    core = adjoint(sla.solve_triangular(u1, adjoint(left)))
    return np.concatenate([core, dl2], axis=0) if len(lower) > k else np.concatenate([core, du2], axis=1)


def lu_change(lower, upper, da):
    """Tangents of both factors, from that of the matrix in the order of its pivots."""
    k = np.shape(lower)[-1]
    l1, u1 = lower[:k], upper[:, :k]
    inner = right_solve(sla.solve_triangular(l1, da[:k, :k], lower=True, unit_diagonal=True), u1)
    dl1, du1 = l1 @ np.tril(inner, -1), np.triu(inner) @ u1
    dl2 = right_solve(da[k:, :k] - lower[k:] @ du1, u1)
    du2 = sla.solve_triangular(l1, da[:k, k:] - dl1 @ upper[:, k:], lower=True, unit_diagonal=True)
    return np.concatenate([dl1, dl2], axis=0), np.concatenate([du1, du2], axis=1)


def right_solve(b, upper):
    """``b @ inv(upper)``."""
    return np.transpose(sla.solve_triangular(upper, np.transpose(b), 1))


@vjp(sla.lu, "a", outputs=3)
def lu(a, permute_l=False, *, check_finite=True, p_indices=False, ans, g):
    order, lower, upper, dlower, dupper = in_order(ans, g, permute_l, p_indices)
    return lu_cotangent(lower, upper, dlower, dupper)[np.argsort(order)]


@jvp(sla.lu)
def lu_tangent(a, permute_l=False, *, check_finite=True, p_indices=False, ans, da):
    order, lower, upper, _, _ = in_order(ans, ans, permute_l, p_indices)
    dlower, dupper = lu_change(lower, upper, da[order])
    return (dlower[np.argsort(order)], dupper) if permute_l else (np.zeros_like(ans[0]), dlower, dupper)


def in_order(ans, g, permute_l, p_indices):
    """The order of the pivots, and the factors and their cotangents in that order."""
    if permute_l:
        order, (lower, upper), (dlower, dupper) = pivots_of(ans[0]), ans, g
        lower, dlower = lower[order], None if dlower is None else dlower[order]
    else:
        (p, lower, upper), (_, dlower, dupper) = ans, g
        order = np.argsort(p) if p_indices else np.argmax(p, axis=0)
    dlower = np.zeros_like(lower) if dlower is None else dlower
    return order, lower, upper, dlower, np.zeros_like(upper) if dupper is None else dupper


def pivots_of(permuted):
    """The order of rows that makes a permuted unit lower triangular matrix triangular again."""
    left, order = np.array(permuted), []
    for k in range(left.shape[1]):
        free = [row for row in range(len(left)) if row not in order]
        order.append(next(row for row in free if left[row, k] == 1 and not np.any(left[row, k + 1 :])))
    return np.array(order + [row for row in range(len(left)) if row not in order])


nondiff(pivots_of)


@composite(sla.lu_factor)
def lu_factor(a, overwrite_a=False, check_finite=True):
    p, lower, upper = sla.lu(a)
    m, n = np.shape(a)
    left = np.pad(np.tril(lower, -1), ((0, 0), (0, max(n - m, 0))))
    return left + np.pad(upper, ((0, max(m - n, 0)), (0, 0))), exchanges(p)


def exchanges(p):
    """The exchanges of rows that a permutation matrix is made of, as LAPACK writes them."""
    order, rows = np.argmax(p, axis=0), list(range(len(p)))
    piv = []
    for k, row in enumerate(order):
        other = rows.index(row)
        rows[k], rows[other] = rows[other], rows[k]
        piv.append(other)
    return np.array(piv, dtype=np.int32)


nondiff(exchanges)

# --- eigenvalues ---


@vjp(sla.eig, "a", outputs=2, turns_complex=True)
def eig(a, *, right=True, check_finite=True, ans, g):
    dw, dv = g
    w, v = ans
    return np.linalg.solve(adjoint(v), eig_core(w, v, dw, dv)) @ adjoint(v)


@jvp(sla.eig)
def eig_change(a, *, right=True, check_finite=True, ans, da):
    return eig_tangent(a, ans=ans, da=da)


@vjp(sla.eigvals, "a", turns_complex=True)
def eigvals(a, *, check_finite=True, ans, g):
    v = vectors_of(a, ans)
    return np.linalg.solve(adjoint(v), g[..., :, None] * adjoint(v))


@jvp(sla.eigvals)
def eigvals_tangent(a, *, check_finite=True, ans, da):
    v = vectors_of(a, ans)
    return np.diagonal(np.linalg.solve(v, da @ v), 0, -2, -1)


# With vectors of length one in the metric b, dv = v @ x where x + adjoint(x) = -adjoint(v) @ db @ v.
@vjp(sla.eigh, "a", "b", outputs=2)
def eigh(a, b=None, *, lower=True, eigvals_only=False, check_finite=True, ans, g):
    w, v = sla.eigh(a, b, lower=lower) if eigvals_only else ans
    dw, dv = (g, None) if eigvals_only else g
    of_a, of_b = eigh_cores(w, v, dw, dv)
    return (
        in_triangle(v @ of_a @ adjoint(v), not lower),
        None if b is None else in_triangle(v @ of_b @ adjoint(v), not lower),
    )


def eigh_cores(w, v, dw, dv):
    """Cotangents of the matrix and of the metric, in the basis of the eigenvectors."""
    straight = 0.0 if dw is None else diagonal_matrix(dw)
    if dv is None:
        return straight, -straight * w[..., None, :]
    inner = adjoint(v) @ dv
    turn = quotient(0.5 * (inner - adjoint(inner)), gaps(w))
    mean = 0.5 * (w[..., None, :] + w[..., :, None])
    return straight + turn, -straight * w[..., None, :] - turn * mean - 0.25 * (inner + adjoint(inner))


@jvp(sla.eigh)
def eigh_tangent(a, b=None, *, lower=True, eigvals_only=False, check_finite=True, ans, da, db):
    w, v = sla.eigh(a, b, lower=lower) if eigvals_only else ans
    dw, dv = eigh_change(w, v, whole(a, da, lower), whole(b, db, lower))
    return dw if eigvals_only else (dw, dv)


def eigh_change(w, v, da, db):
    """Tangents of eigenvalues and eigenvectors."""
    of_a = adjoint(v) @ da @ v
    of_b = 0.0 * of_a if np.ndim(db) == 0 else adjoint(v) @ db @ v
    inner = of_a - of_b * (0.5 * (w[..., None, :] + w[..., :, None]))
    straight = np.diagonal(inner, 0, -2, -1)
    return np.real(straight), v @ (quotient(inner - diagonal_matrix(straight), gaps(w)) - 0.5 * of_b)


@vjp(sla.eigvalsh, "a", "b")
def eigvalsh(a, b=None, *, lower=True, check_finite=True, g):
    w, v = sla.eigh(a, b, lower=lower)
    of_a = v * g[..., None, :] @ adjoint(v)
    of_b = v * (-g * w)[..., None, :] @ adjoint(v)
    return in_triangle(of_a, not lower), None if b is None else in_triangle(of_b, not lower)


@jvp(sla.eigvalsh)
def eigvalsh_tangent(a, b=None, *, lower=True, check_finite=True, da, db):
    w, v = sla.eigh(a, b, lower=lower)
    return eigh_change(w, v, whole(a, da, lower), whole(b, db, lower))[0]


def whole(a, da, lower):
    """The tangent of the Hermitian matrix, from that of the triangle that is read."""
    return 0.0 if a is None else hermitian(np.zeros_like(a) + da, not lower)


@vjp(sla.eigh_tridiagonal, "d", "e", outputs=2)
def eigh_tridiagonal(d, e, eigvals_only=False, *, check_finite=True, tol=0.0, lapack_driver="auto", ans, g):
    w, v = sla.eigh_tridiagonal(d, e) if eigvals_only else ans
    dw, dv = (g, None) if eigvals_only else g
    full = v @ eigh_cores(w, v, dw, dv)[0] @ np.transpose(v)
    return np.diagonal(full), 2 * np.diagonal(full, 1)


@jvp(sla.eigh_tridiagonal)
def eigh_tridiagonal_tangent(
    d, e, eigvals_only=False, *, check_finite=True, tol=0.0, lapack_driver="auto", ans, dd, de
):
    w, v = sla.eigh_tridiagonal(d, e) if eigvals_only else ans
    beside = np.diag(np.zeros_like(e) + de, 1)
    dw, dv = eigh_change(w, v, np.diag(np.zeros_like(d) + dd) + beside + np.transpose(beside), 0.0)
    return dw if eigvals_only else (dw, dv)


# --- QR and singular values ---


@vjp(sla.qr, "a", outputs=2)
def qr(a, *, mode="full", check_finite=True, ans, g):
    q, r = (sla.qr(a, mode="economic")[0], ans[0]) if mode == "r" else ans
    dq, dr = (None, g[0]) if mode == "r" else g
    k = np.shape(q)[-1]
    return qr_cotangent(a, q, r[..., :k, :], dq, None if dr is None else dr[..., :k, :])


@jvp(sla.qr)
def qr_tangent(a, *, mode="full", check_finite=True, ans, da):
    q, r = (sla.qr(a)[0], ans[0]) if mode == "r" else ans
    dq, dr = qr_change(q, r, da)
    return (dr,) if mode == "r" else (dq, dr)


@vjp(sla.svd, "a", outputs=3)
def svd(a, full_matrices=True, compute_uv=True, *, check_finite=True, lapack_driver="gesdd", ans, g):
    u, s, vh = ans if compute_uv else np.linalg.svd(a, False)
    du, ds, dvh = g if compute_uv else (None, g, None)
    return svd_cotangent(a, u, s, vh, du, ds, dvh)


@jvp(sla.svd)
def svd_tangent(a, full_matrices=True, compute_uv=True, *, check_finite=True, lapack_driver="gesdd", ans, da):
    u, s, vh = ans if compute_uv else np.linalg.svd(a, False)
    du, ds, dvh = svd_change(u, s, vh, da)
    return (du, ds, dvh) if compute_uv else ds


@vjp(sla.svdvals, "a")
def svdvals(a, *, check_finite=True, g):
    u, _, vh = np.linalg.svd(a, False)
    return u * g[..., None, :] @ vh


@jvp(sla.svdvals)
def svdvals_tangent(a, *, check_finite=True, da):
    u, _, vh = np.linalg.svd(a, False)
    return np.real(np.sum(np.conj(u) * (da @ adjoint(vh)), axis=-2))


# --- polar: a = u p, and x p + p x is the skew part of adjoint(u) da where du = u x + ... (Higham 2008) ---


@composite(sla.polar)
def polar(a, side="right"):
    if side == "left":
        u, p = right_polar(adjoint(a))
        return adjoint(u), p
    return right_polar(a)


def right_polar(a):
    """Factors u with orthonormal columns (or rows) and p positive semidefinite: a = u p."""
    if np.shape(a)[0] >= np.shape(a)[1]:
        p = sla.sqrtm(adjoint(a) @ a)
        return adjoint(np.linalg.solve(p, adjoint(a))), p
    u = np.linalg.solve(sla.sqrtm(a @ adjoint(a)), a)
    half = adjoint(u) @ a
    return u, 0.5 * (half + adjoint(half))
