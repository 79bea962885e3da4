"""Seed 20001046: gradient."""

import numpy as np


def f(x, y, a):
    e = a
    for i2, w3 in enumerate(e):
        e *= w3
    return np.sum(a)


# np.float64(-10.110257089972816) along a direction, differences say -10.11028711124554
ARGS = (
    0.448,
    0.692,
    np.array([-0.887, -0.692, -0.107, 0.131]),
)
