"""The names of PyTorch that `srcgrad` offers at its top level."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from srcgrad.autograd.anomaly import is_anomaly_enabled
from srcgrad.autograd.function import Function
from srcgrad.autograd.mapping import vmap
from srcgrad.runtime.eager import conversion, creation, dtypes, methods, modes, printing, random_numbers
from srcgrad.runtime.eager.dtypes import dtype, get_default_dtype
from srcgrad.runtime.eager.tensor import Tensor

_DTYPES = [
    "Size",
    "complex128",
    "complex64",
    "dtype",
    "float16",
    "float32",
    "float64",
    "get_default_dtype",
    "int16",
    "int32",
    "int64",
    "int8",
    "set_default_dtype",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
]
_MODES = [name for name in modes.__all__ if name != "recording"]

_FOUND: dict[str, Any] = {
    **{name: getattr(creation, name) for name in creation.__all__},
    **{name: getattr(random_numbers, name) for name in random_numbers.__all__},
    **{name: getattr(dtypes, name) for name in _DTYPES},
    **{name: getattr(modes, name) for name in _MODES},
    "numel": conversion.numel, "is_floating_point": conversion.is_floating_point,
    "is_complex": conversion.is_complex, "is_nonzero": conversion.is_nonzero,
    "Function": Function, "Tensor": Tensor, "is_anomaly_enabled": is_anomaly_enabled,
    "vmap": vmap, "set_printoptions": printing.set_printoptions,
    "half": dtypes.float16, "float": dtypes.float32, "double": dtypes.float64, "short": dtypes.int16,
    "int": dtypes.int32, "long": dtypes.int64, "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
    "bool": dtypes.bool_, "inf": math.inf, "nan": math.nan, "pi": math.pi, "e": math.e, "strided":
    "torch.strided",
}  # fmt: skip


def is_tensor(obj: Any) -> Any:
    """Whether something is a tensor."""
    return isinstance(obj, Tensor)


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

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        limits = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({limits}, dtype={self.dtype})"


class iinfo:
    """The limits of an integer dtype."""

    def __init__(self, type: dtype) -> None:
        found = np.iinfo(type.dtype)
        self.bits, self.max, self.min, self.dtype = found.bits, found.max, found.min, type.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def set_num_threads(count: Any) -> None:
    """Accepted for PyTorch's sake: NumPy's threads are those of its libraries."""


def get_num_threads() -> Any:
    """One: elementwise work is done in the calling thread."""
    return 1


#: Names of PyTorch that are not here, and why.
ABSENT = {
    "bfloat16": "NumPy has no such number type; use float32, or float16 for half the memory",
    "complex32": "NumPy has no such number type; use complex64",
}

# What operators and methods use, but no function of PyTorch.
_INTERNAL = {"view_", "divide_plain", "rdiv", "rpow"}

for _name, _function in methods.operations().items():
    if _name not in _INTERNAL and not _name.endswith("_"):
        _FOUND[_name] = methods.checked(_name, _function)
globals().update(_FOUND)

__all__ = sorted(
    {
        *_FOUND,
        "can_cast",
        "finfo",
        "get_num_threads",
        "iinfo",
        "is_tensor",
        "promote_types",
        "result_type",
        "set_num_threads",
    }
)
