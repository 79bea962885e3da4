"""Seed 20001483: gradient."""

import numpy as np


def f(x, y, a):
    b = a
    b.fill(x)
    k2 = 0
    while True:
        k2 += 1
        if k2 > 3:
            break
        b = 0.5
    return np.sum(b)


# np.float64(1.689628436846026) along a direction, differences say 0.0
ARGS = (
    -0.302,
    -0.521,
    np.array([0.399, 0.253, -0.96, -0.204]),
)
