"""``vmap``: a function of one element, over batches.

The function is called for each element, and the results are stacked.  Unlike PyTorch's batched tensors this lets it
branch on values; what would differ from one call for all (writes into tensors from outside, random numbers unless
asked for) is refused.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ref

import numpy as np

from srcgrad.runtime.eager.inplace import written
from srcgrad.runtime.eager.joining import stack
from srcgrad.runtime.eager.random_numbers import repeated
from srcgrad.runtime.eager.reducing import axis_of
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["leaves", "tree_map", "vmap"]


def tree_map(function: Callable[..., Any], tree: Any, *more: Any) -> Any:
    """Apply a function to the items of nested tuples, lists and dicts, to those of several trees at once."""
    if isinstance(tree, dict):
        return {key: tree_map(function, item, *(t[key] for t in more)) for key, item in tree.items()}
    if isinstance(tree, (tuple, list)):
        parts = [tree_map(function, *items) for items in zip(tree, *more, strict=True)]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return function(tree, *more)


def leaves(tree: Any) -> list[Any]:
    """The items of nested tuples, lists and dicts, in order."""
    found: list[Any] = []
    tree_map(found.append, tree)
    return found


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function over batches: called for each element of a dimension, the results stacked.

    Parameters
    ----------
    func : callable
        Of tensors, or of nested tuples, lists and dicts of them, which it also may return.
    in_dims : int, None or nested
        The dimension of each argument that is gone through, or of each tensor in it; None for what is the same in
        all calls. Keyword arguments are the same in all calls.
    out_dims : int, None or nested
        Where the results' new dimension is to be; None for results that do not depend on the batch.
    randomness : {"error", "different", "same"}
        What random numbers in the function are.
    chunk_size : int, optional
        Accepted for PyTorch's sake: one element is computed at a time.

    Returns
    -------
    callable

    Raises
    ------
    ValueError
        For dimensions that fit no argument or result, and results that are no tensors.
    RuntimeError
        For random numbers if they are not allowed, and when the function writes into a tensor from outside.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.func.vmap(torch.dot)(torch.ones(2, 3), torch.ones(2, 3))
    tensor([3., 3.])
    >>> torch.func.vmap(lambda row, shift: row + shift, in_dims=(1, None))(torch.eye(2), torch.ones(2))
    tensor([[2., 1.],
            [1., 2.]])
    """
    name = getattr(func, "__name__", repr(func))
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
        )
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        dims, size = _places(name, in_dims, args)
        calls = _Calls(args, randomness)
        rows = []
        # An empty batch: the function is tried once on zeros, for the shapes of its results.
        for k in range(size) if size else (None,):
            parts = tree_map(functools.partial(_part, k), args, dims)
            with calls.one():
                rows.append(func(*parts, **kwargs))
        for item in leaves(rows[0]):
            if not isinstance(item, Tensor):
                raise ValueError(
                    f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(item)}. Did you mean to "
                    "set out_dims= to None for output?"
                )
        places = _spread(out_dims, rows[0])
        if places is None:
            raise ValueError(
                f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
                "`outputs`."
            )
        return tree_map(functools.partial(_joined, name, size), rows[0], places, *rows)

    return wrapped


def _places(name: str, in_dims: Any, args: tuple[Any, ...]) -> tuple[Any, int]:
    """The dimension for each argument's tensors, and the size of the batch."""
    call = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{call}: expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not leaves(args):
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    dims = _spread(in_dims, args)
    if dims is None:
        raise ValueError(f"{call}: in_dims is not compatible with the structure of `inputs`.")
    sizes: list[int] = []

    def look(x: Any, wrapped: _Dim) -> None:
        dim = wrapped.dim
        if dim is None:
            return
        if not isinstance(dim, int):
            raise ValueError(
                f"{call}: Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(x, Tensor):
            raise ValueError(
                f"{call}: Got in_dim={dim} for an input but the input is of type {type(x)}. We cannot vmap over "
                "non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -x.value.ndim <= dim < x.value.ndim:
            raise ValueError(
                f"{call}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {x.value.ndim} "
                f"so expected in_dim to satisfy -{x.value.ndim} <= in_dim < {x.value.ndim}."
            )
        sizes.append(x.value.shape[dim])

    tree_map(look, args, dims)
    if not sizes:
        raise ValueError(f"{call}: at least one tensor must be mapped over; all in_dims are None.")
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return dims, sizes[0]


class _Dim:
    """A dimension or None, as an item of a tree."""

    def __init__(self, dim: Any) -> None:
        self.dim = dim


def _spread(dims: Any, tree: Any) -> Any:
    """The dimensions in the structure of a tree, one for a whole branch repeated; None if they do not fit."""
    if isinstance(dims, (tuple, list)):
        if not isinstance(tree, (tuple, list)) or len(dims) != len(tree):
            return None
        parts = [_spread(dim, item) for dim, item in zip(dims, tree, strict=True)]
        return None if any(part is None for part in parts) else parts
    if isinstance(dims, dict):
        if not isinstance(tree, dict) or set(dims) != set(tree):
            return None
        found = {key: _spread(dims[key], item) for key, item in tree.items()}
        return None if any(part is None for part in found.values()) else found
    return tree_map(lambda item: _Dim(dims), tree)


def _part(k: int | None, x: Any, place: _Dim) -> Any:
    if place.dim is None:
        return x
    if k is None:
        shape = x.value.shape
        axis = axis_of(place.dim, len(shape))
        return Tensor(np.zeros((*shape[:axis], *shape[axis + 1 :]), x.value.dtype))
    return x.select(place.dim, k)


def _joined(name: str, size: int, first: Tensor, place: _Dim, *items: Tensor) -> Tensor:
    if place.dim is None:
        if any(not np.array_equal(item.value, first.value) for item in items):
            raise ValueError(
                f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None"
            )
        return first
    if not size:
        shape = first.value.shape
        axis = axis_of(place.dim, len(shape) + 1)
        return Tensor(np.empty((*shape[:axis], 0, *shape[axis:]), first.value.dtype))
    return stack(list(items), place.dim)


class _Calls:
    """The calls of one mapped function: none may write into what another one writes into."""

    def __init__(self, args: Any, randomness: str) -> None:
        self.randomness = randomness
        # Parts of the batch are views of the arguments.
        tensors = [x for x in leaves(args) if isinstance(x, Tensor)]
        self.arguments = {id(x if x._base is None else x._base) for x in tensors}
        self.earlier: dict[int, ref[Tensor]] = {}
        self.count = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around one call."""
        noted: list[ref[Tensor]] = []
        before = written.set(noted)
        try:
            with repeated(self.randomness, self.count):
                yield
        finally:
            written.reset(before)
        self.count += 1
        targets = {id(target): each for each in noted if (target := each()) is not None}
        for key, each in targets.items():
            if key in self.arguments:
                continue
            known = self.earlier.get(key)
            if known is not None and known() is each():
                raise RuntimeError(
                    "vmap: inplace arithmetic on a tensor from outside of the function is not possible: it would be "
                    "written once for each element of the batch. Use the operation that is not in place"
                )
            self.earlier[key] = each
