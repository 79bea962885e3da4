"""The graph of a program that is recorded: its operations, with what repeats drawn once."""

from __future__ import annotations

from collections.abc import Sequence

from srcgrad.inspection.drawing import Arrow, Graph, Vertex
from srcgrad.inspection.repeats import Item, places, rolled_up, stretches
from srcgrad.runtime.recorded.recording import Call, Embed, Gather, Input, Node, Output, Update, Window

__all__ = ["recorded_graph"]

_MOST = 150  # boxes


def recorded_graph(nodes: Sequence[Node], results: set[Node], title: str) -> Graph:
    """Draw recorded operations.

    Parameters
    ----------
    nodes
        The operations, oldest first.
    results
        Those that the program returned.
    title
        What it is a picture of.
    """
    number = {node: k for k, node in enumerate(nodes)}
    inputs = [tuple(number[parent] for parent in node.parents if parent in number) for node in nodes]
    items = rolled_up([Item(_name(node), [k], inputs[k], []) for k, node in enumerate(nodes)])
    where, counts = places(items), stretches(items)
    shown = sorted({place.shown for place in where.values()})
    drawn = set(shown[-_MOST:])
    key = {k: f"n{place.shown}" if place.shown in drawn else "rest" for k, place in where.items()}
    vertices: list[Vertex] = []
    if len(drawn) < len(shown):
        vertices.append(
            Vertex("rest", f"{sum(k == 'rest' for k in key.values())} more operations", kind="opaque")
        )
    ends = {key[number[node]] for node in results if node in number}
    for k in sorted(drawn):
        group = tuple(f"g{stretch}" for stretch, _ in where[k].steps)
        kind = "result" if f"n{k}" in ends else _kind(nodes[k])
        vertices.append(Vertex(f"n{k}", _name(nodes[k]), kind=kind, group=group))
    arrows: dict[Arrow, None] = {}
    for k, read in enumerate(inputs):
        for j in read:
            back = where[k].in_step_before(where[j])
            if back or key[j] != key[k]:
                arrows[Arrow(key[j], key[k], back=back)] = None
    groups = {f"g{stretch}": f"{count} times" for stretch, count in counts.items()}
    return Graph(tuple(vertices), tuple(arrows), groups, title)


def _name(node: Node) -> str:
    match node:
        case Call():
            return node.request.rule.name.removeprefix("numpy.")
        case Input():
            return "argument"
        case Update():
            return "write into an array"
        case Window():
            return "part of an array"
        case Embed():
            return "part among zeros"
        case Gather():
            return "put together"
        case Output():
            return f"result {node.index}"
    return type(node).__name__.lower()


def _kind(node: Node) -> str:
    return "input" if isinstance(node, Input) else "write" if isinstance(node, Update) else ""
