"""A graph as text for other programs: Graphviz's DOT and Mermaid."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from srcgrad.inspection.drawing.graph import Graph, Vertex

__all__ = ["to_dot", "to_mermaid"]

_DOT_SHAPES = {
    "input": "oval",
    "result": "box, style=bold",
    "write": "box, style=filled",
    "opaque": "box, style=dashed",
}
_MERMAID_SHAPES = {"input": ('(["', '"])'), "result": ('[["', '"]]'), "write": ('[/"', '"/]')}


def to_dot(graph: Graph) -> str:
    """The graph in Graphviz's language.

    Examples
    --------
    >>> from srcgrad.inspection.drawing.graph import Arrow, Vertex
    >>> print(to_dot(Graph([Vertex("x", "x"), Vertex("y", "y")], [Arrow("x", "y")])))
    digraph {
        node [shape=box, fontname=monospace];
        n0 [label="x"];
        n1 [label="y"];
        n0 -> n1;
    }
    """
    numbers = {vertex.key: f"n{k}" for k, vertex in enumerate(graph.vertices)}

    def quoted(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'

    def node(vertex: Vertex) -> str:
        label = quoted(vertex.label + (f"\n{vertex.detail}" if vertex.detail else ""))
        shape = f", shape={_DOT_SHAPES[vertex.kind]}" if vertex.kind in _DOT_SHAPES else ""
        return f"{numbers[vertex.key]} [label={label}{shape}];"

    lines = ["digraph {", "    node [shape=box, fontname=monospace];"]
    count = iter(range(len(graph.vertices) + 1))
    lines += _nested(
        graph,
        node,
        lambda label: [f"subgraph cluster_{next(count)} {{", f"    label={quoted(label)};"],
        "}",
    )
    for arrow in graph.arrows:
        if arrow.source in numbers and arrow.target in numbers:
            facts = ([f"label={quoted(arrow.label)}"] if arrow.label else []) + (
                ["style=dashed", "constraint=false"] if arrow.back else []
            )
            more = f" [{', '.join(facts)}]" if facts else ""
            lines.append(f"    {numbers[arrow.source]} -> {numbers[arrow.target]}{more};")
    return "\n".join([*lines, "}"])


def to_mermaid(graph: Graph) -> str:
    """The graph in Mermaid's language, which many Markdown viewers draw.

    Examples
    --------
    >>> from srcgrad.inspection.drawing.graph import Arrow, Vertex
    >>> print(to_mermaid(Graph([Vertex("x", "x"), Vertex("y", "y")], [Arrow("x", "y", back=True)])))
    flowchart TD
        n0["x"]
        n1["y"]
        n0 -.-> n1
    """
    numbers = {vertex.key: f"n{k}" for k, vertex in enumerate(graph.vertices)}

    def safe(text: str) -> str:
        for character, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("\n", "<br>")):
            text = text.replace(character, code)
        return text

    def node(vertex: Vertex) -> str:
        start, end = _MERMAID_SHAPES.get(vertex.kind, ('["', '"]'))
        label = safe(vertex.label + (f"\n{vertex.detail}" if vertex.detail else ""))
        return f"{numbers[vertex.key]}{start}{label}{end}"

    count = iter(range(len(graph.vertices) + 1))
    lines = ["flowchart TD"]
    lines += _nested(graph, node, lambda label: [f'subgraph g{next(count)}["{safe(label)}"]'], "end")
    for arrow in graph.arrows:
        if arrow.source in numbers and arrow.target in numbers:
            line = "-.->" if arrow.back else "-->"
            label = f'|"{safe(arrow.label)}"|' if arrow.label else ""
            lines.append(f"    {numbers[arrow.source]} {line}{label} {numbers[arrow.target]}")
    return "\n".join(lines)


def _nested(
    graph: Graph, node: Callable[[Vertex], str], begin: Callable[[str], list[str]], end: str
) -> Iterator[str]:
    """One line a vertex; the vertices of a group stand together between its beginning and its end."""

    def block(vertices: list[Vertex], depth: int) -> Iterator[str]:
        indent = "    " * (depth + 1)
        groups: dict[str, list[Vertex]] = {}
        for vertex in vertices:
            if len(vertex.group) > depth:
                groups.setdefault(vertex.group[depth], []).append(vertex)
            else:
                yield indent + node(vertex)
        for name, members in groups.items():
            yield from (indent + line for line in begin(graph.groups.get(name, name)))
            yield from block(members, depth + 1)
            yield indent + end

    yield from block(list(graph.vertices), 0)
