"""Random draws: constants, but for the parameters that shift and stretch them."""

import numpy as np
import pytest

from srcgrad.rules import Kind, registry, rule_for

DRAWS = [
    ("normal", (0.3, 1.7)),
    ("laplace", (0.3, 1.7)),
    ("logistic", (0.3, 1.7)),
    ("gumbel", (0.3, 1.7)),
    ("uniform", (0.3, 1.7)),
    ("exponential", (1.7,)),
    ("rayleigh", (1.7,)),
    ("lognormal", (0.3, 0.7)),
    ("weibull", (1.7,)),
    ("power", (1.7,)),
    ("pareto", (2.7,)),
]


@pytest.mark.parametrize("maker", [np.random.RandomState, np.random.default_rng], ids=["legacy", "generator"])
@pytest.mark.parametrize(("name", "parameters"), DRAWS, ids=[name for name, _ in DRAWS])
def test_draw(maker, name, parameters):
    """The slope is that of the same draw from the same state."""
    rule = rule_for(getattr(maker(0), name))
    assert rule is rule_for(getattr(np.random, name))

    def draw(*values):
        return getattr(maker(0), name)(*values, size=5)

    ans, h = draw(*parameters), 1e-5
    bound = rule.bind(parameters, {"size": 5}).arguments
    for k, parameter in enumerate(rule.differentiable):
        g = np.arange(1.0, 6.0)
        up, down = ([v + s * (j == k) for j, v in enumerate(parameters)] for s in (h, -h))
        slope = (draw(*up) - draw(*down)) / (2 * h)
        assert rule.pullbacks[parameter](ans=ans, g=g, **bound) == pytest.approx(slope @ g, rel=1e-7)
        np.testing.assert_allclose(rule.jvp(bound, {parameter: 1.0}, ans), slope, rtol=1e-7)


def test_constant_draws():
    for op in (np.random.rand, np.random.default_rng(0).standard_normal, np.random.RandomState(0).randint):
        assert rule_for(op).kind is Kind.NONDIFF


def test_shuffling_has_no_rule():
    """A shuffle does not say where an element went, so it is an error and not a zero."""
    for op in (np.random.shuffle, np.random.default_rng(0).permutation, np.random.choice):
        assert rule_for(op) is None
    assert "shuffle" not in registry.DRAWS
