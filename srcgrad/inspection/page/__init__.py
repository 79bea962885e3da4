"""A report as a page of its own."""

from __future__ import annotations

from html import escape

from srcgrad.inspection.notebook import notebook
from srcgrad.inspection.report import Report

__all__ = ["page"]


def page(report: Report, baseline: Report | None = None) -> str:
    """One text, nothing to load."""
    title = escape(f"srcgrad: {report.target}")
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    return f"{head}<body>{notebook(report)}</body></html>\n"
