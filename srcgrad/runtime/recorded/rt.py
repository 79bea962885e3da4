"""What rewritten code calls: it sees this module as ``rt``.

`call` calls; `at` and `into` stand before items and attributes that are read and written, `load` reads `__class__` and
its like; `add`, `iadd` and so on are operators; `iter` goes before what is iterated over or unpacked; `context` before
what is entered; `joined` and `formatted` are f-strings.
"""

from __future__ import annotations

from typing import Any

from srcgrad.runtime.recorded import (  # noqa: F401  (they register what they know)
    builtin_calls,
    calling_back,
    classes,
    drawing,
    inserted,
    recorded_methods,
    storing,
    threads,
    updates,
)
from srcgrad.runtime.recorded.dispatch import call
from srcgrad.runtime.recorded.objects import at, context, into, load
from srcgrad.runtime.recorded.objects import iterate as iter
from srcgrad.runtime.recorded.operators import BINARY, INPLACE, UNARY
from srcgrad.runtime.recorded.transcripts import formatted, joined, readable

__all__ = [
    "OPERATORS", "at", "call", "context", "formatted", "index", "into", "iter", "joined", "load", "readable",
]  # fmt: skip

#: Name here, by the class of the operator in the syntax tree.
OPERATORS: dict[str, str] = {}
IN_PLACE: dict[str, str] = {}

for _table, _names in ((BINARY, OPERATORS), (UNARY, OPERATORS), (INPLACE, IN_PLACE)):
    for _kind, _function in _table.items():
        _names[_kind] = {"truediv": "div", "itruediv": "idiv"}.get(_function.__name__, _function.__name__)
        if _names[_kind] in ("and", "or"):
            _names[_kind] += "_"
        globals()[_names[_kind]] = _function


class _Index:
    def __getitem__(self, key: Any) -> Any:
        return key


#: ``rt.index[i, 1:]`` is the index of ``x[i, 1:]``.
index = _Index()
