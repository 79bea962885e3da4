"""What a benchmark kernel is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Array", "Kernel", "random"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Kernel:
    """A plain NumPy function with a number for its result, and how to make its arguments.

    Parameters
    ----------
    function : callable
        The program to differentiate. It leaves its arguments as they are.
    inputs : callable
        Makes the arguments for a size.
    size, quick_size : int
        Sizes for a measurement and for a first impression.
    wrt : tuple of int
        Positions of the arguments to differentiate.
    steps : callable, optional
        How many steps of a loop a size means, for programs of which the time for a step is interesting.
    """

    function: Callable[..., Any]
    inputs: Callable[[int], tuple[Any, ...]]
    size: int
    quick_size: int
    wrt: tuple[int, ...] = (0,)
    steps: Callable[[int], int] | None = None

    @property
    def name(self) -> str:
        """The function's name; peers' versions are found by it."""
        return self.function.__name__

    @property
    def family(self) -> str:
        """The name of the file that the function is in."""
        return self.function.__module__.rpartition(".")[2]


def random(*shape: int, seed: int = 0, low: float = 0.0, high: float = 1.0) -> Array:
    """The same random numbers every time."""
    return np.random.default_rng(seed + sum(shape)).uniform(low, high, shape)
