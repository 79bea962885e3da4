"""Generated code in Python's own tools: tracebacks, pdb, inspect; files for development environments; pickles."""

import inspect
import linecache
import multiprocessing
import os
import pathlib
import pickle
import stat
import subprocess
import sys
import traceback

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError, UnsupportedError
from srcgrad.origins import locate, origin_of
from srcgrad.runtime.sweeps import real_number
from tests.debugging import programs

ROOT = pathlib.Path(__file__).parents[2]
HERE = programs.__file__


def run(*command, **environment):
    """Run a Python program from the folder of the project."""
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL if "input" not in environment else None,
    )


def line_of(text):
    lines = pathlib.Path(HERE).read_text().splitlines()
    return 1 + next(k for k, line in enumerate(lines) if text in line)


def functions_of(gradient):
    """The generated functions behind the latest call."""
    units = gradient._latest.compiled.units
    return [unit.scope[name] for unit in units for name in unit.definition.names]


# --- tracebacks and notes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "argument", "line", "words"),
    [
        (programs.through_a_callee, 1.0, "return 1.0 / v", "while running"),
        (programs.root, 0.0, "return math.sqrt(y)", "in the derivative of"),
        (programs.by_value, 1.0, "return total / (x - 1.0)", "while running"),
    ],
)
@pytest.mark.parametrize("transform", [srcgrad.grad, srcgrad.value_and_grad, "vjp"])
def test_an_exception_has_a_note_with_the_users_line(program, argument, line, words, transform):
    with pytest.raises(ZeroDivisionError) as caught:
        if transform == "vjp":
            srcgrad.vjp(program, argument)[1](1.0)
        else:
            transform(program)(argument)
    (note,) = caught.value.__notes__
    assert note.startswith(f"srcgrad: {words} {HERE}:{line_of(line)}\n")
    assert note.splitlines()[1].strip().startswith(line)


def test_a_failure_in_recorded_reverse_names_the_operation():
    with pytest.raises(ZeroDivisionError) as caught:
        srcgrad.grad(programs.by_value)(0.0)
    (note,) = caught.value.__notes__
    assert "math.sqrt" in note and "debug_nans" in note


def test_floating_point_errors_are_noted_too():
    with np.errstate(all="raise"), pytest.raises(FloatingPointError) as caught:
        srcgrad.grad(programs.array_root)(np.array([1.0, 0.0]))
    assert f"in the derivative of {HERE}:{line_of('np.sqrt(b)')}" in caught.value.__notes__[0]


def test_nested_gradients_add_one_note():
    with pytest.raises(ZeroDivisionError) as caught:
        srcgrad.grad(srcgrad.grad(programs.root))(0.0)
    (note,) = caught.value.__notes__
    assert f"{HERE}:{line_of('return math.sqrt(y)')}" in note


def test_an_error_of_srcgrad_in_generated_code_gets_its_location():
    """``real_number`` is called by generated code and knows no line."""

    def f(x, k):
        return x * k.value

    class Holder:
        value = "text"

    with pytest.raises(UnsupportedError):
        real_number("text")
    with pytest.raises((UnsupportedError, TypeError)) as caught:
        srcgrad.grad(f)(2.0, Holder())
    place = caught.value.location if isinstance(caught.value, UnsupportedError) else None
    text = str(place) if place else "".join(caught.value.__notes__)
    assert "x * k.value" in text


def test_no_note_for_errors_that_are_not_of_the_program():
    for arguments in ((), (1.0, 2.0)):
        with pytest.raises(TypeError) as caught:
            srcgrad.grad(programs.root)(*arguments)
        assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize(
    ("program", "argument", "shown"),
    [
        (programs.root, 0.0, "# return math.sqrt(y)"),
        (programs.through_a_callee, 1.0, "ret = 1.0 / v"),
        (programs.by_value, 1.0, "return rt.div(total, rt.sub(x, 1.0))"),
        (programs.by_value, 0.0, "return (0.5 * g / ans,)"),
    ],
)
def test_tracebacks_show_generated_lines(program, argument, shown):
    with pytest.raises(ZeroDivisionError) as caught:
        srcgrad.grad(program)(argument)
    assert shown in "".join(traceback.format_exception(caught.value))


def test_the_marks_under_a_line_are_those_of_the_generated_expression():
    """Python 3.11 marks the part of a line that failed: the columns have to be those of the text."""
    with pytest.raises(ZeroDivisionError) as caught:
        srcgrad.grad(programs.root)(0.0)
    innermost = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert innermost.line is not None and innermost.colno is not None
    line = linecache.getline(innermost.filename, innermost.lineno)
    assert "/" in line[innermost.colno : innermost.end_colno]


# --- inspect, pdb ---------------------------------------------------------------------------------------


def test_inspect_getsource():
    slope = srcgrad.grad(programs.through_a_callee)
    slope(2.0)
    for function in functions_of(slope):
        text = inspect.getsource(function)
        assert text.startswith(f"def {function.__name__}(")
        assert text in slope.source
    linecache.checkcache()
    assert inspect.getsource(functions_of(slope)[0])


def in_pdb(commands, *command):
    """What pdb prints when it is given these commands."""
    done = subprocess.run(
        [sys.executable, *command],
        input=commands,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SKIPPING = """
import pdb
from tests.debugging import programs
programs.looped_slope(2.0)
pdb.Pdb(skip=["srcgrad.*"]).run("programs.looped_slope(2.0)", {"programs": programs})
"""


@pytest.mark.parametrize("skipping", [True, False])
def test_pdb_steps_through_generated_code(skipping, tmp_path):
    """``s`` walks from the call into the forward sweep and on into the reverse sweep."""
    if skipping:
        shown = in_pdb("s\n" * 40 + "c\n", "-c", SKIPPING)
    else:
        script = tmp_path / "script.py"
        script.write_text("from tests.debugging import programs\n" + "programs.looped_slope(2.0)\n" * 2)
        shown = in_pdb("b 3\nc\n" + "s\n" * 300 + "c\nq\n", "-m", "pdb", str(script))
    lines = [line.strip() for line in shown.splitlines() if line.startswith("-> ")]
    assert any(line.startswith("-> y = y * x + 1.0") for line in lines), shown[-3000:]
    assert sum("# y = y * x + 1.0" in line for line in lines) >= 3, lines
    assert any(line == "-> return x_bar" for line in lines)


def test_pdb_lists_breaks_and_prints_in_generated_code(tmp_path):
    """A breakpoint by function, a listing, and the value of an adjoint."""
    script = tmp_path / "script.py"
    script.write_text(
        "from tests.debugging import programs\n"
        "slope = programs.looped_slope\n"
        "slope(2.0)\n"
        "made = slope._latest.compiled.function\n"
        "slope(2.0)\n"
        "print('done')\n"
    )
    shown = in_pdb("b 5\nc\nb made\nc\nl\nn\nn\nn\nn\np x\nc\nq\n", "-m", "pdb", str(script))
    assert "Breakpoint 2 at <srcgrad looped" in shown, shown
    assert "# reverse sweep" in shown
    assert "(Pdb) 2.0" in shown
    assert "done" in shown


def test_post_mortem_shows_generated_frames():
    program = (
        "import pdb, sys\n"
        "from tests.debugging import programs\n"
        "import srcgrad\n"
        "try: srcgrad.grad(programs.root)(0.0)\n"
        "except ZeroDivisionError: pdb.post_mortem()\n"
    )
    shown = in_pdb("l\np y\nup\nq\n", "-c", program)
    assert "# return math.sqrt(y)" in shown, shown
    assert "(Pdb) 0.0" in shown


def test_ipython_sees_the_source():
    oinspect = pytest.importorskip("IPython.core.oinspect")
    slope = srcgrad.grad(programs.root)
    slope(2.0)
    assert "# return math.sqrt(y)" in oinspect.getsource(functions_of(slope)[0])


# --- files for development environments -----------------------------------------------------------------

DUMPING = """
import sys, inspect, traceback
import numpy as np, srcgrad
from tests.debugging import programs
print(srcgrad.grad(programs.through_a_callee)(2.0))
print(programs.by_value_slope(2.0))
unit = programs.looped_slope(2.0) and programs.looped_slope._latest.compiled.units[0]
print(unit.emitted.function.__code__.co_filename)
try:
    srcgrad.grad(programs.root)(0.0)
except ZeroDivisionError as error:
    print("".join(traceback.format_exception(error)))
"""


def dumped(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_dump_writes_files_and_functions_point_at_them(tmp_path):
    folder = tmp_path / "dump" / "deep"
    done = run("-c", DUMPING, SRCGRAD_DUMP=str(folder))
    assert done.returncode == 0, done.stderr
    files = dumped(folder)
    assert any(name.startswith("through_a_callee_") for name in files)
    assert any(name.startswith("reciprocal_") for name in files)
    assert any(name.startswith("recorded_by_value_") for name in files)
    assert not any(name.endswith(".part") for name in files)
    for name, text in files.items():
        compile(text, name, "exec")
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    pointed = next(line for line in done.stdout.splitlines() if line.startswith(str(folder)))
    assert "looped_grad" in pathlib.Path(pointed).read_text()
    assert f'File "{folder}' in done.stdout
    assert f"srcgrad: in the derivative of {HERE}:{line_of('return math.sqrt(y)')}" in done.stdout


def test_dump_is_the_same_in_every_process_and_processes_do_not_clash(tmp_path):
    alone = tmp_path / "alone"
    run("-c", DUMPING, SRCGRAD_DUMP=str(alone), PYTHONHASHSEED="1")
    shared = tmp_path / "shared"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", DUMPING],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "SRCGRAD_DUMP": str(shared),
                "PYTHONHASHSEED": str(k),
            },
        )
        for k in range(4)
    ]
    for process in started:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    assert dumped(alone) == dumped(shared)


def test_a_second_derivative_of_dumped_code(tmp_path, monkeypatch):
    monkeypatch.setenv("SRCGRAD_DUMP", str(tmp_path))

    def f(x):
        y = x * x * x
        return y * x

    second = srcgrad.grad(srcgrad.grad(f))
    assert second(2.0) == 48.0
    line = next(k for k, text in enumerate(second.source.splitlines(), 1) if "# t_bar" in text or "#" in text)
    filename = second._latest.compiled.units[0].emitted.filename
    location = locate(filename, line + 1)
    assert filename.startswith(str(tmp_path))
    assert location is None or location.filename == __file__


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SRCGRAD_DUMP", str(tmp_path / "file" / "folder"))
    with pytest.raises(ArgumentError, match="SRCGRAD_DUMP"):
        srcgrad.grad(lambda x: x * 3.0)(1.0)


def test_nothing_is_written_without_being_asked(tmp_path, monkeypatch):
    monkeypatch.delenv("SRCGRAD_DUMP", raising=False)
    monkeypatch.chdir(tmp_path)
    srcgrad.grad(lambda x: x * 5.0)(1.0)
    assert not list(tmp_path.iterdir())


# --- other processes ------------------------------------------------------------------------------------


def call(gradient, argument):
    """Run in the other process."""
    result = gradient(argument)
    return result, gradient.source


@pytest.mark.parametrize(
    "gradient",
    [
        programs.looped_slope,
        programs.decorated,
        programs.by_value_slope,
        srcgrad.grad(programs.root),
        srcgrad.grad(srcgrad.grad(programs.looped)),
    ],
    ids=repr,
)
def test_gradients_survive_pickling_to_a_spawned_process(gradient):
    here = call(gradient, 2.0)
    assert pickle.loads(pickle.dumps(gradient))(2.0) == here[0]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.apply_async(call, (gradient, 2.0)).get(120)
    assert there == here


def test_exceptions_from_another_process_keep_their_note():
    with multiprocessing.get_context("spawn").Pool(1) as pool, pytest.raises(ZeroDivisionError) as caught:
        pool.apply_async(call, (srcgrad.grad(programs.root), 0.0)).get(120)
    assert "return math.sqrt(y)" in str(caught.value.__notes__) + str(caught.value.__cause__)


def test_origins_follow_generated_code_of_generated_code():
    second = srcgrad.grad(srcgrad.grad(programs.looped))
    second(2.0)
    emitted = second._latest.compiled.units[0].emitted
    origin = origin_of(emitted.filename)
    assert origin is not None and origin.filename.startswith("<srcgrad ")
    found = {locate(emitted.filename, line) for line in range(1, emitted.source.count("\n") + 1)} - {None}
    assert {location.filename for location in found} == {HERE}
    assert any("y = y * x + 1.0" in location.source_line for location in found)
