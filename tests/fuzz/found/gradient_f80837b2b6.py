"""Seed 10000288: gradient."""

import numpy as np


def f(x, y, a):
    x, x = (x, x)
    return x


# np.float64(1.581968208554053) along a direction, differences say -0.31886378289748096
ARGS = (
    -0.6675609756097561,
    0.9846341463414634,
    np.array([-0.6919512195121952, -0.8382926829268292, -0.05780487804878049, 0.9846341463414634]),
)
