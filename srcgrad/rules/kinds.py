"""The decorators that turn a Python function into a rule of the table.

Each takes the function that the rule is about first. It may be None, for a function that the installed NumPy
does not have yet: the rule is then left out. The decorated function is returned as it is, so it can be called
and tested.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from srcgrad.rules import registry
from srcgrad.rules.rule import Kind, Rule, Sources

__all__ = ["composite", "elementwise", "into", "jvp", "linear", "multilinear", "nondiff", "update", "vjp"]

F = TypeVar("F", bound=Callable[..., Any])


def elementwise(
    *ops: Any,
    wrt: Iterable[str] | None = None,
    scalar: bool = False,
    arity: int | None = None,
    turns_complex: bool = False,
) -> Callable[[F], F]:
    """Rule for functions that act on each element by itself: the body returns the partials, one per argument.

    The pullback ``g * partial`` and the tangent ``sum of partial * dx`` follow, with broadcasting undone by
    `project` and ``np.conj`` put in where arguments are complex. A body that takes ``g`` returns the products
    itself (for partials that are masks, where a product would change the dtype).

    Parameters
    ----------
    *ops : callable
        The functions; several if they are interchangeable.
    wrt : iterable of str, optional
        Parameters with a derivative; all those without default if not given.
    scalar : bool
        The rule is for Python numbers only, beside one for arrays.
    arity : int, optional
        The rule is for calls with so many positional arguments, beside a general one.
    turns_complex : bool
        Whether the result may be complex although the arguments are real.
    """

    def decorate(body: F) -> F:
        names = tuple(wrt) if wrt is not None else _required(body)
        for op in ops:
            _enter(op, Kind.ELEMENTWISE, names, body, scalar=scalar, arity=arity, turns_complex=turns_complex)
        return body

    return decorate


def linear(
    op: Any,
    *wrt: str,
    view: bool = False,
    broadcasts: bool = False,
    sequences: Iterable[str] = (),
    outputs: int = 1,
    arity: int | None = None,
) -> Callable[[F], F]:
    """Rule for functions linear in the parameters `wrt` taken together: the body returns the transposes.

    Parameters
    ----------
    op : callable
    *wrt : str
        Parameters with a derivative.
    view : bool
        Whether the result may share memory with the first argument.
    sequences : iterable of str
        Those of `wrt` that are sequences of arrays.
    broadcasts : bool
        Whether the arguments are broadcast against each other, so that cotangents must be reduced.
    outputs : int
        Number of outputs; 2 stands for "a sequence" as well.
    """

    def decorate(body: F) -> F:
        more: dict[str, Any] = {
            "view": view,
            "broadcasts": broadcasts,
            "sequences": frozenset(sequences),
            "outputs": outputs,
        }
        _enter(op, Kind.LINEAR, wrt, body, arity=arity, **more)
        return body

    return decorate


def multilinear(op: Any, *wrt: str) -> Callable[[F], F]:
    """Rule for functions linear in each of the parameters `wrt` with the others held: products of all
    sorts.
    """

    def decorate(body: F) -> F:
        _enter(op, Kind.MULTILINEAR, wrt, body)
        return body

    return decorate


def vjp(
    op: Any,
    *wrt: str,
    sequences: Iterable[str] = (),
    outputs: int = 1,
    arity: int | None = None,
    turns_complex: bool = False,
) -> Callable[[F], F]:
    """Rule whose pullback is written out; `jvp` adds the tangent."""

    def decorate(body: F) -> F:
        more: dict[str, Any] = {
            "sequences": frozenset(sequences),
            "outputs": outputs,
            "turns_complex": turns_complex,
        }
        _enter(op, Kind.GENERAL, wrt, body, arity=arity, **more)
        return body

    return decorate


def jvp(*ops: Any, arity: int | None = None) -> Callable[[F], F]:
    """Tangent of functions that have a rule already; the body takes ``dx`` for each ``x`` with a
    derivative.
    """

    def decorate(body: F) -> F:
        for op in ops:
            if op is not None:
                rule = registry.TABLE[op] if arity is None else registry.TABLE[op].by_arity[arity]
                rule.sources.jvp = body
        return body

    return decorate


def into(op: Any, parameter: str) -> Callable[[F], F]:
    """A way to add the cotangent of `parameter` in place: the body changes ``d<parameter>`` and returns
    nothing.
    """

    def decorate(body: F) -> F:
        if op is not None:
            registry.TABLE[op].sources.into[parameter] = body
        return body

    return decorate


def composite(*ops: Any, view: bool = False, scalar: bool = False, exact: bool = False) -> Callable[[F], F]:
    """Rule that says the function in terms of others; it is differentiated by going through the body.

    With `exact`, the body gives the very bits that the function gives, so it can take its place.
    """

    def decorate(body: F) -> F:
        for op in ops:
            _enter(op, Kind.COMPOSITE, (), body, view=view, scalar=scalar, exact=exact)
        return body

    return decorate


def update(op: Any, mutated: str, *values: str, linear: bool = True) -> Callable[[F], F]:
    """Rule for functions that write into their argument `mutated` numbers that come from `values`.

    The body changes the adjoint memory ``d<mutated>``: it finds there the cotangent of the new contents and
    leaves that of the old contents. It returns the cotangents of `values`. Parameters stand for what they
    were before the call, ``ans`` for the new contents.

    Parameters
    ----------
    op : callable
    mutated : str
    *values : str
    linear : bool
        Whether the tangent is the function itself called on the tangents; otherwise `jvp` gives it.
    """

    def decorate(body: F) -> F:
        if op is not None:
            rule = _enter(op, Kind.UPDATE, values, body)
            rule.mutated, rule.has_linear_update = mutated, linear
        return body

    return decorate


def nondiff(*ops: Any, arity: int | None = None) -> None:
    """Functions through which no derivative passes: their value is discrete, or their derivative zero."""
    for op in ops:
        if op is None:
            continue
        rule = Rule(op, registry.public_name(op), Kind.NONDIFF)
        if arity is not None:
            registry.TABLE[op].by_arity[arity] = rule
        else:
            registry.enter(rule)


def _enter(
    op: Any,
    kind: Kind,
    wrt: tuple[str, ...],
    body: Any,
    *,
    scalar: bool = False,
    arity: int | None = None,
    **more: Any,
) -> Any:
    if op is None:
        return None
    rule = Rule(op, registry.public_name(op), kind, wrt, sources=Sources(body), **more)
    if scalar:
        registry.TABLE[op].scalar = rule
    elif arity is not None:
        registry.TABLE[op].by_arity[arity] = rule
    else:
        registry.enter(rule)
    return rule


def _required(body: Callable[..., Any]) -> tuple[str, ...]:
    """Parameters without default that can be passed by position."""
    parameters = inspect.signature(body).parameters.values()
    return tuple(p.name for p in parameters if p.default is p.empty and p.kind is not p.KEYWORD_ONLY)
