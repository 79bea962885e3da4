"""Programs that fail in one place or another, for the tools that show where."""

import math

import numpy as np

import srcgrad


def reciprocal(u):
    v = u - 1.0
    return 1.0 / v  # fails for u = 1


def through_a_callee(x):
    y = x * x
    return reciprocal(y) + math.log(x)


def root(x):
    y = x * x
    return math.sqrt(y)  # its derivative fails for x = 0


def by_value(x):
    total = 0.0
    for function in (math.sqrt, math.exp):
        total += function(x)
    return total / (x - 1.0)  # fails for x = 1


def array_root(a):
    b = a * 2.0
    return np.sum(np.sqrt(b))  # infinite derivative for a = 0


def looped(x):
    y = x
    for _ in range(3):
        y = y * x + 1.0
    return y


looped_slope = srcgrad.grad(looped)
by_value_slope = srcgrad.grad(by_value)


@srcgrad.value_and_grad(argnums=("x", "k"))
def decorated(x, k=2.0):
    return np.sin(x) ** k
