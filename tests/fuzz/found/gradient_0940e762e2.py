"""Seed 20000925: gradient."""

import numpy as np


def h0(p, q):
    q, q = (q, p)
    return q


def f(x, y, a):
    return h0(a @ a, y)


# np.float64(0.0017400350166061546) along a direction, differences say 0.12955597462738216
ARGS = (
    0.521219512195122,
    0.2773170731707317,
    np.array([-0.594390243902439, -0.13097560975609757, -0.8626829268292683, -0.47243902439024393]),
)
