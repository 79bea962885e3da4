"""Transforms: once for each signature, in proportion to the length of the program, the same in every process."""

from __future__ import annotations

import cProfile
import os
import pathlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.transform import pipeline
from tests.api import sample
from tests.language.test_generated import load, long_function

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def transforms(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the functions that are transformed."""
    names: list[str] = []
    original = pipeline.compile_gradient

    def counting(function: Any, *args: Any, **kwargs: Any) -> Any:
        names.append(function.__name__)
        return original(function, *args, **kwargs)

    monkeypatch.setattr(pipeline, "compile_gradient", counting)
    yield names


def power(x, k=2):
    return x**k


def test_once_for_each_signature(transforms):
    slope = srcgrad.grad(power)
    for _ in range(3):
        slope(2.0)
        slope(3.0, 2)
        slope(4.0, k=2)
    assert len(transforms) == 1
    slope(np.float32(2.0))
    slope(np.ones(()))
    count = len(transforms)
    assert count >= 3  # another type each
    for _ in range(3):
        slope(np.float32(5.0))
        slope(np.zeros(()) + 3.0)
        slope(7.0)
    assert len(transforms) == count


def test_sizes_and_values_are_no_part_of_the_signature(transforms):
    slope = srcgrad.grad(lambda a: np.sum(a * a))
    for n in (2, 3, 100):  # one element is another matter: it is broadcast
        slope(np.arange(float(n)))
    assert len(transforms) == 1
    slope(np.ones((2, 2)))
    assert len(transforms) == 2


def test_a_program_that_is_recorded_is_tried_once(transforms):
    def by_value(x):
        functions = [np.sin, np.cos]
        return functions[int(x > 1.0)](x)

    slope = srcgrad.grad(by_value)
    for x in (0.5, 1.5, 2.5):
        slope(x)
    assert len(transforms) == 1


def test_once_where_many_threads_meet(transforms):
    slope = srcgrad.grad(sample.loop)
    gate = threading.Barrier(8)
    results: list[Any] = []

    def work() -> None:
        gate.wait()
        results.append(slope(np.array([1.0, 2.0, 3.0])))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert len(transforms) == 1


def test_a_global_of_the_same_type_is_no_reason_to_transform_again(transforms, monkeypatch):
    slope = srcgrad.grad(sample.slope.primal)
    assert slope(3.0) == 12.0
    monkeypatch.setattr(sample, "FACTOR", 7.0)
    assert slope(3.0) == 42.0
    assert len(transforms) == 1
    monkeypatch.setattr(sample, "FACTOR", np.float32(1.0))
    slope(3.0)
    assert len(transforms) == 2


# --- cost -----------------------------------------------------------------------------------------------


def calls_made(action: Callable[[], Any]) -> int:
    """How many calls Python makes: a measure of work that is the same on every machine, however busy."""
    profile = cProfile.Profile()
    profile.enable()
    try:
        action()
    finally:
        profile.disable()
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.slow
def test_the_work_grows_in_proportion_to_the_length(tmp_path):
    """A thousand statements may not take more for each than a hundred do."""

    def work(statements: int) -> float:
        function = load(tmp_path, f"chain_{statements}", long_function(statements)).f
        slope = srcgrad.grad(function)
        return calls_made(lambda: slope(0.3)) / statements

    work(20)  # what is loaded and looked up once
    short, long = work(100), work(1000)
    assert long < 1.3 * short, f"{short:.0f} calls a statement for 100, {long:.0f} for 1000"


def test_the_work_grows_in_proportion_in_loops_and_branches(tmp_path):
    def text(blocks: int) -> str:
        lines = ["def f(x):", "    y = x"]
        for k in range(blocks):
            lines += [
                f"    for i{k} in range(2):",
                "        y = y * 0.9 + x",
                "    if y > 0.5:",
                "        y = y - 0.1 * x",
            ]
        return "\n".join([*lines, "    return y", ""])

    def work(blocks: int) -> float:
        slope = srcgrad.grad(load(tmp_path, f"blocks_{blocks}", text(blocks)).f)
        return calls_made(lambda: slope(0.3)) / blocks

    work(5)
    short, long = work(15), work(120)
    assert long < 1.5 * short, f"{short:.0f} calls a block for 15, {long:.0f} for 120"


# --- the same in every process --------------------------------------------------------------------------

SOURCES = """
import hashlib, sys
import srcgrad
from tests.language.all_programs import all_cases
from tests.language.truth import quiet
for case in all_cases()[::6]:
    args, kwargs = case.fresh()
    gradient = srcgrad.value_and_grad(case.function, case.argnums)
    with quiet():
        try:
            gradient(*args, **kwargs)
            text = gradient.source
        except Exception as error:
            text = repr(error)
    print(case.name, hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.mark.slow
def test_generated_code_is_the_same_to_the_byte_for_every_hash_seed():
    outputs = []
    for seed in ("0", "1", "4711"):
        done = subprocess.run(
            [sys.executable, "-c", SOURCES],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout.splitlines())
    assert len(outputs[0]) > 100
    for other in outputs[1:]:
        assert [a for a, b in zip(outputs[0], other, strict=True) if a != b] == []
