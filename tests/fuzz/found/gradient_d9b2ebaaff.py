"""Seed 20000486: gradient."""

import numpy as np


def f(x, y, a, m):
    v3 = m
    v2 = m.ravel()[1:4]
    v2[2] -= np.mean(v3)
    return np.sum(m)


# np.float64(-11.968828915825199) along a direction, differences say -11.180788316134858
ARGS = (
    -0.204,
    -0.741,
    np.array([0.765, 0.936, -0.911, 0.96]),
    np.array(
        [
            [-0.911, -0.716, 0.497],
            [-0.35, -0.18, 0.497],
        ]
    ),
)
