"""Gradients written by hand as scalar loops for Numba, one for each kernel of the same name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from benchmarks.kernels.kernel import Array

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function as machine code."""
    made: F = numba.njit(error_model="numpy")(function)
    return made


@compiled
def logistic(rate: float, steps: int) -> Any:
    x, states = 0.1, np.empty(steps)
    for k in range(steps):
        states[k] = x
        x = x + 1e-4 * rate * x * (1.0 - x)
    x_bar, rate_bar = 1.0, 0.0
    for k in range(steps - 1, -1, -1):
        x = states[k]
        rate_bar += x_bar * 1e-4 * x * (1.0 - x)
        x_bar += x_bar * 1e-4 * rate * (1.0 - 2.0 * x)
    return (rate_bar,)


@compiled
def pendulum(length: float, steps: int) -> Any:
    angle, speed = 1.0, 0.0
    sines, cosines = np.empty(steps), np.empty(steps)
    factor = 1e-3 * 9.81 / length
    for k in range(steps):
        sines[k], cosines[k] = math.sin(angle), math.cos(angle)
        speed = speed - factor * sines[k]
        angle = angle + 1e-3 * speed
    angle_bar, speed_bar, length_bar = 1.0, 0.0, 0.0
    for k in range(steps - 1, -1, -1):
        speed_bar += 1e-3 * angle_bar
        length_bar += speed_bar * factor / length * sines[k]
        angle_bar -= speed_bar * factor * cosines[k]
    return (length_bar,)


@compiled
def heat_1d(start: Array, steps: int) -> Any:
    n = start.size
    states = np.empty((steps + 1, n))
    states[0] = start
    for k in range(steps):
        u, new = states[k], states[k + 1]
        before = (1.0 + u[1] * u[0]) * (u[1] - u[0])
        new[0], new[n - 1] = u[0], u[n - 1]
        for i in range(1, n - 1):
            flux = (1.0 + u[i + 1] * u[i]) * (u[i + 1] - u[i])
            new[i] = u[i] + 0.1 * (flux - before)
            before = flux
    u_bar = 2.0 * states[steps]
    for k in range(steps - 1, -1, -1):
        u = states[k]
        left = 0.0
        for i in range(n - 1):
            right = u_bar[i + 1] if i + 1 < n - 1 else 0.0
            flux_bar = 0.1 * (left - right)
            left = right
            steep, flat = flux_bar * (u[i + 1] - u[i]), flux_bar * (1.0 + u[i + 1] * u[i])
            u_bar[i + 1] += steep * u[i] + flat
            u_bar[i] += steep * u[i + 1] - flat
    return (u_bar,)


@compiled
def trisolv(low: Array, b: Array) -> Any:
    n = b.shape[0]
    x = np.zeros_like(b)
    for i in range(n):
        total = b[i]
        for j in range(i):
            total -= low[i, j] * x[j]
        x[i] = total / low[i, i]
    x_bar = 2.0 * x
    low_bar, b_bar = np.zeros_like(low), np.zeros_like(b)
    for i in range(n - 1, -1, -1):
        t = x_bar[i] / low[i, i]
        b_bar[i] = t
        for j in range(i):
            low_bar[i, j] = -t * x[j]
            x_bar[j] -= t * low[i, j]
        low_bar[i, i] = -t * x[i]
    return low_bar, b_bar


@compiled
def cholesky(matrix: Array) -> Any:
    a = matrix.copy()
    n = a.shape[0]
    for i in range(n):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            a[i, j] = math.sqrt(total) if i == j else total / a[j, j]
    a_bar = np.zeros_like(a)
    for i in range(n):
        for j in range(i + 1):
            a_bar[i, j] = 1.0
    for i in range(n - 1, -1, -1):
        for j in range(i, -1, -1):
            if i == j:
                t = 0.5 * a_bar[i, i] / a[i, i]
            else:
                t = a_bar[i, j] / a[j, j]
                a_bar[j, j] -= t * a[i, j]
            a_bar[i, j] = t
            for k in range(j):
                a_bar[i, k] -= t * a[j, k]
                a_bar[j, k] -= t * a[i, k]
    return (a_bar,)
