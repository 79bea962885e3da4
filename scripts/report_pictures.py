"""Pictures of reports for the documentation: of the heat equation and of the Lotka-Volterra fit.

Usage::

    python scripts/report_pictures.py [FOLDER]    writes docs/pictures/report_*.png unless told otherwise

Needs Playwright (``pip install playwright``) and Chromium, found on the path or named by the variable CHROMIUM.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import srcgrad
from srcgrad.inspection.report import Report

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples"))
heat2d: Any = import_module("heat2d")
lotka_volterra: Any = import_module("lotka_volterra")


@dataclass(frozen=True)
class Picture:
    """One picture: of which report, in which colours, with which line pinned, from where on."""

    name: str
    report: Callable[[], Report]
    line: str
    scheme: str = "light"
    section: str = ""


def heat() -> Report:
    """The report of the misfit of the inverse heat problem."""
    truth = heat2d.hidden_picture(64)
    return srcgrad.inspect(heat2d.misfit, truth, heat2d.observe(truth, 40, 0.01), 40, 1e-4)


def populations() -> Report:
    """The report of the misfit of the predator-prey equations."""
    years, pelts = lotka_volterra.load_pelts()
    return srcgrad.inspect(lotka_volterra.misfit, lotka_volterra.first_guess(pelts), years, pelts)


PICTURES = [
    Picture("report_heat2d", heat, "u[1:-1, 1:-1] += rate * ("),
    Picture(
        "report_lotka_volterra", populations, "fine = runge_kutta(halfway, 0.5 * step, coefficients)", "dark"
    ),
    Picture("report_graph", populations, "trajectory[i] = state", section="graph"),
]


def main(folder: Path) -> None:
    """Make all pictures."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in PICTURES:
            report = picture.report()
            path = report.save(Path(scratch) / f"{picture.name}.html")
            page = browser.new_page(viewport={"width": 1380, "height": 900}, color_scheme=picture.scheme)
            page.goto(path.as_uri())
            index, source = next(
                (k, source)
                for k, source in enumerate(report.sources)
                if any(picture.line in text for text in source.lines)
            )
            number = next(k for k, text in enumerate(source.lines, source.first_line) if picture.line in text)
            page.click(f"#s{index}-{number}")
            if picture.section:
                page.add_style_tag(content="html{scroll-behavior:auto}")
                page.evaluate(
                    "section => { document.querySelectorAll(`#${section} details`)"
                    ".forEach((e, k) => { e.open = k === 1; });"
                    " document.getElementById(section).scrollIntoView(); }",
                    picture.section,
                )
            target = folder / f"{picture.name}.png"
            page.screenshot(path=str(target))
            print(f"{target}: {target.stat().st_size / 1024:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
