"""From tensors to Python numbers, lists, arrays and other dtypes; and what a tensor tells of itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dis import opname
from types import FrameType
from typing import Any

import numpy as np

from srcgrad.runtime.eager import dtypes
from srcgrad.runtime.eager.creation import device, finish, sizes, warn_of_number
from srcgrad.runtime.eager.dtypes import dtype, to_numpy
from srcgrad.runtime.eager.joining import unbind
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.operands import cast
from srcgrad.runtime.eager.printing import tensor_text
from srcgrad.runtime.eager.shaping import clone
from srcgrad.runtime.eager.tensor import Tensor


def item(self: Tensor) -> Any:
    """The only element, as a Python number."""
    if self.value.size != 1:
        raise RuntimeError(f"a Tensor with {self.value.size} elements cannot be converted to Scalar")
    return self.value.item()


def tolist(self: Tensor) -> Any:
    """The elements in nested lists."""
    return self.value.tolist()


def numpy(self: Tensor, *, force: bool = False) -> Any:
    """The array behind the tensor: the same memory.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.ones(2).numpy()
    array([1., 1.], dtype=float32)
    """
    if self.source() is not None and not force:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
        )
    return self.value


def as_bool(self: Tensor) -> bool:
    """The truth of the only element."""
    if self.value.size != 1:
        raise RuntimeError(
            f"Boolean value of Tensor with "
            f"{'no values' if not self.value.size else 'more than one value'} is ambiguous"
        )
    return bool(self.value)


def _stored_in_array(frame: FrameType) -> bool:
    """Whether the caller is at ``array[...] = tensor``: NumPy asks for a number where it stores one."""
    return opname[frame.f_code.co_code[frame.f_lasti]] in ("STORE_SUBSCR", "STORE_SLICE")


def _number(self: Tensor) -> Any:
    if recording.get() > 0 and self.source() is not None:
        if _stored_in_array(sys._getframe(2)):
            raise RuntimeError(
                "a tensor that requires grad cannot be written to an element of a NumPy array, which has no history. "
                "Use tensor.detach(), or write into a tensor."
            )
        warn_of_number(3)
    if self.value.size != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return item(self)


def as_float(self: Tensor) -> float:
    """The only element as a float."""
    return float(_number(self))


def as_int(self: Tensor) -> int:
    """The only element as an int."""
    return int(_number(self))


def as_complex(self: Tensor) -> complex:
    """The only element as a complex number."""
    return complex(_number(self))


def as_index(self: Tensor) -> int:
    """The only element as an index."""
    if self.value.size != 1 or self.value.dtype.kind not in "biu":
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(self.value.item())


def iterate(self: Tensor) -> Iterator[Tensor]:
    """The parts along the first dimension."""
    if not self.value.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(unbind(self, 0))


def contains(self: Tensor, element: Any) -> bool:
    """Whether an element occurs."""
    return bool((self.value == (element.value if isinstance(element, Tensor) else element)).any())


def text(self: Tensor) -> str:
    """The tensor as PyTorch prints it."""
    return tensor_text(self)


def formatted(self: Tensor, spec: str) -> str:
    """The number of a 0-d tensor in a format."""
    if not self.value.ndim:
        return format(self.value.item(), spec) if spec or not self.value.ndim else tensor_text(self)
    if spec:
        raise TypeError("unsupported format string passed to Tensor.__format__")
    return tensor_text(self)


def deep_copy(self: Tensor, memo: dict[int, Any]) -> Tensor:
    """A copy of a leaf, its gradient with it."""
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at "
            "the moment.  "
            "If you were attempting to deepcopy a module, this may be because of a "
            "torch.nn.utils.weight_norm usage, "
            "see https://github.com/pytorch/pytorch/pull/103001"
        )
    made = Tensor(self.value.copy()).requires_grad_(self.requires_grad)
    if self.more is not None and self.more.grad is not None:
        made.grad = deep_copy(self.more.grad, memo)
    memo[id(self)] = made
    return made


def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """The tensor in another dtype, or in that of another tensor."""
    kind = kwargs.get("dtype")
    for arg in args:
        if isinstance(arg, dtype):
            kind = arg
        elif isinstance(arg, Tensor):
            kind = arg.dtype
        elif isinstance(arg, str):
            device(arg)
    if kind is None or to_numpy(kind) == self.value.dtype:
        return clone(self) if kwargs.get("copy") else self
    return cast(self, to_numpy(kind))


def _to(kind: dtype) -> Any:
    def convert(self: Tensor) -> Tensor:
        return to(self, kind)

    convert.__doc__ = f"The tensor as {kind.name}."
    return convert


as_type = {
    "float": _to(dtypes.float32), "double": _to(dtypes.float64), "half": _to(dtypes.float16),
    "long": _to(dtypes.int64), "int": _to(dtypes.int32), "short": _to(dtypes.int16), "char": _to(dtypes.int8),
    "byte": _to(dtypes.uint8), "bool": _to(dtypes.bool_), "cfloat": _to(dtypes.complex64),
    "cdouble": _to(dtypes.complex128),
}  # fmt: skip


def bfloat16(self: Tensor) -> Tensor:
    """Refused, with what to do instead."""
    raise TypeError(
        "NumPy has no bfloat16: use float32, or float16 (`half()`), which takes half the memory as well"
    )


def type_(self: Tensor, kind: Any = None) -> Any:
    """The name of the tensor's type, or the tensor in another one."""
    if kind is None:
        return f"torch.{dtypes.type_name(self.dtype)}Tensor"
    return to(self, dtypes.dtype_of(to_numpy(kind)))


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of another."""
    return to(self, other)


# --- what it tells of itself ---


def size(self: Tensor, dim: int | None = None) -> Any:
    """The shape, or the length of one dimension."""
    if dim is None:
        return self.shape
    from srcgrad.runtime.eager.reducing import axis_of

    return self.value.shape[axis_of(dim, self.value.ndim)]


def numel(input: Tensor) -> int:
    """How many elements there are."""
    return int(input.value.size)


def dim(self: Tensor) -> int:
    """How many dimensions there are."""
    return int(self.value.ndim)


def stride(self: Tensor, dim: int | None = None) -> Any:
    """The distances in memory, in elements."""
    strides = tuple(s // self.value.itemsize for s in self.value.strides)
    return strides if dim is None else strides[dim]


def storage_offset(self: Tensor) -> int:
    """Where in its memory the first element is."""
    whole = self.value
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    here, start = self.value.__array_interface__["data"][0], whole.__array_interface__["data"][0]
    return int((here - start) // self.value.itemsize)


def is_contiguous(self: Tensor, memory_format: Any = None) -> bool:
    """Whether the elements lie one after the other."""
    return bool(self.value.flags.c_contiguous)


def data_ptr(self: Tensor) -> int:
    """The address of the first element."""
    return int(self.value.__array_interface__["data"][0])


def element_size(self: Tensor) -> int:
    """Bytes of an element."""
    return int(self.value.itemsize)


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are real floats."""
    return bool(input.value.dtype.kind == "f")


def is_complex(input: Tensor) -> bool:
    """Whether the elements are complex."""
    return bool(input.value.dtype.kind == "c")


def is_signed(input: Tensor) -> bool:
    """Whether the elements have a sign."""
    return bool(input.value.dtype.kind in "ifc")


def is_nonzero(input: Tensor) -> bool:
    """Whether the only element is not zero."""
    return as_bool(input)


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape."""
    return bool(input.value.shape == other.value.shape)


def is_set_to(self: Tensor, other: Tensor) -> bool:
    """Whether two tensors are the same part of the same memory."""
    return data_ptr(self) == data_ptr(other) and self.value.shape == other.value.shape


def itself(self: Tensor, *ignored: Any, **more: Any) -> Tensor:
    """The tensor itself: it is on the CPU already."""
    return self


# --- new tensors of the same dtype ---


def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of the data in this dtype."""
    value = data.value if isinstance(data, Tensor) else data
    return finish(np.array(value, self.value.dtype if dtype is None else to_numpy(dtype)), requires_grad)


def _new(fill: Any) -> Any:
    def new(
        self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        return finish(
            fill(sizes(size), self.value.dtype if dtype is None else to_numpy(dtype)), requires_grad
        )

    new.__doc__ = "A new tensor of the given sizes in this dtype."
    return new


new_zeros, new_ones, new_empty = _new(np.zeros), _new(np.ones), _new(np.empty)


def new_full(
    self: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of one number in this dtype."""
    return finish(
        np.full(sizes((size,)), fill_value, self.value.dtype if dtype is None else to_numpy(dtype)),
        requires_grad,
    )


def dlpack(self: Tensor, **more: Any) -> Any:
    """The memory as a DLPack capsule."""
    if self.source() is not None:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    return self.value.__dlpack__(**more)


def dlpack_device(self: Tensor) -> Any:
    """The device of the memory, for DLPack."""
    return self.value.__dlpack_device__()
