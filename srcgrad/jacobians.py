"""Jacobians: ``jacfwd`` by columns, ``jacrev`` by rows, ``jacobian`` the way that is cheaper; ``elementwise_grad``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from srcgrad.errors import ArgumentError
from srcgrad.gradient import Argnums, Gradient, Options, refuse_unsupported
from srcgrad.pullback import make_pullback, pull_back
from srcgrad.pushforward import push_columns, push_forward
from srcgrad.runtime.sweeps import conform, shadow_of
from srcgrad.trees import (
    column_leaves,
    leaves,
    mapped,
    refuse_complex,
    size_of,
    tangent_leaves,
    unit,
    units,
)
from srcgrad.versions import being_recorded

__all__ = ["elementwise_grad", "jacfwd", "jacobian", "jacrev", "value_and_jacobian"]


def plain(tree: Any) -> Any:
    """A nested value without what a recording knows of it."""
    if not being_recorded():
        return tree
    from srcgrad.runtime.recorded.apply import plain as without_nodes

    return without_nodes(tree)


class Point:
    """A function at some arguments, with the positions of those that it is differentiated by."""

    def __init__(self, binder: Gradient[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.name = binder.__name__
        self.function, self.primals = by_position(binder, args, kwargs)
        self.active, self.values = binder.positions(self.primals)
        self.several = not isinstance(binder.options.argnums, (int, str))
        self.values = plain(self.values)  # what follows asks for shapes only
        refuse_complex(self.values, self.name)

    def tangents(self, given: Sequence[Any]) -> list[Any]:
        """Tangents for all arguments, given those of the active ones."""
        row: list[Any] = [None] * len(self.primals)
        for place, tangent in zip(self.active, given, strict=True):
            row[place] = tangent
        return row

    def chosen(self, parts: Sequence[Any]) -> Any:
        """The answer for a single argument, or a tuple for several."""
        return tuple(parts) if self.several else parts[0]


def by_position(
    binder: Gradient[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A function that takes all arguments by position, and these."""
    function = binder.primal
    if not kwargs:
        return function, args
    bound = binder.bound(args, kwargs)
    if bound is not None and not bound.kwargs:
        return function, tuple(bound.args)
    names = list(kwargs)
    count = len(args)

    @functools.wraps(function)
    def positional(*every: Any) -> Any:
        return function(*every[:count], **dict(zip(names, every[count:], strict=True)))

    return positional, (*args, *kwargs.values())


def jacfwd(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The Jacobian of a function, column by column: in forward mode, for few inputs and many outputs.

    Parameters
    ----------
    f : callable
        A function of floats, arrays and nested structures of these, with a result of this kind.
    argnums : int, str, or a sequence of these
        Which parameters to differentiate by.
    has_aux : bool
        ``f`` returns ``(value, aux)``, and the result is ``(jacobian, aux)``.

    Returns
    -------
    callable
        Takes the arguments of ``f``. For an array of shape ``s`` as the result and one of shape ``t`` as the argument,
        it gives an array of shape ``s + t``; for a nested result, its structure with one such block in each place, and
        in these the structure of the argument.

    Raises
    ------
    InputTypeError
        If an argument has no floating-point numbers, or complex ones.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.jacfwd(lambda x: np.array([x[0] * x[1], x[0]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 0.]])
    """
    return _transform(f, argnums, has_aux, by_columns, with_value=False)


def jacrev(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The Jacobian of a function, row by row: in reverse mode, for many inputs and few outputs.

    Parameters and result are those of `jacfwd`.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.jacrev(lambda x: np.array([x[0] * x[1], x[0]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 0.]])
    """
    return _transform(f, argnums, has_aux, by_rows, with_value=False)


def jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> Callable[..., Any]:
    """The Jacobian of a function, in the mode that takes fewer sweeps at the arguments of each call.

    Parameters and result are those of `jacfwd`. The numbers of inputs and of outputs decide: forward mode unless there
    are more inputs. With ``holomorphic=True``, it is the complex Jacobian of a holomorphic function by complex arguments,
    row by row, with a check that the function is holomorphic there.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    if holomorphic:
        from srcgrad.holomorphic import holomorphic_jacobian

        if has_aux:
            raise ArgumentError("holomorphic=True does not go with has_aux")
        return holomorphic_jacobian(f, argnums)
    return _transform(f, argnums, has_aux, cheaper, with_value=False)


def value_and_jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Like `jacobian`, but the result is ``(value, jacobian)``; with ``has_aux``, ``((value, aux), jacobian)``.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.value_and_jacobian(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    return _transform(f, argnums, has_aux, cheaper, with_value=True)


def elementwise_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The derivative of a function that acts on each element by itself, as an array of the argument's shape.

    It is the sum of the Jacobian's rows, and so the derivative only if element ``k`` of the result depends on element
    ``k`` of the argument alone.

    Parameters
    ----------
    f : callable
    argnums : int, str, or a sequence of these

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.elementwise_grad(lambda x: x * x)(np.array([-1.0, 2.0]))
    array([-2.,  4.])
    """

    refuse_unsupported(f)
    binder: Gradient[..., Any] = Gradient(f, Options(argnums))

    @functools.wraps(f)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        point = Point(binder, args, kwargs)
        value, run = pull_back(point.function, point.primals)
        pullback = make_pullback(point.name, value, run, point.primals, has_aux=False)
        ones = mapped(np.ones_like, value) if not isinstance(value, float) else 1.0
        parts = pullback(ones)
        return point.chosen([parts[k] for k in point.active])

    return derivative


# --- how ------------------------------------------------------------------------------------------

#: Value of the whole function, and the Jacobian of its result (of its first part, with ``aux``).
Method = Callable[[Point, bool], tuple[Any, Any]]


def _transform(
    f: Callable[..., Any], argnums: Argnums, has_aux: bool, method: Method, *, with_value: bool
) -> Callable[..., Any]:
    refuse_unsupported(f)
    binder: Gradient[..., Any] = Gradient(f, Options(argnums))

    def transformed(*args: Any, **kwargs: Any) -> Any:
        value, answer = method(Point(binder, args, kwargs), has_aux)
        if with_value:
            return value, answer
        return (answer, value[1]) if has_aux else answer

    functools.update_wrapper(transformed, f, updated=())
    return transformed


def by_columns(point: Point, has_aux: bool) -> tuple[Any, Any]:
    """Forward mode: many columns at once where the code for that can be generated, else one after the other."""
    total = size_of(point.values)
    several = min(total, max(1, _MOST_NUMBERS // total)) if total else 0
    value: Any = None
    found: list[list[Any]] = []
    for start in range(0, total, several or 1):
        positions = range(start, min(start + several, total))
        tangents = point.tangents(units(point.values, positions))
        made = push_columns(point.function, point.primals, tangents, len(positions)) if total > 1 else None
        if made is None:
            value, columns = one_by_one(point, has_aux)
            found = [columns]
            break
        value, tangent = made
        head, dots = (value[0], tangent[0]) if has_aux else (value, tangent)
        found.append(column_leaves(dots, head, len(positions)))
    head = value[0] if has_aux else value
    stacked = [np.concatenate(parts, axis=-1) for parts in zip(*found, strict=True)]
    return value, blocks(point, plain(head), iter(stacked))


#: Numbers in the tangents of the arguments that are carried at once.
_MOST_NUMBERS = 1 << 22


def one_by_one(point: Point, has_aux: bool) -> tuple[Any, list[Any]]:
    """The value, and the columns for each leaf of the result along a last axis."""
    value: Any = None
    columns = []
    for position in range(size_of(point.values)):
        tangents = point.tangents(unit(point.values, position))
        value, tangent = push_forward(point.function, point.primals, tangents)
        head, dot = (value[0], tangent[0]) if has_aux else (value, tangent)
        columns.append(
            leaves(conform(dot, head)) if not being_recorded() else tangent_leaves(dot, plain(head))
        )
    return value, [np.stack(parts, axis=-1) for parts in zip(*columns, strict=True)]


def by_rows(point: Point, has_aux: bool) -> tuple[Any, Any]:
    """Reverse mode, for one unit vector of the result after the other."""
    value, run = pull_back(point.function, point.primals)
    return value, rows(point, value, run, has_aux)


def rows(point: Point, value: Any, run: Callable[[Any], Sequence[Any]], has_aux: bool) -> Any:
    """The Jacobian from the pullback."""
    head = value[0] if has_aux else value
    head = plain(head)
    refuse_complex([head], point.name)
    every: list[list[Any]] = []
    for position in range(size_of(head)):
        (cotangent,) = unit([head], position)
        parts = run((cotangent, shadow_of(value[1])) if has_aux else cotangent)
        given = [parts[k] for k in point.active]
        if being_recorded():
            made = tangent_leaves(given, point.values)
        else:
            made = leaves([conform(part, x) for part, x in zip(given, point.values, strict=True)])
        every.append([np.reshape(leaf, (-1,)) for leaf in made])
    matrices = [np.stack(parts) for parts in zip(*every, strict=True)]
    width = np.concatenate(matrices, axis=1) if matrices else np.zeros((0, size_of(point.values)))
    pieces: list[Any] = []
    start = 0
    for leaf in leaves(head):
        stop = start + np.size(leaf)
        pieces.append(np.reshape(width[start:stop], (*np.shape(leaf), -1)))
        start = stop
    return blocks(point, head, iter(pieces))


def cheaper(point: Point, has_aux: bool) -> tuple[Any, Any]:
    """Forward mode unless there are more inputs than outputs."""
    value, run = pull_back(point.function, point.primals)
    head = value[0] if has_aux else value
    if size_of(plain(head)) < size_of(point.values):
        return value, rows(point, value, run, has_aux)
    return value, by_columns(point, has_aux)[1]


def blocks(point: Point, head: Any, columns: Iterator[Any]) -> Any:
    """The structure of the result, with the structure of the arguments in each place.

    ``columns`` has for each leaf of the result an array of its shape and one more axis, for all inputs.
    """

    def block(leaf: Any) -> Any:
        matrix = next(columns)
        start = 0

        def part(argument: Any) -> Any:
            nonlocal start
            stop = start + np.size(argument)
            piece = np.reshape(matrix[..., start:stop], np.shape(leaf) + np.shape(argument))
            start = stop
            if being_recorded():
                return piece
            return float(piece) if type(leaf) is float and type(argument) is float else np.array(piece)

        return point.chosen([mapped(part, value) for value in point.values])

    return mapped(block, head)
