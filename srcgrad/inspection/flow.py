"""What depends on what in a function of the program: one box a line, one arrow for each value that flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import gast

from srcgrad.inspection.drawing import Arrow, Graph, Vertex
from srcgrad.inspection.measure import bindings
from srcgrad.inspection.terminal import size_text
from srcgrad.transform import builders as b
from srcgrad.transform.activity import find_activity
from srcgrad.transform.facts import Facts
from srcgrad.transform.pipeline import Unit
from srcgrad.transform.types import Known, Value, carries_derivative

__all__ = ["flow_graph"]

_LONGEST = 42


def flow_graph(unit: Unit, kept: Mapping[tuple[str, str], int]) -> Graph:
    """The graph of one function.

    Parameters
    ----------
    unit
    kept
        Measured bytes by generated function and variable.
    """
    facts = unit.definition.specialization.facts
    assert facts is not None
    walker = _Walker(facts)
    for name in facts.parameters:
        walker.defined[name] = frozenset({f"in {name}"})
    walker.block(facts.core.function.body, ())
    used = {arrow[0] for arrow in walker.arrows}
    remembered = _remembered(unit, kept)
    vertices = [
        Vertex(f"in {name}", name, kind="input", tooltip=f"parameter {name}")
        for name in facts.parameters
        if f"in {name}" in used
    ]
    for key, node in walker.nodes.items():
        size = remembered.get(node.line, 0)
        kind = "result" if node.result else "write" if node.write else "saved" if size else ""
        if not node.active and not node.result:
            kind = "plain"
        detail = f"remembers {size_text(size)}" if size else ""
        vertices.append(Vertex(key, _label(node.text), detail, kind, node.group, node.text, node.line))
    arrows = [Arrow(*ends, back=back) for ends, back in walker.arrows.items()]
    name = unit.definition.specialization.name
    groups = {key: _label(text) for key, text in walker.groups.items()}
    return Graph(tuple(vertices), tuple(arrows), groups, f"How values flow in {name}")


@dataclass
class _Node:
    text: str
    line: int
    group: tuple[str, ...]
    active: bool = False
    write: bool = False
    result: bool = False


@dataclass
class _Walker:
    """Goes through core statements in order, and knows where each name was bound last."""

    facts: Facts
    nodes: dict[str, _Node] = field(default_factory=dict)
    arrows: dict[tuple[str, str], bool] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    defined: dict[str, frozenset[str]] = field(default_factory=dict)
    again: bool = False

    def __post_init__(self) -> None:
        self.activity = find_activity(self.facts)

    def block(self, statements: list[gast.stmt], group: tuple[str, ...]) -> None:
        for statement in statements:
            if self.facts.reached(statement) or isinstance(statement, gast.Return):
                self.statement(statement, group)

    def statement(self, node: gast.stmt, group: tuple[str, ...]) -> None:
        if id(node) in self.facts.core.opaque:
            self.simple(node, group, opaque=True)
            return
        match node:
            case gast.For() | gast.While():
                self.loop(node, group)
            case gast.If():
                taken = self.facts.taken.get(id(node))
                before = dict(self.defined)
                ends: list[dict[str, frozenset[str]]] = []
                for wanted, body in ((True, node.body), (False, node.orelse)):
                    self.defined = dict(before)
                    if taken is None or taken is wanted:
                        self.block(body, group)
                        ends.append(self.defined)
                self.defined = _joined(ends) if ends else before
            case gast.With():
                self.block(node.body, group)
            case gast.Return():
                if isinstance(node.value, gast.Name):
                    for key in self.defined.get(node.value.id, ()):
                        if key in self.nodes:
                            self.nodes[key].result = True
            case gast.Pass() | gast.Import() | gast.ImportFrom() | gast.FunctionDef() | gast.Break():
                pass
            case _:
                self.simple(node, group)

    def loop(self, node: gast.For | gast.While, group: tuple[str, ...]) -> None:
        line = getattr(node, "lineno", None) or 0
        key = f"loop {line}"
        self.groups[key] = self.text(line)
        inner = (*group, key)
        if isinstance(node, gast.For):
            source = frozenset(self.sources(node.iter))
            for name in b.names_in(node.target):
                self.defined[name] = source
        before = dict(self.defined)
        self.block(node.body, inner)
        # Once more, for what the next trip reads of this one.
        self.defined = _joined([before, self.defined])
        outer, self.again = self.again, True
        self.block(node.body, inner)
        self.again = outer
        self.defined = _joined([before, self.defined])

    def simple(self, node: gast.stmt, group: tuple[str, ...], *, opaque: bool = False) -> None:
        line = getattr(node, "lineno", None) or 0
        text = self.text(line)
        if not text or text.startswith(
            ("def ", "@", "import ", "from ", "if ", "elif ", "while ", "for ", "else")
        ):
            # A part of a header that the compiler made a statement of its own: what it computes flows on.
            bound = list(_bound(node))
            sources = frozenset(self.sources(node))
            for name in bound:
                self.defined[name] = sources
            return
        key = f"line {line}"
        made = self.nodes.get(key)
        if made is None:
            if opaque and not _bound(node):
                return
            made = self.nodes[key] = _Node(text, line, group)
        for source in self.sources(node):
            if source != key:
                backwards = source in self.nodes and self.nodes[source].line > line
                self.arrows.setdefault((source, key), backwards)
            elif self.again:
                self.arrows.setdefault((source, key), True)
        made.active = made.active or self.is_active(node)
        for name, writes in _bound(node).items():
            made.write = made.write or writes
            self.defined[name] = frozenset({key})

    def is_active(self, node: gast.stmt) -> bool:
        live = self.activity.after.get(id(node), frozenset())
        for child in b.walk(node):
            if isinstance(child, gast.Name) and isinstance(child.ctx, gast.Store):
                value = self.facts.values.get(id(child))
                if value is not None and carries_derivative(value):
                    if child.id in live or value.home in self.activity.useful:
                        return True
            elif isinstance(child, gast.Subscript) and isinstance(child.ctx, gast.Store):
                owner = self.facts.values.get(id(child.value))
                if owner is not None and owner.varied:
                    return True
            elif isinstance(child, gast.Call) and isinstance(node, gast.Expr):
                return any(value.varied for value in self.values(node))
        return False

    def values(self, node: gast.AST) -> Iterator[Value]:
        for child in b.walk(node):
            if isinstance(child, gast.Name) and id(child) in self.facts.values:
                yield self.facts.values[id(child)]

    def sources(self, node: gast.AST) -> Iterator[str]:
        """Where the values that a node reads were made; what was set before the program began is left out."""
        for child in b.walk(node):
            if isinstance(child, gast.Name) and child.id in self.defined:
                reads = isinstance(child.ctx, gast.Load) or isinstance(node, gast.AugAssign)
                value = self.facts.values.get(id(child))
                if reads and not (value is not None and isinstance(value.type, Known) and not value.varied):
                    yield from sorted(self.defined[child.id])

    def text(self, line: int) -> str:
        lines = self.facts.source.lines
        return lines[line - 1].strip() if 0 < line <= len(lines) else ""


def _bound(node: gast.stmt) -> dict[str, bool]:
    """Names that a statement binds (False) or whose memory it writes (True)."""
    made: dict[str, bool] = {}
    for child in b.walk(node):
        if isinstance(child, gast.Name) and isinstance(child.ctx, gast.Store):
            made.setdefault(child.id, False)
        elif isinstance(child, (gast.Subscript, gast.Attribute)) and isinstance(child.ctx, gast.Store):
            owner = child.value
            while isinstance(owner, (gast.Subscript, gast.Attribute)):
                owner = owner.value
            if isinstance(owner, gast.Name):
                made[owner.id] = True
    if isinstance(node, gast.Expr) and isinstance(node.value, gast.Call):
        function = node.value.func
        if isinstance(function, gast.Attribute) and isinstance(function.value, gast.Name):
            made[function.value.id] = True
    return made


def _joined(states: list[dict[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
    made: dict[str, frozenset[str]] = {}
    for state in states:
        for name, keys in state.items():
            made[name] = made.get(name, frozenset()) | keys
    return made


def _label(text: str) -> str:
    text = text.partition("  #")[0]
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _remembered(unit: Unit, kept: Mapping[tuple[str, str], int]) -> dict[int, int]:
    """Bytes by line of the program."""
    made: dict[int, int] = {}
    lines = bindings(unit)
    for (function, name), size in kept.items():
        if function == unit.definition.names[0] and name in lines:
            made[lines[name]] = made.get(lines[name], 0) + size
    return made
