"""Before and after: what changed since an earlier report."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from srcgrad.inspection.report import LineCost, Report
from srcgrad.inspection.terminal import size_text, time_text

__all__ = ["comparison"]

_SMALLEST = 0.1  # a change by less than a tenth is noise


def comparison(report: Report, baseline: Report) -> dict[str, Any]:
    """The lines whose cost changed, and the difference of the generated code.

    Lines are recognised by their function and text, so it does no harm if they moved.
    """
    old, new = dict(_by_text(baseline)), dict(_by_text(report))
    rows = []
    for label in dict.fromkeys([*new, *old]):
        before, after = old.get(label), new.get(label)
        times = tuple(None if c is None else c.forward + c.reverse for c in (before, after))
        tapes = tuple(None if c is None else float(c.tape) for c in (before, after))
        if _differs(*times) or _differs(*tapes):
            rows.append(
                {
                    "function": label[0],
                    "text": label[1],
                    "time": [_text(value, time_text) for value in times],
                    "tape": [_text(value, size_text) for value in tapes],
                    "change": _change(*times),
                    "key": "" if after is None else f"{after.place.source}:{after.place.line}",
                }
            )
    lines = difflib.unified_diff(
        baseline.code.splitlines(), report.code.splitlines(), "before", "after", lineterm="", n=3
    )
    return {
        "target": baseline.target,
        "version": baseline.version,
        "how": baseline.how,
        "rows": rows,
        "code": [
            (line[:1] if line[:1] in "+-" and line[:3] not in ("+++", "---") else " ", line) for line in lines
        ],
    }


def _by_text(report: Report) -> Iterator[tuple[tuple[str, str, int], LineCost]]:
    seen: Counter[tuple[str, str]] = Counter()
    for cost in report.measures.lines if report.measures is not None else ():
        label = report.sources[cost.place.source].name, report.text_at(cost.place).strip()
        seen[label] += 1
        yield (*label, seen[label]), cost


def _differs(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return bool(before or after)
    return abs(after - before) > _SMALLEST * max(before, after)


def _text(value: float | None, text: Any) -> str:
    return "" if value is None else text(value) if value else "0"


def _change(before: float | None, after: float | None) -> str:
    if before is None:
        return "new"
    if after is None:
        return "gone"
    return f"{100 * (after / before - 1):+.0f} %" if before else ""
