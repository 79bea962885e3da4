"""Seed 30000950: gradient."""

import numpy as np


def f(x, y, a, m):
    v2 = np.reshape(m, 6)[:5:2]
    for i4, w5 in enumerate(m):
        w5[1] *= 0.5
    return np.sum(v2)


# np.float64(-0.6877089481474241) along a direction, differences say 0.13125236252756797
ARGS = (
    -0.399,
    0.058,
    np.array([-0.497, -0.35, 0.375, -0.643]),
    np.array(
        [
            [0.375, -0.424, -0.497],
            [-0.741, 0.741, 0.814],
        ]
    ),
)
