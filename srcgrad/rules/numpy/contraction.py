"""Products that sum over axes: linear in each factor."""

import numpy as np

from srcgrad.rules.helpers import adjoint
from srcgrad.rules.kinds import composite, jvp, multilinear, vjp
from srcgrad.rules.numpy.einsum import contracted_axes, einsum_cotangents, einsum_tangents


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


# Up to two axes like matmul, but numbers are allowed; beyond that every axis of a is paired with every one of
# b.
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
    return np.reshape(g @ np.conj(np.ravel(b)), np.shape(a)), np.reshape(
        np.conj(np.ravel(a)) @ g, np.shape(b)
    )


# The first factor is conjugated by the function, so its cotangent is.
@multilinear(np.vdot, "a", "b")
def vdot(a, b, /, *, g):
    return np.conj(g) * np.reshape(b, np.shape(a)), g * np.reshape(a, np.shape(b))


@multilinear(getattr(np, "vecdot", None), "a", "b")
def vecdot(a, b, /, *, axis=-1, g):
    return np.expand_dims(np.conj(g), axis) * b, np.expand_dims(g, axis) * a


@multilinear(getattr(np, "matvec", None), "a", "b")
def matvec(a, b, /, *, g):
    return g[..., None] * np.conj(b)[..., None, :], (adjoint(a) @ g[..., None])[..., 0]


@multilinear(getattr(np, "vecmat", None), "a", "b")
def vecmat(a, b, /, *, g):
    return (b @ np.conj(g)[..., None])[..., 0], a[..., :, None] * g[..., None, :]


# After the product with g the axes of the factor come out of order: first the kept ones, then the summed
# ones.
@multilinear(np.tensordot, "a", "b")
def tensordot(a, b, axes=2, *, g):
    kept_a, summed_a, kept_b, summed_b = contracted_axes(np.ndim(a), np.ndim(b), axes)
    return (
        np.transpose(
            np.tensordot(g, np.conj(b), (range(len(kept_a), np.ndim(g)), kept_b)),
            np.argsort(kept_a + [summed_a[k] for k in np.argsort(summed_b)]),
        ),
        np.transpose(
            np.tensordot(np.conj(a), g, (kept_a, range(len(kept_a)))),
            np.argsort([summed_b[k] for k in np.argsort(summed_a)] + kept_b),
        ),
    )


@vjp(np.einsum, "operands", sequences=("operands",))
def einsum(*operands, out=None, optimize=False, g):
    return einsum_cotangents(g, operands)


@jvp(np.einsum)
def einsum_tangent(*operands, out=None, optimize=False, doperands):
    return einsum_tangents(operands, doperands)


@composite(np.kron, exact=True)
def kron(a, b):
    ndim = max(np.ndim(a), np.ndim(b))
    n = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    m = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    blocks = np.reshape(a, [k for pair in zip(n, (1,) * ndim, strict=True) for k in pair])
    blocks = blocks * np.reshape(b, [k for pair in zip((1,) * ndim, m, strict=True) for k in pair])
    return np.reshape(blocks, [j * k for j, k in zip(n, m, strict=True)])


@multilinear(np.cross, "a", "b")
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None, *, g):
    ka, kb, kc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    return np.cross(np.conj(b), g, kb, kc, ka), np.cross(g, np.conj(a), kc, ka, kb)


# --- convolutions ---


@multilinear(np.convolve, "a", "v")
def convolve(a, v, mode="full", *, g):
    full = whole(g, len(a), len(v), mode)
    return np.correlate(full, v, "valid"), np.correlate(full, a, "valid")


def whole(t, n, m, mode):
    """A convolution's middle part in zeros of the length of the full convolution of `n` and `m` elements."""
    start = {"full": 0, "same": (min(n, m) - 1) // 2, "valid": min(n, m) - 1}[mode]
    return np.pad(t, (start, n + m - 1 - start - len(t)))


@composite(np.correlate, exact=True)
def correlate(a, v, mode="valid"):
    # NumPy puts the longer one first, which matters to where the middle of an even length is
    if len(v) > len(a):
        return np.conj(np.convolve(v, np.conj(a)[::-1], mode))[::-1]
    return np.convolve(a, np.conj(v)[::-1], mode)


# --- statistics of rows ---


@composite(np.cov)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    rows = np.atleast_2d(m)
    if not rowvar and np.ndim(m) != 1:
        rows = rows.T
    if y is not None:
        more = np.atleast_2d(y)
        rows = np.concatenate([rows, more.T if not rowvar and np.shape(more)[0] != 1 else more])
    ddof = (0 if bias else 1) if ddof is None else ddof
    weights = None if fweights is None else np.asarray(fweights, dtype=float)
    if aweights is not None:
        weights = aweights if weights is None else weights * aweights
    mean, total = np.average(rows, axis=1, weights=weights, returned=True)
    total = total[0]
    if weights is None:
        factor = np.shape(rows)[1] - ddof
    elif ddof == 0:
        factor = total
    elif aweights is None:
        factor = total - ddof
    else:
        factor = total - ddof * np.sum(weights * aweights) / total
    centred = rows - mean[:, None]
    weighted = centred if weights is None else centred * weights
    return np.squeeze(centred @ np.conj(weighted.T) / factor)


@composite(np.corrcoef)
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    c = np.cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    scale = np.sqrt(np.real(np.diagonal(c)))
    return c / scale[:, None] / scale[None, :]
