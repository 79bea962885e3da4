"""Calls of user functions in forward mode: one function for each specialisation, which returns value and tangent.

``y = h(x)`` becomes ``y, y_dot = h_jvp(x, x_dot)``. A function that writes into its arguments gets their tangent memory and
writes there as well: ``fill(A)`` becomes ``fill_jvp(A, A_dot)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.calls import passed_arguments
from srcgrad.transform.facts import UserCall
from srcgrad.transform.specialize import Specialization
from srcgrad.transform.types import Inner, carries_derivative


@dataclass(frozen=True)
class TangentFunction:
    """The calling convention of one specialisation.

    Attributes
    ----------
    active
        Parameters that come with a tangent.
    gives_tangent
        Whether the function returns ``(value, tangent)`` or the value alone.
    by_position
        Whether the tangents are positional parameters, after all others.
    result_written
        Whether the result is memory with a tangent of its own.
    columns
        The parameter for the number of tangents, where there are many.
    """

    callee: Specialization
    name: str
    active: tuple[str, ...]
    gives_tangent: bool
    by_position: bool
    result_written: bool
    columns: str = ""


class TangentCalls:
    """The functions that a program needs, by specialisation, in the order in which they were asked for."""

    def __init__(self, *, columns: bool = False) -> None:
        self.columns = columns
        self.functions: dict[int, TangentFunction] = {}
        self.waiting: list[TangentFunction] = []
        self._taken: set[str] = set()

    def function(self, callee: Specialization) -> TangentFunction:
        """The tangent function of a specialisation; a new one is put on the list of those to be generated."""
        found = self.functions.get(id(callee))
        if found is None:
            stem = callee.name if callee.name.isidentifier() else "function"
            number = 1
            while f"{stem}_jvp" in self._taken:
                number += 1
                stem = f"{callee.name}_{number}"
            self._taken.add(f"{stem}_jvp")
            args = callee.core.function.args
            found = TangentFunction(
                callee,
                f"{stem}_jvp",
                tuple(
                    name
                    for name, value in callee.parameters.items()
                    if carries_derivative(value) and not isinstance(value.type, Inner)
                ),
                callee.in_progress or callee.result is None or carries_derivative(callee.result),
                not args.defaults and not args.kwonlyargs,
                callee.result is not None and callee.result.written,
                callee.core.names.copy().fresh("columns"),
            )
            self.functions[id(callee)] = found
            self.waiting.append(found)
        return found

    def passed(
        self,
        fact: UserCall,
        function: TangentFunction,
        dots: Sequence[tuple[str, gast.expr]],
        columns: str | None,
    ) -> tuple[list[gast.expr], list[gast.keyword]]:
        """The arguments of a call with their tangents after them."""
        positional, keywords = passed_arguments(fact)
        if function.by_position and not keywords:
            number = [] if columns is None else [b.name(columns)]
            return [*positional, *(dot for _, dot in dots), *number], []
        extra = [gast.keyword(f"{name}_dot", dot) for name, dot in dots]
        if columns is not None:
            extra.append(gast.keyword(function.columns, b.name(columns)))
        return positional, [*keywords, *extra]
