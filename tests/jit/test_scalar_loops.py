"""Scalar programs under ``jit=True`` give what they give without."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError, JitError

pytest.importorskip("numba")


def newton(a):
    x = a
    while abs(x * x - a) > 1e-9:
        x = 0.5 * (x + a / x)
    return x


def leaves_early(x):
    s = 0.0
    n = 0
    while s < 10.0:
        s = s + math.exp(-s * x) + 0.01
        n += 1
        if n > 50:
            break
    return s * x


def predator_and_prey(p, steps):
    a, b, c, d = p[0], p[1], p[2], p[3]
    x, y = 1.0, 0.5
    for _ in range(steps):
        x, y = x + 0.001 * (a * x - b * x * y), y + 0.001 * (c * x * y - d * y)
    return x * x + y * y


def sweep(A, T):
    A = A.copy()
    n = A.shape[0]
    for t in range(T):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = (A[i - 1, j] + A[i, j - 1] + A[i, j] + A[i, j + 1] + A[i + 1, j]) / 5.0
    return np.sum(A * A)


PROGRAMS = [
    (newton, (2.0,)),
    (leaves_early, (0.5,)),
    (predator_and_prey, (np.array([1.5, 1.0, 1.0, 3.0]), 100)),
    (sweep, (np.cos(np.arange(36.0)).reshape(6, 6), 3)),
]


def leaves(tree: Any) -> list[Any]:
    return [x for part in tree for x in leaves(part)] if isinstance(tree, tuple) else [tree]


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda value: getattr(value, "__name__", ""))
def test_same_as_without(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    wanted = srcgrad.value_and_grad(f)(*args)
    found = srcgrad.value_and_grad(f, jit=True)(*args)
    for a, b in zip(leaves(wanted), leaves(found), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-13)


def through_text(x):
    return x * len(f"{x:.17g}")


def test_what_has_no_machine_code_is_an_error_with_the_line() -> None:
    with pytest.raises(JitError, match=r"test_scalar_loops\.py:\d+"):
        srcgrad.grad(through_text, jit=True)(3.0)


def test_auto_warns_once_and_is_right() -> None:
    slope = srcgrad.grad(through_text, jit="auto")
    with pytest.warns(RuntimeWarning, match="runs without jit") as caught:
        assert slope(3.0) == 1.0
        assert slope(5.0) == 1.0
    assert len(caught) == 1


def test_jit_takes_three_values() -> None:
    with pytest.raises(ArgumentError):
        srcgrad.grad(newton, jit="always")


def picks(x, k):
    return x[k] * x[0]


def test_an_index_out_of_range_raises_as_python_does() -> None:
    x = np.array([2.0, 3.0])
    slope = srcgrad.grad(picks, jit=True)
    np.testing.assert_array_equal(slope(x, -1), [3.0, 2.0])
    with pytest.raises(IndexError):
        slope(x, 2)
    with pytest.raises(IndexError):
        slope(x, -3)


scale = 2.0


def scaled(x):
    return scale * x


def test_globals_are_read_at_each_call() -> None:
    global scale
    slope = srcgrad.grad(scaled, jit=True)
    try:
        assert slope(1.0) == 2.0
        scale = 5.0
        assert slope(1.0) == 5.0
    finally:
        scale = 2.0
