"""Seed 20000837: gradient."""

import numpy as np


def f(x, y, a, m):
    v2 = m.ravel()[:3]
    v2 -= v2
    return np.sum(m)


# np.float64(-8.4103583861056) along a direction, differences say -10.0796814680765
ARGS = (
    -0.79,
    -0.863,
    np.array([0.814, -0.765, -0.716, -0.79]),
    np.array(
        [
            [0.643, -0.448, -0.448],
            [-0.546, 0.57, 0.692],
        ]
    ),
)
