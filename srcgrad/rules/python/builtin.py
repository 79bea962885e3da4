"""Rules of built-in functions on numbers and on lists of numbers."""

import builtins

import numpy as np

from srcgrad.rules.helpers import project
from srcgrad.rules.kinds import elementwise, jvp, linear, nondiff, vjp

nondiff(
    len, isinstance, issubclass, hasattr, callable, bool, int, str, repr, format, hash, id, type, range, print
)
nondiff(round, all, any, ord, chr, hex, bin, oct, slice, ascii, dir, bytes)


@linear(float, "x")
def float_(x=0.0, /, *, g):
    return project(g, x)


# The parts of g along the real and the imaginary axis; project drops what is imaginary of each.
@linear(complex, "real", "imag")
def complex_(real=0.0, imag=0.0, *, g):
    return project(g, real), project(-1j * g, imag)


@vjp(divmod, "x", "y", outputs=2)
def divmod_(x, y, /, *, ans, g):
    _, dremainder = g
    return 0.0 if dremainder is None else dremainder, 0.0 if dremainder is None else -dremainder * ans[0]


@jvp(divmod)
def divmod_tangent(x, y, /, *, ans, dx, dy):
    return 0.0 * dx, dx - ans[0] * dy


# --- largest and smallest: equal numbers share the cotangent equally ---


def equal_shares(items, ans):
    """Parts of one, equal among the items that are `ans`; piecewise constant."""
    equal = [item == ans for item in items]
    return [mine / equal.count(True) for mine in equal]


nondiff(equal_shares)


@vjp(max, "args", sequences=("args",))
def max_(*args, ans, g):
    return [g * share for share in equal_shares(args, ans)]


@vjp(min, "args", sequences=("args",))
def min_(*args, ans, g):
    return [g * share for share in equal_shares(args, ans)]


@jvp(max, min)
def max_tangent(*args, ans, dargs):
    return builtins.sum(share * dx for share, dx in zip(equal_shares(args, ans), dargs, strict=True))


@elementwise(max, arity=2)
def max_of_two(x, y, *, g):
    return g if x > y else 0.0 if x < y else 0.5 * g, g if y > x else 0.0 if y < x else 0.5 * g


@elementwise(min, arity=2)
def min_of_two(x, y, *, g):
    return g if x < y else 0.0 if x > y else 0.5 * g, g if y < x else 0.0 if y > x else 0.5 * g


@vjp(max, "iterable", sequences=("iterable",), arity=1)
def max_of_items(iterable, /, *, ans, g):
    return like(iterable, [g * share for share in equal_shares(iterable, ans)])


@vjp(min, "iterable", sequences=("iterable",), arity=1)
def min_of_items(iterable, /, *, ans, g):
    return like(iterable, [g * share for share in equal_shares(iterable, ans)])


@jvp(max, min, arity=1)
def max_of_items_tangent(iterable, /, *, ans, diterable):
    return builtins.sum(share * dx for share, dx in zip(equal_shares(iterable, ans), diterable, strict=True))


def like(items, cotangents):
    """The cotangents of the items of a list, or of the rows of an array, in the form that belongs to it."""
    return np.stack(cotangents) if hasattr(items, "dtype") else cotangents


# --- lists ---


@linear(sum, "iterable", "start", sequences=("iterable",))
def sum_(iterable, /, start=0, *, g):
    return like(iterable, [project(g, item) for item in iterable]), project(g, start)


@jvp(sum)
def sum_tangent(iterable, /, start=0, *, diterable, dstart):
    return builtins.sum(diterable, dstart)


@linear(list, "iterable", sequences=("iterable",))
def list_(iterable, /, *, g):
    return like(iterable, g)


@linear(tuple, "iterable", sequences=("iterable",))
def tuple_(iterable, /, *, g):
    return like(iterable, g)


@vjp(sorted, "iterable", sequences=("iterable",))
def sorted_(iterable, /, *, key=None, reverse=False, g):
    places = sorted_places(iterable, key, reverse)
    return like(iterable, [g[k] for k in np.argsort(places)])


@jvp(sorted)
def sorted_tangent(iterable, /, *, key=None, reverse=False, diterable):
    return [diterable[k] for k in sorted_places(iterable, key, reverse)]


def sorted_places(items, key, reverse):
    """Which item comes first, second, ... in the sorted list."""
    return sorted(
        range(len(items)), key=lambda k: items[k] if key is None else key(items[k]), reverse=reverse
    )


nondiff(sorted_places)
