"""Graphs of tensors: every operation is there, repeats are one box, and shapes and bytes are right."""

import xml.etree.ElementTree as ElementTree
from collections import Counter

import pytest

import srcgrad
import srcgrad as torch
from srcgrad.errors import ArgumentError
from srcgrad.inspection.eager_facts import Facts
from srcgrad.inspection.repeats import Item, places, rolled_up


def loop(steps):
    w = torch.ones(3, requires_grad=True)
    y = w * 0.5
    for _ in range(steps):
        y = (y * w).tanh()
    return y.sum()


def network(depth):
    h = torch.ones(4, 8)
    for _ in range(depth):
        h = torch.relu(h @ torch.ones(8, 8, requires_grad=True) + torch.zeros(8, requires_grad=True))
    return h.sum()


def nested(outer, inner):
    h = torch.zeros(2, requires_grad=True)
    for _ in range(outer):
        for _ in range(inner):
            h = h * 0.5
        h = torch.sin(h)
    return h.sum()


def test_what_there_is():
    graph = srcgrad.graph(loop(20))
    assert graph.operations == 42  # one product before, two operations a step, the sum
    assert graph.leaves == 1
    assert str(graph).startswith("graph of float32[]: 42 operations, 1 leaf, ")


@pytest.mark.parametrize("build", [loop, network, lambda n: nested(n, 4)])
def test_a_hundred_times_the_steps_is_the_same_picture(build):
    few, many = srcgrad.graph(build(10)), srcgrad.graph(build(1000))
    assert len(many.drawing.vertices) == len(few.drawing.vertices) < 30
    assert len(many.drawing.arrows) == len(few.drawing.arrows)
    assert many.operations > 50 * few.operations
    assert any("times" in text for text in many.drawing.groups.values())


def test_every_operation_is_shown_by_one_of_its_kind():
    facts = Facts([nested(50, 3)])
    found = places(rolled_up(facts.items()))
    assert sorted(found) == list(range(len(facts.nodes)))
    for k, place in found.items():
        assert facts.nodes[k].name == facts.nodes[place.shown].name
        assert facts.shape(k) == facts.shape(place.shown)
    counts = Counter(place.shown for place in found.values())
    assert sum(counts.values()) == len(facts.nodes)


def test_operations_that_differ_are_not_taken_for_repeats():
    h = torch.ones(3, requires_grad=True)
    for k in range(12):
        h = h.sin() if k % 2 else h.reshape(3, 1).cos().reshape(3)
        h = torch.cat([h, h])[: 3 + k % 3 * 0]
    graph = srcgrad.graph(h.sum())
    names = Counter(v.label for v in graph.drawing.vertices)
    assert names["Sin"] and names["Cos"] and names["Cat"]
    different = torch.ones(1, requires_grad=True)
    for k in range(1, 9):
        different = torch.cat([different, torch.ones(1)])
        different = different.sin()
    graph = srcgrad.graph(different.sum())
    assert Counter(v.label for v in graph.drawing.vertices)["Sin"] == 8  # eight shapes


def test_carried_values_go_back_and_others_do_not():
    graph = srcgrad.graph(loop(30))
    back = [arrow for arrow in graph.drawing.arrows if arrow.back]
    label = {vertex.key: vertex.label for vertex in graph.drawing.vertices}
    assert [(label[a.source], label[a.target]) for a in back] == [("Tanh", "Mul")]


def test_shapes():
    a = torch.ones(4, 5, requires_grad=True)
    b = torch.ones(5, requires_grad=True)
    c = (a + b).exp().transpose(0, 1).reshape(2, 10)
    d = c[:, 3:].sum(1).unsqueeze(0).mean()
    facts = Facts([d])
    shapes = [facts.shape(k) for k in range(len(facts.nodes))]
    assert shapes == [(4, 5), (4, 5), (5, 4), (2, 10), (2, 7), (2,), (1, 2), ()]
    assert {facts.leaf_shape(k) for k in range(2)} == {(4, 5), (5,)}


def test_kept_bytes_count_each_array_once_and_no_leaf():
    a = torch.ones(100, dtype=torch.float64, requires_grad=True)
    assert srcgrad.graph((a * a).sum()).kept_bytes <= 800  # the leaf itself is not the graph's
    e = a.exp()  # kept by exp, and by both products
    graph = srcgrad.graph((e * e + e * 2.0).sum())
    assert 800 <= graph.kept_bytes < 1700


def test_what_users_wrote_is_not_run_for_a_picture():
    ran = []

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2.0

        @staticmethod
        def backward(ctx, g):
            ran.append(1)
            return g * 2.0

    y = Twice.apply(torch.ones(3, requires_grad=True).sin()).sum()
    graph = srcgrad.graph(y)
    assert "Twice" in str(graph) and not ran
    y.backward()
    assert ran == [1]


def test_drawing_changes_nothing():
    w = torch.ones(3, requires_grad=True)
    y = (w * w).tanh().sum()
    srcgrad.graph(y).svg()
    y.backward()
    first = w.grad.clone()
    w.grad = None
    (w * w).tanh().sum().backward()
    assert (w.grad == first).all()


def test_forms(tmp_path):
    graph = srcgrad.graph(network(12))
    root = ElementTree.fromstring(graph.svg())
    assert root.tag.endswith("svg")
    assert "12 times" in graph.svg() or "11 times" in graph.svg()
    assert graph.dot().startswith("digraph")
    assert graph.mermaid().startswith("flowchart")
    assert graph._repr_svg_() == graph.svg()
    html = graph._repr_html_()
    assert "<svg" in html and "<script" not in html and "figcaption" in html
    for name in ("g.svg", "g.dot", "g.mmd", "g.txt"):
        graph.save(tmp_path / name)
        assert (tmp_path / name).read_text()
    with pytest.raises(ArgumentError, match=r"\.svg"):
        graph.save(tmp_path / "g.bmp")


def test_text():
    lines = srcgrad.graph(loop(30)).text().splitlines()
    assert lines[1].startswith("Sum []")
    assert sum("times)" in line for line in lines) == 2
    assert any("(Tanh of the step before)" in line for line in lines)
    assert any(line.endswith("leaf [3]") for line in lines)


def test_limit():
    h = torch.ones(3, requires_grad=True)
    for k in range(60):  # no two steps alike
        for _ in range(k % 7):
            h = h.sin()
        h = h.cos() if k % 3 else h.exp()
        h = h.reshape(3, 1).reshape(3) if k % 4 else h.tanh()
    graph = srcgrad.graph(h.sum(), limit=20)
    assert len(graph.drawing.vertices) <= 22
    assert "more operations" in str(graph)


def test_several_results_and_collections():
    a = torch.ones(2, requires_grad=True)
    b, c = a * 2.0, a.sin()
    for given in ((b, c), ([b, c],), ({"b": b, "c": c},)):
        assert srcgrad.graph(*given).operations == 2
    one, two = torch.split(torch.ones(6, requires_grad=True) * 1.0, 3)
    assert "Split" in str(srcgrad.graph((one * two).sum()))


def test_after_backward_the_graph_is_still_drawn_and_says_so():
    y = loop(10)
    y.backward()
    assert "freed by backward" in str(srcgrad.graph(y))


@pytest.mark.parametrize(
    "value", [3.0, "text", None, torch.ones(3), torch.ones(2, requires_grad=True).detach()]
)
def test_no_graph(value):
    with pytest.raises(ArgumentError) as caught:
        srcgrad.graph(value)
    assert caught.value.way_out


def test_repeats_of_sequences():
    def items(labels, back=1):
        return [Item(x, [k], (k - back,) if k >= back else (), []) for k, x in enumerate(labels)]

    for text, boxes in (("a" * 50, 2), ("ab" * 30, 3), ("xababababy", 4), ("abcde", 5), ("aabb", 4)):
        assert len(rolled_up(items(text))) <= boxes + 1
    rolled = rolled_up(items("aab" * 40))
    found = places(rolled)
    assert len({place.shown for place in found.values()}) < 12
