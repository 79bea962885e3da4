"""Loops for a gradient, run as Python: what lowering does, without the time that compiling takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.transform.loops.inline import inlined
from srcgrad.transform.loops.lower import leaves, lower
from srcgrad.transform.loops.machine import rebuilt
from srcgrad.transform.loops.program import module_of
from srcgrad.transform.loops.unroll import unrolled
from srcgrad.transform.pipeline import Compiled
from srcgrad.transform.unparse import unparse


def as_loops(compiled: Compiled, arguments: Sequence[Any]) -> tuple[str, Callable[[], Any]]:
    """The lowered code for these arguments, as text and as a call with them.

    Raises ``Refused`` where there is none.
    """
    module = module_of(compiled)
    defaults = compiled.function.__defaults__ or ()
    count = compiled.function.__code__.co_argcount
    missing = count - len(arguments)
    values = [
        *arguments,
        *(defaults[-missing:] if missing > 0 else ()),
        *(item.read() for item in module.data),
    ]
    made = lower(unrolled(inlined(module.functions), values), module.names, values)
    text, _ = unparse(made.function)
    scope = dict(made.names)
    exec(text, scope)

    def run() -> Any:
        with np.errstate(all="ignore"):
            found = scope[made.function.name](*(leaf for value in values for leaf in leaves(value)))
        return found if made.result is None else rebuilt(found, made.result)

    return text, run
