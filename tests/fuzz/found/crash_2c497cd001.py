"""Seed 50001211: crash."""

import numpy as np


def f(a):
    b = np.zeros(4)
    np.square(0.5, out=a)
    nb = [b, a.copy()]
    e = a
    e[::1] = np.cumsum(e)
    return np.sum(nb)


# RecursionError: maximum recursion depth exceeded
ARGS = (np.array([-0.7, -0.8, -0.8, -0.5]),)
