"""Rules of the module math: the text is for Python numbers, and calls nothing but math."""

import math
from math import log

from srcgrad.rules.kinds import elementwise, jvp, linear, nondiff, vjp

nondiff(
    math.ceil, math.floor, math.trunc, math.factorial, math.comb, math.perm, math.gcd, math.lcm, math.isqrt
)
nondiff(math.isclose, math.isfinite, math.isinf, math.isnan, math.ulp, math.nextafter)

# --- powers, exponentials, logarithms ---


@elementwise(math.sqrt)
def sqrt(x, *, ans):
    return 0.5 / ans


@elementwise(getattr(math, "cbrt", None))
def cbrt(x, *, ans):
    return 1 / (3 * ans * ans)


@elementwise(math.pow)
def pow(x, y, *, ans):
    return y * x ** (y - (y != 0)), ans * (math.log(x) if x > 0 else math.nan if x < 0 else 0.0)


@elementwise(math.exp)
def exp(x, *, ans):
    return ans


@elementwise(getattr(math, "exp2", None))
def exp2(x, *, ans):
    return math.log(2) * ans


@elementwise(math.expm1)
def expm1(x):
    return math.exp(x)


@elementwise(math.log)
def log_natural(x):
    return 1 / x


@elementwise(math.log, arity=2)
def log_base(x, base, *, ans):
    return 1 / (x * log(base)), -ans / (base * log(base))


@elementwise(math.log2)
def log2(x):
    return 1 / (math.log(2) * x)


@elementwise(math.log10)
def log10(x):
    return 1 / (math.log(10) * x)


@elementwise(math.log1p)
def log1p(x):
    return 1 / (1 + x)


@elementwise(math.erf)
def erf(x):
    return 2 / math.sqrt(math.pi) * math.exp(-x * x)


@elementwise(math.erfc)
def erfc(x):
    return -2 / math.sqrt(math.pi) * math.exp(-x * x)


# --- trigonometry ---


@elementwise(math.sin)
def sin(x):
    return math.cos(x)


@elementwise(math.cos)
def cos(x):
    return -math.sin(x)


@elementwise(math.tan)
def tan(x, *, ans):
    return 1 + ans * ans


@elementwise(math.asin)
def asin(x):
    return 1 / math.sqrt((1 - x) * (1 + x))


@elementwise(math.acos)
def acos(x):
    return -1 / math.sqrt((1 - x) * (1 + x))


@elementwise(math.atan)
def atan(x):
    return 1 / (1 + x * x)


@elementwise(math.atan2)
def atan2(y, x):
    return x / (x * x + y * y), -y / (x * x + y * y)


@elementwise(math.sinh)
def sinh(x):
    return math.cosh(x)


@elementwise(math.cosh)
def cosh(x):
    return math.sinh(x)


@elementwise(math.tanh)
def tanh(x, *, ans):
    return 1 - ans * ans


@elementwise(math.asinh)
def asinh(x):
    return 1 / math.sqrt(1 + x * x)


@elementwise(math.acosh)
def acosh(x):
    return 1 / math.sqrt((x - 1) * (x + 1))


@elementwise(math.atanh)
def atanh(x):
    return 1 / ((1 - x) * (1 + x))


@elementwise(math.radians)
def radians(x):
    return math.pi / 180


@elementwise(math.degrees)
def degrees(x):
    return 180 / math.pi


# --- kinks and parts ---


@elementwise(math.fabs)
def fabs(x, *, g):
    return g if x > 0 else -g if x < 0 else 0.0


@elementwise(math.copysign, wrt=("x",))
def copysign(x, y, *, g):
    return 0.0 if x == 0 else g if (x > 0) == (math.copysign(1.0, y) > 0) else -g


@elementwise(math.fmod)
def fmod(x, y, *, ans):
    return 1, (ans - x) / y


# The nearest multiple of y, not the one below as in %.
@elementwise(math.remainder)
def remainder(x, y, *, ans):
    return 1, (ans - x) / y


@elementwise(math.ldexp, wrt=("x",))
def ldexp(x, i, /, *, g):
    return math.ldexp(g, i)


@elementwise(getattr(math, "fma", None))
def fma(x, y, z):
    return y, x, 1


@vjp(math.modf, "x", outputs=2)
def modf(x, *, g):
    dfraction, _ = g
    return 0.0 if dfraction is None else dfraction


@jvp(math.modf)
def modf_tangent(x, *, dx):
    return dx, 0.0


@vjp(math.frexp, "x", outputs=2)
def frexp(x, *, ans, g):
    dmantissa, _ = g
    return 0.0 if dmantissa is None else math.ldexp(dmantissa, -ans[1])


@jvp(math.frexp)
def frexp_tangent(x, *, ans, dx):
    return math.ldexp(dx, -ans[1]), 0


# --- several numbers; at the origin, where the slope is any number between -1 and 1, it is taken to be 0 ---


@vjp(math.hypot, "coordinates", sequences=("coordinates",))
def hypot(*coordinates, ans, g):
    return [g * x / ans if ans else 0.0 for x in coordinates]


@jvp(math.hypot)
def hypot_tangent(*coordinates, ans, dcoordinates):
    return math.fsum([x * dx for x, dx in zip(coordinates, dcoordinates, strict=True)]) / ans if ans else 0.0


@elementwise(math.hypot, arity=2)
def hypot_2(x, y, *, ans, g):
    return g * x / ans if ans else 0.0, g * y / ans if ans else 0.0


@elementwise(math.hypot, arity=3)
def hypot_3(x, y, z, *, ans, g):
    return g * x / ans if ans else 0.0, g * y / ans if ans else 0.0, g * z / ans if ans else 0.0


@vjp(math.dist, "p", "q", sequences=("p", "q"))
def dist(p, q, /, *, ans, g):
    return (
        [g * (a - b) / ans if ans else 0.0 for a, b in zip(p, q, strict=True)],
        [g * (b - a) / ans if ans else 0.0 for a, b in zip(p, q, strict=True)],
    )


@jvp(math.dist)
def dist_tangent(p, q, /, *, ans, dp, dq):
    return (
        math.fsum([(a - b) * (da - db) for a, b, da, db in zip(p, q, dp, dq, strict=True)]) / ans
        if ans
        else 0.0
    )


@vjp(math.prod, "iterable", "start", sequences=("iterable",))
def prod(iterable, /, *, start=1, g):
    return (
        [g * start * math.prod(iterable[:k]) * math.prod(iterable[k + 1 :]) for k in range(len(iterable))],
        g * math.prod(iterable),
    )


@jvp(math.prod)
def prod_tangent(iterable, /, *, start=1, diterable, dstart):
    return dstart * math.prod(iterable) + start * math.fsum(
        [dx * math.prod(iterable[:k]) * math.prod(iterable[k + 1 :]) for k, dx in enumerate(diterable)]
    )


@linear(math.fsum, "seq", sequences=("seq",))
def fsum(seq, /, *, g):
    return [g for _ in seq]


@vjp(getattr(math, "sumprod", None), "p", "q", sequences=("p", "q"))
def sumprod(p, q, /, *, g):
    return [g * b for b in q], [g * a for a in p]


@jvp(getattr(math, "sumprod", None))
def sumprod_tangent(p, q, /, *, dp, dq):
    return math.sumprod(dp, q) + math.sumprod(p, dq)
