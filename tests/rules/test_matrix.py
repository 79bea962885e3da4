"""Every rule at the shapes, dtypes and memory layouts that calls of a program have.

Samples hold rules against differences at ordinary arguments. Here the same numbers come as arrays without axes, empty
ones, of length one, broadcast, in Fortran's order, backwards, read-only and in single precision, and the cotangents
have to be what the ordinary call gives, in the shape and dtype of the arguments.
"""

import numpy as np
import pytest

from srcgrad.rules import Kind, rule_for
from tests.rules import check
from tests.rules.draw import rng_for
from tests.rules.test_check_rule_table import FIRST
from tests.rules.test_rules import label

#: Shapes of the arguments of one call, as many as there are arguments.
SHAPES = [[()], [(0,)], [(1,)], [(2, 1), (1, 3), (3,)], [(1,), (2, 2), ()], [(0, 2), (2,), (1, 2)]]
#: Functions of Python's numbers, which take no arrays, and methods, which take nothing else.
NOT_CALLED = ("math.", "cmath.", "builtins.", "srcgrad.")

CALLS = [
    (sample, check.Call(sample.op, sample.args, sample.kwargs, sample.wrt))
    for sample in FIRST
    if sample.gauge is None and sample.layout and rule_for(sample.op).kind is not Kind.UPDATE
]
ELEMENTWISE = [
    (s, call)
    for s, call in CALLS
    if call.rule.kind is Kind.ELEMENTWISE
    and not call.rule.name.startswith(NOT_CALLED)
    and not hasattr(s.op, "__objclass__")
    and not call.kwargs
]
OTHERS = [(s, call) for s, call in CALLS if call.rule.pullbacks]


def ids(pair):
    return label(pair[0])


def resized(x, shape):
    return np.resize(np.asarray(x), shape)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("pair", ELEMENTWISE, ids=ids)
def test_shapes(pair):
    """Broadcast cotangents are sums of those of single elements."""
    sample, call = pair
    rule = call.rule
    for shapes in SHAPES:
        bound = {name: np.ravel(x)[0] if isinstance(x, np.ndarray) else x for name, x in call.bound.items()}
        for k, name in enumerate(call.wrt):
            bound[name] = resized(call.bound[name], shapes[k % len(shapes)])
        ans = call.op(*list(bound.values())[: len(call.args)])
        rng = rng_for(label(sample), repr(shapes))
        g = np.asarray(check.random_like(ans, rng))
        expected = {name: np.zeros(np.shape(bound[name]), bound[name].dtype) for name in call.wrt}
        whole = {name: np.broadcast_to(x, np.shape(ans)) for name, x in bound.items()}
        for index in np.ndindex(np.shape(ans)):
            one = {name: x[index] for name, x in whole.items()}
            one |= {"ans": call.op(*list(one.values())[: len(call.args)]), "g": g[index]}
            for name in call.wrt:
                shape = np.shape(bound[name])
                place = tuple(
                    0 if n == 1 else i for i, n in zip(index[len(index) - len(shape) :], shape, strict=True)
                )
                expected[name][place] += rule.pullbacks[name](**one)
        for name in call.wrt:
            found = rule.pullbacks[name](ans=ans, g=g[()], **bound)
            assert np.shape(found) == np.shape(bound[name]), f"{name} of shape {np.shape(bound[name])}"
            np.testing.assert_allclose(found, expected[name], rtol=1e-9, atol=1e-12)
            check.COUNT["shapes"] += max(1, np.size(found))


def fortran(x):
    return np.asfortranarray(x)


def backwards(x):
    """The same array with negative strides."""
    return np.flip(np.array(np.flip(x)))


def read_only(x):
    x = np.array(x)
    x.flags.writeable = False
    return x


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("pair", OTHERS, ids=ids)
def test_layouts(pair):
    """The order of an array in memory changes nothing; nothing is written into arguments, results or cotangents."""
    _, call = pair
    g = check.cotangents(call(call.values()), rng_for(ids(pair)))
    frozen = as_arrays(read_only, g)
    for layout in (fortran, backwards, read_only):
        values = [as_arrays(layout, value) for value in call.values()]
        check.compare(call, g, values, frozen, 1e-9, layout.__name__)
        check.COUNT["layout"] += 1


def as_arrays(layout, tree):
    return check.rebuilt(
        tree, iter([layout(x) if isinstance(x, np.ndarray) and x.ndim else x for x in check.leaves(tree)])
    )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("pair", [pair for pair in OTHERS if pair[0].complex], ids=ids)
def test_single_complex(pair):
    """complex64 arguments give complex64 cotangents."""
    _, call = pair
    rng = rng_for(ids(pair), "complex64")
    double = [
        check.rebuilt(v, iter([np.asarray(x) + 0.3j * check.random_like(x, rng) for x in check.leaves(v)]))
        for v in call.values()
    ]
    args, kwargs = call.with_values(double)
    call = check.Call(call.op, args, kwargs, call.wrt)
    check.check_single(call, rng)
    check.COUNT["single"] += 1
