"""The table as a whole: closed under differentiation, complete in samples, and right about kinks."""

import builtins
import inspect
import itertools
import operator
import types

import gast
import numpy as np
import pytest

import srcgrad
from srcgrad.errors import RuleParameterError
from srcgrad.rules import ATTRIBUTES, METHODS, Kind, registry, rule_for, text
from tests.rules import tape
from tests.rules.test_rules import SAMPLES, label

registry.load()

#: Functions that a rule may call although they have no rule: they only look at shapes, or build containers.
PLAIN = {
    *(
        isinstance,
        len,
        range,
        zip,
        enumerate,
        reversed,
        slice,
        int,
        bool,
        tuple,
        list,
        dict,
        hasattr,
        type,
        max,
        min,
    ),
    *(
        any,
        all,
        sorted,
        iter,
        divmod,
        callable,
        abs,
        print,
        set,
        sum,
        float,
        np.errstate,
        np.finfo,
        np.ndindex,
        np.dtype,
    ),
    *(ValueError, TypeError, str, round, dict.fromkeys, itertools.pairwise, RuleParameterError),
}
#: Methods of lists, dicts and strings that rule texts use, beside those of arrays.
PLAIN_METHODS = {
    "append",
    "count",
    "index",
    "items",
    "keys",
    "replace",
    "split",
    "partition",
    "join",
    "lower",
    "at",
}


def reachable(function, seen):
    """Every function that a Python function calls, with where it is called."""
    if function in seen:
        return
    seen.add(function)
    tree = text.function_tree(function)
    scope = {**vars(builtins), **function.__globals__}
    cells = dict(
        zip(function.__code__.co_freevars, [c.cell_contents for c in function.__closure__ or ()], strict=True)
    )
    scope.update(cells)
    bound = {n.id for n in gast.walk(tree) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    for node in gast.walk(tree):
        if not isinstance(node, gast.Call):
            continue
        if isinstance(node.func, gast.Name) and node.func.id in bound:
            continue
        target = text.resolve(node.func, scope)
        if target is None:
            if isinstance(node.func, gast.Attribute):
                yield function, node.func.attr, None
            continue
        yield function, getattr(target, "__name__", str(target)), target
        if isinstance(target, types.FunctionType) and target.__module__.startswith("srcgrad.rules"):
            if rule_for(target) is None:
                yield from reachable(target, seen)


def test_closure():
    """Every function that the text of a rule calls has a rule, or no derivative passes through it."""
    seen, missing = set(), set()
    for rule in filter(written_here, set(registry.TABLE.values())):
        for function in (rule.sources.main, rule.sources.jvp, *rule.sources.into.values()):
            for variant in (function,) if function else ():
                for where, name, target in reachable(variant, seen):
                    if target is None:
                        known = name in METHODS or name in PLAIN_METHODS or hasattr(complex, name)
                    else:
                        known = rule_for(target) is not None or target in PLAIN
                        known = known or (
                            isinstance(target, types.FunctionType) and "srcgrad.rules" in target.__module__
                        )
                    if not known:
                        missing.add(f"{where.__module__}.{where.__name__} calls {name}")
    assert not missing, "\n".join(sorted(missing))


def written_here(rule):
    """Whether a rule is in the files of the table."""
    module = getattr(rule.sources.main, "__module__", None) or "srcgrad.rules"
    return module.startswith("srcgrad.rules")


def test_every_rule_has_a_sample():
    sampled = set()
    for sample in SAMPLES:
        rule = rule_for(sample.op)
        sampled |= {rule, rule.by_arity.get(len(sample.args))}
    # examples of the documentation, run in the same process, enter rules of their own
    entered = [r for r in registry.TABLE.values() if written_here(r)]
    rules = {r for r in entered if r.kind not in (Kind.NONDIFF, Kind.UPDATE)}
    rules |= {v for r in rules for v in r.by_arity.values() if v.kind is not Kind.NONDIFF}
    missing = {r.name for r in rules - sampled if not r.name.startswith(("srcgrad.", "numpy.random."))}
    assert missing == UNSAMPLED, sorted(missing ^ UNSAMPLED)


#: Rules whose functions differences cannot check, or that are no plain calls; most have tests of their own
#: below.
UNSAMPLED = {
    *(
        "numpy.float32",
        "numpy.complex64",
        "numpy.row_stack",
        "numpy.c_",
        "numpy.r_",
        "numpy.ndarray.__iter__",
    ),
    *("numpy.fromfunction", "numpy.vectorize", "numpy.trim_zeros", "numpy.intersect1d"),
    "scipy.linalg.cho_factor",  # what stands beside the factor is arbitrary
}


def test_every_text_compiles():
    for rule in set(registry.TABLE.values()):
        for variant in (rule, rule.scalar, *rule.by_arity.values()):
            if variant is None:
                continue
            assert isinstance(variant.signature, inspect.Signature)
            for derivative in (*variant.pullbacks.values(), *variant.tangents.values()):
                assert derivative.function and derivative.complex_function
                names = {*variant.signature.parameters, "ans", "g", *derivative.given}
                assert set(derivative.arguments) <= names


def test_forward_mode_is_complete():
    lacking = {r.name for r in registry.TABLE.values() if r.kind is Kind.GENERAL and not r.has_tangent}
    assert not lacking


def test_parameters_that_a_rule_does_not_take():
    for function, args, kwargs in [
        (np.sum, (1.0,), {"frequency": 2}),
        (np.sin, (1.0,), {"where": True}),
        (np.var, (1.0,), {"mean": 0.0}),
        (np.sum, (1.0, None, None, np.zeros(())), {}),
        (np.quantile, (1.0, 0.5), {"weights": 1.0}),
    ]:
        with pytest.raises(RuleParameterError, match=r"numpy\."):
            rule_for(function).bind(args, kwargs)


def test_parameters_at_their_defaults():
    """A keyword that only says what holds anyway is no reason to refuse a call."""
    x = np.array([0.5, 2.0])
    doubled = srcgrad.grad(lambda x: np.sum(np.add(x, x, where=True, casting="same_kind")))(x)
    np.testing.assert_array_equal(doubled, [2.0, 2.0])
    np.testing.assert_array_equal(srcgrad.grad(lambda x: np.quantile(x, 0.5, weights=None))(x), [0.5, 0.5])


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (lambda x: np.sum(np.add(x, 1.0, where=x > 0)), "leaves the other elements unset"),
        (lambda x: np.sum(np.linalg.svd(x, hermitian=True)[1]), "hermitian"),
        (lambda x: np.sum(x, initial=x[0, 0]), r"numpy.sum for initial= is not known"),
        (lambda x: np.linalg.norm(x[0], ord=x[0, 0]), r"numpy.linalg.norm for ord= is not known"),
        (lambda x: np.sum(np.unwrap(x[0], period=x[0, 0])), r"numpy.unwrap for period= is not known"),
    ],
)
def test_refused_with_the_line(program, message):
    """What a rule does not take, or has no derivative for, is an error that shows the line."""
    with pytest.raises(RuleParameterError, match=message) as caught:
        srcgrad.grad(program)(np.eye(2) + 1.0)
    assert "test_table.py" in str(caught.value)


def test_constants_on_tensors():
    x = srcgrad.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuleParameterError, match="initial= is not known"):
        np.max(x, initial=x[0])


def test_look_up_never_raises():
    assert rule_for([]) is None
    assert rule_for(object()) is None
    assert rule_for(np.absolute) is rule_for(np.abs)
    assert METHODS["sum"] is rule_for(np.sum) and ATTRIBUTES["T"] is rule_for(np.transpose)


# --- kinks ---


def gradient(function, *args, g=1.0, wrt=0):
    rule = rule_for(function)
    bound = rule.bind(args, {}).arguments
    return rule.pullbacks[rule.differentiable[wrt]](ans=function(*args), g=g, **bound)


def test_equal_extrema_share():
    np.testing.assert_allclose(gradient(np.max, np.array([1.0, 3.0, 3.0])), [0, 0.5, 0.5])
    np.testing.assert_allclose(gradient(np.maximum, 2.0, 2.0), 0.5)
    np.testing.assert_allclose(
        gradient(np.minimum, np.array([1.0, 2.0]), np.array([1.0, 0.0]), g=np.ones(2)), [0.5, 0]
    )
    assert gradient(max, 1.0, 1.0, 0.0) == [0.5, 0.5, 0.0]
    assert rule_for(max).by_arity[2].pullbacks["x"](g=1.0, x=2.0, y=2.0) == 0.5


def test_absolute_value_at_zero():
    assert gradient(np.abs, 0.0) == 0
    assert gradient(abs, 0.0) == 0
    assert rule_for(abs).scalar.pullbacks["x"](g=1.0, x=0.0) == 0
    assert gradient(np.abs, 3 + 4j) == pytest.approx(0.6 + 0.8j)


def test_complex_convention():
    """The gradient of a real loss is dL/dRe + i dL/dIm: of |z|^2 it is 2 z."""
    z = 3 + 4j
    assert 2 * abs(z) * gradient(np.abs, z) == pytest.approx(6 + 8j)


def test_norms_at_the_origin():
    for function in (np.linalg.norm, np.std):
        np.testing.assert_array_equal(gradient(function, np.zeros(3)), 0)
    np.testing.assert_array_equal(gradient(np.hypot, 0.0, 0.0), 0)
    np.testing.assert_array_equal(gradient(np.linalg.norm, np.zeros((2, 2)), "nuc"), 0)
    np.testing.assert_array_equal(gradient(np.linalg.norm, np.zeros(3), 3), 0)


def test_powers_at_zero():
    x = np.array([0.0, 0.0, 0.0])
    np.testing.assert_array_equal(gradient(np.power, x, np.array([0.0, 1.0, 2.0]), g=np.ones(3)), [0, 1, 0])
    np.testing.assert_array_equal(gradient(np.power, x, np.array([1.0, 2.0, 0.5]), g=np.ones(3), wrt=1), 0)
    scalar = rule_for(np.power).scalar
    assert scalar.pullbacks["y"](g=1.0, x=0.0, y=2.0, ans=0.0) == 0
    assert np.isnan(scalar.pullbacks["y"](g=1.0, x=-1.0, y=2.0, ans=1.0))
    assert gradient(np.power, -2.0, 3) == 12


def test_root_at_zero():
    with np.errstate(divide="ignore"):
        assert gradient(np.sqrt, np.float64(0.0)) == np.inf


def test_products_with_zeros():
    np.testing.assert_array_equal(gradient(np.prod, np.array([0.0, 2.0, 3.0])), [6, 0, 0])
    np.testing.assert_array_equal(gradient(np.prod, np.array([0.0, 0.0, 3.0])), 0)
    np.testing.assert_array_equal(gradient(np.cumprod, np.array([2.0, 0.0, 3.0]), g=np.ones(3)), [1, 8, 0])


def test_eigenvalues_that_meet():
    """A loss of eigenvalues alone has a derivative at multiple eigenvalues; one of eigenvectors alone has
    not.
    """
    a = np.eye(3)
    rule = rule_for(np.linalg.eigh)
    ans = np.linalg.eigh(a)
    np.testing.assert_allclose(rule.pullbacks["a"](ans=ans, g=(np.ones(3), None), a=a, UPLO="L"), np.eye(3))
    np.testing.assert_allclose(
        rule.pullbacks["a"](ans=ans, g=(np.ones(3), np.zeros((3, 3))), a=a, UPLO="L"), np.eye(3)
    )
    lost = rule.pullbacks["a"](ans=ans, g=(np.ones(3), np.arange(9.0).reshape(3, 3)), a=a, UPLO="L")
    assert np.isnan(lost).any()


def test_unused_outputs():
    a = np.arange(9.0).reshape(3, 3) + 3 * np.eye(3)
    for function, count in (
        (np.linalg.svd, 3),
        (np.linalg.qr, 2),
        (np.linalg.eig, 2),
        (np.linalg.slogdet, 2),
    ):
        ans, rule = function(a), rule_for(function)
        bound = rule.bind((a,), {}).arguments
        for k in range(count):
            g = [np.ones_like(part) if j == k else None for j, part in enumerate(ans)]
            assert np.shape(rule.pullbacks["a"](ans=ans, g=g, **bound)) == (3, 3)


def test_repeated_index():
    cotangent = gradient(operator.getitem, np.zeros(3), np.array([0, 0, 2]), g=np.array([1.0, 2.0, 4.0]))
    np.testing.assert_array_equal(cotangent, [3, 0, 4])


def test_derivative_near_zero_of_sinc():
    x = np.array([0.0, 1e-9, 1e-5, 9.9e-4, 1.1e-3])
    exact = -(np.pi**2) * x / 3 * (1 - np.pi**2 * x**2 / 10 + np.pi**4 * x**4 / 280)
    np.testing.assert_allclose(gradient(np.sinc, x, g=np.ones(5)), exact, rtol=1e-9)


def test_stable_forms():
    x, y = np.array([1000.0, -1000.0, 0.0]), np.array([0.0, 0.0, -np.inf])
    np.testing.assert_allclose(gradient(np.logaddexp, x, y, g=np.ones(3)), [1, 0, 1])
    np.testing.assert_allclose(gradient(np.expm1, np.array([-50.0]), g=np.ones(1)), np.exp(-50.0), rtol=1e-12)
    np.testing.assert_allclose(
        gradient(np.arccos, np.array([1 - 1e-12]), g=np.ones(1)), -1 / np.sqrt(2e-12), rtol=1e-4
    )


# --- functions whose calls differences cannot check ---


def taped(function, *args):
    """Value of a function and cotangents of its arguments for a cotangent of ones, through the tape."""
    boxes = [tape.Box(x) for x in args]
    result = function(*boxes)
    ones = np.ones(np.shape(tape.unbox(result)))
    return tape.unbox(result), [tape.unbox(c) for c in tape.backward([result], [ones], boxes)]


def test_trim_zeros():
    x = np.array([0.0, 1.5, 0.0, 2.0, 0.0])
    for trim, expected in (("fb", [0, 1, 1, 1, 0]), ("f", [0, 1, 1, 1, 1]), ("b", [1, 1, 1, 1, 0])):
        value, (cotangent,) = taped(lambda t: tape.lift(np.trim_zeros)(t, trim), x)  # noqa: B023
        np.testing.assert_array_equal(value, np.trim_zeros(x, trim))
        np.testing.assert_array_equal(cotangent, expected)
    assert rule_for(np.trim_zeros).jvp({"filt": x, "trim": "fb", "axis": None}, {"filt": x}).shape == (3,)


def test_intersect1d():
    a, b = np.array([3.0, 1.0, 2.0]), np.array([2.0, 5.0, 3.0])
    value, (da, db) = taped(tape.lift(np.intersect1d), a, b)
    np.testing.assert_array_equal(value, [2, 3])
    np.testing.assert_array_equal(da, [0.5, 0, 0.5])
    np.testing.assert_array_equal(db, [0.5, 0, 0.5])


def test_brackets():
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    for maker in (np.r_, np.c_):
        value, cotangents = taped(lambda x, y: tape.lifted_function(rule_for(maker).composite)((x, y)), a, b)  # noqa: B023
        np.testing.assert_array_equal(value, maker[a, b])
        np.testing.assert_array_equal(cotangents, np.ones((2, 2)))
    mixed = rule_for(np.r_).composite((a, 0.0, slice(0, 3), slice(0, 1, 3j)))
    np.testing.assert_array_equal(mixed, np.r_[a, 0.0, 0:3, 0:1:3j])


def test_functions_of_functions():
    grid = rule_for(np.fromfunction).composite(lambda i, j: i + 2 * j, (2, 3))
    np.testing.assert_array_equal(grid, np.fromfunction(lambda i, j: i + 2 * j, (2, 3)))
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    square = tape.lifted_function(rule_for(np.vectorize).composite)(lambda t: t * t)
    value, (cotangent,) = taped(square, x)
    np.testing.assert_array_equal(value, x * x)
    np.testing.assert_array_equal(cotangent, 2 * x)


def test_rows():
    _, (cotangent,) = taped(lambda x: list(x)[1], np.ones((3, 2)))
    np.testing.assert_array_equal(cotangent, [[0, 0], [1, 1], [0, 0]])


def test_into_adds():
    """The in-place form of a cotangent adds the same as the cotangent itself."""
    for rule in set(registry.TABLE.values()):
        for parameter in rule.sources.into:
            assert rule.pullbacks[parameter].into
    x, index, g = np.zeros((3, 2)), (np.array([0, 0, 2]), 1), np.array([1.0, 2.0, 4.0])
    memory = np.ones((3, 2))
    rule_for(operator.getitem).sources.into["x"](memory, x, index, g=g)
    np.testing.assert_array_equal(memory - 1, gradient(operator.getitem, x, index, g=g))


EXACT = [sample for sample in SAMPLES if (rule := rule_for(sample.op)) is not None and rule.exact]


def arrays_of(value):
    if isinstance(value, (tuple, list)):
        return [array for item in value for array in arrays_of(item)]
    return [np.asarray(value)]


@pytest.mark.parametrize("sample", EXACT, ids=label)
def test_exact_composites_give_the_same_bits(sample):
    """Generated code calls the definition in place of the function, if it mentions all that is passed."""
    rule = rule_for(sample.op)
    if not all(map(rule.reads, rule.signature.bind(*sample.args, **sample.kwargs).arguments)):
        pytest.skip("such a call is recorded")
    wanted = arrays_of(sample.op(*sample.args, **sample.kwargs))
    got = arrays_of(rule.composite(*sample.args, **sample.kwargs))
    assert [(a.dtype, a.shape, a.tobytes()) for a in got] == [(a.dtype, a.shape, a.tobytes()) for a in wanted]
