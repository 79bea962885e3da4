"""The public functions: ``grad``, ``value_and_grad``, ``vjp``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, overload

from srcgrad.errors import ArgumentError
from srcgrad.gradient import Argnums, Gradient, Jit, Options, check_input, refuse_unsupported
from srcgrad.misuse import pair_of
from srcgrad.pullback import make_pullback, pull_back

__all__ = ["grad", "value_and_grad", "vjp"]

P = ParamSpec("P")
R = TypeVar("R")


@overload
def grad(
    f: Callable[P, R],
    argnums: Argnums = 0,
    has_aux: bool = False,
    jit: Jit = False,
    holomorphic: bool = False,
) -> Gradient[P, Any]: ...
@overload
def grad(
    *, argnums: Argnums = 0, has_aux: bool = False, jit: Jit = False, holomorphic: bool = False
) -> Callable[[Callable[P, R]], Gradient[P, Any]]: ...
def grad(
    f: Any = None, argnums: Argnums = 0, has_aux: bool = False, jit: Jit = False, holomorphic: bool = False
) -> Any:
    """The gradient of a function that returns a real number.

    Parameters
    ----------
    f : callable
        A Python function over floats, NumPy arrays, and tuples, lists, dicts or objects of these. Left out, ``grad`` is
        a decorator with arguments.
    argnums : int, str, or a sequence of these
        Which parameters to differentiate, by position or by name.
    has_aux : bool
        ``f`` returns ``(value, aux)``, and the result is ``(gradient, aux)``.
    jit : bool or "auto"
        True compiles the generated code to machine code (with Numba, ``srcgrad[jit]``) at the first call for each
        choice of argument types; what cannot be compiled is an error, with ``"auto"`` a warning.
    holomorphic : bool
        The derivative of a holomorphic function by a complex argument: ``2 * z`` for ``z * z``. Checked, at the price of
        a second reverse sweep: a function that is not holomorphic there is an error. The result is a plain callable.

    Returns
    -------
    Gradient
        Takes the arguments of ``f``. Its result has the structure, shapes and dtypes of the argument; with a sequence of
        ``argnums``, it is a tuple of these.

    Raises
    ------
    InputTypeError
        If a differentiated argument has no floating-point numbers.
    OutputError
        If ``f`` does not return a real number.
    UnsupportedError, MissingRuleError
        If a construct or a callee cannot be differentiated; the message has the line.
    JitError
        With ``jit=True``, if the gradient cannot be compiled to machine code.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> @srcgrad.grad
    ... def slope(x):
    ...     y = 1.0
    ...     while y < 100.0:
    ...         y = y * x
    ...     return y
    >>> slope(3.0)  # 3 ** 5
    405.0
    >>> srcgrad.grad(lambda a, b: np.sum(a * b), argnums=(0, 1))(np.array([1.0, 2.0]), 3.0)
    (array([3., 3.]), 3.0)
    """
    if holomorphic:
        from srcgrad.holomorphic import holomorphic_grad

        if has_aux or jit:
            raise ArgumentError("holomorphic=True goes neither with has_aux nor with jit")
        return holomorphic_grad(f, argnums) if f is not None else lambda g: holomorphic_grad(g, argnums)
    options = Options(argnums, has_aux, jit=jit)
    if f is None:
        return lambda function: Gradient(function, options)
    return Gradient(f, options)


@overload
def value_and_grad(
    f: Callable[P, R], argnums: Argnums = 0, has_aux: bool = False, jit: Jit = False
) -> Gradient[P, Any]: ...
@overload
def value_and_grad(
    *, argnums: Argnums = 0, has_aux: bool = False, jit: Jit = False
) -> Callable[[Callable[P, R]], Gradient[P, Any]]: ...
def value_and_grad(f: Any = None, argnums: Argnums = 0, has_aux: bool = False, jit: Jit = False) -> Any:
    """Like `grad`, but the result is ``(value, gradient)``; with ``has_aux``, ``((value, aux), gradient)``.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    options = Options(argnums, has_aux, with_value=True, jit=jit)
    if f is None:
        return lambda function: Gradient(function, options)
    return Gradient(f, options)


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """Value of a function, and its pullback: the product of a cotangent with the Jacobian.

    Parameters
    ----------
    f : callable
        The function; its result may be a number, an array, or a (nested) tuple, list or dict of these.
    *primals
        The arguments, all differentiated.
    has_aux : bool
        ``f`` returns ``(value, aux)``, and ``aux`` is returned as a third result.

    Returns
    -------
    value
        What ``f(*primals)`` returns.
    pullback : callable
        ``pullback(cotangent)`` takes a cotangent with the structure of the value, and returns a tuple with one for each
        primal. It may be called several times.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> value, pullback = srcgrad.vjp(lambda a, s: a * s, np.array([1.0, 2.0]), 3.0)
    >>> value
    array([3., 6.])
    >>> pullback(np.array([1.0, 10.0]))
    (array([ 3., 30.]), 21.0)
    """
    refuse_unsupported(f)
    name = getattr(f, "__name__", type(f).__name__)
    for k, primal in enumerate(primals):
        check_input(primal, f"argument {k}", name)
    value, run = pull_back(f, primals)
    aux = None
    if has_aux:
        value, aux = pair_of(value, f)
    pullback = make_pullback(name, value, run, primals, has_aux=has_aux)
    return (value, pullback, aux) if has_aux else (value, pullback)
