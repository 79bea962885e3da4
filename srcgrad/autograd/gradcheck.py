"""Check gradients against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.autograd.engine import grad
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """The gradients do not agree with the differences."""


def _outputs(result: Any) -> list[Tensor]:
    parts = result if isinstance(result, (tuple, list)) else (result,)
    return [part for part in parts if isinstance(part, Tensor) and part.value.dtype.kind in "fc"]


def _numerical(func: Callable[..., Any], inputs: tuple[Any, ...], which: Tensor, k: int, eps: float) -> Any:
    """Column by column: what the outputs number k do when one element of the input moves."""
    flat = which.value.reshape(-1)
    columns = []
    before = recording.set(0)
    try:
        for j in range(flat.size):
            for step in (eps, eps * 1j) if which.value.dtype.kind == "c" else (eps,):
                kept = flat[j].copy()
                ends = []
                for sign in (1, -1):
                    flat[j] = kept + sign * step
                    ends.append(_outputs(func(*inputs))[k].value.reshape(-1).copy())
                flat[j] = kept
                columns.append((ends[0] - ends[1]) / (2 * eps))
    finally:
        recording.reset(before)
    return np.array(columns)


def _analytical(out: Tensor, which: Tensor) -> Any:
    rows = []
    for j in range(out.value.size):
        for unit in (1, 1j) if out.value.dtype.kind == "c" else (1,):
            seed = np.zeros(out.value.size, out.value.dtype)
            seed[j] = unit
            found = grad(out, which, Tensor(seed.reshape(out.value.shape)), True, allow_unused=True)[0]
            rows.append(
                np.zeros(which.value.size, which.value.dtype) if found is None else found.value.reshape(-1)
            )
    return np.array(rows)


def _real_form(numerical: Any, analytical: Any, out: Tensor, which: Tensor) -> tuple[Any, Any]:
    """Both as real matrices: derivative of the output's parts by the input's parts."""
    n = numerical
    if out.value.dtype.kind == "c":
        n = np.stack([n.real, n.imag], -1).reshape(len(n), -1)
    a = analytical
    if which.value.dtype.kind == "c":
        a = np.stack([a.real, a.imag], -1).reshape(len(a), -1)
    return n, a.T


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: Any = None,
) -> bool:
    """Compare the gradients of `func` with central differences.

    Parameters
    ----------
    func : callable
    inputs : tensor or tuple
        Double precision tensors that require grad; others are held constant.
    eps, atol, rtol : float
        Step, and tolerances of the comparison.
    raise_exception : bool
        Raise, rather than return False, where they differ.

    Returns
    -------
    bool

    Examples
    --------
    >>> import srcgrad as torch
    >>> x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.sin, (x,))
    True
    """
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    active = [x for x in args if isinstance(x, Tensor) and x.requires_grad]
    if not active:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    outs = _outputs(func(*args))
    for k, out in enumerate(outs):
        for i, x in enumerate(active):
            numerical, analytical = (
                _real_form(_numerical(func, args, x, k, eps), _analytical(out, x), out, x)
                if out.requires_grad
                else (_numerical(func, args, x, k, eps), 0)
            )
            if not np.allclose(analytical, numerical, rtol, atol):
                if raise_exception:
                    raise GradcheckError(
                        f"Jacobian mismatch for output {k} with respect to input {i},\n"
                        f"numerical:{Tensor(numerical)!r}\nanalytical:{Tensor(np.asarray(analytical))!r}\n"
                    )
                return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    fast_mode: bool = False,
) -> bool:
    """Compare the second derivatives of `func` with central differences of the first."""
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    outs = _outputs(func(*args))
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        vectors = tuple(
            Tensor(np.asarray(rng.standard_normal(o.value.shape), o.value.dtype)).requires_grad_()
            for o in outs
        )
    else:
        vectors = tuple(grad_outputs) if isinstance(grad_outputs, (tuple, list)) else (grad_outputs,)
    places = [k for k, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]

    def first(*both: Any) -> tuple[Any, ...]:
        before = recording.set(1)
        try:
            given = list(both[: len(args)])
            for k in places:
                if not given[k].requires_grad:
                    given[k] = given[k].detach().requires_grad_()
            results = _outputs(func(*given))
            found = grad(
                results, [given[k] for k in places], both[len(args) :], create_graph=True, allow_unused=True
            )
        finally:
            recording.reset(before)
        return tuple(g for g in found if g is not None)

    return gradcheck(first, args + vectors, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)
