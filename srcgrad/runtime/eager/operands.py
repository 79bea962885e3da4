"""Operands of operations on tensors: what is taken for one, in which dtype, and what PyTorch says of misfits."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import cast_error, dtype_of, type_name
from srcgrad.runtime.eager.graph import Node, Variant
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["CAST", "cast", "converted", "into", "operand", "refuse_bool", "tensor_only", "unfit"]


def operand(x: Any) -> Any:
    """An argument of an operation: tensors and numbers as they are, arrays as constant tensors.

    Arrays are copied: what a graph keeps must not change when the caller writes into an array of theirs.
    """
    if isinstance(x, (Tensor, bool, int, float, complex)):
        return x.item() if isinstance(x, np.generic) else x
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, np.ndarray):
        return Tensor(np.array(x))
    raise TypeError(f"unsupported operand type: {type(x).__name__}")


def tensor_only(x: Any, name: str) -> Tensor:
    """A tensor, or PyTorch's error."""
    if isinstance(x, Tensor):
        return x
    raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(x).__name__}")


def converted(x: Any, kind: np.dtype[Any]) -> Any:
    """An operand in the dtype of the operation; Python numbers stay what they are where NumPy does not widen."""
    if isinstance(x, Tensor):
        return x if x.value.dtype == kind else cast(x, kind)
    if kind.kind in "iu" and isinstance(x, int):
        # Wraps around, as an integer of this width does.
        return np.array(x, np.int64).astype(kind)[()]
    if isinstance(x, complex) and kind.kind == "c":
        return kind.type(x)
    return x


def _cast_back(g: Any, saved: Any) -> tuple[Any]:
    kind = saved[0]
    return ((g.real if kind.kind == "f" and g.dtype.kind == "c" else g).astype(kind),)


CAST = Variant("ToCopyBackward0", _cast_back)


def cast(x: Tensor, kind: np.dtype[Any]) -> Tensor:
    """The same numbers in another dtype."""
    made = Tensor(x.value.astype(kind))
    node = x.source()
    if node is not None and kind.kind in "fc" and recording.get() > 0:
        made.node = Node(CAST, (node,), (x.value.dtype,), (), 0, CAST.name)
    return made


def into(out: Tensor, made: Tensor) -> Tensor:
    """The ``out=`` of operations: write into a given tensor."""
    if recording.get() > 0 and (made.node is not None or out.source() is not None):
        raise RuntimeError(
            "functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    if made.value.dtype.kind in "fc" and out.value.dtype.kind in "biu":
        raise cast_error(made.value.dtype, out.value.dtype)
    if out.value.shape == made.value.shape:
        out.value[...] = made.value
    else:
        out.value = made.value.astype(out.value.dtype)
    out.cell[0] += 1
    return out


# --- PyTorch's errors ---


def refuse_bool(x: Any, y: Any) -> None:
    """Raise for a subtraction of truth values."""
    kinds = [t.value.dtype.kind == "b" if isinstance(t, Tensor) else isinstance(t, bool) for t in (x, y)]
    if all(kinds):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead."
        )
    if any(kinds):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a "
            "mask, use the `~` or `logical_not()` operator instead."
        )


def unfit(op: Any, operands: Any, error: Exception) -> Exception:
    """PyTorch's error for operands that NumPy refuses.

    Parameters
    ----------
    op : callable
        The operation.
    operands : sequence
        Its arguments, tensors among them.
    error : Exception
        What NumPy raised.
    """
    tensors = [x for x in operands if isinstance(x, Tensor)]
    if isinstance(error, TypeError):
        if "ufunc" not in str(error) or not tensors:
            return error
        name = type_name(
            dtype_of(max((t.value.dtype for t in tensors), key=lambda kind: "biufc".find(kind.kind)))
        )
        return NotImplementedError(
            f"\"{getattr(op, '__name__', 'operation')}_cpu\" not implemented for '{name}'"
        )
    if isinstance(error, (IndexError, np.linalg.LinAlgError)):
        return error
    if "broadcast" in str(error):
        for x, y in pairwise(tensors):
            a, b = x.value.shape, y.value.shape
            for k in range(1, min(len(a), len(b)) + 1):
                if a[-k] != b[-k] and 1 not in (a[-k], b[-k]):
                    return RuntimeError(
                        f"The size of tensor a ({a[-k]}) must match the size of tensor b ({b[-k]}) at "
                        f"non-singleton dimension {max(len(a), len(b)) - k}"
                    )
    return RuntimeError(str(error))
