"""Colourings of sparse matrices: which columns can be computed together.

A pattern is given column by column: ``columns[j]`` are the rows in which column ``j`` may be non-zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["color_columns", "color_star", "probe", "transposed"]

Rows = np.ndarray[Any, np.dtype[np.intp]]


def color_columns(columns: Sequence[Rows], size: int) -> list[int]:
    """Colours such that two columns of one colour share no row (Curtis, Powell and Reid; greedy, longest first).

    Parameters
    ----------
    columns : sequence of arrays
    size : int
        Number of rows.

    Examples
    --------
    >>> tridiagonal = [np.array([0, 1]), np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([2, 3])]
    >>> len(set(color_columns(tridiagonal, 4)))
    3
    """
    colors = [0] * len(columns)
    taken: list[Any] = []
    order = sorted(range(len(columns)), key=lambda j: (-len(columns[j]), j))
    for j in order:
        rows = columns[j]
        color = next((k for k, used in enumerate(taken) if not used[rows].any()), len(taken))
        if color == len(taken):
            taken.append(np.zeros(size, bool))
        taken[color][rows] = True
        colors[j] = color
    return colors


def color_star(columns: Sequence[Rows]) -> list[int]:
    """Colours of a symmetric pattern such that each entry can be read from ``H @ S`` or, by symmetry, from its mirror.

    Neighbours differ, and every path of four vertices has three colours (a star colouring, greedily).

    Examples
    --------
    >>> arrow = [np.array([0, 1, 2, 3]), np.array([0, 1]), np.array([0, 2]), np.array([0, 3])]
    >>> color_star(arrow)
    [0, 1, 1, 1]
    """
    around = [[int(i) for i in rows if i != j] for j, rows in enumerate(columns)]
    colors = [-1] * len(columns)
    for v in sorted(range(len(columns)), key=lambda j: (-len(around[j]), j)):
        forbidden = {colors[w] for w in around[v]}
        for w in around[v]:
            for x in around[w]:
                if x == v or colors[x] < 0 or colors[x] in forbidden:
                    continue
                if colors[w] < 0 or any(y != w and colors[y] == colors[w] for y in around[x]):
                    forbidden.add(colors[x])
        color = 0
        while color in forbidden:
            color += 1
        colors[v] = color
    return colors


def transposed(columns: Sequence[Rows], size: int) -> list[Rows]:
    """The pattern of the transpose.

    Examples
    --------
    >>> [rows.tolist() for rows in transposed([np.array([0, 2]), np.array([2])], 3)]
    [[0], [], [0, 1]]
    """
    if not columns:
        return [np.zeros(0, np.intp) for _ in range(size)]
    rows = np.concatenate(columns)
    owners = np.repeat(np.arange(len(columns)), [len(part) for part in columns])
    order = np.argsort(rows, kind="stable")
    counts = np.bincount(rows, minlength=size)
    return np.split(owners[order], np.cumsum(counts)[:-1])


def probe(product: Callable[[Any], Any], count: int, size: int, rng: np.random.Generator) -> list[Rows]:
    """The pattern of a matrix that can only be multiplied.

    Blocks of columns are halved again and again. Blocks whose rows do not meet are tried in one product, with random
    numbers, so a band matrix takes a few products a level rather than one a column.

    Parameters
    ----------
    product : callable
        The matrix times a vector of length `count`.
    count, size : int
        Numbers of columns and of rows.

    Examples
    --------
    >>> matrix = np.diag(np.arange(1.0, 9.0)) + np.diag(np.ones(7), 1)
    >>> found = probe(lambda v: matrix @ v, 8, 8, np.random.default_rng(0))
    >>> all(np.array_equal(rows, np.flatnonzero(matrix[:, j])) for j, rows in enumerate(found))
    True
    """
    blocks = [(0, count, np.arange(size))] if count else []
    while any(stop - start > 1 for start, stop, _ in blocks):
        halves = []
        for start, stop, rows in blocks:
            middle = (start + stop + 1) // 2
            halves += [(a, b, rows) for a, b in ((start, middle), (middle, stop)) if b > a]
        blocks = _tried(product, halves, count, size, rng)
    if count == 1:
        blocks = _tried(product, blocks, count, size, rng)
    return [rows for _, _, rows in blocks]


def _tried(
    product: Callable[[Any], Any],
    blocks: list[tuple[int, int, Rows]],
    count: int,
    size: int,
    rng: np.random.Generator,
) -> list[tuple[int, int, Rows]]:
    colors = color_columns([rows for _, _, rows in blocks], size)
    found = list(blocks)
    for color in range(max(colors) + 1):
        chosen = [k for k, own in enumerate(colors) if own == color]
        seed = np.zeros(count)
        for k in chosen:
            start, stop, _ = blocks[k]
            seed[start:stop] = rng.uniform(0.5, 1.5, stop - start) * rng.choice([-1.0, 1.0], stop - start)
        hit = product(seed) != 0.0
        for k in chosen:
            start, stop, rows = blocks[k]
            found[k] = start, stop, rows[hit[rows]]
    return found
