"""What a recording promises beside right numbers: memory, aliases, threads, nothing left behind."""

from __future__ import annotations

import gc
import threading
from typing import Any

import numpy as np
import pytest

from srcgrad.errors import ArgumentError, MissingRuleError, SrcgradError
from srcgrad.runtime.recorded.recorded_values import Recorded
from srcgrad.runtime.recorded.recording import Node
from srcgrad.transform.recorded import Recording, record_vjp, recorded_source
from tests.recorded.test_language_recorded import Gradient

A = np.array([1.0, 2.0, 3.0])
B = np.array([0.5, 0.7, -0.2])


# --- arguments that are written in place ------------------------------------------------------------


def scale_and_shift(a: Any, b: Any, k: Any) -> Any:
    a[1:] *= b[:-1]
    a[0] += k
    return (a * b).sum()


def test_shadows_of_written_arguments() -> None:
    weights = np.array([0.3, -0.2, 0.5])

    def on_copies(a: Any, b: Any, k: Any) -> Any:
        a, b = a.copy(), b.copy()
        return scale_and_shift(a, b, k) + (weights * a).sum()

    a, b = A.copy(), B.copy()
    recording = Recording(scale_and_shift, (a, b, 0.4), {}, {0, 1, 2}, in_place=True)
    plain = A.copy()
    assert recording.value == scale_and_shift(plain, B.copy(), 0.4)
    assert np.array_equal(a, plain), "the caller sees what was written"

    a_bar, b_bar = weights.copy(), np.zeros(3)
    *_, k_bar = recording.pullback(1.0, {id(a): a_bar, id(b): b_bar})
    wanted = record_vjp(on_copies, (A, B, 0.4), {}, {0, 1, 2})[1](1.0)
    np.testing.assert_allclose(a_bar, wanted[0])
    np.testing.assert_allclose(b_bar, wanted[1])
    assert k_bar == pytest.approx(wanted[2])


def test_shadows_alias_as_the_arrays_do() -> None:
    def overlap(u: Any, v: Any) -> Any:
        u[:] = u * 2
        v *= u[0]
        return v.sum()

    weights, start = np.linspace(-1, 1, 6), np.linspace(0.3, 1.2, 6)

    def on_copy(whole: Any) -> Any:
        whole = whole.copy()
        return overlap(whole[:4], whole[2:]) + (weights * whole).sum()

    whole, whole_bar = start.copy(), weights.copy()
    u, v = whole[:4], whole[2:]
    recording = Recording(overlap, (u, v), {}, {0, 1}, in_place=True)
    recording.pullback(1.0, {id(u): whole_bar[:4], id(v): whole_bar[2:]})
    np.testing.assert_allclose(whole_bar, record_vjp(on_copy, (start,), {}, {0})[1](1.0)[0])


# --- one array in several arguments -----------------------------------------------------------------


@pytest.mark.parametrize("active", [{0}, {1}, {0, 1}])
def test_the_same_array_twice_has_two_gradients(active: set[int]) -> None:
    _, pullback = record_vjp(lambda x, y: (x * x * y).sum(), (A, A), {}, active)
    wanted = [2 * A * A, A * A]
    for got, k in zip(pullback(1.0), sorted(active), strict=True):
        np.testing.assert_allclose(got, wanted[k])


def test_a_write_is_seen_through_the_other_argument() -> None:
    def write(x: Any, y: Any) -> Any:
        x[0] = x[1] * 3
        return (x * y).sum()

    value, pullback = record_vjp(write, (A, A), {}, {0, 1})
    assert value == write(*([A.copy()] * 2))
    first, second = pullback(1.0)
    total = record_vjp(lambda x: write(*([x.copy()] * 2)), (A,), {}, {0})[1](1.0)[0]
    np.testing.assert_allclose(first + second, total)


# --- nothing is left behind -------------------------------------------------------------------------


class Log:
    everything: list[Any] = []

    def __init__(self) -> None:
        self.last: Any = None
        self.more: dict[str, Any] = {}


def test_recorded_values_do_not_outlive_the_recording() -> None:
    log, total = Log(), 0.0

    def logged(x: Any) -> Any:
        nonlocal total
        log.last = x * 2
        log.more["k"] = [x, (x * 3,)]
        Log.everything.append(x * 4)
        total += x
        return {"value": x * x, "rest": [x, (x, 1)]}

    value, _ = record_vjp(logged, (2.0,), {}, {0})
    left = [
        log.last,
        *log.more["k"],
        *log.more["k"][1],
        *Log.everything,
        total,
        value["value"],
        *value["rest"],
    ]
    assert not any(isinstance(item, Recorded) for item in left)
    assert (log.last, log.more, Log.everything, total) == (4.0, {"k": [2.0, (6.0,)]}, [8.0], 2.0)
    assert value == {"value": 4.0, "rest": [2.0, (2.0, 1)]}
    Log.everything.clear()


def filled(a: Any) -> Any:
    y = np.zeros(3)
    for i in range(3):
        y[i] = np.sin(a[i]) * a[0]
    z = y * y
    y += z
    return np.exp(y) @ z


def test_a_recording_is_freed_without_the_garbage_collector() -> None:
    def run() -> None:
        record_vjp(filled, (A,), {}, {0})[1](1.0)

    run()
    gc.collect()
    gc.disable()
    try:
        before = sum(type(o).__mro__.count(Node) for o in gc.get_objects())
        run()
        assert sum(type(o).__mro__.count(Node) for o in gc.get_objects()) == before
    finally:
        gc.enable()


def test_a_long_chain() -> None:
    def chain(x: Any) -> Any:
        for _ in range(30_000):
            x = x * 1.00001
        return x

    value, pullback = record_vjp(chain, (2.0,), {}, {0})
    assert pullback(1.0)[0] == pytest.approx(value / 2.0)


def test_threads_do_not_meet() -> None:
    found: dict[int, list[Any]] = {1: [], 2: [], 3: []}

    def work(k: int) -> None:
        for _ in range(10):
            found[k].append(record_vjp(filled, (A * k,), {}, {0})[1](1.0)[0])

    threads = [threading.Thread(target=work, args=(k,)) for k in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, slopes in found.items():
        wanted = record_vjp(filled, (A * k,), {}, {0})[1](1.0)[0]
        assert len(slopes) == 10
        assert all(np.array_equal(slope, wanted) for slope in slopes)


# --- derivatives of derivatives ---------------------------------------------------------------------


def test_fourth_order() -> None:
    slope: Any = lambda x: x**5  # noqa: E731
    got = []
    for _ in range(4):
        slope = Gradient(slope)
        got.append(slope(2.0))
    assert got == [80.0, 160.0, 240.0, 240.0]


def test_inner_derivative_of_something_outer() -> None:
    def outer(x: Any) -> Any:
        return x * Gradient(lambda y: x * y * y)(x)  # 2 x^3

    assert Gradient(outer)(1.5) == pytest.approx(6 * 1.5**2)


def test_a_pullback_is_differentiated_later() -> None:
    _, pullback = record_vjp(lambda x: (x * x).sum() * x, (np.array([1.0, 2.0]),), {}, {0})

    def of_seed(s: Any) -> Any:
        return (pullback(s * np.ones(2))[0] ** 2).sum()

    assert Gradient(of_seed)(2.0) == pytest.approx((of_seed(2.0 + 1e-6) - of_seed(2.0 - 1e-6)) / 2e-6)


@pytest.mark.parametrize(
    "write",
    [
        lambda y, x: np.multiply.at(y, [0, 1], x),
        lambda y, x: np.divide.at(y, [0, 0], x),
        lambda y, x: np.add.at(y, [0, 0], x * x),
        lambda y, x: y.__imul__(x),
        lambda y, x: y.sort(),
        lambda y, x: np.copyto(y, x * x),
        lambda y, x: y.fill(x[0] * x[1]),
    ],
)
def test_rules_that_write_differentiate_twice(write: Any) -> None:
    def program(a: Any) -> Any:
        y = a[1:] * a[0]
        write(y, a[:2] * a[2])
        return (y**3).sum()

    def slope(a: Any) -> Any:
        return (Gradient(program)(a) * np.array([0.3, -0.5, 0.8])).sum()

    step = 1e-5
    got = Gradient(slope)(A)
    for k, e in enumerate(np.eye(3)):
        assert got[k] == pytest.approx((slope(A + step * e) - slope(A - step * e)) / (2 * step), rel=1e-6)


# --- errors -----------------------------------------------------------------------------------------


def test_a_caught_refusal_is_raised_at_the_end() -> None:
    def swallows(x: Any) -> Any:
        import struct

        try:
            return struct.unpack("d", struct.pack("d", x))[0]
        except Exception:
            return x * 2

    with pytest.raises(MissingRuleError, match=r"_struct\.pack") as caught:
        record_vjp(swallows, (0.5,), {}, {0})
    location = caught.value.location
    assert location is not None
    assert location.source_line.strip() == 'return struct.unpack("d", struct.pack("d", x))[0]'
    assert location.source_line[location.col_offset : location.end_col_offset] == 'struct.pack("d", x)'


def test_derivatives_are_not_lost_in_callbacks_of_native_code() -> None:
    integrate = pytest.importorskip("scipy.integrate")

    def captured(x: Any) -> Any:
        y = np.zeros(1)
        y[0] = x
        return integrate.quad(lambda t: t * y[0], 0.0, 1.0, full_output=1)[0]

    try:
        value, pullback = record_vjp(captured, (0.7,), {}, {0})
    except SrcgradError:
        return  # a refusal is fine as well
    assert (value, pullback(1.0)) == (pytest.approx(0.35), (pytest.approx(0.5),))


def test_seed_of_another_shape() -> None:
    _, pullback = record_vjp(lambda a: a * 2, (A,), {}, {0})
    with pytest.raises(ArgumentError, match="seed"):
        pullback(1.0)


# --- the text ---------------------------------------------------------------------------------------


def test_rewritten_text() -> None:
    def f(x, n=3):
        y = np.zeros(n)
        for i in range(n - 1):
            y[i + 1] += x * i
        return y.sum() if n > 2 else f"{x:.2f}"

    assert recorded_source(f) == (
        "def f(x, n=3):\n"
        "    y = rt.call(np.zeros, n)\n"
        "    for i in range(rt.sub(n, 1)):\n"
        "        rt.into(y)[i + 1] = rt.iadd(rt.at(y)[i + 1], rt.mul(x, i))\n"
        "    return rt.call(rt.at(y).sum) if n > 2 else rt.joined(rt.formatted(x, '.2f'))\n"
    )
