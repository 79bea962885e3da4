"""Sorting, and what it tells: medians, quantiles, the largest elements, under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime.eager.extremes import along, chosen, nonempty, ordered
from srcgrad.runtime.eager.fast import apply
from srcgrad.runtime.eager.operands import cast
from srcgrad.runtime.eager.reducing import axis_of, fields
from srcgrad.runtime.eager.tensor import Tensor

_Sorted, _Top = fields("sort", "values", "indices"), fields("topk", "values", "indices")
_Median, _Kth, _Mode = (fields(name, "values", "indices") for name in ("median", "kthvalue", "mode"))


def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = True) -> Tensor:
    """The places of the elements in order."""
    if not input.value.ndim:
        return Tensor(np.array(0))
    axis = axis_of(dim, input.value.ndim)
    if not descending:
        return Tensor(np.argsort(input.value, axis, kind="stable"))
    # Turned round twice: equal elements keep their order.
    turned = np.flip(np.argsort(np.flip(input.value, axis), axis, kind="stable"), axis)
    return Tensor(input.value.shape[axis] - 1 - turned)


def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = True) -> Any:
    """The elements in order along a dimension, and their places."""
    if input.value.dtype.kind == "c":
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    axis = axis_of(dim, input.value.ndim)
    return chosen(_Sorted, input, argsort(input, dim, descending).value, axis, True, "SortBackward0")


def msort(input: Tensor) -> Tensor:
    """The elements in order along the first dimension."""
    return sort(input, 0)[0]  # type: ignore[no-any-return]


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements along a dimension, and their places."""
    axis = axis_of(dim, input.value.ndim)
    if k > (input.value.shape[axis] if input.value.ndim else 1):
        raise RuntimeError("selected index k out of range")
    ordered(input, "topk")
    order = np.take(np.atleast_1d(argsort(input, dim, largest).value), range(k), axis)
    return chosen(_Top, input, order, axis, True, "TopkBackward0")


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element along a dimension, and its place."""
    axis = axis_of(dim, input.value.ndim)
    ordered(input, "kthvalue_cpu")
    if not 1 <= k <= (input.value.shape[axis] if input.value.ndim else 1):
        raise RuntimeError("kthvalue(): selected number k out of range for dimension " + str(dim))
    place = np.take(np.atleast_1d(argsort(input, dim).value), [k - 1], axis)
    return chosen(_Kth, input, place, axis, keepdim, "KthvalueBackward0")


def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The (lower) median: of all elements, or along a dimension with its place."""
    ordered(input, "median")
    if dim is None:
        if not input.value.size:
            return Tensor(np.array(np.nan, input.value.dtype))
        flat = input.reshape(-1)
        return along(flat, _middle(flat.value, 0), 0, False, "MedianBackward0")
    axis = axis_of(dim, input.value.ndim)
    nonempty(input, dim, "median")
    return chosen(_Median, input, _middle(np.atleast_1d(input.value), axis), axis, keepdim, "MedianBackward1")


def _middle(values: Any, axis: int) -> Any:
    """The place of the lower median along an axis; of the first NaN, if there is one."""
    order = np.argsort(values, axis, kind="stable")
    place = np.take(order, [(values.shape[axis] - 1) // 2], axis)
    missing = values != values
    return np.where(missing.any(axis, keepdims=True), missing.argmax(axis, keepdims=True), place)


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The commonest element along a dimension, and its last place."""
    axis = axis_of(dim, input.value.ndim)

    def last(row: Any) -> int:
        found, counts = np.unique(row, return_counts=True)
        return int(np.flatnonzero(row == found[np.argmax(counts)])[-1])

    place = np.expand_dims(np.apply_along_axis(last, axis, np.atleast_1d(input.value)), axis)
    return chosen(_Mode, input, place, axis, keepdim, "ModeBackward0")


def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Quantiles, over all elements or along a dimension."""
    if input.value.dtype.kind != "f":
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    points = cast(q, input.value.dtype) if isinstance(q, Tensor) else input.value.dtype.type(q)
    axis = None if dim is None else axis_of(dim, input.value.ndim)
    raw = points.value if isinstance(points, Tensor) else points
    return apply(  # type: ignore[no-any-return]
        np.quantile, input, raw, axis=axis, method=interpolation, keepdims=keepdim, name="SqueezeBackward4"
    )
