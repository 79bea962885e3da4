"""Seed 30000877: gradient."""

import numpy as np


def f(x, y, a, m):
    v1 = m.ravel()[4:]
    m *= 0.5
    return np.sum(v1)


# np.float64(-3.683403895513583) along a direction, differences say -2.318076148116524
ARGS = (
    -0.399,
    -0.424,
    np.array([0.692, -0.57, 0.424, -0.107]),
    np.array(
        [
            [0.887, -0.033, -0.814],
            [0.985, -0.229, -0.692],
        ]
    ),
)
