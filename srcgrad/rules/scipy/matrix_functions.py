"""Functions of matrices: exponential, logarithm, root, sine and cosine; Schur and Hessenberg forms.

The derivative of any primary matrix function in a direction ``e`` stands in the corner of the function of the
block matrix ``[[a, e], [0, a]]`` (Mathias 1996; Higham, "Functions of Matrices", 2008, theorem 3.6), and the
adjoint of that linear map is the same map at ``adjoint(a)``.
"""

import numpy as np
import scipy.linalg as sla

from srcgrad.rules.helpers import adjoint
from srcgrad.rules.kinds import composite, jvp, nondiff, vjp


def frechet(function, a, e):
    """Derivative of a matrix function at `a` in the direction `e`."""
    top = np.concatenate([a, e], axis=-1)
    bottom = np.concatenate([np.zeros_like(a), a], axis=-1)
    n = np.shape(a)[-1]
    return function(np.concatenate([top, bottom], axis=-2))[..., :n, n:]


# --- the exponential ---


@vjp(sla.expm, "A")
def expm(A, *, g):
    return expm_frechet_of(adjoint(A), g)


@jvp(sla.expm)
def expm_tangent(A, *, dA):
    return expm_frechet_of(A, dA)


def expm_frechet_of(a, e):
    """The derivative by scaling and squaring (Al-Mohy and Higham 2009), for stacks by blocks."""
    return sla.expm_frechet(a, e, compute_expm=False) if np.ndim(a) == 2 else frechet(sla.expm, a, e)


@composite(sla.expm_frechet)
def expm_frechet(A, E, method=None, compute_expm=True, check_finite=True):
    n = np.shape(A)[-1]
    top, bottom = np.concatenate([A, E], axis=1), np.concatenate([np.zeros_like(A), A], axis=1)
    both = sla.expm(np.concatenate([top, bottom], axis=0))
    return (both[:n, :n], both[:n, n:]) if compute_expm else both[:n, n:]


# --- the root and the logarithm ---


@vjp(sla.sqrtm, "A", turns_complex=True)
def sqrtm(A, *, ans, g):
    return sla.solve_sylvester(adjoint(ans), adjoint(ans), g)


@jvp(sla.sqrtm)
def sqrtm_tangent(A, *, ans, dA):
    return sla.solve_sylvester(ans, ans, dA)


@vjp(sla.logm, "A", turns_complex=True)
def logm(A, *, g):
    return frechet(sla.logm, adjoint(A), g)


@jvp(sla.logm)
def logm_tangent(A, *, dA):
    return frechet(sla.logm, A, dA)


# --- trigonometry ---


def _primary(function):
    @vjp(function, "A")
    def pullback(A, *, g):
        return frechet(function, adjoint(A), g)

    @jvp(function)
    def tangent(A, *, dA):
        return frechet(function, A, dA)


for _function in (sla.cosm, sla.sinm, sla.tanm, sla.coshm, sla.sinhm, sla.tanhm):
    _primary(_function)


# The function of the eigenvalues: for matrices with a basis of eigenvectors.
@composite(sla.funm)
def funm(A, func, disp=True):
    w, v = sla.eig(A)
    result = np.transpose(np.linalg.solve(np.transpose(v), np.transpose(v * func(w))))
    if not np.iscomplexobj(A) and np.allclose(np.imag(result), 0.0, atol=1e-9):
        result = np.real(result)
    return result if disp else (result, 0.0)


# --- forms that a unitary turn reaches: a = z t adjoint(z), dz = z w with w skew ---


def fixed_entries(t, first):
    """Matrices that pick what stays zero in `t`, and the entries of the skew matrix that sees to it.

    `first` is 1 for the Schur form and 2 for the Hessenberg form, where the first column of z stays as well.
    A real Schur form has blocks of two rows for pairs of complex eigenvalues; there LAPACK keeps the two
    diagonal elements equal, and the entry below the diagonal is free.
    """
    n = len(t)
    where = np.arange(n * n).reshape(n, n)
    below = [(i, j) for j in range(n) for i in range(j + first, n)]
    rows = np.zeros((len(below), n * n))
    columns = np.zeros((n * n, len(below)))
    for k, (i, j) in enumerate(below):
        if first == 1 and i == j + 1 and t[i, j] != 0:
            rows[k, where[j, j]], rows[k, where[i, i]] = 1.0, -1.0
        else:
            rows[k, where[i, j]] = 1.0
        # the turn that the entry (i, j) needs: for Hessenberg forms it works one column further
        p, q = i, j + first - 1
        columns[where[p, q], k] = 1.0
        if not np.iscomplexobj(t):
            columns[where[q, p], k] = -1.0
    return rows, columns


nondiff(fixed_entries)


def turn_system(t, first):
    """The system of the turn: its matrix, and the matrices before and behind it."""
    rows, columns = fixed_entries(t, first)
    eye = np.eye(np.shape(t)[0])
    # (w t - t w) with the entries of w in rows
    commutator = np.kron(eye, np.transpose(t)) - np.kron(t, eye)
    return rows @ commutator @ columns, rows, columns


def turn_of(t, change, first):
    """The skew matrix w for which ``change - w t + t w`` is zero where `t` is."""
    system, rows, columns = turn_system(t, first)
    w = np.reshape(columns @ np.linalg.solve(system, rows @ np.ravel(change)), np.shape(t))
    return w - np.conj(np.transpose(w)) if np.iscomplexobj(t) else w


def turn_cotangent(t, dw, first):
    """The transpose of `turn_of`, from the cotangent of w."""
    system, rows, columns = turn_system(t, first)
    part = dw - adjoint(dw) if np.iscomplexobj(t) else dw
    return np.reshape(
        np.transpose(rows) @ np.linalg.solve(adjoint(system), np.transpose(columns) @ np.ravel(part)),
        np.shape(t),
    )


def form_cotangent(t, z, dt, dz, first):
    """Cotangent of the matrix, from those of its form and of the turn."""
    shaped = np.zeros_like(t) if dt is None else np.triu(dt, 1 - first) + kept(t, dt, first)
    dw = t_turned(t, shaped) + (0.0 if dz is None else adjoint(z) @ dz)
    return z @ (shaped + turn_cotangent(t, dw, first)) @ adjoint(z)


def t_turned(t, g):
    """The cotangent of w, from that of ``t w - w t``."""
    return adjoint(t) @ g - g @ adjoint(t)


def kept(t, g, first):
    """Cotangents of entries below the diagonal that are not zero: blocks of a real Schur form."""
    return np.where(t != 0, np.tril(g, -1), 0.0) if first == 1 else 0.0 * t


def form_change(t, z, da, first):
    """Tangents of the form and of the turn."""
    change = adjoint(z) @ da @ z
    w = turn_of(t, change, first)
    dt = change - w @ t + t @ w
    return np.triu(dt, 1 - first) + kept(t, dt, first), z @ w


@vjp(sla.schur, "a", outputs=2)
def schur(a, output="real", *, check_finite=True, ans, g):
    return form_cotangent(ans[0], ans[1], g[0], g[1], 1)


@jvp(sla.schur)
def schur_tangent(a, output="real", *, check_finite=True, ans, da):
    return form_change(ans[0], ans[1], da, 1)


@vjp(sla.hessenberg, "a", outputs=2)
def hessenberg(a, calc_q=False, *, check_finite=True, ans, g):
    h, q = ans if calc_q else sla.hessenberg(a, True)
    dh, dq = g if calc_q else (g, None)
    return form_cotangent(h, q, dh, dq, 2)


@jvp(sla.hessenberg)
def hessenberg_tangent(a, calc_q=False, *, check_finite=True, ans, da):
    h, q = ans if calc_q else sla.hessenberg(a, True)
    dh, dq = form_change(h, q, da, 2)
    return (dh, dq) if calc_q else dh


# The complex form of a real one: z_complex = Z u, where T = u t_complex adjoint(u).
@vjp(sla.rsf2csf, "T", "Z", outputs=2, turns_complex=True)
def rsf2csf(T, Z, check_finite=True, *, ans, g):
    t, u = ans[0], adjoint(Z) @ ans[1]
    dz = None if g[1] is None else adjoint(Z) @ g[1]
    return (
        form_cotangent(t, u, g[0], dz, 1),
        0.0 if g[1] is None else g[1] @ adjoint(u),
    )


@jvp(sla.rsf2csf)
def rsf2csf_tangent(T, Z, check_finite=True, *, ans, dT, dZ):
    t, u = ans[0], adjoint(Z) @ ans[1]
    dt, du = form_change(t, u, np.zeros_like(T) + dT, 1)
    return dt, Z @ du + (np.zeros_like(Z) + dZ) @ u
