"""Seed 20000679: gradient."""

import numpy as np


def f(x, y, a, m):
    v3 = np.reshape(m, 6)[2:]
    v3[1] += a[3]
    return np.sum(m)


# np.float64(-3.6772297745795868) along a direction, differences say -3.3146589985541457
ARGS = (
    -0.497,
    -0.472,
    np.array([0.668, -0.18, 0.155, 0.79]),
    np.array(
        [
            [-0.472, 0.302, 0.521],
            [0.668, -0.96, -0.497],
        ]
    ),
)
