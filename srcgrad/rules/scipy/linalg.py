"""Solutions, inverses, determinants and norms of scipy.linalg.

Formulas as in Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008): with ``w`` the solution of the adjoint system for ``g``, the cotangent of the right
side is ``w`` and that of the matrix ``-w @ adjoint(x)``, as far as the function reads the matrix.

Parameters that let SciPy overwrite its arguments are not taken, because the derivative needs them.
"""

import numpy as np
import scipy.linalg as sla

from srcgrad.errors import RuleParameterError
from srcgrad.rules.helpers import adjoint, project, restore
from srcgrad.rules.kinds import composite, jvp, nondiff, vjp
from srcgrad.rules.numpy.decompositions import hermitian, in_triangle
from srcgrad.rules.numpy.linalg import cofactors, norm_slope


def column(x, b):
    """A solution as a matrix: with one column if `b`, the right side, is a vector."""
    return restore(x, -1, np.ndim(b) > 1)


# --- solutions ---


@vjp(sla.solve, "a", "b")
def solve(a, b, lower=False, *, check_finite=True, assume_a=None, transposed=False, ans, g):
    w = sla.solve(np.conj(a) if transposed else adjoint(a), g, lower == transposed, assume_a=assume_a)
    full = -column(w, b) @ adjoint(column(ans, b))
    part = of_part_read(np.swapaxes(full, -1, -2) if transposed else full, assume_a, lower)
    return project(part, a), project(w, b)


@jvp(sla.solve)
def solve_tangent(a, b, lower=False, *, check_finite=True, assume_a=None, transposed=False, ans, da, db):
    change = part_read(np.zeros_like(a) + da, assume_a, lower)
    moved = (np.swapaxes(change, -1, -2) if transposed else change) @ column(ans, b)
    right = db - (moved if np.ndim(b) > 1 else moved[..., 0])
    return sla.solve(a, right, lower, assume_a=assume_a, transposed=transposed)


def symmetry(assume_a):
    """Whether a matrix is taken to be general, symmetric or Hermitian, so that one triangle is read."""
    if assume_a in (None, "gen", "general"):
        return None
    if assume_a in ("her", "hermitian", "pos", "positive definite"):
        return "hermitian"
    if assume_a in ("sym", "symmetric"):
        return "symmetric"
    raise RuleParameterError(f"the rule of scipy.linalg.solve does not take assume_a={assume_a!r}")


def of_part_read(t, assume_a, lower):
    """Cotangent of what is read of a matrix, from the cotangent of the whole matrix."""
    kind = symmetry(assume_a)
    if kind is None:
        return t
    if kind == "hermitian":
        return in_triangle(0.5 * (t + adjoint(t)), not lower)
    both = t + np.swapaxes(t, -1, -2)
    return (np.tril(both) if lower else np.triu(both)) - t * np.eye(np.shape(t)[-1])


def part_read(a, assume_a, lower):
    """The whole matrix, from what is read of it."""
    kind = symmetry(assume_a)
    if kind is None:
        return a
    if kind == "hermitian":
        return hermitian(a, not lower)
    part = np.tril(a, -1) if lower else np.triu(a, 1)
    return part + np.swapaxes(part, -1, -2) + a * np.eye(np.shape(a)[-1])


nondiff(symmetry)


@vjp(sla.solve_triangular, "a", "b")
def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True, ans, g):
    w = sla.solve_triangular(
        a if trans in (2, "C") else np.conj(a), g, 1 if trans in (0, "N") else 0, lower, unit_diagonal
    )
    full = transposed(-column(w, b) @ adjoint(column(ans, b)), trans)
    return project(triangle(full, lower, unit_diagonal), a), project(w, b)


@jvp(sla.solve_triangular)
def solve_triangular_tangent(
    a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True, ans, da, db
):
    moved = transposed(triangle(np.zeros_like(a) + da, lower, unit_diagonal), trans) @ column(ans, b)
    right = db - (moved if np.ndim(b) > 1 else moved[..., 0])
    return sla.solve_triangular(a, right, trans, lower, unit_diagonal)


def transposed(a, trans):
    """The matrix, its transpose or its conjugate transpose."""
    return a if trans in (0, "N") else np.swapaxes(a, -1, -2) if trans in (1, "T") else adjoint(a)


def triangle(a, lower, unit_diagonal=False):
    """The triangle that is read."""
    return np.tril(a, -1 if unit_diagonal else 0) if lower else np.triu(a, 1 if unit_diagonal else 0)


@vjp(sla.cho_solve, "c_and_lower", "b", sequences=("c_and_lower",))
def cho_solve(c_and_lower, b, *, check_finite=True, ans, g):
    c, lower = c_and_lower
    w = sla.cho_solve(c_and_lower, g)
    full = -column(w, b) @ adjoint(column(ans, b))
    both = full + adjoint(full)
    factor = both @ np.tril(c) if lower else np.triu(c) @ both
    return [project(triangle(factor, lower), c), None], project(w, b)


@jvp(sla.cho_solve)
def cho_solve_tangent(c_and_lower, b, *, check_finite=True, ans, dc_and_lower, db):
    c, lower = c_and_lower
    change = triangle(np.zeros_like(c) + dc_and_lower[0], lower)
    half = change @ adjoint(np.tril(c)) if lower else adjoint(np.triu(c)) @ change
    moved = (half + adjoint(half)) @ column(ans, b)
    return sla.cho_solve(c_and_lower, db - (moved if np.ndim(b) > 1 else moved[..., 0]))


@composite(sla.lu_solve)
def lu_solve(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    lu, order = lu_and_piv[0], row_order(lu_and_piv[1])
    if trans == 0:
        x = sla.solve_triangular(lu, b[order], lower=True, unit_diagonal=True)
        return sla.solve_triangular(lu, x)
    x = sla.solve_triangular(lu, b, trans)
    return sla.solve_triangular(lu, x, trans, lower=True, unit_diagonal=True)[np.argsort(order)]


def row_order(piv):
    """The permutation that a sequence of exchanges of rows makes."""
    order = np.arange(len(piv))
    for k, other in enumerate(piv):
        order[[k, other]] = order[[other, k]]
    return order


nondiff(row_order)

# --- inverses and determinants ---


@vjp(sla.inv, "a")
def inv(a, *, check_finite=True, ans, g):
    return -adjoint(ans) @ g @ adjoint(ans)


@jvp(sla.inv)
def inv_tangent(a, *, check_finite=True, ans, da):
    return -ans @ da @ ans


@vjp(sla.det, "a")
def det(a, *, check_finite=True, g):
    return np.expand_dims(g, (-1, -2)) * np.conj(cofactors(a))


@jvp(sla.det)
def det_tangent(a, *, check_finite=True, da):
    return np.sum(cofactors(a) * da, axis=(-2, -1))


# Golub and Pereyra (1973), as for numpy.linalg.pinv.
@vjp(sla.pinv, "a")
def pinv(a, *, atol=None, rtol=None, check_finite=True, ans, g):
    p, h = adjoint(ans), adjoint(g)
    left = h @ ans @ p
    right = p @ ans @ h
    return -p @ g @ p + left - a @ (ans @ left) + right - (right @ ans) @ a


@jvp(sla.pinv)
def pinv_tangent(a, *, atol=None, rtol=None, check_finite=True, ans, da):
    p, d = adjoint(ans), adjoint(da)
    left = ans @ p @ d
    right = d @ p @ ans
    return -ans @ da @ ans + left - (left @ a) @ ans + right - ans @ (a @ right)


@composite(sla.lstsq)
def lstsq(a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True, lapack_driver=None):
    m, n = np.shape(a)
    cond = np.finfo(np.result_type(a, 1.0)).eps if cond is None else cond
    s = sla.svdvals(a)
    rank = int(np.sum(s > cond * s[0]))
    x = sla.pinv(a, rtol=cond) @ b
    left = b - a @ x
    squares = np.sum(np.real(left * np.conj(left)), axis=0)
    return x, squares if rank == n and m > n else np.zeros((0,)), rank, s


@vjp(sla.norm, "a")
def norm(a, ord=None, axis=None, keepdims=False, check_finite=True, *, ans, g):
    return restore(g, axis, keepdims) * norm_slope(a, ord, axis, restore(ans, axis, keepdims))


@jvp(sla.norm)
def norm_tangent(a, ord=None, axis=None, keepdims=False, check_finite=True, *, ans, da):
    slope = norm_slope(a, ord, axis, restore(ans, axis, keepdims))
    return np.sum(np.real(np.conj(slope) * da), axis=axis, keepdims=keepdims)


# --- equations in matrices ---


# The adjoint of x -> a x + x b is the same map with adjoint(a) and adjoint(b).
@vjp(sla.solve_sylvester, "a", "b", "q")
def solve_sylvester(a, b, q, *, ans, g):
    w = sla.solve_sylvester(adjoint(a), adjoint(b), g)
    return -w @ adjoint(ans), -adjoint(ans) @ w, project(w, q)


@jvp(sla.solve_sylvester)
def solve_sylvester_tangent(a, b, q, *, ans, da, db, dq):
    moved = (np.zeros_like(a) + da) @ ans + ans @ (np.zeros_like(b) + db)
    return sla.solve_sylvester(a, b, dq - moved)


@composite(sla.solve_continuous_lyapunov)
def solve_continuous_lyapunov(a, q):
    return sla.solve_sylvester(a, adjoint(a), q)
