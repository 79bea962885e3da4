"""What writing a gradient costs, by the length of the program."""

from __future__ import annotations

import linecache
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import srcgrad

__all__ = ["Cost", "growth", "measure_transform"]

# Six statements that programs are full of; `{n}` makes every round a little different. The values stay small,
# or the derivative of a long program would be beyond all numbers.
ROUND = """\
    a = 0.1 * b + np.cos({n}.5 * x)
    b = 0.5 * b + np.sin(a)
    y[{n} % 4] = a * b
    if b > 0.{n}:
        a = a - 0.5 * b
    b = 0.5 * b + y[{n} % 4] * a / {n}.5
"""


@dataclass(frozen=True)
class Cost:
    """Time that the first call needs more than later calls.

    Parameters
    ----------
    statements : int
        Length of the program.
    first, later : float
        Processor seconds of the first call, and of a later one.
    """

    statements: int
    first: float
    later: float

    @property
    def per_statement(self) -> float:
        """Seconds for each statement."""
        return (self.first - self.later) / self.statements


def program(statements: int, name: str) -> Callable[..., Any]:
    """A straight program of so many statements."""
    rounds = max(1, statements // 6)
    lines = [f"def {name}(x):\n    b = x\n    y = np.zeros(4)\n"]
    lines += [ROUND.format(n=n) for n in range(rounds)]
    lines.append("    return b + np.sum(y)\n")
    source = "".join(lines)
    filename = f"<benchmark {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"np": np}
    exec(compile(source, filename, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function


def measure_transform(statements: int, repeats: int) -> Cost:
    """First and later calls of a gradient; the best of a few equal programs."""
    first = later = float("inf")
    for repeat in range(repeats):
        differentiated: Any = srcgrad.grad(program(statements, f"straight_{statements}_{repeat}"))
        times = []
        for _ in range(3):
            began = time.process_time()
            differentiated(0.7)
            times.append(time.process_time() - began)
        first, later = min(first, times[0]), min(later, *times[1:])
    return Cost(statements, first, later)


def growth(costs: list[Cost]) -> float:
    """Exponent of the growth from the shortest to the longest program; 1 means in proportion."""
    shortest, longest = costs[0], costs[-1]
    added = (longest.first - longest.later) / (shortest.first - shortest.later)
    return math.log(added) / math.log(longest.statements / shortest.statements)
