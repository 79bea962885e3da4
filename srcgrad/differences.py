"""Numbers in trees of lists, tuples and dicts, and derivatives of functions of them by differences.

Nothing here knows a derivative rule: this is what rules are held against.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = [
    "entry_slopes",
    "flat",
    "is_inexact",
    "leaves_of",
    "mapped",
    "narrowed",
    "paired",
    "placed",
    "product",
    "random_cotangents",
    "random_like",
    "rebuilt",
    "slope",
]


def is_inexact(x: Any) -> bool:
    """Whether something is a floating-point number or an array of such."""
    return isinstance(x, float | complex) or getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")


def leaves_of(tree: Any) -> list[Any]:
    """Floating-point numbers and arrays, in order."""
    if isinstance(tree, list | tuple):
        return [leaf for part in tree for leaf in leaves_of(part)]
    if isinstance(tree, dict):
        return leaves_of(list(tree.values()))
    return [tree] if is_inexact(tree) else []


def rebuilt(tree: Any, leaves: Iterator[Any]) -> Any:
    """The tree with other floating-point numbers, everything else as it is."""
    if isinstance(tree, list | tuple):
        parts = [rebuilt(part, leaves) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    if isinstance(tree, dict):
        return {key: rebuilt(part, leaves) for key, part in tree.items()}
    return next(leaves) if is_inexact(tree) else tree


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with a function applied to its floating-point numbers."""
    return rebuilt(tree, iter([function(leaf) for leaf in leaves_of(tree)]))


def narrowed(x: Any) -> Any:
    """In single precision; Python's numbers have no other."""
    return x.astype(np.complex64 if np.iscomplexobj(x) else np.float32) if hasattr(x, "dtype") else x


def random_like(x: Any, rng: np.random.Generator) -> Any:
    """Normal random numbers of the shape and dtype of `x`."""
    value: Any = rng.standard_normal(np.shape(x))
    if np.iscomplexobj(x):
        value = value + 1j * rng.standard_normal(np.shape(x))
    dtype = getattr(x, "dtype", None)
    return value.astype(dtype) if np.shape(x) else value if dtype is None else np.asarray(value, dtype)[()]


def product(a: Any, b: Any) -> float:
    """Real inner product; what is None on the left counts nothing."""
    return float(sum(np.sum(np.real(np.conj(x) * y)) for x, y in zip(a, b, strict=True) if x is not None))


def flat(tree: Any) -> list[Any]:
    """Everything in a tree, in order."""
    return [x for part in tree for x in flat(part)] if isinstance(tree, list | tuple) else [tree]


def placed(tree: Any, values: Iterator[Any]) -> Any:
    """The values in the places of the floating-point numbers of a tree, None in all others."""
    if isinstance(tree, list | tuple):
        return [placed(part, values) for part in tree]
    if isinstance(tree, dict):
        return {key: placed(part, values) for key, part in tree.items()}
    return next(values) if is_inexact(tree) else None


def paired(cotangent: Any, tree: Any) -> list[tuple[Any, Any]]:
    """Each floating-point number of a tree with its part of a cotangent, which may be None for whole branches."""
    if isinstance(tree, list | tuple):
        parts = [None] * len(tree) if cotangent is None else cotangent
        return [pair for part, item in zip(parts, tree, strict=True) for pair in paired(part, item)]
    if isinstance(tree, dict):
        return [pair for key, item in tree.items() for pair in paired(cotangent and cotangent[key], item)]
    return [(cotangent, tree)] if is_inexact(tree) else []


def random_cotangents(tree: Any, rng: np.random.Generator) -> Any:
    """Random numbers in the form of a tree, None for what has no derivative."""
    return placed(tree, iter([random_like(leaf, rng) for leaf in leaves_of(tree)]))


def slope(at: Callable[[Any], list[Any]], unit: Any, g: list[Any]) -> float:
    """Derivative of an inner product along one entry: five points, or a complex step that agrees with them."""
    h = 2e-4
    values = {k: at(k * h * unit) for k in (-2, -1, 1, 2)}
    parts = zip(*(values[k] for k in (-2, -1, 1, 2)), strict=True)
    rough = product(g, [(a - 8 * b + 8 * c - d) / (12 * h) for a, b, c, d in parts])
    if unit != 1.0 or any(np.iscomplexobj(y) for y in values[1]):
        return rough
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an imaginary part that is thrown away on the way
            exact = product(g, [np.imag(y) / 1e-30 for y in at(1e-30j)])
    except Exception:
        return rough
    return exact if abs(exact - rough) <= 1e-6 * max(1.0, abs(rough)) else rough


def entry_slopes(run: Callable[[Any], Any], tree: Any, g: list[Any]) -> list[Any]:
    """Gradient of the inner product of a result with `g`, entry by entry of the numbers in a tree."""
    leaves = leaves_of(tree)
    total = [np.zeros(np.shape(x), complex if np.iscomplexobj(x) else float) for x in leaves]
    for k, leaf in enumerate(leaves):
        for index in np.ndindex(np.shape(leaf)):
            for unit in (1.0, 1j) if np.iscomplexobj(leaf) else (1.0,):

                def at(step: Any, k: int = k, index: Any = index) -> list[Any]:
                    moved = [np.array(x, np.result_type(x, np.asarray(step), float)) for x in leaves]
                    moved[k][index] += step
                    return leaves_of(run(rebuilt(tree, iter([y if np.shape(y) else y[()] for y in moved]))))

                total[k][index] += unit * slope(at, unit, g)
    return total
