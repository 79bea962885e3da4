"""Seed 20001061: gradient."""

import numpy as np


def f(x, y, a):
    k2 = 0
    while True:
        k2 += 1
        if k2 > 2:
            break
        y, y = (y, 0.5)
    return y


# np.float64(-0.05288056752971039) along a direction, differences say -0.007858377352658805
ARGS = (
    -0.887,
    -0.058,
    np.array([0.79, 0.594, -0.838, 0.326]),
)
