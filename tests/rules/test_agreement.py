"""The same samples compiled, recorded and on tensors: gradients agree with differences and with each other.

One sample of each function in a run; with ``-m slow`` all of them.
"""

import linecache

import numpy as np
import pytest

import srcgrad
from srcgrad import Tensor
from srcgrad.errors import RuleParameterError
from srcgrad.runtime.eager.plain import call_numpy
from srcgrad.transform.recorded import record_jvp, record_vjp
from tests.rules import check
from tests.rules.draw import rng_for
from tests.rules.test_rules import SAMPLES, label


def program(sample):
    """A program that calls the function and takes inner products, with its arguments: numbers and arrays."""
    call = check.Call(sample.op, sample.args, sample.kwargs, sample.wrt)
    values = call.values()
    namespace = {"np": np, "function": sample.op}
    names = [f"x{k}" for k, _ in enumerate(check.leaves(values))]
    args, kwargs = call.with_values(check.rebuilt(values, iter(names)))

    def spelled(value):
        if isinstance(value, str) and value in names:
            return value
        if isinstance(value, list | tuple) and any(
            isinstance(x, str) and x in names for x in check.flat(value)
        ):
            inside = ", ".join(map(spelled, value))
            return f"[{inside}]" if isinstance(value, list) else f"({inside},)"
        namespace[f"constant{len(namespace)}"] = value
        return f"constant{len(namespace) - 1}"

    inside = ", ".join([*map(spelled, args), *(f"{key}={spelled(value)}" for key, value in kwargs.items())])
    terms = []
    for k, (path, part) in enumerate(parts_of(call(values))):
        namespace[f"weight{k}"] = weight_of(sample, k, part)
        y = f"y{path}" if sample.gauge is None else f"np.abs(y{path}) ** 2"
        terms.append(
            f"np.sum(np.real(np.conj(weight{k}) * {y}))"
            if np.iscomplexobj(part)
            else f"np.sum(weight{k} * {y})"
        )
    source = f"def program({', '.join(names)}):\n    y = function({inside})\n    return {' + '.join(terms)}\n"
    filename = f"<sample {label(sample)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), namespace)
    return namespace["program"], check.leaves(values)


def parts_of(result, path=""):
    """The floating-point results with how to reach them."""
    if isinstance(result, list | tuple):
        return [found for k, part in enumerate(result) for found in parts_of(part, f"{path}[{k}]")]
    return [(path, result)] if check.is_inexact(result) else []


def weight_of(sample, k, part):
    weight = np.asarray(check.random_like(part, rng_for(label(sample), "weight", k)))
    return weight if sample.gauge is None else np.real(weight)


def by_tensors(sample):
    """The gradient of the same program by the engine of tensors."""
    call = check.Call(sample.op, sample.args, sample.kwargs, sample.wrt)
    tensors = [Tensor(np.array(x)).requires_grad_() for x in check.leaves(call.values())]
    args, kwargs = call.with_values(check.rebuilt(call.values(), iter(tensors)))
    result = call_numpy(sample.op, tuple(args), kwargs, Tensor)
    roots, weights = [], []
    for k, (path, part) in enumerate(parts_of(call(call.values()))):
        root = eval(f"result{path}", {"result": result})
        root = root if sample.gauge is None else np.abs(root) ** 2
        if getattr(root, "requires_grad", False):
            roots.append(root)
            weights.append(Tensor(weight_of(sample, k, part).astype(root.value.dtype)))
    found = srcgrad.autograd.grad(roots, tensors, weights, allow_unused=True)
    return [None if g is None else g.value for g in found]


def forwards(function, values, direction):
    """Value and tangent in generated code, and in the recording."""
    tangents = [
        np.asarray(d, dtype=getattr(v, "dtype", None))[()] for v, d in zip(values, direction, strict=True)
    ]
    yield srcgrad.jvp(function, tuple(values), tuple(tangents))
    yield record_jvp(function, tuple(values), {}, range(len(values)), tangents)


def by_columns(function, values):
    """The gradient as a Jacobian by columns, all at once; None where it is too wide for a test, or complex."""
    if any(np.iscomplexobj(v) for v in values) or sum(np.size(v) for v in values) > 60:
        return None
    return srcgrad.jacfwd(function, argnums=tuple(range(len(values))))(*values)


def check_program(sample):
    function, values = program(sample)
    with np.errstate(all="ignore"):
        gradients = srcgrad.grad(function, argnums=tuple(range(len(values))))(*values)
        direction = [check.random_like(v, rng_for(label(sample), 1)) for v in values]
        (expected,) = check.differences(lambda v: function(*v), values, direction, sample.step)
        recorded = record_vjp(function, tuple(values), {}, range(len(values)))[1](1.0)
        eager = by_tensors(sample)
        forward = [slope for _, slope in forwards(function, values, direction)]
        columns = by_columns(function, values)
    for slope in forward:
        assert slope == pytest.approx(check.product(gradients, direction), rel=1e-8, abs=1e-8)
    for mine, theirs in zip(gradients, columns or gradients, strict=True):
        np.testing.assert_allclose(theirs, mine, rtol=1e-8, atol=1e-8)
    assert [np.shape(g) for g in gradients] == [np.shape(v) for v in values]
    for other in (recorded, eager):
        for mine, theirs, value in zip(gradients, other, values, strict=True):
            theirs = np.zeros_like(value) if theirs is None else theirs
            np.testing.assert_allclose(theirs, mine, rtol=1e-8, atol=1e-8)
    assert check.product(gradients, direction) == pytest.approx(expected, rel=1e-6, abs=1e-6)
    check.COUNT["engine"] += 3 * len(values)


def has_program(sample):
    """Whether squares of the results are determined where the results themselves are not."""
    return sample.gauge is None or sample.gauge.__name__ in ("squares", "magnitudes")


ALL = [sample for sample in SAMPLES if has_program(sample)]
FIRST = list({sample.op: sample for sample in reversed(ALL)}.values())[::-1]
REST = [sample for sample in ALL if not any(sample is first for first in FIRST)]


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
