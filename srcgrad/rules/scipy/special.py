"""Special functions of each element: error functions, the gamma family, exponential integrals, entropies.

Slopes are written so that they lose no digits where the function itself does not: with `erfcx` rather than
with quotients of vanishing numbers, and with ``expit(-x)`` rather than ``1 - expit(x)``. Formulas are those of
the NIST Digital Library of Mathematical Functions (DLMF) where not said otherwise. Bessel functions are in
`bessel`, derivatives for the parameters of incomplete integrals in `moments`.
"""

import math

import numpy as np
import scipy.special as sc

from srcgrad.rules.helpers import unknown
from srcgrad.rules.kinds import elementwise, jvp, nondiff, vjp

# --- error functions and the normal distribution ---


@elementwise(sc.erf)
def erf(z):
    return 2 / math.sqrt(math.pi) * np.exp(-z * z)


@elementwise(sc.erfc)
def erfc(x):
    return -2 / math.sqrt(math.pi) * np.exp(-x * x)


@elementwise(sc.erfcx)
def erfcx(x, *, ans):
    return 2 * x * ans - 2 / math.sqrt(math.pi)


@elementwise(sc.erfi)
def erfi(z):
    return 2 / math.sqrt(math.pi) * np.exp(z * z)


@elementwise(sc.erfinv)
def erfinv(y, *, ans):
    return 0.5 * math.sqrt(math.pi) * np.exp(ans * ans)


@elementwise(sc.erfcinv)
def erfcinv(y, *, ans):
    return -0.5 * math.sqrt(math.pi) * np.exp(ans * ans)


@elementwise(sc.dawsn)
def dawsn(x, *, ans):
    return 1 - 2 * x * ans


@elementwise(sc.wofz, turns_complex=True)
def wofz(z, *, ans):
    return 2j / math.sqrt(math.pi) - 2 * z * ans


@elementwise(sc.ndtr)
def ndtr(x):
    return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


# The density over the probability, both of which vanish for large negative x.
@elementwise(sc.log_ndtr)
def log_ndtr(x):
    return math.sqrt(2 / math.pi) / sc.erfcx(-x / math.sqrt(2))


@elementwise(sc.ndtri)
def ndtri(y, *, ans):
    return math.sqrt(2 * math.pi) * np.exp(0.5 * ans * ans)


@elementwise(sc.ndtri_exp)
def ndtri_exp(y, *, ans):
    return math.sqrt(0.5 * math.pi) * sc.erfcx(-ans / math.sqrt(2))


# --- the logistic function ---


@elementwise(sc.expit)
def expit(x, *, ans):
    return ans * sc.expit(-x)


@elementwise(sc.log_expit)
def log_expit(x):
    return sc.expit(-x)


@elementwise(sc.logit)
def logit(x):
    return 1 / (x * (1 - x))


# --- the gamma function and its relatives ---


@elementwise(sc.gamma)
def gamma(z, *, ans):
    return ans * sc.psi(z)


@elementwise(sc.gammaln, sc.loggamma)
def gammaln(x):
    return sc.psi(x)


# DLMF 5.5.3: on the left, where psi has poles and the function has zeros, the reflection formula.
@elementwise(sc.rgamma)
def rgamma(z, *, ans):
    left = np.real(z) < 0.5
    mirror = np.where(left, 1 - z, 1.0)
    turn = np.cos(math.pi * z) - np.sin(math.pi * z) / math.pi * sc.psi(mirror)
    return np.where(left, sc.gamma(mirror) * turn, -ans * sc.psi(np.where(left, 1.0, z)))


@elementwise(sc.psi)
def psi(z):
    return sc.zeta(2, z)


@elementwise(sc.polygamma, wrt=("x",))
def polygamma(n, x):
    return sc.polygamma(n + 1, x)


@elementwise(sc.multigammaln, wrt=("a",))
def multigammaln(a, d):
    return np.sum(sc.psi(np.expand_dims(a, -1) - 0.5 * np.arange(d)), axis=-1)


@elementwise(sc.poch)
def poch(z, m, *, ans):
    return ans * (sc.psi(z + m) - sc.psi(z)), ans * sc.psi(z + m)


@elementwise(sc.beta)
def beta(a, b, *, ans):
    return ans * (sc.psi(a) - sc.psi(a + b)), ans * (sc.psi(b) - sc.psi(a + b))


@elementwise(sc.betaln)
def betaln(a, b):
    return sc.psi(a) - sc.psi(a + b), sc.psi(b) - sc.psi(a + b)


@elementwise(sc.binom)
def binom(x, y, *, ans):
    return (
        ans * (sc.psi(x + 1) - sc.psi(x - y + 1)),
        ans * (sc.psi(x - y + 1) - sc.psi(y + 1)),
    )


nondiff(sc.gammasgn, sc.factorial, sc.factorial2, sc.factorialk, sc.comb, sc.perm, sc.bernoulli)

# --- exponential integrals and what is like them ---


@elementwise(sc.exp1)
def exp1(z):
    return -np.exp(-z) / z


@elementwise(sc.expi)
def expi(x):
    return np.exp(x) / x


@elementwise(sc.expn, wrt=("x",))
def expn(n, x):
    return np.where(n == 0, -np.exp(-x) * (1 + x) / (x * x), -sc.expn(np.maximum(n - 1, 0), x))


@vjp(sc.sici, "x", outputs=2)
def sici(x, *, g):
    dsi, dci = g
    return (0.0 if dsi is None else dsi * np.sinc(x / math.pi)) + (
        0.0 if dci is None else dci * np.cos(x) / x
    )


@jvp(sc.sici)
def sici_tangent(x, *, dx):
    return dx * np.sinc(x / math.pi), dx * np.cos(x) / x


# The quotient is exact next to 1, where both parts vanish: 1 - z has no rounding there.
@elementwise(sc.spence)
def spence(z):
    return np.where(z == 1, -1.0, np.log(z) / (1 - z + (z == 1)))


@elementwise(sc.lambertw, wrt=("z",), turns_complex=True)
def lambertw(z, k=0, tol=1e-8, *, ans):
    return np.exp(-ans) / (1 + ans)


@elementwise(sc.hyp0f1)
def hyp0f1(v, z):
    return unknown("hyp0f1", "v"), sc.hyp0f1(v + 1, z) / v


@elementwise(sc.hyp1f1)
def hyp1f1(a, b, x):
    return unknown("hyp1f1", "a"), unknown("hyp1f1", "b"), a / b * sc.hyp1f1(a + 1, b + 1, x)


@elementwise(sc.hyp2f1)
def hyp2f1(a, b, c, z):
    slope = a * b / c * sc.hyp2f1(a + 1, b + 1, c + 1, z)
    return unknown("hyp2f1", "a"), unknown("hyp2f1", "b"), unknown("hyp2f1", "c"), slope


# DLMF 19.4.1 and 19.4.2, with the parameter m = k**2.
@elementwise(sc.ellipk)
def ellipk(m, *, ans):
    return (sc.ellipe(m) - (1 - m) * ans) / (2 * m * (1 - m))


@elementwise(sc.ellipe)
def ellipe(m, *, ans):
    return (ans - sc.ellipk(m)) / (2 * m)


# --- entropies; 0 log 0 is 0 ---


@elementwise(sc.xlogy)
def xlogy(x, y):
    return np.log(y), x / (y + (x == 0) * (y == 0))


@elementwise(sc.xlog1py)
def xlog1py(x, y):
    return np.log1p(y), x / (1 + y + (x == 0) * (y == -1))


@elementwise(sc.entr)
def entr(x):
    return -np.log(x) - 1


@elementwise(sc.rel_entr)
def rel_entr(x, y):
    return np.log(x / y) + 1, -x / y


@elementwise(sc.kl_div)
def kl_div(x, y):
    return np.log(x / y), 1 - x / y


# --- powers and losses ---


@elementwise(sc.exp2)
def exp2(x, *, ans):
    return math.log(2) * ans


@elementwise(sc.exp10)
def exp10(x, *, ans):
    return math.log(10) * ans


@elementwise(sc.expm1)
def expm1(x):
    return np.exp(x)


@elementwise(sc.log1p)
def log1p(x):
    return 1 / (1 + x)


@elementwise(sc.cosm1)
def cosm1(x):
    return -np.sin(x)


@elementwise(sc.cbrt)
def cbrt(x, *, ans):
    return 1 / (3 * ans * ans)


@elementwise(sc.pseudo_huber)
def pseudo_huber(delta, r):
    root = np.sqrt(1 + (r / delta) ** 2)
    return (2 * delta * (root - 1) - r * r / (delta * root)), r / root


@elementwise(sc.huber)
def huber(delta, r):
    return np.maximum(np.abs(r) - delta, 0.0), np.clip(r, -delta, delta)


# --- spherical harmonics ---


# DLMF 14.10 in the spherical components: the slope in theta raises the order by one.
@elementwise(getattr(sc, "sph_harm_y", None), wrt=("theta", "phi"), turns_complex=True)
def sph_harm_y(n, m, theta, phi, *, ans):
    raised = np.sqrt(np.maximum((n - m) * (n + m + 1.0), 0.0)) * sc.sph_harm_y(n, m + 1, theta, phi)
    return m / np.tan(theta) * ans + np.exp(-1j * phi) * raised, 1j * m * ans
