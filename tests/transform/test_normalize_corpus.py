"""Every program of the language tests in core Python: after the grammar, and with the same results."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import pytest

from srcgrad.transform.lowering.scopes import parameters
from srcgrad.transform.normalize import Refused, normalize
from srcgrad.transform.source import read_source
from srcgrad.transform.unparse import unparse
from tests.language.all_programs import all_cases
from tests.language.corpus import Case
from tests.transform.check_core import check_core
from tests.transform.normalized import outcome, runnable, same

CASES = all_cases()

#: Most programs must lower; the others use what only recording covers.
LEAST_SHARE = 0.93


def lowered(case: Case, with_classes: bool) -> Any:
    source = read_source(case.function)
    names = [parameter.id for parameter in parameters(source.tree.args)]
    argnums = case.argnums if isinstance(case.argnums, tuple) else (case.argnums,)
    active = frozenset(names[min(index, len(names) - 1)] for index in argnums)
    args, _ = case.fresh()
    classes = {name: type(arg) for name, arg in zip(names, args, strict=False)}
    return normalize(source, active, classes if with_classes else None)


@pytest.mark.parametrize("with_classes", [True, False], ids=["typed", "untyped"])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_same_results(case: Case, with_classes: bool) -> None:
    try:
        core = lowered(case, with_classes)
    except Refused as refusal:
        assert refusal.reason
        assert refusal.node.lineno
        return
    check_core(core)
    assert unparse(lowered(case, with_classes).function) == unparse(core.function), "not deterministic"
    if read_source(case.function).function is not case.function:
        return  # a bound method: the core is of the function behind it
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()) as printed:
        warnings.simplefilter("ignore")
        expected = outcome(case.function, *case.fresh())
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()) as printed_by_core:
        warnings.simplefilter("ignore")
        found = outcome(runnable(case.function, core), *case.fresh())
    assert same(expected, found), unparse(core.function)[0]
    assert printed.getvalue() == printed_by_core.getvalue()


def test_most_programs_are_lowered() -> None:
    refused = []
    for case in CASES:
        try:
            lowered(case, with_classes=True)
        except Refused:
            refused.append(case.name)
    assert len(refused) < (1 - LEAST_SHARE) * len(CASES), refused
