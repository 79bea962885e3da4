"""Timing a program and its gradient, fairly: by turns, in one process, the best of several rounds.

Processor time is counted, not time on the wall, so that other work on the machine does not show.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import srcgrad
from benchmarks.peers import Peer
from benchmarks.programs import Program

__all__ = ["Timing", "measure_peer", "measure_srcgrad"]


@dataclass(frozen=True)
class Timing:
    """Best times of a program and of its value and gradient together, in seconds.

    Parameters
    ----------
    package : str
        What made the gradient.
    size : int
        Size of the program.
    primal, gradient : float
        Seconds for one call.
    """

    package: str
    size: int
    primal: float
    gradient: float

    @property
    def ratio(self) -> float:
        """How many times the program's own cost the gradient is."""
        return self.gradient / self.primal


def by_turns(*calls: Callable[[], object], seconds: float) -> list[float]:
    """Best time of each call; they take turns, so that a slow moment of the machine meets all of them.

    Parameters
    ----------
    *calls : callable
        What to time. Each is called once beforehand, uncounted.
    seconds : float
        Roughly how long to go on; everything is timed three times at least.

    Returns
    -------
    list of float
        Seconds.
    """
    for call in calls:
        call()
    best = [float("inf")] * len(calls)
    rounds = 0
    ends = time.perf_counter() + seconds
    while rounds < 3 or time.perf_counter() < ends:
        for index, call in enumerate(calls):
            began = time.process_time()
            call()
            best[index] = min(best[index], time.process_time() - began)
        rounds += 1
    return best


def measure_srcgrad(program: Program, size: int, seconds: float) -> Timing:
    """The program as it stands and srcgrad's gradient of it."""
    arguments = program.arguments(size)
    differentiated: Any = srcgrad.value_and_grad(program.function)
    primal, gradient = by_turns(
        lambda: program.function(*arguments), lambda: differentiated(*arguments), seconds=seconds
    )
    return Timing("srcgrad", size, primal, gradient)


def measure_peer(program: Program, peer: Peer, size: int, seconds: float) -> Timing | None:
    """The program in another package's form: the plain program against that package's gradient."""
    function = peer.program(program)
    if function is None:
        return None
    arguments = program.arguments(size if peer.full_size else min(size, program.peer_size))
    differentiated = peer.value_and_gradient(function)
    theirs = tuple(peer.convert(value) for value in arguments)
    primal, gradient = by_turns(
        lambda: program.function(*arguments), lambda: differentiated(*theirs), seconds=seconds
    )
    return Timing(peer.name, size if peer.full_size else min(size, program.peer_size), primal, gradient)
