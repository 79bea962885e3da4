"""Pictures of what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

from benchmarks.growth import Series
from benchmarks.measure import Measured

__all__ = ["plot_growth", "plot_ratios"]


def plot_ratios(found: Sequence[Measured], peers: Sequence[str], path: Path) -> None:
    """One line for each kernel, one mark for each peer."""
    figure, axes = plt.subplots(figsize=(8.0, 0.22 * len(found) + 1.6), layout="constrained")
    rows = {row.kernel: len(found) - k for k, row in enumerate(found)}
    for marker, peer in zip("osD^v<>*", peers, strict=False):
        points = [(t.ratio, rows[row.kernel]) for row in found for t in row.timings if t.peer == peer]
        if points:
            axes.scatter(*zip(*points, strict=True), marker=marker, s=26, label=peer, alpha=0.85)
    axes.set_xscale("log")
    axes.axvline(1.0, color="grey", linewidth=0.8)
    axes.set_yticks(list(rows.values()), list(rows), fontsize=7)
    axes.set_xlabel("time of the gradient / time of the plain NumPy kernel")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper right", fontsize=8)
    _save(figure, path)


def plot_growth(series: Sequence[Series], path: Path) -> None:
    """Time and memory by size."""
    figure, (times, memories) = plt.subplots(1, 2, figsize=(10.0, 4.0), layout="constrained")
    for one in series:
        sizes = [point.size for point in one.points]
        label = f"{one.name} ({one.axis})"
        times.plot(sizes, [point.gradient for point in one.points], marker="o", label=label)
        memories.plot(sizes, [point.memory for point in one.points], marker="o", label=label)
    for axes, title in ((times, "seconds"), (memories, "peak memory, bytes")):
        axes.set(xscale="log", yscale="log", xlabel="size", ylabel=title)
        axes.grid(alpha=0.3)
    times.legend(fontsize=7)
    _save(figure, path)


def _save(figure: plt.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
