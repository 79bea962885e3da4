"""Products of vectors and matrices under PyTorch's names."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import promote, type_name
from srcgrad.runtime.eager.elementwise import named
from srcgrad.runtime.eager.fast import apply, binary
from srcgrad.runtime.eager.graph import NEVER
from srcgrad.runtime.eager.operands import converted, into
from srcgrad.runtime.eager.reducing import axis_of, sum
from srcgrad.runtime.eager.tensor import Tensor

_product = binary(np.matmul, "MmBackward0")


def _same(function: str, *tensors: Any) -> None:
    kinds = [each.dtype for each in tensors if isinstance(each, Tensor)]
    if any(kind is not kinds[0] for kind in kinds):
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {_c(kinds[0])} != {_c(kinds[1])}"
        )


def _c(kind: Any) -> str:
    return {"Float": "float", "Double": "double", "Long": "long"}.get(type_name(kind), str(kind.name))


def matmul(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
    """The product of matrices, vectors, or stacks of matrices.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.matmul(torch.ones(2, 3), torch.ones(3))
    tensor([3., 3.])
    """
    if type(input) is type(other) is Tensor:
        left, right = input.value, other.value
        if left.ndim == right.ndim == 2 and left.shape[1] == right.shape[0] and left.dtype is right.dtype:
            return _product(input, other, out=out)
    if not isinstance(other, Tensor) or not isinstance(input, Tensor):
        side = other if isinstance(input, Tensor) else input
        if not isinstance(side, np.ndarray):
            raise TypeError(
                f"matmul(): argument 'other' (position 2) must be Tensor, not {type(side).__name__}"
            )
        return _product(input, other)
    a, b = input.value.shape, other.value.shape
    if not a or not b:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {len(a)}D and {len(b)}D"
        )
    _same("matmul", input, other)
    if a[-1] != (b[0] if len(b) == 1 else b[-2]):
        raise RuntimeError(_mismatch(a, b))
    if len(a) == 2 and len(b) == 2:
        return _product(input, other, out=out)
    made = _product(input, other)
    if len(a) == 1 and len(b) == 1:
        made = named(made, "DotBackward0")
    elif len(a) == 2 and len(b) == 1:
        made = named(made, "MvBackward0")
    elif len(a) == 1 and len(b) == 2:
        made = named(made, "SqueezeBackward4")
    else:
        made = named(made, "UnsafeViewBackward0")
    return made if out is None else into(out, made)


def _mismatch(a: Any, b: Any) -> str:
    if len(a) == 1 and len(b) == 1:
        return (
            f"inconsistent tensor size, expected tensor [{a[0]}] and src [{b[0]}] to have the same number of "
            f"elements, but got {a[0]} and {b[0]} elements respectively"
        )
    if len(b) == 1:
        return f"size mismatch, got input ({a[-2]}), mat ({a[-2]}x{a[-1]}), vec ({b[0]})"
    rows = "x".join(map(str, a[-2:] if len(a) > 1 else (1, a[0])))
    if len(a) > 2 or len(b) > 2:
        return (
            f"Expected size for first two dimensions of batch2 tensor to be: [{a[0]}, {a[-1]}] but got: "
            f"[{b[0]}, {b[-2]}]."
        )
    return f"mat1 and mat2 shapes cannot be multiplied ({rows} and {b[-2]}x{b[-1]})"


def _exactly(
    name: str, dims: tuple[int, int], title: str, complain: Callable[[Any, Any], str]
) -> Callable[..., Tensor]:
    def product(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        a, b = input.value, other.value
        if (a.ndim, b.ndim) != dims:
            raise RuntimeError(complain(a, b))
        made = named(matmul(input, other), title)
        return made if out is None else into(out, made)

    product.__name__ = product.__qualname__ = name
    product.__doc__ = f"The product of a {dims[0]}-d and a {dims[1]}-d tensor."
    return product


mm = _exactly(
    "mm", (2, 2), "MmBackward0", lambda a, b: ("self" if a.ndim != 2 else "mat2") + " must be a matrix"
)
mv = _exactly(
    "mv", (2, 1), "MvBackward0", lambda a, b: f"vector + matrix @ vector expected, got 1, {a.ndim}, {b.ndim}"
)
bmm = _exactly("bmm", (3, 3), "BmmBackward0", lambda a, b: "batch1 must be a 3D tensor")
dot = _exactly(
    "dot",
    (1, 1),
    "DotBackward0",
    lambda a, b: f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors",
)


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The scalar product, the first vector conjugated."""
    return named(dot(input.conj(), other), "VdotBackward0")


def inner(input: Tensor, other: Tensor) -> Tensor:
    """Scalar products of the last dimensions."""
    return apply(np.inner, input, other, name="ViewBackward0")  # type: ignore[no-any-return]


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """All products of the elements of two vectors."""
    for each, which in ((input, "self"), (vec2, "vec2")):
        if each.value.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {which}, but got {each.value.ndim}-D")
    return named(input.reshape(-1, 1) * vec2, "MulBackward0")


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * (mat1 @ mat2)``."""
    product = mm(mat1, mat2)
    product = product if alpha == 1 else product * alpha
    return named((input if beta == 1 else input * beta) + product, "AddmmBackward0")


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * (mat @ vec)``."""
    return named(input * beta + mv(mat, vec) * alpha, "AddmvBackward0")


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input`` plus the sum of the products of two stacks."""
    return named(input * beta + sum(bmm(batch1, batch2), 0) * alpha, "AddbmmBackward0")


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input`` plus the products of two stacks."""
    return named(input * beta + bmm(batch1, batch2) * alpha, "BaddbmmBackward0")


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * outer(vec1, vec2)``."""
    return named(input * beta + outer(vec1, vec2) * alpha, "AddrBackward0")


def einsum(equation: str, *operands: Any) -> Tensor:
    """A sum of products, by naming the axes.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.einsum("ij,j->i", torch.ones(2, 3), torch.ones(3))
    tensor([3., 3.])
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    before, _, after = equation.replace(" ", "").partition("->")
    kept = set(after) == set(before) - {",", "."}
    name = (
        ("MulBackward0" if kept else "ViewBackward0")
        if len(operands) > 1
        else "PermuteBackward0"
        if kept
        else "SumBackward1"
    )
    made: Tensor = apply(np.einsum, equation.replace(" ", ""), *operands, name=name)
    wanted = [k for k, each in enumerate(operands) if isinstance(each, Tensor) and each.source() is not None]
    if made.node is not None and made.node.cells and len(wanted) == 1:
        # The gradient of a factor does not ask for its own value, which may be written over.
        cells = list(made.node.cells)
        cells[1 + wanted[0]] = NEVER
        made.node.cells = tuple(cells)
        made.node.stamp = builtins.sum(cell[0] for cell in cells)
    return made


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Products summed over dimensions of both."""
    if a.value.dtype != b.value.dtype:
        raise RuntimeError("both inputs should have same dtype")
    return apply(np.tensordot, a, b, axes=dims, name="ViewBackward0")  # type: ignore[no-any-return]


def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product."""
    kind = promote([np.empty(1, each.value.dtype) for each in (input, other)])
    input, other = converted(input, kind), converted(other, kind)
    return apply(np.kron, input, other, name="UnsafeViewBackward0")  # type: ignore[no-any-return]


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The vector product in three dimensions."""
    if dim is None:
        dim = next((k for k, n in enumerate(input.value.shape) if n == 3), -1)
    return apply(np.cross, input, other, axis=axis_of(dim, input.value.ndim), name="LinalgCrossBackward0")  # type: ignore[no-any-return]


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""
    if input.value.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.value.ndim}")
    return apply(np.trace, input, name="TraceBackward0")  # type: ignore[no-any-return]


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0) -> Tensor:
    """Distances of all pairs of rows."""
    from srcgrad.runtime.eager.norms import norm

    return named(norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1), "CdistBackward0")
