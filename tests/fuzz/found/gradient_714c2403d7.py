"""Seed 20000549: gradient."""

import numpy as np


def h1(p, q):
    q, q = (q, q)
    return q


def f(x, y, a):
    u = h1(0.5, y)
    return u


# np.float64(-6.302755051243562) along a direction, differences say -4.070555346393958
ARGS = (
    0.302,
    0.594,
    np.array([-0.643, 0.887, -0.277, -0.472]),
)
