"""The pages about error codes."""

from __future__ import annotations

import re
from pathlib import Path

from srcgrad.errors import ArgumentError, SrcgradError, error_classes

__all__ = ["find_class", "page", "summary"]


def find_class(code: str) -> type[SrcgradError]:
    """Error class of a code.

    Parameters
    ----------
    code : str
        As printed (``SG101``); small letters and the bare number will do.

    Examples
    --------
    >>> find_class("sg202").__name__
    'OutputError'
    """
    classes = error_classes()
    match = re.fullmatch(r"(?:SG)?(\d+)", code.strip(), re.IGNORECASE)
    found = classes.get(f"SG{int(match[1]):03d}") if match else None
    if found is None:
        raise ArgumentError(
            f"there is no error code {code!r}", way_out=f"the codes are {', '.join(classes)}."
        )
    return found


def summary(cls: type[SrcgradError]) -> str:
    """First sentence about an error class."""
    return (cls.__doc__ or "").strip().partition("\n")[0]


def page(cls: type[SrcgradError]) -> str:
    """Page about an error class, in Markdown."""
    here = Path(__file__).parent
    # An installed package carries the pages with it; in a clone they are where the documentation is.
    for folder in (here.parents[1] / "docs" / "errors", here / "error_pages"):
        path = folder / f"{cls.code}.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return f"# {cls.code}: {summary(cls)}\n\n{cls.default_way_out or ''}\n"
