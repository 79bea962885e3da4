"""Find out what a picture looked like before heat blurred it.

The heat equation in two dimensions is stepped forward with an in-place stencil, the way it is usually
written. From its noisy end state the unknown beginning is recovered: an inverse problem with as many unknowns
as there are pixels, which is only feasible with a gradient. One gradient costs about as much as a few
simulations, however many pixels.

Run it with

    python examples/heat2d.py
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import Progress
from scipy.optimize import Bounds, OptimizeResult, minimize

import srcgrad

Array = npt.NDArray[np.float64]


# --- The model: plain NumPy ---------------------------------------------------------------------------------


def diffuse(start: Array, steps: int, rate: float = 0.2) -> Array:
    """Temperature after so many explicit steps; the rim is kept at the temperature it has."""
    u = start.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] += rate * (
            u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
        )
    return u


def roughness(u: Array) -> float:
    """How much neighbouring pixels differ: a smoothed total variation."""
    down = u[1:, :-1] - u[:-1, :-1]
    right = u[:-1, 1:] - u[:-1, :-1]
    return float(np.mean(np.sqrt(down**2 + right**2 + 1e-4)))


def misfit(start: Array, seen: Array, steps: int, smoothing: float) -> float:
    """How badly a guess of the start explains what was seen at the end."""
    return float(np.mean((diffuse(start, steps) - seen) ** 2)) + smoothing * roughness(start)


# --- The inverse problem ------------------------------------------------------------------------------------


def hidden_picture(size: int) -> Array:
    """The truth: a ring, a bar and a triangle."""
    y, x = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    radius = np.hypot(x - 0.32, y - 0.34)
    ring = (radius > 0.12) & (radius < 0.2)
    bar = (abs(x - 0.74) < 0.05) & (abs(y - 0.32) < 0.2)
    triangle = (y > 0.64) & (y < 0.88) & (abs(x - 0.5) < 1.4 * (y - 0.64))
    return np.asarray(ring | bar | triangle, dtype=float)


def observe(truth: Array, steps: int, noise: float) -> Array:
    """The end state with measurement noise (the same in every run)."""
    return diffuse(truth, steps) + noise * np.random.default_rng(7).standard_normal(truth.shape)


def recover(
    seen: Array,
    steps: int,
    *,
    smoothing: float = 1e-4,
    max_iterations: int = 150,
    report: Callable[[float], None] = lambda value: None,
) -> Array:
    """The start that explains the observation best, between cold (0) and hot (1)."""
    differentiated = srcgrad.value_and_grad(misfit)

    def objective(flat: Array) -> tuple[float, Array]:
        value, gradient = differentiated(flat.reshape(seen.shape), seen, steps, smoothing)
        # The misfit is a mean over pixels, so its gradient is tiny; the minimiser prefers numbers near one.
        return seen.size * value, seen.size * gradient.ravel()

    def progress(intermediate_result: OptimizeResult) -> None:
        report(float(intermediate_result.fun) / seen.size)

    result = minimize(
        objective,
        np.clip(seen, 0.0, 1.0).ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(0.0, 1.0),
        callback=progress,
        options={"maxiter": max_iterations},
    )
    return np.asarray(result.x).reshape(seen.shape)


def draw(path: Path, pictures: dict[str, Array]) -> None:
    """Write the pictures side by side."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(pictures), figsize=(3.2 * len(pictures), 3.6), layout="constrained")
    for panel, (title, picture) in zip(axes, pictures.items(), strict=True):
        image = panel.imshow(picture, cmap="inferno", vmin=0.0, vmax=1.0)
        panel.set(title=title, xticks=[], yticks=[])
    figure.colorbar(image, ax=axes, label="temperature", shrink=0.85)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the inverse problem from the command line."""
    parser = argparse.ArgumentParser(description="Recover the unknown start of a heat equation.")
    parser.add_argument("--size", type=int, default=96, help="pixels along a side")
    parser.add_argument("--steps", type=int, default=60, help="time steps between start and observation")
    parser.add_argument(
        "--noise", type=float, default=0.01, help="standard deviation of the measurement noise"
    )
    parser.add_argument("--max-iterations", type=int, default=150, help="stop the minimiser after so many")
    parser.add_argument("--output", type=Path, default=Path("output/heat2d.png"), help="picture to write")
    options = parser.parse_args(arguments)

    console = Console()
    truth = hidden_picture(options.size)
    seen = observe(truth, options.steps, options.noise)
    console.print(f"{truth.size} unknown temperatures, {options.steps} time steps")
    with Progress(console=console) as progress:
        task = progress.add_task("minimising", total=options.max_iterations)
        found = recover(
            seen,
            options.steps,
            max_iterations=options.max_iterations,
            report=lambda value: progress.update(task, advance=1, description=f"misfit {value:.2e}"),
        )
    for name, picture in [("seen", seen), ("recovered", found)]:
        console.print(f"{name}: typical error {np.sqrt(np.mean((picture - truth) ** 2)):.3f}")
    draw(options.output, {"the truth": truth, "what was seen": seen, "recovered": found})
    console.print(f"picture written to {options.output}")


if __name__ == "__main__":
    main()
