"""Seed 10000288: gradient."""

import numpy as np


def f(x, y, a):
    x, x = (x, x)
    return x


# np.float64(1.581968208554053) along a direction, differences say -0.31886378289748096
ARGS = (
    -0.668,
    0.985,
    np.array([-0.692, -0.838, -0.058, 0.985]),
)
