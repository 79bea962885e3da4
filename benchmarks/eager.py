"""Eager tensors beside PyTorch's, and what an operation costs beyond NumPy: ``python -m benchmarks.eager``.

Forward and backward together, on one thread, the libraries timed by turns in one process.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import time
import timeit
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

Program = Callable[[], Any]


def _numbers(*shape: int, scale: float = 1.0) -> Any:
    rng = np.random.default_rng(sum(shape))
    return (rng.standard_normal(shape) * scale).astype(np.float32)


def _data(T: Any, *shape: int, scale: float = 1.0) -> Any:
    return T.tensor(_numbers(*shape, scale=scale))


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


def peak(library: str, program: str, n: int) -> int:
    """Bytes by which the peak of the process's memory grows while a program runs, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.eager", "--peak", library, program, str(n)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _print_peak(library: str, program: str, n: int) -> None:
    T = importlib.import_module(library)
    T.set_num_threads(1)
    make = {make.__name__: make for make, _ in PROGRAMS}[program]
    # Small first: what is imported and compiled is not counted.
    make(T, 100)()
    run = make(T, n)
    # Linux: the peak so far is forgotten.
    Path("/proc/self/clear_refs").write_text("5")
    before = _memory("VmRSS")
    run()
    run()
    print(_memory("VmHWM") - before)


def _memory(which: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(which)).split()[1]) * 1024


def _autograd_program(name: str, n: int) -> Program | None:
    from benchmarks.eager_autograd import PROGRAMS as theirs

    def data(*shape: int, scale: float = 1.0) -> Any:
        return _numbers(*shape, scale=scale)

    return theirs[name](data, n) if name in theirs else None


def _libraries() -> list[Any]:
    import srcgrad

    found: list[Any] = [srcgrad]
    try:
        import torch

        torch.set_num_threads(1)
        found.append(torch)
    except ImportError:
        print("PyTorch is not installed: no ratios")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table of times and ratios, and one of memory."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["--peak"]:
        _print_peak(given[1], given[2], int(given[3]))
        return 0
    seconds = 0.02 if "--quick" in given else 1.0
    libraries = _libraries()
    hips = importlib.util.find_spec("autograd") is not None
    print(
        "Forward and backward, the best of many calls by turns, one thread; ratios are srcgrad's time to the other's"
    )
    print(f"{'program':<12}{'size':>9}{'srcgrad':>12}{'PyTorch':>12}{'ratio':>7}{'autograd':>13}{'ratio':>7}")
    for program, sizes in PROGRAMS:
        for n in sizes:
            runs = [program(T, n) for T in libraries]
            extra = _autograd_program(program.__name__, n) if hips else None
            best = ratio([*runs, *([extra] if extra is not None else [])], seconds)
            line = f"{program.__name__:<12}{n:>9}{best[0] * 1e6:>9.1f} us"
            torch_time = best[1] if len(libraries) > 1 else None
            for width, time_ in ((9, torch_time), (10, best[-1] if extra is not None else None)):
                line += (
                    f"{time_ * 1e6:>{width}.1f} us{best[0] / time_:>7.2f}" if time_ else " " * (width + 10)
                )
            print(line.rstrip())
    print(f"\nbeyond NumPy's own time: {overhead():.2f} us an operation, forward and backward")
    if "--quick" not in given and len(libraries) > 1 and Path("/proc/self/clear_refs").exists():
        print("\nGrowth of the peak of memory")
        for name, n in (
            ("functions", 1_000_000),
            ("products", 1_000_000),
            ("perceptron", 100_000),
            ("recurrent", 4096),
        ):
            ours, theirs = (peak(library, name, n) for library in ("srcgrad", "torch"))
            print(f"{name:<12}{n:>9}{ours / 1e6:>9.1f} MB{theirs / 1e6:>9.1f} MB{ours / theirs:>7.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
