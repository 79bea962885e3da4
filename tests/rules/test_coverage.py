"""The coverage of the table does not fall."""

import importlib.util
import sys
from pathlib import Path

import pytest

pytest.importorskip("scipy")

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("coverage_script", ROOT / "scripts" / "coverage.py")
coverage = importlib.util.module_from_spec(spec)
sys.modules["coverage_script"] = coverage
spec.loader.exec_module(coverage)

#: SciPy names with a rule when this was last raised.
SCIPY_COVERED = 147


def test_all_of_numpy():
    assert coverage.missing(coverage.rows(), "numpy") == []


def test_derivative_zero():
    wanted = [r for r in coverage.rows() if r.wanted == "nondiff-passthrough" and r.present]
    assert [r.name for r in wanted if not r.covered] == []


def test_scipy_does_not_fall():
    table = [r for r in coverage.rows() if r.name.startswith("scipy") and r.wanted == "yes"]
    assert sum(r.covered and r.present for r in table) >= SCIPY_COVERED


def test_exceptions_are_still_needed():
    unneeded = [r.name for r in coverage.rows() if r.name in coverage.EXCEPTIONS and r.covered]
    assert unneeded == []


def test_page_is_up_to_date():
    """The page in docs says what the script says (for the names; versions of NumPy differ in the rest)."""
    written = (ROOT / "docs" / "coverage.md").read_text()
    for row in coverage.rows():
        if row.wanted == "yes" and row.rule is not None:
            assert f"`{row.name}`" in written
