"""The commands that look into a derivative: what they print, what they write, how they end."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from srcgrad.inspection.cli import _parser, main
from srcgrad.inspection.report import Report

MODEL = """\
import numpy as np

SCALE = 3.0


def helper(x):
    return np.sin(x) * SCALE


def energy(x, A=np.eye(10)):
    total = 0.0
    for k in range(5):
        total = total + helper(x) * k
    return total * np.trace(A)


class Pendulum:
    def __init__(self, length=1.0):
        self.length = length

    def period(self, swing):
        return self.length * (1.0 + swing**2 / 16.0)


def recorded(x):
    made = {}
    made["x"] = x * x
    return made["x"]


def answers(x):
    yield x


def make_inputs():
    return (2.0,)


def make_more():
    return {"x": 0.5, "A": np.ones((3, 3))}


def make_wrong():
    return 1.0
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "module.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("NO_COLOR", "1")
    for name in ("model", "package", "package.module"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], line: str) -> str:
    """What a command prints; it has to end well."""
    assert main(shlex.split(line)) == 0
    return capsys.readouterr().out


def commands() -> list[argparse.ArgumentParser]:
    (choices,) = [a.choices for a in _parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return list(choices.values())


def examples() -> list[str]:
    """All examples of all helps, in order: some read what those before them wrote."""
    return [
        line.strip().removeprefix("srcgrad ")
        for parser in commands()
        for line in (parser.epilog or "").splitlines()
        if line.strip().startswith("srcgrad ")
    ]


def test_every_command_has_an_example() -> None:
    names = {line.split()[0] for line in examples()}
    assert {parser.prog.split()[-1] for parser in commands()} == names
    assert {"show", "explain", "check", "report", "cost", "graph", "dump", "rules", "doctor"} <= names


def test_the_examples_in_the_helps_work(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("SRCGRAD_CACHE_DIR", str(folder / "cache"))
    for line in examples():
        # 'A' of the examples is a matrix of any size.
        assert main(shlex.split(line)) == 0, line
        assert capsys.readouterr().out.strip(), line


@pytest.mark.parametrize("stage", ["source", "core", "sweeps", "final"])
def test_a_stage_is_a_program(folder: Path, capsys, stage: str) -> None:
    text = run(capsys, f"show model.py:energy --stage {stage}")
    compile(text, stage, "exec")
    assert "def energy" in text


def test_interleaved_code_has_the_program_in_its_order(folder: Path, capsys) -> None:
    lines = run(capsys, "show model.py:energy --interleaved").splitlines()
    program = [line[7:] for line in lines if re.match(r"\s*\d+  ", line)]
    assert [line for line in program if line] == [line for line in MODEL.splitlines()[5:14] if line]
    at = next(k for k, line in enumerate(lines) if "helper(x) * k" in line)
    assert lines[at + 1].strip().startswith(">")
    assert any("x_bar += helper_backward" in line and "<" in line for line in lines[at:])


def test_a_line_and_a_variable_are_explained(folder: Path, capsys) -> None:
    text = run(capsys, "explain model.py:energy 13 k --measure")
    assert "Derivatives pass through this line." in text
    assert "t_bar = total_bar * k" in text
    assert "k in energy" in text
    facts = json.loads(run(capsys, "explain model.py:energy total --json"))
    assert "total_bar" in facts["total"]
    assert "recorded as it runs" in run(capsys, "explain model.py:recorded")


def test_cost_is_measured_at_the_inputs_given(folder: Path, capsys) -> None:
    facts = json.loads(run(capsys, "cost model.py:energy --inputs model.py:make_more --json"))
    assert facts["derivative"] > 0.0
    (line,) = [cost for cost in facts["lines"] if cost["place"]["line"] == 13]
    assert line["runs"] == 5
    assert "total = total + helper(x) * k" in run(
        capsys, "cost model.py:energy --inputs model.py:make_inputs"
    )


def test_a_report_is_written_and_compared(folder: Path, capsys) -> None:
    run(capsys, "report model.py:energy -o before.json")
    before = Report.from_json((folder / "before.json").read_text())
    assert before.target == "energy"
    pytest.importorskip("jinja2")
    printed = json.loads(run(capsys, "report model.py:energy --baseline before.json --json -o after.html"))
    assert printed == {"file": "after.html"}
    assert "Before and after" in (folder / "after.html").read_text()
    run(capsys, "report model.py:Pendulum.period --no-measure")
    assert (folder / "period.html").exists()
    data = json.loads(run(capsys, "report model.py:energy --json"))
    assert data["schema"] == "srcgrad.report/1"


def test_graphs_in_three_languages(folder: Path, capsys) -> None:
    run(capsys, "graph model.py:energy -o energy.svg")
    assert ET.fromstring((folder / "energy.svg").read_text()).tag.endswith("svg")
    assert run(capsys, "graph model.py:energy --format dot").startswith("digraph")
    assert run(capsys, "graph model.py:energy --format mermaid").startswith("flowchart")
    assert "np.sin(x) * SCALE" in run(capsys, "graph model.py:energy --function helper --format dot")


def test_a_dumped_module_runs_without_srcgrad(folder: Path, capsys) -> None:
    run(capsys, "dump model.py:energy -o alone.py")
    script = (
        "import sys; sys.modules['srcgrad'] = None\n"
        "import alone, numpy as np\n"
        "print(alone.energy_value_and_grad(2.0, np.eye(2))[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=folder, check=True
    )
    import math

    assert float(done.stdout) == pytest.approx(10 * 3.0 * math.cos(2.0) * 2)


def test_rules_are_listed(capsys) -> None:
    assert "numpy.linalg.solve" in run(capsys, "rules linalg.solve")
    facts = json.loads(run(capsys, "rules numpy.sin --json"))
    assert facts["rules"]["numpy.sin"] == {"kind": "elementwise", "differentiable": ["x"], "view": False}
    assert "left out" in run(capsys, "rules ndarray.resize")


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("explain model.py:energy 99", 2, "its functions and lines: helper 6-7, energy 10-14"),
        ("explain model.py:energy nothing", 2, "has no variable 'nothing'"),
        ("cost model.py:answers", 1, "SG101"),
        ("report model.py:energy --baseline absent.json", 2, "cannot read absent.json"),
        ("report model.py:energy --baseline model.py", 2, "no JSON"),
        ("report model.py:energy --no-measure -o nowhere/x.json", 2, "cannot write"),
        ("graph model.py:recorded", 2, "has no graph"),
        ("graph model.py:energy --function nothing", 2, "its functions are: energy, helper"),
        ("dump model.py:recorded", 2, "recorded"),
        ("cost model.py:energy --inputs model.py:make_wrong", 2, "returned no arguments"),
        ("cost model.py:energy --inputs model.py:energy", 2, "failed"),
        ("show model.py:recorded --stage core", 2, "no stage"),
        ("rules no_such_function", 2, "no rule fits"),
    ],
)
def test_how_commands_end_and_what_they_say(folder: Path, capsys, line: str, code: int, words: str) -> None:
    assert main(shlex.split(line)) == code
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.out == ""
