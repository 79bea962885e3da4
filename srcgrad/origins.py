"""Generated code as text that tools can find, and the user's line behind each of its lines.

Tracebacks, pdb, IPython and `inspect.getsource` look a line up by the file name in the code object. That name is made
up and known to ``linecache``; with the environment variable ``SRCGRAD_DUMP=folder`` it is a real file in that folder,
which a development environment can open and set breakpoints in.

Code that was generated from generated code (second derivatives) is followed back to what the user wrote.
"""

from __future__ import annotations

import linecache
import os
import re
import tempfile
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from srcgrad.errors import ArgumentError, Location, SrcgradError

__all__ = ["Origin", "annotate", "is_generated", "is_recorded", "locate", "origin_of", "publish", "sweep_of"]


@dataclass(frozen=True)
class Origin:
    """What a generated text was made from.

    Parameters
    ----------
    filename : str
        File of the program, as Python reports it.
    lines : tuple of str
        All lines of that file, with line ends.
    line_map : dict of int to int
        Line of the generated text, from 1 -> line of that file.
    library : bool
        Not the user's program but a package that it calls.
    recorded : bool
        Rewritten so that it records itself.
    """

    filename: str
    lines: tuple[str, ...] = field(repr=False)
    line_map: dict[int, int]
    library: bool = False
    recorded: bool = False

    def location(self, lineno: int) -> Location | None:
        """The line that a generated line belongs to, if it belongs to one."""
        line = self.line_map.get(lineno)
        if line is None:
            return None
        text = self.lines[line - 1].rstrip("\r\n") if 0 < line <= len(self.lines) else ""
        start, stop = len(text) - len(text.lstrip()), len(text.rstrip())
        return Location(self.filename, line, start, stop, text)


_origins: dict[str, Origin] = {}


def publish(hint: str, text: str, origin: Origin | None = None, *, identity: str = "") -> str:
    """Make a text known to Python's tools.

    Parameters
    ----------
    hint : str
        Says in tracebacks what this is, as in ``"loss"`` or ``"recorded loss"``.
    text : str
        What will be compiled.
    origin : Origin, optional
        Where its lines come from.
    identity : str
        Tells texts apart that are the same.

    Returns
    -------
    str
        The file name to compile it under: the same for the same text and hint, in every process.

    Raises
    ------
    ArgumentError
        If ``SRCGRAD_DUMP`` names a folder that cannot be written.
    """
    digest = sha256(f"{identity}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:10]
    folder = os.environ.get("SRCGRAD_DUMP")
    if folder:
        filename = _written(Path(folder), f"{_file_part(hint)}_{digest}.py", text)
    else:
        filename = f"<srcgrad {hint} {digest}>"
    # Without a modification time, `linecache.checkcache` keeps an entry that has no file.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    _origins[filename] = origin or Origin(filename, (), {})
    return filename


def _file_part(hint: str) -> str:
    return re.sub(r"[^\w.-]+", "_", hint, flags=re.ASCII).strip("_.") or "function"


def _written(folder: Path, name: str, text: str) -> str:
    """Write a file for its owner only; processes that write the same one at a time do not see each other's halves."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder.resolve() / name
        data = text.encode("utf-8", "surrogatepass")
        if not path.is_file() or path.read_bytes() != data:
            handle, temporary = tempfile.mkstemp(suffix=".part", prefix=name, dir=folder)
            try:
                with open(handle, "wb") as file:
                    file.write(data)
                os.replace(temporary, path)
            except BaseException:
                os.unlink(temporary)
                raise
    except OSError as error:
        raise ArgumentError(
            f"generated code cannot be written to SRCGRAD_DUMP={str(folder)!r}: {error.strerror or error}",
            way_out="set SRCGRAD_DUMP to a folder that you may write to, or unset it",
        ) from error
    return str(path)


def is_generated(filename: str) -> bool:
    """Whether a file name is that of generated code."""
    return filename in _origins


def is_recorded(filename: str) -> bool:
    """Whether a file name is that of a program rewritten so that it records itself."""
    origin = _origins.get(filename)
    return origin is not None and origin.recorded


def origin_of(filename: str) -> Origin | None:
    """What a generated text was made from; None for other files."""
    return _origins.get(filename)


def locate(filename: str, lineno: int) -> Location | None:
    """The user's line behind a line of generated code.

    Parameters
    ----------
    filename : str
        As in the code object.
    lineno : int
        From 1.

    Returns
    -------
    Location or None
        None if the file is not generated, or the line belongs to no line in particular.
    """
    location: Location | None = None
    origin = _origins.get(filename)
    while origin is not None:
        location = origin.location(lineno)
        if location is None:
            return None
        lineno, origin = location.lineno, _origins.get(location.filename)
    return location


def sweep_of(filename: str, lineno: int) -> str:
    """Which part of a derivative a line of generated code is in: ``"forward"``, ``"reverse"`` or ``"tangent"``."""
    lines = linecache.getlines(filename)[:lineno]
    for line in reversed(lines):
        if line.startswith("    # reverse sweep"):
            return "reverse"
        if line.startswith("    # forward sweep"):
            return "forward"
        header = re.match(r"def (\w+)\(", line)
        if header is not None:
            if re.search(r"_jvp(_\d+)?$|_tangent(_\d+)?$", header[1]):
                return "tangent"
            return "reverse" if re.search(r"_(backward|grad)(_\d+)?$", header[1]) else "forward"
    return "forward"


_SWEEPS = {"forward": "while running", "reverse": "in the derivative of", "tangent": "while differentiating"}


def annotate(error: BaseException) -> None:
    """Tell an exception which line of the user's program it belongs to, if it came out of generated code.

    An error of srcgrad gets that line as its location, if it has none; any other gets a note, which tracebacks print
    at their end.
    """
    found = _innermost(error.__traceback__)
    if found is None:
        return
    location, sweep = found
    if isinstance(error, SrcgradError):
        if error.location is None:
            error.location = location
    elif not any(note.startswith("srcgrad: ") for note in getattr(error, "__notes__", ())):
        place = f"{location.filename}:{location.lineno}"
        error.add_note(f"srcgrad: {_SWEEPS[sweep]} {place}\n    {location.source_line.strip()}")


def _innermost(trace: TracebackType | None) -> tuple[Location, str] | None:
    """The innermost line of the user's program in a traceback; a line of a library only if there is no other."""
    found: tuple[Location, str] | None = None
    in_library: tuple[Location, str] | None = None
    while trace is not None:
        filename, lineno = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        location = locate(filename, lineno)
        if location is not None:
            here = location, sweep_of(filename, lineno)
            if _origins[filename].library:
                in_library = here
            else:
                found = here
        trace = trace.tb_next
    return found or in_library
