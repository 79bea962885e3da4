"""The table of derivative rules: the only place that knows a derivative.

A rule is a Python function with the primal's own parameters. Keyword-only parameters with reserved names say
what else it reads: ``ans`` is the primal's result, ``g`` the cotangent of that result, ``dx`` the tangent of
``x``. A decorator says of which function and of what kind it is, and the kind supplies the rest::

    @elementwise(np.tanh)               # the partials; pullback, tangent, broadcasting and conjugates follow
    def tanh(x, *, ans):
        return 1 - ans * ans

    @linear(np.cumsum, "a")             # the transpose; the tangent is the function itself
    def cumsum(a, axis=None, dtype=None, out=None, *, g):
        k = 0 if axis is None else axis
        return np.reshape(np.flip(np.cumsum(np.flip(g, k), k), k), np.shape(a))

    @multilinear(np.outer, "a", "b")    # one transpose each; the tangent has one term each
    @vjp(np.linalg.inv, "a")            # the pullback written out ...
    @jvp(np.linalg.inv)                 # ... and the tangent
    @composite(np.ptp, exact=True)                  # the function in terms of others: differentiate through the body
    nondiff(np.floor)                   # no derivative passes

The text is inlined in generated code, sliced for the argument at hand, and says itself what must be kept for
it; compiled, the same text is what the eager engine calls.

Conventions
-----------
*Complex numbers.* The gradient of a real loss is ``dL/dRe + i dL/dIm``, as in PyTorch. Partials are
holomorphic; the pullback for complex arguments (`Derivative.complex_value`) multiplies by their conjugates.
Texts of other kinds say ``np.conj`` themselves, and `Derivative.value`, for real arguments, is the text
without ``np.conj`` and ``np.real``.

*Shapes and dtypes.* `project` makes a value the cotangent of an argument: it undoes broadcasting, drops an
imaginary part and takes on the dtype. Texts marked `projected` have the right shape already. Compiled
pullbacks always project.

*Several outputs.* ``ans`` and ``g`` are tuples, and an entry of ``g`` is None where an output is not used.

*Sequences.* The cotangent of a list of arrays is a list (`Rule.sequences`); of ``*args`` as well.

*Functions that write* (``@update``). The body works on ``d<name>``, the adjoint memory of the written array:
it finds there the cotangent of the new contents, leaves that of the old ones, and returns the cotangents of
the values that were written, which share no memory with it. Parameters mean their values before the call,
``ans`` the new contents::

    @update(np.ndarray.fill, "a", "value")
    def fill(a, value, /, *, da):
        dvalue = project(np.copy(da), value)
        da[...] = 0.0
        return dvalue

The tangent is the function itself on tangent memory, or a ``@jvp`` whose body changes ``da`` given
``dvalue``.

*Adding in place* (``@into``). Where a cotangent is mostly zeros, a second body adds it to memory that exists:
``dx[index] += g`` for ``x[index]``.

*Choices of text.* `Rule.scalar` is the rule to use when every argument is a Python number; `Rule.by_arity`
has rules for calls with so many positional arguments (``max(a, b)`` as against ``max(a, b, c)``).

*Kinks.* Equal extrema share the cotangent, the slope of the absolute value at 0 is 0, norms have slope 0 at
the origin, products are exact with zeros. Each file says its own at the top.

Packages other than NumPy have their rules in a file that is read once the program has imported the package.
"""

from __future__ import annotations

from srcgrad.rules.registry import (
    ATTRIBUTES,
    METHODS,
    OPERATORS,
    rule_for,
    rule_for_attribute,
    rule_for_method,
)
from srcgrad.rules.rule import Derivative, Kind, Pullback, Rule, Tangent, Update

__all__ = [
    "ATTRIBUTES",
    "METHODS",
    "OPERATORS",
    "Derivative",
    "Kind",
    "Pullback",
    "Rule",
    "Tangent",
    "Update",
    "rule_for",
    "rule_for_attribute",
    "rule_for_method",
]
