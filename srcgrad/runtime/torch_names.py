"""The names of PyTorch that `srcgrad` offers at its top level."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from srcgrad.runtime import conversion, creation, dtypes, methods, modes
from srcgrad.runtime.creation import *  # noqa: F403
from srcgrad.runtime.dtypes import (
    complex64,
    complex128,
    dtype,
    float16,
    float32,
    float64,
    get_default_dtype,
    int16,
    int32,
    int64,
)  # fmt: skip
from srcgrad.runtime.tensor import Tensor

half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
cfloat, cdouble = complex64, complex128
bool = dtypes.bool_
inf, nan, pi, e = math.inf, math.nan, math.pi, math.e
strided = "torch.strided"
numel, is_floating_point, is_complex = conversion.numel, conversion.is_floating_point, conversion.is_complex
is_nonzero = conversion.is_nonzero


def is_tensor(obj: Any) -> Any:
    """Whether something is a tensor."""
    return isinstance(obj, Tensor)


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy, recorded."""
    return input.clone()  # type: ignore[no-any-return]


def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """The dtype of a result of two operands."""
    return dtypes.dtype_of(
        dtypes.promote([each.value if isinstance(each, Tensor) else each for each in (tensor1, tensor2)])
    )


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that both fit."""
    empty = np.empty
    return dtypes.dtype_of(dtypes.promote([empty((1,), type1.dtype), empty((1,), type2.dtype)]))


def can_cast(from_: dtype, to: dtype) -> Any:
    """Whether a dtype may become another one without falling into a lower category."""
    order = "biufc"
    rank = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}
    return from_.kind in order and rank[from_.kind] <= rank[to.kind]


class finfo:
    """The limits of a float dtype."""

    def __init__(self, type: dtype | None = None) -> None:
        found = np.finfo((type or get_default_dtype()).dtype)
        self.bits = found.bits
        self.eps = found.eps.item()
        self.max, self.min, self.tiny = found.max.item(), found.min.item(), found.tiny.item()
        self.smallest_normal, self.resolution = self.tiny, found.resolution.item()
        self.dtype = (type or get_default_dtype()).name


class iinfo:
    """The limits of an integer dtype."""

    def __init__(self, type: dtype) -> None:
        found = np.iinfo(type.dtype)
        self.bits, self.max, self.min, self.dtype = found.bits, found.max, found.min, type.name


def set_num_threads(count: Any) -> None:
    """Accepted for PyTorch's sake: NumPy's threads are those of its libraries."""


def get_num_threads() -> Any:
    """One: elementwise work is done in the calling thread."""
    return 1


# What operators and methods use, but no function of PyTorch.
_INTERNAL = {"view_", "divide_plain", "rdiv", "rpow", "clone"}

globals().update(
    {name: methods.checked(name, f) for name, f in methods.operations().items() if name not in _INTERNAL}
)

__all__ = sorted(
    {
        *(name for name in methods.operations() if not name.endswith("_")), *creation.__all__, *modes.__all__,
        "Function", "Size", "Tensor", "bool", "can_cast", "cdouble", "cfloat", "clone", "complex128", "complex64", "double",
        "dtype", "e", "finfo", "float", "float16", "float32", "float64", "get_default_dtype", "get_num_threads", "half",
        "iinfo", "inf", "int", "int16", "int32", "int64", "int8", "is_complex", "is_floating_point", "is_nonzero",
        "is_tensor", "long", "nan", "numel", "pi", "promote_types", "result_type", "set_default_dtype",
        "set_num_threads", "set_printoptions", "short", "strided", "uint16", "uint32", "uint64", "uint8",
    } - {"recording", *(_INTERNAL - {"clone"})}
)  # fmt: skip
