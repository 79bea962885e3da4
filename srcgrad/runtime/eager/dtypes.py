"""Number types with PyTorch's names and promotion, over NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "Size",
    "bool_",
    "cast_error",
    "complex64",
    "complex128",
    "default",
    "dtype",
    "dtype_of",
    "float16",
    "float32",
    "float64",
    "get_default_dtype",
    "int8",
    "int16",
    "int32",
    "int64",
    "promote",
    "set_default_dtype",
    "to_numpy",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]  # fmt: skip


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple that prints as PyTorch's.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.zeros(2, 3).shape
    torch.Size([2, 3])
    >>> torch.zeros(2, 3).shape.numel()
    6
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(repr, self))}])"

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found

    def numel(self) -> int:
        """Number of elements."""
        count = 1
        for n in self:
            count *= n
        return count


class dtype:
    """A number type.  NumPy takes it wherever it takes a dtype.

    Examples
    --------
    >>> import numpy as np
    >>> import srcgrad as torch
    >>> torch.float32
    torch.float32
    >>> np.zeros(2, torch.float32).dtype
    dtype('float32')
    """

    __slots__ = ("dtype", "is_complex", "is_floating_point", "itemsize", "kind", "name")

    def __init__(self, name: str, numpy: Any) -> None:
        self.name = name
        self.dtype = np.dtype(numpy)
        self.kind = self.dtype.kind
        self.itemsize = self.dtype.itemsize
        self.is_floating_point = self.kind == "f"
        self.is_complex = self.kind == "c"

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    @property
    def is_signed(self) -> bool:
        """Whether numbers of this type have a sign."""
        return self.kind in "ifc"

    def __reduce__(self) -> Any:
        return dtype_of, (self.dtype,)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, dtype):
            return self is other
        if isinstance(other, np.dtype):
            return bool(self.dtype == other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.dtype)

    def to_complex(self) -> dtype:
        """The complex type of this precision."""
        return dtype_of(np.promote_types(self.dtype, np.complex64))

    def to_real(self) -> dtype:
        """The real type of this precision."""
        return dtype_of(self.dtype.type(0).real.dtype) if self.is_complex else self


float16, float32, float64 = dtype("float16", "f2"), dtype("float32", "f4"), dtype("float64", "f8")
complex64, complex128 = dtype("complex64", "c8"), dtype("complex128", "c16")
int8, int16, int32, int64 = (dtype(f"int{8 * n}", f"i{n}") for n in (1, 2, 4, 8))
uint8, uint16, uint32, uint64 = (dtype(f"uint{8 * n}", f"u{n}") for n in (1, 2, 4, 8))
bool_ = dtype("bool", "?")

_ALL = (
    float16, float32, float64, complex64, complex128, int8, int16, int32, int64,
    uint8, uint16, uint32, uint64, bool_,
)  # fmt: skip
_OF = {kind.dtype: kind for kind in _ALL}
_BY_NAME = {
    "FloatTensor": float32, "DoubleTensor": float64, "HalfTensor": float16, "LongTensor": int64,
    "IntTensor": int32, "ShortTensor": int16, "CharTensor": int8, "ByteTensor": uint8, "BoolTensor": bool_,
    "ComplexFloatTensor": complex64, "ComplexDoubleTensor": complex128,
}  # fmt: skip
_TYPE_NAME = {kind: name for name, kind in _BY_NAME.items()}


class _Default:
    """The dtype of what is made from Python floats."""

    __slots__ = ("dtype",)

    def __init__(self) -> None:
        self.dtype = float32


default = _Default()


def get_default_dtype() -> dtype:
    """The dtype of tensors made from Python floats.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.get_default_dtype()
    torch.float32
    """
    return default.dtype


def set_default_dtype(d: dtype) -> None:
    """Set the dtype of tensors made from Python floats."""
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    default.dtype = d


def dtype_of(numpy: Any) -> dtype:
    """Our name for a NumPy dtype."""
    found = _OF.get(numpy)
    if found is None:
        found = _OF.get(np.dtype(numpy).newbyteorder("="))
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type {np.dtype(numpy).type.__name__}. The only supported types "
            f"are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, "
            "uint16, "
            "uint8, and bool."
        )
    return found


def to_numpy(kind: Any) -> Any:
    """NumPy's dtype for one of ours, or for whatever NumPy takes."""
    if isinstance(kind, dtype):
        return kind.dtype
    if kind is float:
        return default.dtype.dtype
    if isinstance(kind, str) and kind.rpartition(".")[2] in _BY_NAME:
        return _BY_NAME[kind.rpartition(".")[2]].dtype
    return np.dtype(kind)


def type_name(kind: dtype) -> str:
    """The name of the tensor type in error messages: ``Float``, ``Long`` ..."""
    return _TYPE_NAME[kind].removesuffix("Tensor") if kind in _TYPE_NAME else kind.name


def cast_error(source: Any, target: Any) -> RuntimeError:
    """The error for an in-place result of another category."""
    return RuntimeError(
        f"result type {type_name(dtype_of(source))} can't be cast to the desired output type "
        f"{type_name(dtype_of(target))}"
    )


_RANK = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}


def _join(a: Any, b: Any) -> Any:
    """Promotion of two types of tensors of equal standing: an integer never widens a float."""
    if a == b:
        return a
    low, high = sorted((a, b), key=lambda d: _RANK[d.kind])
    if _RANK[low.kind] < 2 <= _RANK[high.kind]:
        return high
    if high.kind == "c" and low.kind == "f":
        return np.dtype(np.complex128) if low.itemsize == 8 else high
    return np.promote_types(a, b)


def promote(operands: Any) -> Any:
    """The common (NumPy) type of arrays and Python numbers.

    A Python number, or a 0-d array beside others, only matters if it is of a higher category (bool, integer,
    float, complex) than the arrays.
    """
    levels: list[Any] = [None, None, None]
    for operand in operands:
        if isinstance(operand, (np.ndarray, np.generic)):
            level, kind = (0 if operand.ndim else 1), operand.dtype
        else:
            level, kind = 2, _python(operand)
        known = levels[level]
        levels[level] = kind if known is None else _join(known, kind)
    result: Any = None
    for kind in levels:
        if result is None:
            result = kind
        elif kind is not None and _RANK[kind.kind] > _RANK[result.kind]:
            # The value's category, in the precision of the arrays.
            result = _join(result, kind)
            if kind is levels[2]:
                result = _number_beside(levels[0] or levels[1], result)
    return result


def _number_beside(array: Any, joined: Any) -> Any:
    if joined.kind == "c" and array is not None:
        wide = array.itemsize == 8 if array.kind == "f" else default.dtype is float64
        return np.dtype(np.complex128 if wide else np.complex64)
    return joined


def _python(number: Any) -> Any:
    if isinstance(number, bool):
        return np.dtype(np.bool_)
    if isinstance(number, int):
        return np.dtype(np.int64)
    if isinstance(number, float):
        return default.dtype.dtype
    if isinstance(number, complex):
        return default.dtype.to_complex().dtype
    raise TypeError(f"unsupported operand type: {type(number).__name__}")
