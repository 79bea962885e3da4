"""Seed 80001064: crash."""

import numpy as np


def f(a):
    if 0.5:
        b = a
    b = np.array(0.5)
    k1 = 0
    while k1:
        b += a
    return b * 3


# UnboundLocalError: cannot access local variable 'b' where it is not associated with a value
ARGS = (np.array([0.4, -0.6, 0.8, -0.1]),)
