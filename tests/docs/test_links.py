"""What the pages point to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PLACES = [
    ROOT,
    *(ROOT / "srcgrad" / name for name in ("", "transform", "runtime", "runtime/eager", "runtime/recorded")),
]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    for target in targets:
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_files_on_the_architecture_page_exist() -> None:
    mentioned = re.findall(r"`([a-z_/]+(?:\.py|/))`", (ROOT / "docs" / "architecture.md").read_text())
    assert len(mentioned) > 30
    for name in mentioned:
        assert any((place / name).exists() for place in PLACES), name
