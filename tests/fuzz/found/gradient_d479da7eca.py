"""Seed 20000421: gradient."""

import numpy as np


def f(x, y, a):
    x, x = (x, np.mean(a))
    return x


# np.float64(-1.6005780215394438) along a direction, differences say -2.0229851307504116
ARGS = (
    0.033,
    -0.546,
    np.array([0.765, -0.863, -0.058, 0.033]),
)
