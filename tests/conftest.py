"""Set-up that all tests share."""

from __future__ import annotations

import os
import pathlib
import sys

# Tests work on tiny matrices, where the threads of a linear algebra library only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT = pathlib.Path(__file__).parents[1]

# `python -m pytest` and plain `pytest` alike, from any folder; subprocesses set their own path.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# Random programs that failed are kept as text with comments; they are read, not collected.
collect_ignore_glob = ["golden/expected/*"]
