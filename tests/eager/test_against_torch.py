"""Each case shows what it shows under PyTorch (recorded in expected.json)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import srcgrad
from tests.eager import all_cases
from tests.eager.observe import differ, observe, plain

CASES = all_cases()
EXPECTED = json.loads((Path(__file__).parent / "expected.json").read_text())


@pytest.mark.parametrize("name", list(CASES))
def test_case(name: str) -> None:
    found = json.loads(json.dumps(observe(srcgrad, CASES[name])))
    difference = differ(EXPECTED[name], found)
    assert difference is None, difference


def test_every_case_is_recorded() -> None:
    assert set(CASES) == set(EXPECTED)
    assert len(CASES) >= 600


def test_nan_is_plain() -> None:
    assert plain(float("nan")) == "nan"
