"""The checks themselves: the truth passes, anything else is caught."""

import copy
from typing import Any

import pytest

from tests.differences import from_vector, gradient
from tests.fuzz.check import PASSED, Subject, check
from tests.fuzz.generate import Program, from_seed

TEXT = """
import numpy as np


def f(x, a):
    a[0] *= x
    return np.sum(a * a)
"""


def program() -> Program:
    import numpy as np

    return Program(TEXT, (0.5, np.array([0.25, -0.75])))


def by_differences(f: Any, argnums: Any) -> Any:
    def both(*args: Any) -> Any:
        subject = Subject.__new__(Subject)
        subject.args, subject.f = args, f
        slopes, _ = gradient(subject.run, subject_point(args))
        return f(*copy.deepcopy(args)), from_vector(args, slopes)

    return both


def subject_point(args: Any) -> Any:
    from tests.differences import to_vector

    return to_vector(args)


def test_the_truth_passes() -> None:
    assert check(program(), by_differences) == PASSED


@pytest.mark.parametrize("seed", range(40))
def test_the_truth_passes_on_random_programs(seed: int) -> None:
    assert not check(from_seed(seed), by_differences).failed


def scaled(f: Any, argnums: Any) -> Any:
    def both(*args: Any) -> Any:
        value, slopes = by_differences(f, argnums)(*args)
        return value, (slopes[0] * 1.0001, *slopes[1:])

    return both


def other_value(f: Any, argnums: Any) -> Any:
    def both(*args: Any) -> Any:
        value, slopes = by_differences(f, argnums)(*args)
        return value * (1.0 + 1e-15), slopes

    return both


def writing(f: Any, argnums: Any) -> Any:
    def both(*args: Any) -> Any:
        result = by_differences(f, argnums)(*args)
        args[1][1] += 1e-14
        return result

    return both


def other_shape(f: Any, argnums: Any) -> Any:
    def both(*args: Any) -> Any:
        value, slopes = by_differences(f, argnums)(*args)
        return value, (slopes[0], slopes[1][:1])

    return both


def endless(f: Any, argnums: Any) -> Any:
    def both(*args: Any) -> Any:
        while True:
            pass

    return both


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (scaled, "gradient"),
        (other_value, "value"),
        (writing, "writes"),
        (other_shape, "structure"),
        (endless, "hangs"),
    ],
)
def test_what_is_wrong_is_caught(way: Any, kind: str) -> None:
    assert check(program(), way, seconds=0.5).kind == kind
