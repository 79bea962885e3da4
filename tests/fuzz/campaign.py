"""Many programs in several processes; what fails is made small and written to a folder."""

from __future__ import annotations

import collections
import hashlib
import multiprocessing
import pathlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tests.fuzz.check import Verdict, check, check_recorded, check_second_order, compare_ways
from tests.fuzz.generate import Program, from_seed
from tests.fuzz.reduce import reduce

BATCH = 40
MODES: dict[str, Callable[[Program], Verdict]] = {
    "first": check,
    "second": check_second_order,
    "recorded": check_recorded,
    "ways": compare_ways,
}


@dataclass(frozen=True)
class Settings:
    """What a campaign runs."""

    count: int
    seed: int
    workers: int
    mode: str
    folder: pathlib.Path
    minimise: bool
    stop_after: int


def argument_text(value: object) -> str:
    """An argument as Python text."""
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()!r})"
    return repr(value)


def found_text(program: Program, seed: int, verdict: Verdict) -> str:
    """A failing program as a module that the regression tests can import."""
    args = "".join(f"    {argument_text(arg)},\n" for arg in program.args)
    return (
        f'"""Seed {seed}: {verdict.kind}."""\n\n{program.text.strip()}\n\n\n# {verdict.detail}\n'
        f"ARGS = (\n{args})\n"
    )


def file_name(program: Program, verdict: Verdict) -> str:
    """A name that is the same for the same program."""
    digest = hashlib.sha256(program.text.encode()).hexdigest()[:10]
    return f"{verdict.kind.replace(' ', '_')}_{digest}.py"


def minimised(program: Program, verdict: Verdict, mode: Callable[[Program], Verdict]) -> Program:
    """The smallest program that fails in the same way."""
    error = verdict.detail.split(":")[0]

    def fails(candidate: Program) -> bool:
        try:
            again = mode(candidate)
        except Exception:
            return False
        same = again.kind == verdict.kind
        return same and (verdict.kind not in ("crash", "refused") or again.detail.split(":")[0] == error)

    return reduce(program, fails)


def run_batch(task: tuple[int, int, str]) -> list[tuple[int, Verdict]]:
    """Check the programs of some seeds."""
    first, count, mode = task
    results = []
    for seed in range(first, first + count):
        try:
            results.append((seed, MODES[mode](from_seed(seed))))
        except Exception as error:
            results.append((seed, Verdict("harness", f"{type(error).__name__}: {error}")))
    return results


def run(settings: Settings) -> dict[str, int]:
    """Run until ``count`` programs have been judged (discarded ones do not count)."""
    counts: dict[str, int] = collections.Counter()
    details: dict[str, int] = collections.Counter()
    failures = 0
    started = time.monotonic()
    settings.folder.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(settings.workers, maxtasksperchild=10) as pool:
        for seed, verdict in judged(pool, settings):
            counts[verdict.kind] += 1
            if verdict.failed:
                failures += 1
                details[f"{verdict.kind}: {verdict.detail[:90]}"] += 1
                record(seed, verdict, settings, details)
                if failures >= settings.stop_after:
                    break
            done = sum(counts.values()) - counts["discarded"]
            if done and done % 500 == 0 and verdict.kind != "discarded":
                print(f"{done} programs, {failures} failures, {time.monotonic() - started:.0f} s", flush=True)
            if done >= settings.count:
                break
        pool.terminate()
    for text, times in details.most_common(25):
        print(f"{times:5d}  {text}")
    return dict(counts)


def judged(pool: multiprocessing.pool.Pool, settings: Settings) -> Iterator[tuple[int, Verdict]]:
    """Verdicts in the order of seeds; far more seeds than needed, as some programs are discarded."""
    start = settings.seed * 10_000_000
    tasks = ((start + k * BATCH, BATCH, settings.mode) for k in range(1 + settings.count))
    for results in pool.imap(run_batch, tasks):
        yield from results


def record(seed: int, verdict: Verdict, settings: Settings, details: dict[str, int]) -> None:
    """Write a failing program down, small; of one kind of refusal or crash only the first few."""
    if details[f"{verdict.kind}: {verdict.detail[:90]}"] > 3:
        return
    program = from_seed(seed)
    if settings.minimise:
        program = minimised(program, verdict, MODES[settings.mode])
    path = settings.folder / file_name(program, verdict)
    path.write_text(found_text(program, seed, verdict))
    print(f"seed {seed}: {verdict.kind}: {verdict.detail[:120]} -> {path}", flush=True)
