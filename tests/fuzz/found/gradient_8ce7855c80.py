"""Seed 20001098: gradient."""

import numpy as np


def h0(r, q):
    r[1] += q
    return 0


def f(x, y, a):
    for w2 in a:
        v1 = a
        u = h0(v1, w2)
    y = h0(a, 2)
    a *= 0.5 + y
    return np.sum(a)


# np.float64(0.00679664994940392) along a direction, differences say -0.5031126288814682
ARGS = (
    0.253,
    0.058,
    np.array([-0.96, -0.838, 0.692, 0.887]),
)
