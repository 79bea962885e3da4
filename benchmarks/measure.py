"""Timing kernels and their gradients, fairly: by turns, in one process, the best of several rounds.

Processor time is counted, not time on the wall, so that other work on the machine does not show.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Kernel
from benchmarks.peers import Peer
from srcgrad.errors import SrcgradError

__all__ = ["Measured", "Timing", "measure"]

#: A gradient that takes longer than this many times the kernel is timed with few repetitions.
_SLOW = 200.0


@dataclass(frozen=True)
class Timing:
    """Best times of a gradient, in seconds.

    Parameters
    ----------
    peer : str
        What made it.
    first : float
        The first call, which may compile.
    gradient : float
        A later call.
    ratio : float
        How many times the plain kernel's time that is.
    """

    peer: str
    first: float
    gradient: float
    ratio: float


@dataclass
class Measured:
    """A kernel with its own time, the timings of gradients, and why others are missing."""

    kernel: str
    family: str
    size: int
    steps: int | None
    primal: float
    timings: list[Timing] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def measure(kernel: Kernel, peers: Sequence[Peer], size: int, seconds: float) -> Measured:
    """Time a kernel and all gradients of it, and hold them against each other.

    Raises
    ------
    ArithmeticError
        If a gradient is not that of the first peer.
    """
    arguments = kernel.inputs(size)
    calls: list[Callable[[], object]] = [lambda: kernel.function(*arguments)]
    found: list[tuple[Peer, float]] = []
    made = Measured(kernel.name, kernel.family, size, kernel.steps(size) if kernel.steps else None, 0.0)
    truth: list[Any] | None = None
    for peer in peers:
        gradient = peer.gradient(kernel)
        if gradient is None:
            made.missing[peer.name] = "not written"
            continue
        theirs = tuple(map(peer.convert, arguments))
        began = time.process_time()
        try:
            parts = [np.asarray(part) for part in gradient(*theirs)]
        except (SrcgradError, NotImplementedError) as error:
            made.missing[peer.name] = str(error).partition("\n")[0]
            continue
        first = time.process_time() - began
        truth = _checked(kernel, peer, parts, truth)
        calls.append(lambda gradient=gradient, theirs=theirs: gradient(*theirs))  # type: ignore[misc]
        found.append((peer, first))
    made.primal, *times = by_turns(calls, seconds)
    for (peer, first), best in zip(found, times, strict=True):
        made.timings.append(Timing(peer.name, first, best, best / made.primal))
    return made


def _checked(kernel: Kernel, peer: Peer, parts: list[Any], truth: list[Any] | None) -> list[Any]:
    if truth is None:
        return parts
    for part, wanted in zip(parts, truth, strict=True):
        scale = max(1e-12, float(np.max(np.abs(wanted), initial=0.0)))
        if not np.allclose(part, wanted, rtol=1e-6, atol=1e-8 * scale):
            raise ArithmeticError(f"{peer.name} has another gradient of {kernel.name}")
    return truth


def by_turns(calls: Sequence[Callable[[], object]], seconds: float) -> list[float]:
    """Best time of each call; they take turns, so that a slow moment of the machine meets all of them.

    Parameters
    ----------
    calls
        What to time.
    seconds
        Roughly how long to go on; everything is timed three times at least, what is very slow once.
    """
    best = [_time(call) for call in calls]
    slow = [once > _SLOW * best[0] for once in best]
    rounds = 0
    ends = time.perf_counter() + seconds
    while rounds < 3 or time.perf_counter() < ends:
        for index, call in enumerate(calls):
            if not slow[index]:
                best[index] = min(best[index], _time(call))
        rounds += 1
    return best


def _time(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began
