"""Seed 20000417: gradient."""

import numpy as np


def f(x, y, a):
    while True:
        y, y = (y, 0.5)
        break
    return y


# np.float64(64636.22993078596) along a direction, differences say 64370.16117003231
ARGS = (
    -0.3017073170731707,
    0.6675609756097561,
    np.array([0.2773170731707317, 0.6675609756097561, -0.7407317073170732, 0.7407317073170732]),
)
