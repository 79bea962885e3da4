"""What the template shows, worked out beforehand: the template itself only loops."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from srcgrad.inspection.drawing import to_svg
from srcgrad.inspection.page.compare import comparison
from srcgrad.inspection.report import LineCost, Measures, Place, Report, Stage, TextLine, Variable
from srcgrad.inspection.terminal import size_text, time_text
from srcgrad.inspection.textual import function_name

__all__ = ["view"]

_STAGES = {
    "source": "as written",
    "core": "core Python",
    "sweeps": "both sweeps, before simplification",
    "final": "the generated code",
}
_MOST_STAGE_LINES = 6_000
_CONTEXT = 3
_MOST_GRAPH_BOXES = 600
_MOST_DIFFERENCE = 1_000
_HEAT: dict[str, tuple[str, Callable[[LineCost], float], Callable[[float], str]]] = {
    "time": ("time", lambda cost: cost.forward + cost.reverse, time_text),
    "tape": ("remembered", lambda cost: cost.tape, size_text),
    "alloc": ("allocated", lambda cost: cost.allocated_forward + cost.allocated_reverse, size_text),
}


def view(report: Report, baseline: Report | None) -> dict[str, Any]:
    """All that the template needs."""
    costs = {cost.place: cost for cost in report.measures.lines} if report.measures is not None else {}
    return {
        "report": report,
        "numbers": _numbers(report, baseline),
        "heats": [(key, _HEAT[key][0]) for key in _HEAT if any(_HEAT[key][1](c) for c in costs.values())],
        "sources": _sources(report, costs),
        "generated": _generated(report),
        "variables": [_variable(report, v) for v in report.variables],
        "graphs": [
            {
                "title": graph.title,
                "svg": to_svg(graph, standalone=False),
                "source": _source_of(report, graph.title),
            }
            for graph in report.graphs
            if 0 < len(graph.vertices) <= _MOST_GRAPH_BOXES
        ],
        "stages": _stages(report),
        "comparison": None if baseline is None else comparison(report, baseline),
        "how": {
            "generated": "derivative generated as source",
            "recorded": "recorded as it runs",
            "refused": "cannot be differentiated",
        }[report.how],
    }


def key(place: Place | None) -> str:
    """How script and style know a line of the program."""
    return "" if place is None else f"{place.source}:{place.line}"


# --- numbers on top ---------------------------------------------------------------------------


def _numbers(report: Report, baseline: Report | None) -> list[dict[str, str]]:
    now, was = report.measures, None if baseline is None else baseline.measures
    if now is None:
        return []

    def entry(
        label: str, get: Callable[[Measures], float], text: Callable[[float], str], note: str
    ) -> dict[str, str]:
        change = ""
        if was is not None:
            before = get(was)
            percent = f", {100 * (get(now) / before - 1):+.0f} %" if before else ""
            change = f"was {text(before)}{percent}"
        return {"label": label, "value": text(get(now)), "note": note, "change": change}

    ratio = f"{now.derivative / now.primal:.1f} times the program" if now.primal else ""
    return [
        entry("program", lambda m: m.primal, time_text, "one run, best of a few"),
        entry("derivative", lambda m: m.derivative, time_text, ratio),
        entry("remembered", lambda m: m.tape, size_text, "forward values alive between the sweeps"),
        entry("adjoint memory", lambda m: m.adjoints, size_text, "alive between the sweeps"),
        entry("peak", lambda m: m.peak, size_text, "most memory in use at a time"),
    ]


# --- code -------------------------------------------------------------------------------------


def highlighted(texts: Sequence[str]) -> list[str]:
    """Lines of Python as HTML, in colour where Pygments is installed."""
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer
    except ImportError:
        return [escape(text) for text in texts]
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    lines: list[str] = highlight("\n".join(texts), lexer, HtmlFormatter(nowrap=True)).split("\n")
    lines += [""] * (len(texts) - len(lines))
    return lines[: len(texts)]


def _sources(report: Report, costs: dict[Place, LineCost]) -> list[dict[str, Any]]:
    most = {name: max((get(c) for c in costs.values()), default=0.0) for name, (_, get, _) in _HEAT.items()}
    made = []
    for index, source in enumerate(report.sources):
        lines = []
        for k, html in enumerate(highlighted(source.lines)):
            number = source.first_line + k
            place = Place(index, source.starts.get(number, number))
            first = place.line == number
            cost = costs.get(place) if first else None
            lines.append(
                {
                    "number": number,
                    "key": key(place),
                    "html": html,
                    "mark": source.marks.get(place.line, ""),
                    "heat": _heat(cost, most),
                    "facts": _line_facts(report, place, cost) if first else "",
                }
            )
        made.append(
            {"name": source.name, "file": Path(source.file).name, "path": source.file, "lines": lines}
        )
    return made


def _heat(cost: LineCost | None, most: dict[str, float]) -> dict[str, tuple[float, str]]:
    """Share of the hottest line (its square root: small costs should be seen too) and the number."""
    if cost is None:
        return {}
    made = {}
    for name, (_, get, text) in _HEAT.items():
        value = get(cost)
        if value and most[name]:
            made[name] = (round((value / most[name]) ** 0.5, 3), text(value))
    return made


def _line_facts(report: Report, place: Place, cost: LineCost | None) -> str:
    """One sentence after the other about a line, for the strip under the panes."""
    parts = []
    mark = report.sources[place.source].marks.get(place.line)
    if mark == "copied":
        parts.append("no derivative passes here: copied as it stands")
    elif mark == "unreached":
        parts.append("never reached with these arguments")
    if cost is not None:
        parts.append(
            f"forward {time_text(cost.forward)}" + (f" in {cost.runs} runs" if cost.runs > 1 else "")
        )
        if cost.reverse:
            parts.append(f"reverse {time_text(cost.reverse)}")
        if cost.tape:
            parts.append(f"remembers {size_text(cost.tape)}")
        if allocated := cost.allocated_forward + cost.allocated_reverse:
            parts.append(f"allocates {size_text(allocated)}")
    parts += [f"which way it went: {c.why}" for c in report.controls if c.place == place]
    fates = [
        f for v in report.variables if v.source == place.source for f in v.fates if place.line in f.lines
    ]
    parts += list(dict.fromkeys(f"{fate.what}: {_WORDS[fate.how]}" for fate in fates))
    return " · ".join(parts)


_WORDS = {
    "tape": "on a tape",
    "kept": "kept",
    "copy": "copied",
    "again": "computed again",
    "stays": "still there",
    "unneeded": "not needed",
    "dropped": "not computed",
}


def _generated(report: Report) -> list[dict[str, Any]]:
    made = []
    for part in report.generated:
        html = highlighted([line.text for line in part.lines])
        lines = [
            {"number": part.offset + k + 1, "key": key(line.place), "html": html[k], "sweep": line.sweep}
            for k, line in enumerate(part.lines)
        ]
        made.append({"name": ", ".join(part.names), "lines": lines})
    return made


# --- tables -----------------------------------------------------------------------------------


def _variable(report: Report, variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "own": variable.own,
        "function": function_name(variable.function),
        "type": variable.type,
        "active": variable.active,
        "why_not": "" if variable.active else "does not matter" if variable.varies else "does not vary",
        "written": variable.written,
        "aliases": ", ".join(variable.aliases),
        "adjoint": variable.adjoint,
        "memory": variable.adjoint_kind == "memory",
        "places": " ".join(f"{variable.source}:{line}" for line in variable.lines),
        "bytes": variable.bytes,
        "size": size_text(variable.bytes) if variable.bytes else "",
        "fates": [
            {
                "how": fate.how,
                "word": _WORDS[fate.how],
                "what": "" if fate.what == variable.name else fate.what,
                "why": fate.why,
                "holder": fate.holder,
                "size": size_text(fate.bytes) if fate.bytes else "",
                "places": " ".join(f"{variable.source}:{line}" for line in fate.lines),
            }
            for fate in variable.fates
        ],
    }


def _source_of(report: Report, title: str) -> int:
    """Number of the source that a graph belongs to; its title ends with the name of the function."""
    name = title.rpartition(" ")[2]
    return next((k for k, source in enumerate(report.sources) if source.name == name), 0)


def _stages(report: Report) -> list[dict[str, Any]]:
    if sum(len(stage.lines) for stage in report.stages) > _MOST_STAGE_LINES:
        return []
    functions: dict[str, list[Stage]] = {}
    for stage in report.stages:
        functions.setdefault(stage.function, []).append(stage)
    made = []
    for function, stages in reversed(functions.items()):
        steps = [
            {
                "title": f"{_STAGES[before.name]} → {_STAGES[after.name]}",
                "lines": list(difference(before.lines, after.lines)),
            }
            for before, after in itertools.pairwise(stages)
        ]
        made.append({"function": function, "steps": steps})
    return made


def difference(before: Sequence[TextLine], after: Sequence[TextLine]) -> Iterable[tuple[str, str, str]]:
    """Sign, HTML and place of each line of a comparison."""
    old, new = [line.text.rstrip() for line in before], [line.text.rstrip() for line in after]
    old_html, new_html = highlighted(old), highlighted(new)
    quick = len(old) + len(new) > _MOST_DIFFERENCE
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=quick).get_opcodes():
        if tag == "equal":
            skipped = range(c + _CONTEXT, d - _CONTEXT)
            for k in range(c, d):
                if k not in skipped:
                    yield " ", new_html[k], key(after[k].place)
                elif k == skipped[0]:
                    yield " ", f"⋯ {len(skipped)} lines stay as they are", ""
        else:
            for k in range(a, b):
                yield "-", old_html[k], key(before[k].place)
            for k in range(c, d):
                yield "+", new_html[k], key(after[k].place)
