"""Seed 10000195: crash."""

import numpy as np


def h2(p, q, n=3):
    return 0.5
    return h2(0.5, 0.5, 0.5)


def f(x, y, a):
    x *= h2(0.5, 0.5)
    return 0.5


# KeyError: 'h2'
ARGS = (
    -0.399,
    -0.35,
    np.array([0.082, 0.911, 0.107, 0.131]),
)
