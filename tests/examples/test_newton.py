"""Derivatives through a Newton iteration agree with the implicit function theorem."""

from __future__ import annotations

import pytest

import srcgrad
from examples import newton


@pytest.mark.parametrize("mean_anomaly", [0.3, 1.0, 2.5])
def test_first_derivative_agrees_with_calculus(mean_anomaly: float) -> None:
    for _, ours, expected, _ in newton.derivatives(mean_anomaly).values():
        assert ours == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("eccentricity", newton.ORBITS.values())
def test_second_derivative_agrees_with_differences_of_the_first(eccentricity: float) -> None:
    slope = srcgrad.grad(newton.distance)
    step = 1e-6
    expected = (slope(eccentricity + step, 1.0) - slope(eccentricity - step, 1.0)) / (2.0 * step)
    assert srcgrad.grad(slope)(eccentricity, 1.0) == pytest.approx(expected, rel=1e-6)


def test_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    newton.main([])
    printed = capsys.readouterr().out
    assert "Mercury" in printed
    assert "while" in printed
