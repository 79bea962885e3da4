"""Sums of exponentials along axes, all of them shifted: weights are ``exp(a - logsumexp(a))``."""

import numpy as np
import scipy.special as sc

from srcgrad.rules.helpers import project, restore
from srcgrad.rules.kinds import jvp, vjp


@vjp(sc.logsumexp, "a", "b")
def logsumexp(a, axis=None, b=None, keepdims=False, *, ans, g):
    slope = restore(g, axis, keepdims) * weights(a, restore(ans, axis, keepdims))
    return project(slope if b is None else b * slope, a), None if b is None else project(slope, b)


@jvp(sc.logsumexp)
def logsumexp_tangent(a, axis=None, b=None, keepdims=False, *, ans, da, db):
    change = da if b is None else b * da + db
    return np.sum(weights(a, restore(ans, axis, keepdims)) * change, axis=axis, keepdims=keepdims)


def weights(a, total):
    """``exp(a - total)``; zero where everything is minus infinity."""
    return np.exp(a - np.where(np.isneginf(total), 0.0, total))


@vjp(sc.softmax, "x")
def softmax(x, axis=None, *, ans, g):
    return ans * (g - np.sum(ans * g, axis=axis, keepdims=True))


@jvp(sc.softmax)
def softmax_tangent(x, axis=None, *, ans, dx):
    return ans * (dx - np.sum(ans * dx, axis=axis, keepdims=True))


@vjp(sc.log_softmax, "x")
def log_softmax(x, axis=None, *, ans, g):
    return g - np.exp(ans) * np.sum(g, axis=axis, keepdims=True)


@jvp(sc.log_softmax)
def log_softmax_tangent(x, axis=None, *, ans, dx):
    return dx - np.sum(np.exp(ans) * dx, axis=axis, keepdims=True)
