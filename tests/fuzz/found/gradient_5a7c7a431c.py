"""Seed 30001136: gradient."""

import numpy as np


def f(x, y, a, m):
    v2 = np.reshape(m, 6)[:3]
    m[0] *= 0.5
    return np.sum(v2)


# np.float64(-13.380495077518049) along a direction, differences say -12.537971226558168
ARGS = (
    0.716,
    -0.692,
    np.array([-0.155, -0.35, -0.277, 0.131]),
    np.array(
        [
            [-0.107, -0.253, -0.814],
            [0.277, 0.619, -0.302],
        ]
    ),
)
