"""Seed 20001394: gradient."""

import numpy as np


def f(x, y, a):
    for w2 in a:
        y, y = (y, 0.5)
    return y


# np.float64(-2.43821996487771) along a direction, differences say -2.56803078043734
ARGS = (
    0.521,
    0.375,
    np.array([-0.424, -0.229, 0.229, -0.863]),
)
