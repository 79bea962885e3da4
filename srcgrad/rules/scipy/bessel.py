"""Bessel functions: the recurrences of DLMF 10.6 and 10.29, which hold for every order.

Derivatives for the order are integrals of Schlaefli's kind (DLMF 10.9.6, 10.9.7, 10.32.4, 10.32.9), for positive
arguments. Differentiated under the integral they obey the same recurrences, hence derivatives of every order in
both arguments.
"""

import functools
import math

import numpy as np
import scipy.special as sc

from srcgrad.errors import RuleParameterError
from srcgrad.rules.helpers import unknown
from srcgrad.rules.kinds import elementwise, nondiff
from srcgrad.rules.scipy.moments import dtype_of, nodes


def sign_of_real(z):
    """The sign of a real argument, for functions that are scaled by ``exp(abs(real(z)))``."""
    if np.iscomplexobj(z):
        raise RuleParameterError("scaled Bessel functions have no derivative for complex arguments")
    return np.sign(z)


nondiff(sign_of_real)

# --- derivatives for the order: k of them, at positive x ---


@functools.cache
def half_circle(count):
    """Nodes and weights of Gauss's rule between 0 and pi."""
    x, weight = np.polynomial.legendre.leggauss(count)
    return 0.5 * math.pi * (x + 1), 0.5 * math.pi * weight


def orders(name, v, x, k):
    """The k-th derivative for the order of the function `name` (jv, yv, ive or kve); NaN for x <= 0."""
    if np.iscomplexobj(x):
        raise RuleParameterError("Bessel functions of complex arguments have no derivative for the order")
    dtype, v, x = dtype_of(v, x), np.asarray(v), np.asarray(x)
    positive = x > 0
    v, x = v.astype(float)[..., None], np.where(positive, x, 1.0)[..., None]
    count = 48 + int(np.max(x + 16 * (np.sqrt(x) + np.abs(v)), initial=0.0))
    theta, circle = half_circle(count)
    t, line = nodes(3 * np.sqrt(1 + np.abs(v) + x))
    with np.errstate(all="ignore"):
        grow, turn = t**k * np.exp(v * t), (1j * math.pi - t) ** k * np.exp(v * (1j * math.pi - t))
        if name in ("jv", "yv"):
            wave = (1j * theta) ** k * np.exp(1j * (v * theta - x * np.sin(theta)))
            around, fall = wave.real if name == "jv" else -wave.imag, np.exp(-x * np.sinh(t)) / math.pi
            tail = -turn.imag if name == "jv" else -grow - turn.real
        elif name == "ive":
            around = np.exp(x * (np.cos(theta) - 1)) * ((1j * theta) ** k * np.exp(1j * v * theta)).real
            tail, fall = -turn.imag, np.exp(-x * (np.cosh(t) + 1)) / math.pi
        else:
            around, fall = 0.0 * theta, np.exp(-x * (np.cosh(t) - 1))
            tail = 0.5 * (grow + (-t) ** k * np.exp(-v * t))
        rest = np.sum(np.where(fall > 0, tail * fall, 0.0) * line, axis=-1)
    return np.where(positive, np.sum(around * circle, axis=-1) / math.pi + rest, math.nan).astype(dtype)[()]


@elementwise(orders, wrt=("v", "x"))
def orders_slopes(name, v, x, k, *, ans):
    below, above = orders(name, v - 1, x, k), orders(name, v + 1, x, k)
    sign, keep = {"jv": (-1, 0), "yv": (-1, 0), "ive": (1, -1), "kve": (1, 1)}[name]
    return orders(name, v, x, k + 1), (-1 if name == "kve" else 1) * 0.5 * (below + sign * above) + keep * ans


# --- J and Y ---


@elementwise(sc.jv)
def jv(v, z):
    return orders("jv", v, z, 1), 0.5 * (sc.jv(v - 1, z) - sc.jv(v + 1, z))


@elementwise(sc.yv)
def yv(v, z):
    return orders("yv", v, z, 1), 0.5 * (sc.yv(v - 1, z) - sc.yv(v + 1, z))


@elementwise(sc.j0)
def j0(x):
    return -sc.j1(x)


@elementwise(sc.j1)
def j1(x):
    return 0.5 * (sc.j0(x) - sc.jv(2, x))


@elementwise(sc.y0)
def y0(x):
    return -sc.y1(x)


@elementwise(sc.y1)
def y1(x, *, ans):
    return sc.y0(x) - ans / x


@elementwise(sc.yn, wrt=("x",))
def yn(n, x):
    return 0.5 * (sc.yn(n - 1, x) - sc.yn(n + 1, x))


@elementwise(sc.hankel1, turns_complex=True)
def hankel1(v, z):
    return unknown("hankel1", "v"), 0.5 * (sc.hankel1(v - 1, z) - sc.hankel1(v + 1, z))


@elementwise(sc.hankel2, turns_complex=True)
def hankel2(v, z):
    return unknown("hankel2", "v"), 0.5 * (sc.hankel2(v - 1, z) - sc.hankel2(v + 1, z))


# --- I and K, plain and scaled ---


@elementwise(sc.iv)
def iv(v, z):
    return np.exp(z) * orders("ive", v, z, 1), 0.5 * (sc.iv(v - 1, z) + sc.iv(v + 1, z))


@elementwise(sc.ive)
def ive(v, z, *, ans):
    return orders("ive", v, z, 1), 0.5 * (sc.ive(v - 1, z) + sc.ive(v + 1, z)) - sign_of_real(z) * ans


@elementwise(sc.kv)
def kv(v, z):
    return np.exp(-z) * orders("kve", v, z, 1), -0.5 * (sc.kv(v - 1, z) + sc.kv(v + 1, z))


@elementwise(sc.kve)
def kve(v, z, *, ans):
    return orders("kve", v, z, 1), ans - 0.5 * (sc.kve(v - 1, z) + sc.kve(v + 1, z))


@elementwise(sc.i0)
def i0(x):
    return sc.i1(x)


@elementwise(sc.i1)
def i1(x):
    return 0.5 * (sc.i0(x) + sc.iv(2, x))


@elementwise(sc.i0e)
def i0e(x, *, ans):
    return sc.i1e(x) - sign_of_real(x) * ans


@elementwise(sc.i1e)
def i1e(x, *, ans):
    return 0.5 * (sc.i0e(x) + sc.ive(2, x)) - sign_of_real(x) * ans


@elementwise(sc.k0)
def k0(x):
    return -sc.k1(x)


@elementwise(sc.k1)
def k1(x, *, ans):
    return -sc.k0(x) - ans / x


@elementwise(sc.k0e)
def k0e(x, *, ans):
    return ans - sc.k1e(x)


@elementwise(sc.k1e)
def k1e(x, *, ans):
    return ans - 0.5 * (sc.k0e(x) + sc.kve(2, x))


@elementwise(sc.kn, wrt=("x",))
def kn(n, x):
    return -0.5 * (sc.kn(np.abs(n - 1), x) + sc.kn(n + 1, x))
