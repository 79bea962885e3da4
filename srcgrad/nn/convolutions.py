"""Convolutions and pooling, of one and two dimensions: products with, and means and maxima of, sliding windows."""

from __future__ import annotations

from typing import Any

from srcgrad.nn.layers import pad
from srcgrad.runtime.eager.elementwise import named
from srcgrad.runtime.eager.joining import cat
from srcgrad.runtime.eager.products import tensordot
from srcgrad.runtime.eager.reducing import mean
from srcgrad.runtime.eager.shaping import flatten
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["avg_pool1d", "avg_pool2d", "conv1d", "conv2d", "max_pool1d", "max_pool2d"]


def _each(value: Any, count: int) -> tuple[int, ...]:
    """One number for each dimension."""
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return numbers * count if len(numbers) == 1 else numbers


def _windows(input: Tensor, sizes: Any, strides: Any, gaps: Any) -> Tensor:
    """All windows over the last dimensions, as so many new dimensions at the end."""
    first = input.value.ndim - len(sizes)
    for k, (size, stride, gap) in enumerate(zip(sizes, strides, gaps, strict=True)):
        input = input.unfold(first + k, gap * (size - 1) + 1, stride)
    if any(gap > 1 for gap in gaps):
        input = input[(..., *(slice(None, None, gap) for gap in gaps))]
    return input


def _padded(input: Tensor, before: Any, after: Any, value: float = 0.0) -> Tensor:
    if not any(before) and not any(after):
        return input
    widths = [n for pair in zip(reversed(before), reversed(after), strict=True) for n in pair]
    return pad(input, widths, value=value)


def _conv(
    input: Tensor,
    weight: Tensor,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
    count: int,
) -> Tensor:
    if input.value.ndim not in (count + 1, count + 2):
        raise RuntimeError(
            f"Expected {count + 1}D (unbatched) or {count + 2}D (batched) input to conv{count}d, but got input of "
            f"size: {list(input.shape)}"
        )
    batched = input.value.ndim == count + 2
    x = input if batched else input.unsqueeze(0)
    channels, kernel = weight.value.shape[1], weight.value.shape[2:]
    if x.value.shape[1] != channels * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have "
            f"{channels * groups} channels, but got {x.value.shape[1]} channels instead"
        )
    strides, gaps = _each(stride, count), _each(dilation, count)
    if padding == "same":
        total = [gap * (n - 1) for gap, n in zip(gaps, kernel, strict=True)]
        x = _padded(x, [n // 2 for n in total], [n - n // 2 for n in total])
    elif padding != "valid":
        around = _each(padding, count)
        x = _padded(x, around, around)
    axes = [1, *range(2 + count, 2 + 2 * count)], [1, *range(2, 2 + count)]
    parts = [
        tensordot(_windows(part, kernel, strides, gaps), w, axes)
        for part, w in zip(x.chunk(groups, 1), weight.chunk(groups, 0), strict=True)
    ]
    made = parts[0] if groups == 1 else cat(parts, -1)
    if bias is not None:
        made = made + bias
    made = made.movedim(-1, 1)
    if batched:
        return named(made.clone(), "ConvolutionBackward0")
    return named(made.squeeze(0).clone(), "SqueezeBackward1")


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Sums of products of a kernel with the windows of a sequence.

    Parameters
    ----------
    input : tensor
        Of shape (batch, channels, length) or (channels, length).
    weight : tensor
        Of shape (channels of the result, channels / groups, length of the kernel).
    bias : tensor, optional
        One number for each channel of the result.
    stride, padding, dilation, groups
        As in PyTorch.

    Examples
    --------
    >>> import srcgrad as torch
    >>> x = torch.tensor([[1.0, 2.0, 4.0, 8.0]])
    >>> torch.nn.functional.conv1d(x, torch.tensor([[[-1.0, 1.0]]]))
    tensor([[1., 2., 4.]])
    """
    return _conv(input, weight, bias, stride, padding, dilation, groups, 1)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Sums of products of a kernel with the windows of an image.

    Parameters
    ----------
    input : tensor
        Of shape (batch, channels, height, width) or (channels, height, width).
    weight : tensor
        Of shape (channels of the result, channels / groups, height and width of the kernel).
    bias : tensor, optional
        One number for each channel of the result.
    stride, padding, dilation, groups
        As in PyTorch.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.nn.functional.conv2d(torch.ones(1, 3, 3), torch.ones(1, 1, 2, 2), padding=1)
    tensor([[[1., 2., 2., 1.],
             [2., 4., 4., 2.],
             [2., 4., 4., 2.],
             [1., 2., 2., 1.]]])
    """
    return _conv(input, weight, bias, stride, padding, dilation, groups, 2)


def _pooled(input: Tensor, size: Any, stride: Any, padding: Any, gap: Any, fill: float, count: int) -> Tensor:
    """The windows to pool, each in one last dimension."""
    sizes, around = _each(size, count), _each(padding, count)
    if any(2 * n > m for n, m in zip(around, sizes, strict=True)):
        raise RuntimeError("pad should be at most half of effective kernel size")
    strides = sizes if stride is None or stride == [] else _each(stride, count)
    windows = _windows(_padded(input, around, around, fill), sizes, strides, _each(gap, count))
    return flatten(windows, -count)


def _whole_windows(ceil_mode: bool) -> None:
    if ceil_mode:
        raise NotImplementedError(
            "windows that reach beyond the end (ceil_mode=True) are not supported: pad the input"
        )


def _maxima(
    input: Tensor,
    size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    indices: bool,
    count: int,
) -> Tensor:
    _whole_windows(ceil_mode)
    if indices:
        raise NotImplementedError("return_indices=True is not supported")
    windows = _pooled(input, size, stride, padding, dilation, float("-inf"), count)
    return windows.max(-1)[0]  # type: ignore[no-any-return]


def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The largest element of each window of a sequence; of equal ones the first takes the gradient."""
    made = _maxima(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices, 1)
    return named(made, "SqueezeBackward1")


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The largest element of each window of an image; of equal ones the first takes the gradient."""
    made = _maxima(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices, 2)
    return named(made, "MaxPool2DWithIndicesBackward0")


def _means(
    input: Tensor, size: Any, stride: Any, padding: Any, ceil_mode: bool, with_padding: bool, count: int
) -> Tensor:
    _whole_windows(ceil_mode)
    made = mean(_pooled(input, size, stride, padding, 1, 0.0, count), -1)
    if not with_padding and any(_each(padding, count)):
        # The share of each window that lies inside.
        inside = Tensor(input.value * 0 + 1)
        made = made / mean(_pooled(inside, size, stride, padding, 1, 0.0, count), -1)
    return made


def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of a sequence."""
    return named(
        _means(input, kernel_size, stride, padding, ceil_mode, count_include_pad, 1), "SqueezeBackward1"
    )


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of an image."""
    return named(
        _means(input, kernel_size, stride, padding, ceil_mode, count_include_pad, 2), "AvgPool2DBackward0"
    )
