"""The same samples compiled, recorded and on tensors: gradients agree with differences and with each other.

One sample of each function in a run; with ``-m slow`` all of them.
"""

import linecache

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import RuleParameterError
from srcgrad.runtime.eager.plain import call_numpy, raw
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.transform.recorded import record_vjp
from tests.rules import check
from tests.rules.draw import rng_for
from tests.rules.test_rules import SAMPLES, label


def program(sample):
    """A program that calls the function and takes an inner product, with the values of its arguments."""
    call = check.Call(sample.op, sample.args, sample.kwargs, sample.wrt)
    values = call.values()
    result = call(values)
    if isinstance(result, list | tuple) or any(isinstance(v, list | tuple) for v in values):
        return None
    weight = np.asarray(check.random_like(result, rng_for(label(sample))))
    namespace = {"np": np, "function": sample.op, "weight": weight}
    names = [f"x{k}" for k in range(len(values))]
    args, kwargs = call.with_values(names)

    def spelled(value):
        if isinstance(value, str) and value in names:
            return value
        namespace[f"constant{len(namespace)}"] = value
        return f"constant{len(namespace) - 1}"

    inside = ", ".join([*map(spelled, args), *(f"{key}={spelled(value)}" for key, value in kwargs.items())])
    product = "np.real(np.conj(weight) * y)" if np.iscomplexobj(weight) else "weight * y"
    source = f"def program({', '.join(names)}):\n    y = function({inside})\n    return np.sum({product})\n"
    filename = f"<sample {label(sample)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), namespace)
    return namespace["program"], values


def by_tensors(sample):
    """The gradient of the same program by the engine of tensors."""
    call = check.Call(sample.op, sample.args, sample.kwargs, sample.wrt)
    tensors = [Tensor(np.array(v)).requires_grad_() for v in call.values()]
    args, kwargs = call.with_values(tensors)
    result = call_numpy(sample.op, tuple(args), kwargs, Tensor)
    weight = np.asarray(check.random_like(raw(result), rng_for(label(sample))), result.value.dtype)
    found = srcgrad.autograd.grad([result], tensors, [Tensor(weight)], allow_unused=True)
    return [None if g is None else g.value for g in found]


def check_program(sample):
    made = program(sample)
    if made is None:
        pytest.skip("several results or lists of arguments")
    function, values = made
    with np.errstate(all="ignore"):
        gradients = srcgrad.grad(function, argnums=tuple(range(len(values))))(*values)
        direction = [check.random_like(v, rng_for(label(sample), 1)) for v in values]
        (expected,) = check.differences(lambda v: function(*v), values, direction, sample.step)
        recorded = record_vjp(function, tuple(values), {}, range(len(values)))[1](1.0)
        eager = by_tensors(sample)
    assert [np.shape(g) for g in gradients] == [np.shape(v) for v in values]
    for other in (recorded, eager):
        for mine, theirs, value in zip(gradients, other, values, strict=True):
            theirs = np.zeros_like(value) if theirs is None else theirs
            np.testing.assert_allclose(theirs, mine, rtol=1e-8, atol=1e-8)
    assert check.product(gradients, direction) == pytest.approx(expected, rel=1e-6, abs=1e-6)


FIRST = list({sample.op: sample for sample in reversed(SAMPLES) if sample.gauge is None}.values())[::-1]
REST = [sample for sample in SAMPLES if sample.gauge is None and not any(sample is first for first in FIRST)]


@pytest.mark.parametrize("sample", FIRST, ids=label)
def test_first_sample(sample):
    check_program(sample)


@pytest.mark.slow
@pytest.mark.parametrize("sample", REST, ids=label)
def test_other_samples(sample):
    if label(sample).startswith("piecewise"):
        pytest.skip("on Tensors, the pieces have to be arrays of one shape")
    try:
        check_program(sample)
    except RuleParameterError as refusal:
        pytest.skip(f"refused: {refusal.message}")
