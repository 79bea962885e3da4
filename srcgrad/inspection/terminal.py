"""Whether the terminal takes colours, and putting them in.

Pygments is optional: without it everything prints plain.
"""

from __future__ import annotations

import os
import re
from typing import TextIO

__all__ = [
    "highlight_difference",
    "highlight_markdown",
    "highlight_python",
    "size_text",
    "time_text",
    "wants_color",
]

BOLD = "\x1b[1m"
DIM = "\x1b[2m"
RESET = "\x1b[0m"


def wants_color(stream: TextIO, choice: str = "auto") -> bool:
    """Whether to write colours to a stream.

    Parameters
    ----------
    stream : text stream
        Where the text goes.
    choice : {"auto", "always", "never"}
        ``auto`` follows the ``NO_COLOR`` and ``FORCE_COLOR`` conventions, then asks the stream.

    Returns
    -------
    bool
        True where colours are welcome.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def highlight_python(source: str) -> str:
    """Python source with colours, or as it is where Pygments is not installed."""
    try:
        from pygments import highlight
        from pygments.formatters import TerminalFormatter
        from pygments.lexers import PythonLexer
    except ImportError:
        return source
    coloured: str = highlight(source, PythonLexer(stripnl=False), TerminalFormatter())
    return coloured


def highlight_markdown(text: str) -> str:
    """A page of Markdown with bold headings and its Python blocks in colour."""
    parts = re.split(r"(^```.*?^```\n?)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(_block(part) if part.startswith("```") else _prose(part) for part in parts)


def _block(text: str) -> str:
    fence, _, rest = text.partition("\n")
    code, _, _ = rest.rpartition("```")
    if fence == "```python":
        code = highlight_python(code)
    return "".join(f"    {line}\n" for line in code.splitlines())


def _prose(text: str) -> str:
    text = re.sub(r"^#+ (.*)$", rf"{BOLD}\1{RESET}", text, flags=re.MULTILINE)
    return re.sub(r"`([^`\n]+)`", rf"{BOLD}\1{RESET}", text)


def size_text(size: float) -> str:
    """A number of bytes for people.

    Examples
    --------
    >>> size_text(1536), size_text(20), size_text(3_000_000)
    ('1.5 kB', '20 B', '2.9 MB')
    """
    if size < 1024:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB"):
        size /= 1024
        if size < 1024 or unit == "GB":
            break
    return f"{size:.1f} {unit}" if size < 100 else f"{size:.0f} {unit}"


def time_text(seconds: float) -> str:
    """A time for people.

    Examples
    --------
    >>> time_text(0.00123), time_text(2.5), time_text(4e-7)
    ('1.23 ms', '2.50 s', '0.40 us')
    """
    for factor, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= factor:
            return (
                f"{seconds / factor:.3g} {unit}"
                if seconds >= 10 * factor
                else f"{seconds / factor:.2f} {unit}"
            )
    return f"{seconds * 1e6:.3g} us" if seconds >= 1e-5 else f"{seconds * 1e6:.2f} us"


def highlight_difference(text: str) -> str:
    """A difference of two texts, what went in red and what came in green."""
    colours = {"+": "\x1b[32m", "-": "\x1b[31m", "@": DIM}
    lines = text.split("\n")
    return "\n".join(f"{colours[k]}{line}{RESET}" if (k := line[:1]) in colours else line for line in lines)
