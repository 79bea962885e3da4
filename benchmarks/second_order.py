"""Second derivatives in units of a gradient: ``python -m benchmarks.second_order``."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import srcgrad

PARAMETERS = 50


def logistic(w: Any, features: Any, labels: Any) -> Any:
    """Negative log-likelihood of a logistic regression, a loop over the data."""
    total = 0.5 * np.sum(w * w)
    for k in range(len(labels)):
        p = 1.0 / (1.0 + np.exp(-(features[k] @ w)))
        total -= labels[k] * np.log(p) + (1.0 - labels[k]) * np.log(1.0 - p)
    return total


def smoothing(w: Any, series: Any) -> Any:
    """Negative log-likelihood of exponential smoothing with weights that come round: numbers only."""
    level, trend, total = w[0], w[1], 0.0
    for k in range(len(series)):
        error = series[k] - level - w[k % 50] * trend
        level = level + 0.3 * error * w[(k + 7) % 50]
        trend = 0.9 * trend + 0.1 * error
        total = total + np.log(1.0 + error * error)
    return total


def best(run: Callable[[], Any], rounds: int) -> float:
    """Processor time of the best of several runs."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def measure(rounds: int = 7) -> list[tuple[str, float, float, float]]:
    """Name, seconds of a gradient, and the ratios of a Hessian and of a Hessian-vector product to that."""
    rng = np.random.default_rng(0)
    w = 0.1 * rng.normal(size=PARAMETERS)
    v = rng.normal(size=PARAMETERS)
    features, labels = rng.normal(size=(200, PARAMETERS)), (rng.random(200) > 0.5).astype(float)
    found = []
    for f, data in ((logistic, (features, labels)), (smoothing, (np.sin(0.1 * np.arange(200)),))):
        gradient, hessian = srcgrad.grad(f), srcgrad.hessian(f)
        still = (None,) * len(data)

        def products(f: Any = f, data: Any = data, still: Any = still) -> Any:
            return srcgrad.hvp(f, (w, *data), (v, *still))

        runs: list[Callable[[], Any]] = [partial(g, w, *data) for g in (gradient, hessian)]
        for run in (*runs, products):
            run()
        unit = best(runs[0], 5 * rounds)
        found.append((f.__name__, unit, best(runs[1], rounds) / unit, best(products, 5 * rounds) / unit))
    return found


def main() -> None:
    """Print the table."""
    print(f"{'program':<12}{'gradient':>12}{'Hessian':>10}{'product':>10}   {PARAMETERS} parameters")
    for name, unit, hessian, product in measure():
        print(f"{name:<12}{1e3 * unit:>9.2f} ms{hessian:>10.1f}{product:>10.2f}")


if __name__ == "__main__":
    main()
