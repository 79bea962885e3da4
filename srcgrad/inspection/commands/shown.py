"""``show``, ``explain``, ``cost``, ``report``, ``graph`` and ``dump``: looking into one derivative."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any

from srcgrad.errors import ArgumentError, error_classes
from srcgrad.inspection import explain as pages
from srcgrad.inspection.commands.looking import Call, call_of, report_of
from srcgrad.inspection.drawing import Graph, to_dot, to_mermaid, to_svg
from srcgrad.inspection.report import Report, Stage
from srcgrad.inspection.terminal import (
    highlight_difference,
    highlight_markdown,
    highlight_python,
    wants_color,
)
from srcgrad.inspection.textual import (
    cost_table,
    explain_line,
    explain_variable,
    headline,
    interleaved,
    outcomes,
)

__all__ = ["STAGES", "cost", "dump", "explain", "graph", "report", "show"]

#: The steps from a program to its derivative that can be shown.
STAGES = ("source", "core", "sweeps", "final")


def show(options: argparse.Namespace) -> int:
    """Print generated code, a stage on the way to it, or the difference of two."""
    if options.stage or options.diff or options.interleaved or options.mode == "forward":
        return _show_stage(options)
    call = call_of(options)
    with contextlib.redirect_stdout(sys.stderr):
        generated: str = call.gradient.source_for(*call.positional, **call.named)
    if options.json:
        print(json.dumps(_facts(options, call, generated), indent=2))
    else:
        _print_python(generated, options)
    return 0


def _facts(options: argparse.Namespace, call: Call, generated: str) -> dict[str, Any]:
    primal = inspect.unwrap(getattr(call.gradient, "primal", call.target.function))
    return {
        "target": options.target,
        "file": inspect.getsourcefile(primal),
        "line": inspect.getsourcelines(primal)[1],
        "wrt": list(call.wrt),
        "arguments": [{"name": e.name, "type": e.type_text, "note": e.note} for e in call.examples],
        "source": inspect.getsource(primal),
        "generated": generated,
    }


def _show_stage(options: argparse.Namespace) -> int:
    report = report_of(options, measure=False)
    if (code := _told(report, options)) is not None:
        return code
    if options.interleaved:
        text = interleaved(report)
    elif options.diff:
        before, after = (_stage(report, name).splitlines() for name in options.diff)
        first, second = options.diff
        text = "\n".join(difflib.unified_diff(before, after, first, second, lineterm=""))
    else:
        text = _stage(report, options.stage) if options.stage else report.code
    if options.json:
        print(json.dumps({"target": options.target, "text": text}, indent=2))
    elif options.diff:
        print(highlight_difference(text) if wants_color(sys.stdout, options.color) else text)
    else:
        _print_python(text, options)
    return 0


def _stage(report: Report, name: str) -> str:
    stages: list[Stage] = [stage for stage in report.stages if stage.name == name]
    if not stages:
        raise ArgumentError(
            f"{report.target} has no stage {name!r}: it is {report.how}",
            way_out="`srcgrad show` without --stage prints what runs.",
        )
    return "\n\n\n".join("\n".join(line.text for line in stage.lines) for stage in stages)


def _told(report: Report, options: argparse.Namespace) -> int | None:
    """Say why there is nothing to show, if that is so; the exit code then."""
    if report.how != "refused":
        return None
    if options.json:
        print(report.to_json(indent=2))
    else:
        print("\n".join(outcomes(report)), file=sys.stderr)
        codes = [outcome.code for outcome in report.refused if outcome.code]
        if codes:
            print(f"  More: srcgrad explain {codes[0]}", file=sys.stderr)
    return 1


def explain(options: argparse.Namespace) -> int:
    """Explain an error code; or a line or a variable of a function."""
    if not options.what:
        summaries = {code: pages.summary(cls) for code, cls in error_classes().items()}
        lines = [f"{code}  {text}" for code, text in summaries.items()]
        print(json.dumps(summaries, indent=2) if options.json else "\n".join(lines))
        return 0
    if len(options.what) == 1 and ":" not in options.what[0]:
        cls = pages.find_class(options.what[0])
        text = pages.page(cls)
        if options.json:
            print(json.dumps({"code": cls.code, "class": cls.__name__, "page": text}, indent=2))
        else:
            shown = highlight_markdown(text) if wants_color(sys.stdout, options.color) else text
            print(shown.rstrip("\n"))
        return 0
    options.target, *items = options.what
    report = report_of(options, measure=options.measure)
    if (code := _told(report, options)) is not None:
        return code
    texts = [_explained(report, item) for item in items] or [headline(report), *outcomes(report)]
    if options.json:
        print(json.dumps(dict(zip(items or ["summary"], texts, strict=False)), indent=2))
    else:
        print("\n\n".join(texts))
    return 0


def _explained(report: Report, item: str) -> str:
    if re.fullmatch(r"\d+", item):
        if places := report.places(int(item)):
            return "\n\n".join(explain_line(report, place) for place in places)
        ranges = ", ".join(
            f"{source.name} {source.first_line}-{source.first_line + len(source.lines) - 1}"
            for source in report.sources
        )
        raise ArgumentError(
            f"line {item} is not in the program", way_out=f"its functions and lines: {ranges}."
        )
    found = [variable for variable in report.variables if variable.name == item]
    if found:
        return explain_variable(report, found)
    names = ", ".join(dict.fromkeys(v.name for v in report.variables if v.own))
    way_out = f"its variables are: {names}." if names else f"it is {report.how}: look at its lines instead."
    raise ArgumentError(f"{report.target} has no variable {item!r}", way_out=way_out)


def cost(options: argparse.Namespace) -> int:
    """Measure each line of a program and of its derivative."""
    found = report_of(options, measure=True)
    if (code := _told(found, options)) is not None:
        return code
    assert found.measures is not None
    if options.json:
        print(json.dumps(found.to_dict()["measures"], indent=2))
    else:
        print(f"{headline(found)}\n\n{cost_table(found)}")
    return 0


def report(options: argparse.Namespace) -> int:
    """Write a report as a page, as data or as text."""
    found = report_of(options, measure=not options.no_measure)
    baseline = None
    if options.baseline is not None:
        try:
            baseline = Report.from_json(Path(options.baseline).read_text(encoding="utf-8"))
        except OSError as error:
            raise ArgumentError(
                f"cannot read {options.baseline}: {error.strerror}",
                way_out="give the file of an earlier `srcgrad report ... -o file.json`.",
            ) from None
    if options.json and options.output is None:
        print(found.to_json(indent=2))
    else:
        path = Path(options.output or f"{found.target.rpartition('.')[2]}.html")
        _write(path, lambda: found.save(path, baseline))
        print(json.dumps({"file": str(path)}) if options.json else f"{headline(found)}\n\nwritten to {path}")
    return 1 if found.how == "refused" else 0


def graph(options: argparse.Namespace) -> int:
    """Draw how values flow in a function."""
    found = report_of(options, measure=options.measure)
    if (code := _told(found, options)) is not None:
        return code
    names = [drawn.title.rpartition(" ")[2] for drawn in found.graphs]
    if not names:
        raise ArgumentError(
            f"{found.target} has no graph: it is {found.how}, so what it computes is only known when it runs",
            way_out="with --measure it runs, and what was recorded is drawn.",
        )
    wanted = options.function or names[0]
    if wanted not in names:
        raise ArgumentError(
            f"{found.target} has no function {wanted!r}", way_out=f"its functions are: {', '.join(names)}."
        )
    chosen: Graph = found.graphs[names.index(wanted)]
    form = options.format or {".dot": "dot", ".mmd": "mermaid"}.get(Path(options.output or "").suffix, "svg")
    text = {"svg": to_svg, "dot": to_dot, "mermaid": to_mermaid}[form](chosen).rstrip("\n")
    if options.json:
        print(json.dumps({"title": chosen.title, "format": form, "text": text}, indent=2))
    elif options.output:
        _write(Path(options.output), lambda: Path(options.output).write_text(text + "\n", encoding="utf-8"))
        print(f"written to {options.output}")
    else:
        print(text)
    return 0


def dump(options: argparse.Namespace) -> int:
    """Write the generated code as a module of its own."""
    from srcgrad.inspection.standalone import standalone

    call = call_of(options)
    made = call.gradient.explained(call.positional, call.named, forward=options.mode == "forward")
    if made.compiled is None:
        raise ArgumentError(
            f"{options.target} is recorded as it runs, so there is no code that could stand alone: {made.reason}",
            way_out="`srcgrad explain` says which line is the reason.",
        )
    module = standalone(made.compiled, options.target)
    if options.json:
        print(json.dumps({"text": module.text, "needs": list(module.needs)}, indent=2))
    elif options.output:
        _write(Path(options.output), lambda: Path(options.output).write_text(module.text, encoding="utf-8"))
        print(f"written to {options.output}; it imports {', '.join(module.needs) or 'nothing'}")
    else:
        _print_python(module.text, options)
    return 0


def _write(path: Path, write: Any) -> None:
    try:
        write()
    except OSError as error:
        raise ArgumentError(
            f"cannot write {path}: {error.strerror}", way_out="choose another file with -o."
        ) from None


def _print_python(text: str, options: argparse.Namespace) -> None:
    shown = highlight_python(text) if wants_color(sys.stdout, options.color) else text
    print(shown.rstrip("\n"))
