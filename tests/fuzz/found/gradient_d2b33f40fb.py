"""Seed 10000435: gradient."""

import numpy as np


def f(x, y, a, m):
    y, y = (y, y)
    return y


# np.float64(-1.843710309237339) along a direction, differences say -1.933186363223312
ARGS = (
    0.741,
    -0.594,
    np.array([-0.96, 0.643, 0.131, -0.619]),
    np.array(
        [
            [-0.155, -0.521, 0.936],
            [0.619, -0.448, -0.838],
        ]
    ),
)
