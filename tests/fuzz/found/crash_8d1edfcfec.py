"""Seed 10000058: crash."""

import numpy as np


def f(x, y, a, m):
    for i1, w2 in enumerate(a):
        a[:] = 0.5
    return np.mean(a)


# RecursionError: maximum recursion depth exceeded
ARGS = (
    -0.814,
    -0.57,
    np.array([0.302, -0.985, 0.424, 0.936]),
    np.array(
        [
            [-0.302, 0.911, -0.18],
            [-0.716, 0.448, -0.107],
        ]
    ),
)
