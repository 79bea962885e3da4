"""Programs that the random generator found to differ from PyTorch once (`random_programs`), as they were cut down."""

from __future__ import annotations

from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs.txt"


def cases() -> dict[str, str]:
    """Name and code of each case."""
    programs = PROGRAMS.read_text().strip().split("\n\n")
    return {f"program {k}: {text.splitlines()[-1]}": f"program({text!r})" for k, text in enumerate(programs)}
