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
    0.2529268292682927,
    0.05780487804878049,
    np.array([-0.9602439024390244, -0.8382926829268292, 0.6919512195121952, 0.8870731707317072]),
)
