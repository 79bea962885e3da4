"""The eager Tensor against PyTorch, case by case."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "cases_operations",
    "cases_semantics",
    "cases_values",
    "cases_corners",
    "cases_programs",
    "cases_scripts",
    "cases_vmap",
)


def all_cases() -> dict[str, str]:
    """Name and code of all cases."""
    found: dict[str, str] = {}
    for module in MODULES:
        found.update(import_module(f"tests.eager.{module}").cases())
    return found
