"""Type checkers see the signature of the differentiated function."""

import pathlib
import subprocess
import sys
import textwrap

import pytest

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)
pytest.importorskip("mypy")

ROOT = pathlib.Path(__file__).parents[2]

PROGRAM = """
    import srcgrad

    def f(x: float, k: int = 2) -> float:
        return x ** k

    @srcgrad.grad
    def slope(x: float, k: int = 2) -> float:
        return x ** k

    @srcgrad.value_and_grad(argnums=0)
    def both(x: float) -> float:
        return x * x

    slope(1.0, k=3)
    srcgrad.grad(f)(1.0, 3)
    both(2.0)
    slope("no")
    srcgrad.grad(f)(1.0, q=3)
"""


@pytest.mark.slow
def test_mypy_knows_the_parameters(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "typed.py"
    path.write_text(textwrap.dedent(PROGRAM).lstrip())
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"MYPYPATH": str(ROOT), "PATH": ""},
        check=False,
    )
    lines = [line for line in run.stdout.splitlines() if "typed.py" in line and ": error:" in line]
    wrong = [line.split(":")[1] for line in lines]
    text = path.read_text().splitlines()
    assert {text[int(number) - 1] for number in wrong} == {'slope("no")', "srcgrad.grad(f)(1.0, q=3)"}, (
        run.stdout
    )
