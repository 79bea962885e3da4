"""Compiled functions as nodes of the graph."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad as T


@T.compiled
def weighted(x, a, *, scale=1.0):
    total = 0.0
    for k in range(len(x)):
        total += np.sin(x[k]) * a[k] * scale**2
    return total


@T.compiled
def overwriting(x):
    x[0] = 5.0
    return np.sum(x * x)


@T.compiled
def fourth(x):
    return x**4


def leaf(*numbers):
    return T.tensor(numbers[0] if len(numbers) == 1 else list(numbers), dtype=T.float64, requires_grad=True)


def test_nothing_is_recorded_inside_of_no_grad():
    x = leaf(1.0, 2.0)
    with T.no_grad():
        assert not weighted(x, np.ones(2)).requires_grad
    with T.inference_mode():
        assert not weighted(x, np.ones(2)).requires_grad
    assert type(weighted(x, np.ones(2)).grad_fn).__name__ == "weightedIsland"


def test_derivatives_to_third_order():
    x = leaf(2.0)
    (first,) = T.autograd.grad(fourth(x), x, create_graph=True)
    (second,) = T.autograd.grad(first, x, create_graph=True)
    (third,) = T.autograd.grad(second, x)
    assert [g.item() for g in (first, second, third)] == [32.0, 48.0, 48.0]


def test_second_derivatives_beside_held_and_keyword_arguments():
    x, scale = leaf(1.0, 2.0), leaf(3.0)
    a = np.array([2.0, 5.0])
    first = T.autograd.grad(weighted(x, a, scale=scale), (x, scale), create_graph=True)
    of_x, of_scale = T.autograd.grad(first[0].sum() + first[1], (x, scale))
    cos, sin = np.cos([1.0, 2.0]), np.sin([1.0, 2.0])
    assert np.allclose(first[0].detach(), a * cos * 9)
    assert np.allclose(of_x, a * (-sin * 9 + cos * 6))
    assert np.isclose(of_scale.item(), np.sum(a * (cos * 6 + sin * 2)))


def test_array_beside_a_tensor_may_be_written_later():
    x, a = leaf(0.0, 0.0), np.array([1.0, 2.0])
    out = weighted(x, a)
    a[:] = 100.0
    out.backward()
    assert x.grad.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("wanted", [True, False])
def test_written_tensor_is_an_error(wanted):
    a = leaf(1.0, 2.0) * 1 if wanted else T.tensor([1.0, 2.0], dtype=T.float64)
    out = weighted(leaf(0.0, 0.0), a)
    a.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.backward()


@pytest.mark.parametrize("recorded", [True, False])
def test_arguments_stay_as_they_are(recorded):
    x = leaf(1.0, 2.0)
    with T.set_grad_enabled(recorded):
        assert overwriting(x).item() == 29.0
    assert x.tolist() == [1.0, 2.0]


def test_one_compilation_serves_all_calls(monkeypatch):
    x = leaf(0.0, 0.0)
    weighted(x, np.ones(2))

    def refuse(*args):
        raise AssertionError("compiled again")

    monkeypatch.setattr("srcgrad.transform.pipeline.compile_pullback", refuse)
    weighted(x, np.full(2, 7.0)).backward()
    assert x.grad.tolist() == [7.0, 7.0]
