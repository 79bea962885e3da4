"""Calls of functions whose derivative is the user's own code.

It comes down to two functions: ``forward(*arguments)`` gives the value and what the way back needs, and
``backward(*held, residuals, cotangent)`` the cotangents of the arguments. The compiler writes calls of the two into
the sweeps, a recorded program and tensors keep a node with them, and higher derivatives go through their text.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, cast

import numpy as np

from srcgrad.errors import CustomFunctionError
from srcgrad.runtime.sweeps import conform, copy_of
from srcgrad.runtime.written import written

__all__ = ["Backward", "Custom", "Forward", "Saved", "matched", "own"]


class Custom:
    """A function with a derivative of its own.

    Attributes
    ----------
    function : callable
        The function itself: what runs where nothing is differentiated.
    held : tuple of int
        Positions of the arguments without derivative (``nondiff_argnums``).
    forward, backward : callable
        The two halves of the derivative.
    """

    __name__: str

    def __init__(self, function: Callable[..., Any], nondiff_argnums: int | Iterable[int] = ()) -> None:
        if not callable(function):
            raise CustomFunctionError(f"{function!r} is not a function")
        functools.update_wrapper(cast(Any, self), function, updated=())
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        self.function = function
        self.signature = inspect.signature(function)
        numbers = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)
        count = len(self.signature.parameters)
        if any(not -count <= number < count for number in numbers):
            raise CustomFunctionError(
                f"nondiff_argnums={nondiff_argnums!r} fits no parameter of {self.__name__}"
            )
        self.held = tuple(sorted({number % count for number in numbers}))
        self._halves: tuple[Forward, Backward] | None = None

    def define(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        """Take over the two halves as the user wrote them."""
        self._halves = Forward(self, forward), Backward(self, backward)

    def defined(self) -> tuple[Forward, Backward]:
        """The two halves.

        Raises
        ------
        CustomFunctionError
            If there are none yet.
        """
        if self._halves is None:
            raise CustomFunctionError(
                f"{self.__name__} has no derivative yet",
                way_out=f"give it one: {self.__name__}.{self.definition}",
            )
        return self._halves

    #: How the derivative is given.
    definition = "defvjp(fwd, bwd)"

    @property
    def forward(self) -> Forward:
        """``forward(*arguments)`` gives ``(value, saved)``."""
        return self.defined()[0]

    @property
    def backward(self) -> Backward:
        """``backward(*held, saved, cotangent)`` gives a tuple of cotangents."""
        return self.defined()[1]

    def positional(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments of a call by position, defaults included."""
        if not kwargs and len(args) == len(self.signature.parameters):
            return args
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            raise CustomFunctionError(f"{self.__name__} has parameters that can only be passed by name")
        return bound.args

    @functools.cached_property
    def plain(self) -> FunctionType | None:
        """A Python function that calls this one, for what differentiates Python functions; None if it has ``*args``."""
        parameters = self.signature.parameters.values()
        if any(p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters):
            return None
        name = self.__name__ if self.__name__.isidentifier() else "custom"
        given = ", ".join(self.signature.parameters)
        text = f"def {name}({given}):\n    return function({given})\n"
        return written(text, name, {"function": self})

    def split(self, args: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
        """The held arguments, and the others."""
        if not self.held:
            return [], list(args)
        return [args[k] for k in self.held], [arg for k, arg in enumerate(args) if k not in self.held]

    @staticmethod
    def __srcgrad_recorded__(custom: Custom, *args: Any, **kwargs: Any) -> Any:
        """A call in a recorded program."""
        from srcgrad.runtime.recorded.custom_calls import recorded

        return recorded(custom, args, kwargs)

    def refusal(self, place: int) -> CustomFunctionError:
        """The error where an argument that is said to have no derivative carries one."""
        name = list(self.signature.parameters)[place]
        return CustomFunctionError(
            f"{self.__name__} is given a value that carries a derivative for {name}, one of its nondiff_argnums",
            way_out=f"take {name} out of nondiff_argnums, or pass srcgrad.stop_gradient({name})",
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function, as a program calls it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<srcgrad.{type(self).__name__} {self.__name__}>"


# --- the two halves ----------------------------------------------------------------------------


class Saved:
    """What the way back through one call needs.

    Attributes
    ----------
    residuals
        As the user's code returned them.
    forms : list
        The arguments that may have a cotangent, without their numbers.
    value : Any
        The same for the value.
    """

    __slots__ = ("forms", "residuals", "value")

    def __init__(self, residuals: Any, forms: list[Any], value: Any) -> None:
        self.residuals = residuals
        self.forms = forms
        self.value = value


class Forward:
    """The first half of a custom derivative; checks what the user's code returns."""

    def __init__(self, custom: Custom, function: Callable[..., Any]) -> None:
        self.custom = custom
        self.function = function
        self.__name__ = f"{custom.__name__}_fwd"
        self._checked = False

    def __call__(self, *args: Any) -> tuple[Any, Saved]:
        if self._checked:
            made = self.function(*args)
        else:
            made = untouched(self.function, args, self.custom.__name__)
            self._checked = True
        value, residuals = self.parts(made)
        _, others = self.custom.split(args)
        return own(value, args), Saved(residuals, [form(arg) for arg in others], form(value))

    @staticmethod
    def __srcgrad_recorded__(half: Forward, *args: Any) -> Any:
        """A call in a recorded program: through the user's code."""
        from srcgrad.runtime.recorded.custom_calls import recorded_forward

        return recorded_forward(half, args)

    def parts(self, made: Any) -> tuple[Any, Any]:
        """Value and residuals, out of what the user's code returned."""
        if isinstance(made, tuple) and len(made) == 2:
            return made
        raise CustomFunctionError(
            f"the fwd of {self.custom.__name__} returned {_described(made)}, not (value, residuals)"
        )


class Backward:
    """The second half of a custom derivative; checks what the user's code returns."""

    def __init__(self, custom: Custom, function: Callable[..., Any]) -> None:
        self.custom = custom
        self.function = function
        self.__name__ = f"{custom.__name__}_bwd"
        self._checked = False

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        *held, saved, cotangent = args
        given = (*held, saved.residuals, conform(cotangent, saved.value))
        if self._checked:
            made = self.function(*given)
        else:
            made = untouched(self.function, given, self.custom.__name__)
            self._checked = True
        parts = self.parts(made, len(saved.forms))
        return tuple(
            [
                part if fits(part, wanted) else conform(self.matched(k, part, wanted), wanted)
                for k, (part, wanted) in enumerate(zip(parts, saved.forms, strict=True))
            ]
        )

    def matched(self, place: int, part: Any, wanted: Any) -> Any:
        """A cotangent with the structure of its argument, zeros for None."""
        return matched(part, wanted, self.name(place), self.custom.__name__)

    @staticmethod
    def __srcgrad_recorded__(half: Backward, *args: Any) -> Any:
        """A call in a recorded program: through the user's code."""
        from srcgrad.runtime.recorded.custom_calls import recorded_backward

        return recorded_backward(half, args)

    def name(self, place: int) -> str:
        """Name of an argument that may have a cotangent, for messages."""
        parameters = list(self.custom.signature.parameters.values())
        names = [p.name for k, p in enumerate(parameters) if k not in self.custom.held]
        return names[min(place, len(names) - 1)]

    def parts(self, made: Any, count: int) -> tuple[Any, ...]:
        """The cotangents, out of what the user's code returned."""
        if isinstance(made, (tuple, list)) and len(made) == count:
            return tuple(made)
        raise CustomFunctionError(
            f"the bwd of {self.custom.__name__} returned {_described(made)}, "
            f"not a tuple with a cotangent for each of {count} arguments",
            way_out="return a tuple, with None for an argument whose derivative is zero",
        )


def fits(part: Any, wanted: Any) -> bool:
    """Whether a cotangent plainly has the form of its argument."""
    if type(part) is not type(wanted):
        return False
    if type(part) is np.ndarray:
        return bool(part.shape == wanted.shape and part.dtype == wanted.dtype and part.flags.writeable)
    return type(part) is float


def _described(made: Any) -> str:
    return f"a tuple of {len(made)}" if isinstance(made, tuple) else f"one {type(made).__name__}"


def untouched(function: Callable[..., Any], args: tuple[Any, ...], name: str) -> Any:
    """Call a function, and make sure that it leaves its arguments as they are."""
    before = [copy_of(arg) for arg in args if isinstance(arg, np.ndarray)]
    made = function(*args)
    for old, new in zip(before, [arg for arg in args if isinstance(arg, np.ndarray)], strict=True):
        if not np.array_equal(old, new, equal_nan=old.dtype.kind in "fc"):
            raise CustomFunctionError(
                f"the code of {name} changes an array that it is given",
                way_out="work on a copy: x = x.copy()",
            )
    return made


def own(value: Any, args: Iterable[Any]) -> Any:
    """A value that shares no memory with the arguments: the derivative of the two is another one."""
    if isinstance(value, np.ndarray):
        if any(isinstance(arg, np.ndarray) and np.may_share_memory(value, arg) for arg in args):
            return value.copy()
        return value
    if type(value) in (tuple, list):
        return type(value)([own(part, args) for part in value])
    return value


def form(value: Any) -> Any:
    """A value without its numbers: arrays that hold no memory, for `conform`."""
    if isinstance(value, np.ndarray):
        return np.broadcast_to(np.zeros((), value.dtype), value.shape)
    if type(value) in (tuple, list):
        return type(value)([form(part) for part in value])
    if type(value) is dict:
        return {key: form(part) for key, part in value.items()}
    return value if isinstance(value, (int, float, complex, np.generic)) else None


def matched(part: Any, wanted: Any, name: str, function: str) -> Any:
    """A cotangent if it has the structure of its argument, zeros for None.

    Raises
    ------
    CustomFunctionError
        If the shape or the structure is another one.
    """

    def fail(have: str, want: str) -> None:
        raise CustomFunctionError(f"the bwd of {function} returned {have} for {name}, which is {want}")

    if isinstance(wanted, dict):
        if part is not None and (not isinstance(part, dict) or part.keys() != wanted.keys()):
            fail("a cotangent with other keys", "a dict")
        return {
            k: matched(None if part is None else part[k], w, f"{name}[{k!r}]", function)
            for k, w in wanted.items()
        }
    if isinstance(wanted, (tuple, list)):
        if part is not None and (not isinstance(part, (tuple, list)) or len(part) != len(wanted)):
            fail(f"a cotangent of type {type(part).__name__}", f"a {type(wanted).__name__} of {len(wanted)}")
        items = [None] * len(wanted) if part is None else part
        parts = [
            matched(p, w, f"{name}[{k}]", function)
            for k, (p, w) in enumerate(zip(items, wanted, strict=True))
        ]
        return type(wanted)(*parts) if hasattr(wanted, "_fields") else type(wanted)(parts)
    if isinstance(wanted, (float, complex, np.inexact)) or (
        isinstance(wanted, np.ndarray) and wanted.dtype.kind in "fc"
    ):
        if part is None:
            return np.zeros(np.shape(wanted), getattr(wanted, "dtype", type(wanted)))[()]
        if np.shape(part) != np.shape(wanted):
            fail(f"a cotangent of shape {np.shape(part)}", f"of shape {np.shape(wanted)}")
        return part[()] if isinstance(part, np.ndarray) and not part.shape else part
    return part
