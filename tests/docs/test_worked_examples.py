"""The programs on the pages about derivatives run as they stand, one block after the other."""

from __future__ import annotations

import linecache
import re
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["custom", "implicit", "sparse", "complex", "batches"])
def test_page_runs(page: str) -> None:
    if page in ("implicit", "sparse"):
        pytest.importorskip("scipy")
    shown: list[tuple[complex, str]] = []
    scope: dict[str, object] = {"__name__": "page", "shown": shown}
    blocks = re.findall(r"```python\n(.*?)```", (PAGES / f"{page}.md").read_text(), re.DOTALL)
    assert blocks
    for number, text in enumerate(blocks):
        if "\n...\n" in text:
            continue  # an excerpt of generated code
        text = re.sub(
            r"^(srcgrad\..*)  # ([-\d.()+j]+)$", r'shown.append((\1, "\2"))', text, flags=re.MULTILINE
        )
        filename = f"<{page}.md {number}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        exec(compile(text, filename, "exec"), scope)
    for value, wanted in shown:
        assert complex(value) == pytest.approx(complex(wanted))
