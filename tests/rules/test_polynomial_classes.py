"""The classes of numpy.polynomial, and its functions that have no rule of their own: followed through NumPy's code."""

import numpy as np
import pytest
from numpy import polynomial
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polyutils
from numpy.polynomial import polynomial as power

import srcgrad

CLASSES = [polynomial.Polynomial, polynomial.Chebyshev, polynomial.Legendre, polynomial.Laguerre, polynomial.Hermite,
           polynomial.HermiteE]  # fmt: skip
FAMILIES = {
    power: "poly",
    chebyshev: "cheb",
    legendre: "leg",
    laguerre: "lag",
    hermite: "herm",
    hermite_e: "herme",
}
C, X = np.array([0.3, 1.2, -0.7]), np.array([0.2, 0.5])


def arithmetic(cls, c, x):
    p = cls(c)
    q = p * p + 2 * p - 1
    return np.sum(p(x) ** 2) + np.sum(q(x)) + p.deriv()(0.3) + p.integ(lbnd=0.1)(0.7) + (p**2)(0.3)


def domains(cls, c, x):
    p = cls(c, domain=[0, 2])
    return np.sum(p(x) ** 2) + p(0.3) + np.sum(p.convert().coef ** 2)


def fit(cls, c, x):
    nodes = np.concatenate([c, x])
    p = cls.fit(nodes, np.sin(2 * nodes) + c[0], 2)
    return p(0.4) + np.sum(p.convert().coef ** 2)


def roots(cls, c, x):
    return np.sum(np.real(cls(c).roots() ** 2)) + cls.fromroots(c)(x[0])


@pytest.mark.parametrize("program", [arithmetic, domains, fit, roots])
@pytest.mark.parametrize("cls", CLASSES)
def test_class(cls, program):
    agrees(lambda c, x: program(cls, c, x))


@pytest.mark.parametrize("module", FAMILIES)
def test_functions_without_rules(module):
    f = FAMILIES[module]
    divide, companion, trim = (getattr(module, f + name) for name in ("div", "companion", "trim"))
    vander2d = getattr(module, f + "vander2d")

    def program(c, x):
        quotient, rest = divide(c, x)
        total = np.sum(quotient**2) + np.sum(rest) + np.sum(companion(c) ** 2) + np.sum(trim(c) ** 3)
        total = total + np.sum(vander2d(x, c[:2], [1, 2]) ** 2)
        if f == "poly":
            return total + np.sum(module.polyvalfromroots(x, c))
        return (
            total
            + np.sum(getattr(module, f"{f}2poly")(c) ** 2)
            + np.sum(getattr(module, f"poly2{f}")(x) ** 2)
        )

    agrees(program)


def test_domain_of_data():
    agrees(lambda c, x: np.sum(polyutils.mapdomain(x, polyutils.getdomain(c), [-1, 1]) ** 2))


def agrees(program):
    """Gradients in both arguments are what differences say along a direction."""
    gradients = srcgrad.grad(program, argnums=(0, 1))(C, X)
    dc, dx = np.array([0.4, -0.3, 0.8]), np.array([0.5, 0.7])
    h = 1e-5
    expected = (program(C + h * dc, X + h * dx) - program(C - h * dc, X - h * dx)) / (2 * h)
    assert gradients[0] @ dc + gradients[1] @ dx == pytest.approx(expected, rel=1e-6)
