"""What a case's value and gradients are, from running the plain function only."""

from __future__ import annotations

import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.differences import (
    Estimate,
    Vector,
    derivative,
    from_vector,
    gradient,
    is_inexact,
    second_derivative,
    to_vector,
)
from tests.language.corpus import Case


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """Catch what a program prints, and silence its warnings."""
    with contextlib.redirect_stdout(io.StringIO()) as text, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            yield text


def plain_value(case: Case) -> Any:
    """The value of the plain function on fresh arguments."""
    args, kwargs = case.fresh()
    return case.function(*args, **kwargs)


def as_vector_function(case: Case) -> tuple[Callable[[Vector], float], Vector]:
    """The case as a function of one vector, and the point: float32 counts as float64 here."""
    point = to_vector(case.wrt(case.args))

    def evaluate(vector: Vector) -> float:
        args, kwargs = case.fresh()
        moved = from_vector(case.wrt(args), vector, promote=True)
        with quiet():
            return float(np.real(case.function(*case.at(args, moved), **kwargs)))

    return evaluate, point


def direction(size: int, seed: int = 0) -> Vector:
    """A fixed random direction of length one."""
    v = np.random.default_rng(seed + 17).normal(size=size)
    return v / np.linalg.norm(v) if size else v


def true_gradient(case: Case) -> tuple[Vector, Vector]:
    """All components by differences, with their errors."""
    evaluate, point = as_vector_function(case)
    return gradient(evaluate, point)


def true_slope(case: Case, v: Vector) -> Estimate:
    """The derivative along one direction: for costly cases."""
    evaluate, point = as_vector_function(case)
    return derivative(evaluate, point, v)


def true_curvature(case: Case, v: Vector, w: Vector) -> Estimate:
    """The mixed second derivative along two directions."""
    evaluate, point = as_vector_function(case)
    return second_derivative(evaluate, point, v, w)


def snapshot(value: Any, depth: int = 6) -> Any:
    """A value that compares equal only while every bit of ``value`` stays as it is."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes() if value.dtype != object else repr(value))
    if is_inexact(value):
        return (type(value).__name__, np.asarray(value).tobytes())
    if depth and isinstance(value, (list, tuple)):
        return (type(value).__name__, tuple(snapshot(part, depth - 1) for part in value))
    if depth and isinstance(value, dict):
        return ("dict", tuple((key, snapshot(part, depth - 1)) for key, part in value.items()))
    # Objects of the programs' own classes; a logger or a module may change as it likes.
    if depth and hasattr(value, "__dict__") and type(value).__module__.startswith("tests."):
        return (type(value).__name__, snapshot(dict(vars(value)), depth - 1))
    if isinstance(value, (int, str, bytes, type(None))):
        return value
    return id(value)


def globals_snapshot(case: Case) -> dict[str, Any]:
    """The module a program lives in, so that a write to a global is seen."""
    return {key: snapshot(value, 5) for key, value in case.function.__globals__.items() if key[:2] != "__"}


def same_bits(got: Any, wanted: Any) -> bool:
    """Whether two results are the same type with the same bits."""
    return type(got) is type(wanted) and snapshot(got) == snapshot(wanted)


def deep(args: Any) -> Any:
    """A copy that keeps which arguments are the same object."""
    return copy.deepcopy(args)
