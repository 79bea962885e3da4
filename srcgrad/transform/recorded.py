"""Recorded mode: right for every program, at the price of a run-time call an operation.

The function, and every Python function that it reaches, is rewritten by `instrument` and runs with the caller's
globals and closure cells. Derivatives are recorded as the program runs (``runtime/recording.py``).
"""

from __future__ import annotations
import __future__

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType
from typing import Any
from weakref import ref

import gast
import numpy as np

from srcgrad.origins import Origin, is_recorded, publish
from srcgrad.rules.registry import load
from srcgrad.runtime import debugging
from srcgrad.runtime.debugging import Checker
from srcgrad.runtime.recorded import rt as runtime
from srcgrad.runtime.recorded.cleaning import cleaned, scrub
from srcgrad.runtime.recorded.dispatch import library, rewriting
from srcgrad.runtime.recorded.forms import live_hooks
from srcgrad.runtime.recorded.live import LIVE
from srcgrad.runtime.recorded.memory import Session, state
from srcgrad.runtime.recorded.recorded_values import Recorded
from srcgrad.runtime.recorded.recording import Node, Walk, now
from srcgrad.runtime.recorded.structures import Entry, outline, outlined, seeds
from srcgrad.runtime.sweeps import shadow_of
from srcgrad.transform import builders as b
from srcgrad.transform.instrument import instrument
from srcgrad.transform.nan_checks import CHECKER, with_checks
from srcgrad.transform.source import Source, read_source
from srcgrad.transform.unparse import unparse

__all__ = ["Recording", "record_jvp", "record_vjp", "recorded_source"]

# --- rewritten functions -----------------------------------------------------------------------


@dataclass(frozen=True)
class Rewritten:
    """The code of a rewritten function.

    Attributes
    ----------
    code : code object
    source : str
        Its text.
    line_map : dict of int to int
        Line of the text -> line of the user's file.
    cells : dict of str to cell
        What it captures besides the user's own variables: the run-time part, and a checker of NaN if there is one.
    captured, globals : frozenset of str
        Captured names and globals that the function assigns.
    """

    code: CodeType
    source: str
    line_map: dict[int, int]
    cells: dict[str, CellType]
    captured: frozenset[str]
    globals: frozenset[str]


_RT_CELL = CellType(runtime)

_codes: dict[int, tuple[Any, Rewritten]] = {}
_checked_codes: dict[int, tuple[Any, Rewritten]] = {}


def _rewrite(code: CodeType, function: FunctionType) -> Rewritten:
    checked = debugging.active > 0 and debugging.looking()
    codes = _checked_codes if checked else _codes
    found = codes.get(id(code))
    if found is None:
        made = _instrumented(read_source(function), code, checked)
        key = id(code)
        found = codes[key] = ref(code, lambda _: codes.pop(key, None)), made
    return found[1]


def _instrumented(source: Source, code: CodeType, checked: bool) -> Rewritten:
    tree = b.clone(source.tree)
    rt = "rt"
    taken = set(b.names_in(tree)) | set(code.co_names)
    while rt in taken:
        rt += "_"
    assigned = _declared(tree)
    instrument(tree, source.namespace, rt)
    text, line_map = unparse(tree)
    captured = tuple(code.co_freevars)
    origin = Origin(source.filename, source.lines, line_map, library(source.function), recorded=True)
    identity = f"{code.co_filename}:{code.co_firstlineno}"
    filename = publish(f"recorded {code.co_qualname}", text, origin, identity=identity)
    module = ast.parse(text, filename)
    cells = {rt: _RT_CELL}
    if checked:
        cells[CHECKER] = CellType(Checker(with_checks(module, filename)))
    compiled = _compiled(module, filename, source.name, (*cells, *captured), code)
    return Rewritten(
        compiled, text, line_map, cells,
        frozenset(assigned & set(captured)), frozenset(assigned - set(captured)),
    )  # fmt: skip


def _declared(tree: gast.FunctionDef) -> set[str]:
    """Names that the function, or one inside of it, declares global or nonlocal."""
    return {
        name
        for node in gast.walk(tree)
        if isinstance(node, (gast.Global, gast.Nonlocal))
        for name in node.names
    }


def _compiled(
    module: ast.Module, filename: str, name: str, captured: tuple[str, ...], like: CodeType
) -> CodeType:
    """The code of a definition, with some names as closure variables.

    The definition is compiled inside of a factory that has these names as parameters. There it goes by a name of no
    meaning: its own name inside of it must stay what it is for the user, a global or a captured variable.
    """
    definition = next(
        node for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    definition.name = "srcgrad_definition"
    header = ast.parse(f"def factory({', '.join(captured)}): pass")
    header.body[0].body = [definition]  # type: ignore[attr-defined]
    flags = like.co_flags & __future__.annotations.compiler_flag
    factory = _inner(compile(header, filename, "exec", flags, dont_inherit=True), "factory")
    return _inner(factory, definition.name).replace(co_name=name, co_qualname=like.co_qualname)


def _inner(code: CodeType, name: str) -> CodeType:
    return next(const for const in code.co_consts if isinstance(const, CodeType) and const.co_name == name)


def rewritten(function: FunctionType) -> FunctionType:
    """A function's rewritten version, over the same globals, cells and defaults."""
    code = function.__code__
    if is_recorded(code.co_filename):
        return function
    version = _rewrite(code, function)
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    session = state.session
    if session is not None and (version.captured or version.globals):
        for name in version.captured:
            session.touch(cells[name])
        if version.globals:
            session.touch_globals(function.__globals__, version.globals)
    cells |= version.cells
    closure = tuple([cells[name] for name in version.code.co_freevars])
    made = FunctionType(version.code, function.__globals__, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def recorded_source(function: Callable[..., Any]) -> str:
    """The text that recorded mode runs in place of a function."""
    return rewritten_code(function)[1].source


def rewritten_code(function: Callable[..., Any]) -> tuple[CodeType, Rewritten]:
    """A function's own code, and what recorded mode runs in its place."""
    plain: Any = getattr(function, "__func__", function)
    return plain.__code__, _rewrite(plain.__code__, plain)


def rewritten_files() -> dict[str, tuple[CodeType, Rewritten]]:
    """All code that was rewritten so far, by the file name that tracebacks show for it."""
    found = ((original(), made) for original, made in list(_codes.values()))
    return {made.code.co_filename: (code, made) for code, made in found if code is not None}


def _instrument_rule(
    name: str, arguments: tuple[str, ...], body: list[Any], namespace: Mapping[str, Any]
) -> Callable[..., Any]:
    tree = b.function_def(name, b.arguments(arguments), b.clone(body))
    text, _ = unparse(instrument(tree, namespace, "rt"))
    filename = publish(f"recorded rule {name}", text)
    scope: dict[str, Any] = {**namespace, "rt": runtime}
    exec(compile(text, filename, "exec", dont_inherit=True), scope)
    made: Callable[..., Any] = scope[name]
    return made


rewriting.rewritten = rewritten
live_hooks.instrument = _instrument_rule


# --- recording ---------------------------------------------------------------------------------


class Recording:
    """A call of a function, recorded.

    Parameters
    ----------
    function : callable
    args, kwargs
        Its arguments; in a recording they may themselves be recorded.
    active : collection of int and str
        Positions and keywords of the arguments that derivatives are wanted for.
    in_place : bool
        The function gets the caller's own arrays and its writes into them are seen by the caller. Otherwise it gets
        copies (which alias each other as the originals do).

    Attributes
    ----------
    value
        What the function returned.
    """

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any],
        active: Collection[int | str], *, in_place: bool = False,
    ) -> None:  # fmt: skip
        load()
        outer = state.session
        self._session = outer if outer is not None else Session()
        self._nested = outer is not None
        state.session = self._session
        self._session.starts.append(now())
        try:
            entry = Entry(self._session, [*args, *kwargs.values()], copies=not in_place)
            entered = [entry.enter(arg, k in active) for k, arg in enumerate(args)]
            named = {key: entry.enter(arg, key in active) for key, arg in kwargs.items()}
            self._rebuild: dict[int | str, Any] = {
                **{k: part[1] for k, part in enumerate(entered) if k in active},
                **{key: part[1] for key, part in named.items() if key in active},
            }
            self._inputs = entry.inputs
            result = runtime.call(
                function, *[part[0] for part in entered], **{k: p[0] for k, p in named.items()}
            )
            if self._session.error is not None and not self._nested:
                raise self._session.error
            self._outline = outline(result)
            #: By identity of an array argument: where its content comes from now, and where it came from.
            self._arrays = {key: (array.source(), before) for key, (array, before) in entry.arrays.items()}
            self.value = result if self._nested else cleaned(result)
        finally:
            self._session.starts.pop()
            state.session = outer
            if outer is None:
                self._scrub()
                self._session.close()

    def nodes(self) -> tuple[list[Node], set[Node]]:
        """All operations behind the result, oldest first, and those that made it."""
        results = set(outlined(self._outline))
        seen, pending = set(results), list(results)
        while pending:
            for parent in pending.pop().parents:
                if parent not in seen:
                    seen.add(parent)
                    pending.append(parent)
        return sorted(seen, key=lambda node: node.order), results

    def _scrub(self) -> None:
        """Leave no recorded value in what outlives the recording."""
        memo: dict[int, Any] = {}
        for holder in self._session.touched():
            scrub(holder, memo)
        for namespace, names in self._session.touched_globals():
            for name in names:
                if name in namespace:
                    namespace[name] = cleaned(namespace[name], memo)

    def pullback(self, seed: Any, shadows: Mapping[int, Any] | None = None) -> tuple[Any, ...]:
        """Cotangents of the active arguments, in order, each with the argument's structure.

        Parameters
        ----------
        seed
            Cotangent of the result, with its structure; None stands for zero.
        shadows : mapping, optional
            For recordings made ``in_place``: identity of an array argument (or of an array inside of one) -> its
            shadow. On entry the shadow holds the adjoint of the array as the function left it, on return that of the
            array as the function found it, whether it was written or not; its cotangent in the result is zero.
        """
        pairs = list(seeds(self._outline, seed))
        shadowed = [
            (*self._arrays[key], shadow) for key, shadow in (shadows or {}).items() if key in self._arrays
        ]
        for after, _, shadow in shadowed:
            if after is not None:
                pairs.append((after, np.array(shadow)))
            # Shadows alias each other as the arrays do: what was taken must not be taken again.
            shadow[...] = 0.0
        live = state.session is not None and (self._nested or any(isinstance(s, Recorded) for _, s in pairs))
        walk = Walk(self._inputs, LIVE if live else None)
        bars = walk.run([node for node, _ in pairs], [s for _, s in pairs])
        for _, before, shadow in shadowed:
            if before in bars:
                shadow += bars.pop(before)
        return tuple([rebuild(bars) for rebuild in self._rebuild.values()])


def record_vjp(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    active: Collection[int | str],
) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Value of a function, and its pullback.

    Parameters
    ----------
    function : callable
    args, kwargs
        Its arguments. Arrays are copied: the function may write into them.
    active : collection of int and str
        Positions and keywords of the arguments that derivatives are wanted for: their floating-point numbers and
        arrays, however deep in tuples, lists, dicts, dataclasses and other objects.

    Returns
    -------
    value
    pullback : callable
        ``pullback(seed)`` gives the cotangents of the active arguments, in order; each has the structure of its
        argument, with None for what has no derivative. It may be called several times.
    """
    recording = Recording(function, args, kwargs, active)
    return recording.value, recording.pullback


def record_jvp(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    active: Collection[int | str],
    tangents: Sequence[Any],
) -> tuple[Any, Any]:
    """Value of a function, and its tangent for tangents of the active arguments.

    The pullback is linear in its seed, and the pullback of a pullback is the pushforward: so the walk back through the
    recording is recorded in its turn, and walked back once more.
    """
    recording = Recording(function, args, kwargs, active)
    seed = shadow_of(cleaned(recording.value))
    transposed = Recording(recording.pullback, (seed,), {}, [0])
    (tangent,) = transposed.pullback(tuple(tangents))
    return recording.value, tangent
