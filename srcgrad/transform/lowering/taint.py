"""Which names may carry derivatives, judged by the text alone.

One graph holds, for every name, a node for its value and one for the memory behind it::

    y = x * 2         value x  -> value y
    A[i] = x          value x  -> memory A
    v = A[1:3]        value A  -> value v,   memory A <-> memory v
    always            memory A -> value A

What can be reached from the differentiable names is tainted. Comparisons, ``len``, ``x.shape``,
``int(x)``, text and every rule without derivative stop the taint. Flow-insensitive: one answer a name.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import gast

from srcgrad.transform.lowering.callees import Callees
from srcgrad.transform.lowering.scopes import Comprehension, blocks, children, free_names, own_nodes, root

_Node = tuple[str, str]


class Taint:
    """The tainted names of one function, and questions about its expressions.

    Parameters
    ----------
    body : list of statements
        The function.
    callees : Callees
        Resolves what it calls.
    active : iterable of str
        Where the taint starts.
    inert : iterable of str
        Names of which only the truth of a test depends.
    before : Taint, optional
        That of the same function before it was lowered.
    """

    def __init__(
        self,
        body: list[gast.stmt],
        callees: Callees,
        active: Iterable[str],
        inert: Iterable[str] = (),
        before: Taint | None = None,
    ) -> None:
        self._callees = callees
        # What an expression reads does not depend on the statements around it.
        self._carriers: dict[int, tuple[gast.AST, frozenset[str]]] = (
            {} if before is None else before._carriers
        )
        self._opaque: dict[int, tuple[gast.AST, bool]] = {}
        self._active = frozenset(active)
        self.names: set[str] = _reachable(_edges(body, self), active).difference(inert)

    def carriers(self, node: gast.AST) -> frozenset[str]:
        """The names through which a derivative could reach the value of an expression."""
        memo = self._carriers.get(id(node))
        if memo is None or memo[0] is not node:
            memo = self._carriers[id(node)] = node, frozenset(self._carriers_of(node))
        return memo[1]

    def carries(self, node: gast.AST) -> bool:
        """Whether the value of an expression may carry a derivative."""
        return not self.names.isdisjoint(self.carriers(node))

    def touches(self, call: gast.Call) -> bool:
        """Whether a call is given something tainted (or is a tainted function)."""
        return any(self.carries(part) for part in operands(call))

    def add(self, name: str) -> None:
        """Taint a name that a pass has introduced."""
        self.names.add(name)

    def _is_local(self, name: str) -> bool:
        return name in self._callees.local or name in self._active

    # --- values ---

    def _carriers_of(self, node: gast.AST) -> Iterable[str]:
        if isinstance(node, gast.Name):
            return (node.id,) if self._is_local(node.id) else ()
        if isinstance(node, gast.Call):
            return () if self._callees.effect(node).inert else self._of_all(operands(node))
        if isinstance(node, gast.Attribute):
            return () if self._callees.is_inert_attribute(node) else self.carriers(node.value)
        if isinstance(node, gast.Subscript):
            return self.carriers(node.value)
        if isinstance(node, gast.IfExp):
            return self._of_all((node.body, node.orelse))
        if isinstance(node, (gast.Compare, gast.JoinedStr, gast.Constant)):
            return ()
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not):
            return ()
        if isinstance(node, gast.Lambda):
            return filter(self._is_local, free_names(node))
        if isinstance(node, gast.DictComp):
            return self._of_all((node.key, node.value))
        if isinstance(node, Comprehension):
            return self.carriers(node.elt)
        if isinstance(node, gast.NamedExpr):
            return self.carriers(node.value)
        return self._of_all(child for child in children(node) if isinstance(child, _VALUES))

    def _of_all(self, nodes: Iterable[gast.AST]) -> frozenset[str]:
        return frozenset[str]().union(*map(self.carriers, nodes))

    def shares(self, node: gast.AST) -> frozenset[str]:
        """The names whose memory the value of an expression may share."""
        if isinstance(node, gast.Name):
            return frozenset((node.id,)) if self._is_local(node.id) else frozenset()
        if isinstance(node, gast.Call):
            effect = self._callees.effect(node)
            return self._shared(operands(node)) if effect.sharing else frozenset()
        if isinstance(node, (gast.Attribute, gast.Subscript, gast.Starred, gast.NamedExpr)):
            inert = isinstance(node, gast.Attribute) and self._callees.is_inert_attribute(node)
            return frozenset() if inert else self.shares(node.value)
        if isinstance(node, gast.IfExp):
            return self._shared((node.body, node.orelse))
        if isinstance(node, gast.BoolOp):
            return self._shared(node.values)
        if isinstance(node, (gast.Tuple, gast.List, gast.Set)):
            return self._shared(node.elts)
        if isinstance(node, gast.Dict):
            return self._shared(node.values)
        if isinstance(node, gast.DictComp):
            return self.shares(node.value)
        if isinstance(node, Comprehension):
            return self.shares(node.elt)
        if isinstance(node, gast.BinOp):
            # The sum of two lists holds the arrays of both; between numbers and arrays it is new.
            parts = (node.left, node.right)
            return self._shared(parts) if any(isinstance(part, _LISTS) for part in parts) else frozenset()
        return frozenset()

    def _shared(self, nodes: Iterable[gast.AST]) -> frozenset[str]:
        return frozenset[str]().union(*map(self.shares, nodes))

    # --- statements ---

    def is_opaque(self, stmt: gast.stmt) -> bool:
        """Whether a statement may be left exactly as it stands.

        It binds no tainted name, writes no tainted memory, hands nothing tainted to a function that
        might, and nothing in it leaves the statement (``raise`` may). A ``raise`` is always opaque:
        nothing that carries a derivative comes after it.
        """
        memo = self._opaque.get(id(stmt))
        if memo is None or memo[0] is not stmt:
            memo = self._opaque[id(stmt)] = stmt, self._is_opaque(stmt, loops=0)
        return memo[1]

    def _is_opaque(self, stmt: gast.stmt, loops: int) -> bool:
        if isinstance(stmt, gast.Raise):
            return True
        if isinstance(stmt, gast.Return) or (isinstance(stmt, (gast.Break, gast.Continue)) and not loops):
            return False
        if isinstance(stmt, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
            return stmt.name not in self.names
        if self._writes_nameless_memory(stmt):
            return False
        if not all(self._is_harmless(node) for node in _header(stmt)):
            return False
        for field, block in blocks(stmt):
            inside = loops + (isinstance(stmt, (gast.For, gast.AsyncFor, gast.While)) and field == "body")
            if not all(self._is_opaque(child, inside) for child in block):
                return False
        return True

    def _writes_nameless_memory(self, stmt: gast.stmt) -> bool:
        """Whether a statement like ``get(A)[i] = x`` may write a derivative, or into memory that carries one."""
        if not isinstance(stmt, (gast.Assign, gast.AugAssign, gast.AnnAssign)):
            return False
        targets = stmt.targets if isinstance(stmt, gast.Assign) else [stmt.target]
        nameless = [
            node
            for target in targets
            for node in own_nodes(target)
            if isinstance(node, (gast.Subscript, gast.Attribute))
            and isinstance(node.ctx, gast.Store)
            and root(node) is None
        ]
        if not nameless:
            return False
        carried = stmt.value is not None and self.carries(stmt.value)
        return carried or any(not self.names.isdisjoint(self.shares(node)) for node in nameless)

    def _is_harmless(self, node: gast.AST) -> bool:
        if isinstance(node, gast.Name):
            return isinstance(node.ctx, gast.Load) or node.id not in self.names
        if isinstance(node, (gast.Subscript, gast.Attribute)):
            return isinstance(node.ctx, gast.Load) or root(node) not in self.names
        if isinstance(node, (gast.Yield, gast.YieldFrom, gast.Await)):
            return False
        if isinstance(node, gast.alias):
            return (node.asname or node.name).partition(".")[0] not in self.names
        if isinstance(node, (gast.MatchAs, gast.MatchStar)):
            return node.name not in self.names
        if isinstance(node, gast.MatchMapping):
            return node.rest not in self.names
        if isinstance(node, gast.Call):
            effect = self._callees.effect(node)
            if effect.writes == "one" and effect.target is not None:
                return not self.carries(effect.target)
            return ((effect.known or effect.inert) and effect.pure) or not self.touches(node)
        return True


_VALUES = (ast.expr, gast.keyword)
_LISTS = (gast.List, gast.ListComp, gast.Tuple)


def operands(call: gast.Call) -> Iterator[gast.expr]:
    """What a call works on: the object of a method (or the function itself), then the arguments."""
    yield call.func.value if isinstance(call.func, gast.Attribute) else call.func
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def _header(stmt: gast.stmt) -> Iterator[gast.AST]:
    """The nodes of a statement without the statements inside."""
    for child in children(stmt):
        if isinstance(child, (gast.ExceptHandler, gast.match_case)):
            yield from (
                node
                for part in children(child)
                if not isinstance(part, gast.stmt)
                for node in own_nodes(part)
            )
        elif not isinstance(child, gast.stmt):
            yield from own_nodes(child)


# --- the graph ---------------------------------------------------------------------------------


def _reachable(edges: dict[_Node, set[_Node]], active: Iterable[str]) -> set[str]:
    pending: list[_Node] = [("value", name) for name in active]
    seen = set(pending)
    while pending:
        for node in edges[pending.pop()]:
            if node not in seen:
                seen.add(node)
                pending.append(node)
    return {name for _, name in seen}


def _keys(target: gast.expr) -> Iterator[gast.expr]:
    """The indices in ``d[k].x[i]``."""
    while isinstance(target, (gast.Attribute, gast.Subscript)):
        if isinstance(target, gast.Subscript):
            yield target.slice
        target = target.value


def _edges(body: list[gast.stmt], taint: Taint) -> dict[_Node, set[_Node]]:
    edges: dict[_Node, set[_Node]] = defaultdict(set)

    def flow(value: gast.AST, target: Any, *, part: bool = False) -> None:
        """``target = value`` (or, if ``part``, a part of the value's memory becomes the target's)."""
        if isinstance(target, (gast.Tuple, gast.List)):
            values = getattr(value, "elts", None)
            paired = (
                values is not None
                and len(values) == len(target.elts)
                and not any(isinstance(item, gast.Starred) for item in [*values, *target.elts])
            )
            for index, item in enumerate(target.elts):
                flow(values[index] if paired and values else value, item)
            return
        if isinstance(target, gast.Starred):
            flow(value, target.value)
            return
        name = root(target)
        if name is None:  # get(A)[i] = value
            for owner in taint.shares(target):
                write(owner, [value])
            return
        kind = "value" if isinstance(target, gast.Name) else "memory"
        for source in taint.carriers(value):
            edges["value", source].add((kind, name))
        for key in _keys(target):  # a dict holds its keys too
            for source in taint.carriers(key):
                edges["value", source].add(("memory", name))
        for source in taint.shares(value):
            edges["memory", source].add(("memory", name))
            edges["memory", name].add(("memory", source))
        edges["memory", name].add(("value", name))

    def write(target: str | None, values: Iterable[gast.expr]) -> None:
        if target is None:
            return
        edges["memory", target].add(("value", target))
        for value in values:
            for source in taint.carriers(value):
                edges["value", source].add(("memory", target))

    def link(names: Iterable[str]) -> None:
        """The memory of some may be held by others."""
        first, *others = dict.fromkeys(names) or [""]
        for other in others:
            edges["memory", first].add(("memory", other))
            edges["memory", other].add(("memory", first))

    for node in own_nodes(body):
        if isinstance(node, gast.Assign):
            for target in node.targets:
                flow(node.value, target)
        elif isinstance(node, (gast.AnnAssign, gast.NamedExpr)) and node.value is not None:
            flow(node.value, node.target)
        elif isinstance(node, gast.AugAssign):
            flow(node.value, node.target)
            write(root(node.target), [node.value])
        elif isinstance(node, (gast.For, gast.AsyncFor, gast.comprehension)):
            flow(node.iter, node.target)
        elif isinstance(node, gast.withitem) and node.optional_vars is not None:
            flow(node.context_expr, node.optional_vars)
        elif isinstance(node, gast.Match):
            for case in node.cases:
                for pattern in own_nodes(case.pattern):
                    for field in ("name", "rest"):
                        captured = getattr(pattern, field, None)
                        if captured:
                            flow(node.subject, gast.Name(captured, gast.Store(), None, None))
        elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
            for source in free_names(node) - {node.name}:
                edges["value", source].add(("value", node.name))
        elif isinstance(node, gast.Call):
            effect = taint._callees.effect(node)
            given = list(operands(node))
            if effect.writes == "one" and effect.target is not None:
                write(root(effect.target), given)
            elif effect.writes:
                for value in given:
                    for name in taint.shares(value):
                        write(name, given)
            if (
                effect.writes and effect.sharing
            ):  # xs.append(v): what is written through xs[0] is written into v
                link(name for value in given for name in taint.shares(value))
    return edges
