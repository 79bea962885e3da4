"""Imports every module of programs, which registers them, and hands out the list."""

import importlib
import pkgutil

import tests.language as package
from tests.language.corpus import CASES, Case


def all_cases() -> list[Case]:
    """Every registered case, in a fixed order."""
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        if module.name.startswith("programs_"):
            importlib.import_module(f"{package.__name__}.{module.name}")
    return list(CASES)


def case_named(name: str) -> Case:
    """The case of a name such as ``flow/while_tolerance``."""
    return next(case for case in all_cases() if case.name == name)
