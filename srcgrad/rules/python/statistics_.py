"""Rules of the module statistics, in floating point numbers throughout."""

import math
import statistics

from srcgrad.rules.kinds import composite, nondiff

nondiff(statistics.mode, statistics.multimode)


@composite(statistics.mean)
def mean(data):
    return sum(data) / len(data)


@composite(statistics.fmean)
def fmean(data, weights=None):
    if weights is None:
        return sum(data) / len(data)
    return sum([x * w for x, w in zip(data, weights, strict=True)]) / sum(weights)


@composite(statistics.geometric_mean)
def geometric_mean(data):
    return math.exp(sum([math.log(x) for x in data]) / len(data))


@composite(statistics.harmonic_mean)
def harmonic_mean(data, weights=None):
    weights = [1.0] * len(data) if weights is None else weights
    return sum(weights) / sum([w / x for x, w in zip(data, weights, strict=True)])


def squares(data, centre):
    """Sum of squared distances from the centre, the mean if None."""
    centre = sum(data) / len(data) if centre is None else centre
    return sum([(x - centre) ** 2 for x in data])


@composite(statistics.variance)
def variance(data, xbar=None):
    return squares(data, xbar) / (len(data) - 1)


@composite(statistics.pvariance)
def pvariance(data, mu=None):
    return squares(data, mu) / len(data)


@composite(statistics.stdev)
def stdev(data, xbar=None):
    return math.sqrt(squares(data, xbar) / (len(data) - 1))


@composite(statistics.pstdev)
def pstdev(data, mu=None):
    return math.sqrt(squares(data, mu) / len(data))


@composite(statistics.median)
def median(data):
    items = sorted(data)
    half = len(items) // 2
    return items[half] if len(items) % 2 == 1 else (items[half - 1] + items[half]) / 2


@composite(statistics.median_low)
def median_low(data):
    return sorted(data)[(len(data) - 1) // 2]


@composite(statistics.median_high)
def median_high(data):
    return sorted(data)[len(data) // 2]


def products(x, y):
    """Sum of products of distances from the means."""
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum([(a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)])


@composite(statistics.covariance)
def covariance(x, y, /):
    return products(x, y) / (len(x) - 1)


@composite(statistics.correlation)
def correlation(x, y, /):
    return products(x, y) / math.sqrt(products(x, x) * products(y, y))


@composite(statistics.linear_regression)
def linear_regression(x, y, /):
    slope = products(x, y) / products(x, x)
    return slope, sum(y) / len(y) - slope * sum(x) / len(x)
