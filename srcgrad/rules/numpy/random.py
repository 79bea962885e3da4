"""Random draws.

A draw is a constant, except for the parameters that only shift and stretch it: with the same state of the
generator, a normal draw is ``loc + scale * e`` for an `e` that does not depend on them. So the slope is read
off the draw (`ans`) and nothing is drawn again. Shape parameters of distributions that can be inverted are
treated likewise. Methods of every generator and the functions of ``np.random`` share these rules.

Not here: functions that shuffle or choose among given numbers, as the draw does not say which one it took,
and the other parameters (``gamma`` in its shape, ``poisson``): such calls raise an error rather than pass a
zero.
"""

import numpy as np

from srcgrad.rules import registry
from srcgrad.rules.kinds import elementwise, nondiff

_CONSTANT = """
    rand randn random random_sample ranf sample standard_normal standard_cauchy standard_exponential randint
    random_integers integers bytes seed get_state set_state default_rng spawn
"""
for _name in _CONSTANT.split():
    for _owner in (np.random, np.random.Generator, np.random.RandomState):
        if hasattr(_owner, _name):
            nondiff(getattr(_owner, _name))
            registry.DRAWS[_name] = registry.TABLE[getattr(_owner, _name)]
nondiff(
    np.random.SeedSequence, np.random.Generator, np.random.RandomState, np.random.PCG64, np.random.MT19937
)


def draw(*wrt):
    """Rule for the function of ``np.random`` of the same name, and for the method of generators."""

    def decorate(body):
        op = getattr(np.random, body.__name__)
        elementwise(op, wrt=wrt)(body)
        registry.DRAWS[body.__name__] = registry.TABLE[op]
        return body

    return decorate


# --- shift and stretch ---


@draw("loc", "scale")
def normal(loc=0.0, scale=1.0, size=None, *, ans):
    return 1, (ans - loc) / scale


@draw("loc", "scale")
def laplace(loc=0.0, scale=1.0, size=None, *, ans):
    return 1, (ans - loc) / scale


@draw("loc", "scale")
def logistic(loc=0.0, scale=1.0, size=None, *, ans):
    return 1, (ans - loc) / scale


@draw("loc", "scale")
def gumbel(loc=0.0, scale=1.0, size=None, *, ans):
    return 1, (ans - loc) / scale


@draw("low", "high")
def uniform(low=0.0, high=1.0, size=None, *, ans):
    return (high - ans) / (high - low), (ans - low) / (high - low)


@draw("scale")
def exponential(scale=1.0, size=None, *, ans):
    return ans / scale


@draw("scale")
def rayleigh(scale=1.0, size=None, *, ans):
    return ans / scale


@draw("mean", "sigma")
def lognormal(mean=0.0, sigma=1.0, size=None, *, ans):
    return ans, ans * (np.log(ans) - mean) / sigma


# --- shapes that can be inverted: the draw is a power of one that does not depend on them ---


@draw("a")
def weibull(a, size=None, *, ans):
    return -ans * np.log(ans) / a


@draw("a")
def power(a, size=None, *, ans):
    return -ans * np.log(ans) / a


@draw("a")
def pareto(a, size=None, *, ans):
    return -(1 + ans) * np.log1p(ans) / a
