"""Stencils: grids that are updated from their neighbours, in place, step after step."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Array, Kernel, random

__all__ = ["KERNELS"]


def jacobi_1d(start: Array, steps: int) -> Any:
    """Averages of three neighbours, from one array to the other and back."""
    a = start.copy()
    b = start.copy()
    for _ in range(steps):
        b[1:-1] = 0.33333 * (a[:-2] + a[1:-1] + a[2:])
        a[1:-1] = 0.33333 * (b[:-2] + b[1:-1] + b[2:])
    return np.sum(a)


def jacobi_2d(start: Array, steps: int) -> Any:
    """Averages of five neighbours, from one array to the other and back."""
    a = start.copy()
    b = start.copy()
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        a[1:-1, 1:-1] = 0.2 * (b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1])
    return np.sum(a)


def seidel_2d(start: Array, steps: int) -> Any:
    """Averages of nine neighbours, of which four are new already."""
    a = start.copy()
    n = a.shape[0]
    for _ in range(steps):
        for i in range(1, n - 1):
            a[i, 1:-1] += a[i - 1, :-2] + a[i - 1, 1:-1] + a[i - 1, 2:] + a[i, 2:]
            a[i, 1:-1] += a[i + 1, :-2] + a[i + 1, 1:-1] + a[i + 1, 2:]
            for j in range(1, n - 1):
                a[i, j] = (a[i, j] + a[i, j - 1]) / 9.0
    return np.sum(a * a)


def heat_1d(start: Array, steps: int) -> Any:
    """A nonlinear heat equation on a rod, written into the array as it goes."""
    u = start.copy()
    for _ in range(steps):
        flux = (1.0 + u[1:] * u[:-1]) * (u[1:] - u[:-1])
        u[1:-1] += 0.1 * (flux[1:] - flux[:-1])
    return np.sum(u * u)


def heat_3d(start: Array, steps: int) -> Any:
    """Heat in a cube, from one array to the other and back."""
    a = start.copy()
    b = start.copy()
    for _ in range(steps):
        b[1:-1, 1:-1, 1:-1] = (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, 1:-1, :-2])
            + a[1:-1, 1:-1, 1:-1]
        )
        a[1:-1, 1:-1, 1:-1] = (
            0.125 * (b[2:, 1:-1, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[:-2, 1:-1, 1:-1])
            + 0.125 * (b[1:-1, 2:, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, :-2, 1:-1])
            + 0.125 * (b[1:-1, 1:-1, 2:] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, 1:-1, :-2])
            + b[1:-1, 1:-1, 1:-1]
        )
    return np.sum(a)


def fdtd_2d(ex: Array, ey: Array, hz: Array, source: Array) -> Any:
    """Electric and magnetic fields in turn, driven from one side."""
    ex, ey, hz = ex.copy(), ey.copy(), hz.copy()
    for t in range(source.shape[0]):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz * hz)


def adi(start: Array, steps: int) -> Any:
    """Alternating directions: an implicit step along the columns, then one along the rows."""
    u = start.copy()
    n = u.shape[0]
    v = np.zeros_like(u)
    p = np.zeros_like(u)
    q = np.zeros_like(u)
    dx, dt = 1.0 / n, 1.0 / steps
    mul_1, mul_2 = 2.0 * dt / (dx * dx), dt / (dx * dx)
    a, b = -mul_1 / 2.0, 1.0 + mul_1
    d, e = -mul_2 / 2.0, 1.0 + mul_2
    for _ in range(steps):
        v[0, 1:-1] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = v[0, 1:-1]
        for j in range(1, n - 1):
            p[1:-1, j] = -a / (a * p[1:-1, j - 1] + b)
            q[1:-1, j] = (
                -d * u[j, :-2] + (1.0 + 2.0 * d) * u[j, 1:-1] - d * u[j, 2:] - a * q[1:-1, j - 1]
            ) / (a * p[1:-1, j - 1] + b)
        v[-1, 1:-1] = 1.0
        for j in range(n - 2, 0, -1):
            v[j, 1:-1] = p[1:-1, j] * v[j + 1, 1:-1] + q[1:-1, j]
        u[1:-1, 0] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = u[1:-1, 0]
        for j in range(1, n - 1):
            p[1:-1, j] = -d / (d * p[1:-1, j - 1] + e)
            q[1:-1, j] = (
                -a * v[:-2, j] + (1.0 + 2.0 * a) * v[1:-1, j] - a * v[2:, j] - d * q[1:-1, j - 1]
            ) / (d * p[1:-1, j - 1] + e)
        u[1:-1, -1] = 1.0
        for j in range(n - 2, 0, -1):
            u[1:-1, j] = p[1:-1, j] * u[1:-1, j + 1] + q[1:-1, j]
    return np.sum(u * u)


def horizontal_diffusion(field: Array, coeff: Array) -> Any:
    """Fourth-order diffusion of a weather model, with limited fluxes."""
    lap = 4.0 * field[1:-1, 1:-1, :] - (
        field[2:, 1:-1, :] + field[:-2, 1:-1, :] + field[1:-1, 2:, :] + field[1:-1, :-2, :]
    )
    along = lap[1:, 1:-1, :] - lap[:-1, 1:-1, :]
    flux_x = np.where(along * (field[2:-1, 2:-2, :] - field[1:-2, 2:-2, :]) > 0.0, 0.0, along)
    across = lap[1:-1, 1:, :] - lap[1:-1, :-1, :]
    flux_y = np.where(across * (field[2:-2, 2:-1, :] - field[2:-2, 1:-2, :]) > 0.0, 0.0, across)
    out = field[2:-2, 2:-2, :] - coeff * (
        flux_x[1:, :, :] - flux_x[:-1, :, :] + flux_y[:, 1:, :] - flux_y[:, :-1, :]
    )
    return np.sum(out * out)


def _fields(n: int) -> tuple[Any, ...]:
    return random(n, n + 20), random(n, n + 20, seed=1), random(n, n + 20, seed=2), np.arange(20.0)


KERNELS = (
    Kernel(jacobi_1d, lambda n: (random(n), 100), 10_000, 100),
    Kernel(jacobi_2d, lambda n: (random(n, n), 20), 150, 20),
    Kernel(seidel_2d, lambda n: (random(n, n), 4), 60, 10),
    Kernel(heat_1d, lambda n: (random(n), 100), 10_000, 100),
    Kernel(heat_3d, lambda n: (random(n, n, n), 10), 30, 8),
    Kernel(fdtd_2d, _fields, 150, 16, wrt=(0, 1, 2, 3)),
    Kernel(adi, lambda n: (random(n, n), 10), 80, 12),
    Kernel(
        horizontal_diffusion,
        lambda n: (random(n + 4, n + 4, 20), random(n, n, 20, seed=1)),
        64,
        8,
        wrt=(0, 1),
    ),
)
