"""The truth that compiled gradients are held against.

Nothing here knows a derivative rule. A function of any nested arguments is seen as a function of one
real vector (:func:`to_vector`, :func:`from_vector`), and differentiated along a direction by five-point
central differences. The step runs down a ladder until two neighbouring estimates agree; how well they
agree is the error that comes with the answer, so a function that jumps or kinks nearby is found out
(:class:`Unsettled`) rather than believed. :func:`complex_step` is exact to rounding where a program is
analytic, and is used to test the differences themselves.
"""

from __future__ import annotations

import copy
import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

Vector = np.ndarray
LADDER = (2e-2, 5e-3, 1.2e-3, 3e-4, 7e-5)
OPAQUE = (types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.MethodType, type)


class Unsettled(Exception):
    """Differences with different steps do not agree: the function is not smooth here."""


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A derivative and how far it may be off."""

    value: float
    error: float


# --- nested arguments as one vector -----------------------------------------------------------------


def is_inexact(leaf: Any) -> bool:
    """Whether a leaf can carry a derivative: a float or complex, as a Python number, scalar or array."""
    if isinstance(leaf, (float, complex)):
        return True
    return isinstance(leaf, (np.ndarray, np.generic)) and np.issubdtype(leaf.dtype, np.inexact)


def children(tree: Any) -> list[tuple[str, Any]]:
    """The parts of a container, each with what would be written to reach it; empty for a leaf."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return [(f".{name}", getattr(tree, name)) for name in tree._fields]
    if isinstance(tree, (list, tuple)):
        return [(f"[{index}]", part) for index, part in enumerate(tree)]
    if isinstance(tree, Mapping):
        return [(f"[{key!r}]", part) for key, part in tree.items()]
    if isinstance(tree, np.ndarray) and tree.dtype == object:
        return [(f"[{index}]", part) for index, part in enumerate(tree.tolist())]
    if hasattr(tree, "__dict__") and not isinstance(tree, OPAQUE):
        return [(f".{name}", part) for name, part in vars(tree).items()]
    return []


def with_children(tree: Any, parts: Sequence[Any]) -> Any:
    """A container like ``tree`` holding ``parts`` instead."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*parts)
    if isinstance(tree, (list, tuple)):
        return type(tree)(parts)
    if isinstance(tree, Mapping):
        new = copy.copy(tree)
        for key, part in zip(tree, parts, strict=True):
            new[key] = part  # type: ignore[index]
        return new
    new = copy.copy(tree)
    for name, part in zip(vars(tree), parts, strict=True):
        object.__setattr__(new, name, part)
    return new


def has_inexact(tree: Any) -> bool:
    """Whether anything in a nested argument can carry a derivative; an empty array can."""
    return is_inexact(tree) or any(has_inexact(part) for _, part in children(tree))


def leaf_size(leaf: Any) -> int:
    """How many real coordinates a leaf has."""
    if not is_inexact(leaf):
        return 0
    return int(np.size(leaf)) * (2 if np.iscomplexobj(leaf) else 1)


def leaf_vector(leaf: Any) -> Vector:
    """The coordinates of a leaf; a complex number gives its real and its imaginary part."""
    flat = np.ravel(np.asarray(leaf))
    if np.iscomplexobj(flat):
        return np.stack([flat.real, flat.imag], axis=-1).ravel().astype(np.float64)
    return flat.astype(np.float64)


def to_vector(tree: Any) -> Vector:
    """All real coordinates of a nested argument."""
    if is_inexact(tree):
        return leaf_vector(tree)
    parts = [to_vector(part) for _, part in children(tree)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _leaf_from(leaf: Any, values: Vector, promote: bool) -> Any:
    shape = np.shape(leaf)
    if np.iscomplexobj(leaf):
        values = values[0::2] + 1j * values[1::2]
    if isinstance(leaf, (np.ndarray, np.generic)):
        wide = np.result_type(leaf.dtype, values.dtype) if promote else leaf.dtype
        # In the memory order of the leaf, which decides what `ravel` and `reshape` return.
        array = np.empty_like(leaf, dtype=wide)
        array[...] = values.reshape(shape)
        return array if isinstance(leaf, np.ndarray) else array[()]
    return values[0].item()


def from_vector(tree: Any, vector: Vector, *, promote: bool = False) -> Any:
    """A copy of ``tree`` with the coordinates of ``vector``; ``promote`` makes float32 float64."""

    def build(part: Any, start: int) -> tuple[Any, int]:
        if is_inexact(part):
            stop = start + leaf_size(part)
            return _leaf_from(part, vector[start:stop], promote), stop
        inner = []
        for _, child in (below := children(part)):
            made, start = build(child, start)
            inner.append(made)
        return (with_children(part, inner) if below else copy.deepcopy(part)), start

    return build(tree, 0)[0]


# --- differences ---------------------------------------------------------------------------------------


def five_point(f: Callable[[float], float], h: float) -> float:
    """Derivative of ``f`` at 0 with an error of order ``h**4``."""
    return (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)


def five_point_second(f: Callable[[float], float], h: float) -> float:
    """Second derivative of ``f`` at 0 with an error of order ``h**4``."""
    return (16.0 * (f(h) + f(-h)) - (f(2.0 * h) + f(-2.0 * h)) - 30.0 * f(0.0)) / (12.0 * h * h)


def settle(
    rule: Callable[[Callable[[float], float], float], float],
    f: Callable[[float], float],
    scale: float,
    good: float,
    enough: float,
) -> Estimate:
    """Run ``rule`` down the ladder of steps until two neighbours agree to ``good`` (relative).

    Raises :class:`Unsettled` when no two agree to ``enough``.
    """
    best: Estimate | None = None
    previous: float | None = None
    size = 0.0
    for rung in LADDER:
        estimate = float(rule(f, rung * scale))
        size = max(size, abs(estimate)) if best is None else abs(best.value)
        if previous is not None:
            error = abs(estimate - previous)
            if best is None or error < best.error or not np.isfinite(best.error):
                best = Estimate(estimate, error)
            if best.error <= good * max(1.0, size):
                return best
        previous = estimate
    if best is None or not best.error <= enough * max(1.0, abs(best.value)):
        raise Unsettled(f"no two steps agree: best {best}")
    return best


def along(f: Callable[[Vector], float], at: Vector, direction: Vector) -> Callable[[float], float]:
    """``f`` on the line through ``at``, as a function of one number."""
    return lambda t: float(np.real(f(at + t * direction)))


def step_scale(at: Vector, direction: Vector) -> float:
    """The step along ``direction`` that moves no coordinate by more than its own size (or 0.1)."""
    moved = direction != 0.0
    return float(np.min(np.maximum(0.1, np.abs(at[moved])) / np.abs(direction[moved]), initial=10.0))


def derivative(f: Callable[[Vector], float], at: Vector, direction: Vector) -> Estimate:
    """Derivative of ``f`` at ``at`` along ``direction``."""
    line = along(f, at, direction)
    return settle(five_point, line, step_scale(at, direction), good=1e-10, enough=1e-5)


def gradient(f: Callable[[Vector], float], at: Vector) -> tuple[Vector, Vector]:
    """Gradient of ``f`` at ``at`` and the error of each component."""
    estimates = [derivative(f, at, unit) for unit in np.eye(at.size)]
    return np.array([e.value for e in estimates]), np.array([e.error for e in estimates])


def second_derivative(f: Callable[[Vector], float], at: Vector, v: Vector, w: Vector) -> Estimate:
    """``v @ H @ w`` with ``H`` the Hessian of ``f``: a mixed difference, by polarisation."""
    both, apart = (
        settle(five_point_second, along(f, at, d), step_scale(at, d), good=1e-7, enough=1e-4)
        for d in (v + w, v - w)
    )
    return Estimate((both.value - apart.value) / 4.0, (both.error + apart.error) / 4.0)


def has_kink(f: Callable[[float], float], h: float = 1e-4) -> bool:
    """Whether the slopes on the two sides of 0 differ, which central differences alone cannot see."""

    def gap(step: float) -> float:
        return abs(f(step) - 2.0 * f(0.0) + f(-step)) / step

    return gap(h) > 1e-3 and gap(h / 4.0) > gap(h) / 2.0


def complex_step(f: Callable[[Vector], Any], at: Vector) -> Vector:
    """Gradient of an analytic ``f``, exact to rounding."""
    tiny = 1e-30
    steps = [at + 1j * tiny * unit for unit in np.eye(at.size)]
    return np.array([np.imag(f(point)) / tiny for point in steps])


# --- a gradient against its argument ----------------------------------------------------------------


def _child(tree: Any, key: str, gradient_tree: Any, where: str) -> Any:
    """The part of a gradient that belongs to the part ``key`` of its argument."""
    name = key[1:] if key.startswith(".") else None
    if isinstance(tree, (list, tuple)):
        index = [k for k, _ in children(tree)].index(key)
        return gradient_tree[index]
    if name is None:
        entry = [k for k in tree if f"[{k!r}]" == key][0]
        assert entry in gradient_tree, f"{where}: no entry {entry!r}"
        return gradient_tree[entry]
    if isinstance(gradient_tree, Mapping):
        return gradient_tree.get(name)
    return getattr(gradient_tree, name, None)


def _same_container(tree: Any, gradient_tree: Any, where: str) -> None:
    if isinstance(tree, (list, tuple, Mapping)) or dataclasses.is_dataclass(tree):
        assert type(gradient_tree) is type(tree), (
            f"{where}: gradient is a {type(gradient_tree).__name__}, argument a {type(tree).__name__}"
        )
    if isinstance(tree, (list, tuple, Mapping)):
        assert len(gradient_tree) == len(tree), f"{where}: {len(gradient_tree)} parts for {len(tree)}"


def leaf_errors(leaf: Any, slope: Any, where: str) -> Iterator[str]:
    """What is wrong with the kind, shape or dtype of a gradient's leaf."""
    if isinstance(leaf, np.ndarray):
        if not isinstance(slope, np.ndarray):
            yield f"{where}: gradient of an array is a {type(slope).__name__}"
        elif slope.shape != leaf.shape:
            yield f"{where}: gradient has shape {slope.shape}, argument {leaf.shape}"
        elif slope.dtype != leaf.dtype:
            yield f"{where}: gradient has dtype {slope.dtype}, argument {leaf.dtype}"
    elif isinstance(leaf, (np.generic, float, complex)):
        kind = type(leaf)
        if not isinstance(slope, kind):
            yield f"{where}: gradient of a {kind.__name__} is a {type(slope).__name__}"


def gradient_vector(tree: Any, gradient_tree: Any, where: str = "gradient") -> Vector:
    """The coordinates of a gradient, after checking that it has the structure of its argument.

    What has no derivative (an int, a string) may have any gradient. The gradient of a plain object may
    be an object or a mapping with the same attribute names; attributes it lacks count as zero.
    """
    if is_inexact(tree):
        problems = list(leaf_errors(tree, gradient_tree, where))
        assert not problems, problems[0]
        return leaf_vector(gradient_tree)
    if not to_vector(tree).size:
        return np.zeros(0)
    _same_container(tree, gradient_tree, where)
    parts = []
    for key, part in children(tree):
        size = to_vector(part).size
        slope = _child(tree, key, gradient_tree, where) if size else None
        is_object = key.startswith(".") and not isinstance(tree, tuple) and not dataclasses.is_dataclass(tree)
        if size and slope is None and is_object:
            parts.append(np.zeros(size))
        else:
            parts.append(gradient_vector(part, slope, where + key))
    return np.concatenate(parts)


def assert_close(
    got: Vector, wanted: Vector, error: Vector | float, *, rtol: float = 1e-7, label: str = "gradient"
) -> None:
    """Compare with a tolerance relative to the largest component, plus the error of the truth."""
    assert got.shape == wanted.shape, f"{label}: {got.shape} against {wanted.shape}"
    scale = max(1.0, float(np.abs(wanted).max(initial=0.0)))
    allowed = rtol * scale + 10.0 * np.asarray(error)
    wrong = ~(np.abs(got - wanted) <= allowed)
    if wrong.any():
        raise AssertionError(f"{label}: got {got.tolist()}, differences say {wanted.tolist()}")
