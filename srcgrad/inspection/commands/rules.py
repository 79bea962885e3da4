"""``rules``: which functions have a derivative rule, of what kind, and which are left out and why."""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import importlib
import json

from srcgrad.errors import ArgumentError
from srcgrad.rules import registry
from srcgrad.rules.exceptions import EXCEPTIONS
from srcgrad.rules.registry import public_name

__all__ = ["rules"]

_MODULES = ("numpy.random", "numpy.polynomial", "statistics", "functools")
_SCIPY = ("scipy.special", "scipy.linalg", "scipy.signal", "scipy.stats", "scipy.integrate")


def rules(options: argparse.Namespace) -> int:
    """Print the rules whose name fits."""
    for module in (*_MODULES, *(_SCIPY if "scipy" in (options.pattern or "") else ())):
        with contextlib.suppress(ImportError):  # a part of the table is only read once its package is there
            importlib.import_module(module)
    registry.load()
    found = {public_name(op): rule for op, rule in registry.TABLE.items()}
    found |= {f"ndarray.{name}": rule for name, rule in registry.METHODS.items()}
    pattern = options.pattern or "*"
    wild = pattern if any(character in pattern for character in "*?[") else f"*{pattern}*"
    chosen = {name: rule for name, rule in sorted(found.items()) if fnmatch.fnmatchcase(name, wild)}
    left_out = {name: reason for name, reason in EXCEPTIONS.items() if fnmatch.fnmatchcase(name, wild)}
    if not chosen and not left_out:
        raise ArgumentError(
            f"no rule fits {pattern!r}",
            way_out="names look like numpy.linalg.solve; for SciPy write scipy in it; docs/rules.md shows how to add one.",
        )
    if options.json:
        facts = {
            name: {"kind": rule.kind.value, "differentiable": list(rule.differentiable), "view": rule.view}
            for name, rule in chosen.items()
        }
        print(json.dumps({"rules": facts, "left_out": left_out}, indent=2))
        return 0
    width = max((len(name) for name in chosen), default=0)
    for name, rule in chosen.items():
        by = ", ".join(rule.differentiable)
        print(
            f"{name:<{width}}  {rule.kind.value:<12} {f'by {by}' if by else 'no derivative passes'}".rstrip()
        )
    for name, reason in left_out.items():
        print(f"{name}: left out: {reason}")
    return 0
