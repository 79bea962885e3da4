"""Run a campaign: ``python -m tests.fuzz --count 20000 --seed 0 --workers 2``."""

from __future__ import annotations

import argparse
import pathlib
import sys

from tests.fuzz.campaign import MODES, Settings, from_seed, minimised, run


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 only if every program passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="programs to judge")
    parser.add_argument("--seed", type=int, default=0, help="which stretch of programs")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--mode", choices=sorted(MODES), default="first", help="what to check")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("output/fuzz"))
    parser.add_argument("--no-minimise", action="store_true", help="write failing programs as they are")
    parser.add_argument("--stop-after", type=int, default=1_000_000, help="failures to stop at")
    parser.add_argument("--show", type=int, metavar="N", help="print program N, its verdict, and stop")
    options = parser.parse_args(arguments)
    if options.show is not None:
        return show(options.show, options.mode, minimise=not options.no_minimise)
    settings = Settings(
        options.count,
        options.seed,
        options.workers,
        options.mode,
        options.folder,
        not options.no_minimise,
        options.stop_after,
    )
    counts = run(settings)
    print(", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())))
    return 0 if set(counts) <= {"passed", "discarded"} else 1


def show(number: int, mode: str, *, minimise: bool) -> int:
    """One program, made small if it fails."""
    program = from_seed(number)
    verdict = MODES[mode](program)
    if verdict.failed and minimise:
        program = minimised(program, verdict, MODES[mode])
    print(program.text)
    print("# args:", program.args)
    print(f"# {verdict.kind}: {verdict.detail}")
    return int(verdict.failed)


if __name__ == "__main__":
    sys.exit(main())
