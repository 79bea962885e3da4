"""Programs too long to write by hand: a thousand statements, deep nesting, many names."""

import importlib.util
import pathlib
import types
from collections.abc import Callable

import numpy as np
import pytest

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)


def load(folder: pathlib.Path, name: str, text: str) -> types.ModuleType:
    """Import a module from text, by way of a file so that its source can be read."""
    path = folder / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def long_function(statements: int) -> str:
    """A chain of scalar statements that stays bounded."""
    lines = ["import math", "", "", "def f(x):", "    y = x"]
    for k in range(statements):
        if k % 5 == 4:
            lines.append(f"    y = y + 0.01 * x * math.cos(v{k - 1})")
        else:
            lines.append(
                f"    v{k} = math.sin(y + {k % 7 + 1} * x) * 0.5 + {f'v{k - 1}' if k % 5 else 'y'} * 0.3"
            )
    return "\n".join([*lines, "    return y", ""])


def by_differences(f: Callable[[float], float], x: float) -> float:
    h = 1e-3
    return (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)


def test_a_thousand_statements(tmp_path: pathlib.Path) -> None:
    f = load(tmp_path, "thousand", long_function(1000)).f
    value, slope = srcgrad.value_and_grad(f)(0.3)
    assert value == f(0.3)
    assert abs(slope - by_differences(f, 0.3)) < 1e-8 * max(1.0, abs(slope))


def test_a_thousand_statements_in_a_loop(tmp_path: pathlib.Path) -> None:
    text = long_function(300).splitlines()
    start = text.index("def f(x):") + 2
    body = ["    " + line for line in text[start:-1]]
    text = [*text[:start], "    for i in range(3):", *body, "    return y", ""]
    f = load(tmp_path, "long_loop", "\n".join(text)).f
    assert abs(srcgrad.grad(f)(0.3) - by_differences(f, 0.3)) < 1e-7


@pytest.mark.parametrize("depth", [15])
def test_deeply_nested_blocks(tmp_path: pathlib.Path, depth: int) -> None:
    lines = ["def f(x):", "    y = x"]
    for k in range(depth):
        pad = "    " * (k + 1)
        lines.append(pad + (f"for i{k} in range(1):" if k % 2 else f"if y > {-k - 1}.5:"))
        lines.append(f"{pad}    y = y * 1.1 + 0.1 * x")
    f = load(tmp_path, "deep", "\n".join([*lines, "    return y", ""])).f
    assert abs(srcgrad.grad(f)(0.3) - by_differences(f, 0.3)) < 1e-9


def test_a_long_expression(tmp_path: pathlib.Path) -> None:
    terms = " + ".join(f"x ** {k} * 0.5 ** {k}" for k in range(1, 80))
    f = load(tmp_path, "expression", f"def f(x):\n    return {terms}\n").f
    assert abs(srcgrad.grad(f)(0.7) - by_differences(f, 0.7)) < 1e-9


def test_deep_recursion() -> None:
    def f(x, n):
        if n == 0:
            return x
        return f(x, n - 1) * 0.99 + 0.01 * x

    assert abs(srcgrad.grad(f)(0.5, 150) - 1.0) < 1e-12


def test_many_arguments(tmp_path: pathlib.Path) -> None:
    names = [f"a{k}" for k in range(60)]
    text = f"def f({', '.join(names)}):\n    return {' + '.join(f'{n} * {n}' for n in names)}\n"
    f = load(tmp_path, "many", text).f
    args = [0.1 * k for k in range(60)]
    slopes = srcgrad.grad(f, tuple(range(60)))(*args)
    np.testing.assert_allclose(slopes, [2.0 * a for a in args], rtol=1e-15)


def test_an_array_of_a_million() -> None:
    def f(a):
        b = a * 2.0
        b[1:] += a[:-1] * a[1:]
        return np.sum(b * b)

    a = np.linspace(-1.0, 1.0, 1_000_000)
    slope = srcgrad.grad(f)(a)
    v = np.cos(np.arange(a.size))
    truth = by_differences(lambda t: f(a + t * v), 0.0)
    assert abs(slope @ v - truth) < 1e-6 * np.linalg.norm(slope)
