"""Smooth functions of each element: arithmetic, powers, exponentials, trigonometry."""

import math

import numpy as np

from srcgrad.rules.helpers import safe_product
from srcgrad.rules.kinds import elementwise
from srcgrad.rules.numpy.bessel import cosine_moment

# --- arithmetic ---


@elementwise(np.add)
def add(x, y):
    return 1, 1


@elementwise(np.subtract)
def subtract(x, y):
    return 1, -1


@elementwise(np.multiply)
def multiply(x, y):
    return y, x


@elementwise(np.divide)
def divide(x, y, *, ans):
    return 1 / y, -ans / y


@elementwise(np.negative)
def negative(x):
    return -1


@elementwise(np.positive)
def positive(x):
    return 1


@elementwise(np.reciprocal)
def reciprocal(x, *, ans):
    return -ans * ans


@elementwise(np.remainder)
def remainder(x, y):
    return 1, -(x // y)


@elementwise(np.fmod)
def fmod(x, y, *, ans):
    return 1, (ans - x) / y


# --- powers ---


# The exponent y - 1, but 0 where y is 0: so that the slope of x ** 0 at 0 is 0 and not 0 * inf.
@elementwise(np.power, np.float_power)
def power(x, y, *, ans):
    return y * x ** (y - (y != 0)), ans * np.log(x + (x == 0))


@elementwise(np.power, np.float_power, scalar=True)
def scalar_power(x, y, *, ans):
    return y * x ** (y - (y != 0)), ans * (math.log(x) if x > 0 else math.nan if x < 0 else 0.0)


@elementwise(np.square)
def square(x):
    return 2 * x


@elementwise(np.sqrt)
def sqrt(x, *, ans):
    return 0.5 / ans


@elementwise(np.cbrt)
def cbrt(x, *, ans):
    return 1 / (3 * ans * ans)


# At the origin, where the slope is any number between -1 and 1, it is taken to be 0.
@elementwise(np.hypot)
def hypot(x, y, *, ans):
    return x / (ans + (ans == 0)), y / (ans + (ans == 0))


# --- exponentials and logarithms ---


@elementwise(np.exp)
def exp(x, *, ans):
    return ans


@elementwise(np.exp2)
def exp2(x, *, ans):
    return math.log(2) * ans


@elementwise(np.expm1)
def expm1(x):
    return np.exp(x)


@elementwise(np.log)
def log(x):
    return 1 / x


@elementwise(np.log2)
def log2(x):
    return 1 / (math.log(2) * x)


@elementwise(np.log10)
def log10(x):
    return 1 / (math.log(10) * x)


@elementwise(np.log1p)
def log1p(x):
    return 1 / (1 + x)


@elementwise(np.logaddexp)
def logaddexp(x, y, *, ans):
    return np.exp(x - ans), np.exp(y - ans)


@elementwise(np.logaddexp2)
def logaddexp2(x, y, *, ans):
    return np.exp2(x - ans), np.exp2(y - ans)


# --- trigonometry ---


@elementwise(np.sin)
def sin(x):
    return np.cos(x)


@elementwise(np.cos)
def cos(x):
    return -np.sin(x)


@elementwise(np.tan)
def tan(x, *, ans):
    return 1 + ans * ans


# (1 - x) * (1 + x) loses no digits near 1, as 1 - x * x does.
@elementwise(np.arcsin)
def arcsin(x):
    return 1 / np.sqrt((1 - x) * (1 + x))


@elementwise(np.arccos)
def arccos(x):
    return -1 / np.sqrt((1 - x) * (1 + x))


@elementwise(np.arctan)
def arctan(x):
    return 1 / (1 + x * x)


@elementwise(np.arctan2)
def arctan2(y, x):
    return x / (x * x + y * y), -y / (x * x + y * y)


@elementwise(np.sinh)
def sinh(x):
    return np.cosh(x)


@elementwise(np.cosh)
def cosh(x):
    return np.sinh(x)


@elementwise(np.tanh)
def tanh(x, *, ans):
    return 1 - ans * ans


@elementwise(np.arcsinh)
def arcsinh(x):
    return 1 / np.sqrt(1 + x * x)


@elementwise(np.arccosh)
def arccosh(x):
    return 1 / (np.sqrt(x - 1) * np.sqrt(x + 1))


@elementwise(np.arctanh)
def arctanh(x):
    return 1 / ((1 - x) * (1 + x))


@elementwise(np.radians, np.deg2rad)
def radians(x):
    return math.pi / 180


@elementwise(np.degrees, np.rad2deg)
def degrees(x):
    return 180 / math.pi


# Near 0 the difference cancels; two terms of the series are exact there to twelve digits.
@elementwise(np.sinc)
def sinc(x, *, ans):
    series = -(math.pi**2) / 3 * x * (1 - math.pi**2 / 10 * x * x)
    return np.where(np.abs(x) < 1e-3, series, (np.cos(math.pi * x) - ans) / (x + (x == 0)))


@elementwise(np.i0)
def i0(x):
    return cosine_moment(x, 1)


# --- the product that is 0 where the cotangent is (`srcgrad.rule.nan_safe`): bilinear, like any product ---


@elementwise(safe_product, wrt=("t", "factor"))
def safe_product_back(t, factor, *, g):
    return safe_product(g, np.conj(factor)), safe_product(np.conj(t), g)
