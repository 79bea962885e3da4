"""The generated functions of a gradient as one module: one namespace, and data that is passed instead of captured.

Numba freezes the globals that a function reads. Those that are data therefore become parameters, read anew at each call.
"""

from __future__ import annotations

import builtins
import cmath
import math
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import gast
import numpy as np

from srcgrad.transform import builders as b
from srcgrad.transform.pipeline import Compiled, Unit
from srcgrad.transform.refused import Refused

_FROZEN_MODULES = (np, math, cmath)


@dataclass
class Data:
    """A global that holds data: its name here, and where its current value is found."""

    name: str
    unit: Unit
    key: str

    def read(self) -> Any:
        """The value now."""
        return self.unit.scope[self.key]


@dataclass
class Module:
    """Functions over one namespace.

    Attributes
    ----------
    functions
        Definitions, callees first; the last is the entry point.
    names
        Global name -> object, for functions, modules and the like.
    data
        Parameters that follow those of the entry point.
    outside
        True if functions beside the entry point read them.
    """

    functions: list[gast.FunctionDef]
    names: dict[str, Any]
    data: list[Data]
    outside: bool = False

    @property
    def entry(self) -> gast.FunctionDef:
        """The entry point's definition."""
        return self.functions[-1]


def module_of(compiled: Compiled) -> Module:
    """Collect the definitions of a compiled gradient.

    Raises
    ------
    Refused
        If two functions use a name for different things.
    """
    functions: list[gast.FunctionDef] = []
    names: dict[str, Any] = {}
    data: list[Data] = []
    own = {name for unit in compiled.units for name in unit.definition.names}
    for unit in compiled.units:
        for tree in unit.definition.functions:
            functions.append(b.clone(tree))
    found: dict[str, Any] = {}
    outside = False
    # The entry point is the last unit that was linked.
    last = compiled.units[-1]
    for unit in compiled.units:
        for tree in unit.definition.functions:
            for name, node in _globals_read(tree).items():
                if name in own:
                    continue
                if name not in unit.scope and not hasattr(builtins, name):
                    raise Refused(node, f"it reads {name}, which has no value yet")
                value = unit.scope.get(name, getattr(builtins, name, None))
                if _is_code(value):
                    if names.setdefault(name, value) is not value:
                        raise Refused(node, f"two functions use the name {name} for different things")
                elif isinstance(value, ModuleType):
                    raise Refused(node, f"it reads the module {name}")
                elif name not in found:
                    found[name] = value
                    outside |= unit is not last
                    data.append(Data(name, unit, name))
                elif found[name] is not value:
                    raise Refused(node, f"two functions use the name {name} for different things")
    entry = functions[-1]
    entry.args.args.extend(b.param(item.name) for item in data)
    entry.args.defaults = []
    entry.args.kwonlyargs, entry.args.args = [], [*entry.args.args, *entry.args.kwonlyargs]
    entry.args.kw_defaults = []
    if any(item.name in _bound(function) for item in data for function in functions[:-1]):
        raise Refused(entry, "a variable of a called function has the name of a global variable")
    return Module(functions, names, data, outside)


def _bound(function: gast.FunctionDef) -> set[str]:
    return {n.id for n in b.walk(function) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}


def _is_code(value: Any) -> bool:
    """True for what may be frozen: functions, types, and modules whose attributes do not change."""
    if value in _FROZEN_MODULES if isinstance(value, ModuleType) else False:
        return True
    return isinstance(value, (FunctionType, BuiltinFunctionType, type, np.ufunc)) or (
        callable(value) and not isinstance(value, np.ndarray)
    )


def _globals_read(tree: gast.FunctionDef) -> dict[str, gast.Name]:
    """Names that a function reads without binding them, each with its first use."""
    bound: set[str] = set()
    read: dict[str, gast.Name] = {}
    for node in b.walk(tree):
        if isinstance(node, gast.Name):
            if isinstance(node.ctx, gast.Load):
                read.setdefault(node.id, node)
            else:
                bound.add(node.id)
    return {name: node for name, node in read.items() if name not in bound}


def count_down(function: gast.FunctionDef) -> None:
    """``reversed(range(a, b))`` as ``range(b - 1, a - 1, -1)``; Numba does not know ``reversed``."""
    for node in b.walk(function):
        if not isinstance(node, gast.For):
            continue
        match node.iter:
            case gast.Call(
                func=gast.Name(id="reversed"), args=[gast.Call(func=gast.Name(id="range"), args=ends)]
            ):
                start, stop = (b.constant(0), ends[0]) if len(ends) == 1 else ends[:2]
                if len(ends) == 3:
                    raise Refused(node, "it counts in steps")
                first = b.binary(stop, "Sub", b.constant(1))
                node.iter = b.call("range", first, b.binary(start, "Sub", b.constant(1)), b.constant(-1))
