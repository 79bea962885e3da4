"""Where boxes and arrows go: layers from top to bottom, few crossings, arrows as straight as may be.

The classical four steps (Sugiyama): cycles are opened, vertices get layers, layers are ordered by the middle of
their neighbours, and coordinates are chosen. The last step is exact for one layer at a time: the positions nearest
to where the neighbours would have them, in the least-squares sense, that keep their distance. A group is laid out
first and then is one large vertex among the others.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from srcgrad.inspection.drawing.graph import Arrow, Graph, Vertex
from srcgrad.inspection.drawing.layers import SWEEPS, find_layers, order_layers, without_cycles

__all__ = ["Box", "Frame", "Picture", "Route", "lay_out"]

CHARACTER = 7.25  # width of a character of the 12-pixel monospaced type that boxes are labelled with
SMALL = 6.1
LINE = 16.0
PADDING = 10.0
GAP = 22.0
RISE = 34.0
TITLE = 20.0
_LONGEST_LINE = 44
_MOST_BENDS = 5_000


@dataclass
class Box:
    """A placed vertex: its centre and its size."""

    vertex: Vertex
    x: float
    y: float
    width: float
    height: float
    lines: list[str]


@dataclass
class Frame:
    """A placed group: its upper left corner and its size."""

    name: str
    label: str
    x: float
    y: float
    width: float
    height: float
    depth: int


@dataclass
class Route:
    """A placed arrow: the points that it passes, from the source to the target."""

    arrow: Arrow
    points: list[tuple[float, float]]


@dataclass
class Picture:
    """A graph with places for everything."""

    boxes: list[Box] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0

    def box(self, key: str) -> Box:
        """The box of a vertex."""
        return next(box for box in self.boxes if box.vertex.key == key)


@dataclass
class _Item:
    """What one level arranges: a vertex, a finished group, or a bend of a long arrow."""

    width: float
    height: float
    content: Box | _Level | None = None
    layer: int = 0
    x: float = 0.0
    y: float = 0.0


@dataclass
class _Level:
    """A finished group: its items relative to its own corner."""

    name: str
    items: list[_Item]
    bends: dict[int, list[_Item]]
    width: float
    height: float


def lay_out(graph: Graph) -> Picture:
    """Place a graph.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    Picture
        The same for the same graph, always.
    """
    known = {vertex.key: vertex for vertex in graph.vertices}
    arrows = [a for a in graph.arrows if a.source in known and a.target in known]
    numbers = {id(arrow): number for number, arrow in enumerate(arrows)}
    top = _level((), list(known.values()), arrows, known, numbers)
    picture = Picture(width=top.width, height=top.height)
    bends: dict[int, list[tuple[float, float]]] = {}
    _unfold(graph, top, 0.0, 0.0, 0, picture, bends)
    boxes = {box.vertex.key: box for box in picture.boxes}
    for number, arrow in enumerate(arrows):
        picture.routes.append(_route(arrow, boxes[arrow.source], boxes[arrow.target], bends.get(number, [])))
    _spread(picture.routes, boxes)
    right = max((x for route in picture.routes for x, _ in route.points), default=0.0)
    picture.width = max(picture.width, right + PADDING)
    return picture


# --- one level --------------------------------------------------------------------------------


def _level(
    path: tuple[str, ...],
    vertices: list[Vertex],
    arrows: list[Arrow],
    known: dict[str, Vertex],
    numbers: dict[int, int],
) -> _Level:
    """Arrange the vertices and groups directly in a group."""
    depth = len(path)
    groups: dict[str, list[Vertex]] = {}
    order: list[str] = []
    for vertex in vertices:
        child = _child(vertex, depth)
        if child not in groups:
            groups[child] = []
            order.append(child)
        groups[child].append(vertex)
    items: dict[str, _Item] = {}
    for child in order:
        members = groups[child]
        if child.startswith("v:"):
            box = _box(members[0])
            items[child] = _Item(box.width, box.height, box)
        else:
            name = members[0].group[depth]
            inside = {vertex.key for vertex in members}
            own = [a for a in arrows if a.source in inside and a.target in inside]
            level = _level((*path, name), members, own, known, numbers)
            items[child] = _Item(level.width, level.height, level)
    edges: dict[tuple[str, str], list[int]] = {}
    for arrow in arrows:
        ends = _child(known[arrow.source], depth), _child(known[arrow.target], depth)
        if ends[0] != ends[1] and not arrow.back:
            edges.setdefault(ends, []).append(numbers[id(arrow)])
    return _arranged(path[-1] if path else "", items, edges)


def _child(vertex: Vertex, depth: int) -> str:
    return f"g:{vertex.group[depth]}" if len(vertex.group) > depth else f"v:{vertex.key}"


def _box(vertex: Vertex) -> Box:
    lines = [_short(line) for line in vertex.label.split("\n")]
    longest = max([len(line) * CHARACTER for line in lines] + [len(_short(vertex.detail)) * SMALL])
    height = LINE * len(lines) + (LINE - 2 if vertex.detail else 0) + PADDING
    return Box(vertex, 0.0, 0.0, max(longest, 18.0) + 2 * PADDING, height, lines)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"


def _arranged(name: str, items: dict[str, _Item], edges: dict[tuple[str, str], list[int]]) -> _Level:
    forward = without_cycles(list(items), edges)
    layers = find_layers(list(items), forward)
    rows: list[list[_Item]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    above: dict[int, list[_Item]] = {}
    below: dict[int, list[_Item]] = {}
    for key, item in items.items():
        item.layer = layers[key]
        rows[item.layer].append(item)
    bends: dict[int, list[_Item]] = {}
    bent = sum(layers[target] - layers[source] - 1 for source, target in forward) <= _MOST_BENDS
    for (source, target), numbers in forward.items():
        if not bent and layers[target] - layers[source] > 1:
            continue  # drawn straight across: a graph with so many long arrows is no picture any more
        chain = [items[source]]
        for layer in range(layers[source] + 1, layers[target]):
            bend = _Item(6.0, 0.0, None, layer)
            rows[layer].append(bend)
            chain.append(bend)
        chain.append(items[target])
        for upper, lower in itertools.pairwise(chain):
            below.setdefault(id(upper), []).append(lower)
            above.setdefault(id(lower), []).append(upper)
        for number in numbers:
            bends[number] = chain[1:-1]
    order_layers(rows, above, below)
    _coordinates(rows, above, below)
    _heights(rows)
    every = [item for row in rows for item in row]
    left = min((item.x - item.width / 2 for item in every), default=0.0)
    right = max((item.x + item.width / 2 for item in every), default=0.0)
    bottom = max((item.y + item.height / 2 for item in every), default=0.0)
    head = TITLE if name else 0.0
    for item in every:
        item.x += PADDING - left
        item.y += PADDING + head
    return _Level(name, list(items.values()), bends, right - left + 2 * PADDING, bottom + 2 * PADDING + head)


# --- coordinates ------------------------------------------------------------------------------


def _coordinates(
    rows: list[list[_Item]], above: dict[int, list[_Item]], below: dict[int, list[_Item]]
) -> None:
    for row in rows:
        _place(row, [0.0] * len(row), [1.0] * len(row))
    for sweep in range(2 * SWEEPS):
        down = sweep % 2 == 0
        neighbours = above if down else below
        for row in rows if down else reversed(rows):
            wanted = [_centre(neighbours.get(id(item), []), item.x) for item in row]
            # A bend wants to be straight more than a box wants to be in the middle.
            weights = [
                0.2 if id(item) not in neighbours else 4.0 if item.content is None else 1.0 for item in row
            ]
            _place(row, wanted, weights)


def _centre(items: list[_Item], default: float) -> float:
    return sum(item.x for item in items) / len(items) if items else default


def _place(row: list[_Item], wanted: list[float], weights: list[float]) -> None:
    """The positions nearest to those wanted that keep the order and the distances (pool adjacent violators)."""
    offsets = [0.0]
    for left, right in itertools.pairwise(row):
        offsets.append(offsets[-1] + (left.width + right.width) / 2 + GAP)
    pools: list[tuple[float, float, int]] = []
    for k in range(len(row)):
        value, weight, count = wanted[k] - offsets[k], weights[k], 1
        while pools and pools[-1][0] > value:
            other, mass, size = pools.pop()
            value = (value * weight + other * mass) / (weight + mass)
            weight, count = weight + mass, count + size
        pools.append((value, weight, count))
    k = 0
    for value, _, count in pools:
        for _ in range(count):
            row[k].x = value + offsets[k]
            k += 1


def _heights(rows: list[list[_Item]]) -> None:
    y = 0.0
    for row in rows:
        tallest = max((item.height for item in row), default=0.0)
        for item in row:
            item.y = y + tallest / 2
        y += tallest + RISE


# --- putting levels together ------------------------------------------------------------------


def _unfold(
    graph: Graph, level: _Level, x: float, y: float, depth: int, picture: Picture,
    bends: dict[int, list[tuple[float, float]]],
) -> None:  # fmt: skip
    for number, chain in level.bends.items():
        bends[number] = [(x + item.x, y + item.y) for item in chain]
    for item in level.items:
        content = item.content
        if isinstance(content, Box):
            content.x, content.y = x + item.x, y + item.y
            picture.boxes.append(content)
        elif isinstance(content, _Level):
            corner = x + item.x - item.width / 2, y + item.y - item.height / 2
            label = graph.groups.get(content.name, content.name)
            picture.frames.append(Frame(content.name, label, *corner, item.width, item.height, depth))
            _unfold(graph, content, *corner, depth + 1, picture, bends)


def _spread(routes: list[Route], boxes: dict[str, Box]) -> None:
    """Let the arrows of a box begin and end beside each other, in the order of where they come from."""
    for end, beside in ((0, 1), (-1, -2)):
        at: dict[str, list[Route]] = {}
        for route in routes:
            if len(set(route.points)) > 1 and not _goes_round(route):
                key = route.arrow.target if end else route.arrow.source
                at.setdefault(key, []).append(route)
        for key, group in at.items():
            box = boxes[key]
            step = min(14.0, 0.7 * box.width / len(group))
            group.sort(key=lambda route: route.points[beside][0])
            for k, route in enumerate(group):
                route.points[end] = (box.x + (k - (len(group) - 1) / 2) * step, route.points[end][1])


def _goes_round(route: Route) -> bool:
    return route.arrow.back or route.points[0][1] >= route.points[-1][1]


def _route(arrow: Arrow, source: Box, target: Box, bends: list[tuple[float, float]]) -> Route:
    if arrow.back or source.y >= target.y:
        # round the right-hand side
        side = max(source.x + source.width / 2, target.x + target.width / 2) + GAP
        apart = source.height / 4 if source is target else 0.0
        start = source.x + source.width / 2, source.y + apart
        end = target.x + target.width / 2, target.y - apart
        return Route(arrow, [start, (side, start[1]), (side, end[1]), end])
    start, end = (source.x, source.y + source.height / 2), (target.x, target.y - target.height / 2)
    return Route(arrow, [start, *bends, end])
