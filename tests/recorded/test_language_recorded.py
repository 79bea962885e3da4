"""Every program of the language corpus, in recorded mode, against finite differences."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from srcgrad.errors import SrcgradError
from srcgrad.runtime.recorded.recorded_values import Recorded
from srcgrad.transform.recorded import record_vjp
from tests.differences import Vector, assert_close, children, from_vector, gradient_vector, to_vector
from tests.language.all_programs import all_cases
from tests.language.corpus import Case
from tests.language.truth import (
    direction,
    globals_snapshot,
    plain_value,
    quiet,
    same_bits,
    snapshot,
    true_curvature,
    true_gradient,
    true_slope,
)

CASES = all_cases()
SMOOTH = [case for case in CASES if case.smooth and not case.costly]


class Gradient:
    """The gradient of a function by recording, itself open to being recorded."""

    def __init__(self, function: Any, argnums: int | tuple[int, ...] = 0) -> None:
        self.function, self.argnums = function, argnums

    def value_and_grad(self, *args: Any, **kwargs: Any) -> Any:
        chosen = (self.argnums,) if isinstance(self.argnums, int) else self.argnums
        value, pullback = record_vjp(self.function, args, kwargs, frozenset(chosen))
        parts = dict(zip(sorted(chosen), pullback(1.0), strict=True))
        ordered = tuple(parts[index] for index in chosen)
        return value, ordered[0] if isinstance(self.argnums, int) else ordered

    def __srcgrad_recorded__(self, *args: Any, **kwargs: Any) -> Any:
        return self.value_and_grad(*args, **kwargs)[1]

    __call__ = __srcgrad_recorded__


def gradients_of(case: Case, slopes: Any) -> Vector:
    parts = slopes if isinstance(case.argnums, tuple) else (slopes,)
    wrt = case.wrt(case.args)
    return np.concatenate([gradient_vector(a, g) for a, g in zip(wrt, parts, strict=True)] or [np.zeros(0)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_value_and_gradient(case: Case) -> None:
    args, kwargs = case.fresh()
    before, names = snapshot((args, kwargs)), globals_snapshot(case)
    with quiet() as printed_plainly:
        wanted = plain_value(case)
    with quiet() as printed:
        try:
            value, slopes = Gradient(case.function, case.argnums).value_and_grad(*args, **kwargs)
        except SrcgradError:
            if case.may_refuse:
                return
            raise
    assert same_bits(value, wanted), f"value {value!r} ({type(value)}) against {wanted!r} ({type(wanted)})"
    assert snapshot((args, kwargs)) == before, "the caller's data was written"
    assert globals_snapshot(case) == names, "a global was written"
    assert printed.getvalue() == printed_plainly.getvalue()
    assert not isinstance(value, Recorded)
    got = gradients_of(case, slopes)
    if case.costly:
        v = direction(got.size)
        slope = true_slope(case, v)
        assert_close(np.array([got @ v]), np.array([slope.value]), slope.error, rtol=case.rtol)
        return
    truth, error = true_gradient(case)
    assert_close(got, truth, error, rtol=case.rtol)


@pytest.mark.parametrize("case", SMOOTH, ids=lambda case: case.name)
def test_second_order(case: Case) -> None:
    """Gradient of a directional derivative, recorded in a recording."""
    args, kwargs = case.fresh()
    wrt = case.wrt(args)
    size = to_vector(wrt).size
    if not size or any(np.iscomplexobj(leaf) for leaf in leaves(wrt)):
        pytest.skip("nothing to differentiate twice")
    v, w = direction(size), direction(size, 1)
    truth = true_curvature(case, v, w)
    try:
        got = curvature(case, v, w)
    except SrcgradError:
        if case.may_refuse:
            pytest.skip("refused")
        raise
    assert_close(
        np.array([got]), np.array([truth.value]), truth.error, rtol=max(case.rtol, 1e-6), label="curvature"
    )


def leaves(tree: Any) -> Iterator[Any]:
    parts = children(tree)
    if not parts:
        yield tree
    for _, part in parts:
        yield from leaves(part)


def curvature(case: Case, v: Vector, w: Vector) -> float:
    """``w . H v`` by recording the pullback along v, and pulling back once more."""
    args, kwargs = case.fresh()
    wrt = case.wrt(args)
    weights = from_vector(wrt, v, promote=True)
    chosen = (case.argnums,) if isinstance(case.argnums, int) else case.argnums

    def along(*moved: Any) -> Any:
        slopes = Gradient(case.function, chosen)(*case.at(args, moved), **kwargs)
        return contracted(slopes, weights)

    _, pullback = record_vjp(along, wrt, {}, frozenset(range(len(wrt))))
    with quiet():
        slopes = pullback(1.0)
    vector = np.concatenate([gradient_vector(a, g) for a, g in zip(wrt, slopes, strict=True)])
    return float(vector @ w)


def contracted(slopes: Any, weights: Any) -> Any:
    if isinstance(slopes, (tuple, list)):
        return sum((contracted(a, b) for a, b in zip(slopes, weights)), 0.0)
    if isinstance(slopes, dict):
        return sum((contracted(slopes[key], weights[key]) for key in slopes), 0.0)
    if isinstance(slopes, np.ndarray):
        return np.sum(slopes * weights)
    if isinstance(slopes, (float, np.floating)):
        return slopes * weights
    if hasattr(slopes, "__dict__"):
        return sum((contracted(value, getattr(weights, key)) for key, value in vars(slopes).items()), 0.0)
    return 0.0
