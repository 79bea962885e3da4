"""The option by which a cotangent of zero stays zero, whatever the slope: `srcgrad.rule.nan_safe`."""

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import MissingRuleError
from srcgrad.rules import rule_for
from srcgrad.transform.recorded import record_vjp

FUNCTIONS = (np.sqrt, np.log, np.multiply, np.divide, np.power)
X = np.array([0.0, 2.0])


def forget(rule):
    for variant in (rule, rule.scalar, *rule.by_arity.values()):
        if variant is not None:
            variant.nan_safe = False
            for made in ("pullbacks", "tangents"):
                vars(variant).pop(made, None)


@pytest.fixture(autouse=True)
def safe():
    srcgrad.rule.nan_safe(*FUNCTIONS)
    yield
    for function in FUNCTIONS:
        forget(rule_for(function))


def masked(x):
    inside = x > 0
    return np.sum(np.where(inside, np.sqrt(x) * x + np.log(x) ** 2, 0.0)) + np.sum(
        np.where(inside, 2.0 / x, 0.0)
    )


def slope(x):
    return 1.5 * np.sqrt(x) + 2 * np.log(x) / x - 2 / x**2


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_first_order():
    expected = [0.0, slope(2.0)]
    np.testing.assert_allclose(srcgrad.grad(masked)(X), expected)
    np.testing.assert_allclose(record_vjp(masked, (X,), {}, [0])[1](1.0)[0], expected)
    _, tangent = srcgrad.jvp(masked, (X,), (np.array([0.0, 1.0]),))
    assert tangent == pytest.approx(slope(2.0))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_second_order():
    weighted = srcgrad.grad(lambda x: np.sum(srcgrad.grad(masked)(x) * np.array([1.0, 3.0])))
    curvature = 0.75 / np.sqrt(2.0) + 2 * (1 - np.log(2.0)) / 4 + 4 / 8
    np.testing.assert_allclose(weighted(X), [0.0, 3 * curvature])


def test_a_zero_by_chance_keeps_its_second_derivative():
    """At 1 the cotangent of the square root is zero, but not its derivative."""
    twice = srcgrad.grad(srcgrad.grad(lambda x: (np.sqrt(x) - 1.0) ** 2))
    assert twice(1.0) == pytest.approx(0.5)


def test_rules_pass_their_checks():
    srcgrad.check_rule(np.sqrt, np.array([1.0, 2.0]))
    srcgrad.check_rule(np.divide, np.array([1.0 + 1j, 2.0]), 3 - 1j)


def test_off_by_default():
    assert not rule_for(np.arctanh).nan_safe
    with np.errstate(divide="ignore", invalid="ignore"):
        gradient = srcgrad.grad(lambda x: np.sum(np.where(x < 1, np.arctanh(x), 0.0)))(np.array([1.0, 0.5]))
    assert np.isnan(gradient[0])


def test_unknown_function():
    with pytest.raises(MissingRuleError):
        srcgrad.rule.nan_safe(np.array_repr, lambda x: x)
