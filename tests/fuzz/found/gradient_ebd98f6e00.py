"""Seed 20001046: gradient."""

import numpy as np


def f(x, y, a):
    e = a
    for i2, w3 in enumerate(e):
        e *= w3
    return np.sum(a)


# np.float64(-10.110257089972816) along a direction, differences say -10.11028711124554
ARGS = (
    0.4480487804878049,
    0.6919512195121952,
    np.array([-0.8870731707317072, -0.6919512195121952, -0.10658536585365853, 0.13097560975609757]),
)
