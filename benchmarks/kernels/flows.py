"""Flows of an incompressible fluid by finite differences: a lid-driven cavity and a periodic channel."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Array, Kernel, random

__all__ = ["KERNELS"]

_DT, _RHO, _NU = 0.001, 1.0, 0.1


def cavity_flow(u: Array, v: Array, p: Array, steps: int) -> Any:
    """Velocities and pressure under a moving lid; the pressure is relaxed ten times a step."""
    u, v, p = u.copy(), v.copy(), p.copy()
    b = np.zeros_like(p)
    dx = dy = 2.0 / (u.shape[0] - 1)
    for _ in range(steps):
        un, vn = u.copy(), v.copy()
        b[1:-1, 1:-1] = _RHO * (
            ((un[1:-1, 2:] - un[1:-1, :-2]) / (2.0 * dx) + (vn[2:, 1:-1] - vn[:-2, 1:-1]) / (2.0 * dy)) / _DT
            - ((un[1:-1, 2:] - un[1:-1, :-2]) / (2.0 * dx)) ** 2
            - 2.0
            * ((un[2:, 1:-1] - un[:-2, 1:-1]) / (2.0 * dy) * (vn[1:-1, 2:] - vn[1:-1, :-2]) / (2.0 * dx))
            - ((vn[2:, 1:-1] - vn[:-2, 1:-1]) / (2.0 * dy)) ** 2
        )
        for _ in range(10):
            pn = p.copy()
            p[1:-1, 1:-1] = (
                (pn[1:-1, 2:] + pn[1:-1, :-2]) * dy**2 + (pn[2:, 1:-1] + pn[:-2, 1:-1]) * dx**2
            ) / (2.0 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2.0 * (dx**2 + dy**2)) * b[1:-1, 1:-1]
            p[:, -1] = p[:, -2]
            p[0, :] = p[1, :]
            p[:, 0] = p[:, 1]
            p[-1, :] = 0.0
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * _DT / dx * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - vn[1:-1, 1:-1] * _DT / dy * (un[1:-1, 1:-1] - un[:-2, 1:-1])
            - _DT / (2.0 * _RHO * dx) * (p[1:-1, 2:] - p[1:-1, :-2])
            + _NU * _DT / dx**2 * (un[1:-1, 2:] - 2.0 * un[1:-1, 1:-1] + un[1:-1, :-2])
            + _NU * _DT / dy**2 * (un[2:, 1:-1] - 2.0 * un[1:-1, 1:-1] + un[:-2, 1:-1])
        )
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1]
            - un[1:-1, 1:-1] * _DT / dx * (vn[1:-1, 1:-1] - vn[1:-1, :-2])
            - vn[1:-1, 1:-1] * _DT / dy * (vn[1:-1, 1:-1] - vn[:-2, 1:-1])
            - _DT / (2.0 * _RHO * dy) * (p[2:, 1:-1] - p[:-2, 1:-1])
            + _NU * _DT / dx**2 * (vn[1:-1, 2:] - 2.0 * vn[1:-1, 1:-1] + vn[1:-1, :-2])
            + _NU * _DT / dy**2 * (vn[2:, 1:-1] - 2.0 * vn[1:-1, 1:-1] + vn[:-2, 1:-1])
        )
        u[0, :] = 0.0
        u[:, 0] = 0.0
        u[:, -1] = 0.0
        u[-1, :] = 1.0
        v[0, :] = 0.0
        v[-1, :] = 0.0
        v[:, 0] = 0.0
        v[:, -1] = 0.0
    return np.sum(u * u + v * v)


def channel_flow(u: Array, force: float, tolerance: float) -> Any:
    """Flow through a channel that is periodic along its length, until it no longer changes."""
    u = u.copy()
    dx = dy = 2.0 / (u.shape[0] - 1)
    change = 1.0
    while change > tolerance:
        un = u.copy()
        east, west = np.roll(un, -1, axis=1), np.roll(un, 1, axis=1)
        u[1:-1, :] = (
            un[1:-1, :]
            - un[1:-1, :] * _DT / dx * (un[1:-1, :] - west[1:-1, :])
            + _NU * _DT / dx**2 * (east[1:-1, :] - 2.0 * un[1:-1, :] + west[1:-1, :])
            + _NU * _DT / dy**2 * (un[2:, :] - 2.0 * un[1:-1, :] + un[:-2, :])
            + force * _DT
        )
        u[0, :] = 0.0
        u[-1, :] = 0.0
        change = np.sum(np.abs(u - un)) / np.sum(np.abs(u))
    return np.sum(u * u)


def _cavity(n: int) -> tuple[Any, ...]:
    return random(n, n), random(n, n, seed=1), random(n, n, seed=2), 5


KERNELS = (
    Kernel(cavity_flow, _cavity, 101, 11, wrt=(0, 1, 2)),
    Kernel(channel_flow, lambda n: (random(n, n), 1.0, 1e-3), 61, 11, wrt=(0, 1)),
)
