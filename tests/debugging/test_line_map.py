"""Each line of a reverse sweep belongs to the line that it differentiates: in comments, in the map, in tracebacks.

Three independent views of every generated statement of every language program have to agree: the comment beside it
(text), the map (`srcgrad.origins.locate`), and the note of an exception that is raised at that line.
"""

from __future__ import annotations

import ast
import functools
import linecache
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import srcgrad
from srcgrad.errors import SrcgradError
from srcgrad.origins import locate, origin_of, sweep_of
from tests.language.all_programs import all_cases
from tests.language.corpus import Case
from tests.language.truth import quiet

LONGEST = 72  # what comments are cut to
CASES = [case for case in all_cases() if not case.costly]


@dataclass(frozen=True)
class Line:
    """A statement of a reverse sweep: where it is, its text, and the comment that holds for it."""

    filename: str
    lineno: int
    text: str
    comment: str | None
    compound: bool


_gradients: dict[str, Any] = {}


def gradient_of(case: Case) -> Any:
    """The gradient after a call, or None where the program is recorded or fails."""
    if case.name not in _gradients:
        gradient = srcgrad.value_and_grad(case.function, case.argnums)
        run(case, gradient)
        version = gradient._latest
        compiled = version is not None and version.compiled is not None
        _gradients[case.name] = gradient if compiled else None
    return _gradients[case.name]


def run(case: Case, gradient: Callable[..., Any]) -> None:
    args, kwargs = case.fresh()
    with quiet():
        try:
            gradient(*args, **kwargs)
        except (SrcgradError, ArithmeticError, ValueError, LookupError, TypeError):
            if not case.may_refuse and not isinstance(sys.exc_info()[1], SrcgradError):
                raise


def reverse_lines(filename: str, source: str) -> Iterator[Line]:
    """The statements of the reverse sweeps in a generated text."""
    lines = source.splitlines()

    def block(statements: list[ast.stmt], comment: str | None) -> Iterator[Line]:
        for statement in statements:
            here = lines[statement.lineno - 1]
            reverse = sweep_of(filename, statement.lineno) == "reverse"
            comment = here.partition("  # ")[2] or comment
            inner = [getattr(statement, name, None) or [] for name in ("body", "orelse")]
            if reverse and not is_frame(statement):
                yield Line(filename, statement.lineno, here.strip(), comment, any(inner))
            for part in inner:
                yield from block(part, comment if reverse else None)

    for definition in ast.parse(source).body:
        assert isinstance(definition, ast.FunctionDef)
        yield from block(definition.body, None)


def is_frame(statement: ast.stmt) -> bool:
    """What belongs to the function and to no line of it: unpacking what was saved, and returning."""
    unpacks = isinstance(statement, ast.Assign) and ast.unparse(statement.value) in ("saved", "saved_2")
    return isinstance(statement, (ast.Return, ast.Pass)) or unpacks


def shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def disagreement(line: Line) -> str | None:
    """What is wrong between a line's comment and the map; None if nothing is."""
    location = locate(line.filename, line.lineno)
    if location is None:
        return f"no line of the program: {line.text}"
    if not line.compound and line.comment != shortened(location.source_line):
        return f"{line.text}\n    says {line.comment!r}\n    maps to {location.source_line.strip()!r}"
    return None


def units(gradient: Any) -> list[Any]:
    return [unit.emitted for unit in gradient._latest.compiled.units]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_line_belongs_to_what_it_differentiates(case: Case) -> None:
    gradient = gradient_of(case)
    if gradient is not None:
        comments_and_map_agree(gradient)
        the_line_is_the_one_that_is_differentiated(gradient)
        a_failure_at_a_line_names_the_users_line(case, gradient)


def comments_and_map_agree(gradient: Any) -> None:
    found = [line for made in units(gradient) for line in reverse_lines(made.filename, made.source)]
    problems = [problem for line in found if (problem := disagreement(line))]
    assert not problems, "\n".join(problems)
    for made in units(gradient):
        origin = origin_of(made.filename)
        assert origin is not None and origin.line_map == made.line_map


# What sets something to nothing, takes back what was kept, or has to do with the parameters of a callee.
ELSEWHERE = re.compile(
    r"= (0\.0|np\.zeros_like\(.*\))(  #|$)|_tape(_\d+)?\.pop\(\)|_backward\(|_part(_\d+)?\b"
)
ADJOINT = re.compile(r"(\w+?)_bar(?:_part)?(?:_\d+)?$")


def adjoints_set(text: str) -> set[str]:
    """Variables whose adjoint a line of generated code sets or adds to."""
    statement = ast.parse(text.partition("  # ")[0]).body[0]
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    names = [n for t in targets if t is not None for n in ast.walk(t) if isinstance(n, ast.Name)]
    return {found[1] for name in names if (found := ADJOINT.match(name.id))}


def the_line_is_the_one_that_is_differentiated(gradient: Any) -> None:
    """Code that adds to the adjoint of ``x`` belongs to a line in which ``x`` stands."""
    for made in units(gradient):
        for line in reverse_lines(made.filename, made.source):
            location = locate(made.filename, line.lineno)
            assert location is not None
            if line.compound or ELSEWHERE.search(line.text):
                continue
            words = set(re.findall(r"\w+", statement_at(location.filename, location.lineno)))
            for name in adjoints_set(line.text):
                part = any(name.startswith(f"{word}_") for word in words)  # of something in the line
                assert name in words or part or invented(name), (
                    f"{line.text} / {location.source_line.strip()}"
                )


def invented(name: str) -> bool:
    """Names that the compiler makes up for parts of a line."""
    return re.fullmatch(r"(t|ret|total|item|owner|\w*items|\w+_new)|(\w+_\d+)", name) is not None


@functools.cache
def statements_of(filename: str) -> tuple[tuple[int, int], ...]:
    """First and last lines of all statements of a file, the innermost last."""
    tree = ast.parse("".join(linecache.getlines(filename)))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    return tuple((node.lineno, node.end_lineno or node.lineno) for node in found)


def statement_at(filename: str, lineno: int) -> str:
    """The text of the innermost statement that has a line."""
    around = [(first, last) for first, last in statements_of(filename) if first <= lineno <= last]
    first, last = min(around, key=lambda lines: lines[1] - lines[0])
    return "".join(linecache.getlines(filename)[first - 1 : last])


class Injected(Exception):
    """Raised at a line of generated code."""


def raising_at(filename: str, lineno: int) -> Callable[..., Any]:
    """A trace function that makes a line fail."""

    def local(frame: Any, event: str, argument: Any) -> Any:
        if event == "line" and frame.f_lineno == lineno:
            raise Injected
        return local

    return lambda frame, event, argument: local if frame.f_code.co_filename == filename else None


def lines_run(case: Case, gradient: Any, filenames: set[str]) -> set[tuple[str, int]]:
    """Lines of generated code that a call reaches."""
    seen: set[tuple[str, int]] = set()

    def local(frame: Any, event: str, argument: Any) -> Any:
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    traced(case, gradient, lambda frame, event, arg: local if frame.f_code.co_filename in filenames else None)
    return seen


def traced(case: Case, gradient: Any, trace: Callable[..., Any]) -> None:
    args, kwargs = case.fresh()
    before = sys.gettrace()
    with quiet():
        sys.settrace(trace)
        try:
            gradient(*args, **kwargs)
        finally:
            sys.settrace(before)


def a_failure_at_a_line_names_the_users_line(case: Case, gradient: Any) -> None:
    """Some lines of each program; the agreement of map and comment is tested for all of them."""
    lines = {
        (line.filename, line.lineno): line
        for made in units(gradient)
        for line in reverse_lines(made.filename, made.source)
    }
    reached = sorted(lines_run(case, gradient, {filename for filename, _ in lines}) & lines.keys())
    for filename, lineno in reached[:: max(1, len(reached) // 6)]:
        line = lines[filename, lineno]
        with pytest.raises(Injected) as caught:
            traced(case, gradient, raising_at(filename, lineno))
        (note,) = caught.value.__notes__
        head, _, text = note.partition("\n")
        found = re.fullmatch(r"srcgrad: in the derivative of (.+):(\d+)", head)
        assert found is not None, note
        location = locate(filename, lineno)
        assert location is not None
        assert (found[1], int(found[2])) == (location.filename, location.lineno)
        if not line.compound:
            assert shortened(text) == line.comment


# --- that these tests can fail ----------------------------------------------------------------------------


def shifted(filename: str, by: int) -> Any:
    """The origin of a file, with every line mapped to a line nearby."""
    origin = origin_of(filename)
    assert origin is not None
    return type(origin)(origin.filename, origin.lines, {k: v + by for k, v in origin.line_map.items()})


@pytest.mark.parametrize("by", [-1, 1])
def test_a_map_that_is_one_line_off_is_noticed(by: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from srcgrad import origins

    noticed = 0
    for case in CASES[:60]:
        gradient = gradient_of(case)
        if gradient is None:
            continue
        for made in units(gradient):
            lines = list(reverse_lines(made.filename, made.source))
            monkeypatch.setitem(origins._origins, made.filename, shifted(made.filename, by))
            wrong = sum(disagreement(line) is not None for line in lines)
            plain = sum(not line.compound for line in lines)
            assert wrong >= 0.8 * plain
            noticed += wrong
    assert noticed > 100


def test_most_programs_are_covered() -> None:
    """A compiler that recorded everything would pass the tests above."""
    compiled = [case for case in CASES if gradient_of(case) is not None]
    assert len(compiled) > 0.6 * len(CASES)
    lines = sum(
        1
        for c in compiled
        for made in units(gradient_of(c))
        for _ in reverse_lines(made.filename, made.source)
    )
    assert lines > 3000


# --- recorded programs and the report ---------------------------------------------------------------------


def test_lines_of_rewritten_programs_map_to_their_own_line() -> None:
    from srcgrad.transform.recorded import rewritten_code

    count = 0
    for case in CASES:
        if gradient_of(case) is not None or case.may_refuse:
            continue
        try:
            code, made = rewritten_code(case.function)
        except (SrcgradError, AttributeError):
            continue
        filename = made.code.co_filename
        original = origin_of(filename)
        assert original is not None
        for statement in ast.walk(ast.parse(made.source)):
            if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
                continue
            if statement.targets[0].id not in code.co_varnames:
                continue  # made up by the rewriting
            location = locate(filename, statement.lineno)
            if location is not None and location.filename == original.filename:
                text = statement_at(location.filename, location.lineno)
                assert re.search(rf"\b{statement.targets[0].id}\b", text), (
                    f"{ast.unparse(statement)} / {text}"
                )
                count += 1
    assert count > 100
