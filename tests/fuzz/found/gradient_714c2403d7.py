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
    0.3017073170731707,
    0.594390243902439,
    np.array([-0.6431707317073171, 0.8870731707317072, -0.2773170731707317, -0.47243902439024393]),
)
