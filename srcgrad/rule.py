"""Derivative rules of one's own: ``srcgrad.rule``.

A rule is a Python function with the parameters of the function that it is about. A decorator says of which
function and of what kind it is, and registers it::

    @srcgrad.rule.elementwise(np.tanh)  # the partials
    def tanh(x, *, ans):
        return 1 - ans * ans

From then on the compiler, recorded programs and tensors know the function. ``docs/rules.md`` is the tutorial,
and `srcgrad.check_rule` tests a rule.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from srcgrad.errors import MissingRuleError
from srcgrad.rules import registry, rule_for
from srcgrad.rules.helpers import project, scatter
from srcgrad.rules.kinds import composite, elementwise, into, jvp, linear, multilinear, nondiff, update, vjp

__all__ = [
    "composite",
    "elementwise",
    "into",
    "jvp",
    "linear",
    "multilinear",
    "nan_safe",
    "nondiff",
    "operation",
    "project",
    "scatter",
    "update",
    "vjp",
]

F = TypeVar("F", bound=Callable[..., Any])


def nan_safe(*functions: Callable[..., Any]) -> None:
    """Let a cotangent of zero stay zero in the elementwise rules of these functions, whatever the slope there.

    The slope of a square root at 0 is infinite, so the gradient of ``np.where(x > 0, np.sqrt(x), 0.0)`` at 0 is
    zero times infinity: not a number, although the branch was not chosen. After ``nan_safe(np.sqrt)`` it is 0. The
    price is one comparison for each element, and that a NaN no longer shows where it came from.

    Parameters
    ----------
    *functions : callable
        Functions of the table, all of those in it so far if none are given. It holds for this process, and for
        functions that are differentiated for the first time after the call.

    Raises
    ------
    MissingRuleError
        If one of the functions has no rule.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.rule.nan_safe(np.arccosh)
    >>> def f(x):
    ...     return np.sum(np.where(x > 1, np.arccosh(x), 0.0))
    >>> with np.errstate(divide="ignore"):
    ...     srcgrad.grad(f)(np.array([1.0, 1.25]))
    array([0.        , 1.33333333])
    """
    for function in functions:
        if rule_for(function) is None:
            raise MissingRuleError(f"{getattr(function, '__name__', function)} has no derivative rule")
    registry.nan_safe(*functions)


def operation(function: F) -> F:
    """Make a function take tensors as well: they go through its rule.

    NumPy's own functions ask tensors what to do. A function that hands its arguments to other code (to C, say)
    cannot, so this decorator asks for it.

    Parameters
    ----------
    function : callable
        Works on numbers and arrays; its rule is registered for what this decorator returns.

    Returns
    -------
    callable

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> @srcgrad.rule.operation
    ... def cube(x):
    ...     return np.asarray(x) ** 3
    >>> @srcgrad.rule.elementwise(cube)
    ... def cube_slope(x):
    ...     return 3 * x * x
    >>> x = srcgrad.tensor([1.0, 2.0], requires_grad=True)
    >>> cube(x).sum().backward()
    >>> x.grad
    tensor([ 3., 12.])
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        graph = sys.modules.get("srcgrad.runtime.eager.graph")
        if graph is not None and mentions((args, kwargs), graph.Variable):
            from srcgrad.runtime.eager.plain import Plain, call_numpy
            from srcgrad.runtime.eager.tensor import Tensor

            facade = Tensor if mentions((args, kwargs), Tensor) else Plain
            return call_numpy(call, args, kwargs, facade)
        return function(*args, **kwargs)

    return call  # type: ignore[return-value]


def mentions(tree: Any, cls: type) -> bool:
    """Whether something in a tree of containers is an instance of a class."""
    if isinstance(tree, list | tuple):
        return any(mentions(item, cls) for item in tree)
    if isinstance(tree, dict):
        return mentions(list(tree.values()), cls)
    return isinstance(tree, cls)
