"""From a target and its inputs on the command line to the derivative that is meant, or a report of it."""

from __future__ import annotations

import argparse
import contextlib
import inspect
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from srcgrad.errors import ArgumentError
from srcgrad.inspection.arguments import Example, example_arguments
from srcgrad.inspection.report import Report
from srcgrad.inspection.targets import Target, load_target

__all__ = ["Call", "call_of", "note_guesses", "report_of"]


@dataclass(frozen=True)
class Call:
    """A derivative, and the arguments of a call of it.

    Attributes
    ----------
    gradient
        What `srcgrad.grad` makes.
    wrt
        Names of the parameters differentiated; empty if the target itself is a gradient.
    """

    target: Target
    examples: Sequence[Example]
    gradient: Any
    wrt: tuple[str, ...]

    @property
    def positional(self) -> list[Any]:
        """Arguments passed by position."""
        return [e.value for e in self.examples if e.kind is not inspect.Parameter.KEYWORD_ONLY]

    @property
    def named(self) -> dict[str, Any]:
        """Arguments passed by name."""
        return {e.name: e.value for e in self.examples if e.kind is inspect.Parameter.KEYWORD_ONLY}


def call_of(options: argparse.Namespace) -> Call:
    """The derivative and its arguments; guesses are noted on the error output."""
    target = load_target(options.target)
    examples = example_arguments(target, options.arg, options.inputs)
    if not options.json:
        note_guesses(examples)
    gradient, wrt = _differentiated(target, examples, options)
    return Call(target, examples, gradient, tuple(wrt))


def report_of(options: argparse.Namespace, *, measure: bool) -> Report:
    """A report of the derivative; what the program prints goes to the error output."""
    from srcgrad.inspection.gather import inspect as look

    call = call_of(options)
    with contextlib.redirect_stdout(sys.stderr):
        return look(
            call.gradient,
            *call.positional,
            mode=options.mode,
            measure=measure,
            jit=getattr(options, "jit", False),
            **call.named,
        )


def note_guesses(examples: Sequence[Example]) -> None:
    """Say what was assumed."""
    for example in examples:
        if example.note:
            print(
                f"note: {example.name}: {example.note}; to change that: --arg {example.name}=...",
                file=sys.stderr,
            )


def _differentiated(
    target: Target, examples: Sequence[Example], options: argparse.Namespace
) -> tuple[Any, list[str]]:
    """The differentiated function and the names it is differentiated by."""
    import srcgrad

    if hasattr(target.function, "primal") and hasattr(target.function, "source"):
        # Already made by srcgrad, perhaps as a decorator: show what it is.
        return target.function, []
    names = [example.name for example in examples]
    first = 1 if target.owner is not None else 0
    wrt = [part.strip() for part in options.wrt.split(",")] if options.wrt else names[first : first + 1]
    if not wrt:
        raise ArgumentError(f"{target.text} has no parameter to differentiate by")
    if unknown := [name for name in wrt if name not in names]:
        raise ArgumentError(
            f"{target.text} has no parameter {unknown[0]!r}",
            way_out=f"its parameters are: {', '.join(names)}.",
        )
    positions = tuple(names.index(name) for name in wrt)
    transform: Any = srcgrad.value_and_grad if getattr(options, "value", False) else srcgrad.grad
    return transform(target.function, argnums=positions if len(positions) > 1 else positions[0]), wrt
