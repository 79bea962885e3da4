"""Set-up that all tests share."""

from __future__ import annotations

import os
import pathlib
import sys
from collections import Counter
from typing import Any

import pytest

# Tests work on tiny matrices, where the threads of a linear algebra library only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT = pathlib.Path(__file__).parents[1]

# `python -m pytest` and plain `pytest` alike, from any folder; subprocesses set their own path.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# Random programs that failed are kept as text with comments; they are read, not collected.
collect_ignore_glob = ["golden/expected/*"]


# --- how many numbers the checks of the rule table compared, printed at the end of a run ---

_compared: Counter[str] = Counter()


def _compared_here() -> Counter[str]:
    """What this process compared: by the checks of the tests, and by `srcgrad.check_rule`."""
    own = getattr(sys.modules.get("tests.rules.check"), "COUNT", {})
    public = getattr(sys.modules.get("srcgrad.checks"), "compared", {})
    return Counter({f"tests: {k}": v for k, v in own.items()}) + Counter(
        {f"check_rule: {k}": v for k, v in public.items()}
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the counts of a worker process to the one that reports."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["compared"] = dict(_compared_here())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Collect the counts of a worker process."""
    _compared.update(getattr(node, "workeroutput", {}).get("compared", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the counts."""
    total = _compared + _compared_here()
    if total:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(total.items()))
        terminalreporter.write_line(f"rule table: {total.total()} numbers compared ({kinds})")
