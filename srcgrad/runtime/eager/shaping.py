"""Rearranging and joining tensors under PyTorch's names."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from srcgrad.runtime.eager.creation import sizes
from srcgrad.runtime.eager.dtypes import Size
from srcgrad.runtime.eager.elementwise import named
from srcgrad.runtime.eager.fast import apply, first, unary
from srcgrad.runtime.eager.indexing import put
from srcgrad.runtime.eager.reducing import axes_of, axis_of, sum
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.runtime.eager.views import attach, same_memory, view

_windows = np.lib.stride_tricks.sliding_window_view

clone_plain = unary(np.positive, "CloneBackward0", lambda a: a.copy("K"))


_copied = unary(np.positive, "CloneBackward0", lambda a: a.copy("C"))


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy, recorded."""
    if input.value.dtype.kind in "biu":
        return Tensor(input.value.copy())
    return clone_plain(input)


def contiguous(input: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor with its elements one after the other."""
    if input.value.flags.c_contiguous:
        return input
    return Tensor(input.value.copy()) if input.value.dtype.kind in "biu" else _copied(input)


def _inferred(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    if -1 not in shape and math.prod(shape) == count:
        return shape
    unknown = [k for k, n in enumerate(shape) if n == -1]
    if len(unknown) > 1:
        raise RuntimeError("only one dimension can be inferred")
    known = math.prod(n for n in shape if n != -1)
    if (not unknown and known != count) or (unknown and (not known or count % known)):
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {count}")
    return tuple(count // known if n == -1 else n for n in shape)


def reshape(input: Tensor, *shape: Any) -> Tensor:
    """The elements in another shape; a view where memory allows.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.reshape(torch.arange(4), (2, -1))
    tensor([[0, 1],
            [2, 3]])
    """
    wanted = _inferred(sizes(shape), input.value.size)
    name = "ViewBackward0" if input.value.flags.c_contiguous else "UnsafeViewBackward0"
    return view(np.reshape, input, wanted, name=name, compute=np.ndarray.reshape)


def view_(input: Tensor, *shape: Any) -> Tensor:
    """The elements in another shape, over the same memory."""
    if len(shape) == 1 and not isinstance(shape[0], (int, tuple, list, np.integer)):
        return _reinterpreted(input, shape[0])
    wanted = _inferred(sizes(shape), input.value.size)
    if not same_memory(np.reshape(input.value, wanted), input.value):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension "
            "spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return view(np.reshape, input, wanted, name="ViewBackward0")


def _reinterpreted(input: Tensor, dtype: Any) -> Tensor:
    made = Tensor(input.value.view(np.dtype(dtype.dtype)))
    made.cell = input.cell
    return made


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """`view` with the shape of another tensor."""
    return view_(input, other.value.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """`reshape` to the shape of another tensor."""
    return reshape(input, other.value.shape)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions from the first to the last of a range as one."""
    shape = input.value.shape
    if not shape:
        return reshape(input, (1,))
    first, last = axis_of(start_dim, len(shape)), axis_of(end_dim, len(shape))
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if first == last:
        return input
    return reshape(input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension."""
    return reshape(input, (-1,))


def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dimension as several."""
    axis = axis_of(dim, input.value.ndim)
    shape = input.value.shape
    return reshape(input, (*shape[:axis], *_inferred(tuple(sizes), shape[axis]), *shape[axis + 1 :]))


def permute(input: Tensor, *dims: Any) -> Tensor:
    """The dimensions in another order."""
    order = sizes(dims)
    if len(order) != input.value.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of "
            "the desired "
            f"ordering of dimensions i.e. input.dim() = {input.value.ndim} is not equal to len(dims) = "
            f"{len(order)}"
        )
    axes = tuple(axis_of(d, len(order)) for d in order)
    if len(set(axes)) != len(axes):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return view(np.transpose, input, axes, name="PermuteBackward0", compute=np.ndarray.transpose)


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dimensions exchanged."""
    n = input.value.ndim
    a, b = axis_of(dim0, n), axis_of(dim1, n)
    if not n:
        return view(np.reshape, input, (), name="TransposeBackward0")
    return view(np.swapaxes, input, a, b, name="TransposeBackward0", compute=np.ndarray.swapaxes)


def adjoint(input: Tensor) -> Tensor:
    """The conjugate transpose of a matrix, or of the last two dimensions."""
    if not input.value.ndim:
        return input
    if input.value.ndim == 1:
        raise RuntimeError(
            "tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor."
        )
    return transpose(input, -2, -1).conj()  # type: ignore[no-any-return]


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix."""
    if input.value.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.value.ndim}D")
    return view(np.transpose, input, name="TBackward0", compute=np.ndarray.transpose)


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places."""
    if not input.value.ndim:
        return view(np.reshape, input, (), name="AliasBackward0")
    return view(np.moveaxis, input, source, destination, name="PermuteBackward0")


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Without dimensions of length one: all, or those given."""
    shape = input.value.shape
    if dim is None:
        return view(np.squeeze, input, name="SqueezeBackward0")
    axes = axes_of(dim, len(shape))
    axes = () if axes is None else (axes,) if isinstance(axes, int) else axes
    return view(np.squeeze, input, tuple(k for k in axes if shape[k] == 1), name="SqueezeBackward1")


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """With a new dimension of length one."""
    return view(np.expand_dims, input, axis_of(dim, input.value.ndim + 1), name="UnsqueezeBackward0")


def expand(input: Tensor, *shape: Any) -> Tensor:
    """Repeated along dimensions of length one, over the same memory."""
    wanted = sizes(shape)
    have = input.value.shape
    extra = len(wanted) - len(have)
    if extra < 0:
        raise RuntimeError(
            f"expand(torch.FloatTensor{{{list(have)}}}, size={list(wanted)}): the number of sizes provided "
            f"({len(wanted)}) must be greater or equal to the number of dimensions in the tensor "
            f"({len(have)})"
        )
    full = []
    for k, n in enumerate(wanted):
        old = have[k - extra] if k >= extra else 1
        if n != -1 and old != 1 and n != old:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({old}) at "
                f"non-singleton "
                f"dimension {k}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(have)}"
            )
        full.append(old if n == -1 else n)
    if tuple(full) == have:
        return view(operator.getitem, input, ..., name="ExpandBackward0")
    return view(np.broadcast_to, input, tuple(full), name="ExpandBackward0")


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """`expand` to the shape of another tensor."""
    return expand(input, other.value.shape)


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """`expand` to a shape."""
    return expand(input, size)


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Tensors expanded to their common shape."""
    shape = broadcast_shapes(*(each.value.shape for each in tensors))
    return tuple(each if each.value.shape == shape else expand(each, shape) for each in tensors)


def broadcast_shapes(*shapes: Any) -> Size:
    """The common shape of several."""
    try:
        return Size(np.broadcast_shapes(*shapes))
    except ValueError:
        raise RuntimeError(
            "Shape mismatch: objects cannot be broadcast to a single shape: " + ", ".join(map(str, shapes))
        ) from None


def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """Copies one after the other, so many along each dimension."""
    times = sizes(repeats)
    if len(times) < input.value.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    return apply(np.tile, input, times, name="RepeatBackward0")  # type: ignore[no-any-return]


def tile(input: Tensor, *dims: Any) -> Tensor:
    """Copies one after the other, so many along each dimension from the last."""
    return apply(np.tile, input, sizes(dims), name="RepeatBackward0")  # type: ignore[no-any-return]


def repeat_interleave(input: Tensor, repeats: Any, dim: int | None = None) -> Tensor:
    """Each element several times."""
    count = repeats.value if isinstance(repeats, Tensor) else repeats
    return apply(np.repeat, input, count, axis=dim, name="ViewBackward0")  # type: ignore[no-any-return]


# --- turning ---


def flip(input: Tensor, *dims: Any) -> Tensor:
    """In reverse order along dimensions."""
    return apply(  # type: ignore[no-any-return]
        np.flip, input, axes_of(sizes(dims), input.value.ndim), name="FlipBackward0", compute=_flipped
    )


def _flipped(a: Any, axis: Any) -> Any:
    return np.flip(a, axis).copy()


def fliplr(input: Tensor) -> Tensor:
    """In reverse order along the second dimension."""
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """In reverse order along the first dimension."""
    return flip(input, 0)


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Shifted, what falls off coming in at the other end."""
    return apply(np.roll, input, shifts, dims, name="RollBackward0")  # type: ignore[no-any-return]


def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """Turned by right angles."""
    a, b = dims
    turns = k % 4
    made = flip(input, b) if turns == 1 else flip(input, (a, b)) if turns == 2 else flip(input, a)
    return named(
        clone(input) if not turns else made if turns == 2 else contiguous(transpose(made, a, b)),
        "Rot90Backward0",
    )


def _matrices(input: Tensor, name: str) -> None:
    if input.value.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle."""
    _matrices(input, "tril")
    return apply(np.tril, input, diagonal, name="TrilBackward0")  # type: ignore[no-any-return]


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle."""
    _matrices(input, "triu")
    return apply(np.triu, input, diagonal, name="TriuBackward0")  # type: ignore[no-any-return]


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of two dimensions."""
    n = input.value.ndim
    return view(np.diagonal, input, offset, axis_of(dim1, n), axis_of(dim2, n), name="DiagonalBackward0")


_diagonal = diagonal


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or the matrix of a diagonal."""
    if input.value.ndim == 2:
        return named(clone(_diagonal(input, diagonal)), "DiagonalBackward0_copy")
    return apply(np.diag, input, diagonal, name="DiagEmbedBackward0")  # type: ignore[no-any-return]


def diag_embed(input: Tensor, offset: int = 0) -> Tensor:
    """Matrices with the last dimension as diagonal."""
    shape = input.value.shape
    n = shape[-1] + abs(offset)
    made = Tensor(np.zeros((*shape[:-1], n, n), input.value.dtype))
    places = np.arange(shape[-1])
    put(made, (..., places - min(offset, 0), places + max(offset, 0)), input, False)
    return named(made, "DiagEmbedBackward0")


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinate grids of vectors."""
    if len(tensors) == 1 and not isinstance(tensors[0], Tensor):
        tensors = tuple(tensors[0])
    vectors = [reshape(each, (-1,)) for each in tensors]
    shape = tuple(each.value.size for each in vectors)
    grids = [
        expand(reshape(each, tuple(-1 if j == k else 1 for j in range(len(vectors)))), shape)
        for k, each in enumerate(vectors)
    ]
    if indexing == "xy" and len(grids) > 1:
        grids = [named(transpose(each, 0, 1), "ExpandBackward0") for each in grids]
    return tuple(grids)


def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """All stretches of one length along a dimension, as a new last dimension."""
    axis = axis_of(dimension, input.value.ndim)
    length = input.value.shape[axis] if input.value.ndim else 1
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if not input.value.ndim:
        return view(np.reshape, input, (1,), name="UnfoldBackward0")
    # A read-only view: the stretches may share elements.
    windows = first(_windows, input, (size, axis), "UnfoldBackward0")
    attach(windows, input, (_windows, (size, axis), {}, "UnfoldBackward0"))
    index = (*(slice(None),) * axis, slice(None, None, step))
    return view(operator.getitem, windows, index, name="UnfoldBackward0")


def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """Summed over what broadcasting from a shape would repeat."""
    wanted, have = sizes(size), input.value.shape
    extra = len(have) - len(wanted)
    if extra < 0 or any(n not in (1, m) for n, m in zip(wanted, have[extra:], strict=True)):
        raise RuntimeError(f"size {list(wanted)} is not expandable to size {list(have)}.")
    axes = (*range(extra), *(extra + k for k, n in enumerate(wanted) if n == 1 and have[extra + k] != 1))
    return (
        named(reshape(sum(input, axes), wanted), "ViewBackward0" if extra else "SumBackward1")
        if axes
        else input
    )
