"""Functions of each element with kinks or jumps, and those that are not holomorphic.

Conventions: equal operands of a maximum or minimum share the cotangent equally, the slope of the absolute
value at 0 is 0, and a clipped value on its bound counts as not clipped.
Masks are applied with ``np.where`` and not as factors, which would change float32 to float64.
"""

import math

import numpy as np

from srcgrad.rules.helpers import unit
from srcgrad.rules.kinds import elementwise, jvp, linear, nondiff, vjp


@elementwise(np.absolute, np.fabs, abs)
def absolute(x, *, g):
    return g * unit(x)


@jvp(np.absolute, np.fabs, abs)
def absolute_tangent(x, *, dx):
    return np.real(np.conj(unit(x)) * dx)


@vjp(unit, "x")
def unit_pullback(x, *, ans, g):
    return (g - ans * np.real(np.conj(ans) * g)) / (np.abs(x) + (ans == 0))


@jvp(unit)
def unit_tangent(x, *, ans, dx):
    return (dx - ans * np.real(np.conj(ans) * dx)) / (np.abs(x) + (ans == 0))


@elementwise(abs, scalar=True)
def scalar_abs(x, *, g):
    return g if x > 0 else -g if x < 0 else 0.0


@elementwise(np.maximum, np.fmax)
def maximum(x, y, *, g):
    return (
        np.where(x > y, g, np.where(x == y, 0.5 * g, 0.0)),
        np.where(y > x, g, np.where(x == y, 0.5 * g, 0.0)),
    )


@elementwise(np.minimum, np.fmin)
def minimum(x, y, *, g):
    return (
        np.where(x < y, g, np.where(x == y, 0.5 * g, 0.0)),
        np.where(y < x, g, np.where(x == y, 0.5 * g, 0.0)),
    )


@elementwise(np.clip, wrt=("a", "a_min", "a_max", "min", "max"))
def clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None, ans, g):
    return (
        np.where(ans == a, g, 0.0),
        np.where((ans == a_min) & (a < a_min), g, 0.0),
        np.where((ans == a_max) & (ans != a), g, 0.0),
        np.where((ans == min) & (a < min), g, 0.0),
        np.where((ans == max) & (ans != a), g, 0.0),
    )


@elementwise(np.copysign, wrt=("x",))
def copysign(x, y, *, g):
    return np.where(np.signbit(y), -g, g) * np.sign(x)


@elementwise(np.ldexp, wrt=("x",))
def ldexp(x, y, *, g):
    return np.ldexp(g, y)


# --- two outputs; None stands for the cotangent of one that is not used ---


@vjp(np.modf, "x", outputs=2)
def modf(x, *, g):
    dfraction, _ = g
    return 0.0 if dfraction is None else dfraction


@jvp(np.modf)
def modf_tangent(x, *, dx):
    return dx, np.zeros_like(dx)


@vjp(np.frexp, "x", outputs=2)
def frexp(x, *, ans, g):
    dmantissa, _ = g
    return 0.0 if dmantissa is None else np.ldexp(dmantissa, -ans[1])


@jvp(np.frexp)
def frexp_tangent(x, *, ans, dx):
    return np.ldexp(dx, -ans[1]), np.zeros_like(dx)


@vjp(np.divmod, "x", "y", outputs=2)
def divmod(x, y, *, ans, g):
    _, dremainder = g
    return 0.0 if dremainder is None else dremainder, 0.0 if dremainder is None else -dremainder * ans[0]


@jvp(np.divmod)
def divmod_tangent(x, y, *, ans, dx, dy):
    return np.zeros_like(ans[0]), dx - ans[0] * dy


# --- complex parts ---


@linear(np.real, "val", view=True)
def real(val, *, g):
    return g


@linear(np.imag, "val", view=True)
def imag(val, *, g):
    return 1j * g


@linear(np.conjugate, "x")
def conjugate(x, *, g):
    return np.conj(g)


# The turn of z by dz is the part of dz across z, over the length of z.
@vjp(np.angle, "z")
def angle(z, deg=False, *, g):
    return (180 / math.pi if deg else 1.0) * 1j * g * z / np.abs(z) ** 2


@jvp(np.angle)
def angle_tangent(z, deg=False, *, dz):
    return (180 / math.pi if deg else 1.0) * np.imag(np.conj(z) * dz) / np.abs(z) ** 2


# --- choice ---


@linear(np.where, "x", "y", broadcasts=True)
def where(condition, x, y, *, g):
    return np.where(condition, g, 0.0), np.where(condition, 0.0, g)


nondiff(np.where, arity=1)
