"""Fit the Lotka-Volterra predator-prey equations to a century-old pelt record.

Every year from 1900 to 1920 the Hudson's Bay Company wrote down how many thousand pelts of snowshoe hares and
of lynxes its trappers brought in. Two coupled equations with six unknowns describe the rise and fall of both:

    hare' =  birth * hare - hunting * hare * lynx
    lynx' = -death * lynx + feeding * hare * lynx

The model below is an ordinary NumPy simulation. It writes into an array as it goes, halves and doubles its
own step size in a `while` loop, and knows nothing of derivatives; srcgrad makes the gradient of the whole of
it.

Run it with

    python examples/lotka_volterra.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.syntax import Syntax
from rich.table import Table
from scipy.optimize import OptimizeResult, minimize

import srcgrad

Array = npt.NDArray[np.float64]
DATA = Path(__file__).with_name("hudson_bay_pelts.csv")
NAMES = ("birth", "hunting", "death", "feeding", "hares in 1900", "lynxes in 1900")


# --- The model: plain NumPy ---------------------------------------------------------------------------------


def rates(state: Array, coefficients: Array) -> Array:
    """How fast both populations change."""
    hare, lynx = state
    birth, hunting, death, feeding = coefficients
    return np.array([birth * hare - hunting * hare * lynx, feeding * hare * lynx - death * lynx])


def runge_kutta(state: Array, step: float, coefficients: Array) -> Array:
    """One step of the classical fourth-order method."""
    k1 = rates(state, coefficients)
    k2 = rates(state + 0.5 * step * k1, coefficients)
    k3 = rates(state + 0.5 * step * k2, coefficients)
    k4 = rates(state + step * k3, coefficients)
    return state + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def simulate(coefficients: Array, start: Array, years: Array, tolerance: float = 1e-4) -> Array:
    """Populations in each of the years, one row a year."""
    trajectory = np.empty((len(years), 2))
    trajectory[0] = start
    step = 0.25
    for i in range(1, len(years)):
        now = years[i - 1]
        state = trajectory[i - 1]
        while now < years[i]:
            step = min(step, years[i] - now)
            coarse = runge_kutta(state, step, coefficients)
            halfway = runge_kutta(state, 0.5 * step, coefficients)
            fine = runge_kutta(halfway, 0.5 * step, coefficients)
            error = np.max(np.abs(fine - coarse) / (1.0 + np.abs(fine)))
            if error > tolerance and step > 1e-3:
                step = 0.5 * step
                continue
            now += step
            state = fine
            if error < tolerance / 50.0:
                step = 2.0 * step
        trajectory[i] = state
    return trajectory


def misfit(log_parameters: Array, years: Array, pelts: Array) -> float:
    """Mean squared difference of the logarithms of simulated and counted pelts."""
    parameters = np.exp(log_parameters)  # logarithms keep all six parameters positive
    simulated = simulate(parameters[:4], parameters[4:], years)
    residuals = np.log(simulated) - np.log(pelts)
    return float(np.mean(residuals**2))


# --- The fit ------------------------------------------------------------------------------------------------


@dataclass
class Fit:
    """Outcome of one minimisation."""

    parameters: Array
    misfit: float
    iterations: int
    evaluations: int
    seconds: float


def load_pelts(path: Path = DATA) -> tuple[Array, Array]:
    """Years and counts (hare, lynx; in thousands) from the record."""
    years, hare, lynx = np.loadtxt(path, delimiter=",", skiprows=2, unpack=True)  # a comment and the headings
    return years, np.column_stack([hare, lynx])


def first_guess(pelts: Array) -> Array:
    """Logarithms of rough parameters: what small swings with a period of some ten years would need."""
    mean_hare, mean_lynx = pelts.mean(axis=0)
    rate = 2.0 * np.pi / 10.0
    return np.log([rate, rate / mean_lynx, rate, rate / mean_hare, pelts[0, 0], pelts[0, 1]])


def finite_differences(function: Callable[[Array], float], x: Array, step: float = 1e-6) -> Array:
    """Gradient by central differences: two evaluations for each parameter."""
    gradient = np.empty_like(x)
    for i in range(len(x)):
        shift = np.zeros_like(x)
        shift[i] = step
        gradient[i] = (function(x + shift) - function(x - shift)) / (2.0 * step)
    return gradient


def fit(
    years: Array,
    pelts: Array,
    *,
    use_srcgrad: bool = True,
    max_iterations: int = 200,
    report: Callable[[int, float], None] = lambda iteration, value: None,
) -> Fit:
    """Minimise the misfit from the first guess, by srcgrad's gradient or by finite differences."""
    evaluations = 0
    iterations = 0
    latest = np.inf
    differentiated = srcgrad.value_and_grad(misfit)

    def objective(x: Array) -> Any:
        nonlocal evaluations, latest
        evaluations += 1
        result: Any = differentiated(x, years, pelts) if use_srcgrad else misfit(x, years, pelts)
        latest = float(result[0] if use_srcgrad else result)
        return result

    def progress(intermediate_result: OptimizeResult) -> None:
        nonlocal iterations
        iterations += 1
        report(iterations, float(intermediate_result.fun))

    began = time.perf_counter()
    result = minimize(
        objective,
        first_guess(pelts),
        jac=True if use_srcgrad else None,
        method="L-BFGS-B",
        callback=progress,
        options={"maxiter": max_iterations},
    )
    seconds = time.perf_counter() - began
    return Fit(np.exp(result.x), float(result.fun), iterations, evaluations, seconds)


# --- What is shown ------------------------------------------------------------------------------------------


def show_gradient_check(console: Console, years: Array, pelts: Array) -> float:
    """Print the gradient beside central differences; return the largest relative difference."""
    guess = first_guess(pelts)
    _, gradient = srcgrad.value_and_grad(misfit)(guess, years, pelts)
    expected = finite_differences(lambda x: misfit(x, years, pelts), guess)
    table = Table("d misfit / d log", "srcgrad", "finite differences", title="Gradient at the first guess")
    for name, ours, theirs in zip(NAMES, gradient, expected, strict=True):
        table.add_row(name, f"{ours: .8f}", f"{theirs: .8f}")
    console.print(table)
    return float(np.max(np.abs(gradient - expected)) / np.max(np.abs(expected)))


def show_fits(console: Console, ours: Fit, theirs: Fit) -> None:
    """Print both fits side by side."""
    table = Table("", "srcgrad", "finite differences", title="Fitted parameters")
    for name, a, b in zip(NAMES, ours.parameters, theirs.parameters, strict=True):
        table.add_row(name, f"{a:.4f}", f"{b:.4f}")
    table.add_section()
    table.add_row("misfit", f"{ours.misfit:.6f}", f"{theirs.misfit:.6f}")
    table.add_row("iterations", str(ours.iterations), str(theirs.iterations))
    table.add_row("evaluations of the model", str(ours.evaluations), str(theirs.evaluations))
    table.add_row("seconds", f"{ours.seconds:.1f}", f"{theirs.seconds:.1f}")
    console.print(table)


def draw(path: Path, years: Array, pelts: Array, parameters: Array) -> None:
    """Write a picture of the record and the fitted curves."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    fine_years = np.linspace(years[0], years[-1], 20 * (len(years) - 1) + 1)
    curves = simulate(parameters[:4], parameters[4:], fine_years)
    figure, axes = plt.subplots(figsize=(8.0, 4.2), layout="constrained")
    for column, (name, colour, marker) in enumerate([("hare", "#0072b2", "o"), ("lynx", "#d55e00", "s")]):
        axes.plot(fine_years, curves[:, column], color=colour, label=f"{name}, model")
        axes.plot(years, pelts[:, column], marker, color=colour, label=f"{name}, pelts counted")
    axes.set(title="Lotka-Volterra fitted to the Hudson Bay pelts", ylabel="thousands", ylim=(0.0, None))
    axes.xaxis.get_major_locator().set_params(integer=True)
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the calibration from the command line."""
    parser = argparse.ArgumentParser(description="Fit predator-prey equations to the Hudson Bay pelts.")
    parser.add_argument(
        "--output", type=Path, default=Path("output/lotka_volterra.png"), help="picture to write"
    )
    parser.add_argument(
        "--max-iterations", type=int, default=200, help="stop the fits after so many iterations"
    )
    parser.add_argument("--no-source", action="store_true", help="do not print the generated adjoint")
    options = parser.parse_args(arguments)

    console = Console()
    years, pelts = load_pelts()
    console.print(f"{len(years)} years of pelts, {years[0]:.0f} to {years[-1]:.0f}\n")

    if not options.no_source:
        console.rule("The adjoint that srcgrad wrote")
        source = srcgrad.value_and_grad(misfit).source_for(first_guess(pelts), years, pelts)
        highlighted = Syntax(source, "python", background_color="default").highlight(source)
        console.print(highlighted, soft_wrap=True)  # lines as they are, to be copied

    console.rule("The gradient, checked")
    difference = show_gradient_check(console, years, pelts)
    console.print(f"largest relative difference: {difference:.1e}\n")

    console.rule("The fit")
    fits = []
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        for label, use_srcgrad in [("srcgrad", True), ("finite differences", False)]:
            task = progress.add_task(f"{label}: starting", total=1)

            def report(iteration: int, value: float, task: Any = task, label: str = label) -> None:
                progress.update(task, description=f"{label}: iteration {iteration}, misfit {value:.6f}")

            fits.append(
                fit(
                    years,
                    pelts,
                    use_srcgrad=use_srcgrad,
                    max_iterations=options.max_iterations,
                    report=report,
                )
            )
            progress.update(task, completed=1)
    show_fits(console, *fits)
    draw(options.output, years, pelts, fits[0].parameters)
    console.print(f"picture written to {options.output}")


if __name__ == "__main__":
    main()
