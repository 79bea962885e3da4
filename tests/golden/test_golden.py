"""Generated code is what it was, to the byte, in this process and in a fresh one."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from tests.golden.golden import FILES, FOLDER, generated, path_of

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)

ROOT = pathlib.Path(__file__).parents[2]


@pytest.mark.parametrize("name", FILES)
def test_generated_code_is_what_it_was(name: str) -> None:
    """After a change that is meant: ``python -m tests.golden --update``, and read the difference."""
    assert generated(name) == path_of(name).read_text()


def test_no_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.glob("*")} == {path_of(name).name for name in FILES}


def test_deterministic_in_a_fresh_process() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.golden"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", FILES)
def test_order_of_compilation_does_not_matter(name: str) -> None:
    assert generated(name) == generated(name)


@pytest.mark.parametrize("name", ["flow/while_tolerance", "flow/while_counted", "flow/branch_in_loop"])
def test_scalar_code_calls_no_helper(name: str) -> None:
    """Nothing but arithmetic, tapes and the program's own functions on plain floats."""
    calls = set(re.findall(r"([A-Za-z_][\w.]*)\(", re.sub(r"#.*", "", path_of(name).read_text())))
    own = {"abs", "range", "len", "reversed"}
    rest = {c for c in calls if c not in own and not c.startswith(("math.", "np.")) and "_tape." not in c}
    defined = set(re.findall(r"def (\w+)", path_of(name).read_text()))
    assert not rest - defined, f"calls {sorted(rest - defined)}"
