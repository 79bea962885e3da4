"""Cost and memory of gradients by size: steps, lengths, statements, inputs; with and without checkpoints."""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import srcgrad
from benchmarks.kernels import scalars, stencils
from benchmarks.kernels.kernel import Array, random

__all__ = ["Point", "Series", "measure_growth"]


@dataclass(frozen=True)
class Point:
    """Best times in seconds and peak memory in bytes at one size."""

    size: int
    primal: float
    gradient: float
    memory: int


@dataclass(frozen=True)
class Series:
    """Points along one axis."""

    name: str
    axis: str
    points: list[Point]

    @property
    def power(self) -> float:
        """Exponent of the growth of the gradient's time from the smallest to the largest size."""
        first, last = self.points[0], self.points[-1]
        return math.log(last.gradient / first.gradient) / math.log(last.size / first.size)


def heat_checkpointed(start: Array, steps: int) -> Any:
    """`stencils.heat_1d`, keeping ten states."""
    u = start.copy()
    for _ in srcgrad.checkpoint(range(steps), snapshots=10):
        flux = (1.0 + u[1:] * u[:-1]) * (u[1:] - u[:-1])
        u[1:-1] += 0.1 * (flux[1:] - flux[:-1])
    return np.sum(u * u)


def least_squares(parameters: Array, data: Array) -> Any:
    """A loss with many inputs."""
    return np.sum((data @ parameters - 1.0) ** 2)


_CASES: tuple[tuple[str, str, Callable[..., Any], Callable[[int], tuple[Any, ...]], tuple[int, ...]], ...] = (
    ("a loop of numbers", "steps", scalars.pendulum, lambda n: (1.3, n), (1_000, 4_000, 16_000)),
    ("heat on a rod of 1,000", "steps", stencils.heat_1d, lambda n: (random(1_000), n), (50, 200, 800)),
    ("the same, ten checkpoints", "steps", heat_checkpointed, lambda n: (random(1_000), n), (50, 200, 800)),
    ("100 steps of heat", "length", stencils.heat_1d, lambda n: (random(n), 100), (1_000, 4_000, 16_000)),
    ("least squares", "inputs", least_squares, lambda n: (random(n), random(100, n)), (500, 2_000, 8_000)),
)


def measure_growth(quick: bool) -> list[Series]:
    """All series; ``quick`` at a tenth of the sizes."""
    found = []
    for name, axis, function, inputs, sizes in _CASES:
        points = [_point(function, inputs, max(2, size // 10) if quick else size) for size in sizes]
        found.append(Series(name, axis, points))
    return found


def _point(function: Callable[..., Any], inputs: Callable[[int], tuple[Any, ...]], size: int) -> Point:
    arguments = inputs(size)
    gradient: Any = srcgrad.grad(function)
    gradient(*arguments)
    tracemalloc.start()
    gradient(*arguments)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Point(size, _best(function, arguments), _best(gradient, arguments), memory)


def _best(call: Callable[..., Any], arguments: tuple[Any, ...]) -> float:
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        call(*arguments)
        best = min(best, time.process_time() - began)
    return max(best, 1e-9)
