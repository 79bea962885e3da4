"""The facts about each variable, out of what the passes found and decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import gast

from srcgrad.inspection.report import Control, Fate, Place, Variable
from srcgrad.transform import builders as b
from srcgrad.transform.activity import Activity, find_activity
from srcgrad.transform.decisions import How, Kept, Temporary
from srcgrad.transform.facts import Facts
from srcgrad.transform.names import bound_and_read
from srcgrad.transform.pieces import assigned
from srcgrad.transform.pipeline import Unit
from srcgrad.transform.source import Source
from srcgrad.transform.types import (
    Array,
    Dim,
    Inert,
    Inner,
    Known,
    ListOf,
    Number,
    Numeric,
    RangeOf,
    Record,
    Region,
    TupleOf,
    Type,
    Value,
    carries_derivative,
)
from srcgrad.transform.unparse import unparse

__all__ = ["controls_of", "type_text", "variables_of"]

Index = Callable[[Source], int]

_HOW = {How.TAPE: "tape", How.NAME: "kept", How.COPY: "copy", How.AGAIN: "again", How.STAYS: "stays"}


def variables_of(
    unit: Unit, index: Index, kept: Mapping[tuple[str, str], int], mode: str = "reverse"
) -> Iterator[Variable]:
    """The variables of one generated function, those of the user first.

    Parameters
    ----------
    unit
    index
        Number of a source.
    kept
        Measured bytes by generated function and variable.
    mode
        In forward mode there is no reverse sweep that could need a value.
    """
    facts = unit.definition.specialization.facts
    assert facts is not None
    collected = _collect(facts)
    own = set(bound_and_read(facts.source.tree))
    ordered = sorted(collected, key=lambda name: (name not in own, *_first(collected[name])))
    maker = _Maker(unit, facts, find_activity(facts), collected, kept, mode == "forward")
    for name in ordered:
        if name in own or maker.interesting(name):
            yield maker.variable(name, index(facts.source), name in own)


def controls_of(unit: Unit, index: Index) -> Iterator[Control]:
    """How the reverse sweep of a function knows which way branches and loops went."""
    source = unit.definition.specialization.source
    last = {control.line: control for control in unit.definition.decisions.controls if control.line}
    why = {
        How.AGAIN: "evaluated again: what it reads has not changed",
        How.NAME: "remembered in a variable: what it reads may have changed, or the loop may have ended early",
        How.TAPE: "remembered in a list, one entry a trip of the loop around it",
    }
    for control in sorted(last.values(), key=lambda control: control.line):
        reason = why[control.how]
        if control.until_empty:
            reason = "the reverse loop runs until the list, which has one entry a trip, is empty"
        yield Control(Place(index(source), control.line), _HOW[control.how], reason, control.holder)


def type_text(type_: Type) -> str:
    """A type in a few words."""
    match type_:
        case Known(value=value):
            return (
                f"{type(value).__name__} {value!r}" if isinstance(value, (int, float, str)) else _named(value)
            )
        case Number(kind=kind):
            return kind.name.lower()
        case Array(kind=kind, shape=shape):
            inside = "..." if shape is None else ", ".join(map(_dim, shape))
            return f"{kind.name.lower()}[{inside}]"
        case Numeric(kind=kind):
            return f"{kind.name.lower()} or array"
        case TupleOf(items=items):
            return f"tuple({', '.join(type_text(item.type) for item in items)})"
        case ListOf():
            return "list"
        case RangeOf():
            return "range"
        case Record(cls=cls):
            return cls.__name__
        case Inner(name=name):
            return f"function {name}"
        case Inert():
            return "without derivative"
    return "unknown"


def _dim(dim: Dim | None) -> str:
    if dim is None:
        return ":"
    if dim.symbol is None:
        return str(dim.offset)
    symbol = dim.symbol
    if symbol.startswith("#"):
        return ":"  # the compiler's own name for a length that it cannot name
    return symbol if not dim.offset else f"{symbol}{dim.offset:+d}"


def _named(value: object) -> str:
    name = getattr(value, "__name__", None)
    return f"{type(value).__name__} {name}" if name else type(value).__name__


# --- collecting -------------------------------------------------------------------------------


def _collect(facts: Facts) -> dict[str, list[tuple[int, Value, bool]]]:
    """Name -> where it occurs: line, value, whether it is bound there."""
    found: dict[str, list[tuple[int, Value, bool]]] = {}
    first = facts.core.function.lineno if hasattr(facts.core.function, "lineno") else 0
    for name, value in facts.parameters.items():
        found.setdefault(name, []).append((first, value, True))
    pending: list[tuple[gast.AST, int]] = [(s, 0) for s in reversed(facts.core.function.body)]
    while pending:
        node, line = pending.pop()
        line = getattr(node, "lineno", None) or line
        if isinstance(node, gast.Name) and id(node) in facts.values:
            found.setdefault(node.id, []).append(
                (line, facts.values[id(node)], isinstance(node.ctx, gast.Store))
            )
        pending += [(child, line) for child in reversed(list(gast.iter_child_nodes(node)))]
    outer = set(facts.outer)
    return {name: uses for name, uses in found.items() if name not in outer and _is_local(uses)}


def _is_local(uses: list[tuple[int, Value, bool]]) -> bool:
    return any(bound for _, _, bound in uses)


def _first(uses: list[tuple[int, Value, bool]]) -> tuple[int, int]:
    return (min(line for line, _, _ in uses), 0)


class _Maker:
    def __init__(
        self, unit: Unit, facts: Facts, activity: Activity,
        collected: dict[str, list[tuple[int, Value, bool]]], kept: Mapping[tuple[str, str], int],
        forward: bool,
    ) -> None:  # fmt: skip
        self.unit = unit
        self.facts = facts
        self.activity = activity
        self.collected = collected
        self.function = unit.definition.names[0]
        self.kept = kept
        self.forward = forward
        self.live: set[str] = set().union(*activity.after.values(), *activity.head.values())
        self.mentioned = {
            node.id
            for function in unit.definition.functions
            for node in b.walk(function)
            if isinstance(node, gast.Name)
        }
        decisions = unit.definition.decisions
        self.versions: dict[str, list[Kept]] = {}
        for version in decisions.kept:
            if version.how is How.STAYS or version.holder in self.mentioned:
                self.versions.setdefault(version.name, []).append(version)
        self.temporaries: dict[str, list[Temporary]] = {}
        seen: set[int] = set()
        for temporary in decisions.temporaries:
            if temporary.holder and temporary.holder not in self.mentioned:
                continue
            if id(temporary.node) not in seen:
                seen.add(id(temporary.node))
                names = [n for n in b.names_in(temporary.node) if n in collected]
                self.temporaries.setdefault(names[0] if names else "", []).append(temporary)
        self.dropped: set[str] = set()
        if decisions.before is not None:
            final = set(assigned([s for f in unit.definition.functions for s in f.body]))
            self.dropped = set(assigned(decisions.before.forward)) - final
        self.regions: dict[Region, set[str]] = {}
        for name, uses in collected.items():
            for _, value, _ in uses:
                if value.home is not None:
                    self.regions.setdefault(value.home, set()).add(name)

    def interesting(self, name: str) -> bool:
        """True for a variable of the compiler's that something is kept of."""
        return any(version.how is not How.STAYS for version in self.versions.get(name, []))

    def variable(self, name: str, source: int, own: bool) -> Variable:
        uses = self.collected[name]
        values = [value for _, value, _ in uses]
        varies = any(carries_derivative(value) for value in values)
        useful = name in self.live or any(
            value.home in self.activity.useful for value in values if value.home
        )
        types = dict.fromkeys(type_text(value.type) for value in values)
        aliases: set[str] = set()
        for value in values:
            if value.home is not None:
                aliases |= self.regions[value.home]
        bars, shadows = self.unit.definition.decisions.bars, self.unit.definition.decisions.shadows
        adjoint, kind = "", ""
        for table, label in ((bars, "value"), (shadows, "memory")):
            if table.get(name) in self.mentioned:
                adjoint, kind = table[name], label
        useful = useful or bool(adjoint)
        return Variable(
            name, self.function, source, " or ".join(types), varies and useful, varies, useful,
            written=any(value.written for value in values),
            aliases=tuple(sorted(aliases - {name})),
            own=own,
            adjoint=adjoint,
            adjoint_kind=kind,
            fates=() if self.forward else tuple(self.fates(name)),
            lines=tuple(sorted({line for line, _, bound in uses if bound and line})),
        )  # fmt: skip

    def fates(self, name: str) -> Iterator[Fate]:
        """What becomes of the values of a variable, and of expressions of it."""
        made = [self.fate(version) for version in self.versions.get(name, [])]
        made += [self.of_expression(temporary) for temporary in self.temporaries.get(name, [])]
        if name in self.dropped:
            yield Fate(
                "dropped", name, "not even computed: neither the reverse sweep nor the result needs it"
            )
            made = [fate for fate in made if fate.what != name]
        elif not any(fate.what == name for fate in made):
            yield Fate("unneeded", name, "not recorded: no adjoint code reads it")
        # Versions that have the same fate for the same reason are told once.
        yield from dict.fromkeys(made)

    def fate(self, version: Kept) -> Fate:
        several = len(version.readers) > 1
        reads = (
            f"the adjoint of {_lines(version.readers)} reads it"
            if version.readers
            else "adjoint code reads it"
        )
        if several:
            reads = f"the adjoints of {_lines(version.readers)} read it"
        binds = f"{_lines(version.rebound) or 'later code'} {'bind' if len(version.rebound) > 1 else 'binds'} it again"
        size = self.kept.get((self.function, version.holder or version.name))
        match version.how:
            case How.TAPE:
                why = f"put on a list in every trip of the loop: {reads}, and {binds}"
            case How.NAME:
                why = f"kept under another name: {reads}, and {binds}"
            case _ if version.name in self.unit.definition.decisions.remembered:
                why = f"remembered with each call: {reads} when the call is over"
                return Fate("kept", version.name, why, "", version.readers, size)
            case _:
                why = f"not recorded: {reads}, and it still has that value then"
        return Fate(_HOW[version.how], version.name, why, version.holder, version.readers, size)

    def of_expression(self, temporary: Temporary) -> Fate:
        text = unparse([gast.Expr(b.clone(temporary.node))])[0].strip()
        size = self.kept.get((self.function, temporary.holder)) if temporary.holder else None
        tape = next((v for v in self.versions.get(temporary.holder, []) if v.how is How.TAPE), None)
        holder, how = temporary.holder, _HOW[temporary.how]
        match temporary.how:
            case How.AGAIN:
                why = "computed again in the reverse sweep: that costs less than remembering it"
            case How.COPY:
                why = "copied: an adjoint reads it, and its memory is written later"
            case _:
                why = "kept: an adjoint reads it, and computing it again would cost more"
        if tape is not None:
            holder, how, why = tape.holder, "tape", f"{why}; one entry a trip of the loop"
            size = self.kept.get((self.function, tape.holder))
        lines = (temporary.line,) if temporary.line else ()
        return Fate(how, text, why, holder, lines, size)


def _lines(numbers: tuple[int, ...]) -> str:
    if not numbers:
        return ""
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    return f"lines {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
