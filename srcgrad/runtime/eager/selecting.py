"""Selecting, scattering, sorting and searching under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime.eager.elementwise import named, underivable
from srcgrad.runtime.eager.fast import apply
from srcgrad.runtime.eager.indexing import getitem, plain_index, put
from srcgrad.runtime.eager.inplace import in_place
from srcgrad.runtime.eager.operands import cast
from srcgrad.runtime.eager.reducing import axis_of
from srcgrad.runtime.eager.shaping import clone
from srcgrad.runtime.eager.tensor import Tensor


def _raw(x: Any) -> Any:
    return x.value if isinstance(x, Tensor) else x


def _places(index: Any) -> Any:
    array = _raw(index)
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iu":
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    return array.copy()


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """The elements at places along a dimension.

    Examples
    --------
    >>> import srcgrad as torch
    >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.gather(x, 1, torch.tensor([[1], [0]]))
    tensor([[2.],
            [3.]])
    """
    source = input if input.value.ndim else input.reshape(1)
    return getitem(source, _grid(input, dim, index))._renamed("GatherBackward0")  # type: ignore[no-any-return]


def _grid(input: Tensor, dim: int, index: Tensor) -> tuple[Any, ...]:
    """The index arrays that name the elements of a gather."""
    places = _places(index)
    axis = axis_of(dim, input.value.ndim)
    if max(places.ndim, 1) != max(input.value.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    bound = input.value.shape[axis] if input.value.ndim else 1
    if places.size and (places.max() >= bound or places.min() < 0):
        bad = int(places.max() if places.max() >= bound else places.min())
        raise RuntimeError(f"index {bad} is out of bounds for dimension {axis} with size {bound}")
    if not input.value.ndim:
        return (np.zeros(places.shape, np.int64),)
    grid = list(np.indices(places.shape, sparse=True))
    if places.ndim:
        grid[axis] = places
    return tuple(grid)


def _cut(source: Any, shape: tuple[int, ...]) -> Any:
    """The leading part of a source of at least this shape."""
    if isinstance(source, Tensor) and source.value.shape != shape:
        return getitem(source, tuple(slice(0, n) for n in shape))
    return source


def _scatter(input: Tensor, dim: int, index: Tensor, src: Any, add: bool) -> Tensor:
    grid = _grid(input, dim, index)
    name = (
        "ScatterAddBackward0"
        if add
        else "ScatterBackward0"
        if isinstance(src, Tensor)
        else "ScatterBackward1"
    )
    put(_lined(input), grid, _cut(src, _raw(index).shape), add, name)
    return input


def _lined(input: Tensor) -> Tensor:
    """A number as the only element of a vector, over the same memory."""
    return input if input.value.ndim else input.view(1)


def scatter_(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """Write at places along a dimension, in place."""
    source = value if src is None else src
    if reduce == "multiply":
        current = gather(clone(input), dim, index)
        return _scatter(input, dim, index, current * _cut(source, _raw(index).shape), False)
    return _scatter(input, dim, index, source, reduce == "add")


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """A copy with values written at places along a dimension."""
    return scatter_(clone(input), dim, index, src, value=value, reduce=reduce)._renamed(  # type: ignore[no-any-return]
        "ScatterBackward0" if isinstance(src, Tensor) else "ScatterBackward1"
    )


def scatter_add_(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Add at places along a dimension, in place."""
    return _scatter(input, dim, index, src, True)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy with values added at places along a dimension."""
    return _scatter(clone(input), dim, index, src, True)._renamed("ScatterAddBackward0")  # type: ignore[no-any-return]


def _rows(input: Tensor, dim: int, index: Any) -> Any:
    return (*(slice(None),) * axis_of(dim, input.value.ndim), _places(index))


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The parts at places along a dimension."""
    made = getitem(_lined(input), _rows(input, dim, index))
    return (made if input.value.ndim else made.reshape(()))._renamed("IndexSelectBackward0")  # type: ignore[no-any-return]


def index_add_(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """Add parts at places along a dimension, in place."""
    put(
        _lined(input),
        _rows(input, dim, index),
        source if alpha == 1 else source * alpha,
        True,
        "IndexAddBackward0",
    )
    return input


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """A copy with parts added at places along a dimension."""
    return index_add_(clone(input), dim, index, source, alpha=alpha)._renamed("IndexAddBackward0")  # type: ignore[no-any-return]


def index_copy_(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Write parts at places along a dimension, in place."""
    put(_lined(input), _rows(input, dim, index), source, False, "IndexCopyBackward0")
    return input


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """A copy with parts written at places along a dimension."""
    return index_copy_(clone(input), dim, index, source)._renamed("IndexCopyBackward0")  # type: ignore[no-any-return]


def index_fill_(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Write a number at places along a dimension, in place."""
    put(_lined(input), _rows(input, dim, index), value, False, "IndexFillBackward0")
    return input


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """A copy with a number at places along a dimension."""
    return index_fill_(clone(input), dim, index, value)._renamed("IndexFillBackward0")  # type: ignore[no-any-return]


def index_put_(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Write or add at an index, in place."""
    put(input, plain_index(tuple(indices)), values, accumulate)
    return input


def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with values written or added at an index."""
    return index_put_(clone(input), indices, values, accumulate)


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """A copy with a number where the mask is true."""
    if mask.value.dtype.kind != "b":
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    if isinstance(value, Tensor):
        if value.value.ndim:
            raise RuntimeError(
                "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value.value.ndim} dimension(s)."
            )
        value = cast(value, input.value.dtype)
    else:
        value = Tensor(np.asarray(value, input.value.dtype))
    return named(apply(np.where, mask.value.copy(), value, input), "MaskedFillBackward0")


def masked_fill_(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """Write a number where the mask is true, in place."""
    return in_place(masked_fill, input, mask, value)


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask is true."""
    if mask.value.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = np.broadcast_shapes(input.value.shape, mask.value.shape)
    spread = input if input.value.shape == shape else input.expand(shape)
    return getitem(spread, np.broadcast_to(mask.value, shape).copy())._renamed("MaskedSelectBackward0")  # type: ignore[no-any-return]


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy with elements of the source, in order, where the mask is true."""
    made = clone(input)
    chosen = np.broadcast_to(mask.value, made.value.shape).copy()
    put(made, chosen, source.reshape(-1)[: int(chosen.sum())], False)
    return made._renamed("MaskedScatterBackward0")  # type: ignore[no-any-return]


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at places in the flattened tensor."""
    return getitem(input.reshape(-1), _places(index))._renamed("TakeBackward0")  # type: ignore[no-any-return]


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The elements at places along a dimension; in the flattened tensor if none is given."""
    if dim is None:
        return take(input, indices.reshape(-1))
    return gather(input, dim, indices)


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The places of the elements that are not zero."""
    if as_tuple:
        return tuple(Tensor(part) for part in np.nonzero(input.value))
    return Tensor(np.argwhere(input.value))


def argwhere(input: Tensor) -> Tensor:
    """The places of the elements that are not zero, a row each."""
    return Tensor(np.argwhere(input.value))


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different elements."""
    more: dict[str, Any] = {"return_inverse": return_inverse, "return_counts": return_counts, "axis": dim}
    found: Any = np.unique(input.value, **more)
    if isinstance(found, tuple):
        return underivable(input, found[0], "Unique2"), *(Tensor(part) for part in found[1:])
    return underivable(input, found, "Unique2")


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements (or the parts along a dimension) that differ from the one before."""
    value = input.value.reshape(-1) if dim is None else input.value
    axis = 0 if dim is None else axis_of(dim, value.ndim)
    rest = tuple(k for k in range(value.ndim) if k != axis)
    fresh = np.any(np.diff(value, axis=axis) != 0, axis=rest)
    first = np.concatenate([np.ones(min(value.shape[axis], 1), bool), fresh])
    found = underivable(input, np.compress(first, value, axis), "UniqueConsecutive")
    more = []
    if return_inverse:
        inverse = np.cumsum(first) - 1
        more.append(Tensor(inverse.reshape(input.value.shape) if dim is None else inverse))
    if return_counts:
        starts = np.flatnonzero(first)
        more.append(Tensor(np.diff(np.append(starts, value.shape[axis]))))
    return (found, *more) if more else found


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each number occurs."""
    if weights is None:
        return Tensor(np.bincount(input.value, None, minlength))
    return Tensor(np.bincount(input.value, weights.value, minlength).astype(weights.value.dtype))


def searchsorted(
    sorted_sequence: Tensor, input: Any, *, right: bool = False, side: str | None = None
) -> Tensor:
    """Where elements belong in a sorted sequence."""
    where: Any = side or ("right" if right else "left")
    return Tensor(np.searchsorted(sorted_sequence.value, _raw(input), where))


def bucketize(input: Any, boundaries: Tensor, *, right: bool = False) -> Tensor:
    """The number of the bucket of each element."""
    return searchsorted(boundaries, input, right=right)


def isin(elements: Any, test_elements: Any, *, invert: bool = False) -> Tensor:
    """Whether each element is one of the test elements."""
    return Tensor(np.isin(_raw(elements), _raw(test_elements), invert=invert))


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Rows of zeros with a one at the place each element names."""
    n = int(tensor.value.max()) + 1 if num_classes < 0 else num_classes
    return Tensor(np.eye(n, dtype=np.int64)[tensor.value])


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements fall into each of equal bins."""
    value = input.value
    ends = (float(value.min()), float(value.max())) if min == max == 0 else (min, max)
    return Tensor(np.histogram(value, bins, ends)[0].astype(value.dtype))
