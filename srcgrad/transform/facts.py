"""What inference finds out about one function, keyed by the nodes of its core program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import gast

from srcgrad.rules import Rule
from srcgrad.runtime.custom import Custom
from srcgrad.transform.normalize import Core
from srcgrad.transform.source import Source
from srcgrad.transform.types import Type, Value

if TYPE_CHECKING:
    from srcgrad.transform.specialize import Specialization


@dataclass(frozen=True)
class RuleCall:
    """A call (or an operator) that the table of rules knows.

    ``arguments`` maps the rule's parameter names to expressions (a list of them for ``*args``);
    parameters left at their defaults are absent.
    """

    rule: Rule
    arguments: Mapping[str, gast.expr | list[gast.expr]]
    method: bool = False


@dataclass(frozen=True)
class UserCall:
    """A call of a user's function that is differentiated as a forward/backward pair."""

    callee: Specialization
    arguments: Mapping[str, gast.expr]


@dataclass(frozen=True)
class CustomCall:
    """A call of a function with a derivative of the user's own; ``arguments`` by position."""

    custom: Custom
    arguments: tuple[gast.expr, ...]


@dataclass(frozen=True)
class SurgeryCall:
    """The place of a block of ``insert_grad_of(variable)``; ``reads`` are what its ``body`` takes besides the adjoint."""

    variable: gast.expr
    body: gast.FunctionDef
    reads: tuple[gast.expr, ...]


@dataclass(frozen=True)
class ContainerCall:
    """``append``, ``pop`` ... on a list that carries derivatives."""

    name: str
    owner: gast.expr


@dataclass(frozen=True)
class SameObject:
    """A call that hands back its argument: ``as_sequence(xs)`` of a list."""

    argument: gast.expr


@dataclass(frozen=True)
class WritingCall:
    """A library call that writes into ``owner``: ``np.add(a, b, out=y)``, ``y.fill(a)``, ``np.add.at(y, index, a)``.

    What is written is the result of ``rule`` for ``arguments``, or else ``value``; with ``index``, it is added there.
    """

    owner: gast.expr
    rule: Rule | None
    arguments: Mapping[str, gast.expr | list[gast.expr]]
    value: gast.expr | None = None
    index: gast.expr | None = None


CallFact = RuleCall | UserCall | CustomCall | SurgeryCall | ContainerCall | SameObject | WritingCall


@dataclass
class Facts:
    """The facts of one specialisation; complete once inference has reached its fixed point.

    ``values`` and ``calls`` are keyed by the ``id`` of a node of ``core``; ``taken`` has the branch of
    each ``if`` that types decide; ``places`` the types of items that are assigned; ``guards``
    operands that are taken to be real numbers or arrays, to be checked at run time; ``unanalysed`` the inactive
    statements of which nothing is known; ``outer`` what the code assumes of each global that it reads.
    """

    source: Source
    core: Core
    parameters: dict[str, Value]
    values: dict[int, Value] = field(default_factory=dict)
    calls: dict[int, CallFact] = field(default_factory=dict)
    taken: dict[int, bool] = field(default_factory=dict)
    result: Value | None = None
    places: dict[int, Type] = field(default_factory=dict)
    guards: set[int] = field(default_factory=set)
    unanalysed: set[int] = field(default_factory=set)
    outer: dict[str, object] = field(default_factory=dict)

    def value(self, node: gast.AST) -> Value:
        """The abstract value of an expression (of a target: just after the assignment)."""
        return self.values[id(node)]

    def reached(self, node: gast.AST) -> bool:
        """False for code that these argument types never run."""
        return id(node) in self.values
