"""Linear algebra: determinants, inverses, solutions, norms.

Formulas as in Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), where not said otherwise. Decompositions are in `decompositions`.
"""

import numpy as np

from srcgrad.rules.helpers import adjoint, project, restore, unit, unknown
from srcgrad.rules.kinds import composite, jvp, nondiff, vjp
from srcgrad.rules.numpy.reductions import even_shares, product_of_others

# --- inverses and solutions ---


@vjp(np.linalg.inv, "a")
def inv(a, *, ans, g):
    return -adjoint(ans) @ g @ adjoint(ans)


@jvp(np.linalg.inv)
def inv_tangent(a, *, ans, da):
    return -ans @ da @ ans


# b is a vector when it has one axis, otherwise a stack of matrices; then restore does nothing.
@vjp(np.linalg.solve, "a", "b")
def solve(a, b, *, ans, g):
    w = np.linalg.solve(adjoint(a), restore(g, -1, np.ndim(b) > 1))
    return project(-w @ adjoint(restore(ans, -1, np.ndim(b) > 1)), a), project(
        w if np.ndim(b) > 1 else w[..., 0], b
    )


@jvp(np.linalg.solve)
def solve_tangent(a, b, *, ans, da, db):
    right = restore(db, -1, np.ndim(b) > 1) - da @ restore(ans, -1, np.ndim(b) > 1)
    return np.linalg.solve(a, right) if np.ndim(b) > 1 else np.linalg.solve(a, right)[..., 0]


# Golub and Pereyra (1973): the two last terms vanish where a has full rank on that side.
@vjp(np.linalg.pinv, "a")
def pinv(a, rcond=None, *, rtol=None, ans, g):
    p, h = adjoint(ans), adjoint(g)
    left = h @ ans @ p
    right = p @ ans @ h
    return -p @ g @ p + left - a @ (ans @ left) + right - (right @ ans) @ a


@jvp(np.linalg.pinv)
def pinv_tangent(a, rcond=None, *, rtol=None, ans, da):
    p, d = adjoint(ans), adjoint(da)
    left = ans @ p @ d
    right = d @ p @ ans
    return -ans @ da @ ans + left - (left @ a) @ ans + right - ans @ (a @ right)


@composite(np.linalg.lstsq)
def lstsq(a, b, rcond=None):
    m, n = np.shape(a)
    rcond = np.finfo(np.result_type(a, 1.0)).eps * max(m, n) if rcond is None else rcond
    s = np.linalg.svdvals(a)
    rank = int(np.sum(s > rcond * s[0]))
    x = np.linalg.pinv(a, rcond) @ b
    left = b - a @ x
    squares = np.sum(np.real(left * np.conj(left)), axis=0)
    if rank < n or m <= n:
        squares = np.zeros((0,))
    return x, np.atleast_1d(squares), rank, s


@composite(np.linalg.tensorsolve)
def tensorsolve(a, b, axes=None):
    if axes is not None:
        a = np.transpose(a, [k for k in range(np.ndim(a)) if k not in axes] + list(axes))
    shape = np.shape(a)[np.ndim(b) :]
    return np.reshape(np.linalg.solve(np.reshape(a, (np.size(b), -1)), np.ravel(b)), shape)


@composite(np.linalg.tensorinv)
def tensorinv(a, ind=2):
    shape = np.shape(a)
    return np.reshape(
        np.linalg.inv(np.reshape(a, (int(np.prod(shape[:ind])), -1))), shape[ind:] + shape[:ind]
    )


@composite(np.linalg.matrix_power)
def matrix_power(a, n):
    if n == 0:
        return 0.0 * a + np.eye(np.shape(a)[-1], dtype=np.result_type(a))
    base = a if n > 0 else np.linalg.inv(a)
    n = abs(n)
    result = None
    while n > 0:
        if n % 2 == 1:
            result = base if result is None else result @ base
        n //= 2
        if n > 0:
            base = base @ base
    return result


@composite(np.linalg.multi_dot)
def multi_dot(arrays, *, out=None):
    sizes = [np.size(x) for x in arrays]
    if (len(arrays) > 2 and np.ndim(arrays[-1]) == 1) or sizes[-1] < sizes[0]:
        result = arrays[-1]
        for x in reversed(arrays[:-1]):
            result = np.dot(x, result)
        return result
    result = arrays[0]
    for x in arrays[1:]:
        result = np.dot(result, x)
    return result


# --- determinants ---


@vjp(np.linalg.det, "a")
def det(a, *, g):
    return g[..., None, None] * np.conj(cofactors(a))


@jvp(np.linalg.det)
def det_tangent(a, *, da):
    return np.sum(cofactors(a) * da, axis=(-2, -1))


def cofactors(a):
    """The matrix of cofactors, the slope of the determinant; of singular matrices too."""
    value = np.linalg.det(a)
    if np.all(np.abs(value) > 1e-8 * np.prod(np.linalg.norm(a, axis=-1), axis=-1)):
        return np.swapaxes(value[..., None, None] * np.linalg.inv(a), -1, -2)
    return cofactors_of_singular(a)


# The cofactors of U S V are det(U V) times U (product of the other singular values) V.
def cofactors_of_singular(a):
    u, s, vh = np.linalg.svd(a)
    turn = np.linalg.det(u) * np.linalg.det(vh)
    return turn[..., None, None] * np.conj(u * product_of_others(s, -1)[..., None, :] @ vh)


@vjp(cofactors_of_singular, "a")
def cofactors_back(a, *, g):
    return np.conj(change_of_cofactors(a, np.conj(g)))


@jvp(cofactors_of_singular)
def cofactors_tangent(a, *, da):
    return change_of_cofactors(a, da)


# The second-order part of det(S + X) is the sum over i < j of (X_ii X_jj - X_ij X_ji) times the other s.
def change_of_cofactors(a, h):
    """Derivative of the cofactors of `a` along `h`: linear and symmetric, at any rank."""
    u, s, vh = np.linalg.svd(a)
    x = adjoint(u) @ h @ adjoint(vh)
    one = np.eye(np.shape(s)[-1], dtype=bool)
    left_out = one[:, None, :] | one[None, :, :]
    others = np.where(one, 0.0, np.prod(np.where(left_out, 1.0, s[..., None, None, :]), axis=-1))
    along = others @ np.diagonal(x, axis1=-2, axis2=-1)[..., None]
    inner = along * one - others * np.swapaxes(x, -1, -2)
    turn = np.linalg.det(u) * np.linalg.det(vh)
    return turn[..., None, None] * np.conj(u) @ inner @ np.conj(vh)


@vjp(change_of_cofactors, "a", "h")
def change_back(a, h, *, g):
    of_a = unknown("the second derivative of numpy.linalg.det at a singular matrix", "a")
    return of_a, np.conj(change_of_cofactors(a, np.conj(g)))


@jvp(change_of_cofactors)
def change_tangent(a, h, *, da, dh):
    if not isinstance(da, float):
        unknown("the second derivative of numpy.linalg.det at a singular matrix", "a")
    return change_of_cofactors(a, dh)


nondiff(unknown)


# The sign of a complex matrix turns with the imaginary part of the trace of inv(a) @ da.
@vjp(np.linalg.slogdet, "a", outputs=2)
def slogdet(a, *, ans, g):
    dsign, dlogabs = g
    turn = 0.0 if dsign is None else 1j * np.imag(dsign * np.conj(ans[0]))
    size = 0.0 if dlogabs is None else dlogabs
    return np.expand_dims(size + turn, (-1, -2)) * adjoint(np.linalg.inv(a))


@jvp(np.linalg.slogdet)
def slogdet_tangent(a, *, ans, da):
    change = np.trace(np.linalg.solve(a, da), axis1=-2, axis2=-1)
    return 1j * ans[0] * np.imag(change), np.real(change)


# --- norms: at the origin, where the slope is any vector of the dual ball, it is taken to be 0 ---


@vjp(np.linalg.norm, "x")
def norm(x, ord=None, axis=None, keepdims=False, *, ans, g):
    return restore(g, axis, keepdims) * norm_slope(x, ord, axis, restore(ans, axis, keepdims))


@jvp(np.linalg.norm)
def norm_tangent(x, ord=None, axis=None, keepdims=False, *, ans, dx):
    slope = norm_slope(x, ord, axis, restore(ans, axis, keepdims))
    return np.sum(np.real(np.conj(slope) * dx), axis=axis, keepdims=keepdims)


def norm_slope(x, ord, axis, size):
    """Gradient of the norm of `x` along `axis`, whose value is `size`."""
    if ord is None or ord == "fro" or (ord == 2 and not _is_matrix(x, axis)):
        return x / (size + (size == 0))
    if _is_matrix(x, axis):
        return matrix_norm_slope(x, ord, axis, size)
    if ord == np.inf or ord == -np.inf:
        return unit(x) * even_shares(np.abs(x) == size, axis, True, np.abs(x))
    if ord == 0:
        return np.zeros_like(x)
    if ord == 1:
        return unit(x)
    ratio = np.abs(x) / (size + (size == 0))
    return unit(x) * (ratio + (ratio == 0)) ** (ord - 1) * (ratio != 0)


def _is_matrix(x, axis):
    return np.ndim(x) == 2 if axis is None else np.ndim(axis) == 1 and len(axis) == 2


def matrix_norm_slope(x, ord, axis, size):
    """The same for the norms of matrices that are not norms of their elements."""
    row, column = (0, 1) if axis is None else (axis[0] % np.ndim(x), axis[1] % np.ndim(x))
    if ord in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=row if abs(ord) == 1 else column, keepdims=True)
        along = column if abs(ord) == 1 else row
        extreme = (
            np.max(sums, axis=along, keepdims=True) if ord > 0 else np.min(sums, axis=along, keepdims=True)
        )
        return unit(x) * even_shares(sums == extreme, along, True, np.abs(x))
    u, s, vh = np.linalg.svd(np.moveaxis(x, (row, column), (-2, -1)), full_matrices=False)
    if ord == "nuc":
        weights = (s > 0) * np.ones_like(s)
    else:
        extreme = np.max(s, axis=-1, keepdims=True) if ord == 2 else np.min(s, axis=-1, keepdims=True)
        weights = even_shares(s == extreme, -1, True, s)
    return np.moveaxis(u * weights[..., None, :] @ vh, (-2, -1), (row, column))


@composite(getattr(np.linalg, "vector_norm", None))
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    if axis is None or isinstance(axis, tuple):
        axes = tuple(range(np.ndim(x))) if axis is None else tuple(k % np.ndim(x) for k in axis)
        kept = tuple(k for k in range(np.ndim(x)) if k not in axes)
        line = np.reshape(np.transpose(x, kept + axes), [*(np.shape(x)[k] for k in kept), -1])
        result = np.linalg.norm(line, ord, -1)
        return np.expand_dims(result, axes) if keepdims else result
    return np.linalg.norm(x, ord, axis, keepdims)


@composite(getattr(np.linalg, "matrix_norm", None))
def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


@composite(np.linalg.cond, exact=True)
def cond(x, p=None):
    if p is None or p == 2 or p == -2:
        s = np.linalg.svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))


# --- names of the array standard: the same with fewer parameters ---


@composite(getattr(np.linalg, "matmul", None))
def matmul(x1, x2, /):
    return np.matmul(x1, x2)


@composite(getattr(np.linalg, "outer", None))
def outer(x1, x2, /):
    return np.outer(x1, x2)


@composite(getattr(np.linalg, "cross", None))
def cross(x1, x2, /, *, axis=-1):
    return np.cross(x1, x2, axis=axis)


@composite(getattr(np.linalg, "vecdot", None))
def vecdot(x1, x2, /, *, axis=-1):
    return np.vecdot(x1, x2, axis=axis)


@composite(getattr(np.linalg, "tensordot", None))
def tensordot(x1, x2, /, *, axes=2):
    return np.tensordot(x1, x2, axes)


@composite(getattr(np.linalg, "trace", None))
def trace(x, /, *, offset=0, dtype=None):
    return np.trace(x, offset, -2, -1)


@composite(getattr(np.linalg, "diagonal", None), view=True)
def diagonal(x, /, *, offset=0):
    return np.diagonal(x, offset, -2, -1)


@composite(getattr(np.linalg, "matrix_transpose", None), view=True)
def matrix_transpose(x, /):
    return np.swapaxes(x, -1, -2)
