"""What every pass knows of the function that is being lowered."""

from __future__ import annotations

import builtins
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering.callees import HELPERS, Callees
from srcgrad.transform.lowering.kinds import Scope
from srcgrad.transform.lowering.taint import Taint
from srcgrad.transform.names import Names
from srcgrad.transform.refused import Refused


@dataclass
class Program:
    """One function on its way to core Python.

    Parameters
    ----------
    tree : gast.FunctionDef
        A private copy.
    names : Names
        Makes fresh names.
    callees : Callees
        Resolves what is called.
    taint : Taint
        What may carry derivatives.
    scope : Scope
        The names of the source.
    occurrences : Counter of str
        How often each name occurs, inner scopes included.
    guarded : set of str
        Names that only the guards of a ``match`` read.
    inner : dict of str to gast.FunctionDef
        Inner functions that can be called directly, filled as they are met.
    """

    tree: gast.FunctionDef
    names: Names
    callees: Callees
    taint: Taint
    scope: Scope
    occurrences: Counter[str]
    guarded: set[str] = field(default_factory=set)
    inner: dict[str, gast.FunctionDef] = field(default_factory=dict)

    def temp(self, hint: str, *values: gast.AST) -> str:
        """A fresh local name that will hold (one of) these values."""
        name = self.names.fresh(hint)
        self.callees.local.add(name)
        if any(self.taint.carries(value) for value in values):
            self.taint.add(name)
        return name

    def temp_like(self, name: str) -> str:
        """A fresh local name that will hold what ``name`` holds."""
        new = self.temp(name)
        if name in self.taint.names:
            self.taint.add(new)
        return new

    def call_builtin(self, function: str, *args: Any) -> gast.Call:
        """A call of a builtin or helper, whose name must not have another meaning in the program."""
        call = b.call(function, *args)
        if self.callees.resolve(call.func) is not getattr(builtins, function, HELPERS.get(function)):
            raise Refused(self.tree, f"the program gives the name {function!r} another meaning")
        return call
