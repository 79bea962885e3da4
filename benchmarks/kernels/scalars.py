"""Numbers in loops: data-dependent ends, differential equations, recursion, vectors of three."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Array, Kernel, random

__all__ = ["KERNELS"]


def logistic(rate: float, steps: int) -> float:
    """A logistic growth curve, stepped with arithmetic only."""
    x = 0.1
    n = 0
    while n < steps:
        x = x + 1e-4 * rate * x * (1.0 - x)
        n += 1
    return x


def pendulum(length: float, steps: int) -> float:
    """A pendulum, stepped with one sine a step."""
    angle, speed, n = 1.0, 0.0, 0
    while n < steps:
        speed = speed - 1e-3 * 9.81 / length * math.sin(angle)
        angle = angle + 1e-3 * speed
        n += 1
    return angle


def newton(a: float, steps: int) -> float:
    """Square roots by Newton iteration: a short inner `while` with a tolerance, many times over."""
    total = 0.0
    done = 0
    while done < steps:
        x = a
        while abs(x * x - a) > 1e-9:
            x = 0.5 * (x + a / x)
            done += 1
        total += x
        done += 1
    return total


def predator(prey: float, hunter: float, a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """How fast the prey and those who hunt it become more or fewer."""
    return a * prey - b * prey * hunter, d * prey * hunter - c * hunter


def lotka_volterra(a: float, b: float, c: float, d: float, steps: int) -> float:
    """Prey and predators by the classical Runge-Kutta method."""
    x, y = 10.0, 5.0
    h = 1e-3
    for _ in range(steps):
        k1, l1 = predator(x, y, a, b, c, d)
        k2, l2 = predator(x + 0.5 * h * k1, y + 0.5 * h * l1, a, b, c, d)
        k3, l3 = predator(x + 0.5 * h * k2, y + 0.5 * h * l2, a, b, c, d)
        k4, l4 = predator(x + h * k3, y + h * l3, a, b, c, d)
        x += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        y += h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
    return x * y


def small_vectors(x: Array, steps: int) -> Any:
    """Many operations on vectors of three: what the bookkeeping costs."""
    y = x
    for _ in range(steps):
        y = y + 0.01 * (np.sin(y) - 0.5 * y)
    return np.sum(y)


def simpson(a: float, low: float, high: float, depth: int) -> float:
    """An integral of ``exp(-a t) sin(3 a t)`` by halving the interval, over and over."""
    middle = 0.5 * (low + high)
    if depth == 0:
        f_low = math.exp(-a * low) * math.sin(3.0 * a * low)
        f_middle = math.exp(-a * middle) * math.sin(3.0 * a * middle)
        f_high = math.exp(-a * high) * math.sin(3.0 * a * high)
        return (high - low) / 6.0 * (f_low + 4.0 * f_middle + f_high)
    return simpson(a, low, middle, depth - 1) + simpson(a, middle, high, depth - 1)


def recursion(a: float, depth: int) -> float:
    """A function that calls itself twice."""
    return simpson(a, 0.0, 2.0, depth)


KERNELS = (
    Kernel(logistic, lambda n: (1.7, n), 10_000, 2_000, steps=lambda n: n),
    Kernel(pendulum, lambda n: (1.3, n), 10_000, 2_000, steps=lambda n: n),
    Kernel(newton, lambda n: (7.3, n), 10_000, 2_000, steps=lambda n: n),
    Kernel(
        lotka_volterra,
        lambda n: (1.1, 0.4, 0.4, 0.1, n),
        5_000,
        100,
        wrt=(0, 1, 2, 3),
        steps=lambda n: n,
    ),
    Kernel(small_vectors, lambda n: (random(3), n), 3_000, 100, steps=lambda n: n),
    Kernel(recursion, lambda n: (0.7, n), 12, 5, steps=lambda n: 2**n),
)
