"""A placed graph as SVG: no script, no font that is not there, light and dark."""

from __future__ import annotations

import itertools
from html import escape
from zlib import crc32

from srcgrad.inspection.drawing.graph import Graph
from srcgrad.inspection.drawing.layout import LINE, PADDING, Box, Frame, Route, lay_out

__all__ = ["to_svg"]

_LIGHT = {
    "paper": "#ffffff", "ink": "#1c2430", "faint": "#66707f", "line": "#8b95a5", "box": "#f5f7fa", "edge": "#aab3c0",
    "group": "#8b95a512", "input": "#e3edfb", "result": "#dcefe3", "write": "#fdf0dc", "accent": "#2f5fb3",
}  # fmt: skip
_DARK = {
    "paper": "#14181f", "ink": "#e4e8ee", "faint": "#98a2b3", "line": "#6c7789", "box": "#1d232d", "edge": "#475264",
    "group": "#98a2b310", "input": "#1b2b47", "result": "#1a3527", "write": "#3a2c14", "accent": "#8ab4ff",
}  # fmt: skip


def to_svg(graph: Graph, *, standalone: bool = True) -> str:
    """Draw a graph.

    Parameters
    ----------
    graph : Graph
    standalone : bool
        A file of its own. Otherwise an element for a page, which may set the colours (``--g-ink`` ...) itself.

    Returns
    -------
    str
        Boxes have the class ``vertex``; one that belongs to a line of the program has it in ``data-line``.
    """
    picture = lay_out(graph)
    width, height = picture.width + 2 * PADDING, picture.height + 2 * PADDING
    title = escape(graph.title or "graph")
    # Several pictures may stand on one page: each needs arrow heads of its own.
    head = f"g-head-{crc32(repr(graph).encode('utf-8', 'replace')):08x}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" aria-label="{title}" '
        f'width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-PADDING:.0f} {-PADDING:.0f} {width:.0f} {height:.0f}">',
        f"<title>{title}</title>",
        f"<style>{_style(standalone)}</style>",
    ]
    if standalone:
        parts.append(f'<rect x="{-PADDING}" y="{-PADDING}" width="100%" height="100%" class="g-paper"/>')
    parts.append(
        f'<defs><marker id="{head}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0.8 L7.2 4 L0 7.2 z" class="g-head"/></marker></defs>'
    )
    parts += [_frame(frame) for frame in picture.frames]
    parts += [_arrow(route, head) for route in picture.routes]
    parts += [_box(box) for box in picture.boxes]
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _style(standalone: bool) -> str:
    def variables(colours: dict[str, str]) -> str:
        return "".join(f"--g-{name}:{colour};" for name, colour in colours.items())

    rules = (
        ".graph text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
        "fill:var(--g-ink)}"
        ".graph text.g-small{font-size:10px;fill:var(--g-faint)}"
        ".graph text.g-halo{paint-order:stroke;stroke:var(--g-paper);stroke-width:3px}"
        ".g-paper{fill:var(--g-paper)}.g-frame{fill:var(--g-group);stroke:var(--g-edge);stroke-dasharray:2 3}"
        ".g-arrow{fill:none;stroke:var(--g-line);stroke-width:1.2}.g-back{stroke-dasharray:4 3}"
        ".g-head{fill:var(--g-line)}"
        ".vertex rect{fill:var(--g-box);stroke:var(--g-edge)}"
        ".k-input rect{fill:var(--g-input)}.k-result rect{fill:var(--g-result);stroke-width:2}"
        ".k-write rect{fill:var(--g-write)}.k-saved rect{stroke:var(--g-accent);stroke-width:2}"
        ".k-opaque rect{stroke-dasharray:4 3}.k-plain rect{fill:var(--g-paper)}.k-plain text{fill:var(--g-faint)}"
    )
    if not standalone:
        return rules
    dark = f"@media (prefers-color-scheme:dark){{svg{{{variables(_DARK)}}}}}"
    return f"svg{{{variables(_LIGHT)}}}{dark}{rules}"


def _frame(frame: Frame) -> str:
    return (
        f'<g><rect class="g-frame" x="{frame.x:.1f}" y="{frame.y:.1f}" width="{frame.width:.1f}" '
        f'height="{frame.height:.1f}" rx="8"/>'
        f'<text class="g-small g-halo" x="{frame.x + PADDING:.1f}" y="{frame.y + 15:.1f}">{escape(frame.label)}</text></g>'
    )


def _arrow(route: Route, head: str) -> str:
    points = route.points
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    if route.arrow.back or points[0][1] >= points[-1][1]:
        (x0, y0), (side, _), _, (x1, y1) = points
        path += f" C{side + 14:.1f} {y0:.1f} {side + 14:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    else:
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            middle = (y0 + y1) / 2
            path += f" C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}"
    cls = "g-arrow g-back" if route.arrow.back else "g-arrow"
    text = ""
    if route.arrow.label:
        k = len(points) // 2
        x, y = (points[k - 1][0] + points[k][0]) / 2 + 5, (points[k - 1][1] + points[k][1]) / 2
        text = f'<text class="g-small g-halo" x="{x:.1f}" y="{y:.1f}">{escape(route.arrow.label)}</text>'
    return f'<path class="{cls}" d="{path}" marker-end="url(#{head})"/>{text}'


def _box(box: Box) -> str:
    vertex = box.vertex
    left, top = box.x - box.width / 2, box.y - box.height / 2
    radius = box.height / 2 if vertex.kind == "input" else 4
    line = f' data-line="{vertex.line}"' if vertex.line is not None else ""
    kind = f" k-{escape(vertex.kind)}" if vertex.kind else ""
    parts = [
        f'<g class="vertex{kind}"{line}>',
        f"<title>{escape(vertex.tooltip or vertex.label)}</title>",
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius:.1f}"/>',
    ]
    y = top + PADDING / 2 + 12
    for text in box.lines:
        parts.append(f'<text x="{box.x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(text)}</text>')
        y += LINE
    if vertex.detail:
        parts.append(
            f'<text class="g-small" x="{box.x:.1f}" y="{y - 2:.1f}" text-anchor="middle">{escape(vertex.detail)}</text>'
        )
    parts.append("</g>")
    return "".join(parts)
