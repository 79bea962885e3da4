"""Machine code for elements at other places, for extremes along axes, and for arrays that keep their shape in a loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad

pytest.importorskip("numba")

RNG = np.random.default_rng(4)
ROW, WIDE, CUBE = RNG.normal(size=9), RNG.normal(size=(7, 6)), RNG.normal(size=(3, 5, 6))
SPACE, OTHER = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))


def turned(x: Any) -> Any:
    return np.sum(x * np.flip(x) ** 2)


def turned_along_an_axis(x: Any) -> Any:
    return np.sum(x * np.flip(x, axis=1) ** 2)


def rolled(x: Any) -> Any:
    return np.sum(x * np.roll(x, -1, axis=1) ** 2 + np.roll(x, 2, axis=0) * x)


def largest_of_rows(x: Any) -> Any:
    return np.sum(np.exp(x - np.max(x, axis=-1, keepdims=True)))


def smallest_of_columns(x: Any) -> Any:
    return np.sum(np.min(x, axis=0) ** 3)


def spread(x: Any) -> Any:
    return np.sum(np.std(x, axis=0) * np.var(x, axis=0, ddof=1)) + np.std(x)


def across(x: Any, y: Any) -> Any:
    return np.sum(np.cross(x, y) ** 2)


def parts_that_are_added(x: Any) -> Any:
    low = x * x
    return np.sum((low[1:] - low[:-1]) ** 3)


def outer_products(x: Any) -> Any:
    return np.sum(np.outer(x, x[:4]) ** 3)


def carried(x: Any) -> Any:
    y = x
    for _ in range(6):
        y = np.sin(y) * x
    return np.sum(y)


def carried_while(x: Any) -> Any:
    y, k = x, 0
    while k < 20 and np.sum(y * y) > 1e-3:
        z = np.tanh(y)
        y = z * z * 0.9
        k += 1
    return np.sum(y * x)


def shrinking(x: Any) -> Any:
    y = x
    for _ in range(3):
        y = y[1:] * y[:-1]
    return np.sum(y)


def on_one_path(x: Any) -> Any:
    y, w = x * 1.0, x * 3.0
    z = y if x[0] > 0 else w
    z[1] = x[0] * x[2]
    return np.sum(y * w)


def windows(x: Any) -> Any:
    total = np.zeros(3)
    for k in range(x.shape[0] - 2):
        part = x[k : k + 3]
        total += part * part * x[k]
    return np.sum(total)


def rows_written_later(x: Any) -> Any:
    y = x * 1.0
    total = 0.0
    for k in range(1, 7):
        row = y[k - 1]
        y[k] += row * np.sin(row)
        total += np.sum(row * y[k])
    return total


def layers(x: Any) -> Any:
    y = x[0] * 0.5
    for row in range(x.shape[0]):
        y = np.tanh(y * x[row]) + y
        for k in range(2):
            y = y * (x[row] + k)
    return np.sum(y)


def pairs(x: Any) -> Any:
    return np.sum(x[np.arange(5), np.array([4, 0, 1, -1, 2])] ** 3)


CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (turned, (ROW,)),
    (turned_along_an_axis, (WIDE,)),
    (rolled, (WIDE,)),
    (largest_of_rows, (CUBE,)),
    (smallest_of_columns, (WIDE,)),
    (spread, (WIDE,)),
    (across, (SPACE, OTHER)),
    (parts_that_are_added, (ROW,)),
    (outer_products, (ROW,)),
    (carried, (WIDE,)),
    (carried_while, (WIDE,)),
    (on_one_path, (ROW,)),
    (windows, (ROW,)),
    (layers, (SPACE.T.copy(),)),
    (pairs, (WIDE,)),
    (rows_written_later, (WIDE,)),
]


@pytest.mark.parametrize(("function", "arguments"), CASES, ids=[case[0].__name__ for case in CASES])
def test_the_same_as_numpy(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    wrt = tuple(range(len(arguments)))
    fast = srcgrad.grad(function, argnums=wrt, jit=True)
    for factor in (1.0, -0.7):
        given = [factor * np.abs(a) if function is on_one_path else factor * a for a in arguments]
        for part, wanted in zip(fast(*given), srcgrad.grad(function, argnums=wrt)(*given), strict=True):
            np.testing.assert_allclose(part, wanted, rtol=1e-11, atol=1e-13)


def test_ties_share_evenly() -> None:
    x = np.array([[1.0, 2.0, 2.0, 0.0, -1.0], [3.0, 3.0, 3.0, 1.0, 3.0]] * 3)
    fast = srcgrad.grad(smallest_of_columns, jit=True)
    np.testing.assert_allclose(fast(-x), srcgrad.grad(smallest_of_columns)(-x))


def test_arrays_that_keep_their_shape_are_taped_by_rounds() -> None:
    fast = srcgrad.grad(carried, jit=True)
    fast(WIDE)
    assert "_tape = np.empty((6, " in fast.source


def test_arrays_that_shrink_are_not() -> None:
    fast = srcgrad.grad(shrinking, jit="auto")
    np.testing.assert_allclose(fast(ROW), srcgrad.grad(shrinking)(ROW), rtol=1e-12)


def test_parts_of_memory_that_stays_are_not_copied_to_a_tape() -> None:
    fast = srcgrad.grad(windows, jit=True)
    fast(ROW)
    assert "part_tape" not in fast.source


def test_an_array_that_is_too_short_raises_as_numpy_does() -> None:
    fast = srcgrad.grad(largest_of_rows, jit=True)
    with pytest.raises(ValueError, match="zero-size"):
        fast(np.zeros((5, 0, 0)))


def test_loops_over_short_axes_are_written_out() -> None:
    fast = srcgrad.grad(layers, jit=True)
    fast(WIDE[:3])
    assert "\n    for row in" not in fast.source
    longer = srcgrad.grad(layers, jit=True)
    longer(WIDE)  # seven rows: too many
    assert "\n    for row in" in longer.source


def test_loops_that_may_end_early_are_not_written_out() -> None:
    def ends_early(x: Any) -> Any:
        y = x * 1.0
        for k in range(3):
            y = y * x
            if np.sum(y) > k:
                break
        return np.sum(y)

    fast = srcgrad.grad(ends_early, jit=True)
    np.testing.assert_allclose(fast(ROW), srcgrad.grad(ends_early)(ROW), rtol=1e-12)
    assert "for k in" in fast.source
