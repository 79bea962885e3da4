"""The first three steps of a layered layout: cycles are opened, vertices get layers, layers are ordered."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["SWEEPS", "find_layers", "order_layers", "without_cycles"]

T = TypeVar("T")

SWEEPS = 8  # how often the order of the layers is improved


def without_cycles(
    keys: Sequence[str], edges: dict[tuple[str, str], list[int]]
) -> dict[tuple[str, str], list[int]]:
    """The edges that go forwards: those that a depth-first search does not find to close a cycle."""
    targets: dict[str, list[str]] = {key: [] for key in keys}
    for source, target in edges:
        targets[source].append(target)
    state: dict[str, int] = {}
    closing: set[tuple[str, str]] = set()
    for start in keys:
        if start in state:
            continue
        state[start] = 1
        stack = [(start, iter(targets[start]))]
        while stack:
            key, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[key] = 2
                stack.pop()
            elif state.get(following) == 1:
                closing.add((key, following))
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(targets[following])))
    return {ends: numbers for ends, numbers in edges.items() if ends not in closing}


def find_layers(keys: Sequence[str], edges: dict[tuple[str, str], list[int]]) -> dict[str, int]:
    """Longest paths from the top; what nothing leads to moves down to what it leads to."""
    waiting = dict.fromkeys(keys, 0)
    targets: dict[str, list[str]] = {key: [] for key in keys}
    for source, target in edges:
        waiting[target] += 1
        targets[source].append(target)
    layers = dict.fromkeys(keys, 0)
    ready = [key for key in keys if not waiting[key]]
    roots = set(ready)
    done = 0
    while done < len(ready):
        key = ready[done]
        done += 1
        for target in targets[key]:
            layers[target] = max(layers[target], layers[key] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for key in keys:
        if key in roots and targets[key]:
            layers[key] = min(layers[target] for target in targets[key]) - 1
    return layers


def order_layers(rows: list[list[T]], above: dict[int, list[T]], below: dict[int, list[T]]) -> None:
    """Order each layer by the mean place of its neighbours, downwards and upwards in turn; keep the best."""
    best, fewest = [list(row) for row in rows], _crossings(rows, below)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        neighbours = above if down else below
        numbers = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for k in numbers:
            fixed = rows[k - 1] if down else rows[k + 1]
            place = {id(item): float(n) for n, item in enumerate(fixed)}
            current = {id(item): float(n) for n, item in enumerate(rows[k])}
            rows[k].sort(key=lambda item: _mean(neighbours.get(id(item), []), place, current[id(item)]))
        now = _crossings(rows, below)
        if now < fewest:
            best, fewest = [list(row) for row in rows], now
    rows[:] = best


def _mean(items: list[T], place: dict[int, float], default: float) -> float:
    return sum(place[id(item)] for item in items) / len(items) if items else default


def _crossings(rows: list[list[T]], below: dict[int, list[T]]) -> int:
    """Pairs of arrows that cross: inversions, counted with a binary indexed tree."""
    total = 0
    for upper, lower in itertools.pairwise(rows):
        place = {id(item): n for n, item in enumerate(lower)}
        ends = [n for item in upper for n in sorted(place[id(t)] for t in below.get(id(item), []))]
        tree = [0] * (len(lower) + 1)
        for seen, end in enumerate(ends):
            k, smaller = end + 1, 0
            while k:
                smaller += tree[k]
                k -= k & -k
            total += seen - smaller
            k = end + 1
            while k <= len(lower):
                tree[k] += 1
                k += k & -k
    return total
