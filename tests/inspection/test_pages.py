"""The code on the documentation's pages does what the page says."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from srcgrad.errors import SrcgradError, error_classes

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "errors"


def python_blocks(path: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("cls", [cls for cls in error_classes().values() if cls is not SrcgradError])
def test_first_example_raises_the_error_and_the_second_is_the_way_out(
    cls: type[SrcgradError], tmp_path: Path
) -> None:
    wrong, right = python_blocks(PAGES / f"{cls.code}.md")
    program = tmp_path / "wrong.py"
    program.write_text(wrong)
    with pytest.raises(cls) as caught:
        runpy.run_path(str(program))
    assert type(caught.value) is cls
    program = tmp_path / "right.py"
    program.write_text(right)
    runpy.run_path(str(program))
