"""Sweeps along one axis: recursive filters, implicit advection, bodies that move."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Array, Kernel, random

__all__ = ["KERNELS"]


def deriche(image: Array, alpha: float) -> Any:
    """A recursive smoothing filter, over the columns and over the rows, each there and back."""
    e1, e2 = np.exp(-alpha), np.exp(-2.0 * alpha)
    k = (1.0 - e1) * (1.0 - e1) / (1.0 + alpha * e1 - e2)
    a1, a2 = k, k * e1 * (alpha - 1.0)
    a3, a4 = k * e1 * (alpha + 1.0), -k * e2
    b1, b2 = 2.0**-alpha, -e2
    w, h = image.shape
    y1 = np.zeros_like(image)
    y2 = np.zeros_like(image)
    y1[:, 0] = a1 * image[:, 0]
    y1[:, 1] = a1 * image[:, 1] + a2 * image[:, 0] + b1 * y1[:, 0]
    for j in range(2, h):
        y1[:, j] = a1 * image[:, j] + a2 * image[:, j - 1] + b1 * y1[:, j - 1] + b2 * y1[:, j - 2]
    y2[:, -2] = a3 * image[:, -1]
    for j in range(h - 3, -1, -1):
        y2[:, j] = a3 * image[:, j + 1] + a4 * image[:, j + 2] + b1 * y2[:, j + 1] + b2 * y2[:, j + 2]
    middle = y1 + y2
    z1 = np.zeros_like(image)
    z2 = np.zeros_like(image)
    z1[0, :] = a1 * middle[0, :]
    z1[1, :] = a1 * middle[1, :] + a2 * middle[0, :] + b1 * z1[0, :]
    for i in range(2, w):
        z1[i, :] = a1 * middle[i, :] + a2 * middle[i - 1, :] + b1 * z1[i - 1, :] + b2 * z1[i - 2, :]
    z2[-2, :] = a3 * middle[-1, :]
    for i in range(w - 3, -1, -1):
        z2[i, :] = a3 * middle[i + 1, :] + a4 * middle[i + 2, :] + b1 * z2[i + 1, :] + b2 * z2[i + 2, :]
    result = z1 + z2
    return np.sum(result * result)


def vertical_advection(u_stage: Array, w_con: Array, u_pos: Array, u_tens: Array) -> Any:
    """Implicit vertical advection of a weather model: a tridiagonal solve in each column of air."""
    levels = u_stage.shape[2]
    rate = 3.0 / 20.0
    c = np.zeros_like(u_stage)
    d = np.zeros_like(u_stage)
    g = 0.25 * (w_con[1:, :, 1] + w_con[:-1, :, 1])
    first = 0.9 * g
    diagonal = rate - first
    correction = -0.1 * g * (u_stage[:, :, 1] - u_stage[:, :, 0])
    c[:, :, 0] = first / diagonal
    d[:, :, 0] = (rate * u_pos[:, :, 0] + u_tens[:, :, 0] + correction) / diagonal
    for k in range(1, levels - 1):
        below = -0.25 * (w_con[1:, :, k] + w_con[:-1, :, k])
        above = 0.25 * (w_con[1:, :, k + 1] + w_con[:-1, :, k + 1])
        lower, upper = 0.9 * below, 0.9 * above
        diagonal = rate - lower - upper
        correction = -0.1 * below * (u_stage[:, :, k - 1] - u_stage[:, :, k]) - 0.1 * above * (
            u_stage[:, :, k + 1] - u_stage[:, :, k]
        )
        right = rate * u_pos[:, :, k] + u_tens[:, :, k] + correction
        scale = 1.0 / (diagonal - c[:, :, k - 1] * lower)
        c[:, :, k] = upper * scale
        d[:, :, k] = (right - d[:, :, k - 1] * lower) * scale
    below = -0.25 * (w_con[1:, :, levels - 1] + w_con[:-1, :, levels - 1])
    lower = 0.9 * below
    diagonal = rate - lower
    correction = -0.1 * below * (u_stage[:, :, levels - 2] - u_stage[:, :, levels - 1])
    right = rate * u_pos[:, :, levels - 1] + u_tens[:, :, levels - 1] + correction
    result = np.zeros_like(u_stage)
    value = (right - d[:, :, levels - 2] * lower) / (diagonal - c[:, :, levels - 2] * lower)
    result[:, :, levels - 1] = rate * (value - u_pos[:, :, levels - 1])
    for k in range(levels - 2, -1, -1):
        value = d[:, :, k] - c[:, :, k] * value
        result[:, :, k] = rate * (value - u_pos[:, :, k])
    return np.sum(result * result)


def accelerations(position: Array, mass: Array) -> Any:
    """What each body does to each other one, softened."""
    separation = position[None, :, :] - position[:, None, :]
    inverse = (np.sum(separation * separation, axis=2) + 0.01) ** -1.5
    return np.sum(separation * (inverse * mass)[:, :, None], axis=1)


def nbody(position: Array, velocity: Array, mass: Array, steps: int) -> Any:
    """Bodies under gravity: leapfrog steps, and the kinetic energy along the way."""
    position, velocity = position.copy(), velocity.copy()
    energy = np.zeros(steps)
    acceleration = accelerations(position, mass)
    for k in range(steps):
        velocity += 0.005 * acceleration
        position += 0.01 * velocity
        acceleration = accelerations(position, mass)
        velocity += 0.005 * acceleration
        energy[k] = 0.5 * np.sum(mass[:, None] * velocity * velocity)
    return np.sum(energy)


def _air(n: int) -> tuple[Any, ...]:
    levels = 40
    return (
        random(n, n, levels),
        random(n + 1, n, levels, seed=1),
        random(n, n, levels, seed=2),
        random(n, n, levels, seed=3),
    )


def _bodies(n: int) -> tuple[Any, ...]:
    return random(n, 3), random(n, 3, seed=1, low=-1.0), random(n, seed=2, low=0.5) / n, 20


KERNELS = (
    Kernel(deriche, lambda n: (random(n, n), 0.25), 200, 12),
    Kernel(vertical_advection, _air, 48, 6, wrt=(0, 1, 2, 3)),
    Kernel(nbody, _bodies, 60, 8, wrt=(0, 1, 2)),
)
