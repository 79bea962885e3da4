"""Seed 20001436: gradient."""

import numpy as np


def f(x, y, a, m):
    x, x = (x, y)
    return x


# np.float64(-3.343780801150781) along a direction, differences say -3.634937752481424
ARGS = (
    -0.692,
    0.668,
    np.array([-0.375, -0.57, 0.741, -0.985]),
    np.array(
        [
            [-0.375, -0.155, 0.594],
            [-0.472, 0.96, 0.277],
        ]
    ),
)
