"""Seed 20000060: gradient."""

import numpy as np


def f(x, y, a, m):
    x, x = (x, m[-2, 0])
    return x


# np.float64(-3.202259976579622) along a direction, differences say -2.850512292071568
ARGS = (
    -0.936,
    0.399,
    np.array([-0.765, 0.863, -0.741, -0.57]),
    np.array(
        [
            [-0.521, -0.985, 0.814],
            [0.18, -0.692, 0.741],
        ]
    ),
)
