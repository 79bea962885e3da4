"""See ``kernels/sweeps.py``."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def deriche(image: Any, alpha: Any) -> Any:
    e1, e2 = jnp.exp(-alpha), jnp.exp(-2.0 * alpha)
    k = (1.0 - e1) * (1.0 - e1) / (1.0 + alpha * e1 - e2)
    a1, a2 = k, k * e1 * (alpha - 1.0)
    a3, a4 = k * e1 * (alpha + 1.0), -k * e2
    b1, b2 = 2.0**-alpha, -e2

    def there(state: Any, x: Any) -> Any:
        before, y1, y2 = state
        y = a1 * x + a2 * before + b1 * y1 + b2 * y2
        return (x, y, y1), y

    def back(state: Any, x: Any) -> Any:
        x1, x2, y1, y2 = state
        y = a3 * x1 + a4 * x2 + b1 * y1 + b2 * y2
        return (x, x1, y, y1), y

    def both(rows: Any) -> Any:
        start = jnp.zeros_like(rows[0])
        one = jax.lax.scan(there, (start, start, start), rows)[1]
        other = jax.lax.scan(back, (start, start, start, start), rows, reverse=True)[1]
        return one + other

    result = both(both(image.T).T)
    return jnp.sum(result * result)


def accelerations(position: Any, mass: Any) -> Any:
    separation = position[None, :, :] - position[:, None, :]
    inverse = (jnp.sum(separation * separation, axis=2) + 0.01) ** -1.5
    return jnp.sum(separation * (inverse * mass)[:, :, None], axis=1)


def nbody(position: Any, velocity: Any, mass: Any, steps: int) -> Any:
    def step(_: Any, state: Any) -> Any:
        position, velocity, acceleration, energy = state
        velocity = velocity + 0.005 * acceleration
        position = position + 0.01 * velocity
        acceleration = accelerations(position, mass)
        velocity = velocity + 0.005 * acceleration
        return position, velocity, acceleration, energy + 0.5 * jnp.sum(mass[:, None] * velocity * velocity)

    state = (position, velocity, accelerations(position, mass), 0.0)
    return jax.lax.fori_loop(0, steps, step, state)[3]


def vertical_advection(u_stage: Any, w_con: Any, u_pos: Any, u_tens: Any) -> Any:
    rate = 3.0 / 20.0
    u, position, tendency = (jnp.moveaxis(a, 2, 0) for a in (u_stage, u_pos, u_tens))
    wind = jnp.moveaxis(0.25 * (w_con[1:] + w_con[:-1]), 2, 0)
    none = jnp.zeros_like(u[:1])
    below = jnp.concatenate([none, -wind[1:]])
    above = jnp.concatenate([wind[1:], none])
    lower, upper = 0.9 * below, 0.9 * above
    diagonal = rate - lower - upper
    down = jnp.concatenate([none, u[:-1] - u[1:]])
    up = jnp.concatenate([u[1:] - u[:-1], none])
    right = rate * position + tendency - 0.1 * below * down - 0.1 * above * up

    def there(state: Any, level: Any) -> Any:
        c, d = state
        low, middle, high, value = level
        scale = 1.0 / (middle - c * low)
        new = (high * scale, (value - d * low) * scale)
        return new, new

    c, d = jax.lax.scan(there, (none[0], none[0]), (lower, diagonal, upper, right))[1]

    def back(value: Any, level: Any) -> Any:
        value = level[1] - level[0] * value
        return value, value

    values = jax.lax.scan(back, none[0], (c, d), reverse=True)[1]
    result = rate * (values - position)
    return jnp.sum(result * result)
