"""Where in the user's program a recorded program is at the moment."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import Any

from srcgrad.errors import Location, SrcgradError
from srcgrad.origins import locate, origin_of
from srcgrad.runtime.recorded.memory import state

__all__ = ["noted", "user_location"]


def user_location(name: str | None) -> Location | None:
    """Location of the innermost line of the user's program, of its call of `name` if that can be made out."""
    frame: Any = sys._getframe(1)
    fallback: Location | None = None
    while frame is not None:
        filename = frame.f_code.co_filename
        origin = origin_of(filename)
        location = None if origin is None else locate(filename, frame.f_lineno)
        if origin is not None and location is not None:
            location = _of_call(location, name)
            if not origin.library:
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


def _of_call(location: Location, name: str | None) -> Location:
    """The part of a line that calls `name`."""
    if name:
        text = location.source_line
        match = re.search(rf"[\w.]*\b{re.escape(name)}\(", text)
        if match is not None:
            return replace(location, col_offset=match.start(), end_col_offset=_closing(text, match.end()))
    return location


def _closing(text: str, start: int) -> int:
    """Just after the bracket that closes the one before `start`."""
    depth = 1
    for k in range(start, len(text)):
        depth += (text[k] in "([{") - (text[k] in ")]}")
        if depth == 0:
            return k + 1
    return len(text.rstrip())
