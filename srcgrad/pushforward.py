"""Pushforwards: the value of a function together with the product of its Jacobian and tangents of its arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from srcgrad.errors import ArgumentError
from srcgrad.gradient import Gradient, check_input, has_floats, refuse_unsupported
from srcgrad.origins import annotate
from srcgrad.pullback import pull_back
from srcgrad.runtime import debugging
from srcgrad.runtime.sweeps import conform, copy_of, shadow_of
from srcgrad.runtime.tangents import NoColumns
from srcgrad.targets import function_to_transform
from srcgrad.versions import VersionCache, being_recorded

if TYPE_CHECKING:
    from srcgrad.transform.pipeline import CompiledTangent

_compiled: VersionCache[CompiledTangent] = VersionCache()
_compiled_columns: VersionCache[CompiledTangent] = VersionCache()


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """Value of a function, and its derivative along a direction: the product of the Jacobian with tangents.

    Parameters
    ----------
    f : callable
        The function; its result may be a number, an array, or a (nested) tuple, list or dict of these.
    primals : sequence
        The arguments.
    tangents : sequence
        A direction for each argument, with its structure and shapes; None stands for zero, and belongs to arguments
        without floating-point numbers.
    has_aux : bool
        ``f`` returns ``(value, aux)``, and ``aux`` is returned as a third result.

    Returns
    -------
    value, tangent
        What ``f(*primals)`` returns, and its tangent, which has the structure, shapes and dtypes of the value.

    Raises
    ------
    ArgumentError
        If tangents do not fit the primals.
    InputTypeError
        If no primal has floating-point numbers.
    UnsupportedError, MissingRuleError
        If a construct or a callee cannot be differentiated; the message has the line.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> srcgrad.jvp(lambda x, s: s * x * x, (np.array([1.0, 2.0]), 3.0), (np.array([1.0, 0.0]), 1.0))
    (array([ 3., 12.]), array([7., 4.]))
    """
    refuse_unsupported(f)
    name = getattr(f, "__name__", type(f).__name__)
    dots = fitting_tangents(primals, tangents, name)
    value, tangent = push_forward(f, tuple(primals), dots)
    if not has_aux:
        return value, owned(tangent, value, dots)
    if not isinstance(value, tuple) or len(value) != 2:
        raise ArgumentError(f"{name} did not return a pair", way_out="with has_aux=True, return (value, aux)")
    return value[0], owned(tangent[0], value[0], dots), value[1]


def push_forward(
    function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """Value and raw tangent; a tangent of None is zero.

    Compiled where the static transform covers the function, recorded otherwise.
    """
    try:
        return _pushed(function, primals, tangents)
    except Exception as error:
        annotate(error)
        raise


def _pushed(function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    found = compiled_for(function, primals, tangents)
    if found is not None:
        code, arguments, wanted = found
        given = [dot for dot in tangents if dot is not None]
        dots = {code.dots[name]: dot for name, dot in zip(wanted, given, strict=True)}
        value, tangent = _runner(code)(*arguments.values(), **dots)
        if isinstance(function, Gradient):
            return function.shaped(value, arguments), function.shaped(tangent, arguments)
        return value, tangent
    from srcgrad.transform.recorded import record_jvp

    active = [k for k, dot in enumerate(tangents) if dot is not None]
    return record_jvp(function, tuple(primals), {}, active, [tangents[k] for k in active])


def _runner(code: CompiledTangent) -> Callable[..., Any]:
    """The generated function; with checks for NaN, if that is asked for."""
    if debugging.active and debugging.looking():
        return code.compiled.checked()[code.function.__name__]
    return code.function


def push_columns(
    function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], columns: int
) -> tuple[Any, Any] | None:
    """Value and raw tangents for many directions at once, along a last axis; None if it has to be one
    direction after the other.
    """
    found = compiled_for(function, primals, tangents, columns=True)
    if found is None:
        return None
    code, arguments, wanted = found
    given = [dot for dot in tangents if dot is not None]
    dots = {code.dots[name]: dot for name, dot in zip(wanted, given, strict=True)}
    try:
        value, tangent = _runner(code)(*arguments.values(), **dots, **{code.columns: columns})
    except NoColumns:
        return None
    except Exception as error:
        annotate(error)
        raise
    return (function.shaped(value, arguments) if isinstance(function, Gradient) else value), tangent


def compiled_for(
    function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], *, columns: bool = False
) -> tuple[CompiledTangent, dict[str, Any], list[str]] | None:
    """Generated code, its arguments by name, and the names with a tangent; None if the function has to be recorded."""
    from srcgrad.transform.pipeline import compile_jvp

    found = function_to_transform(function, primals)
    if found is None:
        return None
    target, arguments = found
    wanted = [name for name, dot in zip(arguments, tangents, strict=False) if dot is not None]
    if columns:
        code = _compiled_columns.find(target, arguments, wanted, functools.partial(compile_jvp, columns=True))
    else:
        code = _compiled.find(target, arguments, wanted, compile_jvp)
    return None if code is None else (code, arguments, wanted)


# The compiler asks for the code behind a call of jvp in a function that is differentiated in its turn.
jvp.compiled_for = compiled_for  # type: ignore[attr-defined]


def fitting_tangents(primals: Sequence[Any], tangents: Sequence[Any], function: str) -> list[Any]:
    """Tangents with the structure of the primals; None for primals that carry no derivative.

    Raises
    ------
    ArgumentError, InputTypeError
        If they do not fit.
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise ArgumentError(
            "primals and tangents are to be tuples or lists", way_out="write (x,) for a single argument"
        )
    if len(primals) != len(tangents):
        raise ArgumentError(
            f"{function} got {len(primals)} primals and {len(tangents)} tangents",
            way_out="pass one tangent for each primal, None where it is zero",
        )
    if primals and not any(has_floats(primal) for primal in primals):
        check_input(primals[0], "argument 0", function)
    return [
        None if tangent is None or not has_floats(primal) else _fitted(tangent, primal, f"tangent {k}")
        for k, (primal, tangent) in enumerate(zip(primals, tangents, strict=True))
    ]


def _fitted(tangent: Any, primal: Any, label: str) -> Any:
    if being_recorded():
        return tangent
    _check(tangent, primal, label)
    return conform(_filled(tangent, primal), primal)


def _filled(tangent: Any, primal: Any) -> Any:
    """Zeros in the place of None."""
    if tangent is None:
        return shadow_of(primal)
    if isinstance(primal, dict):
        return {key: _filled(tangent[key], part) for key, part in primal.items()}
    if isinstance(primal, (list, tuple)) and not hasattr(primal, "_fields"):
        return [_filled(t, part) for t, part in zip(tangent, primal, strict=True)]
    return tangent


_NUMBERS = (float, complex, np.ndarray, np.generic)


def _check(tangent: Any, primal: Any, label: str) -> None:
    """Raise unless a tangent has the structure and the shapes of its primal."""
    if tangent is None or not has_floats(primal):
        return
    if isinstance(primal, dict):
        if not isinstance(tangent, dict) or tangent.keys() != primal.keys():
            raise ArgumentError(
                f"{label} has not the keys of its primal", way_out="pass a dict with the same keys"
            )
        for key, part in primal.items():
            _check(tangent[key], part, f"{label}[{key!r}]")
    elif isinstance(primal, (list, tuple)):
        if not isinstance(tangent, (list, tuple)) or len(tangent) != len(primal):
            raise ArgumentError(
                f"{label} has not the structure of its primal", way_out=f"pass {len(primal)} items"
            )
        for k, part in enumerate(primal):
            _check(tangent[k], part, f"{label}[{k}]")
    elif isinstance(primal, _NUMBERS) and np.shape(tangent) != np.shape(primal):
        raise ArgumentError(
            f"{label} has shape {np.shape(tangent)}, its primal has shape {np.shape(primal)}",
            way_out="pass a tangent of the primal's shape",
        )
    elif isinstance(primal, _NUMBERS) and np.asarray(tangent).dtype.kind not in "biufc":
        raise ArgumentError(f"{label} is {type(tangent).__name__}", way_out="pass floats, or arrays of them")


def owned(tangent: Any, value: Any, given: Sequence[Any]) -> Any:
    """A tangent with the structure of the value, in memory of its own."""
    if being_recorded():
        return tangent
    result = conform(tangent, value)
    return _apart(result, [*given, value])


def _apart(tangent: Any, others: Sequence[Any]) -> Any:
    from srcgrad.transform.signature import arrays_in

    theirs = list(arrays_in(list(others)))

    def separate(part: Any) -> Any:
        if isinstance(part, np.ndarray):
            return part.copy() if any(np.may_share_memory(part, other) for other in theirs) else part
        if type(part) in (list, tuple):
            return type(part)([separate(item) for item in part])
        if type(part) is dict:
            return {key: separate(item) for key, item in part.items()}
        return part

    return separate(tangent)


def linearize(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """Value of a function, and its derivative there as a linear function of tangents.

    Parameters
    ----------
    f : callable
    *primals
        The arguments.

    Returns
    -------
    value
        What ``f(*primals)`` returns.
    pushforward : callable
        ``pushforward(*tangents)`` takes a tangent for each primal, and returns the tangent of the value. Each call runs
        the generated tangent code once, values included; arguments are those of now, whatever becomes of them later.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> value, pushforward = srcgrad.linearize(lambda x: x * x, 3.0)
    >>> value, pushforward(1.0), pushforward(10.0)
    (9.0, 6.0, 60.0)
    """
    if being_recorded():
        kept, value = primals, pull_back(f, primals)[0]
    else:
        kept = tuple(copy_of(primal) for primal in primals)
        value = f(*(copy_of(primal) for primal in kept))

    def pushforward(*tangents: Any) -> Any:
        return jvp(f, kept, tangents)[1]

    return value, pushforward
