"""The network's gradient has the shape of its weights, is right, and trains."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad
from examples import mlp


def test_gradient_has_the_structure_of_the_layers() -> None:
    images, _, digits, _ = mlp.load()
    images, digits = images[:20], digits[:20]
    layers = mlp.new_layers([64, 5, 4, 10])
    _, gradients = srcgrad.value_and_grad(mlp.loss)(layers, images, digits)
    assert isinstance(gradients, list)
    for layer, gradient in zip(layers, gradients, strict=True):
        assert isinstance(gradient, tuple)
        for array, slope in zip(layer, gradient, strict=True):
            assert array.shape == slope.shape
            place = np.unravel_index(np.argmax(abs(slope)), slope.shape)
            saved, ends = array[place], []
            for step in (1e-6, -1e-6):
                array[place] = saved + step
                ends.append(mlp.loss(layers, images, digits))
            array[place] = saved
            assert slope[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5)


def test_training_reads_most_digits() -> None:
    train_images, test_images, train_digits, test_digits = mlp.load()
    layers = mlp.train(mlp.new_layers([64, 24, 10]), train_images, train_digits, epochs=3)
    assert mlp.accuracy(layers, test_images, test_digits) > 0.9


def test_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    mlp.main(["--hidden", "8", "--epochs", "1"])
    assert "after:" in capsys.readouterr().out
