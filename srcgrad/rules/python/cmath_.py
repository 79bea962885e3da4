"""Rules of the module cmath: holomorphic partials, conjugated where they become pullbacks."""

import cmath
import math

from srcgrad.rules.kinds import elementwise, jvp, nondiff, vjp

nondiff(cmath.isclose, cmath.isfinite, cmath.isinf, cmath.isnan)


@elementwise(cmath.sqrt)
def sqrt(z, *, ans):
    return 0.5 / ans


@elementwise(cmath.exp)
def exp(z, *, ans):
    return ans


@elementwise(cmath.log)
def log(z):
    return 1 / z


@elementwise(cmath.log, arity=2)
def log_base(z, base, *, ans):
    return 1 / (z * cmath.log(base)), -ans / (base * cmath.log(base))


@elementwise(cmath.log10)
def log10(z):
    return 1 / (math.log(10) * z)


@elementwise(cmath.sin)
def sin(z):
    return cmath.cos(z)


@elementwise(cmath.cos)
def cos(z):
    return -cmath.sin(z)


@elementwise(cmath.tan)
def tan(z, *, ans):
    return 1 + ans * ans


@elementwise(cmath.asin)
def asin(z):
    return 1 / cmath.sqrt(1 - z * z)


@elementwise(cmath.acos)
def acos(z):
    return -1 / cmath.sqrt(1 - z * z)


@elementwise(cmath.atan)
def atan(z):
    return 1 / (1 + z * z)


@elementwise(cmath.sinh)
def sinh(z):
    return cmath.cosh(z)


@elementwise(cmath.cosh)
def cosh(z):
    return cmath.sinh(z)


@elementwise(cmath.tanh)
def tanh(z, *, ans):
    return 1 - ans * ans


@elementwise(cmath.asinh)
def asinh(z):
    return 1 / cmath.sqrt(1 + z * z)


@elementwise(cmath.acosh)
def acosh(z):
    return 1 / (cmath.sqrt(z - 1) * cmath.sqrt(z + 1))


@elementwise(cmath.atanh)
def atanh(z):
    return 1 / (1 - z * z)


# --- real and complex numbers to each other ---


@vjp(cmath.phase, "z")
def phase(z, *, g):
    return 1j * g * z / abs(z) ** 2


@jvp(cmath.phase)
def phase_tangent(z, *, dz):
    return (z.real * dz.imag - z.imag * dz.real) / abs(z) ** 2


@vjp(cmath.polar, "z", outputs=2)
def polar(z, *, ans, g):
    dr, dphi = g
    return (0.0 if dr is None else dr * z / ans[0]) + (0.0 if dphi is None else 1j * dphi * z / ans[0] ** 2)


@jvp(cmath.polar)
def polar_tangent(z, *, ans, dz):
    turned = (z.real - 1j * z.imag) * dz / ans[0]
    return turned.real, turned.imag / ans[0]


@vjp(cmath.rect, "r", "phi")
def rect(r, phi, *, ans, g):
    turned = g * cmath.exp(-1j * phi)
    return turned.real, r * turned.imag


@jvp(cmath.rect)
def rect_tangent(r, phi, *, ans, dr, dphi):
    return dr * cmath.exp(1j * phi) + 1j * dphi * ans
