"""Sample calls of scipy.special."""

import numpy as np
import scipy.special as sc

from tests.rules.draw import Samples, p, start, u, x

S = Samples()
start(6)

# --- functions of one number: where they are defined, and complex where they take complex numbers ---

for _f in (sc.erf, sc.erfc, sc.erfi, sc.dawsn, sc.expm1, sc.wofz):
    S(_f, x(3), _complex=True)
for _f in (sc.erfcx, sc.ndtr, sc.log_ndtr, sc.expit, sc.log_expit, sc.exp2, sc.exp10, sc.cosm1):
    S(_f, x(3))
    S(_f, x(2, 1))
for _f in (sc.gamma, sc.rgamma, sc.loggamma):
    S(_f, p(3))
for _f in (sc.gammaln, sc.psi, sc.entr, sc.exp1, sc.expi, sc.spence, sc.sici, sc.cbrt, sc.log1p):
    S(_f, p(3))
S(sc.gamma, np.array([-0.3, -1.6]))
S(sc.rgamma, np.array([-2.0, 0.0, -0.7, 0.2]), _second=False)
S(sc.log_ndtr, np.array([-30.0, -300.0, 5.0]), _single=False)
for _f in (sc.erfinv, sc.erfcinv, sc.logit, sc.ndtri, sc.ellipk, sc.ellipe):
    S(_f, np.abs(u(3)) + 0.05)
S(sc.ndtri_exp, -p(3))
S(sc.polygamma, 1, p(3))
S(sc.polygamma, np.array([[0], [2]]), p(3))
S(sc.multigammaln, 3.5, 3)
S(sc.multigammaln, p(2) + 2, 2)
S(sc.lambertw, p(3))
S(sc.lambertw, -p(2) / 8, -1)
S(sc.expn, np.array([0, 1, 3]), p(3))

# --- functions of several ---

for _f in (sc.poch, sc.beta, sc.betaln, sc.kl_div, sc.rel_entr, sc.xlogy, sc.xlog1py):
    S(_f, p(3), p(2, 1))
S(sc.xlogy, np.array([0.0, 1.5]), np.array([0.7, 0.0]) + 0.1, _second=False)
S(sc.binom, p(3) + 4, p(3))
S(sc.huber, 0.8, np.array([0.3, -1.7, 2.0]), _second=False)
S(sc.pseudo_huber, p(2, 1), x(3))
S(sc.hyp0f1, 1.3, x(3), _wrt=["z"])
S(sc.hyp1f1, 1.3, 2.4, x(3), _wrt=["x"])
S(sc.hyp2f1, 0.7, 1.3, 2.4, u(3), _wrt=["z"])
S(getattr(sc, "sph_harm_y", None), 3, np.array([[-3], [-1], [0], [2], [3]]), p(2), p(2))

# --- incomplete integrals in all their parameters ---

for _f in (sc.gammainc, sc.gammaincc):
    S(_f, p(3), p(2, 1))
    S(_f, 12.5, 9.0)
for _f in (sc.gammaincinv, sc.gammainccinv):
    S(_f, p(3) + 1, np.array([0.2, 0.5, 0.8]))
S(sc.betainc, p(3), p(3), np.array([0.2, 0.5, 0.9]))
S(getattr(sc, "betaincc", None), p(3), p(3), np.array([0.2, 0.5, 0.9]))
S(sc.betaincinv, p(2) + 1, p(2) + 1, np.array([0.3, 0.6]))
S(sc.zeta, p(3) + 1.2)
S(sc.zeta, p(3) + 1.2, p(3))

# --- Bessel functions in argument and order ---

for _f in (sc.j0, sc.j1, sc.y0, sc.y1, sc.i0, sc.i1, sc.i0e, sc.i1e, sc.k0, sc.k1, sc.k0e, sc.k1e):
    S(_f, p(3))
for _f in (sc.j0, sc.j1, sc.i0, sc.i1, sc.i0e, sc.i1e):
    S(_f, x(3), _single=False)
for _f in (sc.jv, sc.yv, sc.iv, sc.ive, sc.kv, sc.kve):
    S(_f, p(3), p(3))
    S(_f, 2, p(2))
for _f in (sc.jv, sc.iv, sc.kv, sc.yv, sc.hankel1, sc.hankel2):
    S(_f, 1.5, p(2) + 0.3j * p(2), _wrt=["z"])
S(sc.hankel1, 0.5, p(2), _wrt=["z"])
S(sc.yn, 2, p(3))
S(sc.kn, np.array([0, 3]), p(2))

# --- exponentials along axes ---

for _f in (sc.softmax, sc.log_softmax, sc.logsumexp):
    S(_f, x(3, 2))
    S(_f, x(3, 2), axis=-1)
    S(_f, x(2, 3, 2), axis=(0, 2))
    S(_f, x(1), 0)
S(sc.logsumexp, x(3, 2), 0, p(3, 2))
S(sc.logsumexp, x(3, 2), axis=1, b=p(2), keepdims=True)
