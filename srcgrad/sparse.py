"""Sparse Jacobians and Hessians by colouring: a few products instead of one for each column."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.coloring import Rows, color_columns, color_star, probe, transposed
from srcgrad.errors import ArgumentError, InputTypeError, OutputError
from srcgrad.pullback import pullback_of
from srcgrad.pushforward import jvp

__all__ = ["sparse_hessian", "sparse_jacobian"]


def sparse_jacobian(f: Callable[..., Any], argnum: int = 0, pattern: Any = None) -> Callable[..., Any]:
    """The Jacobian of a function as a sparse matrix of SciPy.

    Columns that share no row (or rows that share no column, if these are fewer) are computed by one product. Every
    result is checked by one more product in a random direction, so a pattern that is too small is never silently
    believed.

    Parameters
    ----------
    f : callable
        From arrays to an array.
    argnum : int
        The argument to differentiate by, a real array.
    pattern : sparse matrix or array of bool, optional
        Where the Jacobian may be non-zero. Left out, it is found at the first call by trying blocks of columns in random
        directions, and widened wherever a later call turns out to need more.

    Returns
    -------
    callable
        Takes the arguments of ``f`` by position, and gives a ``scipy.sparse.csr_array`` of shape
        ``(result.size, argument.size)``.

    Raises
    ------
    ArgumentError
        If SciPy is not installed, or a given pattern has the wrong shape or is too small.
    InputTypeError
        If the argument is no real array.
    OutputError
        If the result is no real array.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> def steps(x):
    ...     return x[1:] ** 2 - x[:-1]
    >>> srcgrad.sparse_jacobian(steps)(np.array([1.0, 2.0, 3.0])).toarray()
    array([[-1.,  4.,  0.],
           [ 0., -1.,  6.]])
    """
    return _Jacobian(f, argnum, pattern)


def sparse_hessian(f: Callable[..., Any], argnum: int = 0, pattern: Any = None) -> Callable[..., Any]:
    """The Hessian of a scalar function as a sparse matrix of SciPy.

    By products with vectors (forward over reverse) that a star colouring makes few: each entry is read from its own place
    or from that of its mirror image. Checked in a random direction like `sparse_jacobian`.

    Parameters
    ----------
    f : callable
        A function that returns a real number.
    argnum : int
        The argument to differentiate by, a real array.
    pattern : sparse matrix or array of bool, optional
        Where the Hessian may be non-zero, symmetric.

    Returns
    -------
    callable
        Takes the arguments of ``f`` by position, and gives a symmetric ``scipy.sparse.csr_array``.

    Raises
    ------
    ArgumentError, InputTypeError, OutputError
        As for `sparse_jacobian`.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> def energy(x):
    ...     return np.sum((x[1:] - x[:-1]) ** 2) + x[0] ** 4
    >>> srcgrad.sparse_hessian(energy)(np.array([1.0, 2.0, 4.0])).toarray()
    array([[14., -2.,  0.],
           [-2.,  4., -2.],
           [ 0., -2.,  2.]])
    """
    return _Hessian(f, argnum, pattern)


class _Sparse:
    """A sparse derivative with what is known of its pattern."""

    kind: str

    def __init__(self, f: Callable[..., Any], argnum: int, pattern: Any) -> None:
        functools.update_wrapper(self, f, updated=())
        self.f, self.argnum = f, argnum
        self.given = None if pattern is None else _columns(pattern)
        self._known: dict[tuple[int, int], list[Rows]] = {}

    def __call__(self, *args: Any) -> Any:
        if not -len(args) <= self.argnum < len(args):
            raise ArgumentError(f"argnum={self.argnum} fits none of {len(args)} arguments")
        x = args[self.argnum]
        name = getattr(self.f, "__name__", type(self.f).__name__)
        if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
            raise InputTypeError(
                f"the sparse {self.kind} of {name} is by an array of real numbers, not {type(x).__name__}",
                way_out="pass an array of floats, or choose another argument with argnum",
            )
        shape = self.shape(args, x)
        rng = np.random.default_rng(0)
        columns = self.given[0] if self.given is not None else self._known.get(shape)
        if self.given is not None and self.given[1] != shape:
            raise ArgumentError(
                f"the pattern has shape {self.given[1]}, the {self.kind} of {name} has shape {shape}"
            )
        direction = rng.uniform(0.5, 1.5, shape[1])
        for _ in range(3):
            if columns is None:
                found = probe(lambda v: self.column(args, v), shape[1], shape[0], rng)
                columns = _union(self._known.get(shape), found)
                self._known[shape] = columns
            matrix = self.evaluated(args, columns, shape)
            if self._holds(matrix, direction, self.column(args, direction)):
                return matrix
            if self.given is not None:
                raise ArgumentError(
                    f"the {self.kind} of {name} has non-zero entries outside of the pattern",
                    way_out="give a larger pattern, or none: it is found then",
                )
            columns = None  # it has another pattern here: look again
        raise ArgumentError(
            f"the {self.kind} of {name} is another one at every evaluation, or not a number",
            way_out="look for random numbers in the function, and for NaN in its derivatives (srcgrad.debug_nans)",
        )

    def _holds(self, matrix: Any, direction: Any, product: Any) -> bool:
        size = abs(matrix) @ np.abs(direction) + np.abs(product)
        eps = np.finfo(product.dtype).eps
        return bool(
            np.all(np.abs(matrix @ direction - product) <= 1e4 * eps * (size + np.max(size, initial=0.0)))
        )

    def column(self, args: tuple[Any, ...], v: Any) -> Any:
        """The matrix times a vector."""
        raise NotImplementedError

    def shape(self, args: tuple[Any, ...], x: Any) -> tuple[int, int]:
        """The shape of the matrix."""
        raise NotImplementedError

    def evaluated(self, args: tuple[Any, ...], columns: list[Rows], shape: tuple[int, int]) -> Any:
        """The matrix, on a pattern."""
        raise NotImplementedError

    def tangents(self, args: tuple[Any, ...], v: Any) -> list[Any]:
        """A tangent for each argument."""
        x = args[self.argnum]
        row: list[Any] = [None] * len(args)
        row[self.argnum] = np.asarray(v, x.dtype).reshape(x.shape)
        return row


class _Jacobian(_Sparse):
    kind = "Jacobian"

    def shape(self, args: tuple[Any, ...], x: Any) -> tuple[int, int]:
        value, _ = jvp(self.f, args, self.tangents(args, np.zeros(x.size)))
        if not isinstance(value, (np.ndarray, np.floating, float)) or np.asarray(value).dtype.kind != "f":
            raise OutputError(f"the function returned {type(value).__name__}, not an array of real numbers")
        return np.size(value), x.size

    def column(self, args: tuple[Any, ...], v: Any) -> Any:
        return np.ravel(jvp(self.f, args, self.tangents(args, v))[1])

    def evaluated(self, args: tuple[Any, ...], columns: list[Rows], shape: tuple[int, int]) -> Any:
        rows = transposed(columns, shape[0])
        by_columns, by_rows = color_columns(columns, shape[0]), color_columns(rows, shape[1])
        if max(by_rows, default=0) >= max(by_columns, default=0):
            return _assembled(columns, by_columns, lambda v: self.column(args, v), shape)
        value = self.f(*(arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args))
        pull = pullback_of(self.f, args)

        def row(v: Any) -> Any:
            seed = np.asarray(v, np.asarray(value).dtype).reshape(np.shape(value))
            return np.ravel(pull(seed if np.shape(value) else float(seed))[self.argnum])

        return _assembled(rows, by_rows, row, (shape[1], shape[0])).T.tocsr()


class _Hessian(_Sparse):
    kind = "Hessian"

    def shape(self, args: tuple[Any, ...], x: Any) -> tuple[int, int]:
        return x.size, x.size

    def column(self, args: tuple[Any, ...], v: Any) -> Any:
        from srcgrad.hessians import hvp

        return np.ravel(hvp(self.f, args, self.tangents(args, v))[self.argnum])

    def evaluated(self, args: tuple[Any, ...], columns: list[Rows], shape: tuple[int, int]) -> Any:
        columns = _union(columns, transposed(columns, shape[0]))
        columns = _union(columns, [np.array([j]) for j in range(shape[0])])
        colors = np.array(color_star(columns), int)
        products = [
            self.column(args, (colors == color).astype(float)) for color in range(colors.max(initial=-1) + 1)
        ]
        rows, where, values = [], [], []
        for j, own in enumerate(columns):
            counts = np.bincount(colors[own], minlength=len(products))
            for i in own.tolist():  # entry (j, i), of row j if its colour is alone there
                alone = counts[colors[i]] == 1
                rows.append(j)
                where.append(i)
                values.append(products[colors[i]][j] if alone else products[colors[j]][i])
        return _matrix(np.array(values, args[self.argnum].dtype), rows, where, shape)


def _assembled(
    columns: list[Rows], colors: list[int], product: Callable[[Any], Any], shape: tuple[int, int]
) -> Any:
    """A matrix from its products with the sums of the unit vectors of each colour."""
    chosen = np.array(colors, int)
    rows = np.concatenate(columns) if columns else np.zeros(0, int)
    where = np.repeat(np.arange(len(columns)), [len(part) for part in columns])
    products = [product((chosen == color).astype(float)) for color in range(chosen.max(initial=-1) + 1)]
    values = np.array(products)[chosen[where], rows] if products else np.zeros(0)
    return _matrix(values, rows, where, shape)


def _matrix(values: Any, rows: Any, columns: Any, shape: tuple[int, int]) -> Any:
    return _scipy().csr_array((values, (rows, columns)), shape=shape)


def _scipy() -> Any:
    try:
        import scipy.sparse
    except ImportError:
        raise ArgumentError(
            "sparse derivatives need SciPy", way_out="install it: pip install 'srcgrad[sparse]'"
        ) from None
    return scipy.sparse


def _columns(pattern: Any) -> tuple[list[Rows], tuple[int, int]]:
    """A pattern column by column, and its shape."""
    matrix = _scipy().csc_array(pattern)
    matrix.sum_duplicates()
    return [np.asarray(part) for part in np.split(matrix.indices, matrix.indptr[1:-1])], matrix.shape


def _union(one: Sequence[Rows] | None, other: Sequence[Rows]) -> list[Rows]:
    if one is None:
        return list(other)
    return [np.union1d(a, b) for a, b in zip(one, other, strict=True)]
