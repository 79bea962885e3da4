"""``python -m benchmarks``: measure, print tables, write JSON and a plot."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.growth import measure_growth
from benchmarks.kernels import KERNELS
from benchmarks.measure import Measured, measure
from benchmarks.peers import NAMES, Peer, make_peer
from benchmarks.transform_cost import Cost, growth, measure_transform


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure srcgrad's gradients and what they cost to make."
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, for a first impression")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="kernels with this in their name or family"
    )
    parser.add_argument(
        "--peers", default=",".join(NAMES), metavar="NAMES", help=f"some of {','.join(NAMES)}"
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="time to spend on each kernel")
    parser.add_argument("--growth", action="store_true", help="cost and memory by size instead")
    parser.add_argument("--transform", action="store_true", help="also what writing a gradient costs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers to this file")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="also draw the ratios (or the growth)")
    options = parser.parse_args(arguments)
    with one_core():
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    console = Console(width=130)
    if options.growth:
        return _growth(options, console)
    peers = [peer for name in options.peers.split(",") if (peer := make_peer(name.strip())) is not None]
    kernels = [kernel for kernel in KERNELS if options.only in kernel.name or options.only == kernel.family]
    seconds = 0.0 if options.quick else options.seconds
    found: list[Measured] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("kernels", total=len(kernels))
        for kernel in kernels:
            progress.update(task, description=kernel.name)
            size = kernel.quick_size if options.quick else kernel.size
            found.append(measure(kernel, peers, size, seconds))
            progress.advance(task)
    console.print(_versions(peers))
    console.print(_table(found, peers))
    costs: list[Cost] = []
    if options.transform:
        costs = [measure_transform(n, repeats=1 if options.quick else 3) for n in (30, 100, 300)]
        console.print(_costs(costs))
    if options.json:
        _write(options.json, _facts(found, costs, peers))
    if options.plot:
        from benchmarks.plots import plot_ratios

        plot_ratios(found, [peer.name for peer in peers], options.plot)
    return 0


@contextmanager
def one_core() -> Iterator[None]:
    """Stay on one core, where the system can do that: nobody computes with several threads, and all time is counted."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _versions(peers: Sequence[Peer]) -> str:
    names = "".join(f", {peer.name} {peer.version}" for peer in peers)
    return f"Python {platform.python_version()}, NumPy {np.__version__}{names}"


def _table(found: Sequence[Measured], peers: Sequence[Peer]) -> Table:
    """Times of the gradients as multiples of the plain kernel's time."""
    table = Table(title="Gradient against the plain NumPy kernel (processor time, one thread, this run)")
    table.add_column("kernel", no_wrap=True, min_width=22)
    table.add_column("size", justify="right")
    table.add_column("kernel's time", justify="right")
    for peer in peers:
        table.add_column(peer.name, justify="right")
    for row in found:
        cells = {timing.peer: f"{timing.ratio:.2f}" for timing in row.timings}
        table.add_row(
            row.kernel,
            f"{row.size:,}",
            _time(row.primal),
            *(
                cells.get(peer.name, "" if row.missing.get(peer.name) == "not written" else "–")
                for peer in peers
            ),
        )
    means = []
    for peer in peers:
        ratios = [timing.ratio for row in found for timing in row.timings if timing.peer == peer.name]
        means.append(f"{geometric_mean(ratios):.2f} ({len(ratios)})" if ratios else "")
    table.add_section()
    table.add_row("geometric mean (of)", "", "", *means)
    return table


def geometric_mean(values: Sequence[float]) -> float:
    """The mean that ratios have."""
    return math.exp(sum(map(math.log, values)) / len(values))


def _costs(costs: Sequence[Cost]) -> Table:
    table = Table(
        title=f"The first call, which writes the gradient; grows with the power {growth(list(costs)):.2f}"
    )
    for title in ("statements", "first call", "later", "a statement"):
        table.add_column(title, justify="right")
    for cost in costs:
        times = map(_time, (cost.first, cost.later, cost.per_statement))
        table.add_row(f"{cost.statements:,}", *times)
    return table


def _growth(options: Any, console: Console) -> int:
    series = measure_growth(options.quick)
    for one in series:
        table = Table(title=f"{one.name}: grows with the power {one.power:.2f}")
        for title in (one.axis, "kernel", "gradient", "ratio", "peak memory", "bytes a step"):
            table.add_column(title, justify="right")
        for point in one.points:
            table.add_row(
                f"{point.size:,}",
                _time(point.primal),
                _time(point.gradient),
                f"{point.gradient / point.primal:.2f}",
                f"{point.memory / 1e6:.2f} MB",
                f"{point.memory / point.size:.0f}",
            )
        console.print(table)
    if options.json:
        _write(options.json, {"growth": [asdict(one) for one in series]})
    if options.plot:
        from benchmarks.plots import plot_growth

        plot_growth(series, options.plot)
    return 0


def _time(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.0f} ns"


def _facts(found: Sequence[Measured], costs: Sequence[Cost], peers: Sequence[Peer]) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
        "peers": {peer.name: peer.version for peer in peers},
        "kernels": [asdict(row) for row in found],
        "transform": [{**asdict(cost), "per_statement": cost.per_statement} for cost in costs],
    }


def _write(path: Path, facts: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
