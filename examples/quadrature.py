"""Differentiate a recursive adaptive integration: how a pendulum clock slows down when it swings wider.

The period of a real pendulum is an elliptic integral. It is computed here by adaptive Simpson quadrature: a
function that calls itself on both halves until it is satisfied, so the depth of the recursion differs from
place to place. srcgrad differentiates the whole, recursion included, with respect to the swing.

Run it with

    python examples/quadrature.py
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from scipy.special import ellipe, ellipk

import srcgrad

# --- The model: plain Python --------------------------------------------------------------------------------


def simpson(f: Callable[[float], float], a: float, b: float) -> float:
    """Simpson's rule on one interval."""
    return (b - a) / 6.0 * (f(a) + 4.0 * f(0.5 * (a + b)) + f(b))


def integrate(f: Callable[[float], float], a: float, b: float, tolerance: float = 1e-10) -> float:
    """Integral of f from a to b; halves the interval where the function is difficult."""
    middle = 0.5 * (a + b)
    whole = simpson(f, a, b)
    halves = simpson(f, a, middle) + simpson(f, middle, b)
    if abs(halves - whole) < 15.0 * tolerance:
        return halves + (halves - whole) / 15.0
    return integrate(f, a, middle, 0.5 * tolerance) + integrate(f, middle, b, 0.5 * tolerance)


def period(swing: float, length: float = 0.994, gravity: float = 9.81) -> float:
    """Seconds for one full swing of a pendulum that is let go at an angle of `swing` radians."""
    modulus = math.sin(0.5 * swing)

    def slowness(angle: float) -> float:
        return 1.0 / math.sqrt(1.0 - (modulus * math.sin(angle)) ** 2)

    return 4.0 * math.sqrt(length / gravity) * integrate(slowness, 0.0, 0.5 * math.pi)


# --- What is shown ------------------------------------------------------------------------------------------


def by_textbook(swing: float, length: float = 0.994, gravity: float = 9.81) -> float:
    """Derivative of the period with respect to the swing, from the theory of elliptic integrals."""
    m = math.sin(0.5 * swing) ** 2
    d_integral_d_m = (ellipe(m) - (1.0 - m) * ellipk(m)) / (2.0 * m * (1.0 - m))
    return float(4.0 * math.sqrt(length / gravity) * d_integral_d_m * 0.5 * math.sin(swing))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How a pendulum's period depends on its swing.")
    parser.add_argument("--degrees", type=float, nargs="+", default=[2.0, 5.0, 20.0, 60.0, 120.0, 170.0])
    options = parser.parse_args(arguments)

    slope = srcgrad.grad(period)
    columns = (
        "swing",
        "period",
        "per degree, srcgrad",
        "per degree, textbook",
        "loses a day for one degree more",
    )
    table = Table(*columns, title="A pendulum of 99.4 cm")
    for degrees in options.degrees:
        swing = math.radians(degrees)
        seconds = period(swing)
        ours = math.radians(slope(swing))
        theirs = math.radians(by_textbook(swing))
        lost = ours / seconds * 24.0 * 3600.0
        table.add_row(
            f"{degrees:g}°", f"{seconds:.6f} s", f"{ours:.10f} s", f"{theirs:.10f} s", f"{lost:,.0f} s"
        )
    Console().print(table)


if __name__ == "__main__":
    main()
