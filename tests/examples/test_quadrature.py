"""Derivatives through a recursive quadrature agree with elliptic integrals."""

from __future__ import annotations

import math

import pytest

import srcgrad
from examples import quadrature


@pytest.mark.parametrize("degrees", [2.0, 20.0, 60.0, 120.0, 170.0])
def test_derivative_of_the_period(degrees: float) -> None:
    swing = math.radians(degrees)
    assert srcgrad.grad(quadrature.period)(swing) == pytest.approx(quadrature.by_textbook(swing), rel=1e-7)


def test_derivative_by_the_length_is_known_exactly() -> None:
    # The period grows with the square root of the length.
    swing, length = 1.0, 0.994
    ours = srcgrad.grad(quadrature.period, argnums=1)(swing, length)
    assert ours == pytest.approx(quadrature.period(swing, length) / (2.0 * length), rel=1e-12)


def test_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    quadrature.main(["--degrees", "30"])
    assert "pendulum" in capsys.readouterr().out
