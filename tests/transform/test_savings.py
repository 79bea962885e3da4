"""Work that generated code leaves out, where facts allow it, and does where they do not.

Each case is a program with what its gradient must and must not contain; all are held against differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests.differences import from_vector, gradient, gradient_vector, to_vector

V = np.array([0.3, 0.7, -0.2, 0.5])
W = np.array([1.3, -0.4, 0.9, 0.2])
M = np.arange(1.0, 17.0).reshape(4, 4) / 10.0


def substitution(low, b):
    x = np.zeros_like(b)
    for i in range(4):
        x[i] = (b[i] - low[i, :i] @ x[:i]) / low[i, i]
    return np.sum(x * x)


def overwritten_whole(a):
    y = a.copy()
    for i in range(3):
        y[:] = y * y[i]
    return np.sum(y)


def written_after_the_loop(a):
    y = a.copy()
    s = 0.0
    for i in range(4):
        y[i] = y[i] * y[i - 1]
        s += y[:i] @ y[:i]
    return s, y


def first_of_two(a):
    s, y = written_after_the_loop(a)
    return s + y[0]


def same_lengths(a, c):
    return np.sum((a * c + a) * c)


def shifted(a, c):
    return np.sum((a[1:] * c[:-1] + c[1:]) * a[:-1])


def slices_with_counters(a, c):
    y = np.zeros_like(a)
    for i in range(4):
        y[: i + 1] += a[: i + 1] * c[i]
    return np.sum(y * y)


def slice_of_an_earlier_trip(a, c):
    s = 0.0
    part = a[:1]
    for i in range(1, 4):
        s += np.sum(part * c[:i])
        part = a[:1] * c[i]
    return s


def lists_of_unequal_vectors(a):
    parts = [a[:1], a[1:3]]
    total = 0.0
    for k in range(2):
        for j in range(2):
            total += np.sum(parts[k] * parts[j])
    return total


def twice(a):
    y = a.copy()
    y[0] = y[1] * y[1]
    return np.sum(y * y)


def number_times_vector(a, x):
    return np.sum(np.exp(x * a))


def of_matrix(m, v):
    return np.sum((m @ v) @ m)


def linear_loop(a):
    y, z = a.copy(), a.copy()
    for _ in range(3):
        z[1:-1] = 0.5 * (y[:-2] + y[2:])
        y[1:-1] = z[1:-1] - z[:-2]
    return np.sum(y)


def linear_loop_and_its_length(a):
    y = a.copy()
    n = 0
    for k in range(3):
        y[k] = y[k + 1] * 2.0
        n = n + k
    return np.sum(y) * n


def read_through_a_view(a):
    y = np.zeros(4)
    v = y[1:3]
    for k in range(2):
        v[k] = a[k] * 3.0
    return np.sum(y * a)


def shortest(a, c):
    y = a.copy()
    for k in range(3):
        y[:] = np.minimum(y, c + y[k])
    return np.sum(y * c)


CASES: list[tuple[Callable[..., Any], tuple[Any, ...], list[str], list[str]]] = [
    # what is overwritten is put back where that is less than what is read
    (substitution, (M + np.eye(4), V), ["x[i] = x_old_tape.pop()", "* x[:i]"], ["copy()"]),
    (overwritten_whole, (V,), ["y.copy()"], ["y_old"]),
    (first_of_two, (V,), [], ["y_old"]),
    # no unbroadcasting where lengths are equal
    (same_lengths, (V, W), [], ["project"]),
    (same_lengths, (V, W[:1]), ["project"], []),
    (shifted, (V, W), [], ["project"]),
    (slices_with_counters, (V, W), [], ["project"]),
    (slice_of_an_earlier_trip, (V, W), ["project"], []),
    (lists_of_unequal_vectors, (V,), ["project"], []),
    # what only feeds itself is not computed
    (linear_loop, (V,), [], ["range(3):\n        z[1:-1] ="]),
    (linear_loop_and_its_length, (V,), ["n = n + k"], ["        y[k] = y[k + 1]"]),
    (read_through_a_view, (V,), ["v[k] = a[k] * 3.0"], []),
    # what is computed again is computed once
    (shortest, (V, W), ["again = c + t"], []),
    # equal contributions are added once
    (twice, (V,), ["y_bar += 2 * "], []),
    # sums of products are inner products
    (number_times_vector, (V, 0.3), ["@ a"], ["np.sum(t_bar * a)"]),
    # a product gets whole arrays, in the shape of a parameter
    (of_matrix, (M, V), ["np.full(np.shape(v), ret_bar)"], ["broadcast_to"]),
]


@pytest.mark.parametrize(
    ("function", "args", "there", "absent"), CASES, ids=lambda case: getattr(case, "__name__", None)
)
def test_saving(
    function: Callable[..., Any], args: tuple[Any, ...], there: list[str], absent: list[str]
) -> None:
    differentiated = srcgrad.grad(function, argnums=tuple(range(len(args))))
    slopes = gradient_vector(args, differentiated(*args))
    truth, errors = gradient(lambda v: float(function(*from_vector(args, v))), to_vector(args))
    np.testing.assert_allclose(slopes, truth, rtol=1e-6, atol=1e-7 + float(np.max(errors)))
    text = differentiated.source
    assert "recorded" not in text.partition("\n")[0]
    assert [wanted for wanted in there if wanted not in text] == [], text
    assert [unwanted for unwanted in absent if unwanted in text] == [], text


def test_value_that_is_asked_for_is_computed() -> None:
    gradient = srcgrad.value_and_grad(linear_loop)
    value, _ = gradient(V)
    assert value == linear_loop(V)
    assert "z[1:-1] = 0.5 *" in gradient.source.partition("# reverse sweep")[0]
