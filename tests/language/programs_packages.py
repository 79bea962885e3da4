"""Item 5: functions of the standard library and of installed packages, written in Python."""

import colorsys
import functools
import itertools
import operator
import statistics

import numpy as np

from tests.language.corpus import mat, pos, program, vec


@program(0.6, 0.3, 0.8)
def colour_conversion(r, g, b):
    h, lightness, s = colorsys.rgb_to_hls(r, g, b)
    u, v, w = colorsys.hls_to_rgb(h * 0.9, lightness, s)
    return u * v + w * h


@program([0.4, 1.1, 0.7])
def statistics_module(xs):
    return statistics.fmean(xs) * statistics.median(xs)


@program([0.4, 1.1, 0.7])
def itertools_module(xs):
    total = 0.0
    for a, b in itertools.combinations(xs, 2):
        total += a * b
    for a, b in itertools.pairwise(xs):
        total *= a - b
    return total + sum(itertools.accumulate(xs, operator.mul))


@program([0.4, 1.1], [0.7, 0.2])
def itertools_chain_product(xs, ys):
    total = 1.0
    for v in itertools.chain(xs, ys):
        total = total * 0.5 + v
    for a, b in itertools.product(xs, ys):
        total += a * b * total
    for k, v in zip(itertools.count(1), xs):
        total += k * v
    return total


@program([0.4, 1.1, 0.7])
def itertools_islice_repeat(xs):
    first = list(itertools.islice(xs, 2))
    same = [v * k for v, k in zip(xs, itertools.repeat(2.0))]
    return first[0] * first[1] * same[2]


@program([0.4, 1.1, 0.7])
def operator_getters(xs):
    item = operator.itemgetter(1)
    pairs = sorted(((v * v, v) for v in xs), key=operator.itemgetter(0))
    return item(xs) * pairs[0][1] + operator.getitem(xs, 0)


@program(0.6)
def wraps_and_single_dispatch(x):
    @functools.singledispatch
    def size(v):
        return v * v

    @size.register
    def _(v: np.ndarray):
        return np.sum(v)

    return size(x) + size(np.array([x, 2.0 * x]))


@program(pos(4))
def numpy_functions_written_in_python(a):
    return np.average(a, weights=np.arange(1.0, 5.0)) * np.trapezoid(a) + np.linalg.norm(a, 3) + np.ptp(a)


@program(mat(2, 3))
def numpy_polyval_roll_tile(m):
    p = np.polyval(m[0], 0.7)
    r = np.roll(m, 1, axis=1) * np.tile(m[1], (2, 1))
    return p * np.sum(r) + np.sum(np.kron(m[0], m[1])) + np.sum(np.pad(m, 1) ** 2)


@program(vec(4))
def scipy_rosen(v):
    from scipy.optimize import rosen

    return rosen(v)


@program(pos(3))
def scipy_special_functions(a):
    from scipy.special import expit, gammaln, logsumexp

    return np.sum(expit(a) * gammaln(a)) + logsumexp(a)
