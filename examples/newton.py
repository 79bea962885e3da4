"""Differentiate a Newton iteration: where a planet is, and how that depends on the shape of its orbit.

Kepler's equation  E - e sin(E) = M  has no closed solution, so everybody iterates until the correction is
small enough. How many rounds that takes depends on the numbers: a `while` loop whose length is not known
beforehand. srcgrad differentiates through it, once and twice, and the result is compared with what calculus
says.

Run it with

    python examples/newton.py
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

import srcgrad

# --- The model: plain Python --------------------------------------------------------------------------------


def eccentric_anomaly(eccentricity: float, mean_anomaly: float, tolerance: float = 1e-12) -> float:
    """Solve Kepler's equation for the angle E by Newton's method."""
    angle = mean_anomaly
    while True:
        error = angle - eccentricity * math.sin(angle) - mean_anomaly
        correction = error / (1.0 - eccentricity * math.cos(angle))
        angle -= correction
        if abs(correction) < tolerance:
            return angle


def distance(eccentricity: float, mean_anomaly: float) -> float:
    """Distance from the sun in units of the orbit's long half axis."""
    return 1.0 - eccentricity * math.cos(eccentric_anomaly(eccentricity, mean_anomaly))


# --- What is shown ------------------------------------------------------------------------------------------

ORBITS = {"Earth": 0.0167, "Mars": 0.0934, "Mercury": 0.2056, "Pluto": 0.2488, "Halley's comet": 0.9671}


def by_calculus(eccentricity: float, mean_anomaly: float) -> float:
    """Derivative of the angle with respect to the eccentricity, from the implicit function theorem."""
    angle = eccentric_anomaly(eccentricity, mean_anomaly)
    return math.sin(angle) / (1.0 - eccentricity * math.cos(angle))


def derivatives(mean_anomaly: float) -> dict[str, tuple[float, float, float, float]]:
    """Angle, its derivative by srcgrad and by calculus, and second derivative of the distance, by orbit."""
    slope = srcgrad.grad(eccentric_anomaly)
    curvature = srcgrad.grad(srcgrad.grad(distance))
    return {
        name: (
            eccentric_anomaly(eccentricity, mean_anomaly),
            slope(eccentricity, mean_anomaly),
            by_calculus(eccentricity, mean_anomaly),
            curvature(eccentricity, mean_anomaly),
        )
        for name, eccentricity in ORBITS.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and the generated code."""
    parser = argparse.ArgumentParser(description="Differentiate Newton's method for Kepler's equation.")
    parser.add_argument(
        "--mean-anomaly", type=float, default=1.0, help="the M of Kepler's equation, in radians"
    )
    parser.add_argument("--no-source", action="store_true", help="do not print the generated adjoint")
    options = parser.parse_args(arguments)

    console = Console()
    table = Table(
        "orbit", "E", "dE/de, srcgrad", "dE/de, calculus", "d²r/de², srcgrad", title="Kepler's equation"
    )
    for name, numbers in derivatives(options.mean_anomaly).items():
        table.add_row(name, *(f"{number: .8f}" for number in numbers))
    console.print(table)
    if not options.no_source:
        srcgrad.grad(eccentric_anomaly).show(0.0934, options.mean_anomaly)


if __name__ == "__main__":
    main()
