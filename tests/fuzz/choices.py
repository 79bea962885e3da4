"""Where random decisions come from: a seeded generator in campaigns, Hypothesis in tests."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Source(Protocol):
    """Anything that picks an integer from 0 to ``n - 1``; 0 should lead to the simplest program."""

    def below(self, n: int) -> int:
        """An integer from 0 to ``n - 1``."""


class SeededSource:
    """Decisions from a seed: fast, and the same everywhere."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, n: int) -> int:
        """An integer from 0 to ``n - 1``."""
        return self._random.randrange(n)


class Choices:
    """Decisions by name on top of a source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def below(self, n: int) -> int:
        """An integer from 0 to ``n - 1``."""
        return self._source.below(n) if n > 1 else 0

    def between(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def one_of(self, options: Sequence[T]) -> T:
        """One of some options, the first being the simplest."""
        return options[self.below(len(options))]

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        """One of some options by weight."""
        at = self.below(sum(weight for weight, _ in options))
        for weight, option in options:
            if at < weight:
                return option
            at -= weight
        raise AssertionError

    def chance(self, percent: int) -> bool:
        """True in about ``percent`` of 100 cases."""
        return self.below(100) >= 100 - percent
