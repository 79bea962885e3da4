"""Products of matrices and vectors, whole and by rows and columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Array, Kernel, random

__all__ = ["KERNELS"]


def gemm(alpha: float, beta: float, c: Array, a: Array, b: Array) -> Any:
    """A product added to a scaled matrix."""
    c = alpha * a @ b + beta * c
    return np.sum(c * c)


def atax(a: Array, x: Array) -> Any:
    """A matrix and then its transpose times a vector."""
    return np.sum((a @ x) @ a)


def bicg(a: Array, p: Array, r: Array) -> Any:
    """A matrix times one vector, its transpose times another."""
    return np.sum(r @ a) + np.sum(a @ p)


def mvt(x1: Array, x2: Array, y1: Array, y2: Array, a: Array) -> Any:
    """A matrix and its transpose times vectors, added to vectors in place."""
    x1, x2 = x1.copy(), x2.copy()
    x1 += a @ y1
    x2 += y2 @ a
    return np.sum(x1 * x1) + np.sum(x2 * x2)


def gemver(a: Array, u1: Array, v1: Array, u2: Array, v2: Array, y: Array, z: Array) -> Any:
    """Two updates of rank one, then two products."""
    a = a.copy()
    a += np.outer(u1, v1) + np.outer(u2, v2)
    x = 1.2 * (y @ a) + z
    w = 1.5 * (a @ x)
    return np.sum(w)


def symm(c: Array, a: Array, b: Array) -> Any:
    """A product with a symmetric matrix of which only the lower triangle is read."""
    c = 1.2 * c
    temp = np.zeros(c.shape[1])
    for i in range(c.shape[0]):
        for j in range(c.shape[1]):
            c[:i, j] += 1.5 * b[i, j] * a[i, :i]
            temp[j] = b[:i, j] @ a[i, :i]
        c[i, :] += 1.5 * b[i, :] * a[i, i] + 1.5 * temp
    return np.sum(c * c)


def syrk(c: Array, a: Array) -> Any:
    """A matrix times its transpose, added to the lower triangle by columns."""
    c = c.copy()
    for i in range(a.shape[0]):
        c[i, : i + 1] *= 1.2
        for k in range(a.shape[1]):
            c[i, : i + 1] += 1.5 * a[i, k] * a[: i + 1, k]
    return np.sum(c * c)


def trmm(a: Array, b: Array) -> Any:
    """A triangular matrix times another, in place, element by element."""
    b = b.copy()
    for i in range(b.shape[0]):
        for j in range(b.shape[1]):
            b[i, j] += a[i + 1 :, i] @ b[i + 1 :, j]
    b *= 1.5
    return np.sum(b * b)


def floyd_warshall(distance: Array) -> Any:
    """Shortest paths between all pairs."""
    path = distance.copy()
    for k in range(path.shape[0]):
        path[:] = np.minimum(path, path[:, k, None] + path[k, :])
    return np.sum(path)


def _gemver(n: int) -> tuple[Any, ...]:
    return (random(n, n), *(random(n, seed=k) for k in range(6)))


KERNELS = (
    Kernel(
        gemm,
        lambda n: (1.5, 1.2, random(n, n), random(n, n, seed=1), random(n, n, seed=2)),
        200,
        12,
        wrt=(2, 3, 4),
    ),
    Kernel(atax, lambda n: (random(n, n + 20), random(n + 20, seed=1)), 600, 12, wrt=(0, 1)),
    Kernel(
        bicg,
        lambda n: (random(n, n + 20), random(n + 20, seed=1), random(n, seed=2)),
        600,
        12,
        wrt=(0, 1, 2),
    ),
    Kernel(
        mvt,
        lambda n: (*(random(n, seed=k) for k in range(4)), random(n, n, seed=4)),
        600,
        12,
        wrt=(0, 1, 2, 3, 4),
    ),
    Kernel(gemver, _gemver, 600, 12, wrt=(0, 1, 2, 3, 4, 5, 6)),
    Kernel(
        symm, lambda n: (random(n, n + 10), random(n, n, seed=1), random(n, n + 10, seed=2)), 50, 6, (0, 1, 2)
    ),
    Kernel(syrk, lambda n: (random(n, n), random(n, n + 10, seed=1)), 60, 6, wrt=(0, 1)),
    Kernel(trmm, lambda n: (random(n, n), random(n, n + 10, seed=1)), 60, 6, wrt=(0, 1)),
    Kernel(floyd_warshall, lambda n: (random(n, n, low=1.0, high=10.0),), 120, 8),
)
