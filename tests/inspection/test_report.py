"""The report object: what it says of variables and lines is what the compiler did."""

from __future__ import annotations

import inspect
import json

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError
from srcgrad.inspection.report import Place, Report
from tests.golden.golden import NAMES, generated
from tests.inspection import programs
from tests.language.all_programs import case_named
from tests.language.truth import quiet

HEAT = (np.linspace(0.0, 1.0, 500) ** 2, 12)


def line_of(program, text: str) -> int:
    """Number of the line of a program that has a text in it."""
    lines, first = inspect.getsourcelines(program)
    return next(first + k for k, line in enumerate(lines) if text in line)


def facts(report: Report, name: str, function: str = "") -> dict[str, object]:
    """Of one variable: how each of its values, and each expression of it, gets to the reverse sweep."""
    (found,) = [v for v in report.variables if v.name == name and v.function.startswith(function)]
    return {fate.what: fate.how for fate in found.fates}


def test_a_variable_of_a_loop_is_on_a_tape() -> None:
    report = srcgrad.inspect(programs.root, 2.0)
    assert report.how == "generated"
    assert report.wrt == ("a",)
    assert facts(report, "x") == {"x": "tape", "a / x": "again"}
    assert facts(report, "a") == {"a": "stays"}
    (control,) = report.controls
    assert (control.holder, control.place.line) == ("x_tape", line_of(programs.root, "while"))


def test_code_is_what_runs() -> None:
    report = srcgrad.inspect(programs.calls, 0.3, 4)
    assert report.code == srcgrad.grad(programs.calls).source_for(0.3, 4)


def test_lines_map_both_ways() -> None:
    report = srcgrad.inspect(programs.root, 2.0)
    lines = report.code.splitlines()
    (place,) = report.places(line_of(programs.root, "0.5"))
    for number in report.generated_lines(place, "reverse"):
        assert report.source_line(number) == place
    assert [lines[k - 1].strip() for k in report.generated_lines(place, "forward")] == [
        "x_tape.append(x)",
        "x = 0.5 * (x + a / x)",
    ]
    assert any("x_tape.pop()" in lines[k - 1] for k in report.generated_lines(place, "reverse"))


@pytest.mark.parametrize("program", [programs.root, programs.calls, programs.heat, programs.aliases])
def test_every_line_of_reverse_code_has_its_place(program) -> None:
    arguments = {programs.root: (2.0,), programs.calls: (0.3, 3), programs.heat: HEAT}.get(
        program, (np.ones(4),)
    )
    report = srcgrad.inspect(program, *arguments, measure=False)
    homeless = [
        line.text.strip()
        for _, line in report.numbered()
        if line.sweep == "reverse" and line.place is None and not line.text.strip().startswith("#")
    ]
    assert all(text.startswith("return") or text.endswith("= saved") for text in homeless)


def test_the_lines_of_one_statement_belong_together() -> None:
    report = srcgrad.inspect(programs.heat, *HEAT, measure=False)
    (source,) = report.sources
    first = next(k for k, text in enumerate(source.lines, source.first_line) if "u[1:-1] +=" in text)
    assert report.places(first) == report.places(first + 1) == report.places(first + 2)
    assert report.generated_lines(Place(0, first), "reverse")


def test_marks_tell_what_becomes_of_lines() -> None:
    report = srcgrad.inspect(programs.calls, 0.3, 4, measure=False)
    source = next(source for source in report.sources if source.name == "calls")
    marks = {source.lines[line - source.first_line].strip(): mark for line, mark in source.marks.items()}
    assert marks['label = f"step {k}"'] == "copied"
    assert marks["total = total + growth(x) * k"] == "active"


def test_aliases_and_writes() -> None:
    report = srcgrad.inspect(programs.aliases, np.arange(4.0))
    by_name = {variable.name: variable for variable in report.variables}
    assert by_name["view"].aliases == ("y",)
    assert by_name["y"].written
    assert by_name["y"].adjoint_kind == "memory"
    assert by_name["x"].active
    assert by_name["x"].adjoint == "x_bar"


def test_what_is_remembered_is_weighed() -> None:
    def powers(x, n):
        y = x
        for _ in range(n):
            y = y * y
        return np.sum(y)

    report = srcgrad.inspect(powers, np.ones(1000), 7)
    assert report.measures is not None
    # Seven arrays go on the tape, of which the first is the caller's own and weighs nothing; the last y is read too.
    assert 7 * 8000 <= report.measures.tape < 7 * 8000 + 1000
    (kept,) = [fate for v in report.variables for fate in v.fates if fate.how == "tape"]
    assert 6 * 8000 <= kept.bytes < 6 * 8000 + 1000
    weights = {report.text_at(cost.place).strip(): cost.tape for cost in report.measures.lines}
    assert 7 * 8000 <= weights["y = y * y"] < 7 * 8000 + 1000


def test_costs_are_charged_to_the_lines_of_the_program() -> None:
    report = srcgrad.inspect(programs.heat, *HEAT)
    assert report.measures is not None
    costs = {report.text_at(cost.place).strip(): cost for cost in report.measures.lines}
    stencil = costs["u[1:-1] += rate * ("]
    assert stencil.runs == 12
    assert stencil.forward > 0.0
    assert stencil.reverse > 0.0
    assert stencil.allocated_forward > 12 * 4000
    assert report.measures.adjoints >= 4000
    assert report.measures.peak >= 8000


def test_the_callers_arrays_stay_as_they_are_and_nothing_runs_unless_measured(capsys) -> None:
    def spoil(x):
        x *= 2.0
        return np.sum(x)

    start = np.ones(5)
    srcgrad.inspect(spoil, start)
    np.testing.assert_array_equal(start, np.ones(5))
    capsys.readouterr()
    report = srcgrad.inspect(programs.heat, *HEAT, measure=False)
    assert capsys.readouterr().out == ""
    assert report.measures is None


def test_a_recorded_program_says_why() -> None:
    report = srcgrad.inspect(programs.recorded, 3.0)
    assert report.how == "recorded"
    (outcome,) = report.recorded
    assert outcome.text == 'made["square"] = x * x'
    assert outcome.file.endswith("programs.py")
    assert outcome.reason
    assert report.measures is not None
    assert report.generated_lines(report.places(outcome.line)[0])
    (graph,) = report.graphs
    assert [vertex.label for vertex in graph.vertices] == ["argument", "multiply", "add"]
    assert [vertex.kind for vertex in graph.vertices] == ["input", "", "result"]


@pytest.mark.parametrize(
    ("program", "argument", "code"),
    [
        (programs.generator, 1.0, "SG101"),
        (programs.unknown, 3.0, "SG102"),
        (programs.root, 2, "SG201"),
    ],
)
def test_what_cannot_be_differentiated_is_told(program, argument, code) -> None:
    report = srcgrad.inspect(program, argument)
    assert report.how == "refused"
    assert [outcome.code for outcome in report.refused] == [code]
    assert code in str(report)


def test_a_gradient_is_looked_into_with_its_own_options() -> None:
    made = srcgrad.value_and_grad(programs.heat, argnums="rate")
    report = srcgrad.inspect(made, *HEAT, rate=0.1, measure=False)
    assert report.wrt == ("rate",)
    assert "heat_value_and_grad" in report.code


def test_tracing_of_others_goes_on() -> None:
    import sys

    def tracer(frame, event, argument):
        return None

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        srcgrad.inspect(programs.root, 2.0)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def test_forward_mode_has_tangents_in_place_of_adjoints() -> None:
    report = srcgrad.inspect(programs.calls, 0.3, 4, mode="forward")
    assert {line.sweep for _, line in report.numbered()} == {"forward", ""}
    (total,) = (variable for variable in report.variables if variable.name == "total")
    assert (total.adjoint, total.fates) == ("total_dot", ())
    (place,) = report.places(line_of(programs.calls, "growth(x) * k"))
    assert "total_dot = total_dot + t_dot * k" in [text.strip() for text in report.code_of(place, "forward")]
    assert report.measures is not None
    assert [cost.runs for cost in report.measures.lines if cost.place == place] == [4]
    assert "tangent" in str(report)


@pytest.mark.parametrize(
    "arguments", [(programs.root, 2.0), (programs.calls, 0.3, 4), (programs.recorded, 2.0)]
)
def test_json_there_and_back(arguments) -> None:
    report = srcgrad.inspect(*arguments)
    data = json.loads(report.to_json())
    assert data["schema"] == "srcgrad.report/1"
    again = Report.from_json(report.to_json())
    assert again.to_dict() == report.to_dict()
    assert str(again) == str(report)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": "srcgrad.report/0"}', '{"schema": "srcgrad.report/1", "how": 3}']
)
def test_what_is_not_a_report_is_not_read(text: str) -> None:
    with pytest.raises(ArgumentError):
        Report.from_json(text)


def test_stages_are_programs_that_lead_to_the_code() -> None:
    report = srcgrad.inspect(programs.calls, 0.3, 4, measure=False)
    stages = {(stage.function, stage.name): [line.text for line in stage.lines] for stage in report.stages}
    names = [name for function, name in stages if function == "calls"]
    assert names == ["source", "core", "sweeps", "final"]
    assert "\n".join(stages["calls", "final"]) in report.code
    for lines in stages.values():
        compile("\n".join(lines), "stage", "exec")


def test_graphs_link_boxes_with_lines() -> None:
    report = srcgrad.inspect(programs.root, 2.0)
    (graph,) = report.graphs
    first, loop, step = (line_of(programs.root, text) for text in ("x = a", "while", "0.5"))
    assert {vertex.line for vertex in graph.vertices} == {None, first, step}
    assert any(arrow.back for arrow in graph.arrows)
    assert {vertex.group for vertex in graph.vertices} == {(), (f"loop {loop}",)}


def test_a_notebook_gets_no_script_and_no_markup_of_the_program() -> None:
    def nasty(x):
        text = "<script>alert(1)</script>"
        return x * len(text)

    shown = srcgrad.inspect(nasty, 2.0)._repr_html_()
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "http" not in shown.replace('xmlns="http://www.w3.org/2000/svg"', "")


@pytest.mark.parametrize("name", NAMES)
def test_programs_of_all_kinds_can_be_looked_into(name: str) -> None:
    case = case_named(name)
    args, kwargs = case.fresh()
    with quiet():
        report = srcgrad.inspect(case.function, *args, argnums=case.argnums, **kwargs)
    assert report.how == "generated"
    assert report.code.rstrip() == generated(name).rstrip()
    assert Report.from_json(report.to_json()) == report
    assert report.measures is not None
    known = {
        Place(k, n)
        for k, s in enumerate(report.sources)
        for n in range(s.first_line, s.first_line + len(s.lines))
    }
    assert {line.place for _, line in report.numbered()} <= {None, *known}
    assert {cost.place for cost in report.measures.lines} <= known
    for variable in report.variables:
        assert variable.fates
        assert not variable.active or variable.varies
    assert "def " in str(report)
    assert report._repr_html_()
