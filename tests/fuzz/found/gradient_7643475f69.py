"""Seed 30000986: gradient."""

import numpy as np


def f(x, y, a, m):
    v3 = m.ravel()[:4]
    v3[:] = 0.5
    return np.sum(m)


# np.float64(0.30156311455118057) along a direction, differences say 3.2600356698977557
ARGS = (
    -0.546,
    -0.765,
    np.array([-0.326, -0.911, 0.204, -0.302]),
    np.array(
        [
            [0.424, -0.936, 0.326],
            [0.668, 0.594, 0.936],
        ]
    ),
)
