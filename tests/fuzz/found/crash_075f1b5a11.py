"""Seed 10000508: crash."""

import numpy as np


def h0(p, q):
    g = np.zeros(2)
    v3 = g.ravel()
    return 0.5


def f(x, y, a):
    x -= h0(3, 0.5)
    return 0.5


# AttributeError: '_Hooks' object has no attribute 'mutating'
ARGS = (
    -0.131,
    0.546,
    np.array([-0.399, 0.692, 0.911, -0.253]),
)
