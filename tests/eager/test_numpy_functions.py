"""NumPy's own functions on tensors are recorded; what would lose the graph raises."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad as T
from srcgrad.island import compiled

X = np.array([[0.5, 1.5], [2.5, 0.3]])
Y = np.array([[1.2, 0.7], [0.4, 2.0]])

PROGRAMS = {
    "sin": lambda x, y: np.sin(x) * y,
    "ufuncs": lambda x, y: np.exp(-(x**2)) + np.log1p(y) * np.hypot(x, y) - np.arctan2(x, y),
    "concatenate": lambda x, y: np.concatenate([x, y * x], axis=1),
    "stack": lambda x, y: np.stack([x, y, x])[1:],
    "solve": lambda x, y: np.linalg.solve(x, y),
    "inv": lambda x, y: np.linalg.inv(x) @ y,
    "det": lambda x, y: np.linalg.det(x) * y,
    "einsum": lambda x, y: np.einsum("ij,jk->ik", x, y),
    "dot": lambda x, y: np.dot(x, y),
    "matmul": lambda x, y: x @ y.T,
    "reductions": lambda x, y: (
        np.sum(x, axis=0) * np.mean(y, axis=1, keepdims=True) + np.var(x) + np.std(y, axis=0)
    ),
    "max": lambda x, y: np.max(x, axis=1) * np.min(y),
    "where": lambda x, y: np.where(x > 1, x * y, y),
    "clip": lambda x, y: np.clip(x * y, 0.45, 1.02),
    "cumsum": lambda x, y: np.cumsum(x * y, axis=1),
    "diff": lambda x, y: np.diff(x * y, axis=0),
    "shape": lambda x, y: np.reshape(np.transpose(x), (4,)) * np.ravel(y),
    "expand_dims": lambda x, y: np.squeeze(np.expand_dims(x, 1), 1) + np.moveaxis(y, 0, 1),
    "pad": lambda x, y: np.pad(x, 1) * 2.0 + np.pad(y, 1),
    "tile": lambda x, y: np.tile(x, (2, 1)) * np.repeat(y, 2, axis=0),
    "norm": lambda x, y: np.linalg.norm(x) * np.linalg.norm(y, axis=0),
    "sort": lambda x, y: np.sort(x, axis=None) * np.ravel(y),
    "outer": lambda x, y: np.outer(x[0], y[1]),
    "trace": lambda x, y: np.trace(x @ y) * np.diagonal(x),
    "cholesky": lambda x, y: np.linalg.cholesky(x @ x.T + np.eye(2)) * y,
    "prod": lambda x, y: np.prod(x, axis=0) + np.prod(y),
    "tensordot": lambda x, y: np.tensordot(x, y, axes=1),
    "flip": lambda x, y: np.flip(x, 0) * np.roll(y, 1),
    "take": lambda x, y: np.take(x, [0, 1, 1], axis=1) * np.take(y, 0),
    "operators": lambda x, y: 2.0 * x - x / y + x % 0.7 + (-y) ** 2 + abs(x),
    "array first": lambda x, y: np.array([1.0, 2.0]) * x + np.float64(3.0) * y,
    "reduce": lambda x, y: np.add.reduce(x * y, 0),
}


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_gradients_agree_with_differences(name):
    program = PROGRAMS[name]
    x, y = (T.tensor(v, requires_grad=True) for v in (X, Y))
    result = program(x, y)
    assert isinstance(result, T.Tensor)
    expected = program(X, Y)
    np.testing.assert_allclose(result.detach().numpy(), expected, rtol=1e-12)
    weights = np.cos(np.arange(expected.size)).reshape(expected.shape)
    found = T.autograd.grad(result, [x, y], T.tensor(weights), allow_unused=True, materialize_grads=True)
    for place, gradient in enumerate(found):
        for index in np.ndindex(2, 2):
            ends = []
            for step in (1e-6, -1e-6):
                arguments = [X.copy(), Y.copy()]
                arguments[place][index] += step
                ends.append(np.sum(program(*arguments) * weights))
            assert np.isclose((ends[0] - ends[1]) / 2e-6, gradient[index].item(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["ufuncs", "solve", "norm", "prod", "einsum", "reductions"])
def test_second_derivatives(name):
    program = PROGRAMS[name]
    x, y = (T.tensor(v, requires_grad=True) for v in (X, Y))
    assert T.autograd.gradgradcheck(lambda x, y: program(x, y).sum(), (x, y))


def test_in_place_functions_of_numpy():
    x = T.tensor(X, requires_grad=True)
    y = T.zeros(2, 2, dtype=T.float64)
    np.add(x, 1.0, out=y)
    np.multiply(y, x, out=y)
    (y * y).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * (X**2 + X) * (2 * X + 1))


def test_what_would_lose_the_graph_raises():
    x = T.ones(2, requires_grad=True)
    for lossy in (
        np.asarray,
        np.array,
        lambda t: np.add(t, 1, out=np.zeros(2, np.float32)),
        lambda t: t.numpy(),
    ):
        with pytest.raises(RuntimeError):
            lossy(x)


def test_constants_pass_through():
    x = T.ones(2, requires_grad=True)
    assert np.shape(x) == (2,)
    assert np.argmax(x).item() == 0
    assert not np.sign(x).requires_grad
    assert not np.sin(x.detach()).requires_grad


def test_dlpack_and_shared_memory():
    x = T.zeros(3)
    a = np.from_dlpack(x)
    x[1] = 5.0
    assert a[1] == 5.0


@compiled
def heat(u, rate, steps):
    for _ in range(steps):
        v = u.copy()
        for k in range(1, len(u) - 1):
            v[k] = u[k] + rate * (u[k - 1] - 2 * u[k] + u[k + 1])
        u = v
    return np.sum(u * u)


def test_compiled_island_is_one_node():
    u = T.tensor([0.0, 1.0, 4.0, 2.0, 0.0], dtype=T.float64, requires_grad=True)
    rate = T.tensor(0.1, dtype=T.float64, requires_grad=True)
    result = heat(u * 1.0, rate, 3)
    assert type(result.grad_fn).__name__ == "heatIsland"
    assert len(result.grad_fn.next_functions) == 2
    result.backward()
    step = 1e-6
    values = u.detach().numpy()
    slope = (heat(values, 0.1 + step, 3) - heat(values, 0.1 - step, 3)) / (2 * step)
    assert np.isclose(rate.grad.item(), slope, rtol=1e-6)
    for k in range(5):
        ends = [heat(values + np.eye(5)[k] * s, 0.1, 3) for s in (step, -step)]
        assert np.isclose(u.grad[k].item(), (ends[0] - ends[1]) / (2 * step), rtol=1e-5, atol=1e-7)
    with T.no_grad():
        assert not heat(u, rate, 3).requires_grad


def test_compiled_island_differentiated_twice():
    u = T.tensor([0.0, 1.0, 4.0, 2.0, 0.0], dtype=T.float64, requires_grad=True)
    rate = T.tensor(0.1, dtype=T.float64, requires_grad=True)
    (slope,) = T.autograd.grad(heat(u, rate, 2), u, create_graph=True)
    mixed = T.autograd.grad(slope.sum(), [u, rate])
    step = 1e-5
    ends = []
    for r in (0.1 + step, 0.1 - step):
        v = u.detach().clone().requires_grad_()
        heat(v, T.tensor(r, dtype=T.float64), 2).backward()
        ends.append(v.grad.sum().item())
    assert np.isclose(mixed[1].item(), (ends[0] - ends[1]) / (2 * step), rtol=1e-6)
