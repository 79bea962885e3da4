"""What recorded mode cannot follow is an error that points at the user's line, even if the program catches it."""

from __future__ import annotations

import array
import datetime
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from srcgrad.errors import MissingRuleError, SourceNotFoundError, SrcgradError, UnsupportedError
from tests.differences import Vector
from tests.recorded.check import recorded_gradient

A = np.array([0.3, 0.7, -0.2, 0.5])
_scope: dict[str, Any] = {}
exec("def sourceless(x): return x * x", _scope)
sourceless: Any = _scope["sourceless"]


def without_a_rule(a: Vector) -> Any:
    return np.nextafter(a, 1.0).sum()  # here


def of_another_library(a: Vector) -> Any:
    return datetime.timedelta(seconds=a[0]).total_seconds()  # here


def numbers_as_bytes(a: Vector) -> Any:
    return sum(array.array("d", a))  # here


def bytes_reinterpreted(a: Vector) -> Any:
    return float(a.view(np.int64)[0])  # here


def bytes_of_a_buffer(a: Vector) -> Any:
    return memoryview(a.data)[0]  # here


def strides_set(a: Vector) -> Any:
    y = a * 1.0
    y.strides = (8,)  # here
    return y.sum()


def resized(a: Vector) -> Any:
    y = a * 1.0
    y.resize(2, refcheck=False)  # here
    return y.sum()


def array_of_objects(a: Vector) -> Any:
    return np.array([a[0], None])[0] * 2.0  # here


def no_source(a: Vector) -> Any:
    return sourceless(a[0])  # here


def inside_of_a_library(a: Vector) -> Any:
    return statistics.quantiles([float(x) for x in np.nextafter(a, 2.0)])[0]  # here


def caught(a: Vector) -> Any:
    try:
        y = np.nextafter(a, 1.0)  # here
    except Exception:
        y = a
    return y.sum()


CASES: list[tuple[Callable[[Vector], Any], type[SrcgradError], str]] = [
    (without_a_rule, MissingRuleError, "np.nextafter(a, 1.0)"),
    (of_another_library, MissingRuleError, "datetime.timedelta(seconds=a[0])"),
    (numbers_as_bytes, SrcgradError, "array.array("),
    (bytes_reinterpreted, UnsupportedError, "a.view(np.int64)"),
    (bytes_of_a_buffer, UnsupportedError, "memoryview"),
    (strides_set, UnsupportedError, "y.strides = (8,)"),
    (resized, UnsupportedError, "y.resize("),
    (array_of_objects, UnsupportedError, "np.array("),
    (no_source, SourceNotFoundError, "sourceless(a[0])"),
    (inside_of_a_library, MissingRuleError, "np.nextafter(a, 2.0)"),
    (caught, MissingRuleError, "np.nextafter(a, 1.0)"),
]


@pytest.mark.parametrize(("program", "kind", "marked"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_points_at_the_line(program: Callable[[Vector], Any], kind: type[SrcgradError], marked: str) -> None:
    with pytest.raises(kind) as caught_here:
        recorded_gradient(program, A)
    error = caught_here.value
    assert error.location is not None
    assert error.location.filename == __file__
    assert "# here" in error.location.source_line
    stretch = error.location.source_line[error.location.col_offset : error.location.end_col_offset]
    assert marked in stretch or stretch in marked or marked in error.location.source_line
    assert "^" in str(error)


@pytest.mark.parametrize("program", [case[0] for case in CASES], ids=lambda program: program.__name__)
def test_plain_run_is_not_disturbed(program: Callable[[Vector], Any]) -> None:
    """After a failed recording the program runs as before, and other functions are recorded."""
    with pytest.raises(SrcgradError):
        recorded_gradient(program, A)
    _, (slope,) = recorded_gradient(lambda a: np.sum(a * a), A)
    np.testing.assert_array_equal(slope, 2 * A)


def test_errors_of_the_program_are_its_own() -> None:
    def divides(a: Vector) -> Any:
        return (a[0] * 2.0) / int(a[1] > 5.0)

    def asks_too_much(a: Vector) -> Any:
        return a[7] * 2.0

    with pytest.raises(IndexError):
        recorded_gradient(asks_too_much, A)
    with np.errstate(divide="raise"), pytest.raises((ZeroDivisionError, FloatingPointError)):
        recorded_gradient(divides, A)
