"""Decorated functions in a module, so that they can be pickled and shown by name."""

import numpy as np

import srcgrad

FACTOR = 2.0


def cube(x: float) -> float:
    """Third power of x."""
    return x * x * x


@srcgrad.grad
def slope(x: float, k: int = 2) -> float:
    """Slope of a power."""
    return x**k * FACTOR


@srcgrad.value_and_grad(argnums=("x", "y"))
def both(x: float, y: float = 1.0) -> float:
    """Value and slopes."""
    return x * y


def loop(a):
    y = np.zeros(3)
    for i in range(3):
        y[i] = a[i] * a[i - 1]
    return np.sum(y)


cube_slope = srcgrad.grad(cube)
