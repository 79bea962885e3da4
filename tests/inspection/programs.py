"""Programs to look into."""

from __future__ import annotations

import struct

import numpy as np


def root(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def heat(start, steps, rate=0.2):
    print("starting", end="")
    u = start.copy()
    for _ in range(steps):
        u[1:-1] += rate * (
            u[2:] - 2.0 * u[1:-1] + u[:-2]  # the second difference
        )
    return np.sum(u**2)


def growth(x):
    return np.exp(0.5 * x)


def calls(x, n):
    total = 0.0
    for k in range(n):
        total = total + growth(x) * k
        label = f"step {k}"
    if n > 100:
        total = 2.0 * total
    return total


def recorded(x):
    made = {}
    made["square"] = x * x
    return made["square"] + 1.0


def generator(x):
    yield x


def unknown(x):
    return struct.unpack("d", struct.pack("d", x))[0] ** 2


def aliases(x):
    y = x.copy()
    view = y[1:3]
    view *= 2.0
    return np.sum(y * y)
