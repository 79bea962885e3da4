"""Rules of the module functools: the derivative comes from the function that is called."""

import functools

from srcgrad.rules.kinds import composite


@composite(functools.reduce)
def reduce(function, iterable, /, *initial):
    items = [*initial, *iterable]
    if not items:
        raise TypeError("reduce() of empty iterable with no initial value")
    result = items[0]
    for k in range(1, len(items)):
        result = function(result, items[k])
    return result
