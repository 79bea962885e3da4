"""Pictures of graphs without any program but this one: a layered layout, and SVG, DOT and Mermaid texts.

>>> from srcgrad.inspection.drawing import Arrow, Graph, Vertex, to_mermaid
>>> graph = Graph([Vertex("x", "x", kind="input"), Vertex("y", "y = x * x")], [Arrow("x", "y")])
>>> print(to_mermaid(graph))
flowchart TD
    n0(["x"])
    n1["y = x * x"]
    n0 --> n1
"""

from __future__ import annotations

from srcgrad.inspection.drawing.graph import Arrow, Graph, Vertex
from srcgrad.inspection.drawing.layout import Picture, lay_out
from srcgrad.inspection.drawing.svg import to_svg
from srcgrad.inspection.drawing.text import to_dot, to_mermaid

__all__ = ["Arrow", "Graph", "Picture", "Vertex", "lay_out", "to_dot", "to_mermaid", "to_svg"]
