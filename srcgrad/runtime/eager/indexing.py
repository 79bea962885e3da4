"""Reading and writing parts of tensors."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from srcgrad.runtime.eager.fast import first
from srcgrad.runtime.eager.graph import Node, Variable, Variant
from srcgrad.runtime.eager.inplace import allow, retitled
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.operands import cast
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.runtime.eager.views import rebase, view

__all__ = ["getitem", "plain_index", "put", "setitem"]


def _plain(part: Any) -> Any:
    if isinstance(part, Tensor):
        value = part.value
        if value.dtype.kind not in "biu":
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if value.dtype == np.uint8:
            # A mask, of before there were truth values.
            return value.astype(bool)
        if not value.ndim and value.dtype.kind != "b":
            return int(value)
        return value.copy()
    if isinstance(part, np.ndarray):
        # A copy: the graph keeps the index, and the caller may write into an array of theirs.
        return part.copy() if part.ndim or part.dtype.kind == "b" else int(part)
    if isinstance(part, np.integer):
        return int(part)
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str'")
    if isinstance(part, range):
        return np.asarray(part)
    if isinstance(part, list):
        return np.asarray([_plain(item) for item in part])
    if isinstance(part, slice):
        if part.step is not None and part.step <= 0:
            raise ValueError("step must be greater than zero")
        return slice(*(int(n) if isinstance(n, Tensor) else n for n in (part.start, part.stop, part.step)))
    return part


def plain_index(index: Any) -> Any:
    """An index as NumPy takes it."""
    if index is None or index is Ellipsis:
        return index
    if type(index) is tuple:
        return tuple([_plain(part) for part in index])
    return _plain(index)


def _view_index(index: Any, ndim: int) -> Any:
    """The index of a single element, so that NumPy gives a view of it and not a number."""
    if type(index) is int:
        return (index, ...)
    if type(index) is tuple and len(index) == ndim and all(type(part) is int for part in index):
        return (*index, ...) if ndim else None
    return None


def _advanced(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, (np.ndarray, bool, np.bool_)) for part in parts)


def _masks(index: Any) -> bool:
    return isinstance(index, np.ndarray) and index.dtype.kind == "b"


def _check(x: Tensor, index: Any) -> None:
    parts = index if isinstance(index, tuple) else (index,)
    if not x.value.ndim and any(isinstance(p, int) and not isinstance(p, bool) for p in parts):
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ "
            "to convert "
            "a 0-dim tensor to a number"
        )
    taken = 0
    for part in parts:
        if isinstance(part, np.ndarray):
            if part.dtype.kind == "b":
                for k, n in enumerate(part.shape):
                    if taken + k < x.value.ndim and n != x.value.shape[taken + k]:
                        raise IndexError(
                            f"The shape of the mask {list(part.shape)} at index {k} does not match the "
                            f"shape of the "
                            f"indexed tensor {list(x.shape)} at index {taken + k}"
                        )
            taken += part.ndim if part.dtype.kind == "b" else 1
        elif part is not None and part is not Ellipsis and not isinstance(part, bool):
            if (
                isinstance(part, int)
                and taken < x.value.ndim
                and Ellipsis not in [p for p in parts if p is Ellipsis]
            ):
                n = x.value.shape[taken]
                if not -n <= part < n:
                    raise IndexError(f"index {part} is out of bounds for dimension {taken} with size {n}")
            taken += 1
    if taken > x.value.ndim:
        raise IndexError(f"too many indices for tensor of dimension {x.value.ndim}")


def getitem(x: Tensor, index: Any) -> Tensor:
    """``x[index]``."""
    try:
        if type(index) is int:
            # With the ellipsis NumPy gives a view even of a single element.
            return view(operator.getitem, x, (index, ...), name="SelectBackward0")
        index = plain_index(index)
        index = _view_index(index, x.value.ndim) or index
        if _advanced(index):
            return first(operator.getitem, x, (index,), "IndexBackward0")
        return view(operator.getitem, x, index, name=_name(index))
    except IndexError as error:
        _check(x, (index,) if type(index) is int else index)
        raise IndexError(str(error)) from None


def _name(index: Any) -> str:
    """The node that PyTorch makes last for a basic index."""
    if isinstance(index, slice):
        return "SliceBackward0"
    last = index[-1] if isinstance(index, tuple) and index else index
    if type(last) is int:
        return "SelectBackward0"
    if last is None:
        return "UnsqueezeBackward0"
    if isinstance(last, slice) and last != slice(None):
        return "SliceBackward0"
    if isinstance(index, tuple) and len(index) > 1:
        return _name(index[:-1])
    return "AliasBackward0"


def _put_back(g: Any, saved: Any) -> list[Any]:
    index, kinds, add = saved
    if isinstance(g, Variable) and not isinstance(g, Tensor):
        from srcgrad.runtime.eager.plain import as_plain, as_tensor

        return [as_plain(part) for part in _put_back(as_tensor(g), saved)]
    parts: list[Any] = []
    for kind in kinds:
        if kind:
            parts.append(g[index])
        elif add:
            parts.append(g)
        elif isinstance(g, Tensor):
            rest = g.clone()
            rest[index] = 0.0
            parts.append(rest)
        else:
            rest = np.array(g)
            rest[index] = 0
            parts.append(rest)
    return parts


_PUT = Variant("IndexPutBackward0", _put_back)
_COPY = Variant("CopySlices", _put_back)


def setitem(x: Tensor, index: Any, value: Any) -> None:
    """``x[index] = value``."""
    index = plain_index(index)
    if not x.value.ndim and type(index) is slice:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if not _whole(index):
        put(x, index, value, False)
    elif isinstance(value, (int, float, complex)):
        retitled(x.fill_(value), "FillBackward2", "FillBackward3")
    else:
        source = value if isinstance(value, Tensor) else Tensor(np.asarray(value))
        while source.value.ndim > x.value.ndim and source.value.shape[0] == 1:
            source = source[0]
        x.copy_(source)


def _whole(index: Any) -> bool:
    if type(index) is slice:
        return bool(index == slice(None))
    return index is Ellipsis or (type(index) is tuple and not index)


def put(x: Tensor, index: Any, value: Any, add: bool, name: str = "") -> None:
    """Write or add a value at an index, recorded."""
    array = x.value
    try:
        region = array[index]
    except IndexError as error:
        _check(x, index)
        raise IndexError(str(error)) from None
    allow(x)
    if isinstance(value, Tensor):
        source = value
    else:
        source = Tensor(np.asarray(value, None if isinstance(value, np.ndarray) else array.dtype))
    if source.value.dtype != array.dtype:
        if add or (
            _advanced(index) and isinstance(value, Tensor) and not (_masks(index) and not value.value.ndim)
        ):
            raise RuntimeError(
                "Index put requires the source and destination dtypes match, got "
                f"{x.dtype.name.capitalize()} for the destination and {source.dtype.name.capitalize()} "
                f"for the source."
            )
        source = cast(source, array.dtype)
    shape = np.shape(region)
    if source.value.shape != shape:
        while source.value.ndim > len(shape) and source.value.shape[0] == 1:
            source = source[0]
        try:
            source = view(np.broadcast_to, source, shape, name="ExpandBackward0")
        except ValueError:
            raise RuntimeError(
                f"shape mismatch: value tensor of shape {list(source.shape)} cannot be broadcast to "
                f"indexing result "
                f"of shape {list(shape)}"
                if _advanced(index)
                else f"The expanded size of the tensor ({(shape or (1,))[-1]}) must match the existing size "
                f"({(source.value.shape or (1,))[-1]}) at non-singleton dimension "
                f"{max(0, len(shape) - 1)}.  Target "
                f"sizes: {list(shape)}.  Tensor sizes: {list(source.shape)}"
            ) from None
    node = None
    wanted = recording.get() > 0
    if wanted and array.dtype.kind in "fc":
        before, given = x.source(), source.source()
        edges = tuple(edge for edge in (before, given) if edge is not None)
        if edges:
            kinds = (*((False,) if before is not None else ()), *((True,) if given is not None else ()))
            variant = _PUT if _advanced(index) else _COPY
            node = Node(variant, edges, (index, kinds, add), (), 0, name or variant.name)
    if add:
        np.add.at(array, index, source.value)
    else:
        array[index] = source.value
    rebase(x, node, wanted)
