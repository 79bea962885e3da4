"""``custom_vjp`` and ``custom_jvp``: functions with a derivative of the user's own, by the names that JAX gave them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import MethodType
from typing import Any

import numpy as np

from srcgrad.errors import CustomFunctionError, UnsupportedError
from srcgrad.rule import mentions
from srcgrad.rules.helpers import zero_tangent
from srcgrad.runtime.custom import Custom, own
from srcgrad.runtime.written import written
from srcgrad.versions import being_recorded

__all__ = ["custom_jvp", "custom_vjp"]


class _Callable(Custom):
    """What a program calls: plain on numbers and arrays, one node on tensors."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.defined()
        args = self.positional(args, kwargs)
        if being_recorded():  # by code of srcgrad, which is not rewritten
            from srcgrad.runtime.recorded.custom_calls import recorded

            return recorded(self, args, {})
        graph = sys.modules.get("srcgrad.runtime.eager.graph")
        if graph is not None and mentions(args, graph.Variable):
            if any(mentions(arg, graph.Variable) for arg in args if isinstance(arg, list | tuple | dict)):
                raise UnsupportedError(
                    f"{self.__name__} is called with tensors inside of a container",
                    way_out="pass each tensor as an argument of its own",
                )
            from srcgrad.island import custom_on_tensors

            return custom_on_tensors(self, args)
        return own(self.function(*args), args)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """As a method: the instance is the first argument, which ``nondiff_argnums`` should name."""
        return self if instance is None else MethodType(self, instance)


class custom_vjp(_Callable):
    """Give a function a derivative of one's own for reverse mode.

    Parameters
    ----------
    function : callable
        The function, over numbers, arrays and containers of these.
    nondiff_argnums : int or sequence of int
        Positions of arguments without derivative: functions, options, sizes.

    Raises
    ------
    CustomFunctionError
        When it is called before `defvjp`, or if what `defvjp` was given returns something that does not fit.

    Examples
    --------
    A gradient that is clipped on its way back:

    >>> import numpy as np, srcgrad
    >>> @srcgrad.custom_vjp
    ... def clipped(x, limit):
    ...     return x
    >>> def clipped_fwd(x, limit):
    ...     return x, limit
    >>> def clipped_bwd(limit, g):
    ...     return np.clip(g, -limit, limit), None
    >>> clipped.defvjp(clipped_fwd, clipped_bwd)
    >>> srcgrad.grad(lambda x: clipped(x, 1.0) ** 2)(3.0)
    1.0
    """

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Say how the function is differentiated.

        Parameters
        ----------
        fwd : callable
            Takes the arguments of the function and returns ``(value, residuals)``.
        bwd : callable
            ``bwd(*nondiff_arguments, residuals, cotangent)`` returns a tuple with a cotangent for each other argument;
            None stands for zero. It must not write into the cotangent.
        """
        self.define(fwd, bwd)


class custom_jvp(_Callable):
    """Give a function a derivative of one's own; reverse mode follows by transposing it.

    Parameters
    ----------
    function : callable
        The function, over numbers and arrays.
    nondiff_argnums : int or sequence of int
        Positions of arguments without derivative.

    Raises
    ------
    CustomFunctionError
        When it is called before `defjvp`, or if what the rule returns does not fit.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> @srcgrad.custom_jvp
    ... def softplus(x):
    ...     return np.logaddexp(x, 0.0)
    >>> @softplus.defjvp
    ... def softplus_jvp(primals, tangents):
    ...     (x,), (x_dot,) = primals, tangents
    ...     return softplus(x), x_dot / (1.0 + np.exp(-x))
    >>> srcgrad.grad(softplus)(0.0)
    0.5
    >>> srcgrad.grad(srcgrad.grad(softplus))(0.0)
    0.25
    """

    definition = "defjvp(jvp)"

    def defjvp(self, jvp: Callable[..., Any]) -> Callable[..., Any]:
        """Say how the function is differentiated.

        Parameters
        ----------
        jvp : callable
            ``jvp(*nondiff_arguments, primals, tangents)`` returns ``(value, tangent)``; the tangent must be linear in
            the tangents. Returned as it is, so that ``defjvp`` is a decorator.
        """
        self.define(*_transposed(self, jvp))
        return jvp

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """Say how the function is differentiated, one argument after the other.

        Parameters
        ----------
        *jvps : callable or None
            ``jvp(tangent, value, *arguments)`` gives what the tangent of one argument adds to that of the value; None
            for an argument without derivative.
        """
        if self.held:
            raise CustomFunctionError("defjvps does not go with nondiff_argnums", way_out="use defjvp")
        names = [f"x{k}" for k in range(len(jvps))]
        terms = [f"jvp{k}({name}_dot, ans, {', '.join(names)})" for k, name in enumerate(names) if jvps[k]]
        text = (
            f"def jvp(primals, tangents):\n    ({', '.join(names)},) = primals\n"
            f"    ({', '.join(f'{name}_dot' for name in names)},) = tangents\n"
            f"    ans = function({', '.join(names)})\n    return ans, {' + '.join(terms) or '0.0 * ans'}\n"
        )
        scope = {f"jvp{k}": jvp for k, jvp in enumerate(jvps) if jvp}
        self.defjvp(written(text, "jvp", {**scope, "function": self}))


def _transposed(custom: custom_jvp, jvp: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The halves of reverse mode: the tangent is linear in the tangents, so its gradient is its transpose."""
    from srcgrad.api import grad

    count = len(custom.signature.parameters)
    every = [f"x{k}" for k in range(count)]
    held = [every[k] for k in custom.held]
    names = [name for name in every if name not in held]
    dots = [f"{name}_dot" for name in names]
    given = ", ".join([*held, *names])
    kept = "".join(f"{name}, " for name in names)
    moved = "".join(f"{dot}, " for dot in dots)
    rule = ", ".join([*held, "primals", "tangents"])
    weighted = written(
        f"def weighted({', '.join(['g', *held, *names, *dots])}):\n"
        f"    primals = ({kept})\n    tangents = ({moved})\n    value, change = jvp({rule})\n"
        "    if np.iscomplexobj(change):\n"
        "        return np.sum(np.real(np.conj(g) * change))\n"
        "    return np.sum(g * change)\n",
        "weighted",
        {"jvp": jvp, "np": np},
    )
    first = 1 + len(held) + len(names)
    pulled = grad(weighted, argnums=tuple(range(first, first + len(dots))))
    forward = written(
        f"def {custom.__name__}_fwd({', '.join(every)}):\n    return function({', '.join(every)}), ({kept})\n",
        f"{custom.__name__}_fwd",
        {"function": custom},
    )
    zeros = ", ".join(f"zero_tangent({name})" for name in names)
    backward = written(
        f"def {custom.__name__}_bwd({', '.join([*held, 'saved', 'g'])}):\n    ({kept}) = saved\n"
        f"    return pulled(g, {given}, {zeros})\n",
        f"{custom.__name__}_bwd",
        {"pulled": pulled, "zero_tangent": zero_tangent},
    )
    return forward, backward
