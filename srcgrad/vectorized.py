"""``srcgrad.vectorize``: a function, or its gradient, over a batch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import gast
import numpy as np

from srcgrad.errors import ArgumentError, SrcgradError
from srcgrad.versions import being_recorded

__all__ = ["vectorize"]


def vectorize(f: Callable[..., Any], in_axes: Any = 0, out_axes: int = 0) -> Callable[..., Any]:
    """Run a function for each entry of a batch, and stack what it returns.

    Parameters
    ----------
    f : callable
        Of one entry of the batch: a plain function, or what `grad`, `jacobian` and their relatives return.
    in_axes : int, None, or a sequence of these
        For each argument the axis that runs over the batch (of every array in it, where it is a tuple, list or dict);
        None for an argument that is the same for all entries. One number stands for all arguments.
    out_axes : int
        Where the axis of the batch goes in the results.

    Returns
    -------
    callable
        Takes the arguments by position, keyword arguments as they are for all entries. A straight-line function of
        numbers made of elementwise operations runs once on the whole batch, anything else once for each entry.

    Raises
    ------
    ArgumentError
        If the batches of the arguments have different lengths or none, or the results different shapes.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> def loss(w, x, y):
    ...     return (np.dot(w, x) - y) ** 2
    >>> w, x, y = np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.zeros(3)
    >>> srcgrad.vectorize(srcgrad.grad(loss), in_axes=(None, 0, 0))(w, x, y)
    array([[2., 0.],
           [0., 4.],
           [6., 6.]])
    """
    return _Vectorized(f, in_axes, out_axes)


class _Vectorized:
    """A function over a batch."""

    def __init__(self, f: Callable[..., Any], in_axes: Any, out_axes: int) -> None:
        functools.update_wrapper(self, f, updated=())
        self.f, self.in_axes, self.out_axes = f, in_axes, out_axes
        self._elementwise: bool | None = None

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        axes = self.axes(args)
        size = self.size(args, axes)
        if not kwargs and self.at_once(args, axes):
            found = np.array(self.f(*args))
            if found.shape == (size,):
                return found
        if being_recorded():
            from srcgrad.runtime.recorded.dispatch import call

            run: Callable[..., Any] = functools.partial(call, self.f)
        else:
            run = self.f
        rows = [
            run(
                *[
                    arg if axis is None else _entry(arg, axis, k)
                    for arg, axis in zip(args, axes, strict=True)
                ],
                **kwargs,
            )
            for k in range(size)
        ]
        return self.stacked(rows)

    def axes(self, args: Sequence[Any]) -> list[int | None]:
        """The axis of the batch for each argument."""
        several = isinstance(self.in_axes, (tuple, list))
        axes = list(self.in_axes) if several else [self.in_axes] * len(args)
        if len(axes) != len(args):
            raise ArgumentError(
                f"in_axes={self.in_axes!r} is for {len(axes)} arguments, and there are {len(args)}"
            )
        if any(axis is not None and (isinstance(axis, bool) or not isinstance(axis, int)) for axis in axes):
            raise ArgumentError(f"in_axes={self.in_axes!r}", way_out="give an axis or None for each argument")
        return axes

    def size(self, args: Sequence[Any], axes: Sequence[int | None]) -> int:
        """How many entries the batch has."""
        sizes: dict[int, str] = {}
        for k, (arg, axis) in enumerate(zip(args, axes, strict=True)):
            for leaf in _leaves(arg) if axis is not None else []:
                shape = np.shape(leaf)
                if not -len(shape) <= (axis or 0) < len(shape):
                    raise ArgumentError(
                        f"argument {k} has shape {shape}, and no axis {axis} for the batch",
                        way_out="name None in in_axes for what is the same for all entries",
                    )
                sizes.setdefault(shape[axis or 0], f"argument {k}")
        if len(sizes) > 1:
            told = ", ".join(f"{name} has {size}" for size, name in sizes.items())
            raise ArgumentError(f"the batches of the arguments differ in length: {told}")
        if not sizes:
            raise ArgumentError("no argument has a batch", way_out="name its axis in in_axes")
        (found,) = sizes
        if found == 0:
            raise ArgumentError("the batch has no entry, so the shape of the result is not known")
        return found

    def at_once(self, args: Sequence[Any], axes: Sequence[int | None]) -> bool:
        """Whether the function can be called on whole batches of numbers: it only does elementwise arithmetic."""
        if being_recorded() or self.out_axes != 0 or not isinstance(self.f, FunctionType):
            return False
        for arg, axis in zip(args, axes, strict=True):
            if axis is None and not isinstance(arg, (float, np.floating)):
                return False
            if axis is not None and not (
                isinstance(arg, np.ndarray) and arg.ndim == 1 and arg.dtype.kind == "f"
            ):
                return False
        if len({arg.dtype for arg in args if isinstance(arg, np.ndarray)}) != 1:
            return False
        if self._elementwise is None:
            self._elementwise = is_elementwise(self.f)
        return self._elementwise

    def stacked(self, rows: list[Any]) -> Any:
        """The results of all entries as one."""
        first = rows[0]
        if isinstance(first, dict):
            return {key: self.stacked([row[key] for row in rows]) for key in first}
        if isinstance(first, (tuple, list)):
            parts = [self.stacked(list(column)) for column in zip(*rows, strict=True)]
            return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
        if first is None:
            return None
        shapes = {np.shape(row) for row in rows}
        if len(shapes) > 1:
            raise ArgumentError(
                f"the results of {getattr(self, '__name__', 'the function')} have shapes {shapes}"
            )
        return np.stack(rows, axis=self.out_axes)


def _leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in _leaves(part)]
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in _leaves(part)]
    return [tree]


def _entry(tree: Any, axis: int, k: int) -> Any:
    """Entry number k of every array in a tree."""
    if isinstance(tree, dict):
        return {key: _entry(part, axis, k) for key, part in tree.items()}
    if isinstance(tree, (tuple, list)):
        parts = [_entry(part, axis, k) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    before = axis if axis >= 0 else axis + len(np.shape(tree))
    return tree[(*[slice(None)] * before, k)]


def is_elementwise(f: FunctionType) -> bool:
    """Whether a function of numbers is straight-line arithmetic that gives the same, entry by entry, on arrays.

    Examples
    --------
    >>> is_elementwise(lambda x: np.sin(x) * x), is_elementwise(lambda x: max(x, 0.0))
    (True, False)
    """
    from srcgrad.rules import Kind, rule_for
    from srcgrad.rules.text import resolve
    from srcgrad.transform.lowering.scopes import bindings
    from srcgrad.transform.source import read_source

    try:
        source = read_source(f)
    except SrcgradError:
        return False
    arguments = source.tree.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
        return False
    numbers = {argument.id for argument in (*arguments.posonlyargs, *arguments.args)}
    local = numbers | set(bindings(source.tree.body))

    def number(node: gast.expr) -> bool:
        """An expression of the entry's numbers and of constants."""
        if isinstance(node, gast.Constant):
            return type(node.value) in (int, float)
        if isinstance(node, gast.Name):
            return node.id in numbers or (
                node.id not in local and isinstance(source.namespace.get(node.id), float)
            )
        if isinstance(node, gast.BinOp):
            known = isinstance(node.op, (gast.Add, gast.Sub, gast.Mult, gast.Div, gast.Pow))
            return known and number(node.left) and number(node.right)
        if isinstance(node, gast.UnaryOp):
            return isinstance(node.op, (gast.USub, gast.UAdd)) and number(node.operand)
        if isinstance(node, gast.Call) and not node.keywords and all(number(arg) for arg in node.args):
            function = None if _root(node.func) in local else resolve(node.func, source.namespace)
            if not isinstance(function, np.ufunc) or function.nout != 1 or len(node.args) != function.nin:
                return False
            rule = rule_for(function)
            return rule is not None and rule.kind is Kind.ELEMENTWISE
        return False

    *statements, last = source.tree.body
    for statement in statements:
        if isinstance(statement, gast.Expr) and isinstance(statement.value, gast.Constant):
            continue  # the docstring
        if not isinstance(statement, gast.Assign) or len(statement.targets) != 1:
            return False
        target = statement.targets[0]
        if not isinstance(target, gast.Name) or not number(statement.value):
            return False
        numbers.add(target.id)
    return isinstance(last, gast.Return) and last.value is not None and number(last.value)


def _root(node: gast.expr) -> str | None:
    while isinstance(node, gast.Attribute):
        node = node.value
    return node.id if isinstance(node, gast.Name) else None
