"""``srcgrad.check_grads``: hold the derivatives of a function against differences, and the modes against each other."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from srcgrad.differences import (
    entry_slopes,
    is_inexact,
    leaves_of,
    paired,
    product,
    random_cotangents,
    random_like,
    rebuilt,
    slope,
)
from srcgrad.errors import ArgumentError, GradientCheckError, InputTypeError
from srcgrad.runtime.written import written

__all__ = ["check_grads"]

_MODES = ("rev", "fwd")
_DIRECTIONS = 2
_MOST_ENTRIES = 2000


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 1,
    modes: str | Iterable[str] = _MODES,
    *,
    rtol: float | None = None,
    seed: int = 0,
) -> None:
    """Test the derivatives of a function at a point.

    Along random directions, reverse and forward mode are compared with differences of the function (with a complex step
    where the function is analytic and takes complex numbers) and with each other. Where something disagrees, it is
    looked for entry by entry.

    Parameters
    ----------
    f : callable
        Its result may be a number, an array, or a (nested) tuple, list or dict of these.
    args : sequence
        Where to test; everything floating-point in it is differentiated. Keep away from kinks and jumps.
    order : int
        Derivatives up to this order: of order two are gradients of random combinations of the first ones.
    modes : str or iterable of str
        ``"rev"`` and ``"fwd"``.
    rtol : float, optional
        Allowed error, relative to the largest derivative (at least 1): 1e-6, and 1e-3 in single precision.
    seed : int
        Of the random directions.

    Raises
    ------
    GradientCheckError
        If derivatives disagree; the message names the argument and the worst entry.
    InputTypeError
        If there is nothing floating-point in the arguments.
    ArgumentError
        If the order or a mode makes no sense.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.check_grads(lambda x, a: np.sin(a * x), (np.array([0.5, 2.0]), 3.0), order=2)
    >>> @srcgrad.custom_vjp
    ... def cube(x):
    ...     return x**3
    >>> cube.defvjp(lambda x: (x**3, x), lambda x, g: (2 * g * x**2,))
    >>> try:
    ...     srcgrad.check_grads(cube, (np.array([1.0, 2.0]),), modes="rev")
    ... except srcgrad.errors.GradientCheckError as error:
    ...     print(error.message)
    the gradient of cube is wrong in x: entry (1,) is -1.05684, differences say -1.58526
    """
    wanted = (modes,) if isinstance(modes, str) else tuple(modes)
    if not wanted or any(mode not in _MODES for mode in wanted):
        raise ArgumentError(f"modes={modes!r}", way_out='give "rev", "fwd", or both')
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ArgumentError(f"order={order!r} is no number of derivatives", way_out="give 1, 2, ...")
    active = [k for k, arg in enumerate(args) if leaves_of(arg)]
    if not active:
        raise InputTypeError("there is nothing floating-point in the arguments")
    check = _Check(f, tuple(args), active, rtol, np.random.default_rng(seed))
    for _ in range(order - 1):
        check.first(wanted)
        check = check.next_order()
    check.first(wanted)


class _Check:
    """A function of its differentiated arguments, at one point."""

    def __init__(
        self,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        active: list[int],
        rtol: float | None,
        rng: Any,
        order: int = 1,
    ) -> None:
        self.f, self.args, self.active, self.rng, self.order = f, args, active, rng, order
        self.rtol = rtol
        leaves = leaves_of([args[k] for k in active])
        single = any(np.asarray(leaf).dtype in (np.float32, np.complex64, np.float16) for leaf in leaves)
        self.tolerance = (1e-3 if single else 1e-6) if rtol is None else rtol
        self.function = f if len(active) == len(args) else _held(f, args, active)
        self.point = [args[k] for k in active]

    def run(self, *values: Any) -> Any:
        """The function on copies: it may write into its arguments."""
        return self.function(*copy.deepcopy(values))

    def name(self, place: int) -> str:
        """Name of a differentiated argument."""
        number = self.active[place]
        try:
            names = list(inspect.signature(self.f).parameters)
        except (TypeError, ValueError):
            names = []
        return names[number] if number < len(names) else f"argument {number}"

    @property
    def described(self) -> str:
        name = getattr(self.f, "__name__", type(self.f).__name__)
        nth = {1: "gradient", 2: "second derivative", 3: "third derivative"}
        return f"the {nth.get(self.order, f'derivative of order {self.order}')} of {name}"

    def moved(self, direction: list[Any], places: Sequence[int]) -> Callable[[Any], list[Any]]:
        """Float parts of the result on a line through the point."""

        def at(step: Any) -> list[Any]:
            values = list(self.point)
            for k in places:
                leaves, changes = leaves_of(self.point[k]), leaves_of(direction[k])
                pairs = zip(leaves, changes, strict=True)
                values[k] = rebuilt(self.point[k], iter([_shifted(x, step, v) for x, v in pairs]))
            return leaves_of(self.run(*values))

        return at

    def first(self, modes: Sequence[str]) -> None:
        """First derivatives in all modes."""
        value = self.run(*self.point)
        outputs = leaves_of(value)
        if not outputs:
            raise GradientCheckError(f"{self.described}: the result has nothing floating-point")
        cotangent = random_cotangents(value, self.rng)
        seeds = leaves_of(cotangent)
        bars = self._reverse(value, cotangent) if "rev" in modes else None
        for place in range(len(self.active)):
            for _ in range(_DIRECTIONS):
                direction = [
                    rebuilt(x, iter([random_like(leaf, self.rng) for leaf in leaves_of(x)]))
                    for x in self.point
                ]
                wanted = slope(self.moved(direction, [place]), 1.0, seeds)
                moves = leaves_of(direction[place])
                if bars is not None:
                    self._agree(product(leaves_of(bars[place]), moves), wanted, place, bars, seeds)
                if "fwd" in modes:
                    self._forward(direction, place, seeds, wanted, bars)

    def _reverse(self, value: Any, cotangent: Any) -> list[Any]:
        from srcgrad.api import vjp

        _, pullback = vjp(self.function, *copy.deepcopy(self.point))
        bars = list(pullback(rebuilt(value, iter(leaves_of(cotangent)))))
        for place, (bar, x) in enumerate(zip(bars, self.point, strict=True)):
            shapes = [np.shape(leaf) for leaf in leaves_of(bar)]
            if shapes != [np.shape(leaf) for leaf in leaves_of(x)]:
                raise GradientCheckError(
                    f"{self.described} has another form than {self.name(place)}: shapes {shapes}"
                )
        return bars

    def _agree(self, found: float, wanted: float, place: int, bars: list[Any], seeds: list[Any]) -> None:
        """Reverse mode along a direction; where it is wrong, the worst entry is looked for."""
        if _close(found, wanted, self.tolerance):
            return
        name, have = self.name(place), leaves_of(bars[place])
        if sum(np.size(x) for x in have) <= _MOST_ENTRIES:

            def of_place(value: Any) -> Any:
                return self.run(*[value if k == place else x for k, x in enumerate(self.point)])

            truth = entry_slopes(of_place, self.point[place], seeds)
            where, here, there = _worst(have, truth)
            raise GradientCheckError(
                f"{self.described} is wrong in {name}: {where} is {here:.6g}, differences say {there:.6g}"
            )
        raise GradientCheckError(
            f"{self.described} is wrong in {name}: along a random direction it is {found:.6g}, "
            f"differences say {wanted:.6g}"
        )

    def _forward(
        self, direction: list[Any], place: int, seeds: list[Any], wanted: float, bars: list[Any] | None
    ) -> None:
        """Forward mode along a direction of one argument."""
        from srcgrad.pushforward import jvp

        tangents = [
            x if k == place else rebuilt(x, iter([np.zeros_like(leaf)[()] for leaf in leaves_of(x)]))
            for k, x in enumerate(direction)
        ]
        value, tangent = jvp(self.function, tuple(copy.deepcopy(self.point)), tuple(tangents))
        changes = [np.zeros(np.shape(y)) if dy is None else dy for dy, y in paired(tangent, value)]
        found = product(seeds, changes)
        name = self.name(place)
        if bars is not None:
            back = product(leaves_of(bars[place]), leaves_of(direction[place]))
            if _close(back, wanted, self.tolerance) and not _close(found, back, self.tolerance):
                raise GradientCheckError(
                    f"{self.described}: forward mode disagrees with reverse mode and differences in {name}: "
                    f"{self._worst_change(changes, direction, place)}"
                )
        elif not _close(found, wanted, self.tolerance):
            raise GradientCheckError(
                f"{self.described} is wrong in {name} in forward mode: {self._worst_change(changes, direction, place)}"
            )

    def _worst_change(self, changes: list[Any], direction: list[Any], place: int) -> str:
        truth = _differences(self.moved(direction, [place]))
        where, here, there = _worst(changes, truth)
        return f"{where.replace('entry', 'entry of the result')} is {here:.6g}, differences say {there:.6g}"

    def next_order(self) -> _Check:
        """The check of a random combination of the derivatives of a random combination of the results."""
        from srcgrad.api import grad

        names = [f"x{k}" for k in range(len(self.active))]
        given = ", ".join(names)
        value = self.run(*self.point)
        weights: dict[str, Any] = {"function": self.function, "np": np}
        total = self._combination(value, "y", weights)
        scalar = written(
            f"def weighted({given}):\n    y = function({given})\n    return {total}\n", "weighted", weights
        )
        first = grad(scalar, argnums=tuple(range(len(names))))
        weights = {"slope": first, "np": np}
        total = self._combination(tuple(self.point), "parts", weights)
        along = written(
            f"def along({given}):\n    parts = slope({given})\n    return {total}\n", "along", weights
        )
        made = _Check(along, tuple(self.point), list(range(len(names))), self.rtol, self.rng, self.order + 1)
        labels = [self.name(k) for k in range(len(names))]
        made.name = lambda place: labels[place]  # type: ignore[method-assign]
        along.__name__ = (
            getattr(self.f, "__name__", type(self.f).__name__) if self.order == 1 else self.f.__name__
        )
        return made

    def _combination(self, tree: Any, name: str, scope: dict[str, Any]) -> str:
        """Text of the inner product of a tree with random numbers, which go into the scope."""
        terms: list[str] = []
        for path, leaf in _paths(tree, name):
            weight = f"w{len(terms)}_{name}"
            scope[weight] = random_like(leaf, self.rng)
            factor = f"np.real(np.conj({weight}) * {path})" if np.iscomplexobj(leaf) else f"{weight} * {path}"
            terms.append(f"np.sum({factor})" if np.shape(leaf) else factor)
        return " + ".join(terms)


def _held(f: Callable[..., Any], args: tuple[Any, ...], active: list[int]) -> Callable[..., Any]:
    """The function of its differentiated arguments alone."""
    given = ", ".join(f"x{k}" for k in active)
    full = ", ".join(f"x{k}" if k in active else f"held[{k}]" for k in range(len(args)))
    text = f"def of_active({given}):\n    return function({full})\n"
    return written(text, "of_active", {"function": f, "held": args})


def _paths(tree: Any, path: str) -> list[tuple[str, Any]]:
    """What is written to reach each floating-point part of a tree."""
    if isinstance(tree, (list, tuple)):
        return [found for k, item in enumerate(tree) for found in _paths(item, f"{path}[{k}]")]
    if isinstance(tree, dict):
        return [found for key, item in tree.items() for found in _paths(item, f"{path}[{key!r}]")]
    return [(path, tree)] if is_inexact(tree) else []


def _shifted(x: Any, step: Any, direction: Any) -> Any:
    wide = np.result_type(np.asarray(x), np.asarray(step), float)
    moved = np.asarray(x).astype(wide) + step * direction
    return moved if np.shape(x) else moved[()]


def _differences(at: Callable[[Any], list[Any]]) -> list[Any]:
    """Derivatives of all parts of a result along a line, by five points."""
    h = 2e-4
    values = {k: at(k * h) for k in (-2, -1, 1, 2)}
    parts = zip(*(values[k] for k in (-2, -1, 1, 2)), strict=True)
    return [(a - 8 * b + 8 * c - d) / (12 * h) for a, b, c, d in parts]


def _close(a: float, b: float, tolerance: float) -> bool:
    return bool(abs(a - b) <= tolerance * max(1.0, abs(a), abs(b)))


def _worst(have: list[Any], truth: list[Any]) -> tuple[str, Any, Any]:
    """Where two lists of arrays differ most, and the two numbers there."""
    errors = [np.abs(np.asarray(h) - w) for h, w in zip(have, truth, strict=True)]
    errors = [np.where(np.isnan(e), np.inf, e) for e in errors]
    k = int(np.argmax([np.max(e, initial=0.0) for e in errors]))
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(errors[k])), np.shape(errors[k])))
    where = f"entry {index}" if index else "it"
    return (
        f"item {k}, {where}" if len(have) > 1 else where,
        np.asarray(have[k])[index],
        np.asarray(truth[k])[index],
    )
