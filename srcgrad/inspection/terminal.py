"""Whether the terminal takes colours, and putting them in.

Pygments is optional: without it everything prints plain.
"""

from __future__ import annotations

import os
import re
from typing import TextIO

__all__ = ["highlight_markdown", "highlight_python", "wants_color"]

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
