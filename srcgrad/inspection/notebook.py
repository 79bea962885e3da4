"""A report in a notebook: tables and foldable parts, no script, no style sheet of its own to clash with others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from srcgrad.inspection.drawing import to_svg
from srcgrad.inspection.report import Place, Report
from srcgrad.inspection.terminal import size_text, time_text
from srcgrad.inspection.textual import function_name, headline, outcomes

__all__ = ["notebook"]

_MONO = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px;"
_PRE = f"{_MONO}margin:0;white-space:pre;text-align:left;background:transparent;"
_CELL = "padding:1px 10px 1px 0;text-align:left;vertical-align:top;"


def notebook(report: Report) -> str:
    """HTML for a notebook's output.

    Everything that comes from the program is escaped; nothing runs when it is shown.
    """
    parts = [f'<pre style="{_PRE}">{escape(headline(report))}</pre>']
    parts += [f'<pre style="{_PRE}">{escape(text)}</pre>' for text in outcomes(report)]
    if report.sources:
        parts.append(
            _folded("the program, with its forward code and its adjoint", _interleaved(report), opened=True)
        )
    if report.generated:
        parts.append(_folded("the generated code", f'<pre style="{_PRE}">{escape(report.code)}</pre>'))
    if report.variables:
        parts.append(_folded("variables", _variables(report)))
    if report.measures is not None and report.measures.lines:
        parts.append(_folded("cost of each line", _costs(report)))
    for graph in report.graphs:
        picture = f'<div style="overflow:auto">{to_svg(graph)}</div>'
        parts.append(_folded(graph.title, picture))
    return f'<div class="srcgrad-report">{"".join(parts)}</div>'


def _folded(title: str, body: str, *, opened: bool = False) -> str:
    state = " open" if opened else ""
    return (
        f'<details{state} style="margin-top:6px"><summary style="cursor:pointer">{escape(title)}</summary>'
        f'<div style="margin:4px 0 4px 14px">{body}</div></details>'
    )


def _interleaved(report: Report) -> str:
    rows: list[str] = []
    for index, source in enumerate(report.sources):
        for k, text in enumerate(source.lines):
            place = Place(index, source.first_line + k)
            rows.append(_code_row(str(place.line), text, "font-weight:600;"))
            for sweep, colour in (("forward", "#2f6fb3"), ("reverse", "#a8480f")):
                lines = report.code_of(place, sweep)
                if [line.strip() for line in lines] != [text.strip()]:
                    rows += [_code_row("", line, f"color:{colour};") for line in lines]
        rows.append(_code_row("", "", ""))
    return f"<table>{''.join(rows)}</table><small>blue: forward sweep; brown: adjoint</small>"


def _code_row(number: str, text: str, style: str) -> str:
    return (
        f'<tr style="background:transparent"><td style="{_CELL}opacity:.6">{number}</td>'
        f'<td style="{_CELL}"><pre style="{_PRE}{style}">{escape(text)}</pre></td></tr>'
    )


def _variables(report: Report) -> str:
    rows: list[Sequence[str]] = []
    for v in report.variables:
        fates = "; ".join(f"{f.what}: {f.why}" for f in v.fates)
        active = "yes" if v.active else "no"
        size = size_text(v.bytes) if v.bytes else ""
        rows.append((v.name, function_name(v.function), v.type, active, v.adjoint, size, fates))
    return _table(("variable", "of", "type", "active", "adjoint", "kept", "why"), rows)


def _costs(report: Report) -> str:
    assert report.measures is not None
    rows = [
        (
            str(c.place.line),
            time_text(c.forward),
            time_text(c.reverse),
            size_text(c.tape),
            report.text_at(c.place),
        )
        for c in report.measures.lines
    ]
    return _table(("line", "forward", "reverse", "remembers", ""), rows)


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col" style="{_CELL}">{escape(text)}</th>' for text in heading)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}{_MONO}">{escape(text)}</td>' for text in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
