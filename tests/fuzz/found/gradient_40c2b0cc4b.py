"""Seed 20001307: gradient."""

import numpy as np


def f(x, y, a, m):
    k1 = 0
    while True:
        for w3 in m:
            v3 = m.ravel()[2:]
            w3[k1] *= 0.5
        break
    return np.sum(v3)


# np.float64(1.6986081848361125) along a direction, differences say -5.739113279738668
ARGS = (
    -0.96,
    0.57,
    np.array([-0.521, -0.058, 0.399, -0.18]),
    np.array(
        [
            [0.741, -0.911, 0.35],
            [0.326, -0.741, 0.472],
        ]
    ),
)
