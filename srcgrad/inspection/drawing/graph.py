"""A graph that is to be drawn: boxes, arrows, and boxes around boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["KINDS", "Arrow", "Graph", "Vertex"]

#: What a box stands for; the kinds are drawn differently in shape as well as in colour.
KINDS = ("input", "result", "write", "plain", "saved", "opaque", "")


@dataclass(frozen=True)
class Vertex:
    """One box.

    Parameters
    ----------
    key : str
        What arrows call it.
    label : str
        Text in the box; line ends are kept.
    detail : str
        Small print below: a shape, a size.
    kind : str
        One of ``KINDS``: decides how it looks.
    group : tuple of str
        The boxes around it, outermost first.
    tooltip : str
        Shown on pointing; read by screen readers.
    line : int, optional
        Line of the user's program, for what links pictures with text.
    """

    key: str
    label: str
    detail: str = ""
    kind: str = ""
    group: tuple[str, ...] = ()
    tooltip: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Arrow:
    """One arrow.

    Parameters
    ----------
    source, target : str
        Keys of vertices.
    label : str
        Text beside it.
    back : bool
        It goes back to the start of a loop: dashed, and of no influence on what stands above what.
    """

    source: str
    target: str
    label: str = ""
    back: bool = False


@dataclass(frozen=True)
class Graph:
    """Vertices and arrows in an order that decides the picture where nothing else does.

    Parameters
    ----------
    vertices : sequence of Vertex
    arrows : sequence of Arrow
        Those that name a vertex which does not exist are left out.
    groups : mapping of str to str
        Texts on the boxes around boxes.
    title : str
        What it is a picture of.
    """

    vertices: Sequence[Vertex]
    arrows: Sequence[Arrow] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
