"""Seed 10000484: gradient."""

import numpy as np


def f(x, y, a, m):
    v1 = m.ravel()[:3:2]
    m[:] = 0.5
    return np.sum(v1)


# np.float64(-15.618103010186784) along a direction, differences say -13.511458655281615
ARGS = (
    -0.155,
    0.619,
    np.array([0.619, -0.741, 0.375, 0.643]),
    np.array(
        [
            [-0.424, -0.033, -0.107],
            [0.619, 0.131, -0.277],
        ]
    ),
)
