"""The same samples through the compiler: its gradients agree with differences of the function.

One sample of each function in a run; with ``-m slow`` all of them.
"""

import linecache

import numpy as np
import pytest

import srcgrad
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


def check_program(sample):
    made = program(sample)
    if made is None:
        pytest.skip("several results or lists of arguments")
    function, values = made
    with np.errstate(all="ignore"):
        gradients = srcgrad.grad(function, argnums=tuple(range(len(values))))(*values)
        direction = [check.random_like(v, rng_for(label(sample), 1)) for v in values]
        (expected,) = check.differences(lambda v: function(*v), values, direction, sample.step)
    assert [np.shape(g) for g in gradients] == [np.shape(v) for v in values]
    assert check.product(gradients, direction) == pytest.approx(expected, rel=1e-6, abs=1e-6)


FIRST = list({sample.op: sample for sample in reversed(SAMPLES) if sample.gauge is None}.values())[::-1]
REST = [sample for sample in SAMPLES if sample.gauge is None and not any(sample is first for first in FIRST)]


@pytest.mark.parametrize("sample", FIRST, ids=label)
def test_first_sample(sample):
    check_program(sample)


@pytest.mark.slow
@pytest.mark.parametrize("sample", REST, ids=label)
def test_other_samples(sample):
    check_program(sample)
