"""See ``kernels/scalars.py``."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

fori = jax.lax.fori_loop


def logistic(rate: Any, steps: int) -> Any:
    return fori(0, steps, lambda _, x: x + 1e-4 * rate * x * (1.0 - x), 0.1)


def pendulum(length: Any, steps: int) -> Any:
    def step(_: Any, state: Any) -> Any:
        angle, speed = state
        speed = speed - 1e-3 * 9.81 / length * jnp.sin(angle)
        return angle + 1e-3 * speed, speed

    return fori(0, steps, step, (1.0, 0.0))[0]


def lotka_volterra(a: Any, b: Any, c: Any, d: Any, steps: int) -> Any:
    h = 1e-3

    def rate(state: Any) -> Any:
        x, y = state
        return jnp.array([a * x - b * x * y, d * x * y - c * y])

    def step(_: Any, state: Any) -> Any:
        k1 = rate(state)
        k2 = rate(state + 0.5 * h * k1)
        k3 = rate(state + 0.5 * h * k2)
        k4 = rate(state + h * k3)
        return state + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    return jnp.prod(fori(0, steps, step, jnp.array([10.0, 5.0])))


def small_vectors(x: Any, steps: int) -> Any:
    return jnp.sum(fori(0, steps, lambda _, y: y + 0.01 * (jnp.sin(y) - 0.5 * y), x))


def recursion(a: Any, depth: int) -> Any:
    # JAX would write the calls out, all of them: so the intervals of one level are an array
    edges = jnp.linspace(0.0, 2.0, 2**depth + 1)
    low, high = edges[:-1], edges[1:]

    def f(t: Any) -> Any:
        return jnp.exp(-a * t) * jnp.sin(3.0 * a * t)

    return jnp.sum((high - low) / 6.0 * (f(low) + 4.0 * f(0.5 * (low + high)) + f(high)))
