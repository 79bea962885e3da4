"""Seed 20001476: gradient."""

import numpy as np


def f(x, y, a, m):
    x, x = (x, x)
    return x


# np.float64(-5.992237398381907) along a direction, differences say -6.283394349712043
ARGS = (
    -0.058,
    -0.96,
    np.array([0.424, 0.814, 0.229, -0.448]),
    np.array(
        [
            [0.399, 0.448, 0.668],
            [-0.472, 0.936, 0.57],
        ]
    ),
)
