"""Sample calls of Python's own library and of the series of numpy.polynomial."""

import functools
import operator
import statistics

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from tests.rules.draw import Samples, p, spread, start, u, x

S = Samples()
start(5)

for _module, _short in (
    (polynomial, "poly"),
    (chebyshev, "cheb"),
    (legendre, "leg"),
    (laguerre, "lag"),
    (hermite, "herm"),
    (hermite_e, "herme"),
):

    def f(name, module=_module, short=_short):
        return getattr(module, short + name)

    S(f("val"), u(3), x(4))
    S(f("val"), 0.3, x(1))
    S(f("val"), u(3), x(4, 2))
    S(f("val"), u(2), x(4, 2), tensor=False)
    S(f("vander"), u(3), 3)
    S(f("val2d"), u(3), u(3), x(3, 2))
    S(f("grid2d"), u(2), u(3), x(3, 2))
    S(f("val3d"), u(2), u(2), u(2), x(3, 2, 2))
    S(f("grid3d"), u(2), u(1), u(2), x(2, 2, 2))
    S(f("add"), x(3), x(2))
    S(f("sub"), x(2), x(4))
    S(f("mul"), x(3), x(2))
    S(f("mulx"), x(3))
    S(f("pow"), x(3), 2)
    S(f("der"), x(4))
    S(f("der"), x(5, 2), 2, scl=1.5, _wrt=["c"])
    S(f("der"), x(2, 4), axis=1)
    S(f("int"), x(3))
    S(f("int"), x(3), 2, k=[0.5, 0.7], lbnd=0.3)
    S(f("line"), 0.7, 1.3)
    S(f("fromroots"), x(3))
    S(f("roots"), np.array([-1.0, 0.3, 2.0]))
    S(f("fit"), np.linspace(-1, 1, 6), x(6), 2)
    S(f("fit"), np.linspace(-1, 1, 6), x(6), [0, 2], w=p(6))

_data, _more = list(spread(5) + 4.0), list(x(5))
for _f in ("mean", "fmean", "geometric_mean", "harmonic_mean", "variance", "pvariance", "stdev", "pstdev"):
    S(getattr(statistics, _f), _data)
for _f in ("median", "median_low", "median_high"):
    S(getattr(statistics, _f), _data)
S(statistics.median, _data[:4])
S(statistics.harmonic_mean, _data, list(p(5)))
S(statistics.variance, _data, 3.5)
for _f in ("covariance", "correlation", "linear_regression"):
    S(getattr(statistics, _f), _data, _more)
S(functools.reduce, operator.mul, [1.5, 2.5, 0.7], _wrt=["iterable"])
S(functools.reduce, operator.add, [1.5, 2.5], 0.7, _wrt=["iterable", "initial"])
