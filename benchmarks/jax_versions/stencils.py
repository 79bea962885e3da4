"""See ``kernels/stencils.py``."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

fori = jax.lax.fori_loop


def jacobi_1d(start: Any, steps: int) -> Any:
    def step(_: Any, state: Any) -> Any:
        a, b = state
        b = b.at[1:-1].set(0.33333 * (a[:-2] + a[1:-1] + a[2:]))
        return a.at[1:-1].set(0.33333 * (b[:-2] + b[1:-1] + b[2:])), b

    return jnp.sum(fori(0, steps, step, (start, start))[0])


def jacobi_2d(start: Any, steps: int) -> Any:
    def smooth(a: Any, b: Any) -> Any:
        return b.at[1:-1, 1:-1].set(
            0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        )

    def step(_: Any, state: Any) -> Any:
        a, b = state
        b = smooth(a, b)
        return smooth(b, a), b

    return jnp.sum(fori(0, steps, step, (start, start))[0])


def seidel_2d(start: Any, steps: int) -> Any:
    n = start.shape[0]

    def along(left: Any, value: Any) -> Any:
        new = (value + left) / 9.0
        return new, new

    def row(i: Any, a: Any) -> Any:
        above, here, below = a[i - 1], a[i], a[i + 1]
        sums = here[1:-1] + above[:-2] + above[1:-1] + above[2:] + here[2:]
        sums = sums + below[:-2] + below[1:-1] + below[2:]
        return a.at[i, 1:-1].set(jax.lax.scan(along, here[0], sums)[1])

    a = fori(0, steps, lambda _, a: fori(1, n - 1, row, a), start)
    return jnp.sum(a * a)


def heat_1d(start: Any, steps: int) -> Any:
    def step(_: Any, u: Any) -> Any:
        flux = (1.0 + u[1:] * u[:-1]) * (u[1:] - u[:-1])
        return u.at[1:-1].add(0.1 * (flux[1:] - flux[:-1]))

    u = fori(0, steps, step, start)
    return jnp.sum(u * u)


def heat_3d(start: Any, steps: int) -> Any:
    def spread(a: Any, b: Any) -> Any:
        c = a[1:-1, 1:-1, 1:-1]
        new = (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * c + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * c + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * c + a[1:-1, 1:-1, :-2])
            + c
        )
        return b.at[1:-1, 1:-1, 1:-1].set(new)

    def step(_: Any, state: Any) -> Any:
        a, b = state
        b = spread(a, b)
        return spread(b, a), b

    return jnp.sum(fori(0, steps, step, (start, start))[0])


def fdtd_2d(ex: Any, ey: Any, hz: Any, source: Any) -> Any:
    def step(state: Any, value: Any) -> Any:
        ex, ey, hz = state
        ey = ey.at[0, :].set(value)
        ey = ey.at[1:, :].add(-0.5 * (hz[1:, :] - hz[:-1, :]))
        ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
        change = 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
        return (ex, ey, hz.at[:-1, :-1].add(-change)), None

    hz = jax.lax.scan(step, (ex, ey, hz), source)[0][2]
    return jnp.sum(hz * hz)


def horizontal_diffusion(field: Any, coeff: Any) -> Any:
    lap = 4.0 * field[1:-1, 1:-1, :] - (
        field[2:, 1:-1, :] + field[:-2, 1:-1, :] + field[1:-1, 2:, :] + field[1:-1, :-2, :]
    )
    along = lap[1:, 1:-1, :] - lap[:-1, 1:-1, :]
    flux_x = jnp.where(along * (field[2:-1, 2:-2, :] - field[1:-2, 2:-2, :]) > 0.0, 0.0, along)
    across = lap[1:-1, 1:, :] - lap[1:-1, :-1, :]
    flux_y = jnp.where(across * (field[2:-2, 2:-1, :] - field[2:-2, 1:-2, :]) > 0.0, 0.0, across)
    out = field[2:-2, 2:-2, :] - coeff * (
        flux_x[1:, :, :] - flux_x[:-1, :, :] + flux_y[:, 1:, :] - flux_y[:, :-1, :]
    )
    return jnp.sum(out * out)


def adi(start: Any, steps: int) -> Any:
    n = start.shape[0]
    dx, dt = 1.0 / n, 1.0 / steps
    mul_1, mul_2 = 2.0 * dt / (dx * dx), dt / (dx * dx)
    a, b = -mul_1 / 2.0, 1.0 + mul_1
    d, e = -mul_2 / 2.0, 1.0 + mul_2
    ones = jnp.ones(n - 2)

    def lines(right: Any, low: float, middle: float) -> Any:
        """Tridiagonal systems for all inner lines; one row of `right` for each unknown."""

        def there(state: Any, row: Any) -> Any:
            p, q = state
            below = low * p + middle
            new = (-low / below, (row - low * q) / below)
            return new, new

        p, q = jax.lax.scan(there, (jnp.zeros(n - 2), ones), right)[1]

        def back(value: Any, pair: Any) -> Any:
            value = pair[0] * value + pair[1]
            return value, value

        return jax.lax.scan(back, ones, (p, q), reverse=True)[1]

    def step(_: Any, u: Any) -> Any:
        v = jnp.zeros_like(u).at[0, 1:-1].set(1.0).at[-1, 1:-1].set(1.0)
        right = -d * u[1:-1, :-2] + (1.0 + 2.0 * d) * u[1:-1, 1:-1] - d * u[1:-1, 2:]
        v = v.at[1:-1, 1:-1].set(lines(right, a, b))
        right = (-a * v[:-2, 1:-1] + (1.0 + 2.0 * a) * v[1:-1, 1:-1] - a * v[2:, 1:-1]).T
        u = u.at[1:-1, 0].set(1.0).at[1:-1, -1].set(1.0)
        return u.at[1:-1, 1:-1].set(lines(right, d, e).T)

    u = fori(0, steps, step, start)
    return jnp.sum(u * u)
