"""Derivatives of the logarithm of the gamma function, for ``math.gamma`` and ``math.lgamma``."""

import math
from typing import Any

from srcgrad.rules.kinds import elementwise

#: Bernoulli numbers B2, B4, ... of the asymptotic series.
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of the digamma function at a Python number.

    The recurrence moves `x` beyond 20, where the asymptotic series is exact to sixteen digits.
    """
    x = float(x)  # of an array without axes, x += 1 would be written into the caller's memory
    if x == math.floor(x) and x <= 0:
        return math.nan
    total, sign = 0.0, (-1) ** (n + 1) * math.factorial(n)
    while x < 20:
        total += sign * x ** -(n + 1)
        x += 1
    sign = (-1) ** (n + 1)
    if n == 0:
        tail = math.log(x) - 0.5 / x
    else:
        tail = sign * (math.factorial(n - 1) * x**-n + 0.5 * math.factorial(n) * x ** -(n + 1))
    for k, b in enumerate(BERNOULLI, 1):
        tail += sign * b * math.factorial(2 * k + n - 1) / math.factorial(2 * k) * x ** -(2 * k + n)
    return total + tail


@elementwise(polygamma, wrt=("x",))
def polygamma_slope(n, x):
    return polygamma(n + 1, x)


@elementwise(math.lgamma)
def lgamma(x):
    return polygamma(0, x)


@elementwise(math.gamma)
def gamma(x, *, ans):
    return ans * polygamma(0, x)
