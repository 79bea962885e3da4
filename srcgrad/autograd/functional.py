"""Jacobians, Hessians and products with them, of functions of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.autograd.engine import grad
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _tuple(value: Any, what: str, function: str) -> tuple[bool, tuple[Tensor, ...]]:
    several = isinstance(value, (tuple, list))
    parts = tuple(value) if several else (value,)
    for k, part in enumerate(parts):
        if not isinstance(part, Tensor):
            named = f"Value at index {k} is of type {type(part)}" if several else f"given type {type(part)}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the "
                f"{named}."
            )
    return several, parts


def _fresh(inputs: tuple[Tensor, ...], create_graph: bool) -> tuple[Tensor, ...]:
    if create_graph:
        return tuple(x.view_as(x) if x.requires_grad else x.detach().clone().requires_grad_() for x in inputs)
    return tuple(x.detach().clone().requires_grad_() for x in inputs)


def _run(func: Callable[..., Any], inputs: Any, create_graph: bool, function: str) -> Any:
    before = recording.set(1)
    try:
        many_in, given = _tuple(inputs, "inputs", function)
        ins = _fresh(given, create_graph)
        many_out, outs = _tuple(func(*ins), "outputs of the user-provided function", function)
    finally:
        recording.reset(before)
    return many_in, ins, many_out, outs


def _grad(
    outs: tuple[Tensor, ...],
    ins: tuple[Tensor, ...],
    seeds: Any,
    create_graph: bool,
    strict: bool = False,
    function: str = "",
) -> tuple[Tensor, ...]:
    pairs = [(o, s) for o, s in zip(outs, seeds, strict=True) if o.requires_grad]
    if strict and len(pairs) < len(outs):
        raise RuntimeError(
            "Output 0 of the user-provided function does not require gradients. The outputs must be "
            "computed in a differentiable manner from the input when running in strict mode."
        )
    if not pairs:
        return tuple(Tensor(np.zeros_like(x.value)) for x in ins)
    found = grad([o for o, _ in pairs], ins, [s for _, s in pairs], True, create_graph, allow_unused=True)
    if strict and any(g is None for g in found):
        raise RuntimeError(
            "The output of the user-provided function is independent of input 0. This is not allowed in "
            "strict mode."
        )
    return tuple(Tensor(np.zeros_like(x.value)) if g is None else g for g, x in zip(found, ins, strict=True))


def _result(parts: tuple[Any, ...], many: bool) -> Any:
    return tuple(parts) if many else parts[0]


def _plain(outs: tuple[Tensor, ...], create_graph: bool) -> tuple[Tensor, ...]:
    return outs if create_graph else tuple(o.detach() for o in outs)


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """The outputs of `func`, and the product of a vector with its Jacobian.

    Parameters
    ----------
    func : callable
    inputs : tensor or tuple of tensors
    v : tensor or tuple of tensors, optional
        Of the shape of the outputs; not needed for a scalar.
    create_graph : bool
        Record, so that the result can be differentiated.
    strict : bool
        Raise where the outputs do not depend on the inputs.

    Returns
    -------
    outputs, products
    """
    many_in, ins, many_out, outs = _run(func, inputs, create_graph, "vjp")
    seeds = _vector(v, outs, "vjp")
    products = _grad(outs, ins, seeds, create_graph, strict, "vjp")
    return _result(_plain(outs, create_graph), many_out), _result(products, many_in)


def _vector(v: Any, like: tuple[Tensor, ...], function: str) -> tuple[Tensor, ...]:
    if v is None:
        if len(like) != 1 or like[0].value.size != 1:
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single Tensor with "
                "a single "
                "element."
            )
        return (Tensor(np.ones_like(like[0].value)),)
    _, parts = _tuple(v, "v", function)
    if len(parts) != len(like):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(parts)}.")
    for k, (part, x) in enumerate(zip(parts, like, strict=True)):
        if part.value.shape != x.value.shape:
            raise RuntimeError(f"Entry {k} in v has invalid size: should be {x.shape} but got {part.shape}.")
    return parts


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """The outputs of `func`, and the product of its Jacobian with a vector."""
    _, ins, many_out, outs = _run(func, inputs, True, "jvp")
    seeds = _vector(v, ins, "jvp")
    # The transpose of the transpose: the vector-Jacobian product is linear in its vector.
    dummies = tuple(Tensor(np.zeros_like(o.value)).requires_grad_() for o in outs)
    before = recording.set(1)
    try:
        rows = _grad(outs, ins, dummies, True, strict, "jvp")
        products = _grad(rows, dummies, seeds, create_graph)
    finally:
        recording.reset(before)
    return _result(_plain(outs, create_graph), many_out), _result(products, many_out)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of `func`: for each output and input, a tensor of both shapes.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.autograd.functional.jacobian(lambda x: x * x, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    from srcgrad.runtime.eager.joining import stack

    many_in, ins, many_out, outs = _run(func, inputs, create_graph, "jacobian")
    table = []
    for out in outs:
        rows = []
        for k in range(out.value.size):
            seed = np.zeros(out.value.size, out.value.dtype)
            seed[k] = 1
            rows.append(
                _grad((out,), ins, (Tensor(seed.reshape(out.value.shape)),), create_graph, strict, "jacobian")
            )
        table.append(
            tuple(
                stack([row[j] for row in rows]).reshape(*out.value.shape, *x.value.shape)
                if rows
                else Tensor(np.zeros((*out.value.shape, *x.value.shape), out.value.dtype))
                for j, x in enumerate(ins)
            )
        )
    return _result(tuple(_result(row, many_in) for row in table), many_out)


def _scalar(outs: tuple[Tensor, ...], many: bool, function: str) -> Tensor:
    if many or outs[0].value.size != 1:
        raise RuntimeError(
            f"The function given to {function} should return a single Tensor"
            if many
            else f"The Tensor returned by the function given to {function} should contain a single element"
        )
    return outs[0].reshape(()) if outs[0].value.ndim else outs[0]


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a scalar function.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.autograd.functional.hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    many = isinstance(inputs, (tuple, list))

    def gradient(*xs: Tensor) -> tuple[Tensor, ...]:
        many_out, outs = _tuple(func(*xs), "outputs of the user-provided function", "hessian")
        return _grad(
            (_scalar(outs, many_out, "hessian"),),
            xs,
            (Tensor(np.ones_like(outs[0].value).reshape(())),),
            True,
            strict,
        )

    table = jacobian(gradient, inputs, create_graph, strict)
    return table if many else table[0]


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """The output of a scalar function, and the product of a vector with its Hessian."""
    many_in, ins, many_out, outs = _run(func, inputs, True, "vhp")
    seeds = _vector(v, ins, "vhp")
    scalar = _scalar(outs, many_out, "vhp")
    first = _grad((scalar,), ins, (Tensor(np.ones_like(scalar.value)),), True, strict, "vhp")
    products = _grad(first, ins, seeds, create_graph)
    return _result(_plain(outs, create_graph), many_out), _result(products, many_in)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """The output of a scalar function, and the product of its Hessian with a vector."""
    return vhp(func, inputs, v, create_graph, strict)
