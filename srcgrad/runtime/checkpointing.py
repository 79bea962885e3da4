"""Long loops in little memory: some states are kept, and trips between them run again in the reverse sweep.

For a known number of trips the schedule is the binomial one of Griewank and Walther ("Algorithm 799: Revolve", 2000),
which no other beats: `trips` of them with `snapshots` states need `forward_trips(trips, snapshots)`.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from srcgrad.errors import ArgumentError

__all__ = ["Checkpoints", "checkpoint", "forward_trips", "warn_ignored"]


def checkpoint(trips: range, *, snapshots: int | None = None, memory: int | None = None) -> range:
    """Have a loop differentiated in little memory: ``for k in srcgrad.checkpoint(range(n), snapshots=100): ...``.

    The reverse sweep needs the values of every trip. Instead of all of them, only some states are kept, and trips in
    between run again from there, each as seldom as can be. In plain Python it is the range itself.

    Parameters
    ----------
    trips : range
        What the loop counts over. It may break off early.
    snapshots : int, optional
        How many states to keep at a time.
    memory : int, optional
        How many bytes the states may take, in place of their number.

    Returns
    -------
    range
        `trips`.

    Raises
    ------
    ArgumentError
        If `trips` is not a range, or not exactly one of the limits is a positive whole number.

    Notes
    -----
    The gradient is the same. Where a loop cannot run again (it draws random numbers, prints, changes lists), or where
    the function is recorded as it runs, everything is kept after all, and the compiler warns. ``forward_trips`` of
    `srcgrad.runtime.checkpointing` says how many trips a number of snapshots costs.

    Examples
    --------
    >>> import srcgrad
    >>> def decay(rate):
    ...     x = 1.0
    ...     for _ in srcgrad.checkpoint(range(1_000), snapshots=10):
    ...         x = x - 0.001 * rate * x * x
    ...     return x
    >>> round(srcgrad.grad(decay)(2.0), 6)
    -0.111145
    """
    if not isinstance(trips, range):
        raise ArgumentError(
            f"checkpoint needs a range, not {type(trips).__name__}",
            way_out="count with range, and break when it is enough",
        )
    limits = [limit for limit in (snapshots, memory) if limit is not None]
    if len(limits) != 1 or not isinstance(limits[0], int) or limits[0] < 1:
        raise ArgumentError(
            "checkpoint needs either snapshots or memory, a positive whole number",
            way_out="for example snapshots=100, or memory=2**30",
        )
    return trips


def warn_ignored(reason: str) -> None:
    """Say that a loop keeps everything although it is to be checkpointed."""
    warnings.warn(f"checkpoint is ignored in {reason}", RuntimeWarning, stacklevel=2)


def forward_trips(trips: int, snapshots: int) -> int:
    """The least number of trips forward that bring each trip's state about, last to first.

    The trips of the program itself are among them, all but the last.

    >>> forward_trips(10, 3), forward_trips(10, 10), forward_trips(10, 1)
    (15, 9, 45)
    """
    if trips <= 1:
        return 0
    repeats = _repeats(trips, snapshots)
    return repeats * trips - math.comb(snapshots + repeats, repeats - 1)


def _repeats(trips: int, snapshots: int) -> int:
    """How often a trip runs at most: the least r with comb(snapshots + r, r) >= trips."""
    repeats = 0
    while math.comb(snapshots + repeats, repeats) < trips:
        repeats += 1
    return repeats


def _next(trips: int, snapshots: int) -> int:
    """After how many of the trips to keep the next state, the first being kept already (and counted)."""
    repeats = _repeats(trips, snapshots)
    least = math.comb(snapshots + repeats - 2, snapshots) if repeats > 1 else 0
    return max(least, trips - math.comb(snapshots - 1 + repeats, repeats), 1)


class Checkpoints:
    """The states of one run of a loop, and the order in which its trips run again.

    Generated code walks ``forward()``, and later ``reverse()``. Before each trip it does what the attributes say.

    Parameters
    ----------
    trips : range
        What the loop counts over.
    snapshots : int, optional
        How many states to keep at a time. Beside these there is the state before the last trip.
    memory : int, optional
        How many bytes they may take, in place of their number; judged by the first one.
    ends_early : bool
        The loop may break off, so that the number of trips is not known beforehand. Then states are kept at regular
        distances, which double when there are too many.

    Attributes
    ----------
    back : bool
        Go back to ``state`` first.
    due : bool
        Then hand the state over with ``keep``.
    again : bool
        Only run the trip; else record it, and run its adjoint.
    """

    def __init__(
        self,
        trips: range,
        snapshots: int | None = None,
        memory: int | None = None,
        ends_early: bool = False,
    ) -> None:
        self.trips = trips
        self.snapshots = snapshots
        self.memory = memory
        self.ends_early = ends_early
        self.back = self.due = self.again = False
        self.recomputed = 0
        self.most = 0
        self._count = 0
        self._at = 0
        self._kept: dict[int, tuple[Any, ...]] = {}

    @property
    def state(self) -> tuple[Any, ...]:
        """The state to go back to."""
        return self._kept[self._at]

    def keep(self, *state: Any) -> None:
        """Take over the state before the trip that is to run."""
        if self.snapshots is None:
            size = sum(part.nbytes if isinstance(part, np.ndarray) else 32 for part in state)
            self.snapshots = max(1, (self.memory or 0) // max(size, 1))
        self._kept[self._at] = state
        self.most = max(self.most, len(self._kept))

    def forward(self) -> Iterator[int]:
        """The trips of the program itself."""
        steps = self._regular() if self.ends_early else self._binomial()
        for k in steps:
            self._at, self._count = k, k + 1
            yield self.trips[k]

    def _binomial(self) -> Iterator[int]:
        due: int | None = 0
        last = len(self.trips) - 1
        for k in range(last + 1):
            self.due = k in (due, last)
            yield k
            if k == due:
                free = (self.snapshots or 1) - len(self._kept)
                due = k + _next(last + 1 - k, free + 1) if free > 0 and k < last else None

    def _regular(self) -> Iterator[int]:
        distance = 1
        for k in range(len(self.trips)):
            while k % distance == 0 and len(self._kept) >= (self.snapshots or 2):
                distance *= 2
                self._kept = {at: state for at, state in self._kept.items() if at % distance == 0}
            self.due = k % distance == 0
            yield k

    def reverse(self) -> Iterator[int]:
        """Trips that run again, and those whose adjoint runs (last to first)."""
        marks = [*sorted(self._kept), self._count]
        waiting = list(itertools.pairwise(marks))
        reached = self._count
        while waiting:
            start, end = waiting.pop()
            new = start not in self._kept
            free = (self.snapshots or 1) - len(self._kept) - new
            if end - start == 1:
                middle = start
            elif free > 0:
                middle = start + _next(end - start, free + 1)
            else:
                middle = end - 1
            self.again = True
            for k in range(start, middle):
                self._at, self.back, self.due = k, k == start != reached, k == start and new
                self.recomputed += 1
                yield self.trips[k]
            if middle > start:
                reached = middle
                waiting.append((start, middle))
                if middle < end - 1 or free > 0:
                    waiting.append((middle, end))
                    continue
            self._at, self.back, self.due, self.again = middle, middle != reached, False, False
            yield self.trips[middle]
            self._kept.pop(middle, None)
            reached = -1
