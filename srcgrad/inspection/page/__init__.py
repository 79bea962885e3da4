"""A report as a page: one text that loads nothing, for browsers, printers and screen readers.

Jinja2 and Pygments come with ``srcgrad[inspect]`` and are imported here, when a page is made.
"""

from __future__ import annotations

from pathlib import Path

from srcgrad.errors import ArgumentError
from srcgrad.inspection.report import Report

__all__ = ["page"]

_HERE = Path(__file__).parent


def page(report: Report, baseline: Report | None = None) -> str:
    """The page.

    Parameters
    ----------
    report : Report
    baseline : Report, optional
        An earlier report to compare with.

    Raises
    ------
    ArgumentError
        If Jinja2 is not installed.
    """
    try:
        import jinja2
    except ImportError:
        raise ArgumentError(
            "a page needs Jinja2, which is not installed",
            way_out="pip install 'srcgrad[inspect]', or write text or JSON, which need nothing.",
        ) from None
    from srcgrad.inspection.page.view import view

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made: str = environment.get_template("report.html.j2").render(
        **view(report, baseline),
        style=(_HERE / "style.css").read_text(encoding="utf-8"),
        script=(_HERE / "script.js").read_text(encoding="utf-8"),
    )
    return made
