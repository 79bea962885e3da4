"""The six families of ``numpy.polynomial``: power, Chebyshev, Legendre, Laguerre and two Hermite series.

Every function is linear in the coefficients, or a product of series. What NumPy's own function does to the
unit series is its matrix, so one rule serves the six families. In the variable, series are summed by their
recurrence.
"""

import importlib

import numpy as np
from numpy.polynomial import polyutils

from srcgrad.rules.helpers import as_array
from srcgrad.rules.kinds import composite, jvp, nondiff, vjp

#: Prefix of the functions of each family.
FAMILIES = {
    "polynomial": "poly",
    "chebyshev": "cheb",
    "legendre": "leg",
    "laguerre": "lag",
    "hermite": "herm",
    "hermite_e": "herme",
}
#: The first basis function that is not constant: start and slope.
LINES = {"poly": (0, 1), "cheb": (0, 1), "leg": (0, 1), "lag": (1, -1), "herm": (0, 2), "herme": (0, 1)}


def recurrence(family, k):
    """The numbers a, b and d in ``p[k + 1] = (a + b x) p[k] - d p[k - 1]``."""
    return {
        "poly": (0, 1, 0),
        "cheb": (0, 2, 1),
        "leg": (0, (2 * k + 1) / (k + 1), k / (k + 1)),
        "lag": ((2 * k + 1) / (k + 1), -1 / (k + 1), k / (k + 1)),
        "herm": (0, 2, 2 * k),
        "herme": (0, 1, k),
    }[family]


def bases(family, x, n):
    """The first n basis functions at x."""
    start, slope = LINES[family]
    result = [0 * x + 1, start + slope * x]
    for k in range(1, n - 1):
        a, b, d = recurrence(family, k)
        result.append((a + b * x) * result[k] - d * result[k - 1])
    return result[:n]


def on_axis(matrix, c, axis):
    """A matrix applied to coefficients along an axis."""
    return np.moveaxis(np.tensordot(matrix, np.moveaxis(c, axis, 0), 1), 0, axis)


def products(mul, n, m):
    """Products of unit series: coefficient k of the product of series i and j at ``[i, j, k]``."""
    table = np.zeros((n, m, n + m - 1))
    for i in range(n):
        for j in range(m):
            part = mul([0.0] * i + [1.0], [0.0] * j + [1.0])
            table[i, j, : len(part)] = part
    return table


def matrix_of(function, n, *more):
    """The matrix of a linear function: what it does to the unit series, one a column."""
    return function(np.eye(n), *more)


nondiff(recurrence, products, matrix_of)


def shortened(c):
    """Coefficients without the last ones that are zero, as NumPy's functions give them."""
    kept = np.trim_zeros(c, "b")
    return kept if len(kept) > 0 else c[:1]


def padded_sum(c1, c2):
    """Sum of two series of different lengths."""
    n = max(len(c1), len(c2))
    return shortened(np.pad(c1, (0, n - len(c1))) + np.pad(c2, (0, n - len(c2))))


def root_moves(family, value, derivative, c, r):
    """By how much each root moves with each coefficient: minus the basis function over the slope there."""
    return -np.stack(bases(family, r, len(c)), axis=-1) / value(r, derivative(c))[:, None]


def enter_family(module, family):
    """Enter the rules of one family."""
    value, vander = enter_values(module, family)
    derivative = enter_arithmetic(module, family, value)
    roots = getattr(module, family + "roots")

    @vjp(roots, "c", turns_complex=True)
    def pull_roots(c, *, ans, g):
        return np.conj(root_moves(family, value, derivative, c, ans)).T @ g

    @jvp(roots)
    def push_roots(c, *, ans, dc):
        return root_moves(family, value, derivative, c, ans) @ dc

    @composite(getattr(module, family + "fit"))
    def fit(x, y, deg, rcond=None, full=False, w=None):
        degrees = np.arange(deg + 1) if np.ndim(deg) == 0 else np.sort(deg)
        left = vander(x, int(degrees[-1]))[:, degrees]
        if w is not None:
            left, y = left * w[:, None], y * (w[:, None] if np.ndim(y) == 2 else w)
        scale = np.sqrt(np.sum(left * left, axis=0))
        rcond = len(x) * np.finfo(np.result_type(x, 1.0)).eps if rcond is None else rcond
        c, squares, rank, s = np.linalg.lstsq(left / scale, y, rcond)
        c = on_axis(np.eye(degrees[-1] + 1)[:, degrees], np.transpose(np.transpose(c) / scale), 0)
        return (c, [squares, rank, s, rcond]) if full else c


def enter_values(module, family):
    """Values at points and on grids, and the matrix of the basis functions."""

    @composite(getattr(module, family + "val"))
    def value(x, c, tensor=True):
        c, x = np.atleast_1d(c), as_array(x)
        if tensor and np.ndim(x) > 0:
            c = np.reshape(c, np.shape(c) + (1,) * np.ndim(x))
        total = 0.0
        for k, basis in enumerate(bases(family, x, len(c))):
            total = total + c[k] * basis
        return total

    @composite(getattr(module, family + "vander"))
    def vander(x, deg):
        return np.stack(bases(family, np.atleast_1d(x) + 0.0, deg + 1), axis=-1)

    @composite(getattr(module, family + "val2d"))
    def value_2d(x, y, c):
        return value(y, value(x, c), tensor=False)

    @composite(getattr(module, family + "grid2d"))
    def grid_2d(x, y, c):
        return value(y, value(x, c))

    @composite(getattr(module, family + "val3d"))
    def value_3d(x, y, z, c):
        return value(z, value(y, value(x, c), tensor=False), tensor=False)

    @composite(getattr(module, family + "grid3d"))
    def grid_3d(x, y, z, c):
        return value(z, value(y, value(x, c)))

    return value, vander


def enter_arithmetic(module, family, value):
    """Sums, products, derivatives and integrals of series."""
    der, integral, mul = (getattr(module, family + name) for name in ("der", "int", "mul"))

    @composite(getattr(module, family + "add"))
    def add(c1, c2):
        return padded_sum(np.atleast_1d(c1), np.atleast_1d(c2))

    @composite(getattr(module, family + "sub"))
    def subtract(c1, c2):
        return padded_sum(np.atleast_1d(c1), -np.atleast_1d(c2))

    @composite(mul)
    def multiply(c1, c2):
        c1, c2 = np.atleast_1d(c1), np.atleast_1d(c2)
        return shortened(c1 @ np.tensordot(products(mul, len(c1), len(c2)), c2, (1, 0)))

    @composite(getattr(module, family + "pow"))
    def power(c, pow, maxpower=16):
        c = np.atleast_1d(c)
        result = 0 * c[:1] + 1
        for _ in range(pow):
            result = multiply(result, c)
        return result

    @composite(der)
    def derivative(c, m=1, scl=1, axis=0):
        return on_axis(matrix_of(der, np.shape(c)[axis], m), as_array(c), axis) * scl**m

    @composite(integral)
    def antiderivative(c, m=1, k=(), lbnd=0, scl=1, axis=0):
        c = np.moveaxis(as_array(c), axis, 0)
        constants = list(k) if isinstance(k, list | tuple) or np.ndim(k) else [k]
        for j in range(m):
            c = on_axis(matrix_of(integral, len(c)), c, 0) * scl
            shift = (constants[j] if j < len(constants) else 0.0) - value(lbnd, c)
            c = np.concatenate([c[:1] + shift, c[1:]])
        return np.moveaxis(c, 0, axis)

    @composite(getattr(module, family + "line"))
    def straight_line(off, scl):
        start, slope = LINES[family]
        return np.stack([off - scl * start / slope, scl / slope])

    @composite(getattr(module, family + "fromroots"))
    def from_roots(roots):
        result = np.ones(1)
        for k in range(len(roots)):
            result = multiply(result, straight_line(-roots[k], 1.0))
        return result

    @composite(getattr(module, family + "mulx"))
    def multiply_by_x(c):
        c = np.atleast_1d(c)
        return np.concatenate([0 * c[:1], c]) if family == "poly" else multiply(c, straight_line(0.0, 1.0))

    return derivative


for _name, _family in FAMILIES.items():
    enter_family(importlib.import_module(f"numpy.polynomial.{_name}"), _family)


@composite(polyutils.mapparms)
def map_parameters(old, new):
    length = old[1] - old[0]
    return (old[1] * new[0] - old[0] * new[1]) / length, (new[1] - new[0]) / length


# Series of series too, for which NumPy makes an array of one object.
@composite(polyutils.mapdomain)
def mapped_to_domain(x, old, new):
    offset, scale = map_parameters(old, new)
    return offset + scale * (as_array(x) if isinstance(x, list | tuple) else x)
