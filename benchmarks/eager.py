"""Eager tensors beside PyTorch's, and what an operation costs beyond NumPy: ``python -m benchmarks.eager``.

Forward and backward together, on one thread, the libraries timed by turns in one process.
"""

from __future__ import annotations

import os
import sys
import time
import timeit
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

Program = Callable[[], Any]


def _data(T: Any, *shape: int, scale: float = 1.0) -> Any:
    rng = np.random.default_rng(sum(shape))
    return T.tensor((rng.standard_normal(shape) * scale).astype(np.float32))


def products(T: Any, n: int) -> Program:
    """Ten products and ten sums."""
    x, w = _data(T, n).requires_grad_(), _data(T, n)

    def run() -> None:
        x.grad = None
        y = x
        for _ in range(10):
            y = y * w + x
        y.sum().backward()

    return run


def functions(T: Any, n: int) -> Program:
    """Five rounds of tanh, exp and divisions."""
    x = _data(T, n).requires_grad_()

    def run() -> None:
        x.grad = None
        y = x
        for _ in range(5):
            y = (y.tanh() * 1.5).exp() / 2.0
        y.sum().backward()

    return run


def perceptron(T: Any, n: int) -> Program:
    """One hidden layer and the cross entropy, a batch of `n`."""
    width = 64
    x = _data(T, n, width)
    target = T.tensor(np.arange(n) % 10)
    parameters = [
        _data(T, width, width, scale=width**-0.5), _data(T, width),
        _data(T, width, 10, scale=width**-0.5), _data(T, 10),
    ]  # fmt: skip
    a, b, c, d = (p.requires_grad_() for p in parameters)

    def run() -> None:
        for p in (a, b, c, d):
            p.grad = None
        T.nn.functional.cross_entropy(T.tanh(x @ a + b) @ c + d, target).backward()

    return run


def recurrent(T: Any, n: int) -> Program:
    """Fifty steps of a recurrent net, a batch of `n`."""
    width = 32
    steps = [_data(T, n, width) for _ in range(50)]
    u, w = (_data(T, width, width, scale=width**-0.5).requires_grad_() for _ in range(2))
    b = _data(T, width).requires_grad_()

    def run() -> None:
        u.grad = w.grad = b.grad = None
        state = T.zeros(n, width)
        for x in steps:
            state = T.tanh(x @ u + state @ w + b)
        (state * state).mean().backward()

    return run


def elements(T: Any, n: int) -> Program:
    """A sum over the elements of a vector, one by one."""
    x = _data(T, n).requires_grad_()

    def run() -> None:
        x.grad = None
        total = T.tensor(0.0)
        for k in range(n):
            total = total + x[k] * x[k]
        total.backward()

    return run


PROGRAMS: tuple[tuple[Callable[[Any, int], Program], tuple[int, ...]], ...] = (
    (products, (1, 100, 10_000, 1_000_000)),
    (functions, (1, 100, 10_000, 1_000_000)),
    (perceptron, (1, 32, 1024)),
    (recurrent, (1, 32)),
    (elements, (50,)),
)


def ratio(programs: Sequence[Program], seconds: float) -> list[float]:
    """The best times of several programs, timed by turns."""
    best = [float("inf")] * len(programs)
    rounds, ends = 0, time.perf_counter() + seconds
    # One call at a time: what else the machine does meets some of them, and not the best.
    while rounds < 5 or time.perf_counter() < ends:
        for k, program in enumerate(programs):
            best[k] = min(best[k], timeit.timeit(program, number=1))
        rounds += 1
    return best


_CHAIN = 300


def overhead() -> float:
    """Microseconds an operation, forward and backward, beyond NumPy's own two products."""
    import srcgrad as T

    x, w, seed = (T.ones(100) for _ in range(3))
    x.requires_grad_()
    a = np.ones(100, np.float32)

    def ours() -> None:
        y = x
        for _ in range(_CHAIN):
            y = y * w
        y.backward(seed)

    def bare() -> None:
        y = a
        for _ in range(2 * _CHAIN):
            y = y * a

    mine, plain = ratio([ours, bare], 1.0)
    return (mine - plain) / _CHAIN * 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table of times and ratios."""
    given = sys.argv[1:] if arguments is None else arguments
    seconds = 0.02 if "--quick" in given else 1.0
    import srcgrad

    libraries = [srcgrad]
    try:
        import torch

        torch.set_num_threads(1)
        libraries.append(torch)
    except ImportError:
        print("PyTorch is not installed: no ratios")
    print(f"{'program':<14}{'size':>9}{'srcgrad':>12}{'torch':>12}{'ratio':>8}")
    for program, sizes in PROGRAMS:
        for n in sizes:
            best = ratio([program(T, n) for T in libraries], seconds)
            torch_text = f"{best[1] * 1e6:>9.1f} us{best[0] / best[1]:>8.2f}" if len(best) > 1 else ""
            print(f"{program.__name__:<14}{n:>9}{best[0] * 1e6:>9.1f} us{torch_text}")
    print(f"\nbeyond NumPy's own time: {overhead():.2f} us an operation, forward and backward")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
