"""The command ``srcgrad``: what it prints, its exit codes, its JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from srcgrad.inspection.cli import main

MODEL = """\
import numpy as np

print("printed while importing")


def energy(x, A: np.ndarray, n=3):
    return x * A.sum() * n


class Spring:
    def __init__(self, stiffness=2.0):
        self.stiffness = stiffness

    def work(self, length: float):
        return 0.5 * self.stiffness * length**2


class Needy:
    def __init__(self, size):
        self.size = size

    def area(self, side: float):
        return self.size * side


def answers(x):
    yield x


label = "not a function"
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "shown_model.py").write_text(MODEL)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "shown_model", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return str(tmp_path / "shown_model.py")


def test_show_prints_the_generated_code_and_what_was_assumed(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", f"{model}:energy"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("def energy")
    assert "\x1b" not in printed.out
    assert "x: assumed to be a float" in printed.err
    assert "A: assumed to be float64[8]" in printed.err
    assert "printed while importing" in printed.err


def test_show_of_a_method_differentiates_by_the_parameter_after_self(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", f"{model}:Spring.work", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["wrt"] == ["length"]
    assert facts["arguments"][0] == {"name": "self", "type": "Spring", "note": "assumed to be Spring()"}
    assert "length_bar" in facts["generated"]


def test_show_takes_arguments(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--arg", "x=2.5", "--arg", "A=float32[2, 3]", "--wrt", "x, A", "--json"]
    assert main(["show", f"{model}:energy", *given]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [a["type"] for a in facts["arguments"]] == ["float", "float32[2,3]", "int"]
    assert facts["wrt"] == ["x", "A"]
    assert facts["source"].startswith("def energy")
    assert facts["line"] == 6


def test_an_argument_may_be_an_expression_in_names_of_the_module(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", f"{model}:Needy.area", "--arg", "self=Needy(3.0)"]) == 0
    assert "def area" in capsys.readouterr().out


def test_show_in_colour(
    model: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pygments")
    assert main(["show", f"{model}:energy", "--color", "always"]) == 0
    assert "\x1b[" in capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["show", f"{model}:energy"]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "energy"], "does not name a function"),
        (["show", "absent.py:energy"], "there is no file"),
        (["show", "no_such_module_here:energy"], "there is no module"),
        (["show", "{model}:energi"], "did you mean energy?"),
        (["show", "{model}:label"], "not a function but str"),
        (["show", "{model}:Needy.area"], "cannot be made without arguments"),
        (["show", "{model}:energy", "--arg", "y=1.0"], "no parameter 'y'"),
        (["show", "{model}:energy", "--arg", "1.0"], "is not an argument"),
        (["show", "{model}:energy", "--arg", "x=flot64[3]"], "no type 'flot64'"),
        (["show", "{model}:energy", "--arg", "x=absent + 1"], "NameError"),
        (["show", "{model}:energy", "--wrt", "z"], "no parameter 'z'"),
        (["explain", "SG999"], "there is no error code"),
        (["explain", "nonsense"], "there is no error code"),
    ],
)
def test_a_mistake_in_the_command_is_explained(
    arguments: list[str], words: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([part.format(model=model) for part in arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert "Traceback" not in printed.err


def test_a_program_that_cannot_be_differentiated_gives_code_1(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", f"{model}:answers"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("  More: srcgrad explain SG")
    assert main(["show", f"{model}:answers", "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)["error"]
    assert facts["code"].startswith("SG")


def test_a_module_that_fails_to_import(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "broken_model.py").write_text("1 / 0\n")
    assert main(["show", f"{tmp_path / 'broken_model.py'}:f"]) == 2
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert "broken_model" not in sys.modules


def test_check(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["check", f"{model}:energy", "--arg", "x=1.5", "--arg", "A=float64[2,2]"]
    assert main([*arguments, "--order", "2"]) == 0
    printed = capsys.readouterr().out
    assert printed == f"{model}:energy: derivatives up to order 2 agree (rev and fwd)\n"
    assert main([*arguments, "--modes", "rev", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["modes"] == ["rev"]
    assert main([*arguments, "--modes", "sideways"]) == 2


def test_check_names_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wrong_model.py").write_text(
        "import srcgrad\n\n\n@srcgrad.custom_vjp\ndef cube(x):\n    return x**3\n\n\n"
        "cube.defvjp(lambda x: (x**3, x), lambda x, g: (2 * g * x**2,))\n\n\n"
        "def wrong(x):\n    return cube(x)\n"
    )
    assert main(["check", f"{tmp_path / 'wrong_model.py'}:wrong", "--arg", "x=1.5", "--modes", "rev"]) == 1
    assert "the gradient of wrong is wrong in x: it is" in capsys.readouterr().err


def test_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "the derivative of x*x*x at 2 is 12.0" in capsys.readouterr().out
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["numpy"]["good"] is True


def test_runs_as_a_module_and_stops_quietly_when_nobody_reads() -> None:
    command = [sys.executable, "-m", "srcgrad", "explain"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("SG001")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("command", ["show", "check", "explain", "doctor"])
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"  srcgrad {command}" in capsys.readouterr().out
