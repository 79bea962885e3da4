"""Every program against finite differences, through the public functions only."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.differences import (
    Vector,
    assert_close,
    children,
    from_vector,
    gradient_vector,
    is_inexact,
    to_vector,
)
from tests.language.all_programs import all_cases
from tests.language.corpus import Case
from tests.language.truth import (
    deep,
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

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)

CASES = all_cases()
SMOOTH = [case for case in CASES if case.smooth and not case.costly]


def gradients_of(case: Case, slopes: Any) -> Vector:
    """The coordinates of what ``grad`` returned, after checking structure, shape and dtype."""
    parts = slopes if isinstance(case.argnums, tuple) else (slopes,)
    wrt = case.wrt(case.args)
    assert isinstance(slopes, tuple) or not isinstance(case.argnums, tuple)
    assert len(parts) == len(wrt)
    return np.concatenate([gradient_vector(a, g) for a, g in zip(wrt, parts, strict=True)] or [np.zeros(0)])


@contextlib.contextmanager
def refusals_allowed(case: Case) -> Iterator[None]:
    """Skip where a program that may be refused is."""
    from srcgrad.errors import SrcgradError

    try:
        yield
    except SrcgradError as refusal:
        if not case.may_refuse:
            raise
        pytest.skip(f"refused: {str(refusal).splitlines()[0]}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_value_and_gradient(case: Case) -> None:
    args, kwargs = case.fresh()
    before, names = snapshot((args, kwargs)), globals_snapshot(case)
    with quiet() as printed_plainly:
        wanted = plain_value(case)
    with quiet() as printed, refusals_allowed(case):
        value, slopes = srcgrad.value_and_grad(case.function, case.argnums)(*args, **kwargs)
    assert same_bits(value, wanted), f"value {value!r} ({type(value)}) against {wanted!r} ({type(wanted)})"
    assert snapshot((args, kwargs)) == before, "the caller's data was written"
    assert globals_snapshot(case) == names, "a global was written"
    assert printed.getvalue() == printed_plainly.getvalue()
    got = gradients_of(case, slopes)
    if case.costly:
        v = direction(got.size)
        slope = true_slope(case, v)
        assert_close(np.array([got @ v]), np.array([slope.value]), slope.error, rtol=case.rtol)
        return
    truth, error = true_gradient(case)
    assert_close(got, truth, error, rtol=case.rtol)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_grad_and_vjp_say_the_same(case: Case) -> None:
    """``grad`` alone may skip the value, and ``vjp`` scales: neither may change a result."""
    if case.costly:
        pytest.skip("once is enough")
    args, kwargs = case.fresh()
    before = snapshot((args, kwargs))
    with quiet(), refusals_allowed(case):
        _, both = srcgrad.value_and_grad(case.function, case.argnums)(*args, **kwargs)
        alone = srcgrad.grad(case.function, case.argnums)(*args, **kwargs)
    first, second = gradients_of(case, both), gradients_of(case, alone)
    np.testing.assert_array_equal(first, second)
    assert snapshot((args, kwargs)) == before
    if kwargs or not isinstance(case.argnums, int) or len(args) != 1 or has_complex(args):
        return
    with quiet(), refusals_allowed(case):
        value, pullback = srcgrad.vjp(case.function, *args)
        (scaled,) = pullback(type(value)(2.0) if isinstance(value, np.generic) else 2.0)
    assert_close(gradients_of(case, scaled), 2.0 * first, 0.0, rtol=max(case.rtol, 1e-12), label="vjp")


def second_order_along(case: Case, v: Vector) -> Any:
    """The derivative along ``v``, by the compiled gradient, as a program to differentiate again."""
    first = srcgrad.grad(case.function, case.argnums)
    single = not isinstance(case.argnums, tuple)
    wrt = case.wrt(case.args)
    seeds = from_vector(wrt, v)
    if single and isinstance(wrt[0], float):
        return first, True
    if not all(isinstance(part, (float, np.ndarray)) for part in wrt):
        return None, False

    def slope(*args: Any, **kwargs: Any) -> Any:
        slopes = first(*args, **kwargs)
        if single:
            return np.sum(slopes * seeds[0])
        total = 0.0
        for k in range(len(seeds)):
            total = total + np.sum(slopes[k] * seeds[k])
        return total

    return slope, False


def has_complex(tree: Any) -> bool:
    """Whether a nested argument holds complex numbers, which need more than one direction."""
    if is_inexact(tree):
        return np.iscomplexobj(tree)
    return any(has_complex(part) for _, part in children(tree))


@pytest.mark.parametrize("case", SMOOTH, ids=lambda case: case.name)
def test_second_order(case: Case) -> None:
    """``grad(grad(f))``, or the gradient of a derivative along a direction."""
    size = to_vector(case.wrt(case.args)).size
    if not size or has_complex(case.args):
        pytest.skip("no second order asked for here")
    v, w = direction(size), direction(size, 1)
    program, scalar = second_order_along(case, v)
    if program is None:
        pytest.skip("structured argument: first order only")
    args, kwargs = case.fresh()
    before = snapshot((args, kwargs))
    with quiet(), refusals_allowed(case):
        slopes = srcgrad.grad(program, case.argnums)(*deep(args), **kwargs)
    got = gradients_of(case, slopes)
    second = float(got @ w) * (float(v[0]) if scalar else 1.0)
    truth = true_curvature(case, v, w)
    assert_close(np.array([second]), np.array([truth.value]), truth.error, rtol=1e-5, label="second order")
    assert snapshot((args, kwargs)) == before
