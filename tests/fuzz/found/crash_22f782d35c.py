"""Seed 10000018: crash."""

import numpy as np


def f(x, y, a, m):
    m.sort()
    return 0.5


# AttributeError: '_Hooks' object has no attribute 'attribute'
ARGS = (
    0.082,
    0.96,
    np.array([-0.399, -0.326, 0.302, -0.741]),
    np.array(
        [
            [0.058, -0.472, -0.985],
            [0.472, 0.107, 0.911],
        ]
    ),
)
