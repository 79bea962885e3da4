"""Every program of the language tests as loops: what is lowered is right, the rest is refused."""

from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import SrcgradError
from srcgrad.transform.loops.lower import leaves
from srcgrad.transform.refused import Refused
from tests.fuzz.check import Subject, silence
from tests.fuzz.generate import from_seed
from tests.jit.loops import as_loops
from tests.language.all_programs import all_cases
from tests.language.corpus import Case
from tests.language.truth import quiet

CASES = all_cases()


def flat(result: Any) -> np.ndarray:
    parts = [np.ravel(leaf) for leaf in leaves(result) if not isinstance(leaf, (str, type(None)))]
    return np.concatenate([np.zeros(0), *parts])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_loops_give_what_numpy_gives(case: Case) -> None:
    gradient = srcgrad.value_and_grad(case.function, case.argnums)
    args, kwargs = case.fresh()
    with quiet():
        try:
            gradient(*args, **kwargs)
        except SrcgradError:
            pytest.skip("refused without jit")
        compiled = gradient._latest.compiled if gradient._latest else None
        if compiled is None or kwargs:
            pytest.skip("recorded")
        args, _ = case.fresh()
        arguments = [*gradient._bind(args, {})[0].values(), *gradient._latest.constants]  # type: ignore[union-attr]
        wanted = compiled.function(*arguments)
        try:
            _, run = as_loops(compiled, arguments)
        except Refused:
            pytest.skip("no loops")
        found = run()
    single = any(leaf.dtype == np.float32 for leaf in leaves(arguments) if isinstance(leaf, np.ndarray))
    tolerance = 1e-5 if single or "single" in case.name else 1e-9
    np.testing.assert_allclose(flat(found), flat(wanted), rtol=tolerance, atol=1e-11)


def test_many_programs_have_loops() -> None:
    lowered = 0
    for seed in range(9_000_000, 9_000_060):
        program = from_seed(seed)
        subject = Subject(program)
        gradient = srcgrad.value_and_grad(subject.f, subject.argnums)
        with silence():
            try:
                gradient(*program.args)
                compiled = gradient._latest.compiled if gradient._latest else None
                if compiled is None:
                    continue
                wanted = compiled.function(*program.args)
                _, run = as_loops(compiled, program.args)
            except (Refused, ArithmeticError, ValueError, SrcgradError):
                continue
            found = run()
        np.testing.assert_allclose(flat(found), flat(wanted), rtol=1e-8, atol=1e-10, err_msg=program.text)
        lowered += 1
    assert lowered > 5
