"""The programs as JAX needs them: compiled, loops through `jax.lax`, arrays that are never written.

A loop whose number of trips depends on the numbers has no reverse mode in JAX, so there is no Newton here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

__all__ = ["PROGRAMS"]


def polynomial(rate: Any, steps: int) -> Any:
    """See ``programs.polynomial_while``."""
    return jax.lax.fori_loop(0, steps, lambda _, x: x + 1e-4 * rate * x * (1.0 - x), 0.1)


def pendulum(length: Any, steps: int) -> Any:
    """See ``programs.pendulum_while``."""

    def step(_: Any, state: Any) -> Any:
        angle, speed = state
        speed = speed - 1e-3 * 9.81 / length * jnp.sin(angle)
        return angle + 1e-3 * speed, speed

    return jax.lax.fori_loop(0, steps, step, (1.0, 0.0))[0]


def elementwise(x: Any) -> Any:
    """See ``programs.elementwise``."""
    y = jnp.sin(x) * jnp.exp(-x * x)
    return jnp.sum(y / (1.0 + x * x))


def network(weights: Any, inputs: Any, targets: Any) -> Any:
    """See ``programs.network``."""
    values = inputs
    for _ in range(3):
        values = jnp.tanh(values @ weights)
    return jnp.mean((values - targets) ** 2)


def heat(start: Any, steps: int) -> Any:
    """See ``programs.heat_in_place``."""

    def step(_: Any, u: Any) -> Any:
        flux = (1.0 + u[1:] * u[:-1]) * (u[1:] - u[:-1])
        return u.at[1:-1].add(0.1 * (flux[1:] - flux[:-1]))

    u = jax.lax.fori_loop(0, steps, step, start)
    return jnp.sum(u * u)


def small_vectors(x: Any, steps: int) -> Any:
    """See ``programs.small_vectors``."""
    return jnp.sum(jax.lax.fori_loop(0, steps, lambda _, y: y + 0.01 * (jnp.sin(y) - 0.5 * y), x))


#: By the name in the table.
PROGRAMS: dict[str, Callable[..., Any]] = {
    "scalar while, arithmetic": polynomial,
    "scalar while, pendulum": pendulum,
    "formula over a vector": elementwise,
    "network, three layers": network,
    "heat equation in place": heat,
    "vectors of three": small_vectors,
}
