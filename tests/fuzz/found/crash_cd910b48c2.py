"""Seed 90000215: crash."""

import numpy as np


def h2(p, q):
    d = np.full(2, q)
    d[:] = 0.5
    return np.sum(d)


def f(a):
    for i4 in range(3):
        a[2] = h2(1, a[i4])
    return 3


# RecursionError: maximum recursion depth exceeded
ARGS = (np.array([0.9, -0.1, 1.0, -0.9]),)
