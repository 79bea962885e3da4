"""Gradients written by hand in NumPy, one for each kernel of the same name; they return what ``wrt`` asks for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Array

Gradients = tuple[Any, ...]


def logistic(rate: float, steps: int) -> Gradients:
    x, states = 0.1, []
    for _ in range(steps):
        states.append(x)
        x = x + 1e-4 * rate * x * (1.0 - x)
    x_bar, rate_bar = 1.0, 0.0
    for x in reversed(states):
        rate_bar += x_bar * 1e-4 * x * (1.0 - x)
        x_bar += x_bar * 1e-4 * rate * (1.0 - 2.0 * x)
    return (rate_bar,)


def pendulum(length: float, steps: int) -> Gradients:
    angle, speed, angles = 1.0, 0.0, []
    for _ in range(steps):
        angles.append(angle)
        speed = speed - 1e-3 * 9.81 / length * math.sin(angle)
        angle = angle + 1e-3 * speed
    angle_bar, speed_bar, length_bar = 1.0, 0.0, 0.0
    factor = 1e-3 * 9.81 / length
    for angle in reversed(angles):
        speed_bar += 1e-3 * angle_bar
        length_bar += speed_bar * factor / length * math.sin(angle)
        angle_bar -= speed_bar * factor * math.cos(angle)
    return (length_bar,)


def jacobi_1d(start: Array, steps: int) -> Gradients:
    a_bar, b_bar = np.ones_like(start), np.zeros_like(start)
    for _ in range(steps):
        for source, target in ((b_bar, a_bar), (a_bar, b_bar)):
            t = 0.33333 * target[1:-1]
            target[1:-1] = 0.0
            source[:-2] += t
            source[1:-1] += t
            source[2:] += t
    return (a_bar + b_bar,)


def heat_1d(start: Array, steps: int) -> Gradients:
    u = start.copy()
    states = np.empty((steps, u.size))
    for k in range(steps):
        states[k] = u
        flux = (1.0 + u[1:] * u[:-1]) * (u[1:] - u[:-1])
        u[1:-1] += 0.1 * (flux[1:] - flux[:-1])
    u_bar = 2.0 * u
    flux_bar = np.empty(u.size - 1)
    for k in range(steps - 1, -1, -1):
        right, left = states[k, 1:], states[k, :-1]
        t = 0.1 * u_bar[1:-1]
        flux_bar[0] = 0.0
        flux_bar[1:] = t
        flux_bar[:-1] -= t
        steep = flux_bar * (right - left)
        flat = flux_bar * (1.0 + right * left)
        u_bar[1:] += steep * left + flat
        u_bar[:-1] += steep * right - flat
    return (u_bar,)


def seidel_2d(start: Array, steps: int) -> Gradients:
    a = start.copy()
    n = a.shape[0]
    for _ in range(steps):
        for i in range(1, n - 1):
            a[i, 1:-1] += a[i - 1, :-2] + a[i - 1, 1:-1] + a[i - 1, 2:] + a[i, 2:]
            a[i, 1:-1] += a[i + 1, :-2] + a[i + 1, 1:-1] + a[i + 1, 2:]
            for j in range(1, n - 1):
                a[i, j] = (a[i, j] + a[i, j - 1]) / 9.0
    a_bar = 2.0 * a
    for _ in range(steps):
        for i in range(n - 2, 0, -1):
            row = a_bar[i]
            for j in range(n - 2, 0, -1):
                row[j] /= 9.0
                row[j - 1] += row[j]
            t = row[1:-1].copy()
            for other in (a_bar[i - 1], a_bar[i + 1]):
                other[:-2] += t
                other[1:-1] += t
                other[2:] += t
            row[2:] += t
    return (a_bar,)


def gemm(alpha: float, beta: float, c: Array, a: Array, b: Array) -> Gradients:
    t = 2.0 * (alpha * a @ b + beta * c)
    return beta * t, alpha * t @ b.T, alpha * a.T @ t


def atax(a: Array, x: Array) -> Gradients:
    ones = np.ones(a.shape[1])
    t = a @ ones
    a_bar = np.outer(t, x)
    a_bar += np.outer(a @ x, ones)
    return a_bar, a.T @ t


def trisolv(low: Array, b: Array) -> Gradients:
    n = b.shape[0]
    x = np.zeros_like(b)
    for i in range(n):
        x[i] = (b[i] - low[i, :i] @ x[:i]) / low[i, i]
    x_bar = 2.0 * x
    low_bar, b_bar = np.zeros_like(low), np.zeros_like(b)
    for i in range(n - 1, -1, -1):
        t = x_bar[i] / low[i, i]
        b_bar[i] = t
        low_bar[i, :i] = -t * x[:i]
        x_bar[:i] -= t * low[i, :i]
        low_bar[i, i] = -t * x[i]
    return low_bar, b_bar


def cholesky(matrix: Array) -> Gradients:
    a = matrix.copy()
    n = a.shape[0]
    a[0, 0] = np.sqrt(a[0, 0])
    for i in range(1, n):
        for j in range(i):
            a[i, j] = (a[i, j] - a[i, :j] @ a[j, :j]) / a[j, j]
        a[i, i] = np.sqrt(a[i, i] - a[i, :i] @ a[i, :i])
    a_bar = np.tril(np.ones_like(a))
    for i in range(n - 1, -1, -1):
        t = a_bar[i, i] = 0.5 * a_bar[i, i] / a[i, i]
        a_bar[i, :i] -= 2.0 * t * a[i, :i]
        for j in range(i - 1, -1, -1):
            t = a_bar[i, j] / a[j, j]
            a_bar[i, j] = t
            a_bar[j, j] -= t * a[i, j]
            a_bar[i, :j] -= t * a[j, :j]
            a_bar[j, :j] -= t * a[i, :j]
    return (a_bar,)


def floyd_warshall(distance: Array) -> Gradients:
    path = distance.copy()
    n = path.shape[0]
    shorter = []
    for k in range(n):
        through = path[:, k, None] + path[k, :]
        shorter.append((through < path) + 0.5 * (through == path))
        path[:] = np.minimum(path, through)
    path_bar = np.ones_like(path)
    for k in range(n - 1, -1, -1):
        t = path_bar * shorter[k]
        path_bar -= t
        path_bar[:, k] += t.sum(axis=1)
        path_bar[k, :] += t.sum(axis=0)
    return (path_bar,)


def covariance(data: Array) -> Gradients:
    n, m = data.shape
    centred = data - np.mean(data, axis=0)
    bar = np.zeros_like(centred)
    for i in range(m):
        row = centred[:, i] @ centred[:, i:] / (n - 1.0)
        t = 4.0 * row / (n - 1.0)
        t[0] *= 0.5
        bar[:, i] += centred[:, i:] @ t
        bar[:, i:] += centred[:, i, None] * t
    return (bar - np.mean(bar, axis=0),)


def formula(x: Array) -> Gradients:
    e, s = np.exp(-x * x), np.sin(x)
    below = 1.0 + x * x
    y = s * e
    y_bar = 1.0 / below
    return (y_bar * (np.cos(x) * e - 2.0 * x * y) - 2.0 * x * y * y_bar * y_bar,)


def tied_layers(weights: Array, inputs: Array, targets: Array) -> Gradients:
    values = [inputs]
    for _ in range(3):
        values.append(np.tanh(values[-1] @ weights))
    bar = 2.0 / targets.size * (values[-1] - targets)
    weights_bar = np.zeros_like(weights)
    for k in (2, 1, 0):
        t = bar * (1.0 - values[k + 1] ** 2)
        weights_bar += values[k].T @ t
        bar = t @ weights.T
    return (weights_bar,)


def conv2d(filters: Array, bias: Array, images: Array) -> Gradients:
    k = filters.shape[0]
    n, h, w, _ = images.shape
    output = np.zeros((n, h - k + 1, w - k + 1, filters.shape[3]))
    for i in range(h - k + 1):
        for j in range(w - k + 1):
            window = images[:, i : i + k, j : j + k, :, None]
            output[:, i, j, :] = np.sum(window * filters, axis=(1, 2, 3))
    t = (output + bias > 0.0).astype(float)
    filters_bar, images_bar = np.zeros_like(filters), np.zeros_like(images)
    for i in range(h - k + 1):
        for j in range(w - k + 1):
            g = t[:, i, j, :]
            filters_bar += np.tensordot(images[:, i : i + k, j : j + k, :], g, (0, 0))
            images_bar[:, i : i + k, j : j + k, :] += np.tensordot(g, filters, (1, 3))
    return filters_bar, t.sum(axis=(0, 1, 2)), images_bar
