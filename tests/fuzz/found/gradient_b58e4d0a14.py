"""Seed 20001165: gradient."""

import numpy as np


def f(x, y, a, m):
    while True:
        y, y = (y, 1)
        break
    return y


# np.float64(-3.471520608391783) along a direction, differences say -4.43446751627999
ARGS = (
    0.643,
    -0.131,
    np.array([-0.911, 0.448, -0.253, 0.448]),
    np.array(
        [
            [-0.814, 0.838, 0.424],
            [0.497, 0.155, 0.594],
        ]
    ),
)
