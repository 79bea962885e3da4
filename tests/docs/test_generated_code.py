"""The generated code that the pages show is what srcgrad writes; their examples print what they say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def script() -> ModuleType:
    path = ROOT / "scripts" / "generated_in_docs.py"
    spec = importlib.util.spec_from_file_location("generated_in_docs", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = script()


@pytest.mark.parametrize("page", SCRIPT.PAGES, ids=lambda page: page.name)
def test_page_is_up_to_date(page: Path) -> None:
    text = page.read_text()
    assert SCRIPT.updated(text, page.name) == text, "run: python scripts/generated_in_docs.py --write"
