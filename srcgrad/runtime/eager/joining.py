"""Joining tensors, and taking them apart, under PyTorch's names."""

from __future__ import annotations

import builtins
import itertools
import operator
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import promote
from srcgrad.runtime.eager.elementwise import named
from srcgrad.runtime.eager.fast import apply
from srcgrad.runtime.eager.operands import cast, into
from srcgrad.runtime.eager.reducing import axis_of
from srcgrad.runtime.eager.shaping import meshgrid, reshape, unsqueeze
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.runtime.eager.views import attach, view

# --- joining ---


def _alike(tensors: Any) -> list[Tensor]:
    parts = list(tensors)
    if not parts:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for k, part in enumerate(parts):
        if not isinstance(part, Tensor):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(part).__name__}")
    kind = promote([np.empty((1,), part.value.dtype) for part in parts])
    return [part if part.value.dtype == kind else cast(part, kind) for part in parts]


def cat(tensors: Any, dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors one after the other along a dimension.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.cat([torch.zeros(1), torch.ones(2)])
    tensor([0., 1., 1.])
    """
    parts = _alike(tensors)
    if any(not part.value.ndim for part in parts):
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated")
    # An empty vector is passed over, whatever the others' shapes.
    kept = [part for part in parts if part.value.shape != (0,)] or parts
    axis = axis_of(dim, kept[0].value.ndim)
    for k, part in enumerate(kept):
        if part.value.ndim != kept[0].value.ndim:
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {kept[0].value.ndim} and {part.value.ndim}"
            )
        for d, (n, m) in enumerate(zip(kept[0].value.shape, part.value.shape, strict=True)):
            if d != axis and n != m:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {n} but got "
                    f"size {m} for "
                    f"tensor number {k} in the list."
                )
    made = apply(np.concatenate, kept, axis, name="CatBackward0")
    return made if out is None else into(out, made)


def stack(tensors: Any, dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors one after the other along a new dimension."""
    parts = _alike(tensors)
    for k, part in enumerate(parts):
        if part.value.shape != parts[0].value.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(parts[0].shape)} at entry 0 and "
                f"{list(part.shape)} at entry {k}"
            )
    made = apply(np.stack, parts, axis_of(dim, parts[0].value.ndim + 1), name="StackBackward0")
    return made if out is None else into(out, made)


def atleast_1d(*tensors: Any) -> Any:
    """Tensors with at least one dimension."""
    return _each(lambda x: x if x.value.ndim else reshape(x, (1,)), tensors)


def atleast_2d(*tensors: Any) -> Any:
    """Tensors with at least two dimensions."""
    return _each(
        lambda x: x if x.value.ndim > 1 else unsqueeze(x, 0) if x.value.ndim else reshape(x, (1, 1)), tensors
    )


def atleast_3d(*tensors: Any) -> Any:
    """Tensors with at least three dimensions."""

    def deep(x: Tensor) -> Tensor:
        return x if x.value.ndim > 2 else unsqueeze(x, -1) if x.value.ndim == 2 else reshape(x, (1, -1, 1))

    return _each(deep, tensors)


def _each(function: Any, tensors: tuple[Any, ...]) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return function(tensors[0])
    if len(tensors) == 1:
        tensors = tuple(tensors[0])
    return tuple(function(each) for each in tensors)


def hstack(tensors: Any) -> Tensor:
    """Tensors side by side."""
    parts = [atleast_1d(each) for each in tensors]
    return cat(parts, 0 if parts[0].value.ndim == 1 else 1)


def vstack(tensors: Any) -> Tensor:
    """Tensors one below the other."""
    return cat([atleast_2d(each) for each in tensors])


def dstack(tensors: Any) -> Tensor:
    """Tensors one behind the other."""
    return cat([atleast_3d(each) for each in tensors], 2)


def column_stack(tensors: Any) -> Tensor:
    """Vectors as columns."""
    return cat([reshape(each, (-1, 1)) if each.value.ndim < 2 else each for each in tensors], 1)


# --- taking apart ---


def _pieces(
    input: Tensor, axis: int, bounds: list[tuple[int, int]], name: str, *, multiple: bool = True
) -> tuple[Tensor, ...]:
    made = []
    for start, stop in bounds:
        index = (*(slice(None),) * axis, slice(start, stop))
        piece = apply(operator.getitem, input, index, name=name)
        attach(piece, input, (operator.getitem, (index,), {}, name), multiple=multiple)
        made.append(piece)
    return tuple(made)


def _divisible(input: Tensor, name: str) -> None:
    if not input.value.ndim:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")


def split(input: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along a dimension: of one size, or of the sizes given."""
    _divisible(input, "split")
    axis = axis_of(dim, input.value.ndim)
    n = input.value.shape[axis]
    if isinstance(split_size_or_sections, int):
        size = split_size_or_sections
        if size < 0 or (size == 0 and n):
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
        bounds = [(k, min(k + size, n)) for k in range(0, max(n, 1), max(size, 1))]
        return _pieces(input, axis, bounds, "SplitBackward0")
    ends = np.cumsum(split_size_or_sections).tolist()
    if ends[-1] != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at "
            f"dimension {axis}), "
            f"but got split_sizes={list(split_size_or_sections)}"
        )
    return _pieces(input, axis, list(zip([0, *ends[:-1]], ends, strict=True)), "SplitWithSizesBackward0")


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """About so many pieces of equal size along a dimension."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    _divisible(input, "chunk")
    return split(input, max(1, -(-input.value.shape[axis_of(dim, input.value.ndim)] // chunks)), dim)


def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along a dimension: so many, or cut at the indices given."""
    _divisible(input, "tensor_split")
    axis = axis_of(dim, input.value.ndim)
    n = input.value.shape[axis]
    if isinstance(indices_or_sections, int):
        size, more = divmod(n, indices_or_sections)
        cuts = np.cumsum([size + (k < more) for k in range(indices_or_sections)]).tolist()[:-1]
    else:
        cuts = list(indices_or_sections)
    bounds = list(zip([0, *cuts], [*cuts, n], strict=True))
    return _pieces(input, axis, bounds, "SliceBackward0", multiple=False)


def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces side by side: along the second dimension, or the only one."""
    return _equally(input, indices_or_sections, 0 if input.value.ndim == 1 else 1, "hsplit", 1)


def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces one below the other: along the first dimension."""
    return _equally(input, indices_or_sections, 0, "vsplit", 2)


def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces one behind the other: along the third dimension."""
    return _equally(input, indices_or_sections, 2, "dsplit", 3)


def _equally(input: Tensor, sections: Any, dim: int, name: str, least: int) -> tuple[Tensor, ...]:
    if input.value.ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension{'s' * (least > 1)}, but got a tensor with "
            f"{input.value.ndim} dimensions!"
        )
    if isinstance(sections, int) and (not sections or input.value.shape[dim] % sections):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension "
            f"{input.value.shape[dim]} is not divisible by the split_size {sections}!"
        )
    return tensor_split(input, sections, dim)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The parts at each place along a dimension."""
    if not input.value.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    axis = axis_of(dim, input.value.ndim)
    made = []
    for k in range(input.value.shape[axis]):
        index = (*(slice(None),) * axis, k, ...)
        piece = apply(operator.getitem, input, index, name="UnbindBackward0")
        attach(piece, input, (operator.getitem, (index,), {}, "UnbindBackward0"), multiple=True)
        made.append(piece)
    return tuple(made)


def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """So many elements along a dimension, from a start."""
    if not input.value.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    axis = axis_of(dim, input.value.ndim)
    n = input.value.shape[axis]
    start = int(start) + (n if start < 0 else 0)
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    index = (*(slice(None),) * axis, slice(start, start + length))
    return view(operator.getitem, input, index, name="SliceBackward0")


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The part at one place along a dimension."""
    axis = axis_of(dim, input.value.ndim)
    n = input.value.shape[axis]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {axis}"
        )
    return view(operator.getitem, input, (*(slice(None),) * axis, int(index), ...), name="SelectBackward0")


def block_diag(*tensors: Tensor) -> Tensor:
    """Matrices along the diagonal of a larger one."""
    parts = [atleast_2d(each) for each in tensors]
    width = builtins.sum(part.value.shape[1] for part in parts)
    rows, start = [], 0
    for part in parts:
        n, m = part.value.shape
        left, right = (Tensor(np.zeros((n, k), part.value.dtype)) for k in (start, width - start - m))
        rows.append(cat([left, part, right], 1))
        start += m
    return named(cat(rows), "BlockDiagBackward0")


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All combinations of elements of vectors."""
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(grid, (-1,)) for grid in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All combinations of r elements of a vector."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.array(list(choose(range(input.value.size), r)), np.int64).reshape(-1, r)
    return named(input[Tensor(places)], "StackBackward0")
