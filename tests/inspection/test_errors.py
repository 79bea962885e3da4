"""The shape of errors, and that each has its page."""

from __future__ import annotations

import ast
import copy
import pickle
from pathlib import Path

import pytest

from srcgrad.errors import Location, SrcgradError, UnsupportedError, error_classes
from srcgrad.inspection import explain
from srcgrad.inspection.cli import main

PAGES = Path(__file__).parents[2] / "docs" / "errors"
SOURCE = "def f(x):\n\tname = 'Zoë'; yield x * x\n"


def yield_location() -> Location:
    function = ast.parse(SOURCE).body[0]
    assert isinstance(function, ast.FunctionDef)
    expression = function.body[1]
    assert isinstance(expression, ast.Expr)
    return Location.from_node(expression.value, "model.py", SOURCE.splitlines())


def test_text_of_an_error() -> None:
    error = UnsupportedError(
        "no generators", location=yield_location(), cause="many results", way_out="return"
    )
    assert str(error).splitlines() == [
        "SG101: no generators",
        "  model.py:2",
        "    name = 'Zoë'; yield x * x",
        "                  ^^^^^^^^^^^",
        "  Why: many results",
        "  Way out: return",
        "  More: srcgrad explain SG101",
    ]


def test_location_over_several_lines_marks_to_the_end_of_the_first() -> None:
    lines = ["y = f(  ", "    1)"]
    location = Location.from_node(ast.parse("\n".join(lines)).body[0], "m.py", lines)
    assert location.render().splitlines()[-1] == "    ^^^^^^"


def test_location_without_source_is_file_and_line() -> None:
    assert Location("m.py", 3).render() == "  m.py:3"
    assert Location.from_node(object(), "m.py").lineno == 1


@pytest.mark.parametrize("cls", error_classes().values())
def test_errors_survive_pickling_and_copying(cls: type[SrcgradError]) -> None:
    error = cls("wrong", location=yield_location(), cause="because", way_out="otherwise")
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(twin) is cls
        assert str(twin) == str(error)
        assert twin.location == error.location


def test_every_class_has_a_code_of_its_own() -> None:
    assert [cls.code for cls in error_classes().values()] == list(error_classes())
    direct = SrcgradError.__subclasses__()
    assert len({cls.code for cls in direct if cls.__module__.startswith("srcgrad")}) == len(
        [cls for cls in direct if cls.__module__.startswith("srcgrad")]
    )


@pytest.mark.parametrize("cls", error_classes().values())
def test_every_error_has_a_page(cls: type[SrcgradError], capsys: pytest.CaptureFixture[str]) -> None:
    text = (PAGES / f"{cls.code}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {cls.code}: ")
    assert cls.__name__ in text
    if cls is not SrcgradError:
        assert "## Way out" in text
    assert explain.page(cls) == text
    assert main(["explain", cls.code]) == 0
    assert capsys.readouterr().out.rstrip() == text.rstrip()


def test_every_page_belongs_to_a_class() -> None:
    assert {path.stem for path in PAGES.glob("SG*.md")} == set(error_classes())
