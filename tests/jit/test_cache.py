"""Machine code on disk: used by the next process, private, bounded, cleared on request."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from srcgrad.inspection.cli import main
from srcgrad.transform.loops import cache
from srcgrad.transform.loops.machine import FLAGS

pytest.importorskip("numba")

PROGRAM = """
import sys
import srcgrad
sys.path.insert(0, {folder!r})
from program import f
slope = srcgrad.grad(f, jit=True)
assert abs(slope(3.0) - 27.0) < 1e-12
found = slope._latest.machine.latest.function.stats
print(sum(found.cache_hits.values()), sum(found.cache_misses.values()))
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SRCGRAD_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_second_process_does_not_compile(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("def f(x):\n    return x * x * x\n")

    def run() -> str:
        code = PROGRAM.format(folder=str(tmp_path))
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert run() == "0 1"
    assert run() == "1 0"


def test_damaged_machine_code_is_made_again(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "program.py").write_text("def f(x):\n    return x * x * x\n")
    code = PROGRAM.format(folder=str(tmp_path))
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    damaged = list(folder.rglob("*.nbc"))
    assert damaged
    for file in damaged:
        file.write_bytes(b"nothing")
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)


def test_the_folder_is_the_users_alone(folder: Path) -> None:
    path = cache.place_for("x = 1\n", FLAGS)
    assert path is not None
    assert path.read_text() == "x = 1\n"
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        folder.chmod(0o777)
        assert cache.place_for("x = 2\n", FLAGS) is None


def test_source_and_flags_decide_the_place() -> None:
    places = {
        cache.place_for(s, f) for s in ("x = 1\n", "x = 2\n") for f in (FLAGS, {**FLAGS, "fastmath": True})
    }
    assert len(places) == 4


def test_the_oldest_entries_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_ENTRIES", 3)
    made = []
    for k in range(5):
        path = cache.place_for(f"x = {k}\n", FLAGS)
        assert path is not None
        os.utime(path.parent, (k, k))
        made.append(path)
    assert [path.exists() for path in made] == [False, False, True, True, True]


def test_the_command_line_shows_and_clears(capsys: pytest.CaptureFixture[str]) -> None:
    cache.place_for("x = 1\n", FLAGS)
    assert main(["cache", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 1
    assert main(["cache", "clear"]) == 0
    assert "1 compiled gradients" in capsys.readouterr().out
    assert cache.info().entries == 0
