"""Sparse Jacobians and Hessians: the same numbers as the dense ones, from few products."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad
from srcgrad import coloring, sparse
from srcgrad.errors import ArgumentError, InputTypeError, OutputError

scipy_sparse = pytest.importorskip("scipy.sparse")


def band(x):
    y = np.zeros_like(x)
    y[1:-1] = x[1:-1] * (x[2:] - 2.0 * x[1:-1] + x[:-2])
    y[0] = x[0] ** 2
    y[-1] = np.sin(x[-1])
    return y


def arrow(x):
    return x * x[0]


def dense_row(x):
    y = 1.0 * x
    y[0] = np.sum(x**2)
    return y


def two_arguments(scale, x):
    return np.outer(scale, x[1:] * x[:-1])


def tall(x):
    return np.concatenate([x**2, np.sin(x), x[::2]])


def recorded(x):
    return np.array([f(x[k]) for k, f in enumerate([np.sin, np.cos, np.exp])])


X = np.linspace(0.3, 1.7, 12)
FUNCTIONS = [
    (band, (X,), 0),
    (arrow, (X,), 0),
    (dense_row, (X,), 0),
    (tall, (X,), 0),
    (recorded, (X[:3],), 0),
]
FUNCTIONS += [(two_arguments, (np.array([1.0, 2.0]), X), 1), (band, (X.astype(np.float32),), 0)]


@pytest.mark.parametrize(("function", "args", "argnum"), FUNCTIONS)
def test_jacobian(function, args, argnum):
    kept = args[argnum].copy()
    found = srcgrad.sparse_jacobian(function, argnum)(*args)
    dense = srcgrad.jacrev(function, argnum)(*args)
    dense = dense.reshape(-1, args[argnum].size)
    assert isinstance(found, scipy_sparse.csr_array) and found.dtype == args[argnum].dtype
    np.testing.assert_allclose(found.toarray(), dense, rtol=1e-6 if found.dtype == np.float32 else 1e-12)
    assert found.nnz == np.count_nonzero(dense)
    assert np.array_equal(args[argnum], kept)


def counted(monkeypatch, cls):
    calls = []
    original = cls.column
    monkeypatch.setattr(cls, "column", lambda self, args, v: calls.append(1) or original(self, args, v))
    return calls


def test_few_products_are_needed(monkeypatch):
    calls = counted(monkeypatch, sparse._Jacobian)
    jacobian = srcgrad.sparse_jacobian(band)
    x = np.linspace(0.1, 1.0, 500)
    jacobian(x)
    assert len(calls) < 100
    calls.clear()
    jacobian(x + 0.1)
    assert len(calls) == 4, "three colours and the check"


def test_rows_are_taken_where_they_are_fewer(monkeypatch):
    """The transpose of an arrow: one dense row, which forbids to compute columns together."""
    calls = counted(monkeypatch, sparse._Jacobian)
    jacobian = srcgrad.sparse_jacobian(dense_row)
    jacobian(X)
    calls.clear()
    jacobian(X)
    assert len(calls) == 1


def coupled(x, a):
    return np.sum((x[1:] - x[:-1]) ** 2 * a) + np.sum(np.exp(x)) + x[0] * x[-1]


def star(x, a):
    return np.sum(x[0] * x**2) * a


HESSIANS = [
    (coupled, (X, 2.0)),
    (star, (X, 0.5)),
    (coupled, (X[:1], 1.0)),
    (lambda x, a: a * np.sum(x), (X, 1.0)),
]


@pytest.mark.parametrize(("function", "args"), HESSIANS)
def test_hessian(function, args):
    found = srcgrad.sparse_hessian(function)(*args).toarray()
    np.testing.assert_allclose(found, srcgrad.hessian(function)(*args), rtol=1e-10, atol=1e-12)


def test_hessians_of_arrows_take_two_colours(monkeypatch):
    calls = counted(monkeypatch, sparse._Hessian)
    hessian = srcgrad.sparse_hessian(star)
    hessian(X, 1.0)
    calls.clear()
    hessian(X, 2.0)
    assert len(calls) == 3, "two colours and the check"


def test_patterns_that_change_are_found_again():
    def program(x):
        if x[0] > 0.0:
            return x**2
        return x * x[::-1]

    jacobian = srcgrad.sparse_jacobian(program)
    for x in (X, -X, X):
        np.testing.assert_allclose(jacobian(x).toarray(), srcgrad.jacrev(program)(x))


def test_given_patterns():
    pattern = scipy_sparse.diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(12, 12))
    np.testing.assert_allclose(
        srcgrad.sparse_jacobian(band, pattern=pattern)(X).toarray(), srcgrad.jacrev(band)(X)
    )
    with pytest.raises(ArgumentError, match="outside of the pattern"):
        srcgrad.sparse_jacobian(band, pattern=np.eye(12))(X)
    with pytest.raises(ArgumentError, match=r"shape \(11, 11\)"):
        srcgrad.sparse_jacobian(band, pattern=np.eye(11))(X)
    with pytest.raises(ArgumentError, match="outside of the pattern"):
        srcgrad.sparse_hessian(coupled, pattern=np.eye(12))(X, 1.0)


def test_what_makes_no_sense():
    with pytest.raises(InputTypeError):
        srcgrad.sparse_jacobian(band)(2.0)
    with pytest.raises(ArgumentError, match="fits none"):
        srcgrad.sparse_jacobian(band, 1)(X)
    with pytest.raises(OutputError):
        srcgrad.sparse_jacobian(lambda x: (x, x))(X)


# --- colourings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_colourings_of_random_matrices(seed):
    rng = np.random.default_rng(seed)
    matrix = scipy_sparse.random_array((30, 20), density=0.1, rng=rng).toarray()
    columns = [np.flatnonzero(matrix[:, j]) for j in range(20)]
    colors = coloring.color_columns(columns, 30)
    for color in set(colors):
        together = np.concatenate([columns[j] for j in range(20) if colors[j] == color])
        assert len(set(together)) == len(together)
    found = coloring.probe(lambda v: matrix @ v, 20, 30, rng)
    assert all(np.array_equal(a, b) for a, b in zip(found, columns))
    back = coloring.transposed(coloring.transposed(columns, 30), 20)
    assert all(np.array_equal(a, b) for a, b in zip(back, columns))


@pytest.mark.parametrize("seed", range(5))
def test_star_colourings_of_random_graphs(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.random((15, 15)) < 0.15
    matrix = matrix | matrix.T | np.eye(15, dtype=bool)
    colors = coloring.color_star([np.flatnonzero(row) for row in matrix])
    edges = [(i, j) for i in range(15) for j in range(15) if i != j and matrix[i, j]]
    assert all(colors[i] != colors[j] for i, j in edges)
    for a, b in edges:
        for c in range(15):
            for d in range(15):
                if matrix[b, c] and matrix[c, d] and len({a, b, c, d}) == 4:
                    assert len({colors[a], colors[b], colors[c], colors[d]}) > 2
