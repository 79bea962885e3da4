"""Threads that a recorded program starts record for it, and nothing is lost in silence on the way."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from srcgrad.errors import MissingRuleError, SrcgradError
from tests.differences import Vector
from tests.recorded.check import check, recorded_gradient

A = np.array([0.3, 0.7, -0.2, 0.5])
POOL = ThreadPoolExecutor(1)


def result_in_a_list(a: Vector) -> Any:
    results: list[Any] = []

    def work(x: Any) -> None:
        results.append(x * x)

    thread = threading.Thread(target=work, args=(a[0],))
    thread.start()
    thread.join()
    return results[0]


def result_in_a_plain_array(a: Vector) -> Any:
    results = np.zeros(2)

    def work() -> None:
        results[0] = a[0] * a[1]

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return results[0] ** 2


class Worker(threading.Thread):
    def __init__(self, x: Any) -> None:
        super().__init__()
        self.x = x
        self.y = np.zeros(2)

    def run(self) -> None:
        self.y[0] = self.x**2


def own_class(a: Vector) -> Any:
    worker = Worker(a[0])
    worker.start()
    worker.join()
    return np.sum(worker.y)


def timer(a: Vector) -> Any:
    results: list[Any] = []
    thread = threading.Timer(0.001, lambda x: results.append(x * x), [a[0]])
    thread.start()
    thread.join()
    return results[0]


def executor(a: Vector) -> Any:
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(lambda x, k: x * x * k, x, 3.0) for x in a]
        return sum(future.result() for future in futures) * sum(pool.map(lambda x, y: x * y, a, a[::-1]))


def executor_from_outside(a: Vector) -> Any:
    results = np.zeros(2)

    def work(k: int) -> None:
        results[k] = a[k] * a[k + 1]

    list(POOL.map(work, range(2)))
    return np.sum(results**2)


PROGRAMS = [result_in_a_list, result_in_a_plain_array, own_class, timer, executor, executor_from_outside]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_gradient(program: Callable[[Vector], Any]) -> None:
    check(program, A)
    check(program, A[::-1].copy())  # a thread of a pool outlives the recording


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_in_a_thread_is_one_of_the_recording() -> None:
    def program(a: Vector) -> Any:
        results = [0.0]

        def work() -> None:
            results[0] = np.nextafter(a[0], 1.0)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return results[0]

    with pytest.raises(MissingRuleError):
        recorded_gradient(program, A)


def test_pickles_are_refused() -> None:
    def program(a: Vector) -> Any:
        return pickle.loads(pickle.dumps(SimpleNamespace(x=a[0]))).x * 2.0

    with pytest.raises(SrcgradError):
        recorded_gradient(program, A)
