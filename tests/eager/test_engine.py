"""What a table of cases cannot show: depth, lifetimes, threads, tasks, memory."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import srcgrad as T
from srcgrad.runtime.eager.graph import Node


def test_chain_of_100_000_runs_and_is_dropped_without_recursion():
    x = T.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + 1e-5
    y.backward()
    assert x.grad.item() == 1.0
    del y


def test_wide_graph_each_node_runs_once():
    x = T.tensor(2.0, requires_grad=True)
    y = x
    for _ in range(60):
        # Paths double at each step: only a walk that runs each node once ends.
        y = y + y
    runs = []
    y.grad_fn.register_hook(lambda inner, outer: runs.append(1))
    y.backward()
    assert x.grad.item() == 2.0**60
    assert len(runs) == 1


def test_graph_is_freed_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        x = T.ones(3, requires_grad=True)
        y = x.exp()
        z = (y * y.sin()).sum()
        z.backward()
        nodes = [weakref.ref(t.node) for t in (y, z)]
        arrays = weakref.ref(y)
        del y, z
        assert arrays() is None
        assert all(node() is None for node in nodes)
    finally:
        gc.enable()


def test_saved_values_are_freed_as_the_walk_passes():
    def peak(retain):
        x = T.ones(100_000, requires_grad=True)
        y = x
        for _ in range(20):
            y = y.exp().log()
        s = y.sum()
        del y
        tracemalloc.start()
        s.backward(retain_graph=retain)
        found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return found[1]

    assert peak(False) < 8 * 400_000


def test_leaf_keeps_no_graph_and_graph_keeps_no_tensor():
    x = T.ones(2, requires_grad=True)
    alive = weakref.ref(x)
    y = x * 2
    del x
    assert alive() is None
    y.sum().backward()


def test_modes_are_per_thread():
    seen = []
    with T.no_grad():
        thread = threading.Thread(target=lambda: seen.append(T.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_modes_are_per_task():
    async def quiet(started, go):
        with T.no_grad():
            started.set()
            await go.wait()
            return T.is_grad_enabled()

    async def main():
        started, go = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(quiet(started, go))
        await started.wait()
        here = T.is_grad_enabled()
        go.set()
        return here, await task

    assert asyncio.run(main()) == (True, False)


def test_backward_in_threads():
    results = {}

    def work(k):
        x = T.tensor([float(k)], requires_grad=True)
        for _ in range(50):
            (x * x).sum().backward()
        results[k] = x.grad.item()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {k: 100.0 * k for k in range(4)}


def test_recorded_walk_to_fourth_order():
    x = T.tensor(0.7, dtype=T.float64, requires_grad=True)
    y = T.exp(x * 2)
    for _ in range(4):
        (y,) = T.autograd.grad(y, x, create_graph=True)
    assert np.isclose(y.item(), 16 * np.exp(1.4))


def test_gradient_is_handed_over_without_a_copy_only_if_nobody_else_has_it():
    x = T.ones(3, requires_grad=True)
    seed = T.ones(3)
    (x + 0.0).backward(seed)
    assert not np.shares_memory(x.grad.numpy(), seed.numpy())
    a, b = T.ones(3, requires_grad=True), T.ones(3, requires_grad=True)
    (a + b).backward(seed)
    assert not np.shares_memory(a.grad.numpy(), b.grad.numpy())


def test_reentrant_backward_over_the_same_graph():
    x = T.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    z = y.sum()
    inner = []

    def hook(g):
        if not inner:
            inner.append("once")
            inner.append(T.autograd.grad(z, x, retain_graph=True)[0].tolist())

    y.register_hook(hook)
    z.backward(retain_graph=True)
    assert inner == ["once", [2.0, 4.0]]
    assert x.grad.tolist() == [2.0, 4.0]


def test_anomaly_names_the_line_of_the_forward_pass():
    x = T.tensor([0.0], requires_grad=True)
    with T.autograd.detect_anomaly():
        y = x.sqrt() * 0.0  # this line
        with pytest.warns(UserWarning, match="this line"), pytest.raises(RuntimeError, match="nan values"):
            y.sum().backward()


def test_nodes_are_small():
    assert not hasattr(Node(None, (), (), (), 0, "n"), "__dict__")
    assert not hasattr(T.ones(1), "__dict__")


def test_import_is_lazy():
    import subprocess
    import sys

    code = "import sys, srcgrad; print([m for m in sys.modules if m.startswith('srcgrad.runtime')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_saved_output_of_several_takes_part_twice():
    a = T.tensor([[2.0, 0.3], [0.3, 1.0]], dtype=T.float64, requires_grad=True)

    def spread(a):
        values, vectors = T.linalg.eigh(a + a.T)
        return (values * values).sum() * (vectors[:, 0] ** 2 * T.tensor([1.0, 2.0], dtype=T.float64)).sum()

    assert T.autograd.gradgradcheck(spread, (a,))


def test_view_made_without_recording_stays_a_constant():
    w = T.ones(3, requires_grad=True)
    with T.no_grad():
        v = w[:2]
        w.mul_(2)
    assert not (v * 1).requires_grad
    assert v.tolist() == [2.0, 2.0]
