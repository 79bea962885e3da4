"""Pictures of graphs: nothing overlaps, arrows go down, texts are escaped."""

from __future__ import annotations

import itertools
import random
import xml.etree.ElementTree as ET

import pytest

from srcgrad.inspection.drawing import Arrow, Graph, Vertex, lay_out, to_dot, to_mermaid, to_svg

SVG = "{http://www.w3.org/2000/svg}"


def made_up(seed: int, size: int = 60) -> Graph:
    """A random graph with groups inside of groups."""
    draw = random.Random(seed)
    groups = [(), (), ("a",), ("a", "b"), ("c",)]
    vertices = [
        Vertex(str(k), f"y{k} = " + "x" * draw.randrange(20), group=draw.choice(groups)) for k in range(size)
    ]
    pairs = [(draw.randrange(max(0, k - 9), k), k) for k in range(1, size) for _ in range(2)]
    arrows = [Arrow(str(i), str(k)) for i, k in pairs] + [Arrow("9", "3", back=True), Arrow("12", "2")]
    return Graph(vertices, arrows, {"a": "for i in range(n)"})


@pytest.mark.parametrize("seed", range(6))
def test_boxes_keep_their_distance_and_stay_inside_their_frames(seed: int) -> None:
    picture = lay_out(made_up(seed))
    for one, other in itertools.combinations(picture.boxes, 2):
        apart = abs(one.x - other.x) >= (one.width + other.width) / 2
        assert apart or abs(one.y - other.y) >= (one.height + other.height) / 2
    frames = {frame.name: frame for frame in picture.frames}
    for box in picture.boxes:
        for name in box.vertex.group:
            frame = frames[name]
            assert frame.x <= box.x - box.width / 2
            assert box.x + box.width / 2 <= frame.x + frame.width
            assert frame.y <= box.y - box.height / 2
            assert box.y + box.height / 2 <= frame.y + frame.height


@pytest.mark.parametrize("seed", range(3))
def test_the_same_graph_gives_the_same_picture(seed: int) -> None:
    assert to_svg(made_up(seed)) == to_svg(made_up(seed))


def test_a_chain_is_a_straight_line_from_top_to_bottom() -> None:
    keys = [str(k) for k in range(2000)]
    chain = Graph([Vertex(k, k.zfill(4)) for k in keys], [Arrow(a, b) for a, b in itertools.pairwise(keys)])
    picture = lay_out(chain)
    heights = [picture.box(k).y for k in keys]
    assert heights == sorted(heights)
    assert len({box.x for box in picture.boxes}) == 1


def test_a_tree_is_drawn_without_crossings() -> None:
    tree = Graph(
        [Vertex(str(k), str(k)) for k in range(15)], [Arrow(str((k - 1) // 2), str(k)) for k in range(1, 15)]
    )
    picture = lay_out(tree)
    places = {int(box.vertex.key): box.x for box in picture.boxes}
    leaves = sorted(range(7, 15), key=places.__getitem__)
    parents = [(leaf - 1) // 2 for leaf in leaves]
    assert len(list(itertools.groupby(parents))) == 4  # brothers stand together


def test_cycles_and_unknown_names_do_no_harm() -> None:
    arrows = [Arrow("a", "b"), Arrow("b", "a"), Arrow("a", "a"), Arrow("a", "nowhere")]
    picture = lay_out(Graph([Vertex("a", "a"), Vertex("b", "b")], arrows))
    assert len(picture.routes) == 3
    assert lay_out(Graph([])).boxes == []


def test_texts_are_escaped_everywhere() -> None:
    nasty = '</text><script>alert("1 & 2")</script>'
    graph = Graph([Vertex("x", nasty, nasty, group=(nasty,))], [Arrow("x", "x", nasty)], {}, nasty)
    root = ET.fromstring(to_svg(graph))
    assert not list(root.iter(f"{SVG}script"))
    assert nasty in [element.text for element in root.iter(f"{SVG}title")]
    assert "<script>" not in to_mermaid(graph)
    assert to_dot(graph).count('\\"1 & 2\\"') == 4


def test_a_box_tells_which_line_it_stands_for() -> None:
    root = ET.fromstring(to_svg(Graph([Vertex("x", "x", kind="input", line=12)])))
    (box,) = [element for element in root.iter(f"{SVG}g") if "vertex" in element.get("class", "")]
    assert box.get("data-line") == "12"
    assert "k-input" in box.get("class", "")
