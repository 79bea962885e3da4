"""The functions of ``np.emath``: outside of the real domain they go on with complex numbers."""

import math

import numpy as np

from srcgrad.rules.kinds import composite, elementwise


@elementwise(np.emath.sqrt, turns_complex=True)
def sqrt(x, *, ans):
    return 0.5 / ans


@elementwise(np.emath.log, turns_complex=True)
def log(x):
    return 1 / x


@elementwise(np.emath.log2, turns_complex=True)
def log2(x):
    return 1 / (math.log(2) * x)


@elementwise(np.emath.log10, turns_complex=True)
def log10(x):
    return 1 / (math.log(10) * x)


@composite(np.emath.logn)
def logn(n, x):
    return np.emath.log(x) / np.emath.log(n)


@composite(np.emath.power)
def power(x, p):
    x = x + 0j if np.any(np.real(x) < 0) else x
    return np.power(x, p)


@elementwise(np.emath.arcsin, turns_complex=True)
def arcsin(x):
    return 1 / np.emath.sqrt(1 - x * x)


@elementwise(np.emath.arccos, turns_complex=True)
def arccos(x):
    return -1 / np.emath.sqrt(1 - x * x)


@elementwise(np.emath.arctanh, turns_complex=True)
def arctanh(x):
    return 1 / (1 - x * x)
