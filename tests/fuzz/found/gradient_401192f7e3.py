"""Seed 40000501: gradient."""

import numpy as np


def f(a, m):
    nb = [a, a]
    nb[0] *= np.mean(m)
    return np.sum(nb[0])


# np.float64(-3.7798402241139155) along a direction, differences say -4.0611624627234795
ARGS = (
    np.array([-0.4, -0.8, 0.6, 0.7]),
    np.array([[0.2, -0.7, 0.5], [0.2, -0.6, -0.7]]),
)
