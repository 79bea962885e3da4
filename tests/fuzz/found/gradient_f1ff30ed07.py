"""Seed 10000284: gradient."""

import numpy as np


def f(x, y, a, m):
    v2 = m.ravel()[1:4]
    v2[0.5 > -0.587] += v2
    return np.sum(m)


# np.float64(-6.796753466806503) along a direction, differences say -7.739233483161271
ARGS = (
    -0.326,
    0.302,
    np.array([0.546, -0.546, -0.814, 0.253]),
    np.array(
        [
            [-0.497, 0.936, -0.546],
            [-0.058, 0.936, -0.643],
        ]
    ),
)
