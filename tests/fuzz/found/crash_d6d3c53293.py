"""Seed 80001382: crash."""

import numpy as np


def f(a):
    c = a
    a[:] = 1.3
    c[[1, 3, 2, 1]] *= np.arctan(c)
    return 0.5


# RecursionError: maximum recursion depth exceeded in __instancecheck__
ARGS = (np.array([-0.7, 0.2, 0.1, 0.5]),)
