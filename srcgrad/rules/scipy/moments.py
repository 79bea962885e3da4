"""Derivatives of incomplete integrals for their parameters: gamma, beta and zeta functions.

Each parameter enters as an exponent, so a derivative for it puts a logarithm under the integral. The
integrals with such logarithms (`lower_gamma`, `upper_gamma`, `lower_beta`, `hurwitz`) are closed under
differentiation, hence derivatives of every order. They are integrated by the double exponential rule of
Takahasi and Mori (1974) in the logarithm of the variable, where the rule converges exponentially whatever
the parameters are, singular end points included.
"""

import math

import numpy as np
import scipy.special as sc

from srcgrad.rules.kinds import elementwise, nondiff


def nodes(sharpness):
    """Nodes and weights for integrals over positive numbers, for integrands of width ``1 / sharpness``."""
    step = 0.1 / min(float(np.max(sharpness, initial=1.0)), 200.0)
    u = np.arange(-6.5, 9.0, step)
    s = np.exp(u - np.exp(-u))
    return s, step * s * (1 + np.exp(-u))


def log_of(x):
    """The logarithm, finite at 0."""
    return np.log(np.maximum(x, np.finfo(float).tiny))[..., None]


def dtype_of(*arguments):
    """The dtype of functions of the arguments: numbers of Python are double precision."""
    return np.result_type(*arguments, np.float32 if any(hasattr(x, "dtype") for x in arguments) else float)


def integral(exponent, factor, weight, dtype):
    """Sum of ``exp(exponent) * factor * weight`` along the last axis."""
    with np.errstate(all="ignore"):
        terms = np.where(exponent > -745, np.exp(exponent) * factor, 0.0)
    return np.sum(terms * weight, axis=-1).astype(dtype)[()]


nondiff(nodes, dtype_of)

# --- gamma: t**(a-1) * exp(-t) * log(t)**k / gamma(a), from 0 to x and from x on ---


def lower_gamma(a, x, k):
    """The k-th moment of the logarithm under the gamma density, up to x."""
    return _gamma(a, x, k, -1.0)


def upper_gamma(a, x, k):
    """The k-th moment of the logarithm under the gamma density, from x on."""
    return _gamma(a, x, k, 1.0)


def _gamma(a, x, k, direction):
    dtype, a, x = dtype_of(a, x), np.asarray(a), np.asarray(x)
    place = np.abs(np.log(np.maximum(x, 1e-3)) - np.log(np.maximum(a, 1e-3)))
    s, weight = nodes(np.sqrt(1 + a) * (1 + place))
    v, power = log_of(x.astype(float)) + direction * s, a[..., None]
    with np.errstate(over="ignore"):
        exponent = power * v - np.exp(v) - sc.gammaln(power)
    return integral(exponent, v**k, weight, dtype)


def gamma_density(a, x):
    """``x**(a-1) * exp(-x) / gamma(a)``."""
    return np.exp(sc.xlogy(a - 1, x) - x - sc.gammaln(a))


@elementwise(lower_gamma, wrt=("a", "x"))
def lower_gamma_slopes(a, x, k, *, ans):
    return lower_gamma(a, x, k + 1) - sc.psi(a) * ans, gamma_density(a, x) * np.log(x) ** k


@elementwise(upper_gamma, wrt=("a", "x"))
def upper_gamma_slopes(a, x, k, *, ans):
    return upper_gamma(a, x, k + 1) - sc.psi(a) * ans, -gamma_density(a, x) * np.log(x) ** k


@elementwise(sc.gammainc)
def gammainc(a, x, *, ans):
    return lower_gamma(a, x, 1) - sc.psi(a) * ans, gamma_density(a, x)


@elementwise(sc.gammaincc)
def gammaincc(a, x, *, ans):
    return upper_gamma(a, x, 1) - sc.psi(a) * ans, -gamma_density(a, x)


@elementwise(sc.gammaincinv)
def gammaincinv(a, y, *, ans):
    density = gamma_density(a, ans)
    return (sc.psi(a) * y - lower_gamma(a, ans, 1)) / density, 1 / density


@elementwise(sc.gammainccinv)
def gammainccinv(a, y, *, ans):
    density = gamma_density(a, ans)
    return (upper_gamma(a, ans, 1) - sc.psi(a) * y) / density, -1 / density


# --- beta: t**(a-1) * (1-t)**(b-1) * log(t)**m * log(1-t)**n / beta(a, b), from 0 to x ---


def lower_beta(a, b, x, m, n):
    """Moments of both logarithms under the beta density, up to x."""
    dtype, a, b, x = dtype_of(a, b, x), np.asarray(a), np.asarray(b), np.asarray(x)
    place = np.abs(np.log(np.maximum(x, 1e-3) * (a + b) / np.maximum(a, 1e-3)))
    s, weight = nodes(np.sqrt(1 + a * (a + b) / b) * (1 + place))
    v = log_of(x.astype(float)) - s
    with np.errstate(all="ignore"):
        rest = np.log(-np.expm1(v))
        power, other = a[..., None], b[..., None]
        exponent = power * v + (other - 1) * rest - sc.betaln(power, other)
    return integral(exponent, v**m * rest**n, weight, dtype)


def beta_density(a, b, x):
    """``x**(a-1) * (1-x)**(b-1) / beta(a, b)``."""
    return np.exp(sc.xlogy(a - 1, x) + sc.xlog1py(b - 1, -x) - sc.betaln(a, b))


@elementwise(lower_beta, wrt=("a", "b", "x"))
def lower_beta_slopes(a, b, x, m, n, *, ans):
    return (
        lower_beta(a, b, x, m + 1, n) - (sc.psi(a) - sc.psi(a + b)) * ans,
        lower_beta(a, b, x, m, n + 1) - (sc.psi(b) - sc.psi(a + b)) * ans,
        beta_density(a, b, x) * np.log(x) ** m * np.log1p(-x) ** n,
    )


@elementwise(sc.betainc)
def betainc(a, b, x, *, ans):
    return (
        lower_beta(a, b, x, 1, 0) - (sc.psi(a) - sc.psi(a + b)) * ans,
        lower_beta(a, b, x, 0, 1) - (sc.psi(b) - sc.psi(a + b)) * ans,
        beta_density(a, b, x),
    )


@elementwise(getattr(sc, "betaincc", None))
def betaincc(a, b, x, *, ans):
    return (
        lower_beta(b, a, 1 - x, 0, 1) - (sc.psi(a) - sc.psi(a + b)) * ans,
        lower_beta(b, a, 1 - x, 1, 0) - (sc.psi(b) - sc.psi(a + b)) * ans,
        -beta_density(a, b, x),
    )


@elementwise(sc.betaincinv)
def betaincinv(a, b, y, *, ans):
    density = beta_density(a, b, ans)
    return (
        ((sc.psi(a) - sc.psi(a + b)) * y - lower_beta(a, b, ans, 1, 0)) / density,
        ((sc.psi(b) - sc.psi(a + b)) * y - lower_beta(a, b, ans, 0, 1)) / density,
        1 / density,
    )


# --- zeta: t**(x-1) * exp(-q*t) / (1-exp(-t)) * log(t)**k / gamma(x), over all t (DLMF 25.11.25, x > 1) ---


def hurwitz(x, q, k):
    """The Hurwitz zeta function with the k-th power of a logarithm under its integral; NaN for x <= 1."""
    dtype, x, q = dtype_of(x, q), np.asarray(x), np.asarray(q)
    s, weight = nodes(np.sqrt(1 + x))
    peak, total, power = np.log(np.maximum(x, 1.0) / q)[..., None], 0.0, x[..., None]
    for v in (peak + s, peak - s):
        with np.errstate(all="ignore"):
            t = np.exp(v)
            exponent = (power - 1) * v - q[..., None] * t - np.log(sc.exprel(-t)) - sc.gammaln(power)
        total = total + integral(exponent, v**k, weight, dtype)
    return np.where(x > 1, total, math.nan).astype(dtype)[()]


@elementwise(hurwitz, wrt=("x", "q"))
def hurwitz_slopes(x, q, k, *, ans):
    return hurwitz(x, q, k + 1) - sc.psi(x) * ans, -x * hurwitz(x + 1, q, k)


@elementwise(sc.zeta, wrt=("x", "q"))
def zeta(x, q=None, out=None, *, ans):
    start = 1.0 if q is None else q
    return hurwitz(x, start, 1) - sc.psi(x) * ans, None if q is None else -x * sc.zeta(x + 1, q)
