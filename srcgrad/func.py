"""Gradients of functions of tensors, as functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.autograd import functional
from srcgrad.autograd.engine import grad as _gradient
from srcgrad.autograd.mapping import leaves, tree_map, vmap
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.tensor import Tensor

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "vjp",
    "vmap",
]


def _map(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to the tensors in a tree."""
    return tree_map(lambda x: function(x) if isinstance(x, Tensor) else x, tree)


def _leaves(tree: Any) -> list[Tensor]:
    return [x for x in leaves(tree) if isinstance(x, Tensor)]


def _follow(x: Tensor) -> Tensor:
    """A new point of the graph over the same numbers: connected if recorded, a new leaf if not."""
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns gradient and value of a scalar function.

    Parameters
    ----------
    func : callable
    argnums : int or tuple of int
        With respect to which arguments; each may be a tensor, or a list, tuple or dict of tensors.
    has_aux : bool
        `func` returns a pair, of which the second is passed on.
    """

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        outer = recording.get() > 0 and any(x.requires_grad for x in _leaves((args, kwargs)))
        places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        given = list(args)
        before = recording.set(1)
        try:
            for k in places:
                given[k] = _map(_follow, given[k])
            result = func(*given, **kwargs)
            value, aux = result if has_aux else (result, None)
            if not isinstance(value, Tensor) or value.value.ndim:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar tensor, got tensor with "
                    f"{getattr(value, 'ndim', 0)} dims. Did you want to use the vjp or jacrev APIs instead?"
                )
            flat = _leaves([given[k] for k in places])
            found = (
                _gradient(value, flat, create_graph=True, materialize_grads=True)
                if value.requires_grad
                else [Tensor(np.zeros_like(x.value)) for x in flat]
            )
        finally:
            recording.reset(before)
        queue = iter(found if outer else [g.detach() for g in found])
        grads = tuple(_map(lambda x: next(queue), given[k]) for k in places)
        answer = grads[0] if isinstance(argnums, int) else grads
        if not outer:
            value, aux = value.detach(), _map(lambda x: x.detach(), aux)
        return (answer, (value, aux)) if has_aux else (answer, value)

    return wrapped


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of a scalar function.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.func.grad(torch.sin)(torch.tensor(0.0))
    tensor(1.)
    >>> torch.func.grad(torch.func.grad(lambda x: x**3))(torch.tensor(2.0))
    tensor(12.)
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        answer, value = both(*args, **kwargs)
        return (answer, value[1]) if has_aux else answer

    return wrapped


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of a function, and the function that pulls cotangents back.

    Examples
    --------
    >>> import srcgrad as torch
    >>> y, back = torch.func.vjp(torch.sin, torch.tensor([0.0]))
    >>> back(torch.tensor([2.0]))
    (tensor([2.]),)
    """
    before = recording.set(1)
    try:
        given = tuple(_map(_follow, x) for x in primals)
        result = func(*given)
    finally:
        recording.reset(before)
    value, aux = result if has_aux else (result, None)
    outs = _leaves(value)

    def back(*cotangents: Any) -> Any:
        seeds = _leaves(cotangents)
        flat = _leaves(given)
        pairs = [(o, s) for o, s in zip(outs, seeds, strict=True) if o.requires_grad]
        found = _gradient(
            [o for o, _ in pairs],
            flat,
            [s for _, s in pairs],
            True,
            recording.get() > 0,
            materialize_grads=True,
        )
        outer = any(x.requires_grad for x in (*_leaves(primals), *seeds))
        queue = iter(found if outer else [g.detach() for g in found])
        return tuple(_map(lambda x: next(queue), x) for x in given)

    shown = _map(lambda x: x if any(p.requires_grad for p in _leaves(primals)) else x.detach(), value)
    return (shown, back, aux) if has_aux else (shown, back)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of a function, and the function of tangents that is its derivative there.

    Examples
    --------
    >>> import srcgrad as torch
    >>> value, slope = torch.func.linearize(torch.sin, torch.tensor(0.0))
    >>> slope(torch.tensor(3.0))
    tensor(3.)
    """

    def slope(*tangents: Any) -> Any:
        return jvp(func, primals, tangents)[1]

    return func(*primals), slope


def jvp(
    func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *, has_aux: bool = False
) -> Any:
    """The value of a function, and its tangent.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.func.jvp(torch.sin, (torch.tensor(0.0),), (torch.tensor(3.0),))
    (tensor(0.), tensor(3.))
    """
    aux: list[Any] = []

    def plain(*xs: Any) -> Any:
        result = func(*xs)
        if has_aux:
            aux[:] = [result[1]]
            return result[0]
        return result

    outer = any(x.requires_grad for x in _leaves((primals, tangents)))
    value, tangent = functional.jvp(plain, tuple(primals), tuple(tangents), create_graph=outer)
    return (value, tangent, aux[0]) if has_aux else (value, tangent)


def jacrev(
    func: Callable[..., Any], argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that returns the Jacobian, row by row.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.func.jacrev(lambda x: x * x)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        aux: list[Any] = []

        def of_active(*active: Any) -> Any:
            given = list(args)
            for k, x in zip(places, active, strict=True):
                given[k] = x
            result = func(*given, **kwargs)
            if has_aux:
                aux[:] = [result[1]]
                return result[0]
            return result

        active = tuple(args[k] for k in places)
        outer = any(x.requires_grad for x in _leaves((args, kwargs)))
        table = functional.jacobian(of_active, active, create_graph=outer)
        answer = table
        if isinstance(argnums, int):
            answer = table[0] if isinstance(table[0], Tensor) else tuple(row[0] for row in table)
        return (answer, aux[0] if outer else _map(Tensor.detach, aux[0])) if has_aux else answer

    return wrapped


def jacfwd(
    func: Callable[..., Any],
    argnums: Any = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
    randomness: str = "error",
) -> Callable[..., Any]:
    """A function that returns the Jacobian."""
    return jacrev(func, argnums, has_aux=has_aux)


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """A function that returns the second derivatives of a scalar function."""
    return jacfwd(jacrev(func, argnums), argnums)


def functional_call(module: Callable[..., Any], parameters: Any, args: Any = (), kwargs: Any = None) -> Any:
    """Call a function of ``(parameters, *args)``."""
    return module(parameters, *(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
