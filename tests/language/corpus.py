"""How programs are registered: a decorator that notes example arguments and leaves the function alone."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from tests.differences import has_inexact

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Case:
    """One program with one set of arguments.

    ``argnums`` names what to differentiate by (all arguments that can carry a derivative unless
    given); ``smooth`` asks for second order too; ``static`` whether the compiler should manage without
    recording (None: either way will do);
    ``costly`` that differences take one random direction instead of all components; ``may_refuse`` that
    an error of srcgrad's own is as good as the right gradient, while a wrong one is not.
    """

    name: str
    item: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    argnums: int | tuple[int, ...]
    smooth: bool
    static: bool | None
    costly: bool
    rtol: float
    may_refuse: bool

    def fresh(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments that a run may write into."""
        return copy.deepcopy((self.args, self.kwargs))

    def wrt(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments that are differentiated, always as a tuple."""
        chosen = (self.argnums,) if isinstance(self.argnums, int) else self.argnums
        return tuple(args[index] for index in chosen)

    def at(self, args: tuple[Any, ...], wrt: tuple[Any, ...]) -> tuple[Any, ...]:
        """``args`` with the differentiated ones replaced."""
        chosen = (self.argnums,) if isinstance(self.argnums, int) else self.argnums
        replaced = dict(zip(chosen, wrt, strict=True))
        return tuple(replaced.get(index, arg) for index, arg in enumerate(args))


CASES: list[Case] = []
_counts: dict[str, int] = {}


def program(
    *args: Any,
    argnums: int | tuple[int, ...] | None = None,
    smooth: bool = True,
    static: bool | None = None,
    costly: bool = False,
    rtol: float = 1e-7,
    may_refuse: bool = False,
    **kwargs: Any,
) -> Callable[[F], F]:
    """Register the decorated function with these arguments; may be stacked for more of them."""

    def register(function: F) -> F:
        item = inspect.getmodule(function).__name__.rsplit(".", 1)[-1].removeprefix("programs_")  # type: ignore[union-attr]
        base = f"{item}/{function.__name__}"
        _counts[base] = count = _counts.get(base, 0) + 1
        name = base if count == 1 else f"{base}-{count}"
        chosen = argnums
        if chosen is None:
            able = tuple(index for index, arg in enumerate(args) if has_inexact(arg))
            chosen = able[0] if len(able) == 1 else able
        CASES.append(
            Case(name, item, function, args, kwargs, chosen, smooth, static, costly, rtol, may_refuse)
        )
        return function

    return register


def vec(n: int, seed: float = 0.0) -> np.ndarray:
    """``n`` distinct values between -1 and 1, none near zero or another, the same on every machine."""
    values = np.sin(1.7 * np.arange(1, n + 1) + 0.9 + seed)
    return np.where(np.abs(values) < 0.05, values + 0.2, values)


def pos(n: int, seed: float = 0.0) -> np.ndarray:
    """``n`` positive values between 0.6 and 1.6."""
    return 1.1 + 0.5 * vec(n, seed)


def mat(rows: int, columns: int, seed: float = 0.0) -> np.ndarray:
    """A matrix of such values."""
    return vec(rows * columns, seed + 0.4).reshape(rows, columns)
