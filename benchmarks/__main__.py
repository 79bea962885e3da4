"""``python -m benchmarks``: measure, print tables, write JSON."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Timing, measure_peer, measure_srcgrad
from benchmarks.peers import Peer, installed_peers
from benchmarks.programs import PROGRAMS, Program
from benchmarks.transform_cost import Cost, growth, measure_transform
from srcgrad.errors import SrcgradError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure srcgrad's gradients and what they cost to make."
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, for a first impression")
    parser.add_argument("--only", default="", metavar="TEXT", help="only programs with this in their name")
    parser.add_argument("--no-peers", action="store_true", help="do not measure other packages")
    parser.add_argument("--seconds", type=float, default=2.0, help="time to spend on each measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers to this file")
    options = parser.parse_args(arguments)

    seconds = 0.0 if options.quick else options.seconds
    peers = [] if options.no_peers else installed_peers()
    versions = ", ".join([f"Python {platform.python_version()}", f"NumPy {np.__version__}"])
    print(f"{versions}{''.join(f', {peer.name} {peer.version}' for peer in peers)}\n")

    programs = [program for program in PROGRAMS if options.only in program.name]
    found = measure_programs(programs, peers, options.quick, seconds)
    costs = [] if options.only else measure_costs(options.quick)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(_facts(found, costs, peers), indent=2) + "\n", encoding="utf-8")
        print(f"\nnumbers written to {options.json}")
    return 0


def measure_programs(
    programs: Sequence[Program], peers: Sequence[Peer], quick: bool, seconds: float
) -> dict[str, list[Timing]]:
    """Measure the programs one after the other, printing each line as soon as it is known."""
    print(
        "Value and gradient together, against the plain program (processor time on one core, by turns in this run)\n"
    )
    print(f"{'program':<26}{'package':<15}{'size':>9}{'program':>12}{'gradient':>12}{'ratio':>8}")
    found: dict[str, list[Timing]] = {}
    for program in programs:
        size = program.quick_size if quick else program.size
        timings = found[program.name] = []
        try:
            timings.append(measure_srcgrad(program, size, seconds))
            _print_timing(program, timings[-1])
        except SrcgradError as error:
            print(f"{program.name:<26}{'srcgrad':<15}  refused: {error.message}")
        for peer in peers:
            timing = measure_peer(program, peer, size, seconds)
            if timing is None:
                print(f"{program.name:<26}{peer.name:<15}  has no gradient of this")
            else:
                timings.append(timing)
                _print_timing(program, timing)
    return found


def _print_timing(program: Program, timing: Timing) -> None:
    times = f"{_time(timing.primal):>12}{_time(timing.gradient):>12}"
    step = f"   {timing.gradient / timing.size * 1e6:.2f} µs a step" if program.per_step else ""
    print(
        f"{program.name:<26}{timing.package:<15}{timing.size:>9,}{times}{timing.ratio:>8.2f}{step}",
        flush=True,
    )


def measure_costs(quick: bool) -> list[Cost]:
    """Measure and print what writing a gradient costs."""
    print("\nThe first call, which writes the gradient\n")
    print(f"{'statements':>10}{'first call':>12}{'later':>12}{'a statement':>14}")
    costs = []
    for statements in (12, 48) if quick else (30, 100, 300, 1_000):
        cost = measure_transform(statements, repeats=1 if quick else 3)
        costs.append(cost)
        times = f"{_time(cost.first):>12}{_time(cost.later):>12}{_time(cost.per_statement):>14}"
        print(f"{statements:>10,}{times}", flush=True)
    print(f"\ngrows with the power {growth(costs):.2f} of the length")
    return costs


def _time(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.0f} ns"


def _facts(found: dict[str, list[Timing]], costs: Sequence[Cost], peers: Sequence[Peer]) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
        "peers": {peer.name: peer.version for peer in peers},
        "programs": {
            name: [{**asdict(timing), "ratio": timing.ratio} for timing in timings]
            for name, timings in found.items()
        },
        "transform": [{**asdict(cost), "per_statement": cost.per_statement} for cost in costs],
    }


if __name__ == "__main__":
    sys.exit(main())
