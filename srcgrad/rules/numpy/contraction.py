"""Products that sum over axes: linear in each factor."""

import numpy as np

from srcgrad.rules.helpers import adjoint
from srcgrad.rules.kinds import multilinear


@multilinear(np.matmul, "a", "b")
def matmul(a, b, *, g):
    va, vb = np.ndim(a) == 1, np.ndim(b) == 1
    return (
        g * np.conj(b)
        if va and vb
        else g[..., None] * np.conj(b)
        if vb
        else (g[..., None, :] @ adjoint(b))[..., 0, :]
        if va and np.ndim(b) > 2
        else g @ adjoint(b)
    ), (
        g * np.conj(a)
        if va and vb
        else np.conj(a)[:, None] * g[..., None, :]
        if va
        else (adjoint(a) @ g[..., None])[..., 0]
        if vb and np.ndim(a) > 2
        else adjoint(a) @ g
    )


# Up to two axes like matmul, but numbers are allowed; beyond that every axis of a is paired with every one of b.
@multilinear(np.dot, "a", "b")
def dot(a, b, out=None, *, g):
    na, nb = np.ndim(a), np.ndim(b)
    return (
        g * np.conj(b)
        if na == 0 or nb == 0 or (na == 1 and nb == 1)
        else g[..., None] * np.conj(b)
        if nb == 1
        else g @ adjoint(b)
        if nb == 2
        else np.tensordot(g, np.conj(b), (range(na - 1, na + nb - 2), (*range(nb - 2), nb - 1)))
    ), (
        g * np.conj(a)
        if na == 0 or nb == 0 or (na == 1 and nb == 1)
        else np.conj(a)[:, None] * g[..., None, :]
        if na == 1
        else adjoint(a) @ g
        if na == 2 and nb <= 2
        else np.tensordot(np.conj(a), g, (range(na - 1), range(na - 1)))
        if nb == 1
        else np.moveaxis(np.tensordot(np.conj(a), g, (range(na - 1), range(na - 1))), 0, -2)
    )


@multilinear(np.inner, "a", "b")
def inner(a, b, /, *, g):
    na, nb = np.ndim(a), np.ndim(b)
    return (
        g * np.conj(b)
        if na == 0 or nb == 0 or (na == 1 and nb == 1)
        else np.tensordot(g, np.conj(b), (range(na - 1, na + nb - 2), range(nb - 1)))
    ), (
        g * np.conj(a)
        if na == 0 or nb == 0 or (na == 1 and nb == 1)
        else np.tensordot(g, np.conj(a), (range(na - 1), range(na - 1)))
    )


@multilinear(np.outer, "a", "b")
def outer(a, b, out=None, *, g):
    return np.reshape(g @ np.conj(np.ravel(b)), np.shape(a)), np.reshape(np.conj(np.ravel(a)) @ g, np.shape(b))


# The first factor is conjugated by the function, so its cotangent is.
@multilinear(np.vdot, "a", "b")
def vdot(a, b, /, *, g):
    return np.conj(g) * np.reshape(b, np.shape(a)), g * np.reshape(a, np.shape(b))
