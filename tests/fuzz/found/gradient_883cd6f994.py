"""Seed 10000149: gradient."""

import numpy as np


def f(x, y, a):
    y, y = (y, y)
    return y


# np.float64(-4.212564379514574) along a direction, differences say -4.342375195075443
ARGS = (
    0.424,
    0.57,
    np.array([0.399, 0.741, 0.668, -0.668]),
)
