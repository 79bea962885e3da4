"""Sample calls of every function in the table, against differences, and the structural checks.

With ``-m slow`` those that are left out otherwise.
"""

import zlib

import numpy as np
import pytest

from srcgrad.rules import Kind
from tests.rules import (
    check,
    samples_arrays,
    samples_elementwise,
    samples_library,
    samples_linalg,
    samples_scipy_linalg,
    samples_signal,
    samples_special,
    samples_stats,
)
from tests.rules.draw import rng_for

SAMPLES = [*samples_elementwise.S, *samples_arrays.S, *samples_linalg.S, *samples_library.S]
SAMPLES += [*samples_special.S, *samples_scipy_linalg.S, *samples_signal.S, *samples_stats.S]


#: Functions of complex numbers whose derivative depends on the direction.
NOT_HOLOMORPHIC = {np.absolute, np.real, np.imag, np.conjugate, np.var, np.std, np.vdot, np.ndarray.conj}
NOT_HOLOMORPHIC |= {np.linalg.pinv, getattr(np, "vecdot", None), getattr(np, "vecmat", None), np.correlate}


def label(sample):
    shapes = [np.shape(a) if check.is_inexact(a) else str(a)[:12] for a in sample.args]
    return f"{getattr(sample.op, '__name__', sample.op)}{shapes}{sample.kwargs or ''}".replace(" ", "")[:80]


def thinned(samples):
    """The first two calls of each function, and a third of the others, always the same ones."""
    seen, kept = {}, []
    for sample in samples:
        seen[sample.op] = seen.get(sample.op, 0) + 1
        if seen[sample.op] <= 2 or zlib.crc32(repr((label(sample), seen[sample.op])).encode()) % 3 == 0:
            kept.append(sample)
    return kept


CORE = thinned(SAMPLES)
MORE = [sample for sample in SAMPLES if not any(sample is core for core in CORE)]


@pytest.mark.parametrize("sample", CORE, ids=label)
def test_sample(sample):
    check_sample(sample)


@pytest.mark.slow
@pytest.mark.parametrize("sample", MORE, ids=label)
def test_further_sample(sample):
    check_sample(sample)


def check_sample(sample):
    rng = rng_for(label(sample))
    call = check.Call(sample.op, sample.args, sample.kwargs, sample.wrt)
    options = {"step": sample.step, "rtol": sample.rtol, "second": sample.second, "tangent": sample.tangent}
    with np.errstate(all="ignore"):
        check.check_call(call, rng, gauge=sample.gauge, **options)
        if call.rule.kind in (Kind.LINEAR, Kind.MULTILINEAR):
            check.check_linear(call, rng, call.rule.name)
        if sample.gauge is None and call.rule.pullbacks:
            if sample.layout:
                check.check_layout(call, rng)
            if sample.single:
                check.check_single(call, rng)
        if sample.complex and sample.op not in NOT_HOLOMORPHIC:
            check.check_complex_step(call, rng)
        if sample.complex:
            args, kwargs = complexified(call, rng)
            check.check_call(check.Call(sample.op, args, kwargs, sample.wrt), rng, **options)


def complexified(call, rng):
    values = [
        check.rebuilt(v, iter([a + 0.3j * check.random_like(a, rng) for a in check.leaves(v)]))
        for v in call.values()
    ]
    return call.with_values(values)
