"""Seed 30000660: gradient."""

import numpy as np


def f(x, y, a):
    c = a
    a, c = (c, a)
    for i3, w4 in enumerate(c):
        c[3] += w4
    return np.sum(a)


# np.float64(15.399610580617557) along a direction, differences say 4.304114568412404
ARGS = (
    -0.546,
    0.18,
    np.array([-0.375, 0.35, 0.424, -0.814]),
)
