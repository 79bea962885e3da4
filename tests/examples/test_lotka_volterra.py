"""The main example: its gradient is right, its fit finds the known parameters, its program runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import srcgrad
from examples import lotka_volterra


def test_record_has_the_published_rows() -> None:
    years, pelts = lotka_volterra.load_pelts()
    assert years.tolist() == list(range(1900, 1921))
    assert pelts[0].tolist() == [30.0, 4.0]
    assert pelts[-1].tolist() == [24.7, 8.6]


def test_gradient_against_finite_differences() -> None:
    years, pelts = (part[:6] for part in lotka_volterra.load_pelts())
    guess = lotka_volterra.first_guess(pelts)
    before = guess.copy(), years.copy(), pelts.copy()

    value, gradient = srcgrad.value_and_grad(lotka_volterra.misfit)(guess, years, pelts)

    expected = lotka_volterra.finite_differences(
        lambda x: lotka_volterra.misfit(x, years, pelts), guess, step=1e-5
    )
    assert value == lotka_volterra.misfit(guess, years, pelts)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)
    for now, then in zip((guess, years, pelts), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_fit_finds_what_textbooks_report() -> None:
    years, pelts = lotka_volterra.load_pelts()
    found = lotka_volterra.fit(years, pelts)
    np.testing.assert_allclose(found.parameters[:4], [0.55, 0.028, 0.80, 0.024], rtol=0.05)
    assert found.misfit < 0.0481


def test_program_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "new folder" / "fit.png"
    lotka_volterra.main(["--output", str(picture), "--max-iterations", "1"])
    printed = capsys.readouterr().out
    assert "def misfit_value_and_grad" in printed
    assert "recorded as it runs" not in printed
    assert "Fitted parameters" in printed
    assert picture.stat().st_size > 10_000
