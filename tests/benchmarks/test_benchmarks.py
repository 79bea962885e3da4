"""The benchmark kernels are differentiated as they stand, agree with the other packages, and the numbers are written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import srcgrad
from benchmarks.__main__ import main
from benchmarks.kernels import KERNELS
from benchmarks.kernels.kernel import Kernel
from benchmarks.measure import measure
from benchmarks.peers import NAMES, make_peer
from benchmarks.transform_cost import program as straight_program

PEERS = [peer for name in NAMES if name != "srcgrad-jit" and (peer := make_peer(name)) is not None]
BY_NAME = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)


def smaller(kernel: Kernel) -> int:
    return min(kernel.quick_size, 300)


@BY_NAME
def test_gradient_along_a_direction(kernel: Kernel) -> None:
    arguments = kernel.inputs(smaller(kernel))
    gradient = srcgrad.grad(kernel.function, argnums=kernel.wrt)
    parts = gradient(*arguments)
    assert not gradient.source.startswith("# recorded")
    rng = np.random.default_rng(5)
    slope, plus, minus = 0.0, list(arguments), list(arguments)
    for k, part in zip(kernel.wrt, parts, strict=True):
        direction = rng.standard_normal(np.shape(arguments[k]))
        slope += float(np.sum(part * direction))
        plus[k], minus[k] = arguments[k] + 1e-6 * direction, arguments[k] - 1e-6 * direction
    expected = (kernel.function(*plus) - kernel.function(*minus)) / 2e-6
    assert slope == pytest.approx(float(expected), rel=2e-5, abs=1e-5)


@BY_NAME
def test_all_gradients_agree(kernel: Kernel) -> None:
    made = measure(kernel, PEERS, smaller(kernel), 0.0)
    assert {timing.peer for timing in made.timings} | set(made.missing) == {peer.name for peer in PEERS}
    assert set(made.missing.values()) <= {"not written"}


@BY_NAME
def test_arguments_stay_as_they_are(kernel: Kernel) -> None:
    arguments = kernel.inputs(smaller(kernel))
    before = [np.copy(value) for value in arguments]
    kernel.function(*arguments)
    for value, old in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(value, old)


def test_quick_run_writes_numbers_and_a_plot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, picture = tmp_path / "new" / "numbers.json", tmp_path / "ratios.png"
    given = [
        "--quick",
        "--only",
        "scalars",
        "--peers",
        "srcgrad,hand",
        "--json",
        str(path),
        "--plot",
        str(picture),
    ]
    assert main(given) == 0
    rows = {row["kernel"]: row for row in json.loads(path.read_text())["kernels"]}
    assert {"logistic", "newton", "recursion"} <= set(rows)
    assert [timing["peer"] for timing in rows["pendulum"]["timings"]] == ["srcgrad", "by hand"]
    assert rows["newton"]["missing"] == {"by hand": "not written"}
    assert picture.stat().st_size > 1_000
    assert "geometric mean" in capsys.readouterr().out


def test_growth_in_memory(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "growth.json"
    assert main(["--growth", "--quick", "--json", str(path)]) == 0
    series = {one["name"]: one["points"] for one in json.loads(path.read_text())["growth"]}
    plain, kept = series["heat on a rod of 1,000"][-1], series["the same, ten checkpoints"][-1]
    assert kept["memory"] < 0.5 * plain["memory"]


def test_straight_program_has_the_length_it_says() -> None:
    function = straight_program(60, "sixty")
    step = 1e-6
    expected = (function(0.7 + step) - function(0.7 - step)) / (2.0 * step)
    assert srcgrad.grad(function)(0.7) == pytest.approx(expected, rel=1e-6)
