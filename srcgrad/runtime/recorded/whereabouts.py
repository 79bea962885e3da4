"""Where in the user's program a recorded program is at the moment."""

from __future__ import annotations

import re
import sys
from typing import Any

from srcgrad.errors import Location, SrcgradError
from srcgrad.runtime.recorded.memory import state

__all__ = ["noted", "register", "user_location"]

#: Name of a rewritten file -> name of the user's file, its lines, line of the rewritten file -> line of the user's.
_files: dict[str, tuple[str, tuple[str, ...], dict[int, int], bool]] = {}


def register(
    filename: str, original: str, lines: tuple[str, ...], line_map: dict[int, int], library: bool
) -> None:
    """Remember where the lines of a rewritten function come from."""
    _files[filename] = original, lines, line_map, library


def user_location(name: str | None) -> Location | None:
    """Location of the innermost line of the user's program, of its call of `name` if that can be made out."""
    frame: Any = sys._getframe(1)
    fallback: Location | None = None
    while frame is not None:
        found = _files.get(frame.f_code.co_filename)
        if found is not None:
            original, lines, line_map, library = found
            line = line_map.get(frame.f_lineno)
            if line is not None:
                location = _location(original, lines, line, name)
                if not library:
                    return location
                fallback = fallback or location
        frame = frame.f_back
    return fallback


def noted(error: SrcgradError) -> SrcgradError:
    """The error, located, and remembered by the session in case the program catches it."""
    if error.location is None:
        error.location = user_location(None)
    if state.session is not None and state.session.error is None:
        state.session.error = error
    return error


def _location(filename: str, lines: tuple[str, ...], line: int, name: str | None) -> Location:
    text = lines[line - 1].rstrip("\r\n") if 0 < line <= len(lines) else ""
    start, stop = len(text) - len(text.lstrip()), len(text.rstrip())
    if name:
        match = re.search(rf"[\w.]*\b{re.escape(name)}\(", text)
        if match is not None:
            start, stop = match.start(), _closing(text, match.end())
    return Location(filename, line, start, stop, text)


def _closing(text: str, start: int) -> int:
    """Just after the bracket that closes the one before `start`."""
    depth = 1
    for k in range(start, len(text)):
        depth += (text[k] in "([{") - (text[k] in ")]}")
        if depth == 0:
            return k + 1
    return len(text.rstrip())
