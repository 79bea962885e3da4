"""The programs that are measured.

Each exists once as a person would write it, which is what srcgrad differentiates, and once in the form that
the other packages need: through their own copy of NumPy (`xp`) and without writing into arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

__all__ = ["PROGRAMS", "Program"]


@dataclass(frozen=True)
class Program:
    """One program to measure.

    Parameters
    ----------
    name : str
        What the table calls it.
    function : callable
        The program, differentiated by its first argument.
    arguments : callable
        Makes the arguments for a size.
    size, quick_size : int
        Size that is measured, and a small one for a first impression.
    for_peers : callable
        Given a package's copy of NumPy, makes the program for that package.
    peer_size : int
        Largest size that the other packages are asked to do; a smaller one than `size` where they would
        take minutes.
    per_step : bool
        The time grows in proportion to the size, so that times at two sizes compare by the step.
    """

    name: str
    function: Callable[..., Any]
    arguments: Callable[[int], tuple[Any, ...]]
    size: int
    quick_size: int
    for_peers: Callable[[Any], Callable[..., Any]]
    peer_size: int
    per_step: bool = False


# --- scalars in a loop --------------------------------------------------------------------------------------


def polynomial_while(rate: float, steps: int) -> float:
    """A logistic growth curve, stepped with arithmetic only."""
    x = 0.1
    n = 0
    while n < steps:
        x = x + 1e-4 * rate * x * (1.0 - x)
        n += 1
    return x


def pendulum_while(length: float, steps: int) -> float:
    """A pendulum, stepped with one sine a step."""
    angle, speed, n = 1.0, 0.0, 0
    while n < steps:
        speed = speed - 1e-3 * 9.81 / length * math.sin(angle)
        angle = angle + 1e-3 * speed
        n += 1
    return angle


def newton_while(a: float, steps: int) -> float:
    """Square roots by Newton iteration: a short inner `while` with a tolerance, many times over."""
    total = 0.0
    done = 0
    while done < steps:
        x = a
        while abs(x * x - a) > 1e-9:
            x = 0.5 * (x + a / x)
            done += 1
        total += x
        done += 1
    return total


def _polynomial_for(xp: Any) -> Callable[..., Any]:
    return polynomial_while


def _pendulum_for(xp: Any) -> Callable[..., Any]:
    def pendulum(length: Any, steps: int) -> Any:
        angle, speed = 1.0 + 0.0 * length, 0.0 * length
        for _ in range(steps):
            speed = speed - 1e-3 * 9.81 / length * xp.sin(angle)
            angle = angle + 1e-3 * speed
        return angle

    return pendulum


def _newton_for(xp: Any) -> Callable[..., Any]:
    return newton_while


# --- arrays -------------------------------------------------------------------------------------------------


def elementwise(x: Array) -> Any:
    """A formula over a long vector."""
    y = np.sin(x) * np.exp(-x * x)
    return np.sum(y / (1.0 + x * x))


def _elementwise_for(xp: Any) -> Callable[..., Any]:
    def program(x: Any) -> Any:
        y = xp.sin(x) * xp.exp(-x * x)
        return xp.sum(y / (1.0 + x * x))

    return program


def network(weights: Array, inputs: Array, targets: Array) -> Any:
    """Squared error of a network that applies the same square layer three times."""
    values = inputs
    for _ in range(3):
        values = np.tanh(values @ weights)
    return np.mean((values - targets) ** 2)


def _network_for(xp: Any) -> Callable[..., Any]:
    def program(weights: Any, inputs: Any, targets: Any) -> Any:
        values = inputs
        for _ in range(3):
            values = xp.tanh(values @ weights)
        return xp.mean((values - targets) ** 2)

    return program


def heat_in_place(start: Array, steps: int) -> Any:
    """A nonlinear heat equation on a rod, written into the array as it goes."""
    u = start.copy()
    for _ in range(steps):
        flux = (1.0 + u[1:] * u[:-1]) * (u[1:] - u[:-1])
        u[1:-1] += 0.1 * (flux[1:] - flux[:-1])
    return np.sum(u * u)


def _heat_for(xp: Any) -> Callable[..., Any]:
    join = xp.cat if hasattr(xp, "cat") else xp.concatenate

    def program(start: Any, steps: int) -> Any:
        u = start
        for _ in range(steps):
            flux = (1.0 + u[1:] * u[:-1]) * (u[1:] - u[:-1])
            u = join([u[:1], u[1:-1] + 0.1 * (flux[1:] - flux[:-1]), u[-1:]])
        return xp.sum(u * u)

    return program


def small_vectors(x: Array, steps: int) -> Any:
    """Many operations on vectors of three: what the bookkeeping costs."""
    y = x
    for _ in range(steps):
        y = y + 0.01 * (np.sin(y) - 0.5 * y)
    return np.sum(y)


def _small_for(xp: Any) -> Callable[..., Any]:
    def program(x: Any, steps: int) -> Any:
        y = x
        for _ in range(steps):
            y = y + 0.01 * (xp.sin(y) - 0.5 * y)
        return xp.sum(y)

    return program


def _vector(size: int) -> Array:
    return np.random.default_rng(0).random(size)


def _network_arguments(size: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((size, size)) / size**0.5, rng.random((128, size)), rng.random((128, size))


PROGRAMS = (
    Program(
        "scalar while, arithmetic",
        polynomial_while,
        lambda n: (1.7, n),
        100_000,
        2_000,
        _polynomial_for,
        5_000,
        per_step=True,
    ),
    Program(
        "scalar while, pendulum",
        pendulum_while,
        lambda n: (1.3, n),
        100_000,
        2_000,
        _pendulum_for,
        5_000,
        per_step=True,
    ),
    Program(
        "nested while, Newton",
        newton_while,
        lambda n: (7.3, n),
        100_000,
        2_000,
        _newton_for,
        5_000,
        per_step=True,
    ),
    Program(
        "formula over a vector",
        elementwise,
        lambda n: (_vector(n),),
        200_000,
        1_000,
        _elementwise_for,
        200_000,
    ),
    Program("network, three layers", network, _network_arguments, 256, 16, _network_for, 256),
    Program(
        "heat equation in place",
        heat_in_place,
        lambda n: (_vector(n), 100),
        10_000,
        100,
        _heat_for,
        10_000,
    ),
    Program(
        "vectors of three",
        small_vectors,
        lambda n: (_vector(3), n),
        5_000,
        100,
        _small_for,
        2_000,
        per_step=True,
    ),
)
