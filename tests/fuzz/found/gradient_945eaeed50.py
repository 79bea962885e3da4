"""Seed 20000260: gradient."""

import numpy as np


def f(x, y, a, m):
    v1 = m.ravel()[:2]
    v1[1] = 0.5
    return np.sum(m)


# np.float64(-7.503071852621048) along a direction, differences say -6.560007787421821
ARGS = (
    0.155,
    -0.838,
    np.array([0.35, 0.521, -0.765, 0.424]),
    np.array(
        [
            [-0.521, -0.033, 0.375],
            [-0.57, -0.131, -0.424],
        ]
    ),
)
