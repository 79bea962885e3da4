"""Seed 10000189: gradient."""

import numpy as np


def f(x, y, a):
    c = 0.5 * a
    k4 = 0
    while k4 < 1:
        k4 += 1
        c = a
    a[0] += 0.5
    return np.sum(c)


# np.float64(-4.383009041299255) along a direction, differences say -6.498106312471295
ARGS = (
    -0.57,
    0.472,
    np.array([-0.911, 0.716, 0.058, 0.838]),
)
