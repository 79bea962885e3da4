"""Polynomials as arrays of coefficients, highest power first: linear in coefficients, Horner in the
variable.
"""

import numpy as np

from srcgrad.rules.helpers import as_array
from srcgrad.rules.kinds import composite, jvp, vjp


@composite(np.polyval, exact=True)
def polyval(p, x):
    y = 0.0 * x
    for k in range(len(p)):
        y = y * x + p[k]
    return y


@composite(np.polyadd, exact=True)
def polyadd(a1, a2):
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    n = max(len(a1), len(a2))
    return np.pad(a1, (n - len(a1), 0)) + np.pad(a2, (n - len(a2), 0))


@composite(np.polysub, exact=True)
def polysub(a1, a2):
    return np.polyadd(a1, -as_array(a2))


@composite(np.polymul, exact=True)
def polymul(a1, a2):
    return np.convolve(np.trim_zeros(np.atleast_1d(a1), "f"), np.trim_zeros(np.atleast_1d(a2), "f"))


@composite(np.polydiv)
def polydiv(u, v):
    u, v = np.atleast_1d(u) + 0.0, np.atleast_1d(v) + 0.0
    count = max(len(u) - len(v) + 1, 1)
    rest = u
    quotient = []
    for k in range(len(u) - len(v) + 1):
        factor = rest[k] / v[0]
        quotient.append(factor)
        rest = rest - factor * np.pad(v, (k, len(u) - len(v) - k))
    rest = rest[count:] if len(u) >= len(v) else rest
    cut = 0
    while cut < len(rest) - 1 and np.allclose(rest[cut], 0, rtol=1e-14):
        cut += 1
    return np.stack(quotient) if quotient else np.zeros(1), rest[cut:] if len(rest) else 0.0 * u[:1]


@composite(np.polyder)
def polyder(p, m=1):
    p = as_array(p)
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composite(np.polyint, exact=True)
def polyint(p, m=1, k=None):
    p = as_array(p)
    constants = np.zeros(m) if k is None else np.atleast_1d(as_array(k)) * np.ones(m)
    for j in range(m):
        p = np.concatenate([p / np.arange(len(p), 0, -1), constants[j : j + 1]])
    return p


@composite(np.polyfit)
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    n = deg + 1
    left = np.vander(x, n)
    right = y
    if w is not None:
        left = left * w[:, None]
        right = y * (w[:, None] if np.ndim(y) == 2 else w)
    scale = np.sqrt(np.sum(left * left, axis=0))
    rcond = len(x) * np.finfo(np.result_type(x, 1.0)).eps if rcond is None else rcond
    scaled = left / scale
    c, squares, rank, s = np.linalg.lstsq(scaled, right, rcond)
    c = np.transpose(np.transpose(c) / scale)
    if full:
        return c, squares, rank, s, rcond
    if not cov:
        return c
    base = np.linalg.inv(scaled.T @ scaled) / np.outer(scale, scale)
    factor = 1.0 if cov == "unscaled" else squares / (len(x) - n)
    return c, base * factor if np.ndim(y) == 1 else base[:, :, None] * factor


@composite(np.poly, exact=True)
def poly(seq_of_zeros):
    zeros = np.linalg.eigvals(seq_of_zeros) if np.ndim(seq_of_zeros) == 2 else np.atleast_1d(seq_of_zeros)
    a = np.ones(1)
    for k in range(len(zeros)):
        a = np.convolve(a, np.stack([np.ones_like(zeros[k]), -zeros[k]]))
    positive = np.sort(zeros[np.imag(zeros) > 0])
    negative = np.sort(np.conj(zeros[np.imag(zeros) < 0]))
    return np.real(a) if np.iscomplexobj(a) and np.array_equal(positive, negative) else a


# A simple root r moves by -dp(r) / p'(r); the slope does not exist at a multiple root.
@vjp(np.roots, "p", turns_complex=True)
def roots(p, *, ans, g):
    return np.conj(root_powers(p, ans)).T @ -g


@jvp(np.roots)
def roots_tangent(p, *, ans, dp):
    return -root_powers(p, ans) @ dp


def root_powers(p, r):
    """Powers of each root over the slope of the polynomial there: one row a root, one column a
    coefficient.
    """
    return np.vander(r, len(p)) / np.polyval(np.polyder(p), r)[:, None]
