"""What a derivative costs, line by line: it is run under Python's tracing, once for time and once for memory.

Generated code is ordinary Python, so every line of it can be timed, and charged to the line of the program that it comes
from. Between the two sweeps the generated function is stopped for a moment, and what it remembers is weighed.
"""

from __future__ import annotations

import ast
import copy
import functools
import math
import sys
import time
import tracemalloc
from collections.abc import Callable
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.inspection.report import LineCost, Measures, Place
from srcgrad.inspection.weigh import Scale
from srcgrad.transform import builders as b
from srcgrad.transform.decisions import Decisions
from srcgrad.transform.pipeline import Compiled, Unit
from srcgrad.transform.simplify import live_in

if TYPE_CHECKING:
    from srcgrad.gradient import Gradient
    from srcgrad.transform.recorded import Rewritten

__all__ = ["bindings", "measure_compiled", "measure_recorded"]

FindPlace = Callable[[str, int], Place | None]
Line = tuple[str, int]

_BUDGET = 0.3  # seconds for repeated runs
_MOST_RUNS = 5


class Tracer:
    """Charges what happens between two events to the line that was running.

    Parameters
    ----------
    ours
        Whether the lines of a file are of interest.
    memory
        Count bytes instead of seconds.
    """

    def __init__(self, ours: Callable[[str], bool], *, memory: bool = False) -> None:
        self.ours = ours
        self.memory = memory
        self.costs: dict[Line, float] = {}
        self.runs: dict[Line, int] = {}
        self.peak = 0
        self.watch: Callable[[FrameType], None] | None = None
        self.returned: Callable[[FrameType, Any], None] | None = None
        self._stack: list[Line | None] = []
        self._now: Line | None = None
        self._mark = 0

    def run(self, function: Callable[[], Any]) -> Any:
        """Run a function under the tracer; what it returns."""
        before = sys.gettrace()
        started = self.memory and not tracemalloc.is_tracing()
        if started:
            tracemalloc.start()
        start = tracemalloc.get_traced_memory()[0] if self.memory else 0
        sys.settrace(self._enter)
        try:
            self._resume()
            return function()
        finally:
            sys.settrace(before)
            self._charge()
            self.peak = max(0, self.peak - start)
            if started:
                tracemalloc.stop()

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not self.ours(frame.f_code.co_filename):
            return None
        self._charge()
        self._stack.append(self._now)
        self._now = (frame.f_code.co_filename, frame.f_lineno)
        self._resume()
        return self._step

    def _step(self, frame: FrameType, event: str, argument: Any) -> Any:
        self._charge()
        if event == "line":
            self._now = line = (frame.f_code.co_filename, frame.f_lineno)
            self.runs[line] = self.runs.get(line, 0) + 1
            if self.watch is not None:
                self.watch(frame)
        elif event == "return":
            self._now = self._stack.pop()
            if self.returned is not None:
                self.returned(frame, argument)
        self._resume()
        return self._step

    def _charge(self) -> None:
        if self.memory:
            peak = tracemalloc.get_traced_memory()[1]
            self.peak = max(self.peak, peak)
            used = peak - self._mark
        else:
            used = time.perf_counter_ns() - self._mark
        if self._now is not None and used > 0:
            self.costs[self._now] = self.costs.get(self._now, 0.0) + used

    def _resume(self) -> None:
        if self.memory:
            tracemalloc.reset_peak()
            self._mark = tracemalloc.get_traced_memory()[0]
        else:
            self._mark = time.perf_counter_ns()


def _overhead(memory: bool) -> float:
    """What the tracer itself charges for a line that does nothing."""
    source = "def nothing():\n" + "    pass\n" * 400
    scope: dict[str, Any] = {}
    exec(compile(source, "<srcgrad nothing>", "exec"), scope)
    tracer = Tracer(lambda name: name == "<srcgrad nothing>", memory=memory)
    tracer.run(scope["nothing"])
    costs = sorted(tracer.costs.values())
    return costs[len(costs) // 2] if costs else 0.0


def _own(value: Any) -> Any:
    """A copy that the program may do with what it likes."""
    try:
        return copy.deepcopy(value)
    except Exception:  # a file, a lock: it is the program's business that it may be used twice
        return value


def _seconds(function: Callable[[], Any]) -> float:
    """The best of a few runs."""
    best, spent = math.inf, 0.0
    for _ in range(_MOST_RUNS):
        start = time.perf_counter()
        function()
        used = time.perf_counter() - start
        best, spent = min(best, used), spent + used
        if spent > _BUDGET:
            break
    return best


# --- generated code ---------------------------------------------------------------------------


def measure_compiled(
    compiled: Compiled,
    values: tuple[Any, ...],
    named: dict[str, Any],
    place: FindPlace,
    primal: Callable[[], Any],
) -> tuple[Measures, dict[tuple[str, str], int]]:
    """Run a generated derivative.

    Parameters
    ----------
    compiled
    values, named
        What the generated function takes.
    place
        The place of a line of a file.
    primal
        Runs the program itself.

    Returns
    -------
    measures
    kept
        Bytes by name of a generated function and of a variable in it.
    """
    values, named = _own(values), _own(named)
    run = functools.partial(compiled.function, *values, **named)
    derivative = _seconds(run)
    units = {unit.emitted.filename: unit for unit in compiled.units}
    scale = Scale((values, named))
    balance = Tracer(units.__contains__)
    _weigh_between(balance, compiled, units, scale)
    clock = _best(balance, run)
    memory = Tracer(units.__contains__, memory=True)
    memory.run(run)
    lines = _Lines(place)
    for tracer in (clock, memory):
        cost = _overhead(tracer.memory)
        for (filename, number), used in tracer.costs.items():
            unit = units[filename]
            count = tracer.runs.get((filename, number), 0)
            lines.charge(unit, number, max(0.0, used - cost * count), count, tracer.memory)
    for (function, name), size in scale.kept.items():
        unit = next(unit for unit in compiled.units if unit.definition.names[0] == function)
        lines.tape(unit, name, size)
    measures = Measures(_seconds(primal), derivative, memory.peak, scale.total, scale.adjoints, lines.costs())
    return measures, scale.kept


def _best(first: Tracer, function: Callable[[], Any]) -> Tracer:
    """The tracer of the quickest of a few runs, the one that was disturbed least; the first run has its own."""
    best, spent = first, 0.0
    for k in range(_MOST_RUNS):
        tracer = Tracer(first.ours) if k else first
        start = time.perf_counter()
        tracer.run(function)
        spent += time.perf_counter() - start
        if not k or sum(tracer.costs.values()) < sum(best.costs.values()):
            best = tracer
        if spent > _BUDGET:
            break
    return best


def _weigh_between(clock: Tracer, compiled: Compiled, units: dict[str, Unit], scale: Scale) -> None:
    """Have the tracer weigh what is remembered, when the reverse sweep begins."""
    entry = compiled.units[-1]
    statements = _entry(entry).body
    real = [statement for statement in statements if not b.is_comment(statement)]
    reverse = real[entry.definition.forward_length :]
    boundary = _reverse_start(entry)
    code = compiled.function.__code__
    live = sorted(live_in(reverse))
    forward = {u.definition.names[0]: u for u in units.values() if len(u.definition.names) > 1}
    shadows = _adjoint_names(entry.definition.decisions)

    def watch(frame: FrameType) -> None:
        if frame.f_code is code and frame.f_lineno >= boundary and not scale.done:
            scale.done = True
            scale.weigh(
                entry.definition.names[0],
                {n: frame.f_locals[n] for n in live if n in frame.f_locals},
                shadows,
            )

    def returned(frame: FrameType, result: Any) -> None:
        unit = forward.get(frame.f_code.co_name)
        if unit is not None and isinstance(result, tuple) and result and isinstance(result[-1], tuple):
            decisions = unit.definition.decisions
            scale.note(result[-1], unit.definition.names[0], decisions.remembered, _adjoint_names(decisions))

    clock.watch, clock.returned = watch, returned


def _reverse_start(unit: Unit) -> float:
    """Line of a unit's text where the reverse sweep begins; beyond its end in forward mode."""
    functions = [node for node in ast.parse(unit.emitted.source).body if isinstance(node, ast.FunctionDef)]
    if len(functions) > 1:
        return functions[1].lineno
    rest = functions[0].body[unit.definition.forward_length :]
    return rest[0].lineno if rest else math.inf


def _adjoint_names(decisions: Decisions) -> set[str]:
    """Variables that hold adjoint memory, and lists of it."""
    shadows = set(decisions.shadows.values())
    return shadows | {kept.holder for kept in decisions.kept if kept.name in shadows}


def _entry(unit: Unit) -> gast.FunctionDef:
    return unit.definition.functions[0]


class _Lines:
    """Costs by line of the program."""

    def __init__(self, place: FindPlace) -> None:
        self.place = place
        self.found: dict[Place, dict[str, float]] = {}
        self._reverse: dict[int, Callable[[int], bool]] = {}
        self._bindings: dict[int, dict[str, int]] = {}

    def charge(self, unit: Unit, number: int, used: float, count: int, memory: bool) -> None:
        """Charge a line of generated text."""
        source = unit.definition.specialization.source
        line = unit.emitted.line_map.get(number, source.tree.lineno)
        sweep = "reverse" if self.reverse(unit)(number) else "forward"
        found = self.at(source.filename, line)
        if found is None:
            return
        key = f"allocated_{sweep}" if memory else sweep
        found[key] = found.get(key, 0.0) + used
        if not memory and sweep == "forward":
            found["runs"] = max(found.get("runs", 0), count)

    def tape(self, unit: Unit, name: str, size: int) -> None:
        """Charge what is remembered under a name."""
        source = unit.definition.specialization.source
        if id(unit) not in self._bindings:
            self._bindings[id(unit)] = bindings(unit)
        found = self.at(source.filename, self._bindings[id(unit)].get(name, source.tree.lineno))
        if found is not None:
            found["tape"] = found.get("tape", 0) + size

    def at(self, filename: str, line: int) -> dict[str, float] | None:
        """The costs of a line."""
        place = self.place(filename, line)
        return None if place is None else self.found.setdefault(place, {})

    def reverse(self, unit: Unit) -> Callable[[int], bool]:
        """Whether a line of a unit's text is in the reverse sweep."""
        if id(unit) not in self._reverse:
            start = _reverse_start(unit)
            self._reverse[id(unit)] = lambda line: line >= start
        return self._reverse[id(unit)]

    def costs(self) -> tuple[LineCost, ...]:
        """All lines, in order."""
        ordered = sorted(self.found.items(), key=lambda item: (item[0].source, item[0].line))
        return tuple(
            LineCost(
                place,
                costs.get("forward", 0.0) / 1e9,
                costs.get("reverse", 0.0) / 1e9,
                int(costs.get("allocated_forward", 0)),
                int(costs.get("allocated_reverse", 0)),
                int(costs.get("tape", 0)),
                int(costs.get("runs", 0)),
            )
            for place, costs in ordered
        )


def bindings(unit: Unit) -> dict[str, int]:
    """Names that the forward sweep binds or appends to -> the line of the program for whose sake it does so first."""
    found: dict[str, int] = {}
    for node in b.walk(_entry(unit)):
        line = getattr(node, "lineno", None)
        if line is None:
            continue
        if isinstance(node, gast.Assign):
            for target in node.targets:
                for name in b.names_in(target):
                    found.setdefault(name, int(line))
        elif isinstance(node, gast.Expr) and isinstance(node.value, gast.Call):
            function = node.value.func
            if isinstance(function, gast.Attribute) and function.attr == "append":
                if isinstance(function.value, gast.Name):
                    found.setdefault(function.value.id, int(line))
    return found


# --- recorded programs ------------------------------------------------------------------------


def measure_recorded(
    gradient: Gradient[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[tuple[CodeType, Rewritten]], Callable[[FindPlace], Measures]]:
    """Run a program that is recorded.

    Returns
    -------
    used
        The functions of the program that were rewritten and ran.
    measures
        Gives the measures, once it is known where lines are.
    """
    from srcgrad.origins import is_recorded
    from srcgrad.transform.recorded import rewritten_files

    own, named = _own(args), _own(kwargs)
    derivative = _seconds(lambda: gradient.recording(own, named)())
    clock = _best(Tracer(is_recorded), lambda: gradient.recording(own, named)())
    primal = _seconds(lambda: gradient.primal(*_own(args), **_own(kwargs)))
    tracemalloc.start()
    try:
        run = gradient.recording(own, named)
        tape, _ = tracemalloc.get_traced_memory()
        run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    files = rewritten_files()
    names = dict.fromkeys(filename for filename, _ in clock.costs)
    used = [files[name] for name in names if name in files and not library_file(files[name][0])]
    cost = _overhead(False)

    def measures(place: FindPlace) -> Measures:
        found: dict[Place, list[float]] = {}
        for (filename, number), spent in clock.costs.items():
            if filename not in files:
                continue
            code, made = files[filename]
            where = place(code.co_filename, made.line_map.get(number, code.co_firstlineno))
            if where is not None:
                count = clock.runs.get((filename, number), 0)
                entry = found.setdefault(where, [0.0, 0.0])
                entry[0] += max(0.0, spent - cost * count) / 1e9
                entry[1] = max(entry[1], count)
        ordered = sorted(found.items(), key=lambda item: (item[0].source, item[0].line))
        lines = tuple(LineCost(where, forward=e[0], runs=int(e[1])) for where, e in ordered)
        return Measures(primal, derivative, peak, tape, 0, lines)

    return used, measures


def library_file(code: CodeType) -> bool:
    """Whether a function belongs to an installed package rather than to the program."""
    return "site-packages" in code.co_filename or code.co_filename.startswith(sys.base_prefix)
