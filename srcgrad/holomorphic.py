"""Complex derivatives of holomorphic functions: ``grad(f, holomorphic=True)`` and ``jacobian(f, holomorphic=True)``.

Elsewhere srcgrad follows PyTorch: the gradient of a real result by ``z = a + ib`` is ``dL/da + i dL/db``, and a pullback
multiplies by the conjugate of a holomorphic derivative. Here the result is the derivative itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.errors import InputTypeError, OutputError
from srcgrad.gradient import Argnums, Gradient, Options
from srcgrad.jacobians import by_position
from srcgrad.pullback import make_pullback, pull_back
from srcgrad.trees import leaves, mapped, unit
from srcgrad.versions import being_recorded

__all__ = ["holomorphic_grad", "holomorphic_jacobian"]


def holomorphic_grad(f: Callable[..., Any], argnums: Argnums) -> Callable[..., Any]:
    """The complex derivative of a function with a complex number as its result."""
    point = _Binder(f, argnums)

    def derivative(*args: Any, **kwargs: Any) -> Any:
        value, pull, active = point.at(args, kwargs)
        if np.shape(value) != ():
            raise OutputError(
                f"{point.name} returned shape {np.shape(value)}, and grad needs one number",
                way_out="use srcgrad.jacobian(f, holomorphic=True)",
            )
        return point.chosen(pull(1.0 + 0.0j), active)

    functools.update_wrapper(derivative, f, updated=())
    return derivative


def holomorphic_jacobian(f: Callable[..., Any], argnums: Argnums) -> Callable[..., Any]:
    """The complex Jacobian of a function from complex arrays to a complex array."""
    point = _Binder(f, argnums)

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        value, pull, active = point.at(args, kwargs)
        shape = np.shape(value)
        if shape == ():
            return point.chosen(pull(1.0 + 0.0j), active)
        rows = [pull(unit([value], k)[0]) for k in range(np.size(value))]
        parts = []
        for k in active:
            own = [row[k] for row in rows]
            if not isinstance(own[0], np.ndarray | np.generic | complex):
                raise InputTypeError(f"the holomorphic Jacobian of {point.name} is by numbers and arrays")
            parts.append(np.reshape(np.stack(own), shape + np.shape(own[0])))
        return tuple(parts) if point.several else parts[0]

    functools.update_wrapper(jacobian, f, updated=())
    return jacobian


class _Binder:
    """A function and the arguments that it is differentiated by."""

    def __init__(self, f: Callable[..., Any], argnums: Argnums) -> None:
        self.binder: Gradient[..., Any] = Gradient(f, Options(argnums))
        self.name = self.binder.__name__
        self.several = not isinstance(argnums, (int, str))

    def at(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, Callable[[Any], tuple[Any, ...]], list[int]]:
        """The value, derivatives for cotangents of it, and the positions of the differentiated arguments."""
        function, primals = by_position(self.binder, args, kwargs)
        active, values = self.binder.positions(primals)
        for value in values:
            if not all(_is_complex(leaf) for leaf in leaves(value)):
                raise InputTypeError(
                    f"the complex derivative of {self.name} is by complex numbers",
                    way_out="pass complex(x) or x.astype(complex), or leave out holomorphic=True",
                )
        value, run = pull_back(function, primals)
        pull = make_pullback(self.name, value, run, primals, has_aux=False)
        if not _is_complex(value):
            raise OutputError(
                f"{self.name} returned no complex numbers, and a holomorphic function does",
                way_out="leave out holomorphic=True for the gradient of a real result",
            )

        def derivative(seed: Any) -> tuple[Any, ...]:
            parts = pull(seed)
            if not being_recorded():
                self.check(parts, pull(1j * seed), active)
            return tuple([mapped(np.conj, part) if k in active else None for k, part in enumerate(parts)])

        return value, derivative, active

    def chosen(self, parts: Sequence[Any], active: Sequence[int]) -> Any:
        """The answer for a single argument, or a tuple for several."""
        found = tuple(parts[k] for k in active)
        return found if self.several else found[0]

    def check(self, parts: Sequence[Any], turned: Sequence[Any], active: Sequence[int]) -> None:
        """The equations of Cauchy and Riemann: a pullback of a holomorphic function is linear in complex numbers."""
        for k in active:
            for a, b in zip(leaves(parts[k]), leaves(turned[k]), strict=True):
                eps = np.finfo(np.asarray(a).dtype).eps
                if np.any(np.abs(1j * np.asarray(a) - b) > 1e4 * eps * (1.0 + np.abs(a))):
                    raise OutputError(
                        f"{self.name} is not holomorphic here",
                        cause="its derivative depends on the direction (abs, real, imag and conj are not holomorphic)",
                        way_out="leave out holomorphic=True: for a real result, the gradient is dL/da + i dL/db",
                    )


def _is_complex(value: Any) -> bool:
    return isinstance(value, complex) or getattr(getattr(value, "dtype", None), "kind", "") == "c"
