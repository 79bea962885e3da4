"""Second derivatives: forward mode over the generated gradient."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.gradient import Argnums, Gradient, Options
from srcgrad.jacobians import jacfwd
from srcgrad.pullback import make_pullback, pull_back
from srcgrad.pushforward import fitting_tangents, owned, push_forward
from srcgrad.runtime.sweeps import conform

__all__ = ["hessian", "hvp", "vhp"]


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The matrix of second derivatives of a function that returns a real number.

    Parameters
    ----------
    f : callable
    argnums : int, str, or a sequence of these
        Which parameters to differentiate by.

    Returns
    -------
    callable
        Takes the arguments of ``f``. For an array of shape ``s`` it gives one of shape ``s + s``. With a sequence of
        ``argnums`` the result is a tuple of tuples of blocks: ``hessian(f, (0, 1))(x, y)[0][1]`` are the derivatives by
        ``x`` and then ``y``.

    Raises
    ------
    OutputError
        If ``f`` does not return a real number.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    gradient: Gradient[..., Any] = Gradient(f, Options(argnums))
    made = jacfwd(gradient, argnums)
    functools.update_wrapper(made, f, updated=())
    return made


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """The product of a function's Hessian and a vector, at a small multiple of the cost of a gradient.

    Parameters
    ----------
    f : callable
        A function that returns a real number.
    primals : sequence
        Its arguments.
    tangents : sequence
        A direction for each argument, with its structure and shapes; None for arguments that are not differentiated.

    Returns
    -------
    tuple
        For each primal the derivative of its gradient along the direction; None where the tangent is None.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    (array([6., 0.]),)
    """
    gradient, dots = _gradient(f, primals, tangents)
    value, tangent = push_forward(gradient, tuple(primals), dots)
    parts = _spread(owned(tangent, value, dots), dots)
    return tuple(_like(part, x) for part, x in zip(parts, primals, strict=True))


def vhp(f: Callable[..., Any], primals: Sequence[Any], cotangents: Sequence[Any]) -> tuple[Any, ...]:
    """The product of a vector and a function's Hessian, in reverse mode over reverse mode.

    Parameters and result are those of `hvp`. The Hessian of a smooth function is symmetric, so the two agree, and `hvp`
    is cheaper; where second derivatives jump they need not.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.vhp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    (array([6., 0.]),)
    """
    gradient, dots = _gradient(f, primals, cotangents)
    value, run = pull_back(gradient, primals)
    pullback = make_pullback(gradient.__name__, value, run, primals, has_aux=False)
    parts = pullback(tuple(dot for dot in dots if dot is not None))
    return tuple(None if dot is None else part for part, dot in zip(parts, dots, strict=True))


@functools.lru_cache(maxsize=256)
def _gradient_of(f: Callable[..., Any], argnums: tuple[int, ...]) -> Gradient[..., Any]:
    return Gradient(f, Options(argnums))


def _gradient(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Gradient[..., Any], list[Any]]:
    name = getattr(f, "__name__", type(f).__name__)
    dots = fitting_tangents(primals, tangents, name)
    active = tuple(k for k, dot in enumerate(dots) if dot is not None)
    return _gradient_of(f, active), dots


def _like(part: Any, primal: Any) -> Any:
    """A number for a number, an array for an array; what is being recorded stays as it is."""
    plain = type(part) in (float, np.float64, np.ndarray) and type(primal) in (float, np.ndarray)
    return conform(part, primal) if plain and type(part) is not type(primal) else part


def _spread(parts: Sequence[Any], dots: Sequence[Any]) -> tuple[Any, ...]:
    found = iter(parts)
    return tuple(None if dot is None else next(found) for dot in dots)
