"""The programs behind the tables of ``docs/language.md`` have the derivatives that differences say."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests.differences import from_vector, gradient_vector, to_vector
from tests.docs.test_generated_code import SCRIPT

PROGRAMS = [entry for entry in SCRIPT.constructs().PROGRAMS if entry[0] != "refused"]


@pytest.mark.parametrize(("text", "function", "arguments"), [entry[1:] for entry in PROGRAMS])
def test_derivative(text: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    first, *rest = arguments
    place = to_vector(first)

    def value(vector: np.ndarray) -> float:
        return float(function(from_vector(copy.deepcopy(first), vector), *copy.deepcopy(rest)))

    expected = np.array(
        [(value(place + shift) - value(place - shift)) / 2e-6 for shift in 1e-6 * np.eye(len(place))]
    )
    passed = copy.deepcopy(first)
    result, gradient = srcgrad.value_and_grad(function)(passed, *rest)
    assert result == function(*copy.deepcopy(arguments))
    assert repr(passed) == repr(first), "the caller's data was written"
    np.testing.assert_allclose(gradient_vector(first, gradient), expected, rtol=1e-6, atol=1e-7)


def test_every_section_has_its_table() -> None:
    page = (SCRIPT.ROOT / "docs" / "language.md").read_text()
    sections = {section for section, *_ in SCRIPT.constructs().PROGRAMS}
    assert all(f"<!-- constructs: {section} -->" in page for section in sections)
    names = [function.__name__ for _, _, function, _ in SCRIPT.constructs().PROGRAMS]
    assert len(set(names)) == len(names)
    assert all(inspect.isfunction(function) for _, _, function, _ in SCRIPT.constructs().PROGRAMS)
