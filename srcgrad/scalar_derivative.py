"""``derivative``: derivatives of any order of a function of one number."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from srcgrad.errors import ArgumentError, InputTypeError
from srcgrad.gradient import refuse_unsupported
from srcgrad.pushforward import owned, push_forward
from srcgrad.targets import function_to_transform
from srcgrad.versions import being_recorded

if TYPE_CHECKING:
    from srcgrad.transform.pipeline import Compiled

__all__ = ["Derivative", "derivative"]


class Derivative:
    """The derivative of a function by its first argument, a number.

    Attributes
    ----------
    primal : callable
        The function itself.
    """

    __name__: str

    def __init__(self, primal: Callable[..., Any]) -> None:
        refuse_unsupported(primal)
        functools.update_wrapper(self, primal, updated=())
        self.__name__ = getattr(primal, "__name__", type(primal).__name__)
        self.primal = primal
        self._versions: dict[object, Compiled | None] = {}

    def __call__(self, x: Any, /, *args: Any) -> Any:
        """The derivative at ``x``; further arguments are held."""
        if not being_recorded() and not isinstance(x, (float, np.floating)):
            raise InputTypeError(
                f"{self.__name__} is to be differentiated by a number, and got {type(x).__name__}",
                way_out="pass a float; for arrays there are srcgrad.elementwise_grad and srcgrad.jacobian",
            )
        value, tangent = push_forward(self.primal, (x, *args), (1.0, *(None for _ in args)))
        return owned(tangent, value, ())

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """Not bound: the first argument is the number."""
        return self if instance is None else MethodType(self, instance)

    def generated(self, arguments: dict[str, Any]) -> FunctionType | None:
        """The generated function that computes the derivative, to be differentiated in turn."""
        from srcgrad.transform.pipeline import compile_derivative
        from srcgrad.transform.refused import Refused
        from srcgrad.transform.signature import signature_key

        found = function_to_transform(self.primal, tuple(arguments.values()))
        if found is None:
            return None
        target, every = found
        first = next(iter(every))
        key = (target, signature_key(every, [first]))
        made = self._versions.get(key)
        if key not in self._versions or (made is not None and not made.current()):
            try:
                made = compile_derivative(target, every, first)
            except Refused:
                made = None
            self._versions[key] = made
        function = None if made is None else made.function
        return function if isinstance(function, FunctionType) else None

    def source_for(self, x: Any, *args: Any) -> str:
        """The generated code for arguments of these types."""
        found = function_to_transform(self.primal, (x, *args))
        names = [] if found is None else list(found[1])
        if not names or self.generated(dict(zip(names, (x, *args), strict=False))) is None:
            raise ArgumentError(f"{self.__name__} is recorded as it runs for these arguments")
        made = [version for version in self._versions.values() if version is not None][-1]
        return made.source

    def __repr__(self) -> str:
        return f"<srcgrad.derivative of {self.__name__}>"


def derivative(f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
    """The derivative of a function of one number, of any order.

    Parameters
    ----------
    f : callable
        A function of a number; further arguments are held. Its result may be a number, an array, or a nested structure of
        these.
    order : int
        How often to differentiate. The code grows with every order, about threefold.

    Returns
    -------
    callable
        Takes the arguments of ``f``, the number first.

    Raises
    ------
    ArgumentError
        If the order is negative.
    InputTypeError
        If the first argument is not a floating-point number.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.derivative(lambda x: x**5, 3)(2.0)
    240.0
    >>> srcgrad.derivative(lambda t: np.array([np.cos(t), np.sin(t)]))(0.0)
    array([-0.,  1.])
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise ArgumentError(f"order={order!r}", way_out="pass the order of the derivative, 0 or more")
    made = f
    for _ in range(order):
        made = Derivative(made)
    return made
