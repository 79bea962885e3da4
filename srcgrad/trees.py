"""Nested values as a row of their floating-point leaves: for Jacobians, whose blocks belong to pairs of leaves."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.errors import InputTypeError
from srcgrad.runtime.sweeps import attributes_of

__all__ = [
    "column_leaves",
    "leaves",
    "mapped",
    "refuse_complex",
    "size_of",
    "tangent_leaves",
    "unit",
    "units",
]


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
    if isinstance(tree, np.ndarray) and tree.dtype == object:
        parts = np.empty(tree.shape, dtype=object)
        for index in np.ndindex(tree.shape):
            parts[index] = mapped(function, tree[index])
        return parts
    attributes = attributes_of(tree)
    if not attributes:
        return None
    made = copy.copy(tree)
    for name, part in attributes.items():
        object.__setattr__(made, name, mapped(function, part))
    return made


def leaves(tree: Any) -> list[Any]:
    """The floating-point leaves of a tree, in order."""
    found: list[Any] = []
    mapped(found.append, tree)
    return found


def size_of(tree: Any) -> int:
    """How many floating-point numbers a tree holds."""
    return sum(np.size(leaf) for leaf in leaves(tree))


def unit(trees: list[Any], position: int) -> list[Any]:
    """One unit vector of the space of some trees, as trees of the same structure."""
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


def units(trees: list[Any], positions: range) -> list[Any]:
    """Several unit vectors along a last axis."""
    start = 0

    def made(leaf: Any) -> Any:
        nonlocal start
        size = np.size(leaf)
        result = np.zeros((size, len(positions)), np.result_type(leaf))
        for column, position in enumerate(positions):
            if start <= position < start + size:
                result[position - start, column] = 1.0
        start += size
        return np.reshape(result, (*np.shape(leaf), len(positions)))

    return [mapped(made, tree) for tree in trees]


def tangent_leaves(tangent: Any, tree: Any) -> list[Any]:
    """The leaves of a tangent, zeros where it has none; the tree says what they are, and may be a plain copy."""
    if is_leaf(tree):
        return [np.zeros_like(tree) if tangent is None else tangent]
    return [leaf for dot, part in pairs_of(tangent, tree) for leaf in tangent_leaves(dot, part)]


def pairs_of(tangents: Any, tree: Any) -> list[tuple[Any, Any]]:
    """The parts of a tree with their tangents."""
    if isinstance(tree, dict):
        return [(None if tangents is None else tangents[key], part) for key, part in tree.items()]
    if isinstance(tree, (list, tuple)):
        return [(None if tangents is None else tangents[k], part) for k, part in enumerate(tree)]
    attributes = attributes_of(tree) or {}
    return [(getattr(tangents, name, None), part) for name, part in attributes.items()]


def column_leaves(tangents: Any, tree: Any, columns: int) -> list[Any]:
    """The leaves of tangents with a last axis for many directions, in the shapes of the tree's leaves and that axis."""
    if is_leaf(tree):
        shape = (*np.shape(tree), columns)
        if tangents is None:
            return [np.zeros(shape, np.result_type(tree))]
        return [np.broadcast_to(tangents, shape).astype(np.result_type(tree), copy=False)]
    return [leaf for dots, part in pairs_of(tangents, tree) for leaf in column_leaves(dots, part, columns)]


def refuse_complex(trees: list[Any], function: str) -> None:
    """Raise if there are complex numbers: a Jacobian of real partial derivatives does not exist for these."""
    if any(np.iscomplexobj(leaf) for leaf in leaves(trees)):
        raise InputTypeError(
            f"{function} has complex arguments, and a Jacobian is one of real numbers",
            way_out="use srcgrad.jvp or srcgrad.vjp, or differentiate by real and imaginary part",
        )
