"""A report as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from srcgrad.inspection.report import LineCost, Outcome, Place, Report, Variable
from srcgrad.inspection.terminal import size_text, time_text

__all__ = [
    "cost_table",
    "explain_line",
    "explain_variable",
    "interleaved",
    "outcomes",
    "summary",
    "variable_table",
]


def summary(report: Report) -> str:
    """The whole report: what was made, the facts, and what it costs."""
    parts = [headline(report)]
    parts += outcomes(report)
    if report.generated:
        parts.append(report.code.rstrip("\n"))
    if report.variables:
        parts.append(variable_table(report))
    if report.measures is not None and report.measures.lines:
        parts.append(cost_table(report))
    return "\n\n".join(parts)


def headline(report: Report) -> str:
    """What it is, in a few lines."""
    how = {"generated": "source generated", "recorded": "recorded as it runs", "refused": "refused"}[
        report.how
    ]
    lines = [f"{report.target}: {how}, {report.mode} mode"]
    if report.arguments:
        given = ", ".join(f"{a.name}: {a.type}" + ("*" if a.differentiated else "") for a in report.arguments)
        lines.append(f"  arguments   {given}   (* differentiated)")
    measures = report.measures
    if measures is not None:
        ratio = measures.derivative / measures.primal if measures.primal else 0.0
        lines.append(
            f"  time        program {time_text(measures.primal)}, derivative {time_text(measures.derivative)}"
            f" ({ratio:.1f} times)"
        )
        lines.append(
            f"  memory      remembers {size_text(measures.tape)}, adjoints {size_text(measures.adjoints)}, "
            f"peak {size_text(measures.peak)}"
        )
    if report.machine_code:
        lines.append(f"  jit         {report.machine_code}")
    return "\n".join(lines)


def outcomes(report: Report) -> list[str]:
    """What is recorded and what is refused, each with its line."""
    made = [_outcome("recorded as it runs", outcome) for outcome in report.recorded]
    return made + [_outcome("refused", outcome) for outcome in report.refused]


def _outcome(what: str, outcome: Outcome) -> str:
    code = f"{outcome.code}: " if outcome.code else ""
    place = f"\n  {outcome.file}:{outcome.line}" if outcome.file and outcome.line else ""
    text = f"\n    {outcome.text}" if outcome.text else ""
    return f"{outcome.function} is {what}: {code}{outcome.reason}{place}{text}"


def variable_table(report: Report, variables: Sequence[Variable] | None = None) -> str:
    """One row a variable."""
    derivative = "adjoint" if report.mode == "reverse" else "tangent"
    rows = [("variable", "of", "type", "active", "written", "aliases", derivative, "its value")]
    for variable in report.variables if variables is None else variables:
        fate = ", ".join(dict.fromkeys(f.how for f in variable.fates if f.what == variable.name))
        size = f" {size_text(variable.bytes)}" if variable.bytes else ""
        rows.append(
            (
                variable.name,
                function_name(variable.function),
                variable.type,
                "yes" if variable.active else "no",
                "yes" if variable.written else "",
                ", ".join(variable.aliases),
                variable.adjoint,
                fate + size,
            )
        )
    return _table(rows)


def cost_table(report: Report) -> str:
    """One row a line of the program, in its order."""
    assert report.measures is not None
    rows = [("line", "forward", "reverse", "remembers", "allocates", "runs", "")]
    for cost in report.measures.lines:
        rows.append(
            (
                _where(report, cost.place),
                time_text(cost.forward) if cost.forward else "",
                time_text(cost.reverse) if cost.reverse else "",
                size_text(cost.tape) if cost.tape else "",
                size_text(allocated)
                if (allocated := cost.allocated_forward + cost.allocated_reverse)
                else "",
                str(cost.runs) if cost.runs else "",
                _short(report.text_at(cost.place).strip()),
            )
        )
    return _table(rows)


def interleaved(report: Report) -> str:
    """Each line of the program, with its forward code and its adjoint below it."""
    made: list[str] = []
    for index, source in enumerate(report.sources):
        made += [""] * bool(index)
        made.append(f"# {Path(source.file).name}: {source.name}")
        for k, text in enumerate(source.lines):
            place = Place(index, source.first_line + k)
            made.append(f"{place.line:>5}  {text}".rstrip())
            for sweep, mark in (("forward", ">"), ("reverse", "<")):
                lines = report.code_of(place, sweep)
                if [line.strip() for line in lines] != [text.strip()]:  # else the line is there as it stands
                    made += [f"     {mark}     {line}" for line in lines]
    return "\n".join(made)


def explain_line(report: Report, place: Place) -> str:
    """All that is known of one line of the program."""
    source = report.sources[place.source]
    parts = [f"{source.file}:{place.line}\n    {report.text_at(place).strip()}"]
    mark = source.marks.get(place.line)
    parts.append(
        {
            "copied": "No derivative passes through this line: it is copied as it stands.",
            "unreached": "With arguments of these types the program never gets to this line.",
            "active": "Derivatives pass through this line.",
        }.get(mark or "", "No adjoint code belongs to this line.")
    )
    for sweep, title in (("forward", "forward sweep"), ("reverse", "adjoint")):
        lines = report.code_of(place, sweep)
        if lines:
            parts.append(f"{title}:\n" + "\n".join(f"    {line.strip()}" for line in lines))
    for control in report.controls:
        if control.place == place:
            holder = f" ({control.holder})" if control.holder else ""
            parts.append(f"which way it went is {control.why}{holder}")
    facts = dict.fromkeys(
        f"  {fate.what}: {fate.why}" + _held(fate.holder, fate.bytes)
        for variable in report.variables
        if variable.source == place.source
        for fate in variable.fates
        if place.line in fate.lines
    )
    if facts:
        parts.append("what its adjoint reads:\n" + "\n".join(facts))
    if report.measures is not None:
        parts += [_cost_text(cost) for cost in report.measures.lines if cost.place == place]
    return "\n".join(parts)


def explain_variable(report: Report, variables: Sequence[Variable]) -> str:
    """All that is known of a variable, in each function that has one of that name."""
    made: list[str] = []
    for v in variables:
        source = report.sources[v.source]
        lines = [f"{v.name} in {function_name(v.function)} ({source.file}:{source.first_line})"]
        lines.append(f"  type       {v.type}")
        if v.active:
            lines.append(
                "  active     yes: it varies with what is differentiated, and matters for the result"
            )
        elif v.varies:
            lines.append(
                "  active     no: it varies with what is differentiated, but does not matter for the result"
            )
        else:
            lines.append("  active     no: it does not vary with what is differentiated")
        lines.append(f"  written    {'yes, in place' if v.written else 'no'}")
        if v.aliases:
            lines.append(f"  aliases    may share memory with {', '.join(v.aliases)}")
        if v.adjoint:
            kind = "memory of the same shape" if v.adjoint_kind == "memory" else "a value"
            lines.append(f"  {'adjoint' if report.mode == 'reverse' else 'tangent'}    {v.adjoint}, {kind}")
        lines += [f"  {fate.what}: {fate.why}" + _held(fate.holder, fate.bytes) for fate in v.fates]
        made.append("\n".join(lines))
    return "\n\n".join(dict.fromkeys(made))


def _held(holder: str, size: int | None) -> str:
    parts = [part for part in (holder, size_text(size) if size else "") if part]
    return f" ({', '.join(parts)})" if parts else ""


def _cost_text(cost: LineCost) -> str:
    return (
        f"cost: forward {time_text(cost.forward)} in {cost.runs} runs, reverse {time_text(cost.reverse)}, "
        f"remembers {size_text(cost.tape)}"
    )


def function_name(generated: str) -> str:
    """The program's name for a generated function."""
    for ending in ("_forward", "_value_and_grad", "_grad", "_jvp"):
        if generated.endswith(ending):
            return generated.removesuffix(ending)
    return generated


def _where(report: Report, place: Place) -> str:
    files = {source.file for source in report.sources}
    name = Path(report.sources[place.source].file).name
    return f"{name}:{place.line}" if len(files) > 1 else str(place.line)


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Columns under each other; those that are empty but for their heading are left out."""
    kept = [k for k in range(len(rows[0])) if any(row[k] for row in rows[1:])]
    widths = [max(len(row[k]) for row in rows) for k in kept]
    lines = [
        "  ".join(row[k].ljust(width) for k, width in zip(kept, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
