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
    -0.13097560975609757,
    0.545609756097561,
    np.array([-0.39926829268292685, 0.6919512195121952, 0.9114634146341463, -0.2529268292682927]),
)
