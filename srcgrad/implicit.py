"""Functions that are defined by an equation: ``implicit_function`` and ``fixed_point``.

What solves the equation is not differentiated. If ``F(x, a) = 0``, then ``dx/da`` solves a linear system with the
Jacobian of ``F``, so a gradient costs one linear solve, however many iterations the equation took.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from srcgrad.custom import custom_vjp
from srcgrad.errors import ArgumentError, ConvergenceError
from srcgrad.pullback import pullback_of
from srcgrad.runtime.written import written

__all__ = ["fixed_point", "implicit_function"]

#: Solves ``A u = g`` for an unknown of the shape of ``g``, given ``u -> A u``.
LinearSolver = Callable[[Callable[[Any], Any], Any], Any]


def implicit_function(
    residual: Callable[..., Any], solve: Callable[..., Any], linear_solve: LinearSolver | None = None
) -> Callable[..., Any]:
    """The solution of an equation as a differentiable function of its parameters.

    Parameters
    ----------
    residual : callable
        ``residual(x, *parameters)``, of the shape of ``x``; zero at the solution.
    solve : callable
        ``solve(*parameters)`` returns the solution, a number or an array, by whatever means: it is not differentiated.
    linear_solve : callable, optional
        ``linear_solve(matvec, b)`` solves ``A u = b`` without ever making the matrix: with ``scipy.sparse.linalg.gmres``
        for instance. Left out, the matrix is made (one gradient for each entry of ``x``) and solved densely.

    Returns
    -------
    callable
        Of the parameters. Derivatives of any order are those of the exact solution.

    Raises
    ------
    numpy.linalg.LinAlgError
        When differentiated where the Jacobian of the residual is singular.

    Examples
    --------
    >>> import srcgrad
    >>> def bisection(a):
    ...     low, high = 0.0, 10.0
    ...     while high - low > 1e-14:
    ...         middle = (low + high) / 2
    ...         low, high = (middle, high) if middle**2 < a else (low, middle)
    ...     return low
    >>> root = srcgrad.implicit_function(lambda x, a: x**2 - a, bisection)
    >>> round(srcgrad.grad(root)(4.0), 12)  # 1 / (2 sqrt(a))
    0.25
    >>> round(srcgrad.grad(srcgrad.grad(root))(4.0), 12)
    -0.03125
    """
    names = _parameters(solve)
    scope = {
        "pullback_of": pullback_of,
        "residual": residual,
        "solve": solve,
        "solved": linear_solve if linear_solve is not None else dense_solve,
    }
    root = custom_vjp(written(f"def root({names}):\n    return solve({names})\n", "root", scope))
    scope["root"] = root
    forward = f"def fwd({names}):\n    x = root({names})\n    return x, (x, [{names}])\n"
    root.defvjp(written(forward, "fwd", scope), written(_BACKWARD, "bwd", scope))
    return root


# A text, because second derivatives go through it.
_BACKWARD = """\
def bwd(saved, g):
    x, parameters = saved
    pull = pullback_of(residual, [x, *parameters])
    u = solved(lambda v: pull(v)[0], g)
    return tuple(pull(-u)[1:])
"""


def _parameters(solve: Callable[..., Any]) -> str:
    parameters = inspect.signature(solve).parameters.values()
    if any(p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters):
        raise ArgumentError(
            f"{getattr(solve, '__name__', solve)} does not take a fixed number of arguments by position",
            way_out="give a function with one parameter for each argument",
        )
    return ", ".join(p.name for p in parameters)


def dense_solve(matvec: Callable[[Any], Any], b: Any) -> Any:
    """Solve ``A u = b`` with the matrix of a linear function.

    Examples
    --------
    >>> dense_solve(lambda u: 4.0 * u, 2.0)
    0.5
    """
    shape = np.shape(b)
    if shape == ():
        return b / matvec(b * 0.0 + 1.0)
    size = int(np.prod(shape))
    units = np.eye(size, dtype=b.dtype).reshape(size, *shape)
    columns = [np.reshape(matvec(unit), size) for unit in units]
    return np.reshape(np.linalg.solve(np.stack(columns, axis=1), np.reshape(b, size)), shape)


def fixed_point(
    f: Callable[..., Any],
    x0: Any,
    *parameters: Any,
    tol: float = 1e-12,
    max_iterations: int = 10_000,
    linear_solve: LinearSolver | None = None,
) -> Any:
    """The fixed point ``x = f(x, *parameters)`` that iterating ``f`` leads to, differentiable by the parameters.

    Parameters
    ----------
    f : callable
        Maps a number or an array (and parameters) to one of the same shape. Values that it captures count as constants.
    x0 : number or array
        Where to start. The solution does not depend on it, so its derivative is zero.
    *parameters
        Numbers, arrays, and tuples, lists or dicts of these.
    tol : float
        The iteration ends when no entry changes by more than ``tol * (1 + abs(x))``.
    max_iterations : int
    linear_solve : callable, optional
        As for `implicit_function`. Left out, the system of the adjoint is solved by the same iteration, which needs no
        matrix and converges as ``f`` does.

    Returns
    -------
    number or array
        Of the form of ``x0``.

    Raises
    ------
    ConvergenceError
        If the iteration has not settled after ``max_iterations``.
    CustomFunctionError
        If ``f`` captures a value that carries a derivative.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> def newton_step(x, a):
    ...     return 0.5 * (x + a / x)
    >>> round(srcgrad.grad(lambda a: srcgrad.fixed_point(newton_step, 1.0, a))(4.0), 12)
    0.25
    """
    options = (len(parameters), tol, max_iterations, linear_solve)
    versions = _points.setdefault(f, {})
    point = versions.get(options)
    if point is None:
        point = versions[options] = _fixed_point(f, *options)
    return point(x0, *parameters)


_points: WeakKeyDictionary[Callable[..., Any], dict[Any, custom_vjp]] = WeakKeyDictionary()


def _fixed_point(
    f: Callable[..., Any], count: int, tol: float, max_iterations: int, linear_solve: LinearSolver | None
) -> custom_vjp:
    names = ", ".join(["x0", *(f"a{k}" for k in range(count))])
    more = ", ".join(f"a{k}" for k in range(count))

    def iterated(step: Callable[[Any], Any], x: Any, what: str) -> Any:
        for _ in range(max_iterations):
            new = step(x)
            if np.shape(new) != np.shape(x):
                raise ArgumentError(f"{what} makes shape {np.shape(new)} of shape {np.shape(x)}")
            if np.all(np.abs(new - x) <= tol * (1.0 + np.abs(new))):
                return new
            x = new
        raise ConvergenceError(
            f"{what} has not settled after {max_iterations} iterations",
            way_out="start closer, allow more iterations, or damp the function: 0.5 * (x + f(x))",
        )

    described = f"the iteration of {getattr(f, '__name__', 'f')}"

    def adjoint(matvec: Callable[[Any], Any], g: Any) -> Any:
        """Solve ``(J - 1) u = g`` as the fixed point of ``u -> J u - g``."""
        return iterated(lambda u: matvec(u) + u - g, -g, f"the adjoint of {described}")

    scope: dict[str, Any] = {"f": f, "iterated": iterated, "what": described, "pullback_of": pullback_of}
    residual = (
        f"def residual(x{', ' if more else ''}{more}):\n    return f(x{', ' if more else ''}{more}) - x\n"
    )
    scope["residual"] = written(residual, "residual", scope)
    scope["solved"] = adjoint if linear_solve is None else linear_solve
    text = f"def fixed({names}):\n    return iterated(lambda x: f(x{', ' if more else ''}{more}), x0, what)\n"
    point = custom_vjp(written(text, "fixed", scope))
    scope["fixed"] = point
    forward = f"def fwd({names}):\n    x = fixed({names})\n    return x, (x, [{more}])\n"
    backward = _BACKWARD.replace("return tuple(pull(-u)[1:])", "return (None, *pull(-u)[1:])")
    point.defvjp(written(forward, "fwd", scope), written(backward, "bwd", scope))
    return point
