"""Linear algebra on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import type_name
from srcgrad.runtime.eager.elementwise import named
from srcgrad.runtime.eager.elementwise import where as _where
from srcgrad.runtime.eager.fast import apply
from srcgrad.runtime.eager.graph import Node, Variant
from srcgrad.runtime.eager.norms import norm as _vector_norm
from srcgrad.runtime.eager.plain import Plain, as_plain, as_tensor
from srcgrad.runtime.eager.products import cross, matmul
from srcgrad.runtime.eager.reducing import axes_of, fields
from srcgrad.runtime.eager.tensor import Tensor

__all__ = [
    "LinAlgError", "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
    "inv", "lstsq", "matmul",
    "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip

LinAlgError = type(
    "LinAlgError", (RuntimeError,), {"__doc__": "A matrix for which the operation is not defined."}
)

_Eigh, _Eig = (
    fields("linalg_eigh", "eigenvalues", "eigenvectors"),
    fields("linalg_eig", "eigenvalues", "eigenvectors"),
)
_Qr, _Svd = fields("linalg_qr", "Q", "R"), fields("linalg_svd", "U", "S", "Vh")
_Slogdet = fields("linalg_slogdet", "sign", "logabsdet")
_Lstsq = fields("linalg_lstsq", "solution", "residuals", "rank", "singular_values")


def _square(x: Tensor, function: str) -> None:
    if x.value.dtype.kind not in "fc":
        raise RuntimeError(
            f"{function}: Expected a floating point or complex tensor as input. Got {type_name(x.dtype)}"
        )
    if x.value.ndim < 2:
        raise RuntimeError(f"{function}: The input tensor A must have at least 2 dimensions.")
    if x.value.shape[-1] != x.value.shape[-2]:
        raise RuntimeError(
            f"{function}: A must be batches of square matrices, but they are {x.value.shape[-2]} by "
            f"{x.value.shape[-1]} matrices"
        )


def _call(op: Any, function: str, *args: Any, name: str, **kwargs: Any) -> Any:
    try:
        return apply(op, *args, name=name, **kwargs)
    except np.linalg.LinAlgError as error:
        raise LinAlgError(f"{function}: {_reason(function, error)}") from None


def _reason(function: str, error: Exception) -> str:
    if "ingular" in str(error):
        return (
            "The diagonal element is zero, the inversion could not be completed because the input matrix is "
            "singular."
        )
    if "positive definite" in str(error):
        return "The factorization could not be completed because the input is not positive-definite."
    return str(error)


def _apart(A: Tensor) -> Tensor:
    """A matrix over memory of its own: PyTorch keeps only the factors, so that the matrix may be written over."""
    return Tensor(A.value.copy(), A.source())


def _both_halves(g: Any, saved: Any) -> tuple[Any]:
    if isinstance(g, Plain):
        whole = as_tensor(g)
        return (as_plain((whole + whole.mH) / 2),)
    return ((g + g.swapaxes(-1, -2).conj()) / 2,)


_SYMMETRIC = Variant("LinalgEighBackward0", _both_halves)


def _symmetric(A: Tensor) -> Tensor:
    """A matrix of which one triangle is read, with a gradient that is symmetric, as PyTorch's is."""
    made = _apart(A)
    if made.node is not None:
        made.node = Node(_SYMMETRIC, (made.node,), (), (), 0, _SYMMETRIC.name)
    return made


def inv(A: Tensor) -> Tensor:
    """The inverse.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.linalg.inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    _square(A, "linalg.inv")
    return _call(np.linalg.inv, "linalg.inv", A, name="LinalgInvExBackward0")  # type: ignore[no-any-return]


def det(A: Tensor) -> Tensor:
    """The determinant."""
    _square(A, "linalg.det")
    return _call(np.linalg.det, "linalg.det", A, name="LinalgDetBackward0")  # type: ignore[no-any-return]


def slogdet(A: Tensor) -> Any:
    """Sign and logarithm of the determinant."""
    _square(A, "linalg.slogdet")
    sign, size = _call(np.linalg.slogdet, "linalg.slogdet", A, name="LinalgSlogdetBackward0")
    return _Slogdet(sign, size)


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The solution of ``A @ X = B``."""
    _square(A, "linalg.solve")
    if not left:
        return solve(A.mT, B.mT).mT  # type: ignore[no-any-return]
    vector = B.value.ndim == 1 or (A.value.ndim - 1 == B.value.ndim and B.value.shape == A.value.shape[:-1])
    if not vector and B.value.shape[-2] != A.value.shape[-1]:
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation AX = B ({A.value.shape[-2]}x"
            f"{A.value.shape[-1]} and {B.value.shape[-2]}x{B.value.shape[-1]})"
        )
    if vector:
        if B.value.shape[-1] != A.value.shape[-1]:
            raise RuntimeError(
                f"linalg.solve: Incompatible shapes of A and B for the equation AX = B ({A.value.shape[-2]}x"
                f"{A.value.shape[-1]} and {B.value.shape[-1]}x1)"
            )
        made = _call(np.linalg.solve, "torch.linalg.solve", A, B.unsqueeze(-1), name="LinalgSolveExBackward0")
        return named(made.squeeze(-1), "LinalgSolveExBackward0")
    return _call(np.linalg.solve, "torch.linalg.solve", A, B, name="LinalgSolveExBackward0")  # type: ignore[no-any-return]


def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """The solution of ``A @ X = B`` with a triangular matrix."""
    part = A.triu() if upper else A.tril()
    if unitriangular:
        part = (
            part
            - part.diagonal(0, -2, -1).diag_embed()
            + Tensor(np.eye(A.value.shape[-1], dtype=A.value.dtype))
        )
    return named(solve(part, B, left=left), "LinalgSolveTriangularBackward0")


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The Cholesky factor."""
    _square(A, "linalg.cholesky")
    made = _call(np.linalg.cholesky, "linalg.cholesky", A, name="LinalgCholeskyExBackward0")
    return made.mH if upper else made  # type: ignore[no-any-return]


def qr(A: Tensor, mode: str = "reduced") -> Any:
    """The QR decomposition."""
    if mode == "r":
        return _Qr(
            Tensor(np.zeros((0,), A.value.dtype)),
            _call(np.linalg.qr, "linalg.qr", _apart(A), mode, name="LinalgQrBackward0"),
        )
    return _Qr(*_call(np.linalg.qr, "linalg.qr", _apart(A), mode, name="LinalgQrBackward0"))


def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """Eigenvalues and eigenvectors of a symmetric or Hermitian matrix."""
    _square(A, "linalg.eigh")
    return _Eigh(*_call(np.linalg.eigh, "linalg.eigh", _symmetric(A), UPLO, name="LinalgEighBackward0"))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """Eigenvalues of a symmetric or Hermitian matrix."""
    _square(A, "linalg.eigvalsh")
    return _call(np.linalg.eigvalsh, "linalg.eigvalsh", _symmetric(A), UPLO, name="LinalgEighBackward0")  # type: ignore[no-any-return]


def _complex(A: Tensor) -> Tensor:
    return A if A.value.dtype.kind == "c" else A.to(A.dtype.to_complex())


def eig(A: Tensor) -> Any:
    """Eigenvalues and eigenvectors."""
    _square(A, "linalg.eig")
    return _Eig(*_call(np.linalg.eig, "linalg.eig", _complex(A), name="LinalgEigBackward0"))


def eigvals(A: Tensor) -> Tensor:
    """Eigenvalues."""
    _square(A, "linalg.eigvals")
    return _call(np.linalg.eigvals, "linalg.eigvals", _complex(A), name="LinalgEigBackward0")  # type: ignore[no-any-return]


def svd(A: Tensor, full_matrices: bool = True) -> Any:
    """The singular value decomposition."""
    if A.value.ndim < 2:
        raise RuntimeError("linalg.svd: The input tensor A must have at least 2 dimensions.")
    return _Svd(*_call(np.linalg.svd, "linalg.svd", _apart(A), full_matrices, name="LinalgSvdBackward0"))


def svdvals(A: Tensor) -> Tensor:
    """Singular values."""
    made = _call(np.linalg.svd, "linalg.svdvals", _apart(A), False, name="LinalgSvdBackward0")
    return made[1]  # type: ignore[no-any-return]


def pinv(A: Tensor, *, rcond: Any = None, hermitian: bool = False) -> Tensor:
    """The pseudo-inverse."""
    more = {} if rcond is None else {"rcond": rcond}
    return _call(np.linalg.pinv, "linalg.pinv", A, name="LinalgPinvBackward0", **more)  # type: ignore[no-any-return]


def lstsq(A: Tensor, B: Tensor, rcond: Any = None, *, driver: Any = None) -> Any:
    """Least squares solution of ``A @ X = B`` for a matrix of full rank."""
    solution = named(pinv(A) @ B, "LinalgLstsqBackward0")
    rank = Tensor(np.asarray(np.linalg.matrix_rank(A.value)))
    nothing = Tensor(np.zeros((0,), A.value.dtype))
    return _Lstsq(solution, nothing, rank, nothing)


def matrix_power(A: Tensor, n: int) -> Tensor:
    """An integer power of a matrix."""
    _square(A, "linalg.matrix_power")
    return _call(np.linalg.matrix_power, "linalg.matrix_power", A, n, name="MmBackward0")  # type: ignore[no-any-return]


def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices, in the cheapest order."""
    return _call(np.linalg.multi_dot, "linalg.multi_dot", list(tensors), name="ViewBackward0")  # type: ignore[no-any-return]


def matrix_rank(A: Tensor, tol: Any = None) -> Tensor:
    """The rank."""
    return Tensor(np.asarray(np.linalg.matrix_rank(A.value, tol)))


def vector_norm(
    x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of vectors."""
    return _vector_norm(x if dtype is None else x.to(dtype), ord, dim, keepdim)


def matrix_norm(A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False) -> Tensor:
    """The norm of matrices."""
    if ord == "fro":
        return _vector_norm(A, 2, dim, keepdim)
    rows, columns = axes_of(dim, A.value.ndim)
    if ord in ("nuc", 2, -2):
        values = svdvals(
            A if (rows, columns) == (A.ndim - 2, A.ndim - 1) else A.movedim((rows, columns), (-2, -1))
        )
        made = values.sum(-1) if ord == "nuc" else values.amax(-1) if ord == 2 else values.amin(-1)
        return (  # type: ignore[no-any-return]
            made.reshape([1 if k in (rows, columns) else n for k, n in enumerate(A.shape)])
            if keepdim
            else made
        )
    along, other = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = A.abs().sum(along, True)
    made = sums.amax(other, True) if ord > 0 else sums.amin(other, True)
    return made if keepdim else made.squeeze((rows, columns))  # type: ignore[no-any-return]


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm of vectors or matrices.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.linalg.norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if dtype is not None:
        A = A.to(dtype)
    if ord is None:
        return _vector_norm(A, 2, dim, keepdim)
    if (
        isinstance(ord, str)
        or (isinstance(dim, (tuple, list)) and len(dim) == 2)
        or (dim is None and A.ndim == 2)
    ):
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim)
    return _vector_norm(A, ord, dim, keepdim)


def cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition number."""
    if p is None or p == 2:
        values = svdvals(A)
        return values.amax(-1) / values.amin(-1)  # type: ignore[no-any-return]
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices."""
    return A.diagonal(offset, dim1, dim2)  # type: ignore[no-any-return]


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """Scalar products along a dimension."""
    return (x.conj() * y).sum(dim)  # type: ignore[no-any-return]


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The matrix of powers."""
    n = x.value.shape[-1] if N is None else N
    powers = np.arange(n)
    ones = Tensor(np.ones((*x.value.shape, 1), x.value.dtype))
    return _where(Tensor(powers == 0), ones, x.unsqueeze(-1) ** Tensor(powers.astype(x.value.dtype)))  # type: ignore[no-any-return]


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of a tensor as a linear map."""
    return _call(np.linalg.tensorinv, "linalg.tensorinv", A, ind, name="ViewBackward0")  # type: ignore[no-any-return]


def tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """The solution of a linear equation of tensors."""
    return _call(np.linalg.tensorsolve, "linalg.tensorsolve", A, B, dims, name="ViewBackward0")  # type: ignore[no-any-return]


def logdet(A: Tensor) -> Tensor:
    """The logarithm of the determinant; NaN where that is negative."""
    sign, size = slogdet(A)
    return named(_where(sign > 0, size, float("nan")), "WhereBackward0")


def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The solution of ``A @ X = B``, given the Cholesky factor of A."""
    factor = L.mH if upper else L
    return solve_triangular(factor.mH, solve_triangular(factor, B, upper=False), upper=True)
