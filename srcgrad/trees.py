"""Nested values as a row of their floating-point leaves: for Jacobians, whose blocks belong to pairs of leaves."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from srcgrad.errors import InputTypeError

__all__ = ["basis", "leaves", "mapped", "size_of"]


def is_leaf(value: Any) -> bool:
    """Whether a value is a floating-point number or an array of these."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fc"
    return isinstance(value, (float, complex, np.inexact))


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with every floating-point leaf replaced; None stands where there is no derivative."""
    if is_leaf(tree):
        return function(tree)
    if isinstance(tree, dict):
        return {key: mapped(function, part) for key, part in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(mapped(function, part) for part in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(mapped(function, part) for part in tree)
    if hasattr(tree, "__dict__") and not isinstance(tree, type) and not callable(tree):
        made = copy.copy(tree)
        for name, part in vars(tree).items():
            object.__setattr__(made, name, mapped(function, part))
        return made
    return None


def leaves(tree: Any) -> list[Any]:
    """The floating-point leaves of a tree, in order."""
    found: list[Any] = []
    mapped(found.append, tree)
    return found


def size_of(tree: Any) -> int:
    """How many floating-point numbers a tree holds."""
    return sum(np.size(leaf) for leaf in leaves(tree))


def basis(trees: list[Any]) -> Iterator[list[Any]]:
    """The unit vectors of the space of some trees, each as trees of the same structure."""
    for position in range(size_of(trees)):
        yield unit(trees, position)


def unit(trees: list[Any], position: int) -> list[Any]:
    """One unit vector."""
    start = 0

    def made(leaf: Any) -> Any:
        nonlocal start
        here, start = position - start, start + np.size(leaf)
        if not isinstance(leaf, np.ndarray):
            return type(leaf)(1.0 if here == 0 else 0.0)
        result = np.zeros_like(leaf)
        if 0 <= here < leaf.size:
            result[np.unravel_index(here, leaf.shape)] = 1.0
        return result

    return [mapped(made, tree) for tree in trees]


def refuse_complex(trees: list[Any], function: str) -> None:
    """Raise if there are complex numbers: a Jacobian of real partial derivatives does not exist for these."""
    if any(np.iscomplexobj(leaf) for leaf in leaves(trees)):
        raise InputTypeError(
            f"{function} has complex arguments, and a Jacobian is one of real numbers",
            way_out="use srcgrad.jvp or srcgrad.vjp, or differentiate by real and imaginary part",
        )
