"""A table of programs of one array each, that try to lose a derivative in recorded mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

PROGRAMS: list[tuple[Callable[..., Any], np.ndarray]] = []


def program(argument: np.ndarray) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function with its argument."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append((function, argument))
        return function

    return register


def vector() -> np.ndarray:
    """Four numbers."""
    return np.array([0.3, 0.7, 1.1, 0.5])


def matrix() -> np.ndarray:
    """Two rows of three."""
    return np.array([[0.3, 0.7, 1.1], [0.5, 0.2, 0.9]])
