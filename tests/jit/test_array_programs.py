"""Array programs: as loops in plain Python, and as machine code, they give what NumPy gives."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.transform.loops.lower import leaves, lower
from srcgrad.transform.loops.program import module_of
from srcgrad.transform.unparse import unparse
from tests.jit.programs import PROGRAMS

pytest.importorskip("numba")


def flat(result: Any) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in leaves(result)])


def lowered(gradient: Any, arguments: tuple[Any, ...]) -> tuple[str, Callable[..., Any]]:
    """The loops for a gradient that has been called, as text and as a function of Python."""
    module = module_of(gradient._latest.compiled)
    made = lower(module.entry, module.names, (*arguments, 1.0))
    text, _ = unparse(made.function)
    scope = dict(made.names)
    exec(text, scope)
    return text, scope[made.function.name]


@pytest.mark.parametrize(("f", "args", "argnums"), PROGRAMS, ids=lambda value: getattr(value, "__name__", ""))
def test_loops_give_what_numpy_gives(f: Callable[..., Any], args: tuple[Any, ...], argnums: Any) -> None:
    gradient = srcgrad.value_and_grad(f, argnums)
    wanted = gradient(*args)
    _, function = lowered(gradient, args)
    found = function(*(leaf for value in (*args, 1.0) for leaf in leaves(value)))
    np.testing.assert_allclose(flat(found), flat(wanted), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("f", "args", "argnums"), PROGRAMS, ids=lambda value: getattr(value, "__name__", ""))
def test_machine_code_gives_what_numpy_gives(
    f: Callable[..., Any], args: tuple[Any, ...], argnums: Any
) -> None:
    wanted = srcgrad.value_and_grad(f, argnums)(*args)
    gradient = srcgrad.value_and_grad(f, argnums, jit=True)
    found = gradient(*args)
    assert type(found[1]) is type(wanted[1])
    np.testing.assert_allclose(flat(found), flat(wanted), rtol=1e-12, atol=1e-14)
    assert "for e in range" in gradient.source or "np.dot" in gradient.source


def test_temporaries_are_scalars_and_tapes_are_arrays() -> None:
    f, args, argnums = PROGRAMS[0]
    gradient = srcgrad.grad(f, argnums)
    gradient(*args)
    text, _ = lowered(gradient, args)
    assert "lap_tape = np.empty((max(steps, 0), u.shape[0] - 2), np.float64)" in text
    assert "append" not in text
    assert text.count("for e in range") == 6  # copy, two forwards, seed, two backwards


def test_code_is_made_for_which_lengths_are_equal() -> None:
    slope = srcgrad.grad(lambda x, y: np.sum(x[: y.shape[0]] * y), jit=True)
    np.testing.assert_array_equal(slope(np.ones(3), np.full(3, 2.0)), [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(slope(np.ones(4), np.full(3, 2.0)), [2.0, 2.0, 2.0, 0.0])
    np.testing.assert_array_equal(slope(np.ones(4), np.full(1, 2.0)), [2.0, 0.0, 0.0, 0.0])
    with pytest.raises(ValueError):
        slope(np.ones(2), np.full(3, 2.0))


def test_what_does_not_fit_a_machine_word_is_right_all_the_same() -> None:
    def f(x, n):
        k = n**7 % 1000003
        return x * k

    big = 123456789
    assert srcgrad.grad(f, jit=True)(1.0, big) == float(big**7 % 1000003)


def test_division_by_zero_raises_as_in_python() -> None:
    slope = srcgrad.grad(lambda x, y: x / y, jit=True)
    assert slope(1.0, 2.0) == 0.5
    with pytest.raises(ZeroDivisionError):
        slope(1.0, 0.0)


def test_arguments_are_not_written() -> None:
    f, args, argnums = PROGRAMS[1]
    before = [np.copy(a) for a in args]
    srcgrad.grad(f, argnums, jit=True)(*args)
    for now, then in zip(args, before, strict=True):
        np.testing.assert_array_equal(now, then)
