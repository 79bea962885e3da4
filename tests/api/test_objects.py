"""A compiled function as an object: its name, its parts, copies, pickles, threads, globals."""

import copy
import functools
import inspect
import pathlib
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)
sample = pytest.importorskip("tests.api.sample", exc_type=ImportError)

ROOT = pathlib.Path(__file__).parents[2]


def test_name_docstring_signature_module():
    assert sample.slope.__name__ == "slope"
    assert sample.slope.__qualname__ == "slope"
    assert sample.slope.__doc__ == "Slope of a power."
    assert sample.slope.__module__ == sample.__name__
    assert list(inspect.signature(sample.slope).parameters) == ["x", "k"]
    assert inspect.signature(sample.cube_slope) == inspect.signature(sample.cube)
    assert inspect.unwrap(sample.cube_slope) is sample.cube
    assert callable(sample.slope)


def test_primal():
    assert sample.cube_slope.primal is sample.cube
    assert sample.slope.primal(3.0) == 18.0
    assert sample.both.primal(3.0, 4.0) == 12.0


def test_source_is_python_and_shows_the_adjoint():
    g = srcgrad.grad(sample.cube)
    g(2.0)
    assert isinstance(g.source, str)
    compile(g.source, "<generated>", "exec")
    assert "x_bar" in g.source
    assert "def " in g.source


def test_show_prints_the_source(capsys):
    g = srcgrad.grad(sample.cube)
    g(2.0)
    result = g.show()
    shown = capsys.readouterr().out + (result if isinstance(result, str) else "")
    assert "x_bar" in shown


def test_pickle():
    for g in (sample.slope, sample.both, sample.cube_slope):
        again = pickle.loads(pickle.dumps(g))
        assert again(3.0) == g(3.0)
    sample.cube_slope(2.0)
    assert pickle.loads(pickle.dumps(sample.cube_slope))(3.0) == 27.0


def test_copy_and_deepcopy():
    for g in (copy.copy(sample.cube_slope), copy.deepcopy(sample.cube_slope)):
        assert g(3.0) == 27.0
        assert g.primal is sample.cube
    holder = copy.deepcopy({"g": sample.slope})
    assert holder["g"](3.0) == sample.slope(3.0)


def test_repr_names_the_function():
    assert "cube" in repr(sample.cube_slope)


def test_usable_as_a_key_and_in_partial():
    assert {sample.slope: 1}[sample.slope] == 1
    assert functools.partial(sample.slope, k=3)(2.0) == 24.0


def test_threads_at_the_first_call():
    """Sixteen threads meet at the first call; each gets its own right answer."""
    for _ in range(5):
        g = srcgrad.grad(sample.loop)
        results: dict[int, np.ndarray] = {}
        failures: list[BaseException] = []
        gate = threading.Barrier(16)

        def work(k, g=g, results=results, failures=failures, gate=gate):
            try:
                a = np.array([1.0, 2.0, 3.0]) * (k + 1)
                gate.wait()
                results[k] = g(a)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(k,)) for k in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        for k, slope in results.items():
            np.testing.assert_allclose(slope, np.array([5.0, 4.0, 3.0]) * (k + 1))


def test_rebinding_a_global_takes_effect_at_the_next_call(monkeypatch):
    assert sample.slope(3.0) == 12.0
    monkeypatch.setattr(sample, "FACTOR", 5.0)
    assert sample.slope(3.0) == 30.0
    monkeypatch.setattr(sample, "FACTOR", np.array(1.0))
    assert sample.slope(3.0) == 6.0


def test_rebinding_a_global_function_takes_effect(monkeypatch):
    def f(x):
        return helper(x) * 2.0

    slope = srcgrad.grad(f)
    assert slope(3.0) == 12.0
    monkeypatch.setitem(globals(), "helper", lambda x: x**3)
    assert slope(3.0) == 54.0


def helper(x):
    return x * x


def test_changed_closure_takes_effect():
    k = 2.0

    def f(x):
        return x * x * k

    slope = srcgrad.grad(f)
    assert slope(3.0) == 12.0
    k = 5.0
    assert slope(3.0) == 30.0


def test_changed_object_attribute_takes_effect():
    class Options:
        rate = 2.0

    options = Options()

    def f(x):
        return x * x * options.rate

    slope = srcgrad.grad(f)
    assert slope(3.0) == 12.0
    options.rate = 3.0
    assert slope(3.0) == 18.0


def test_the_function_itself_is_untouched():
    code = sample.cube.__code__
    before = set(vars(sample))
    srcgrad.grad(sample.cube)(2.0)
    assert sample.cube.__code__ is code
    assert sample.cube(2.0) == 8.0
    assert set(vars(sample)) == before


def test_reentrant():
    """A compiled function that runs while it runs."""

    def f(x, n):
        if n == 0:
            return x * x
        return srcgrad.grad(f)(x, n - 1) * x

    assert srcgrad.grad(f)(3.0, 1) == pytest.approx(12.0)


def test_many_calls_leave_nothing_behind():
    import gc

    g = srcgrad.grad(sample.loop)
    a = np.array([1.0, 2.0, 3.0])
    g(a)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(200):
        g(a)
    gc.collect()
    assert len(gc.get_objects()) - before < 50


def test_traceback_shows_the_users_line():
    def f(x):
        y = x * x
        z = [y][3]
        return z

    with pytest.raises(IndexError) as caught:
        srcgrad.grad(f)(1.0)
    text = "".join(str(entry) for entry in caught.traceback)
    assert "[y][3]" in text


@pytest.mark.parametrize("target", ["tests.api.sample:cube", "tests/api/sample.py:cube"])
def test_show_on_the_command_line(target):
    run = subprocess.run(
        [sys.executable, "-m", "srcgrad", "show", target],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "x_bar" in run.stdout


def test_source_is_the_same_in_every_process():
    program = (
        "import srcgrad, numpy as np; from tests.api import sample;"
        "g = srcgrad.grad(sample.loop); g(np.ones(3)); print(g.source)"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
            env={"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in (1, 2, 3)
    }
    assert len(texts) == 1
