"""One program: compiled against plain Python and against finite differences."""

from __future__ import annotations

import contextlib
import copy
import linecache
import signal
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.differences import (
    Unsettled,
    Vector,
    along,
    derivative,
    from_vector,
    gradient_vector,
    has_kink,
    second_derivative,
    to_vector,
)
from tests.fuzz.generate import Program
from tests.language.truth import direction, same_bits, snapshot

Gradient = Callable[..., tuple[Any, Any]]


@dataclass(frozen=True)
class Verdict:
    """``passed``, ``discarded`` (nothing can be said about this program) or a kind of failure."""

    kind: str
    detail: str = ""

    @property
    def failed(self) -> bool:
        """Whether something is wrong."""
        return self.kind not in ("passed", "discarded")


PLAIN_SECONDS = 3.0
PASSED = Verdict("passed")


class TooSlow(BaseException):
    """A program did not end; not an Exception, so that no program catches it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`TooSlow` in the main thread of a process after some time."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def load(text: str) -> types.ModuleType:
    """A module from text whose functions have readable source."""
    name = f"<fuzz {abs(hash(text)):x}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    module = types.ModuleType("fuzz_program")
    exec(compile(text, name, "exec"), vars(module))
    return module


def compiled(f: Callable[..., Any], argnums: tuple[int, ...]) -> Gradient:
    """What is tested."""
    import srcgrad

    return srcgrad.value_and_grad(f, argnums)


def recorded(f: Callable[..., Any], argnums: tuple[int, ...]) -> Gradient:
    """The compiler's other way: every operation recorded as it runs."""
    from srcgrad.transform.recorded import record_vjp

    def both(*args: Any) -> tuple[Any, Any]:
        value, pullback = record_vjp(f, args, {}, argnums)
        return value, pullback(type(value)(1.0) if isinstance(value, np.generic) else 1.0)

    return both


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """No warnings of NumPy or Python."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


class Subject:
    """A loaded program with its plain value and its derivatives by differences."""

    def __init__(self, program: Program) -> None:
        self.args = program.args
        self.argnums = tuple(range(len(program.args)))
        self.module = load(program.text)
        self.f = self.module.f
        self.point = to_vector(self.args)

    def run(self, vector: Vector) -> float:
        """The plain function at a vector."""
        return float(self.f(*from_vector(self.args, vector)))

    def value(self) -> Any:
        """The plain value; raises :class:`Unsettled` where there is none worth testing."""
        # A program that overflows on the way has no gradient worth the name, even if its value is finite.
        with silence(), np.errstate(over="raise", invalid="raise", divide="raise"):
            try:
                value = self.f(*copy.deepcopy(self.args))
            except Exception as error:
                raise Unsettled(f"{type(error).__name__}: {error}") from error
        if not isinstance(value, (float, int)) or not np.isfinite(value) or abs(value) > 1e6:
            raise Unsettled(f"value {value!r}")
        return value

    def slope(self, v: Vector) -> tuple[float, float]:
        """The derivative along ``v`` and its tolerance."""
        with silence():
            try:
                if has_kink(along(self.run, self.point, v)):
                    raise Unsettled("kink")
                estimate = derivative(self.run, self.point, v)
            except Unsettled:
                raise
            except Exception as error:
                raise Unsettled(f"{type(error).__name__}: {error}") from error
        size = max(1.0, abs(estimate.value), abs(self.run(self.point)))
        if estimate.error > 1e-6 * size or size > 1e8:
            raise Unsettled(str(estimate))
        return estimate.value, 1e-6 * size + 10.0 * estimate.error


def check(program: Program, gradient: Gradient | None = None, *, seconds: float = 30.0) -> Verdict:
    """Compare one way of differentiating a program with the truth."""
    subject = Subject(program)
    v = direction(subject.point.size)
    try:
        # A program that is being made small may have lost what ends its loop.
        with time_limit(PLAIN_SECONDS):
            wanted = subject.value()
            slope, tolerance = subject.slope(v)
    except (Unsettled, TooSlow) as why:
        return Verdict("discarded", str(why))
    args = copy.deepcopy(subject.args)
    before = snapshot(args)
    try:
        with silence(), time_limit(seconds):
            value, slopes = (gradient or compiled)(subject.f, subject.argnums)(*args)
    except TooSlow:
        return Verdict("hangs", f"no end after {seconds} seconds")
    except Exception as error:
        return failure_of(error)
    if snapshot(args) != before:
        return Verdict("writes", "the caller's data was changed")
    if isinstance(wanted, float) and not same_bits(value, wanted):
        return Verdict("value", f"{value!r} ({type(value).__name__}), plainly {wanted!r}")
    try:
        got = gradient_vector(subject.args, slopes)
    except AssertionError as wrong:
        return Verdict("structure", str(wrong))
    if not abs(got @ v - slope) <= tolerance:
        return Verdict("gradient", f"{got @ v!r} along a direction, differences say {slope!r}")
    return PASSED


def failure_of(error: Exception) -> Verdict:
    """A refusal, or a crash."""
    from srcgrad.errors import SrcgradError

    kind = "refused" if isinstance(error, SrcgradError) else "crash"
    first = str(error).splitlines()[0] if str(error) else ""
    return Verdict(kind, f"{type(error).__name__}: {first}")


def check_second_order(program: Program, *, seconds: float = 60.0) -> Verdict:
    """The gradient of a directional derivative, against mixed second differences."""
    import srcgrad

    subject = Subject(program)
    v, w = direction(subject.point.size), direction(subject.point.size, 1)
    try:
        with time_limit(PLAIN_SECONDS), silence():
            subject.value()
            subject.slope(v)
            truth = second_derivative(subject.run, subject.point, v, w)
    except (Exception, TooSlow) as why:
        return Verdict("discarded", str(why))
    if truth.error > 1e-4 * max(1.0, abs(truth.value)):
        return Verdict("discarded", "second differences do not settle")
    first = srcgrad.grad(subject.f, subject.argnums)
    seeds = from_vector(subject.args, v)

    def slope(*args: Any) -> Any:
        slopes = first(*args)
        total = 0.0
        for k in range(len(seeds)):
            total = total + np.sum(slopes[k] * seeds[k])
        return total

    try:
        with silence(), time_limit(seconds):
            slopes = srcgrad.grad(slope, subject.argnums)(*copy.deepcopy(subject.args))
        got = float(gradient_vector(subject.args, slopes) @ w)
    except TooSlow:
        return Verdict("hangs", f"second order: no end after {seconds} seconds")
    except Exception as error:
        verdict = failure_of(error)
        return Verdict(f"second order {verdict.kind}", verdict.detail)
    if not abs(got - truth.value) <= 1e-4 * max(1.0, abs(truth.value)) + 10.0 * truth.error:
        return Verdict("second order gradient", f"{got!r}, differences say {truth.value!r}")
    return PASSED


def check_recorded(program: Program) -> Verdict:
    """Only the recorded way."""
    return check(program, recorded)


def compare_ways(program: Program) -> Verdict:
    """Both of the compiler's ways against the truth, and so against each other."""
    verdict = check(program, compiled)
    if verdict.kind != "passed":
        return verdict
    other = check(program, recorded)
    return Verdict(f"recorded {other.kind}", other.detail) if other.failed else other
