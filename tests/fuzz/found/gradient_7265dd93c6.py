"""Seed 20000758: gradient."""

import numpy as np


def f(x, y, a):
    a_bar = np.zeros(4)
    v1 = a_bar
    for i2 in range(3):
        v1 = a
    a_bar *= 0.5
    return np.sum(v1)


# np.float64(-2.6560129421884398) along a direction, differences say -6.003794749704193
ARGS = (
    0.497,
    0.814,
    np.array([-0.57, 0.57, 0.79, -0.399]),
)
