"""Kernels for packages that record operations: nothing is written in place; ``xp`` plays NumPy's part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.kernels import scalars

__all__ = ["VERSIONS"]


def logistic(xp: Any) -> Callable[..., Any]:
    return scalars.logistic


def newton(xp: Any) -> Callable[..., Any]:
    return scalars.newton


def lotka_volterra(xp: Any) -> Callable[..., Any]:
    def program(a: Any, b: Any, c: Any, d: Any, steps: int) -> Any:
        x, y = 10.0, 5.0
        h = 1e-3
        for _ in range(steps):
            k1, l1 = scalars.predator(x, y, a, b, c, d)
            k2, l2 = scalars.predator(x + 0.5 * h * k1, y + 0.5 * h * l1, a, b, c, d)
            k3, l3 = scalars.predator(x + 0.5 * h * k2, y + 0.5 * h * l2, a, b, c, d)
            k4, l4 = scalars.predator(x + h * k3, y + h * l3, a, b, c, d)
            x = x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
            y = y + h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
        return x * y

    return program


def pendulum(xp: Any) -> Callable[..., Any]:
    def program(length: Any, steps: int) -> Any:
        angle, speed = 1.0 + 0.0 * length, 0.0 * length
        for _ in range(steps):
            speed = speed - 1e-3 * 9.81 / length * xp.sin(angle)
            angle = angle + 1e-3 * speed
        return angle

    return program


def small_vectors(xp: Any) -> Callable[..., Any]:
    def program(x: Any, steps: int) -> Any:
        y = x
        for _ in range(steps):
            y = y + 0.01 * (xp.sin(y) - 0.5 * y)
        return xp.sum(y)

    return program


def formula(xp: Any) -> Callable[..., Any]:
    def program(x: Any) -> Any:
        y = xp.sin(x) * xp.exp(-x * x)
        return xp.sum(y / (1.0 + x * x))

    return program


def arc_distance(xp: Any) -> Callable[..., Any]:
    def program(theta_1: Any, phi_1: Any, theta_2: Any, phi_2: Any) -> Any:
        across = xp.sin((phi_2 - phi_1) / 2.0) ** 2
        temp = xp.sin((theta_2 - theta_1) / 2.0) ** 2 + xp.cos(theta_1) * xp.cos(theta_2) * across
        return xp.sum(2.0 * xp.arctan2(xp.sqrt(temp), xp.sqrt(1.0 - temp)))

    return program


def tied_layers(xp: Any) -> Callable[..., Any]:
    def program(weights: Any, inputs: Any, targets: Any) -> Any:
        values = inputs
        for _ in range(3):
            values = xp.tanh(values @ weights)
        return xp.mean((values - targets) ** 2)

    return program


def gemm(xp: Any) -> Callable[..., Any]:
    def program(alpha: Any, beta: Any, c: Any, a: Any, b: Any) -> Any:
        c = alpha * a @ b + beta * c
        return xp.sum(c * c)

    return program


def atax(xp: Any) -> Callable[..., Any]:
    return lambda a, x: xp.sum((a @ x) @ a)


def bicg(xp: Any) -> Callable[..., Any]:
    return lambda a, p, r: xp.sum(r @ a) + xp.sum(a @ p)


def mvt(xp: Any) -> Callable[..., Any]:
    def program(x1: Any, x2: Any, y1: Any, y2: Any, a: Any) -> Any:
        x1 = x1 + a @ y1
        x2 = x2 + y2 @ a
        return xp.sum(x1 * x1) + xp.sum(x2 * x2)

    return program


def _joined(xp: Any, parts: list[Any]) -> Any:
    return xp.cat(parts) if hasattr(xp, "cat") else xp.concatenate(parts)


def heat_1d(xp: Any) -> Callable[..., Any]:
    def program(start: Any, steps: int) -> Any:
        u = start
        for _ in range(steps):
            flux = (1.0 + u[1:] * u[:-1]) * (u[1:] - u[:-1])
            u = _joined(xp, [u[:1], u[1:-1] + 0.1 * (flux[1:] - flux[:-1]), u[-1:]])
        return xp.sum(u * u)

    return program


def jacobi_1d(xp: Any) -> Callable[..., Any]:
    def smooth(a: Any, b: Any) -> Any:
        return _joined(xp, [b[:1], 0.33333 * (a[:-2] + a[1:-1] + a[2:]), b[-1:]])

    def program(start: Any, steps: int) -> Any:
        a = b = start
        for _ in range(steps):
            b = smooth(a, b)
            a = smooth(b, a)
        return xp.sum(a)

    return program


def horizontal_diffusion(xp: Any) -> Callable[..., Any]:
    def program(field: Any, coeff: Any) -> Any:
        around = field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2]
        lap = 4.0 * field[1:-1, 1:-1] - around
        along = lap[1:, 1:-1] - lap[:-1, 1:-1]
        flux_x = xp.where(along * (field[2:-1, 2:-2] - field[1:-2, 2:-2]) > 0.0, 0.0 * along, along)
        across = lap[1:-1, 1:] - lap[1:-1, :-1]
        flux_y = xp.where(across * (field[2:-2, 2:-1] - field[2:-2, 1:-2]) > 0.0, 0.0 * across, across)
        change = flux_x[1:] - flux_x[:-1] + flux_y[:, 1:] - flux_y[:, :-1]
        out = field[2:-2, 2:-2] - coeff * change
        return xp.sum(out * out)

    return program


#: By the kernel's name.
VERSIONS: dict[str, Callable[[Any], Callable[..., Any]]] = {
    make.__name__: make
    for make in (
        logistic, newton, lotka_volterra, pendulum, small_vectors, formula, arc_distance, tied_layers, gemm, atax,
        bicg, mvt, heat_1d, jacobi_1d, horizontal_diffusion,
    )
}  # fmt: skip
