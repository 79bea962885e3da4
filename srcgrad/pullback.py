"""Pullbacks: the value of a function now, products of cotangents with its Jacobian later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from srcgrad.gradient import Gradient
from srcgrad.misuse import fitted_cotangent
from srcgrad.origins import annotate
from srcgrad.runtime import debugging
from srcgrad.runtime.custom import Custom
from srcgrad.runtime.sweeps import add_into, conform, copy_of, shadow_of
from srcgrad.targets import function_to_transform
from srcgrad.versions import VersionCache, being_recorded

if TYPE_CHECKING:
    from srcgrad.transform.pipeline import CompiledPair

Run = Callable[[Any], Sequence[Any]]

_pairs: VersionCache[CompiledPair] = VersionCache()


def pull_back(
    function: Callable[..., Any], primals: Sequence[Any], count: int | None = None
) -> tuple[Any, Run]:
    """Value, and a function from a cotangent of it to raw cotangents of the first `count` primals (all if None).

    Compiled where the static transform covers the function, recorded otherwise.
    """
    try:
        return _pulled(function, primals, len(primals) if count is None else count)
    except Exception as error:
        annotate(error)
        raise


def _pulled(function: Callable[..., Any], primals: Sequence[Any], count: int) -> tuple[Any, Run]:
    found = function_to_transform(function, primals)
    if found is not None:
        target, arguments = found
        compiled = _pair(target, arguments, list(arguments)[:count])
        if compiled is not None:
            value, run = _forward(compiled, arguments, function, len(primals), count)
            return (function.shaped(value, arguments) if isinstance(function, Gradient) else value), run
    if isinstance(function, Custom):
        function = function.plain or function
    return _recorded(function, primals, count)


def _recorded(function: Callable[..., Any], primals: Sequence[Any], count: int) -> tuple[Any, Run]:
    from srcgrad.transform.recorded import record_vjp

    return record_vjp(function, tuple(primals), {}, list(range(count)))


def _pair(function: FunctionType, arguments: dict[str, Any], wanted: list[str]) -> CompiledPair | None:
    from srcgrad.transform.pipeline import compile_pullback

    return _pairs.find(function, arguments, wanted, compile_pullback)


def _forward(
    compiled: CompiledPair, arguments: dict[str, Any], function: Callable[..., Any], given: int, count: int
) -> tuple[Any, Run]:
    """Run the forward sweep; the tapes it leaves serve one reverse sweep, later ones run it again."""
    pair = compiled.pair
    forward, backward = compiled.forward, compiled.backward
    if debugging.active and debugging.looking():
        checked = compiled.compiled.checked()
        forward, backward = checked[pair.forward], checked[pair.backward]
    kept = {name: copy_of(value) for name, value in arguments.items()}

    def sweep() -> tuple[Any, dict[str, Any], Any, Any]:
        passed = {n: copy_of(v) if n in compiled.written else v for n, v in kept.items()}
        shadows = {name: shadow_of(passed[name]) for name in pair.shadows}
        out = forward(*passed.values(), **{pair.shadow(n): s for n, s in shadows.items()})
        return out[0], shadows, out[1] if pair.result == "memory" else None, out[-1]

    value, *state = sweep()
    unused = [state]

    def run(cotangent: Any) -> Sequence[Any]:
        if being_recorded():
            return _recorded(function, list(kept.values())[:given], count)[1](cotangent)
        shadows, result, saved = unused.pop() if unused else sweep()[1:]
        if pair.result == "memory":
            add_into(result, cotangent)
            made = backward(saved)
        else:
            made = backward(saved, cotangent)
        parts = (
            dict(zip(pair.values, made if len(pair.values) != 1 else (made,), strict=True))
            if pair.values
            else {}
        )
        return [shadows[name] if name in shadows else parts.get(name) for name in list(arguments)[:count]]

    return value, run


def pullback_of(function: Callable[..., Any], primals: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """The pullback at some arguments, which need not all have a derivative."""
    value, run = pull_back(function, primals)
    return make_pullback(getattr(function, "__name__", "the function"), value, run, primals, has_aux=False)


def make_pullback(
    name: str, value: Any, run: Run, primals: Sequence[Any], *, has_aux: bool
) -> Callable[[Any], tuple[Any, ...]]:
    """The function that ``vjp`` returns: checks the cotangent, and gives the primals' structure to the result."""

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        if not being_recorded():
            cotangent = fitted_cotangent(cotangent, value, name)
        try:
            parts = run((cotangent, None) if has_aux else cotangent)
        except Exception as error:
            annotate(error)
            raise
        if being_recorded():
            return tuple(parts)
        results = [conform(part, primal) for part, primal in zip(parts, primals, strict=True)]
        for k, part in enumerate(results):
            if isinstance(part, np.ndarray) and (
                part is cotangent or any(part is other for other in results[:k])
            ):
                results[k] = part.copy()
        return tuple(results)

    return pullback
