"""The report object: everything that is known of the derivative of one program, as plain data.

``gather.py`` makes it. It can be printed, written as JSON and read back, shown in a notebook, or made into a page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from srcgrad.inspection.drawing.graph import Graph

__all__ = [
    "SCHEMA",
    "Argument",
    "Control",
    "Fate",
    "Generated",
    "LineCost",
    "Measures",
    "Outcome",
    "Place",
    "Report",
    "Source",
    "Stage",
    "TextLine",
    "Variable",
]

SCHEMA = "srcgrad.report/1"


@dataclass(frozen=True)
class Place:
    """A line of the program: which of the report's sources it is in, and its number in the file."""

    source: int
    line: int


@dataclass(frozen=True)
class Argument:
    """An argument of the call that was looked at."""

    name: str
    type: str
    differentiated: bool = False


@dataclass(frozen=True)
class Source:
    """A function of the program that is differentiated, or was to be.

    Attributes
    ----------
    name, file
        What and where.
    first_line
        Number of the first of ``lines`` in the file.
    marks
        Number of a line -> ``"copied"`` (no derivative passes there, it is left as it stands),
        ``"unreached"`` (these arguments never get there) or ``"active"``.
    starts
        Number of a line that continues a statement -> number of the line that the statement begins at. All else
        is told of that line.
    """

    name: str
    file: str
    first_line: int
    lines: tuple[str, ...]
    marks: Mapping[int, str] = field(default_factory=dict)
    starts: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TextLine:
    """A line of code that the compiler made.

    Attributes
    ----------
    text
        Without line end.
    place
        The line of the program that it comes from, if it comes from one.
    sweep
        ``"forward"``, ``"reverse"`` or nothing, for headers and comments.
    """

    text: str
    place: Place | None = None
    sweep: str = ""


@dataclass(frozen=True)
class Generated:
    """Generated functions that were compiled together; ``offset`` lines precede them in the whole text."""

    names: tuple[str, ...]
    source: int
    file: str
    offset: int
    lines: tuple[TextLine, ...]


@dataclass(frozen=True)
class Stage:
    """A function on its way from the program to the derivative.

    Attributes
    ----------
    name
        ``"source"``, ``"core"``, ``"sweeps"`` or ``"final"``.
    function
        Name of the function; one that is called with several types has one entry for each.
    """

    name: str
    function: str
    source: int
    lines: tuple[TextLine, ...]


@dataclass(frozen=True)
class Fate:
    """What became of a value that the forward sweep computes.

    Attributes
    ----------
    how
        ``"tape"`` (a list in a loop), ``"kept"`` (another name), ``"copy"``, ``"again"`` (computed again), ``"stays"``
        (nothing overwrites it), ``"unneeded"`` (no adjoint code reads it) or ``"dropped"`` (not even computed).
    what
        The variable, or the text of the expression.
    holder
        Where it is kept.
    why
        The reason, as a sentence.
    lines
        Lines whose adjoint code reads it.
    bytes
        Measured size of what is kept, if it was measured.
    """

    how: str
    what: str
    why: str
    holder: str = ""
    lines: tuple[int, ...] = ()
    bytes: int | None = None


@dataclass(frozen=True)
class Variable:
    """The facts about one variable.

    Attributes
    ----------
    name, function, source
        Which variable of which function.
    type
        What the compiler knows of its type.
    active
        It varies with what is differentiated and matters for the result.
    varies, useful, written
        The two halves of that, and whether its memory is written in place.
    aliases
        Other variables that may share its memory.
    own
        False for a variable that the compiler introduced.
    adjoint
        The variable of its adjoint, in forward mode of its tangent; ``adjoint_kind`` is ``"value"``, ``"memory"`` or
        nothing.
    fates
        What became of its values.
    lines
        Lines that bind it.
    """

    name: str
    function: str
    source: int
    type: str
    active: bool
    varies: bool
    useful: bool
    written: bool
    aliases: tuple[str, ...] = ()
    own: bool = True
    adjoint: str = ""
    adjoint_kind: str = ""
    fates: tuple[Fate, ...] = ()
    lines: tuple[int, ...] = ()

    @property
    def bytes(self) -> int:
        """Measured size of all that is kept of it."""
        return sum(fate.bytes or 0 for fate in self.fates)


@dataclass(frozen=True)
class Control:
    """How the reverse sweep knows which way a branch or a loop went."""

    place: Place
    how: str
    why: str
    holder: str = ""


@dataclass(frozen=True)
class Outcome:
    """Something that is not generated source: recorded as it runs, or refused.

    Attributes
    ----------
    function
        The function concerned.
    reason
        Why, in a few words.
    file, line, text
        Where; 0 and empty if that is not known.
    code
        Code of the error, if it is one.
    """

    function: str
    reason: str
    file: str = ""
    line: int = 0
    text: str = ""
    code: str = ""


@dataclass(frozen=True)
class LineCost:
    """What one line of the program costs.

    Attributes
    ----------
    forward, reverse
        Seconds in each sweep, without the functions of the program that it calls.
    allocated_forward, allocated_reverse
        Bytes asked for.
    tape
        Bytes of forward values that are alive when the reverse sweep starts, for the sake of this line.
    runs
        How often the forward sweep came by.
    """

    place: Place
    forward: float = 0.0
    reverse: float = 0.0
    allocated_forward: int = 0
    allocated_reverse: int = 0
    tape: int = 0
    runs: int = 0


@dataclass(frozen=True)
class Measures:
    """What the derivative costs at the arguments given.

    Attributes
    ----------
    primal, derivative
        Seconds of the program itself and of its derivative, undisturbed by measuring.
    peak
        Largest amount of memory in use by the derivative at a time, in bytes.
    tape
        Bytes of forward values that are alive when the reverse sweep starts.
    adjoints
        Bytes of adjoint memory that are alive then.
    lines
        By line of the program; times of lines are measured one by one and add up to more than ``derivative``.
    """

    primal: float
    derivative: float
    peak: int
    tape: int
    adjoints: int
    lines: tuple[LineCost, ...] = ()


@dataclass(frozen=True)
class Report:
    """What srcgrad made of a program.

    Attributes
    ----------
    target : str
        The function.
    how : str
        ``"generated"``, ``"recorded"`` or ``"refused"``.
    mode : str
        ``"reverse"`` or ``"forward"``.
    wrt : tuple of str
        Parameters that are differentiated.
    arguments : tuple of Argument
    sources : tuple of Source
        The program's functions, callees first.
    generated : tuple of Generated
        The derivative, callees first.
    stages : tuple of Stage
    variables : tuple of Variable
    controls : tuple of Control
    recorded, refused : tuple of Outcome
        What runs define-by-run, and what cannot be differentiated.
    graphs : tuple of Graph
        One for each function.
    measures : Measures or None
    machine_code : str
        With ``jit``: ``"compiled"``, or why not.
    version : str
        Of srcgrad.
    """

    target: str
    how: str
    mode: str
    wrt: tuple[str, ...]
    arguments: tuple[Argument, ...] = ()
    sources: tuple[Source, ...] = ()
    generated: tuple[Generated, ...] = ()
    stages: tuple[Stage, ...] = ()
    variables: tuple[Variable, ...] = ()
    controls: tuple[Control, ...] = ()
    recorded: tuple[Outcome, ...] = ()
    refused: tuple[Outcome, ...] = ()
    graphs: tuple[Graph, ...] = ()
    measures: Measures | None = None
    machine_code: str = ""
    version: str = ""

    # --- the generated text -------------------------------------------------------------------

    @property
    def code(self) -> str:
        """The whole generated text."""
        lines: list[str] = []
        for part in self.generated:
            lines += [""] * (part.offset - len(lines))
            lines += [line.text for line in part.lines]
        return "".join(f"{line}\n" for line in lines)

    def numbered(self) -> Iterator[tuple[int, TextLine]]:
        """The lines of `code` with their numbers, from 1."""
        for part in self.generated:
            for k, line in enumerate(part.lines):
                yield part.offset + k + 1, line

    def generated_lines(self, place: Place, sweep: str = "") -> list[int]:
        """Numbers of the generated lines that come from a line of the program."""
        found = self._by_place.get(place, [])
        return [number for number, line in found if not sweep or line.sweep == sweep]

    def code_of(self, place: Place, sweep: str) -> list[str]:
        """The generated lines of one line of the program; those of a function made for several types appear once."""
        lines = (line.text for _, line in self._by_place.get(place, []) if line.sweep == sweep)
        return list(dict.fromkeys(line.partition("  # ")[0] for line in lines))

    @cached_property
    def _by_place(self) -> dict[Place, list[tuple[int, TextLine]]]:
        found: dict[Place, list[tuple[int, TextLine]]] = {}
        for number, line in self.numbered():
            if line.place is not None:
                found.setdefault(line.place, []).append((number, line))
        return found

    def source_line(self, number: int) -> Place | None:
        """The line of the program that a generated line comes from."""
        return next((line.place for n, line in self.numbered() if n == number), None)

    def places(self, line: int) -> list[Place]:
        """The places with this line number, or where the statement begins (several files may each have one)."""
        return [
            Place(k, source.starts.get(line, line))
            for k, source in enumerate(self.sources)
            if source.first_line <= line < source.first_line + len(source.lines)
        ]

    def text_at(self, place: Place) -> str:
        """The text of a line of the program."""
        source = self.sources[place.source]
        return source.lines[place.line - source.first_line]

    # --- other shapes -------------------------------------------------------------------------

    def __str__(self) -> str:
        from srcgrad.inspection.textual import summary

        return summary(self)

    def __repr__(self) -> str:
        return f"<srcgrad report of {self.target}: {self.how}, {len(self.code.splitlines())} lines>"

    def to_dict(self) -> dict[str, Any]:
        """The report as data that JSON can hold; ``schema`` says how it is laid out."""
        return {"schema": SCHEMA, **_plain(asdict(self))}

    def to_json(self, indent: int | None = None) -> str:
        """The report as JSON."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Report:
        """The report that `to_dict` was called on.

        Raises
        ------
        srcgrad.errors.ArgumentError
            If the data are laid out in another way than this version does.
        """
        from srcgrad.inspection.reading import read_report

        return read_report(data)

    @staticmethod
    def from_json(text: str) -> Report:
        """The report that `to_json` was called on."""
        from srcgrad.errors import ArgumentError

        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise ArgumentError(
                f"this is no JSON: {error}", way_out="give a file that `srcgrad report --json` wrote."
            ) from None
        return Report.from_dict(data)

    def to_html(self, baseline: Report | None = None) -> str:
        """A page of its own: one text, nothing to load. Needs ``srcgrad[inspect]``.

        Parameters
        ----------
        baseline : Report, optional
            An earlier report to compare with.
        """
        from srcgrad.inspection.page import page

        return page(self, baseline)

    def save(self, path: str | Path, baseline: Report | None = None) -> Path:
        """Write a page (``.html``), data (``.json``) or text (anything else).

        Parameters
        ----------
        path : str or Path
        baseline : Report, optional
            For pages: an earlier report to compare with.

        Returns
        -------
        Path
        """
        path = Path(path)
        if path.suffix in (".html", ".htm"):
            text = self.to_html(baseline)
        elif path.suffix == ".json":
            text = self.to_json(indent=1)
        else:
            text = str(self)
        path.write_text(text, encoding="utf-8")
        return path

    def _repr_html_(self) -> str:
        from srcgrad.inspection.notebook import notebook

        return notebook(self)


def _plain(value: Any) -> Any:
    """Tuples as lists and numbers as keys as texts: what JSON gives back."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
