"""See ``kernels/factorizations.py``."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

fori = jax.lax.fori_loop


def trisolv(low: Any, b: Any) -> Any:
    def step(i: Any, x: Any) -> Any:
        return x.at[i].set((b[i] - low[i] @ x) / low[i, i])

    x = fori(0, b.shape[0], step, jnp.zeros_like(b))
    return jnp.sum(x * x)


def cholesky(matrix: Any) -> Any:
    full = jnp.tril(matrix) + jnp.tril(matrix, -1).T  # the upper triangle is not read
    return jnp.sum(jnp.linalg.cholesky(full, symmetrize_input=False))


def durbin(r: Any) -> Any:
    n = r.shape[0]
    place = jnp.arange(n)

    def step(k: Any, state: Any) -> Any:
        y, alpha, beta = state
        beta = beta * (1.0 - alpha * alpha)
        flipped = jnp.where(place < k, r[(k - 1 - place) % n], 0.0)
        alpha = -(r[k] + flipped @ y) / beta
        turned = jnp.where(place < k, y[(k - 1 - place) % n], 0.0)
        return (y + alpha * turned).at[k].set(alpha), alpha, beta

    y = jnp.zeros_like(r).at[0].set(-r[0])
    y = fori(1, n, step, (y, -r[0], 1.0))[0]
    return jnp.sum(y * y)


def gramschmidt(matrix: Any) -> Any:
    n = matrix.shape[1]

    def step(k: Any, state: Any) -> Any:
        a, q, r = state
        length = jnp.sqrt(a[:, k] @ a[:, k])
        column = a[:, k] / length
        later = jnp.where(jnp.arange(n) > k, column @ a, 0.0)
        return a - jnp.outer(column, later), q.at[:, k].set(column), r.at[k].set(later.at[k].set(length))

    _, q, r = fori(0, n, step, (matrix, jnp.zeros_like(matrix), jnp.zeros((n, n))))
    return jnp.sum(q * q[::-1]) + jnp.sum(r * r)


def _factored(matrix: Any) -> Any:
    """Gaussian elimination without pivoting, both factors in one matrix."""
    n = matrix.shape[0]
    place = jnp.arange(n)

    def step(k: Any, a: Any) -> Any:
        column = jnp.where(place > k, a[:, k] / a[k, k], 0.0)
        a = a - jnp.outer(column, jnp.where(place > k, a[k], 0.0))
        return a.at[:, k].set(jnp.where(place > k, column, a[:, k]))

    return fori(0, n, step, matrix)


def lu(matrix: Any) -> Any:
    a = _factored(matrix)
    return jnp.sum(a * a)


def ludcmp(matrix: Any, b: Any) -> Any:
    a = _factored(matrix)
    solve = jax.scipy.linalg.solve_triangular
    x = solve(a, solve(a, b, lower=True, unit_diagonal=True))
    return jnp.sum(x * x)
