"""Iterables as sequences, for loops that count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np


def as_sequence(items: Iterable[Any]) -> Sequence[Any]:
    """``items`` itself if it can be indexed from 0, else a list of what it yields (a dict: its keys)."""
    if isinstance(items, (list, tuple, np.ndarray, range, str)):
        return items  # type: ignore[return-value]
    return list(items)
