"""Seed 10000149: gradient."""

import numpy as np


def f(x, y, a):
    y, y = (y, y)
    return y


# np.float64(-4.212564379514574) along a direction, differences say -4.342375195075443
ARGS = (
    0.4236585365853659,
    0.5700000000000001,
    np.array([0.39926829268292685, 0.7407317073170732, 0.6675609756097561, -0.6675609756097561]),
)
