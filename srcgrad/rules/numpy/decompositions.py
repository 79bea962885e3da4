"""Matrix decompositions.

A function that reads one triangle of its argument, as ``cholesky`` and ``eigh`` do, has its gradient in that
triangle: `in_triangle` moves the other half there. That is right for any argument, and for arguments that are
symmetric by construction it gives the same derivative as a symmetric gradient.

Eigenvectors turn without bound where eigenvalues meet. A function of them that does not notice the turning
has a derivative all the same: `quotient` gives 0 where its numerator is 0, NaN where the derivative does not
exist.

Sources: Giles (2008) for eigenvalues; Murray, "Differentiation of the Cholesky decomposition" (2016); Walter
and Lehmann (2010) for QR; Townsend (2016) and Wan and Zhang (2019) for the SVD; Boeddeker et al. (2017) for
complex eigenvectors.
"""

import numpy as np

from srcgrad.rules.helpers import adjoint
from srcgrad.rules.kinds import jvp, nondiff, vjp


def in_triangle(t, upper):
    """Cotangent of one triangle of a Hermitian matrix, from the Hermitian cotangent `t` of all of it."""
    part = np.triu(t, 1) if upper else np.tril(t, -1)
    return 2 * part + np.real(t) * np.eye(np.shape(t)[-1], dtype=np.result_type(np.real(t)))


def hermitian(a, upper):
    """The Hermitian matrix that a function sees which reads only one triangle."""
    part = np.triu(a, 1) if upper else np.tril(a, -1)
    return part + adjoint(part) + np.real(a) * np.eye(np.shape(a)[-1], dtype=np.result_type(np.real(a)))


def half_triangle(x, upper=False):
    """One triangle, with half the diagonal."""
    part = np.triu(x) if upper else np.tril(x)
    return part - 0.5 * x * np.eye(np.shape(x)[-1], dtype=np.result_type(np.real(x)))


def diagonal_matrix(d):
    """Diagonal matrices of vectors along the last axis."""
    return d[..., None] * np.eye(np.shape(d)[-1], dtype=np.result_type(np.real(d)))


def gaps(w):
    """Differences ``w[j] - w[i]``, zero where they are only rounding."""
    gap = w[..., None, :] - w[..., :, None]
    scale = np.max(np.abs(w), axis=-1, initial=0.0)[..., None, None]
    close = np.abs(gap) <= 8 * np.finfo(np.result_type(np.real(w), np.float32)).eps * np.shape(w)[-1] * scale
    return np.where(close, 0.0, gap)


def quotient(top, gap):
    """``top / gap``; where the gap is zero, 0 if the numerator is zero up to rounding, else NaN."""
    zero = gap == 0
    scale = np.max(np.abs(top), axis=(-2, -1), keepdims=True, initial=0.0)
    exists = ~zero | (np.abs(top) <= 1e-6 * scale) | (scale == 0)
    return np.where(zero, 0.0, top / np.where(zero, 1.0, gap)) + no_derivative(exists)


def no_derivative(exists):
    """NaN where a derivative does not exist."""
    return 0.0 if np.all(exists | np.eye(np.shape(exists)[-1], dtype=bool)) else np.where(exists, 0.0, np.nan)


def unfixed(q, dq):
    """NaN where a cotangent asks how columns turn that are only known to be orthonormal, else 0."""
    block = adjoint(q) @ dq
    turn = np.abs(block - adjoint(block))
    return np.nan if np.any(turn > 1e-6 * np.max(np.abs(dq), initial=0.0)) else 0.0


nondiff(no_derivative, unfixed)

# --- Cholesky ---


@vjp(np.linalg.cholesky, "a")
def cholesky(a, /, *, upper=False, ans, g):
    return cholesky_cotangent(ans, g, upper)


def cholesky_cotangent(factor, dfactor, upper):
    """Cotangent of the triangle that is read, from that of the factor."""
    lower, dlower = (adjoint(factor), adjoint(dfactor)) if upper else (factor, dfactor)
    inner = half_triangle(adjoint(lower) @ dlower)
    left = np.linalg.solve(adjoint(lower), inner + adjoint(inner))
    s = 0.5 * adjoint(np.linalg.solve(adjoint(lower), adjoint(left)))
    return in_triangle(s, upper)


@jvp(np.linalg.cholesky)
def cholesky_tangent(a, /, *, upper=False, ans, da):
    return cholesky_change(ans, da, upper)


def cholesky_change(factor, da, upper):
    """Tangent of the factor, from that of the triangle that is read."""
    lower = adjoint(factor) if upper else factor
    left = np.linalg.solve(lower, hermitian(da, upper))
    dlower = lower @ half_triangle(adjoint(np.linalg.solve(lower, adjoint(left))))
    return adjoint(dlower) if upper else dlower


# --- eigenvalues of Hermitian matrices ---


@vjp(np.linalg.eigh, "a", outputs=2)
def eigh(a, UPLO="L", *, ans, g):
    dw, dv = g
    w, v = ans
    return in_triangle(v @ eigh_core(w, v, dw, dv) @ adjoint(v), UPLO == "U")


def eigh_core(w, v, dw, dv):
    """Cotangent of the matrix in the basis of its eigenvectors."""
    straight = 0.0 if dw is None else diagonal_matrix(dw)
    if dv is None:
        return straight
    inner = adjoint(v) @ dv
    return straight + quotient(0.5 * (inner - adjoint(inner)), gaps(w))


@jvp(np.linalg.eigh)
def eigh_tangent(a, UPLO="L", *, ans, da):
    w, v = ans
    inner = adjoint(v) @ hermitian(da, UPLO == "U") @ v
    return np.real(np.diagonal(inner, 0, -2, -1)), v @ quotient(
        inner - diagonal_matrix(np.diagonal(inner, 0, -2, -1)), gaps(w)
    )


@vjp(np.linalg.eigvalsh, "a")
def eigvalsh(a, UPLO="L", *, g):
    v = np.linalg.eigh(a, UPLO)[1]
    return in_triangle(v * g[..., None, :] @ adjoint(v), UPLO == "U")


@jvp(np.linalg.eigvalsh)
def eigvalsh_tangent(a, UPLO="L", *, da):
    v = np.linalg.eigh(a, UPLO)[1]
    return np.real(np.sum(np.conj(v) * (hermitian(da, UPLO == "U") @ v), axis=-2))


# --- eigenvalues of general matrices ---


@vjp(np.linalg.eig, "a", outputs=2, turns_complex=True)
def eig(a, *, ans, g):
    dw, dv = g
    w, v = ans
    return np.linalg.solve(adjoint(v), eig_core(w, v, dw, dv)) @ adjoint(v)


def eig_core(w, v, dw, dv):
    """Cotangent of the matrix in the basis of its eigenvectors, which have length one."""
    straight = 0.0 if dw is None else diagonal_matrix(dw)
    if dv is None:
        return straight
    inner = adjoint(v) @ dv
    length = np.real(np.diagonal(inner, 0, -2, -1))
    return straight + quotient(inner - adjoint(v) @ v * length[..., None, :], np.conj(gaps(w)))


@jvp(np.linalg.eig)
def eig_tangent(a, *, ans, da):
    w, v = ans
    inner = np.linalg.solve(v, da @ v)
    turn = quotient(inner - diagonal_matrix(np.diagonal(inner, 0, -2, -1)), gaps(w))
    dv = v @ turn
    return np.diagonal(inner, 0, -2, -1), dv - v * np.real(np.sum(np.conj(v) * dv, axis=-2))[..., None, :]


def vectors_of(a, w):
    """Eigenvectors in the order of the eigenvalues `w`: ``eig`` may find them in another order than
    ``eigvals``.
    """
    found, v = np.linalg.eig(a)
    return np.take_along_axis(v, nearest(found, w)[..., None, :], -1)


def nearest(found, w):
    """The order that brings `found` closest to `w`."""
    distance = np.abs(found[..., None, :] - w[..., :, None])
    order = np.zeros(np.shape(w), dtype=int)
    for stack in np.ndindex(np.shape(w)[:-1]):
        left = np.array(distance[stack])
        for _ in range(len(left)):
            row, column = divmod(int(np.argmin(left)), len(left))
            order[stack][row] = column
            left[row], left[:, column] = np.inf, np.inf
    return order


nondiff(nearest)


@vjp(np.linalg.eigvals, "a", turns_complex=True)
def eigvals(a, *, ans, g):
    v = vectors_of(a, ans)
    return np.linalg.solve(adjoint(v), g[..., :, None] * adjoint(v))


@jvp(np.linalg.eigvals)
def eigvals_tangent(a, *, ans, da):
    v = vectors_of(a, ans)
    return np.diagonal(np.linalg.solve(v, da @ v), 0, -2, -1)


# --- QR ---


@vjp(np.linalg.qr, "a", outputs=2)
def qr(a, mode="reduced", *, ans, g):
    q, r = (np.linalg.qr(a)[0], ans) if mode == "r" else ans
    dq, dr = (None, g) if mode == "r" else g
    return qr_cotangent(a, q, r, dq, dr)


def qr_cotangent(a, q, r, dq, dr):
    """Cotangent of the matrix, from those of its factors: tall, square or wide, reduced or complete."""
    m, n = np.shape(a)[-2:]
    k = min(m, n)
    dq = np.zeros_like(q) if dq is None else dq
    dr = np.zeros_like(r) if dr is None else dr
    q1, r1, dq1, dr1 = q[..., :k], r[..., :k, :k], dq[..., :k], dr[..., :k, :k]
    if np.shape(q)[-1] > k:
        dq1 = dq1 - q[..., k:] @ (adjoint(dq[..., k:]) @ q1) + unfixed(q[..., k:], dq[..., k:])
    if n > k:
        # the further columns are q @ r[:, k:], so they work on q
        dq1 = dq1 + a[..., k:] @ adjoint(dr[..., :k, k:])
    inner = r1 @ adjoint(dr1) - adjoint(dq1) @ q1
    core = half_triangle(inner)
    first = adjoint(np.linalg.solve(r1, adjoint(dq1 + q1 @ (core + adjoint(core)))))
    return np.concatenate([first, q1 @ dr[..., :k, k:]], axis=-1) if n > k else first


# --- singular values ---


@vjp(np.linalg.svd, "a", outputs=3)
def svd(a, full_matrices=True, compute_uv=True, *, ans, g):
    u, s, vh = ans if compute_uv else np.linalg.svd(a, False)
    du, ds, dvh = g if compute_uv else (None, g, None)
    return svd_cotangent(a, u, s, vh, du, ds, dvh)


def svd_cotangent(a, u, s, vh, du, ds, dvh):
    """Cotangent of the matrix, from those of its factors, thin or full; None for those that are not used."""
    k = np.shape(s)[-1]
    u1, v1 = u[..., :k], adjoint(vh)[..., :k]
    core = 0.0 if ds is None else diagonal_matrix(ds)
    outer = 0.0
    gap = gaps(s) * (s[..., None, :] + s[..., :, None])
    if du is not None:
        inner = adjoint(u1) @ du[..., :k]
        core = core + quotient(inner - adjoint(inner), gap) * s[..., None, :] + turned(inner, s)
        rest = du[..., :k] - u1 @ inner
        if np.shape(u)[-1] > k:
            rest = rest - u[..., k:] @ (adjoint(du[..., k:]) @ u1) + unfixed(u[..., k:], du[..., k:])
        outer = outer + (rest / _nonzero(s)[..., None, :]) @ adjoint(v1)
    if dvh is not None:
        dv = adjoint(dvh)
        inner = adjoint(v1) @ dv[..., :k]
        core = core + s[..., :, None] * quotient(inner - adjoint(inner), gap)
        rest = dv[..., :k] - v1 @ inner
        if np.shape(vh)[-2] > k:
            further = adjoint(vh)[..., k:]
            rest = rest - further @ (adjoint(dv[..., k:]) @ v1) + unfixed(further, dv[..., k:])
        outer = outer + u1 @ adjoint(rest / _nonzero(s)[..., None, :])
    return u1 @ core @ adjoint(v1) + outer


def turned(inner, s):
    """The part of a complex cotangent that turns the phase of a singular vector."""
    phase = np.diagonal(inner, 0, -2, -1)
    return diagonal_matrix(1j * np.imag(phase) / _nonzero(s)) if np.iscomplexobj(phase) else 0.0


def _nonzero(s):
    return s + (s == 0)


@vjp(getattr(np.linalg, "svdvals", None), "x")
def svdvals(x, /, *, g):
    u, _, vh = np.linalg.svd(x, False)
    return u * g[..., None, :] @ vh


@jvp(getattr(np.linalg, "svdvals", None))
def svdvals_tangent(x, /, *, dx):
    u, _, vh = np.linalg.svd(x, False)
    return np.real(np.sum(np.conj(u) * (dx @ adjoint(vh)), axis=-2))


# --- tangents of the rectangular ones ---


@jvp(np.linalg.qr)
def qr_tangent(a, mode="reduced", *, ans, da):
    q, r = (np.linalg.qr(a)[0], ans) if mode == "r" else ans
    dq, dr = qr_change(q, r, da)
    return dr if mode == "r" else (dq, dr)


def qr_change(q, r, da):
    """Tangents of both factors, without turning the columns that the matrix does not fix."""
    k, n = min(np.shape(da)[-2:]), np.shape(da)[-1]
    q1, r1 = q[..., :k], r[..., :k, :k]
    c = adjoint(np.linalg.solve(adjoint(r1), adjoint(da[..., :k])))
    inner = adjoint(q1) @ c
    lower = (
        np.tril(inner, -1) + 1j * np.imag(inner) * np.eye(k) if np.iscomplexobj(inner) else np.tril(inner, -1)
    )
    turn = lower - adjoint(np.tril(inner, -1))
    dq1 = q1 @ turn + c - q1 @ inner
    dr = (inner - turn) @ r1
    if n > k:
        dr = np.concatenate([dr, adjoint(dq1) @ (q1 @ r[..., :k, k:]) + adjoint(q1) @ da[..., k:]], axis=-1)
    if np.shape(q)[-1] > k:
        rest = q[..., k:]
        dq1 = np.concatenate([dq1, -q1 @ (adjoint(dq1) @ rest)], axis=-1)
        dr = np.concatenate([dr, np.zeros_like(r[..., k:, :])], axis=-2)
    return dq1, dr


@jvp(np.linalg.svd)
def svd_tangent(a, full_matrices=True, compute_uv=True, *, ans, da):
    u, s, vh = ans if compute_uv else np.linalg.svd(a, False)
    du, ds, dvh = svd_change(u, s, vh, da)
    return (du, ds, dvh) if compute_uv else ds


def svd_change(u, s, vh, da):
    """Tangents of the three factors, without turning what the matrix does not fix."""
    k = np.shape(s)[-1]
    u1, v1 = u[..., :k], adjoint(vh)[..., :k]
    inner = adjoint(u1) @ da @ v1
    ds = np.real(np.diagonal(inner, 0, -2, -1))
    gap = gaps(s) * (s[..., None, :] + s[..., :, None])
    right, left = s[..., None, :], s[..., :, None]
    off = 1 - np.eye(k)
    turn_u = quotient(off * (inner * right + left * adjoint(inner)), gap)
    turn_v = quotient(off * (left * inner + adjoint(inner) * right), gap)
    if np.iscomplexobj(inner):
        turn_u = turn_u + diagonal_matrix(1j * np.imag(np.diagonal(inner, 0, -2, -1)) / _nonzero(s))
    rest_u = (da @ v1 - u1 @ inner) / _nonzero(s)[..., None, :]
    rest_v = (adjoint(da) @ u1 - v1 @ adjoint(inner)) / _nonzero(s)[..., None, :]
    du, dv = u1 @ turn_u + rest_u, v1 @ turn_v + rest_v
    if np.shape(u)[-1] > k:
        du = np.concatenate([du, -u1 @ (adjoint(rest_u) @ u[..., k:])], axis=-1)
    if np.shape(vh)[-2] > k:
        dv = np.concatenate([dv, -v1 @ (adjoint(rest_v) @ adjoint(vh)[..., k:])], axis=-1)
    return du, ds, adjoint(dv)
