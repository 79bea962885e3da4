"""Seed 20000417: gradient."""

import numpy as np


def f(x, y, a):
    while True:
        y, y = (y, 0.5)
        break
    return y


# np.float64(64636.22993078596) along a direction, differences say 64370.16117003231
ARGS = (
    -0.302,
    0.668,
    np.array([0.277, 0.668, -0.741, 0.741]),
)
