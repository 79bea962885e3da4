"""What every transform of one function starts from: its facts, its names, and the objects that generated code refers to."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.activity import Activity, find_activity
from srcgrad.transform.decisions import Decisions
from srcgrad.transform.facts import Facts
from srcgrad.transform.infer_expressions import bound_names
from srcgrad.transform.names import Names
from srcgrad.transform.types import Region, Value
from srcgrad.transform.writes import Writes

_MISSING = object()


class FunctionContext:
    """One function that derivative code is written for."""

    def __init__(self, facts: Facts, names: Names) -> None:
        self.facts = facts
        self.names = names
        self.activity: Activity = find_activity(facts)
        self.writes = Writes(facts)
        self.globals: dict[str, Any] = {}
        self.decisions = Decisions()
        #: Memory whose writes the reverse sweep takes back, and how many elements are copied of memory that changes.
        self.restored: frozenset[Region] = frozenset()
        self.copies: Counter[Region] = Counter()
        self.local_names = frozenset(bound_names(facts.core.function))

    def global_name(self, wanted: str, value: Any) -> str:
        """A name for an object that generated code refers to; the user's own name for it where there is one."""
        if self.globals.get(wanted, _MISSING) is value:
            return wanted
        namespace = self.facts.source.namespace
        if wanted in namespace and namespace[wanted] is value and wanted not in self.local_names:
            self.globals[wanted] = value
            return wanted
        for name, known in self.globals.items():
            if known is value:
                return name
        fresh = self.names.fresh(wanted)
        self.globals[fresh] = value
        return fresh

    def changes_after(self, value: Value) -> bool:
        """True if memory that was just made may be written later, and is not put back."""
        home = value.home
        if home in self.restored:
            return False
        return home is not None and (home.written or home.volatile)

    @cached_property
    def bindings(self) -> Counter[str]:
        """How many places bind each name."""
        names = (node for node in b.walk(self.facts.core.function) if isinstance(node, gast.Name))
        return Counter(node.id for node in names if isinstance(node.ctx, (gast.Store, gast.Del, gast.Param)))
