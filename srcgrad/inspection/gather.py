"""Making a report: compile anew with everything kept, and put what the passes know in plain words."""

from __future__ import annotations

import ast
import functools
import linecache
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.errors import ArgumentError, SrcgradError
from srcgrad.gradient import Argnums, Gradient, Jit, Options
from srcgrad.inspection.arguments import describe
from srcgrad.inspection.drawing import Graph
from srcgrad.inspection.flow import flow_graph
from srcgrad.inspection.measure import measure_compiled, measure_recorded
from srcgrad.inspection.recorded_graph import recorded_graph
from srcgrad.inspection.report import (
    Argument,
    Generated,
    Measures,
    Outcome,
    Place,
    Report,
    Source,
    Stage,
    TextLine,
)
from srcgrad.inspection.variables import controls_of, variables_of
from srcgrad.runtime.sweeps import copy_of
from srcgrad.transform import builders as b
from srcgrad.transform.pipeline import Compiled, Unit
from srcgrad.transform.refused import Refused
from srcgrad.transform.source import Source as Parsed
from srcgrad.transform.unparse import unparse

if TYPE_CHECKING:
    from srcgrad.transform.recorded import Rewritten

__all__ = ["inspect"]


def inspect(
    f: Callable[..., Any],
    *args: Any,
    mode: str = "reverse",
    argnums: Argnums | None = None,
    jit: Jit = False,
    value: bool = False,
    measure: bool = True,
    **kwargs: Any,
) -> Report:
    """Look inside the derivative of a function: what is generated, and why.

    Parameters
    ----------
    f : callable
        The function, or what `grad` or `value_and_grad` made of it.
    *args, **kwargs
        Arguments as for a call. Their types decide what is generated.
    mode : {"reverse", "forward"}
        Which derivative.
    argnums : int, str or sequence of them, optional
        Which parameters to differentiate; the first one unless `f` was made with others.
    jit : bool or "auto"
        Compile to machine code as well, and say whether that worked.
    value : bool
        Look at the code that returns the value too.
    measure : bool
        Run the derivative with these arguments (a few times, never the caller's own arrays), for times, memory
        and the size of tapes. False runs nothing.

    Returns
    -------
    Report
        Prints as text; `to_json`, `to_html` and `save` write it, notebooks show it.

    Raises
    ------
    ArgumentError
        If the arguments do not fit. What cannot be differentiated is no error here: the report says so.

    Examples
    --------
    >>> import srcgrad
    >>> def root(a):
    ...     x = a
    ...     while abs(x * x - a) > 1e-12:
    ...         x = 0.5 * (x + a / x)
    ...     return x
    >>> report = srcgrad.inspect(root, 2.0)
    >>> report.how
    'generated'
    >>> [(fate.what, fate.how) for variable in report.variables for fate in variable.fates]
    [('a', 'stays'), ('x', 'tape'), ('a / x', 'again')]
    """
    if mode not in ("reverse", "forward"):
        raise ArgumentError(f"mode={mode!r}", way_out='the modes are "reverse" and "forward"')
    made = f if isinstance(f, Gradient) else Gradient(f, Options(0 if argnums is None else argnums))
    if isinstance(f, Gradient) or value:
        chosen = made.options.argnums if argnums is None else argnums
        options = Options(chosen, made.options.has_aux, value or made.options.with_value)
        made = Gradient(made.primal, options)
    return _Gatherer(made, args, kwargs, mode, jit, measure).report()


@dataclass
class _Gatherer:
    gradient: Gradient[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    mode: str
    jit: Jit
    measure: bool

    def report(self) -> Report:
        import srcgrad

        target = getattr(self.gradient, "__qualname__", self.gradient.__name__)
        try:
            made = self.gradient.explained(self.args, self.kwargs, forward=self.mode == "forward")
        except ArgumentError:
            raise
        except SrcgradError as error:
            return Report(
                target,
                "refused",
                self.mode,
                (),
                refused=(_error(error, target),),
                version=srcgrad.__version__,
            )
        arguments = tuple(
            Argument(name, describe(value), name in made.wanted) for name, value in made.arguments.items()
        )
        base = Report(
            target, "recorded", self.mode, tuple(made.wanted), arguments, version=srcgrad.__version__
        )
        if made.compiled is None:
            return self.recorded(base, made.refusal, made.reason)
        return self.generated(base, made.compiled, made.values, made.named)

    # --- generated source ---------------------------------------------------------------------

    def generated(
        self, base: Report, compiled: Compiled, values: tuple[Any, ...], named: dict[str, Any]
    ) -> Report:
        units = compiled.units
        sources = _Sources([_Shown.of(unit.definition.specialization.source) for unit in units])
        parts: list[Generated] = []
        offset = 0
        for unit in units:
            lines = tuple(_lines(unit, sources))
            index = sources.index(unit.definition.specialization.source)
            parts.append(Generated(unit.definition.names, index, unit.emitted.filename, offset, lines))
            offset += len(lines) + 2
        measures: Measures | None = None
        kept: dict[tuple[str, str], int] = {}
        refused: tuple[Outcome, ...] = ()
        if self.measure:
            try:
                primal = functools.partial(self.gradient.primal, *copy_of(self.args), **copy_of(self.kwargs))
                measures, kept = measure_compiled(compiled, values, named, sources.place, primal)
            except SrcgradError as error:
                refused = (_error(error, base.target),)
        return Report(
            base.target, "generated", base.mode, base.wrt, base.arguments,
            sources=sources.described(units),
            generated=tuple(parts),
            stages=tuple(stage for unit in units for stage in _stages(unit, sources)),
            variables=tuple(v for unit in units for v in variables_of(unit, sources.index, kept, base.mode)),
            controls=tuple(c for unit in units for c in controls_of(unit, sources.index)),
            refused=refused,
            graphs=tuple(flow_graph(unit, kept) for unit in reversed(units)),
            measures=measures,
            machine_code=self.machine_code(),
            version=base.version,
        )  # fmt: skip

    def machine_code(self) -> str:
        """Whether the derivative can be compiled to machine code, where that was asked for."""
        if not self.jit:
            return ""
        options = self.gradient.options
        try:
            Gradient(
                self.gradient.primal, Options(options.argnums, options.has_aux, options.with_value, jit=True)
            )(*self.args, **self.kwargs)
        except SrcgradError as error:
            return error.cause or error.message
        return "compiled"

    # --- recorded -----------------------------------------------------------------------------

    def recorded(self, base: Report, refusal: Refused | None, reason: str) -> Report:
        from srcgrad.transform.recorded import Recording, rewritten_code

        outcome = Outcome(base.target, reason)
        if refusal is not None:
            outcome = _outcome(base.target, refusal)
        measures: Measures | None = None
        refused: tuple[Outcome, ...] = ()
        used: list[tuple[CodeType, Rewritten]] = []
        try:
            used = [rewritten_code(self.gradient.primal)]
            run = None
            if self.measure and self.mode == "reverse":
                more, run = measure_recorded(self.gradient, self.args, self.kwargs)
                used = [*(pair for pair in more if pair[0] is not used[0][0]), *used]
        except SrcgradError as error:
            refused, run = (_error(error, base.target),), None
        sources = _Sources([_Shown.of_recorded(*pair) for pair in used])
        graphs: tuple[Graph, ...] = ()
        if run is not None:
            measures = run(sources.place)
            wanted, _ = self.gradient.active(self.args, self.kwargs)
            recording = Recording(self.gradient.primal, self.args, self.kwargs, wanted)
            graphs = (recorded_graph(*recording.nodes(), f"What was recorded of {used[-1][0].co_name}"),)
        parts, offset = [], 0
        for code, made in used:
            index = sources.number(_Shown.of_recorded(code, made))
            lines = tuple(
                TextLine(
                    text, None if (line := made.line_map.get(k)) is None else Place(index, line), "forward"
                )
                for k, text in enumerate(made.source.splitlines(), 1)
            )
            parts.append(Generated((code.co_name,), index, made.code.co_filename, offset, lines))
            offset += len(lines) + 2
        return Report(
            base.target, "refused" if refused else "recorded", base.mode, base.wrt, base.arguments,
            sources=sources.described([]),
            generated=tuple(parts),
            recorded=(outcome,),
            refused=refused,
            graphs=graphs,
            measures=measures,
            version=base.version,
        )  # fmt: skip


# --- sources ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shown:
    """A function of the program, as far as it is shown."""

    name: str
    filename: str
    first: int
    last: int
    lines: tuple[str, ...]

    @staticmethod
    def of(parsed: Parsed) -> _Shown:
        ends = (getattr(node, "end_lineno", None) or 0 for node in b.walk(parsed.tree))
        last = max(parsed.first_line, *ends)
        return _Shown(parsed.name, parsed.filename, parsed.first_line, last, parsed.lines)

    @staticmethod
    def of_recorded(code: CodeType, made: Rewritten) -> _Shown:
        lines = tuple(linecache.getlines(code.co_filename))
        last = max(code.co_firstlineno, *made.line_map.values())
        return _Shown(code.co_name, code.co_filename, code.co_firstlineno, last, lines)

    def covers(self, other: _Shown) -> bool:
        return self.filename == other.filename and self.first <= other.first and other.last <= self.last

    def text(self) -> tuple[str, ...]:
        return tuple(line.rstrip("\r\n") for line in self.lines[self.first - 1 : self.last])


class _Sources:
    """The program's functions in the order in which they stand in its files; inner functions belong to outer ones."""

    def __init__(self, shown: list[_Shown]) -> None:
        entry = shown[-1].filename if shown else ""
        ordered = sorted(shown, key=lambda s: (s.filename != entry, s.filename, s.first, -s.last))
        self.shown: list[_Shown] = []
        for one in ordered:
            if not any(other.covers(one) for other in self.shown):
                self.shown.append(one)

    def index(self, parsed: Parsed) -> int:
        """Number of the source that a function is in."""
        return self.number(_Shown.of(parsed))

    def number(self, one: _Shown) -> int:
        """The same, of what is shown of a function."""
        return next(k for k, shown in enumerate(self.shown) if shown.covers(one))

    def place(self, filename: str, line: int) -> Place | None:
        """The place of a line in a file."""
        for k, shown in enumerate(self.shown):
            if shown.filename == filename and shown.first <= line <= shown.last:
                return Place(k, line)
        return None

    def described(self, units: list[Unit]) -> tuple[Source, ...]:
        marks: dict[int, dict[int, str]] = {k: {} for k in range(len(self.shown))}
        for unit in units:
            found = marks[self.index(unit.definition.specialization.source)]
            for line, mark in _marks(unit):
                if found.get(line) != "active":
                    found[line] = mark
        return tuple(
            Source(
                one.name, one.filename, one.first, one.text(), dict(sorted(marks[k].items())), _starts(one)
            )
            for k, one in enumerate(self.shown)
        )


def _starts(shown: _Shown) -> dict[int, int]:
    """The lines that continue a simple statement, each with the line that the statement begins at."""
    made: dict[int, int] = {}
    try:
        tree = ast.parse(textwrap.dedent("\n".join(shown.text())))
    except SyntaxError:  # a lambda in the middle of something
        return made
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            last = node.end_lineno or node.lineno
            body = getattr(node, "body", None)
            if isinstance(body, list) and body:  # of a compound statement, the header
                last = min(child.lineno for child in body) - 1
            for line in range(node.lineno + 1, last + 1):
                made[shown.first + line - 1] = shown.first + node.lineno - 1
    return made


def _marks(unit: Unit) -> Iterator[tuple[int, str]]:
    """What becomes of lines of the program."""
    facts = unit.definition.specialization.facts
    assert facts is not None
    pending: list[gast.stmt] = list(facts.core.function.body)
    while pending:
        statement = pending.pop(0)
        line = getattr(statement, "lineno", None)
        if line is None:
            continue
        if id(statement) in facts.core.opaque:
            for covered in range(line, (getattr(statement, "end_lineno", None) or line) + 1):
                yield covered, "copied"
            continue
        if not facts.reached(statement):
            yield line, "unreached"
            continue
        for part in ("body", "orelse"):
            pending += getattr(statement, part, None) or []
    for k, sweep in _sweeps(unit.emitted.source, unit.definition.forward_length).items():
        line = unit.emitted.line_map.get(k)
        if sweep == "reverse" and line is not None:
            yield line, "active"


# --- text -------------------------------------------------------------------------------------


def _sweeps(text: str, forward: int) -> dict[int, str]:
    """Line of generated text -> the sweep that it belongs to.

    Of one function, the first statements, so many, are the forward sweep; of two, the first is.
    """
    made: dict[int, str] = {}
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    for k, function in enumerate(functions):
        for number, statement in enumerate(function.body):
            before = k == 0 if len(functions) > 1 else number < forward
            sweep = "forward" if before else "reverse"
            for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
                made[line] = sweep
    return made


def _lines(unit: Unit, sources: _Sources) -> Iterator[TextLine]:
    sweeps = _sweeps(unit.emitted.source, unit.definition.forward_length)
    index = sources.index(unit.definition.specialization.source)
    for k, text in enumerate(unit.emitted.source.splitlines(), 1):
        line = unit.emitted.line_map.get(k)
        yield TextLine(text, None if line is None else Place(index, line), sweeps.get(k, ""))


def _stages(unit: Unit, sources: _Sources) -> Iterator[Stage]:
    """The steps from the program to the derivative, each as a program."""
    specialization = unit.definition.specialization
    index = sources.index(specialization.source)
    name = (
        unit.definition.names[0].removesuffix("_forward")
        if len(unit.definition.names) > 1
        else specialization.name
    )
    shown = _Shown.of(specialization.source)
    text = (TextLine(line, Place(index, shown.first + k)) for k, line in enumerate(shown.text()))
    yield Stage("source", name, index, tuple(text))
    yield Stage("core", name, index, tuple(_printed(specialization.core.function, index)))
    before = unit.definition.decisions.before
    if before is not None:
        body = [b.comment("forward sweep"), *before.forward, b.comment("reverse sweep"), *before.reverse]
        function = b.function_def(name, b.clone(unit.definition.functions[0].args), body)
        forward = sum(not b.is_comment(statement) for statement in before.forward)
        yield Stage("sweeps", name, index, tuple(_printed(function, index, forward)))
    yield Stage("final", name, index, tuple(_lines(unit, sources)))


def _printed(function: gast.FunctionDef, index: int, forward: int | None = None) -> Iterator[TextLine]:
    """A function as text; with the number of statements in its forward sweep, if it has sweeps."""
    text, line_map = unparse(function)
    sweeps = {} if forward is None else _sweeps(text, forward)
    for k, line in enumerate(text.splitlines(), 1):
        place = None if k not in line_map else Place(index, line_map[k])
        yield TextLine(line, place, sweeps.get(k, ""))


# --- refusals ---------------------------------------------------------------------------------


def _outcome(target: str, refusal: Refused) -> Outcome:
    source, line = refusal.source, getattr(refusal.node, "lineno", None) or 0
    if source is None:
        return Outcome(target, refusal.reason, line=line)
    text = source.lines[line - 1].strip() if 0 < line <= len(source.lines) else ""
    return Outcome(source.name, refusal.reason, source.filename, line, text)


def _error(error: SrcgradError, target: str) -> Outcome:
    place = error.location
    reason = error.message + (f": {error.cause}" if error.cause else "")
    if place is None:
        return Outcome(target, reason, code=error.code)
    return Outcome(target, reason, place.filename, place.lineno, place.source_line.strip(), error.code)
