"""Seed 20000421: gradient."""

import numpy as np


def f(x, y, a):
    x, x = (x, np.mean(a))
    return x


# np.float64(-1.6005780215394438) along a direction, differences say -2.0229851307504116
ARGS = (
    0.033414634146341465,
    -0.545609756097561,
    np.array([0.7651219512195122, -0.8626829268292683, -0.05780487804878049, 0.033414634146341465]),
)
