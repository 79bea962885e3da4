"""The benchmark programs run in every form and the numbers are written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import srcgrad
from benchmarks.__main__ import main
from benchmarks.peers import installed_peers
from benchmarks.programs import PROGRAMS, Program
from benchmarks.transform_cost import program as straight_program


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_gradients_are_those_of_the_other_packages(program: Program) -> None:
    arguments = program.arguments(min(program.quick_size, 200))
    value, gradient = srcgrad.value_and_grad(program.function)(*arguments)
    assert value == program.function(*arguments)
    for peer in installed_peers():
        function = peer.program(program)
        if function is None:
            continue
        differentiated = peer.value_and_gradient(function)
        their_value, their_gradient = differentiated(*map(peer.convert, arguments))
        np.testing.assert_allclose(float(their_value), value, rtol=1e-10)
        np.testing.assert_allclose(np.asarray(their_gradient), gradient, rtol=1e-8, atol=1e-12)


def test_quick_run_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new" / "numbers.json"
    assert main(["--quick", "--only", "scalar while", "--no-peers", "--json", str(path)]) == 0
    numbers = json.loads(path.read_text())
    assert set(numbers["programs"]) == {"scalar while, arithmetic", "scalar while, pendulum"}
    assert numbers["programs"]["scalar while, pendulum"][0]["ratio"] > 0
    assert "µs a step" in capsys.readouterr().out


def test_straight_program_has_the_length_it_says() -> None:
    function = straight_program(60, "sixty")
    step = 1e-6
    expected = (function(0.7 + step) - function(0.7 - step)) / (2.0 * step)
    assert srcgrad.grad(function)(0.7) == pytest.approx(expected, rel=1e-6)
