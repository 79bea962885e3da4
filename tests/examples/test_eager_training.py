"""The models trained with eager tensors learn what they are to learn."""

from __future__ import annotations

import numpy as np
import pytest

from examples import eager_training


def test_models_of_tumours() -> None:
    x, target = eager_training.cancer_data()
    assert eager_training.logistic_regression(x, target) > 0.97
    assert eager_training.perceptron(x, target, epochs=8) > 0.96


def test_recurrent_net_learns_sequences_of_differing_lengths() -> None:
    before, after = eager_training.recurrent(150)
    assert after < 0.5 * before


def test_newton_finds_the_minimum() -> None:
    point, value = eager_training.newton(40)
    assert value < 1e-12
    np.testing.assert_allclose(point.numpy(), 1.0, atol=1e-5)


def test_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    eager_training.main(["--epochs", "1", "--steps", "60"])
    assert "right" in capsys.readouterr().out
