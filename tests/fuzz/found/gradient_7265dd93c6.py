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
    0.4968292682926829,
    0.8139024390243902,
    np.array([-0.5700000000000001, 0.5700000000000001, 0.7895121951219511, -0.39926829268292685]),
)
