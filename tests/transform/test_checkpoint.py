"""Loops in little memory: the same gradients, as many trips as the binomial formula says, and no more states."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError
from srcgrad.runtime import checkpointing
from srcgrad.runtime.checkpointing import Checkpoints, forward_trips

V = np.random.default_rng(3).random(7)


def run(plan: Checkpoints, stop: int | None = None) -> list[int]:
    """A loop that counts; the trips whose adjoint ran."""
    state: int | None = 0
    for k in plan.forward():
        if plan.due:
            plan.keep(state)
        assert state == k
        state = k + 1
        if state == stop:
            break
    adjoints = []
    for k in plan.reverse():
        if plan.back:
            (state,) = plan.state
        if plan.due:
            plan.keep(state)
        assert state == k
        if plan.again:
            state = k + 1
        else:
            adjoints.append(k)
            state = None
    return adjoints


@functools.cache
def best(trips: int, snapshots: int) -> int:
    """The least number of trips forward, by trying everything."""
    if trips <= 1:
        return 0
    if snapshots == 1:
        return trips * (trips - 1) // 2
    return min(m + best(trips - m, snapshots - 1) + best(m, snapshots) for m in range(1, trips))


@pytest.mark.parametrize("snapshots", [1, 2, 3, 5, 8, 40])
def test_schedule_runs_no_trip_too_often(snapshots: int) -> None:
    for trips in [*range(45), 150]:
        plan = Checkpoints(range(trips), snapshots)
        assert run(plan) == list(reversed(range(trips)))
        assert forward_trips(trips, snapshots) == best(trips, snapshots)
        assert plan.recomputed == forward_trips(trips, snapshots) - max(trips - 1, 0)
        assert plan.most <= snapshots + 1


@pytest.mark.parametrize("snapshots", [2, 5, 17])
@pytest.mark.parametrize("stop", [1, 2, 9, 100, 333])
def test_loop_that_breaks_off(snapshots: int, stop: int) -> None:
    plan = Checkpoints(range(10**6), snapshots, ends_early=True)
    assert run(plan, stop) == list(reversed(range(stop)))
    assert plan.most <= snapshots


@pytest.mark.parametrize("trips", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_many_trips_in_the_memory_of_a_hundred(trips: int) -> None:
    plan = Checkpoints(range(trips), 100)
    assert len(run(plan)) == trips
    assert plan.recomputed == forward_trips(trips, 100) - (trips - 1)
    assert plan.most == 101
    assert plan.recomputed < 3 * trips


def test_memory_in_bytes() -> None:
    plan = Checkpoints(range(50), memory=1000)
    for _ in plan.forward():
        if plan.due:
            plan.keep(np.zeros(25), 1.0)
    assert plan.snapshots == 4
    assert plan.most <= 5


# --- programs ----------------------------------------------------------------------------------------------


def numbers(x: float) -> Any:
    y, total = x, 0.0
    for k in srcgrad.checkpoint(range(23), snapshots=3):
        y = y + 0.01 * np.sin(y) * k
        total += y * y
    return total * y


def rod(u: Any) -> Any:
    u = u.copy()
    for _ in srcgrad.checkpoint(range(17), snapshots=4):
        flux = (1.0 + u[1:] * u[:-1]) * (u[1:] - u[:-1])
        u[1:-1] += 0.1 * (flux[1:] - flux[:-1])
    return np.sum(u * u)


def array_anew(u: Any) -> Any:
    w = u * 2.0
    for k in srcgrad.checkpoint(range(2, 20, 3), snapshots=2):
        v = np.zeros_like(u)
        v[1:] = u[:-1] * w[0]
        u = u + 0.1 * k * np.tanh(v)
    w[0] = 5.0
    return np.sum(u * w)


def until_small(x: float) -> Any:
    y = x
    for _ in srcgrad.checkpoint(range(10**6), snapshots=4):
        y = 0.9 * y + 0.1 * np.cos(y) * x
        if abs(y) < 0.7 * x:
            break
    return y * y


def branches_inside(x: float) -> Any:
    y = x
    for k in srcgrad.checkpoint(range(19), snapshots=3):
        if k % 3 == 0:
            y = y * 1.1
        elif y > 1.0:
            y = np.sqrt(y) * x
        n = 0
        while n < k % 4:
            y += 0.1 * np.sin(y)
            n += 1
    return y


def loop_in_loop(u: Any) -> Any:
    u = u.copy()
    total = 0.0
    for j in range(3):
        for _ in srcgrad.checkpoint(range(5 + j), snapshots=2):
            u[1:] += 0.1 * u[:-1] * u[1:]
        total += u[-1]
    return total


def step(u: Any, rate: float) -> Any:
    return u - rate * np.sin(u)


def with_a_function(u: Any) -> Any:
    for _ in srcgrad.checkpoint(range(11), memory=200):
        u = step(u, 0.1)
    return np.sum(u * u)


def no_trip(x: float) -> Any:
    y = x * x
    for _ in srcgrad.checkpoint(range(0), snapshots=3):
        y = y * y
    return y


CHECKPOINTED: list[tuple[Callable[..., Any], Any]] = [
    (numbers, 0.3), (rod, V), (array_anew, V), (until_small, 1.3), (branches_inside, 0.8),
    (loop_in_loop, V), (with_a_function, V), (no_trip, 0.7),
]  # fmt: skip


def directional(function: Callable[..., Any], at: Any, along: Any) -> float:
    h = 1e-5
    return float((function(at + h * along) - function(at - h * along)) / (2.0 * h))


@pytest.mark.parametrize(("function", "at"), CHECKPOINTED, ids=lambda case: getattr(case, "__name__", None))
def test_gradient_is_the_same(function: Callable[..., Any], at: Any) -> None:
    gradient = srcgrad.value_and_grad(function)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, slope = gradient(at)
    assert value == function(at)
    assert "checkpoints.reverse()" in gradient.source
    along = np.cos(np.arange(1.0, 1.0 + np.size(at))).reshape(np.shape(at))
    assert np.sum(slope * along) == pytest.approx(directional(function, at, along), rel=1e-7)


def test_trips_are_run_again_and_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Checkpoints] = []

    class Watched(Checkpoints):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            plans.append(self)

    gradient = srcgrad.grad(rod)
    gradient(V)
    scope = gradient._latest.compiled.function.__globals__
    monkeypatch.setitem(scope, "Checkpoints", Watched)
    gradient(V)
    (plan,) = plans
    assert plan.recomputed == forward_trips(17, 4) - 16
    assert plan.most == 5


# --- where it is not possible -----------------------------------------------------------------------------


def random_inside(x: float) -> Any:
    rng = np.random.default_rng(0)
    for _ in srcgrad.checkpoint(range(5), snapshots=2):
        x = x * (1.0 + rng.random())
    return x


def list_inside(x: float) -> Any:
    seen = []
    for _ in srcgrad.checkpoint(range(5), snapshots=2):
        x = x * 1.1
        seen.append(x)
    return x * seen[2]


def buffers_exchanged(u: Any) -> Any:
    u, v = u.copy(), u.copy()
    for _ in srcgrad.checkpoint(range(5), snapshots=2):
        v[1:] = u[:-1] * u[1:]
        u, v = v, u
    return np.sum(u * v)


@pytest.mark.parametrize(
    ("function", "at"),
    [(random_inside, 0.3), (list_inside, 0.3), (buffers_exchanged, V)],
    ids=lambda case: getattr(case, "__name__", None),
)
def test_loop_that_cannot_run_again_keeps_everything_and_says_so(
    function: Callable[..., Any], at: Any
) -> None:
    gradient = srcgrad.grad(function)
    with pytest.warns(RuntimeWarning, match=f"checkpoint is ignored in {function.__name__}, line "):
        slope = gradient(at)
    along = np.ones_like(at)
    assert np.sum(slope * along) == pytest.approx(directional(function, at, along), rel=1e-6)


@pytest.mark.parametrize(
    ("trips", "limits", "message"),
    [
        ([1, 2], {"snapshots": 3}, "needs a range, not list"),
        (range(3), {}, "either snapshots or memory"),
        (range(3), {"snapshots": 0}, "either snapshots or memory"),
        (range(3), {"snapshots": 2, "memory": 5}, "either snapshots or memory"),
    ],
)
def test_arguments(trips: Any, limits: dict[str, int], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        checkpointing.checkpoint(trips, **limits)


def test_plain_python_runs_the_range_itself() -> None:
    trips = range(3)
    assert srcgrad.checkpoint(trips, snapshots=2) is trips
