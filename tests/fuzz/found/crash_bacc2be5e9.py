"""Seed 50000453: crash."""

import numpy as np


def h1(p, q):
    return 0.5


def f(y, a):
    k2 = 0
    while True:
        k2 += 1
        if k2 > 1:
            break
        a[:] = h1(0.3, y)
        a[k2] += np.mean(a)
    return 0.5


# RecursionError: maximum recursion depth exceeded
ARGS = (
    0.7,
    np.array([0.6, 0.4, 0.8, 0.5]),
)
