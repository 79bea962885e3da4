"""Seed 20001061: gradient."""

import numpy as np


def f(x, y, a):
    k2 = 0
    while True:
        k2 += 1
        if k2 > 2:
            break
        y, y = (y, 0.5)
    return y


# np.float64(-0.05288056752971039) along a direction, differences say -0.007858377352658805
ARGS = (
    -0.8870731707317072,
    -0.05780487804878049,
    np.array([0.7895121951219511, 0.594390243902439, -0.8382926829268292, 0.3260975609756097]),
)
