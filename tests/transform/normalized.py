"""Running what `normalize` returns, beside the function that it was given."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from srcgrad.transform.emit import emit
from srcgrad.transform.lowering.scopes import parameters
from srcgrad.transform.normalize import HELPERS, Core, normalize
from srcgrad.transform.source import read_source
from srcgrad.transform.unparse import unparse
from tests.transform.check_core import check_core


def core_of(
    function: Callable[..., Any],
    active: set[str] | None = None,
    classes: Mapping[str, type] | None = None,
) -> Core:
    """The checked core of a function; all parameters are active unless told otherwise."""
    source = read_source(function)
    if active is None:
        active = {parameter.id for parameter in parameters(source.tree.args)}
    core = normalize(source, frozenset(active), classes)
    check_core(core)
    return core


def text_of(function: Callable[..., Any], active: set[str] | None = None, **options: Any) -> str:
    """The body of the core as text."""
    return unparse(core_of(function, active, **options).function.body)[0]


def runnable(function: Callable[..., Any], core: Core) -> Callable[..., Any]:
    """The core as a function with the defaults of the original."""
    source = read_source(function)
    namespace = {**HELPERS, **source.namespace}
    compiled = emit(core.function, namespace, core.function.name, hint=core.function.name).function
    compiled.__defaults__ = source.function.__defaults__
    compiled.__kwdefaults__ = source.function.__kwdefaults__
    return compiled


def outcome(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What a call returns or raises, and what it leaves in its arguments."""
    args, kwargs = copy.deepcopy((args, dict(kwargs)))
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        return type(error), args
    return result, args


def same(a: Any, b: Any) -> bool:
    """Equality of values of all kinds, rounding in sums aside (`sum` compensates since 3.12)."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        if type(a) is not type(b) or a.shape != b.shape or a.dtype != b.dtype:
            return False
        if a.dtype == object:
            return all(map(same, a.flat, b.flat))
        return bool(np.allclose(a, b, rtol=1e-13, atol=0.0, equal_nan=True))
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (float, complex, np.number)):
        return type(a) is type(b) and bool(np.allclose(a, b, rtol=1e-13, atol=0.0, equal_nan=True))
    if hasattr(a, "__dict__") and not callable(a):
        return type(a) is type(b) and same(vars(a), vars(b))
    return type(a) is type(b) and (bool(a == b) or callable(a))


def assert_equivalent(
    function: Callable[..., Any],
    *calls: tuple[Any, ...],
    active: set[str] | None = None,
    classes: Mapping[str, type] | None = None,
    **kwargs: Any,
) -> Core:
    """The core of a function does what the function does, for each of some argument lists."""
    core = core_of(function, active, classes)
    compiled = runnable(function, core)
    for args in calls:
        expected, found = outcome(function, args, kwargs), outcome(compiled, args, kwargs)
        assert same(expected, found), f"{args}: {expected} != {found}\n{unparse(core.function)[0]}"
    return core
