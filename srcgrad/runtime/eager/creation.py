"""Making tensors from data, from sizes and from random numbers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import default, promote, to_numpy
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.tensor import Tensor

__all__ = [ "arange", "as_tensor", "asarray", "complex", "device", "empty", "empty_like", "eye",
    "from_dlpack", "from_numpy", "full", "full_like", "linspace", "logspace",
    "ones", "ones_like",
    "scalar_tensor", "tensor", "tril_indices", "triu_indices", "zeros", "zeros_like",
]  # fmt: skip


class device:
    """Where tensors live: the CPU, the only one there is.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.device("cpu")
    device(type='cpu')
    """

    __slots__ = ("index", "type")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        name = str(getattr(type, "type", type))
        if name.partition(":")[0] != "cpu":
            raise RuntimeError(f"srcgrad tensors live on the CPU; there is no device {name!r}")
        self.type = "cpu"
        self.index = index

    def __repr__(self) -> str:
        return "device(type='cpu')"

    __str__ = lambda self: "cpu"  # noqa: E731

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device)

    def __hash__(self) -> int:
        return hash("cpu")


def finish(value: Any, requires_grad: bool = False, place: Any = None, out: Tensor | None = None) -> Tensor:
    """A new tensor around an array."""
    if place is not None:
        device(place)
    if out is not None:
        out.value[...] = value
        out.cell[0] += 1
        return out
    made = Tensor(value)
    if recording.get() < 0:
        made.extras().inference = True
    if requires_grad:
        made.requires_grad = True
    return made


def _first(data: Any) -> Any:
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return data


def _check(data: Any, dim: int = 0) -> None:
    """Raise for ragged lists the way PyTorch words it."""
    if not isinstance(data, (list, tuple)) or not data or not isinstance(data[0], (list, tuple)):
        return
    for item in data:
        if not isinstance(item, (list, tuple)):
            raise TypeError(
                f"expected sequence object with len >= 0 or a single number, got {type(item).__name__}"
            )
        if len(item) != len(data[0]):
            raise ValueError(f"expected sequence of length {len(data[0])} at dim {dim + 1} (got {len(item)})")
        _check(item, dim + 1)


def _array(data: Any, dtype: Any) -> Any:
    if isinstance(data, Tensor):
        return data.value
    if isinstance(data, (np.ndarray, np.generic)):
        return np.asarray(data)
    if data is None:
        raise RuntimeError("Could not infer dtype of NoneType")
    if isinstance(data, str):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if isinstance(data, (list, tuple)):
        _check(data)
        if data and all(isinstance(item, Tensor) and not item.value.ndim for item in data):
            values = list(map(_plain, data))
            return np.asarray(values, promote(values))
        data = _plain(data)
    array = np.asarray(data)
    if array.dtype == object or array.dtype.kind in "US":
        first = _first(data)
        if isinstance(first, int):
            raise RuntimeError("Overflow when unpacking long long")
        if first is None:
            raise RuntimeError("Could not infer dtype of NoneType")
        raise TypeError(f"new(): invalid data type '{type(first).__name__}'")
    if dtype is None and not isinstance(_first(data), (np.generic, np.ndarray)):
        if array.dtype == np.float64:
            array = array.astype(default.dtype.dtype)
        elif array.dtype == np.complex128:
            array = array.astype(default.dtype.to_complex().dtype)
    return array


def warn_of_number(stacklevel: int) -> None:
    """Say that a number is taken out of the recording."""
    warnings.warn(
        "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using "
        "tensor.detach() first.",
        UserWarning,
        stacklevel=stacklevel + 1,
    )


def _plain(data: Any) -> Any:
    if isinstance(data, (list, tuple)):
        return [_plain(item) for item in data]
    if isinstance(data, Tensor):
        if data.source() is not None:
            warn_of_number(4)
        return data.item() if data.value.ndim == 0 and data.value.dtype == default.dtype.dtype else data.value
    return data


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A tensor with a copy of the data.

    Parameters
    ----------
    data : number, nested lists, array or tensor
    dtype : dtype, optional
        Found from the data if not given: Python floats are float32, integers int64.
    requires_grad : bool
        Whether operations on it are recorded.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    >>> torch.tensor(2.5, dtype=torch.float64, requires_grad=True)
    tensor(2.5000, dtype=torch.float64, requires_grad=True)
    """
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    return finish(
        np.array(_array(data, dtype), None if dtype is None else to_numpy(dtype)), requires_grad, device
    )


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor over the same memory where possible.

    Examples
    --------
    >>> import numpy as np, srcgrad as torch
    >>> a = np.zeros(2)
    >>> torch.as_tensor(a)[0] = 5.0
    >>> a
    array([5., 0.])
    """
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype is dtype else data.to(dtype)
    value = _array(data, dtype)
    return finish(value if dtype is None else value.astype(to_numpy(dtype), copy=False), False, device)


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of the data, over the same memory where possible."""
    made = as_tensor(obj, dtype, device)
    if copy:
        made = finish(made.value.copy())
    if requires_grad:
        made = made.detach().requires_grad_() if made is obj else made.requires_grad_()
    return made


def from_numpy(array: Any) -> Tensor:
    """A tensor over the memory of an array.

    Examples
    --------
    >>> import numpy as np, srcgrad as torch
    >>> a = np.zeros(2)
    >>> t = torch.from_numpy(a)
    >>> a[0] = 7
    >>> t
    tensor([7., 0.], dtype=torch.float64)
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    if any(stride < 0 for stride in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array with array.copy().)"
        )
    from srcgrad.runtime.eager.dtypes import dtype_of

    dtype_of(array.dtype)
    return finish(array)


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor over memory that another library shares by DLPack."""
    return finish(np.from_dlpack(ext_tensor))


def sizes(size: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given as ``2, 3`` or as ``(2, 3)``."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    if any(isinstance(n, str) for n in size):
        raise TypeError(
            f"ones(): argument 'size' (position 1) must be tuple of ints, not {type(size[0]).__name__}"
        )
    return tuple(int(n) for n in size)


def numbers(fill: Callable[[tuple[int, ...], Any], Any], name: str, doc: str) -> Any:
    def make(
        *lengths: Any, size: Any = None, out: Tensor | None = None, dtype: Any = None, layout: Any = None,
        device: Any = None, requires_grad: bool = False, pin_memory: bool = False, generator: Any = None,
        memory_format: Any = None,
    ) -> Tensor:  # fmt: skip
        shape = sizes(lengths if size is None else (size,))
        if any(n < 0 for n in shape):
            raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
        kind = default.dtype.dtype if dtype is None else to_numpy(dtype)
        return finish(fill(shape, kind), requires_grad, device, out)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = doc
    return make


def alike(fill: Callable[[tuple[int, ...], Any], Any], name: str, doc: str) -> Any:
    def make(
        input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None,
        requires_grad: bool = False,
        memory_format: Any = None,
    ) -> Tensor:  # fmt: skip
        kind = input.value.dtype if dtype is None else to_numpy(dtype)
        return finish(fill(input.value.shape, kind), requires_grad, device)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = doc
    return make


zeros = numbers(np.zeros, "zeros", "A tensor of zeros of the given sizes.")
ones = numbers(np.ones, "ones", "A tensor of ones of the given sizes.")
empty = numbers(np.empty, "empty", "A tensor of the given sizes with arbitrary contents.")
zeros_like = alike(np.zeros, "zeros_like", "Zeros of the shape and dtype of a tensor.")
ones_like = alike(np.ones, "ones_like", "Ones of the shape and dtype of a tensor.")
empty_like = alike(np.empty, "empty_like", "A tensor of the shape and dtype of another, arbitrary contents.")


def _number_kind(fill_value: Any, dtype: Any) -> Any:
    if dtype is not None:
        return to_numpy(dtype)
    array = np.asarray(fill_value)
    return default.dtype.dtype if array.dtype.kind == "f" else _array(fill_value, None).dtype


def full(
    size: Any, fill_value: Any, *, out: Tensor | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """A tensor of one number."""
    if isinstance(fill_value, Tensor):
        raise TypeError("full(): argument 'fill_value' (position 2) must be Number, not Tensor")
    return finish(
        np.full(sizes((size,)), fill_value, _number_kind(fill_value, dtype)), requires_grad, device, out
    )


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """One number, in the shape and dtype of a tensor."""
    if isinstance(fill_value, Tensor):
        raise TypeError("full_like(): argument 'fill_value' (position 2) must be Number, not Tensor")
    kind = input.value.dtype if dtype is None else to_numpy(dtype)
    return finish(np.full(input.value.shape, fill_value, kind), requires_grad, device)


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A number as a 0-d tensor."""
    return finish(
        np.array(s, default.dtype.dtype if dtype is None else to_numpy(dtype)), requires_grad, device
    )


def arange(
    start: Any, end: Any = None, step: Any = 1, *, out: Tensor | None = None, dtype: Any = None,
    layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Numbers from `start` up to but not including `end`.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.arange(3)
    tensor([0, 1, 2])
    >>> torch.arange(0, 1, 0.5)
    tensor([0.0000, 0.5000])
    """
    if end is None:
        start, end = 0, start
    start, end, step = (n.item() if isinstance(n, Tensor) else n for n in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    count = math.ceil((end - start) / step)
    whole = all(isinstance(n, int) for n in (start, end, step))
    kind = to_numpy(dtype) if dtype is not None else np.dtype(np.int64) if whole else default.dtype.dtype
    values = start + step * np.arange(count) if whole else start + step * np.arange(count, dtype=np.float64)
    return finish(values.astype(kind), requires_grad, device, out)


def linspace(
    start: Any, end: Any, steps: int, *, out: Tensor | None = None, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Evenly spaced numbers, both ends included."""
    kind = default.dtype.dtype if dtype is None else to_numpy(dtype)
    return finish(np.linspace(float(start), float(end), steps).astype(kind), requires_grad, device, out)


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, out: Tensor | None = None, dtype: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Powers of `base` with evenly spaced exponents."""
    kind = default.dtype.dtype if dtype is None else to_numpy(dtype)
    return finish(
        np.logspace(float(start), float(end), steps, base=base).astype(kind), requires_grad, device, out
    )


def eye(
    n: int, m: int | None = None, *, out: Tensor | None = None, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The unit matrix."""
    kind = default.dtype.dtype if dtype is None else to_numpy(dtype)
    return finish(np.eye(n, m, dtype=kind), requires_grad, device, out)


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """A complex tensor from its real and imaginary parts."""
    from srcgrad.runtime.eager.elementwise import named
    from srcgrad.runtime.eager.operands import cast

    kind = np.result_type(real.value.dtype, np.complex64)
    return named(cast(real, kind) + cast(imag, kind) * 1j, "ComplexBackward0")


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The indices of the lower triangle."""
    found = np.stack(np.tril_indices(row, offset, col))
    return finish(found if dtype is None else found.astype(to_numpy(dtype)), False, device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The indices of the upper triangle."""
    found = np.stack(np.triu_indices(row, offset, col))
    return finish(found if dtype is None else found.astype(to_numpy(dtype)), False, device)
