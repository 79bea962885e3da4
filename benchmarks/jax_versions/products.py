"""See ``kernels/products.py``."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def gemm(alpha: Any, beta: Any, c: Any, a: Any, b: Any) -> Any:
    c = alpha * a @ b + beta * c
    return jnp.sum(c * c)


def atax(a: Any, x: Any) -> Any:
    return jnp.sum((a @ x) @ a)


def bicg(a: Any, p: Any, r: Any) -> Any:
    return jnp.sum(r @ a) + jnp.sum(a @ p)


def mvt(x1: Any, x2: Any, y1: Any, y2: Any, a: Any) -> Any:
    x1 = x1 + a @ y1
    x2 = x2 + y2 @ a
    return jnp.sum(x1 * x1) + jnp.sum(x2 * x2)


def gemver(a: Any, u1: Any, v1: Any, u2: Any, v2: Any, y: Any, z: Any) -> Any:
    a = a + jnp.outer(u1, v1) + jnp.outer(u2, v2)
    x = 1.2 * (y @ a) + z
    return jnp.sum(1.5 * (a @ x))


def symm(c: Any, a: Any, b: Any) -> Any:
    low = jnp.tril(a)
    full = low + jnp.tril(a, -1).T
    c = 1.5 * full @ b + 1.2 * c
    return jnp.sum(c * c)


def syrk(c: Any, a: Any) -> Any:
    c = jnp.where(jnp.tril(jnp.ones_like(c)) > 0.0, 1.2 * c + 1.5 * a @ a.T, c)
    return jnp.sum(c * c)


def trmm(a: Any, b: Any) -> Any:
    b = 1.5 * (b + jnp.tril(a, -1).T @ b)
    return jnp.sum(b * b)


def floyd_warshall(distance: Any) -> Any:
    def step(k: Any, path: Any) -> Any:
        return jnp.minimum(path, path[:, k, None] + path[k, :])

    return jnp.sum(jax.lax.fori_loop(0, distance.shape[0], step, distance))
