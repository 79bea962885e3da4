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
