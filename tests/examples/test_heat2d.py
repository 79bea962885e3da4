"""The heat equation's gradient is right and sharpens a blurred picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import srcgrad
from examples import heat2d


def test_gradient_against_finite_differences() -> None:
    rng = np.random.default_rng(0)
    start, seen = rng.random((6, 7)), rng.random((6, 7))
    before = start.copy()
    value, gradient = srcgrad.value_and_grad(heat2d.misfit)(start, seen, 4, 0.1)
    assert value == heat2d.misfit(start, seen, 4, 0.1)
    np.testing.assert_array_equal(start, before)
    for place in [(0, 0), (0, 3), (2, 2), (3, 5), (5, 6)]:
        shift = np.zeros_like(start)
        shift[place] = 1e-6
        ends = [heat2d.misfit(start + sign * shift, seen, 4, 0.1) for sign in (1.0, -1.0)]
        np.testing.assert_allclose(gradient[place], (ends[0] - ends[1]) / 2e-6, rtol=1e-6, atol=1e-9)


def test_recovered_start_is_much_nearer_to_the_truth() -> None:
    truth = heat2d.hidden_picture(24)
    seen = heat2d.observe(truth, 10, 0.01)
    found = heat2d.recover(seen, 10, max_iterations=60)
    assert np.linalg.norm(found - truth) < 0.5 * np.linalg.norm(seen - truth)


def test_program_runs(tmp_path: Path) -> None:
    picture = tmp_path / "heat.png"
    options = ["--size", "16", "--steps", "4", "--max-iterations", "3", "--output", str(picture)]
    heat2d.main(options)
    assert picture.stat().st_size > 5_000
