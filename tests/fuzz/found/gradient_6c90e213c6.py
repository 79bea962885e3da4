"""Seed 30000769: gradient."""

import numpy as np


def f(x, y, a, m):
    v2 = m.ravel()[:3]
    m[0] = 1
    return np.sum(v2)


# np.float64(-16.59757572064268) along a direction, differences say -15.214067531994182
ARGS = (
    0.985,
    -0.033,
    np.array([0.716, 0.936, 0.546, -0.863]),
    np.array(
        [
            [-0.424, 0.692, -0.643],
            [-0.058, -0.424, -0.472],
        ]
    ),
)
