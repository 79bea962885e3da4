"""The recorded graph of a tensor, drawn: what was computed from what, in which shapes, and what is kept for the way back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from srcgrad.errors import ArgumentError
from srcgrad.inspection.drawing import Arrow, Graph, Vertex, to_dot, to_mermaid, to_svg
from srcgrad.inspection.eager_facts import Facts, short_name, size
from srcgrad.inspection.repeats import places, rolled_up, stretches
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["EagerGraph", "graph"]


def graph(*tensors: Tensor | Mapping[str, Any] | Iterable[Any], limit: int = 150) -> EagerGraph:
    """The recorded graph behind tensors, as text and as a picture.

    What repeats (the steps of a loop, the layers of a network) is drawn once, with a number.

    Parameters
    ----------
    *tensors : Tensor, or collection of tensors
        Results, before `backward` has freed what their graph keeps.
    limit : int
        Draw at most so many boxes, those nearest to the results; the rest is one box.

    Returns
    -------
    EagerGraph
        Prints as text; a notebook shows the picture. `svg`, `dot` and `mermaid` give texts, `save` writes a file.

    Raises
    ------
    ArgumentError
        If there is no graph: no tensor was recorded.

    Examples
    --------
    >>> import srcgrad
    >>> w = srcgrad.ones(3, requires_grad=True)
    >>> y = w
    >>> for _ in range(20):
    ...     y = (y * w).tanh()
    >>> print(srcgrad.graph(y.sum()))
    graph of float32[]: 41 operations, 1 leaf, 240 B kept
    Sum [] keeps 12 B
    Tanh [3] keeps 12 B (19 times)
    Mul [3] keeps 12 B (19 times)
    ├─ Tanh [3] keeps 12 B
    │  Mul [3]
    │  leaf [3]
    ├─ (Tanh of the step before)
    └─ leaf [3]
    """
    roots = list(_tensors(tensors))
    recorded = [tensor for tensor in roots if tensor.node is not None]
    if not recorded:
        raise ArgumentError(
            "there is no graph: no gradient is recorded for what was given",
            way_out="pass a tensor computed from tensors with requires_grad=True, outside of no_grad()",
        )
    return EagerGraph(recorded, limit)


def _tensors(values: Any) -> Iterator[Tensor]:
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from _tensors(value)
    elif isinstance(values, (list, tuple, set, Iterator)):
        for value in values:
            yield from _tensors(value)
    else:
        raise ArgumentError(
            f"a graph belongs to a tensor, and this is {type(values).__name__}",
            way_out="pass tensors; for a function that srcgrad compiles use srcgrad.inspect(f, *arguments)",
        )


class EagerGraph:
    """A recorded graph, put together for people.

    Attributes
    ----------
    operations, leaves : int
        How many there are.
    kept_bytes : int
        Memory that the graph keeps for the way back, each array counted once; that of the leaves is not counted.
    drawing : Graph
        What is drawn, with one box for all that is the same.
    """

    def __init__(self, tensors: list[Tensor], limit: int) -> None:
        self._facts = Facts(tensors)
        self.operations = len(self._facts.nodes)
        self.leaves = len(self._facts.leaves)
        self.kept_bytes = self._facts.kept_bytes
        self.drawing = _drawing(self._facts, self.title, limit)

    @property
    def title(self) -> str:
        """What this is, in one line."""
        first, *others = self._facts.tensors
        more = f" and {len(others)} more" if others else ""
        kept = "freed by backward" if self._facts.freed else f"{size(self.kept_bytes)} kept"
        return (
            f"graph of {first.value.dtype}{list(first.value.shape)}{more}: "
            f"{_number(self.operations, 'operation')}, {_number(self.leaves, 'leaf', 'leaves')}, {kept}"
        )

    # --- forms ----------------------------------------------------------------------------------

    def text(self) -> str:
        """A tree from the results back to the leaves; what is in several places is spelled out in the first."""
        return "\n".join([self.title, *tree(self.drawing)])

    def svg(self) -> str:
        """A picture as SVG, which stands for itself."""
        return to_svg(self.drawing)

    def dot(self) -> str:
        """The graph in the language of Graphviz."""
        return to_dot(self.drawing)

    def mermaid(self) -> str:
        """The graph in the language of Mermaid, which GitHub and others show."""
        return to_mermaid(self.drawing)

    def save(self, path: str | Path) -> None:
        """Write a file: ``.svg``, ``.dot``, ``.mmd`` (Mermaid), or text."""
        path = Path(path)
        forms = {".svg": self.svg, ".dot": self.dot, ".gv": self.dot, ".mmd": self.mermaid, ".txt": self.text}
        form = forms.get(path.suffix.lower())
        if form is None:
            raise ArgumentError(
                f"no graph can be written as {path.suffix or path.name!r}",
                way_out=f"use one of {', '.join(forms)}",
            )
        path.write_text(form(), encoding="utf-8")

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<srcgrad {self.title}>"

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_html_(self) -> str:
        return f"<figure>{to_svg(self.drawing, standalone=False)}<figcaption>{escape(self.title)}</figcaption></figure>"


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _drawing(facts: Facts, title: str, limit: int) -> Graph:
    """Vertices and arrows; operations that are the same have one vertex, and so have leaves that are used alike."""
    items = rolled_up(facts.items())
    where, counts = places(items), stretches(items)
    shown = sorted({place.shown for place in where.values()})
    drawn = set(shown[-limit:])
    key = {k: f"n{place.shown}" if place.shown in drawn else "rest" for k, place in where.items()}
    vertices: list[Vertex] = []
    if len(drawn) < len(shown):
        rest = [k for k in where if key[k] == "rest"]
        vertices.append(
            Vertex("rest", f"{len(rest)} more operations", _kept(sum(facts.kept[k] for k in rest)), "opaque")
        )
    for k in sorted(drawn):
        detail = " ".join(filter(None, [_shape(facts.shape(k)), _kept(facts.kept[k])]))
        kind = "result" if k in facts.results else "saved" if facts.kept[k] else ""
        group = tuple(f"g{stretch}" for stretch, _ in where[k].steps)
        vertices.append(Vertex(f"n{k}", short_name(facts.nodes[k]), detail, kind, group, facts.nodes[k].name))
    arrows: dict[Arrow, None] = {}
    for k, inputs in enumerate(facts.inputs):
        for j in inputs:
            back = where[k].in_step_before(where[j])
            if back or key[j] != key[k]:
                arrows[Arrow(key[j], key[k], back=back)] = None
    uses: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for k, leaves in enumerate(facts.leaf_inputs):
        for leaf in leaves:
            uses[leaf][key[k]] = None
    alike: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for leaf, targets in uses.items():
        alike[(_shape(facts.leaf_shape(leaf)), *targets)].append(leaf)
    for (shape, *users), same in alike.items():
        vertices.insert(
            0,
            Vertex(f"leaf{same[0]}", _number(len(same), "leaf", "leaves").removeprefix("1 "), shape, "input"),
        )
        arrows |= dict.fromkeys(Arrow(f"leaf{same[0]}", user) for user in users)
    groups = {f"g{stretch}": f"{count} times" for stretch, count in counts.items()}
    return Graph(vertices, list(arrows), groups, title)


def _shape(shape: tuple[int, ...] | None) -> str:
    return "[?]" if shape is None else str(list(shape))


def _kept(count: int) -> str:
    return f"keeps {size(count)}" if count else ""


# --- text -----------------------------------------------------------------------------------------------


def tree(graph: Graph) -> list[str]:
    """Lines from the results back to the leaves. What has one input goes on below it; several branch off."""
    sources: defaultdict[str, list[Arrow]] = defaultdict(list)
    for arrow in graph.arrows:
        sources[arrow.target].append(arrow)
    vertices = {vertex.key: vertex for vertex in graph.vertices}
    targets = {arrow.source for arrow in graph.arrows if not arrow.back}
    ends = [v.key for v in reversed(graph.vertices) if v.kind == "result" or v.key not in targets]
    lines: list[str] = []
    seen: dict[str, int] = {}
    # Steps that are still to be written: a vertex, what stands before it and before what follows it.
    waiting = [(Arrow(end, ""), "", "") for end in reversed(ends)]
    while waiting:
        arrow, lead, margin = waiting.pop()
        vertex = vertices[arrow.source]
        text = " ".join(filter(None, [vertex.label, vertex.detail]))
        if arrow.back:
            lines.append(f"{lead}({vertex.label} of the step before)")
            continue
        if arrow.source in seen:
            if arrow.target or lead:
                lines.append(
                    f"{lead}({text}, line {seen[arrow.source]})" if sources[arrow.source] else lead + text
                )
            continue
        times = "".join(f" ({graph.groups[name]})" for name in vertex.group)
        lines.append(f"{lead}{text}{times}")
        seen[arrow.source] = len(lines) + 1  # a title stands above
        inputs = sources[arrow.source]
        if len(inputs) == 1 and not inputs[0].back:
            waiting.append((inputs[0], margin, margin))
            continue
        for k, source in reversed(list(enumerate(inputs))):
            last = k == len(inputs) - 1
            waiting.append((source, margin + ("└─ " if last else "├─ "), margin + ("   " if last else "│  ")))
    return lines
