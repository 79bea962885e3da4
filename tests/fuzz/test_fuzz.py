"""A few random programs in every run, and every program that ever failed."""

import importlib
import inspect
import pathlib
import pkgutil

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import tests.fuzz.found as found
from tests.differences import Unsettled
from tests.fuzz.check import PASSED, Subject, TooSlow, Verdict, check, check_second_order, time_limit
from tests.fuzz.generate import Program, from_seed, programs
from tests.fuzz.reduce import reduce

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)

FOUND = sorted(module.name for module in pkgutil.iter_modules(found.__path__))


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(programs())
def test_random_programs(program: Program) -> None:
    verdict = check(program)
    assume(verdict.kind != "discarded")
    assert verdict == PASSED, f"{verdict}\n{program.text}\n{program.args}"


@pytest.mark.parametrize("seed", range(20))
def test_random_programs_second_order(seed: int) -> None:
    verdict = check_second_order(from_seed(5_000_000 + seed))
    assert not verdict.failed, f"{verdict}\n{from_seed(5_000_000 + seed).text}"


@pytest.mark.parametrize("name", FOUND)
def test_programs_that_once_failed(name: str) -> None:
    module = importlib.import_module(f"{found.__name__}.{name}")
    path = pathlib.Path(inspect.getfile(module))
    program = Program(path.read_text(), module.ARGS)
    first = check(program)
    assert first == PASSED, str(first)
    if name.startswith("second_order"):
        assert check_second_order(program) == PASSED


def test_most_programs_can_be_judged() -> None:
    """Differences must be of use for nine programs in ten, or the campaign is idle."""
    judged = 0
    for seed in range(200):
        subject = Subject(from_seed(seed))
        try:
            subject.value()
            subject.slope(np.ones(subject.point.size))
        except Unsettled:
            continue
        judged += 1
    assert judged >= 180


def test_a_seed_is_a_program() -> None:
    assert from_seed(3).text == from_seed(3).text
    assert len({from_seed(seed).text for seed in range(50)}) > 45


def test_reduction_keeps_the_failure_and_little_else() -> None:
    program = next(p for p in map(from_seed, range(2000)) if "np.add.at" in p.text and len(p.text) > 900)

    def fails(candidate: Program) -> bool:
        return "np.add.at" in candidate.text and not isinstance(verdict_of(candidate), Unsettled)

    small = reduce(program, fails, attempts=400)
    assert "np.add.at" in small.text
    assert len(small.text) < len(program.text) / 2


def verdict_of(program: Program) -> Verdict | Unsettled:
    try:
        # What ends a loop may have been dropped.
        with time_limit(0.5):
            Subject(program).value()
    except (Unsettled, AttributeError, TooSlow) as error:
        return error if isinstance(error, Unsettled) else Unsettled(str(error))
    return PASSED
