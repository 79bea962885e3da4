"""Factorizations and triangular systems, in place, by rows and columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Array, Kernel, random

__all__ = ["KERNELS"]


def trisolv(low: Array, b: Array) -> Any:
    """A triangular system, one unknown after the other."""
    x = np.zeros_like(b)
    for i in range(x.shape[0]):
        x[i] = (b[i] - low[i, :i] @ x[:i]) / low[i, i]
    return np.sum(x * x)


def cholesky(matrix: Array) -> Any:
    """The Cholesky factor, in place, element by element."""
    a = matrix.copy()
    n = a.shape[0]
    a[0, 0] = np.sqrt(a[0, 0])
    for i in range(1, n):
        for j in range(i):
            a[i, j] -= a[i, :j] @ a[j, :j]
            a[i, j] /= a[j, j]
        a[i, i] -= a[i, :i] @ a[i, :i]
        a[i, i] = np.sqrt(a[i, i])
    return np.sum(np.tril(a))


def lu(matrix: Array) -> Any:
    """Both triangular factors, in place, element by element."""
    a = matrix.copy()
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] -= a[i, :j] @ a[:j, j]
            a[i, j] /= a[j, j]
        for j in range(i, n):
            a[i, j] -= a[i, :i] @ a[:i, j]
    return np.sum(a * a)


def ludcmp(matrix: Array, b: Array) -> Any:
    """A system of equations: the factors by rows, then both triangular systems."""
    a = matrix.copy()
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] = (a[i, j] - a[i, :j] @ a[:j, j]) / a[j, j]
        for j in range(i, n):
            a[i, j] -= a[i, :i] @ a[:i, j]
    y = np.zeros_like(b)
    for i in range(n):
        y[i] = b[i] - a[i, :i] @ y[:i]
    x = np.zeros_like(b)
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(x * x)


def durbin(r: Array) -> Any:
    """The Yule-Walker equations by Durbin's recursion."""
    y = np.zeros_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = alpha
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.flip(r[:k]) @ y[:k]) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return np.sum(y * y)


def gramschmidt(matrix: Array) -> Any:
    """Orthogonal columns by the modified Gram-Schmidt process."""
    a = matrix.copy()
    n = a.shape[1]
    q = np.zeros_like(a)
    r = np.zeros((n, n))
    for k in range(n):
        r[k, k] = np.sqrt(a[:, k] @ a[:, k])
        q[:, k] = a[:, k] / r[k, k]
        for j in range(k + 1, n):
            r[k, j] = q[:, k] @ a[:, j]
            a[:, j] -= q[:, k] * r[k, j]
    return np.sum(q * q[::-1]) + np.sum(r * r)


def _definite(n: int) -> tuple[Any, ...]:
    a = random(n, n)
    return (a @ a.T / n + np.eye(n),)


def _dominant(n: int) -> Array:
    return random(n, n) / n + np.eye(n)


KERNELS = (
    Kernel(trisolv, lambda n: (_dominant(n), random(n, seed=1)), 1000, 12, wrt=(0, 1)),
    Kernel(cholesky, _definite, 100, 8),
    Kernel(lu, lambda n: (_dominant(n),), 80, 8),
    Kernel(ludcmp, lambda n: (_dominant(n), random(n, seed=1)), 80, 8, wrt=(0, 1)),
    Kernel(durbin, lambda n: (random(n, low=-0.5, high=0.5) / n,), 1000, 12),
    Kernel(gramschmidt, lambda n: (random(n + 20, n) + np.eye(n + 20, n),), 60, 6),
)
