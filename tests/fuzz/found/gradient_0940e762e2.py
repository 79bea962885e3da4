"""Seed 20000925: gradient."""

import numpy as np


def h0(p, q):
    q, q = (q, p)
    return q


def f(x, y, a):
    return h0(a @ a, y)


# np.float64(0.0017400350166061546) along a direction, differences say 0.12955597462738216
ARGS = (
    0.521,
    0.277,
    np.array([-0.594, -0.131, -0.863, -0.472]),
)
