"""Sample calls of scipy.stats, and of the solver of differential equations."""

import numpy as np
import scipy.integrate as si
import scipy.stats as st

from tests.rules.draw import Samples, p, spd, start, x

S = Samples()
start(9)

for _name in ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf"):

    def f(family, name=_name):
        return getattr(family, name)

    S(f(st.norm), x(3))
    S(f(st.norm), x(3), x(2, 1), p(3))
    S(f(st.norm), x(3), loc=0.3, scale=p(3))
    S(f(st.gamma), p(3), p(3))
    S(f(st.gamma), np.array([0.1 if _name.startswith("log") else -1.0, 0.7, 2.0]), 1.7, scale=1.3, loc=-0.2)
    S(f(st.chi2), p(3), p(3) + 1)
    S(f(st.chi2), p(3), p(2, 1) + 1, 0.1, 1.4)
    S(f(st.t), x(3), p(3) + 1)
    S(f(st.t), x(3), p(3) + 1, x(2, 1), 1.4)
    S(f(st.beta), np.array([0.2, 0.5, 0.9]), p(3), p(3))
    S(f(st.beta), np.array([0.2, 0.5, 0.9]), 1.7, 2.2, -0.4, 1.8)
S(st.norm.logcdf, np.array([-40.0, -5.0, 3.0]), _single=False)
S(st.norm.logsf, np.array([40.0, 5.0, -3.0]), _single=False)
for _name in ("pmf", "logpmf", "cdf", "sf", "logcdf", "logsf"):
    S(getattr(st.poisson, _name), np.array([1 if _name.startswith("log") else -1, 0, 3]), p(3), _wrt=["mu"])
    S(getattr(st.poisson, _name), 2, p(2), loc=1, _wrt=["mu"])

S(st.multivariate_normal.logpdf, x(3), x(3), spd(3))
S(st.multivariate_normal.logpdf, x(4, 2), cov=spd(2))
S(st.multivariate_normal.logpdf, x(4), 0.3, 1.5)
S(st.multivariate_normal.logpdf, x(2, 3), x(3), p(3))
S(st.multivariate_normal.pdf, x(4, 2), x(2), spd(2))
S(st.multivariate_normal.entropy, x(2), spd(2))
S(st.dirichlet.logpdf, np.array([0.2, 0.3]), p(3))
S(st.dirichlet.logpdf, np.array([[0.2, 0.3], [0.4, 0.1]]), p(3))
S(st.dirichlet.pdf, np.array([0.2, 0.5]), p(3))


def pendulum(y, s, damping):
    return [y[1], -damping * y[1] - np.sin(y[0])]


def decay(s, y):
    return -0.7 * y


S(
    si.odeint,
    decay,
    x(2),
    np.array([0.0, 0.5, 1.3]),
    tfirst=True,
    rtol=1e-12,
    atol=1e-12,
    _second=False,
    _rtol=1e-6,
    _wrt=["y0", "t"],
)
