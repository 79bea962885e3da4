"""``vectorize``: the same as a loop over the batch."""

from __future__ import annotations

import math

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError
from srcgrad.vectorized import is_elementwise

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 2.0, (5, 3))
SCALE = 2.5


def energy(x):
    total = 0.0
    for k in range(1, len(x)):
        total = total + (x[k] - x[k - 1]) ** 2 * x[k]
    return total


def loss(w, x, y):
    return (np.dot(w, x) - y) ** 2


def straight(x, a):
    """Straight-line arithmetic of numbers."""
    y = np.sin(x) * a
    return y / (1.0 + x**2) - SCALE


def ignores_the_batch(x, a):
    return 2.0 * a


BATCHES = [
    (energy, (X,), 0),
    (srcgrad.grad(energy), (X,), 0),
    (srcgrad.hessian(energy), (X,), 0),
    (energy, (X.T,), 1),
    (energy, (X.T,), -1),
    (srcgrad.grad(loss, argnums=(0, 2)), (X[0], X, X[:, 0]), (None, 0, 0)),
    (straight, (X[:, 0], 1.5), (0, None)),
    (straight, (X[:, 0], X[:, 1]), 0),
    (srcgrad.grad(straight, argnums=(0, 1)), (X[:, 0], X[:, 1]), 0),
    (ignores_the_batch, (X[:, 0], 1.5), (0, None)),
    (lambda x: x, (X[:, 0],), 0),
    (energy, (X.astype(np.float32),), 0),
]


def entry(arg, axis, k):
    return arg if axis is None else np.take(arg, k, axis)


@pytest.mark.parametrize(("function", "args", "in_axes"), BATCHES)
def test_batches(function, args, in_axes):
    kept = [np.copy(arg) for arg in args]
    found = srcgrad.vectorize(function, in_axes)(*args)
    axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
    rows = [function(*(entry(arg, axis, k) for arg, axis in zip(args, axes))) for k in range(5)]
    if isinstance(rows[0], tuple):
        assert isinstance(found, tuple)
        for k, part in enumerate(found):
            np.testing.assert_allclose(part, [row[k] for row in rows], rtol=1e-12)
    else:
        np.testing.assert_allclose(found, rows, rtol=1e-6 if args[0].dtype == np.float32 else 1e-12)
    assert all(np.array_equal(a, b) for a, b in zip(kept, args))
    assert not any(np.may_share_memory(found, arg) for arg in args if isinstance(found, np.ndarray))


def test_results_in_containers_and_other_axes():
    def several(parts):
        return {"sum": parts["a"] + parts["b"][0], "pair": (parts["a"] * np.ones(2), None)}

    found = srcgrad.vectorize(several)({"a": X[:, 0], "b": [X[:, 1]]})
    np.testing.assert_allclose(found["sum"], X[:, 0] + X[:, 1])
    assert found["pair"][0].shape == (5, 2) and found["pair"][1] is None
    assert srcgrad.vectorize(lambda x: x * 1.0, out_axes=1)(X).shape == (3, 5)


@pytest.mark.parametrize("function", [energy, lambda x: np.array([x[0], x[1] * x[2]])])
def test_a_batch_inside_of_a_function_that_is_differentiated(function):
    batched = srcgrad.vectorize(function)

    def mean(x):
        return np.mean(batched(x) ** 2)

    def looped(x):
        return np.mean(np.stack([function(x[k]) for k in range(5)]) ** 2)

    np.testing.assert_allclose(srcgrad.grad(mean)(X), srcgrad.grad(looped)(X), rtol=1e-12)
    np.testing.assert_allclose(
        srcgrad.vectorize(srcgrad.grad(lambda x: np.sum(function(x))))(X),
        srcgrad.grad(lambda x: np.sum(batched(x)))(X),
        rtol=1e-12,
    )


class Calls:
    """How often a function is called; not a plain function, and yet one with source."""

    count = 0


def counting(x):
    Calls.count += 1
    return x * 2.0


ELEMENTWISE = [
    (straight, True),
    (lambda x, y: np.maximum(x, y) ** 2, True),
    (lambda x: math.sin(x), False),
    (lambda x: x if x > 0.0 else -x, False),
    (lambda x: np.dot(x, x), False),
    (lambda x: np.sum(x), False),
    (lambda x: x @ x, False),
    (lambda x: x > 0.0, False),
    (lambda x: [x], False),
    (energy, False),
    (counting, False),
]


@pytest.mark.parametrize(("function", "expected"), ELEMENTWISE)
def test_what_runs_on_the_whole_batch(function, expected):
    assert is_elementwise(function) is expected


@pytest.mark.parametrize(
    ("in_axes", "args", "message"),
    [
        (0, (X, X[:4]), "differ in length"),
        ((0,), (X, X), "is for 1 arguments"),
        (None, (X, X), "no argument has a batch"),
        (0, (X, 1.0), "no axis 0"),
        ("0", (X, X), "in_axes"),
        (0, (X[:0], X[:0]), "no entry"),
    ],
)
def test_what_makes_no_sense(in_axes, args, message):
    with pytest.raises(ArgumentError, match=message):
        srcgrad.vectorize(lambda x, y: x * y, in_axes)(*args)


def test_results_of_different_shapes():
    with pytest.raises(ArgumentError, match="shapes"):
        srcgrad.vectorize(lambda x: np.ones(int(x)))(np.array([1.0, 2.0]))
