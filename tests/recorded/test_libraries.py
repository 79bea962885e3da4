"""Functions of NumPy and the standard library that call back, have several results, or are written in Python."""

from __future__ import annotations

import collections
import contextlib
import functools
import heapq
import io
import itertools
import json
import math
import operator
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.differences import Vector
from tests.recorded.check import check, check_second

A = np.array([0.3, 0.7, -0.2, 0.5])

PROGRAMS: dict[str, Callable[[Vector], Any]] = {
    "piecewise": lambda a: np.sum(np.piecewise(a, [a < 0], [lambda x, k: k * x**2, lambda x, k: x**3], 2.0)),
    "fromfunction": lambda a: np.sum(np.fromfunction(lambda i, j: i * a[0] + j * a[1] ** 2, (2, 3)) ** 2),
    "apply_along_axis": lambda a: np.sum(np.apply_along_axis(lambda r: r * r[0], 0, a.reshape(2, 2)) ** 2),
    "apply_over_axes": lambda a: np.sum(np.apply_over_axes(np.sum, a.reshape(2, 2) ** 2, [0, 1])),
    "vectorize": lambda a: np.sum(np.vectorize(lambda x, y: x * y if x > 0 else 0.0)(a, a[0])),
    "vectorize by keyword": lambda a: np.sum(np.vectorize(lambda x, y=2.0: x * y)(a, y=a[1])),
    "vectorize of pairs": lambda a: np.sum(np.vectorize(lambda x, y: (x + y, x * y))(a, a[0])[1] ** 2),
    "vectorize without some": lambda a: np.sum(np.vectorize(lambda x, p: x * p[1], excluded=["p"])(a, p=a)),
    "vectorize with signature": lambda a: np.sum(
        np.vectorize(lambda x, y: np.sum(x * x) * y, signature="(n),()->()")(a.reshape(2, 2), a[:2]) ** 2
    ),
    "vectorize of math": lambda a: np.sum(np.vectorize(math.sin, otypes=[float])(a)),
    "fromiter": lambda a: np.sum(np.fromiter((x * x for x in a), float) * a),
    "ndenumerate": lambda a: sum(x * x * k[0] for k, x in np.ndenumerate(a)),
    "poly1d": lambda a: np.poly1d(a)(0.7) * np.poly1d([1.0, 2.0])(a[0]),
    "Polynomial": lambda a: (
        np.polynomial.Polynomial([1.0, 2.0, 3.0])(a[0]) * np.polynomial.polynomial.polyval(0.3, a)
    ),
    "r_ and c_": lambda a: np.sum(np.r_[a, a[0], 1.0] ** 2) * np.sum(np.c_[a, a * a]),
    "sliding_window_view": lambda a: np.sum(np.lib.stride_tricks.sliding_window_view(a, 2).prod(axis=1)),
    "printing": lambda a: (
        a[0] * a[1] * (len(np.array_str(a)) > 0) * (len(np.format_float_positional(a[0])) > 0)
    ),
    "savetxt": lambda a: a[0] ** 2 if np.savetxt(io.StringIO(), a) is None else 0.0,
    "json": lambda a: a[0] ** 2 * (len(json.dumps({"x": a.tolist(), "y": float(a[0])})) > 3),
    "eigh": lambda a: np.sum(np.linalg.eigh(np.outer(a, a) + np.diag(np.arange(4.0))).eigenvalues ** 3),
    "qr": lambda a: np.sum(np.abs(np.linalg.qr(a.reshape(2, 2) + np.eye(2))[1]) ** 3),
    "svd": lambda a: np.sum(np.linalg.svd(a.reshape(2, 2) + np.eye(2))[1] ** 3),
    "slogdet": lambda a: np.linalg.slogdet(a.reshape(2, 2) + np.eye(2))[1] ** 2,
    "meshgrid and split": lambda a: np.sum(np.meshgrid(a, a**2)[1] ** 2) * np.sum(np.split(a, 2)[0] ** 2),
    "full_like": lambda a: np.sum(np.full_like(a, a[1]) * a),
    "combinations and accumulate": lambda a: (
        sum(x * y for x, y in itertools.combinations(a, 2)) * list(itertools.accumulate(a))[2]
    ),
    "starmap and pairwise": lambda a: sum(itertools.starmap(operator.mul, itertools.pairwise(a))),
    "groupby": lambda a: sum(
        (k + 1) * sum(g) ** 2 for k, g in itertools.groupby(sorted(a), key=lambda x: x > 0)
    ),
    "reduce and partial": lambda a: (
        functools.reduce(lambda p, q: p * q + 1, a) * functools.partial(max, a[0])(a[1])
    ),
    "getters": lambda a: (
        operator.itemgetter(1, 2)(a)[1] * operator.attrgetter("T")(a)[0] * operator.matmul(a, a)
    ),
    "heap": lambda a: heapq.nsmallest(2, list(a * a))[1] * heapq.nlargest(1, list(a))[0],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_expression(name: str) -> None:
    check(PROGRAMS[name], A)
    check_second(PROGRAMS[name], A)


def containers_of_collections(a: Vector) -> Any:
    recent = collections.deque(a, maxlen=3)
    recent.append(a[0] * 2)
    recent.rotate(1)
    groups = collections.defaultdict(float)
    for k, x in enumerate(a):
        groups[k % 2] += x * x
    chained = collections.ChainMap({"x": a[0]}, {"y": a[1], "x": 3.0})
    return recent[0] * recent[1] + groups[0] * groups[1] + chained["x"] * chained["y"]


def named_tuples(a: Vector) -> Any:
    point = collections.namedtuple("point", "x y")  # noqa: PYI024
    p = point(a[0], a[1])
    q = p._replace(x=a[2])
    return p.x * q.x * q.y + sum(p)


def caches(a: Vector) -> Any:
    @functools.lru_cache(None)
    def product(k: int) -> Any:
        return a[k] * product(k - 1) if k else a[0]

    @functools.cache
    def square(x: Any) -> Any:
        return x * x

    return product(3) * product(2) + square(a[0]) * square(a[1])


def contexts(a: Vector) -> Any:
    @contextlib.contextmanager
    def squared(x: Any) -> Any:
        yield x * x

    with squared(a[0]) as y, contextlib.suppress(ValueError):
        z = y * a[1]
        raise ValueError
    with contextlib.ExitStack() as stack:
        z = z * stack.enter_context(contextlib.nullcontext(a[2]))
    return z


@pytest.mark.parametrize(
    "program",
    [containers_of_collections, named_tuples, caches, contexts],
    ids=lambda program: program.__name__,
)
def test_program(program: Callable[[Vector], Any]) -> None:
    check(program, A)
    check_second(program, A)


def test_statistics() -> None:
    check(lambda a: statistics.fmean(list(a)) * statistics.stdev(list(a)), A, bits=False)
