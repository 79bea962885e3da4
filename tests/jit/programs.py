"""Array programs for the machine code tests, each with arguments and what to differentiate by."""

from collections.abc import Callable
from typing import Any

import numpy as np

PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = []


def vec(n: int, seed: float = 0.0) -> np.ndarray:
    return np.sin(1.7 * np.arange(1, n + 1) + 0.9 + seed)


def program(*args: Any, argnums: Any = 0) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append((function, args, argnums))
        return function

    return register


@program(vec(30), 0.3, 7, argnums=(0, 1))
def heat(u, k, steps):
    u = u.copy()
    for _ in range(steps):
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += 0.1 * (1.0 + k * u[1:-1] ** 2) * lap
    return np.sum(u * u)


@program(vec(20), vec(20, 1.0), 5, argnums=(0, 1))
def jacobi_1d(A, B, T):
    for t in range(1, T):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])
    return np.sum(A * A)


@program(0.1 * vec(9))
def durbin(r):
    n = r.shape[0]
    y = np.zeros(n)
    y[0] = -r[0]
    alpha = -r[0]
    beta = 1.0
    for k in range(1, n):
        beta = beta * (1.0 - alpha * alpha)
        alpha = -(r[k] + np.dot(r[k - 1 :: -1], y[:k])) / beta
        y[:k] += alpha * y[k - 1 :: -1]
        y[k] = alpha
    return np.sum(y * y)


@program(np.outer(vec(6), vec(6)) + 6.0 * np.eye(6))
def cholesky(A):
    A = A.copy()
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])
    s = 0.0
    for i in range(n):
        s += np.log(A[i, i])
    return s


@program(np.outer(vec(6), vec(6)) + 6.0 * np.eye(6), vec(6), argnums=(0, 1))
def trisolv(L, b):
    n = b.shape[0]
    x = np.zeros(n)
    for i in range(n):
        x[i] = (b[i] - np.dot(L[i, :i], x[:i])) / L[i, i]
    return np.sum(x * x)


@program(vec(12).reshape(4, 3), vec(12, 2.0).reshape(4, 3), np.abs(vec(4)), 3, argnums=(0, 1, 2))
def n_body(pos, vel, mass, steps):
    pos = pos.copy()
    vel = vel.copy()
    n = pos.shape[0]
    for s in range(steps):
        for i in range(n):
            for j in range(n):
                if i != j:
                    d = pos[j] - pos[i]
                    r2 = np.sum(d * d) + 0.01
                    vel[i] += 0.01 * mass[j] * d / (r2 * np.sqrt(r2))
        pos += 0.01 * vel
    return np.sum(pos * pos)


@program(vec(20).reshape(4, 5), vec(10).reshape(5, 2), vec(12).reshape(3, 4), argnums=(0, 1))
def network(w1, w2, x):
    h = np.tanh(x @ w1)
    return np.mean((h @ w2 - 1.0) ** 2)


@program(vec(12).reshape(3, 4), vec(4), argnums=(0, 1))
def sums_along_axes(m, v):
    rows = np.sum(m * v, axis=1)
    columns = np.mean(m, axis=0, keepdims=True)
    return np.sum(rows**2) + np.sum(columns * v) + np.sum(np.where(m > 0.2, m, v) * 2.0)


@program(vec(6), np.array([0, 2, 2, 5, -1]))
def gather_and_scatter(x, idx):
    y = np.zeros(6)
    np.add.at(y, idx, x[idx] * x[idx])
    return np.sum(y**3)


@program({"w": vec(4), "b": 0.5}, vec(4, 3.0))
def parameters(p, x):
    return np.sum(p["w"] * x) * p["b"] + np.sum(p["w"] ** 2)


@program(vec(5))
def writes_through_a_view(x):
    y = x * 2.0
    v = y[1:4]
    v[:] = v * v
    v[0] += y[0]
    return np.sum(y * y)


@program(vec(6))
def shifts_itself(x):
    y = x.copy()
    for _ in range(3):
        y[1:] = y[:-1] * 1.5
        y[:-1] += y[1:] * y[1:]
    return np.sum(y)


@program(vec(4), 2.0, argnums=(0, 1))
def carries_an_array(x, s):
    y = x
    n = 0
    while n < 5:
        y = y * s + x
        if n % 2 == 0:
            y = np.sin(y)
        n += 1
    return np.sum(y)
