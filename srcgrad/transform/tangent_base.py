"""What all parts of the forward transform share: which names have a tangent, and how a statement gets its tangent code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import gast

from srcgrad.runtime.sweeps import shadow_of
from srcgrad.runtime.tangents import zero_columns
from srcgrad.transform import builders as b
from srcgrad.transform.facts import Facts, RuleCall
from srcgrad.transform.function_context import FunctionContext
from srcgrad.transform.names import Names
from srcgrad.transform.refused import Refused
from srcgrad.transform.tangent_calls import TangentCalls
from srcgrad.transform.tangent_values import Dot, TangentStatement
from srcgrad.transform.types import Array, Value, carries_derivative, is_container, is_number


@dataclass
class Paths:
    """What is known where control is: names that have a tangent, what names hold, which may be unbound.

    ``untracked`` names have a tangent that nobody was thought to ask for.
    """

    dotted: set[str]
    env: dict[str, tuple[Value, ...]]
    unsure: set[str]
    untracked: set[str]

    @staticmethod
    def join(paths: list[Paths]) -> Paths:
        """What is known where paths meet; nothing if there are none, since control does not get there."""
        env: dict[str, tuple[Value, ...]] = {}
        for path in paths:
            for name, held in path.env.items():
                env[name] = tuple(dict.fromkeys((*env.get(name, ()), *held)))
        partly = {name for name in env if any(name not in path.env for path in paths)}
        return Paths(
            set().union(*(path.dotted for path in paths)),
            env,
            partly.union(*(path.unsure for path in paths)),
            set().union(*(path.untracked for path in paths)),
        )


class TangentBase(FunctionContext):
    """One function that tangent code is written for."""

    def __init__(self, facts: Facts, names: Names, calls: TangentCalls) -> None:
        super().__init__(facts, names)
        self.calls = calls
        self.columns = names.fresh("columns") if calls.columns else None
        self.env: dict[str, tuple[Value, ...]] = {name: (value,) for name, value in facts.parameters.items()}
        self.dotted: set[str] = set()
        self.unsure: set[str] = set()
        self.untracked: set[str] = set()
        self.exits: list[Paths] = []
        self.targets: set[str] = set()
        self._dots: dict[str, str] = {}

    def paths(self) -> Paths:
        """What is known here."""
        return Paths(set(self.dotted), dict(self.env), set(self.unsure), set(self.untracked))

    def follow(self, paths: Paths) -> None:
        """Go on from there."""
        self.dotted, self.env = set(paths.dotted), dict(paths.env)
        self.unsure, self.untracked = set(paths.unsure), set(paths.untracked)

    def changes_after(self, value: Value) -> bool:
        """Tangents are computed at once: what is changed later does not matter."""
        return False

    # --- the tangents of names ------------------------------------------------------------------

    def dot(self, name: str) -> str:
        """The variable of the tangent of ``name``."""
        if name not in self._dots:
            self._dots[name] = self.names.fresh(f"{name}_dot")
        return self._dots[name]

    def name_dot(self, name: str, dot: str) -> None:
        """Fix the name of a tangent."""
        self._dots[name] = dot

    def named(self) -> dict[str, str]:
        """Variables with the variables of their tangents."""
        return dict(self._dots)

    def dot_of(self, node: gast.Name) -> Dot | None:
        """The tangent that a name has at this point, None for zero."""
        name, value = node.id, self.facts.value(node)
        if name not in self.dotted:
            memory = is_container(value.type) or value.written
            if name in self.untracked or (memory and not self.activity.shadowed(value)):
                raise Refused(node, "a tangent that did not seem to be of use")
        return Dot(b.name(self.dot(name))) if name in self.dotted else None

    def zero(self, name: str, *held: Value) -> gast.stmt:
        """``x_dot = 0``, in the shape of ``x``, which holds one of these."""
        return b.assign(self.dot(name), self.zero_of(name, held))

    def zero_of(self, name: str, held: Iterable[Value]) -> gast.expr:
        """The tangent that is zero of what a name holds."""
        numbers = all(is_number(value.type) for value in held)
        if self.columns is not None:
            if numbers:
                return b.call("np__.zeros", self.columns)
            return b.call(self.global_name("zero_columns", zero_columns), name, self.columns)
        if numbers:
            return b.constant(0.0)
        if all(isinstance(value.type, Array) for value in held):
            return b.call("np__.zeros_like", name)
        return b.call(self.global_name("shadow_of", shadow_of), name)

    def bound(self, name: str, value: Value, node: gast.stmt) -> bool:
        """Note what a name holds from here on; True if its tangent is wanted."""
        self.env[name] = (value,)
        self.dotted.discard(name)
        self.unsure.discard(name)
        self.untracked.discard(name)
        wanted = self.wants(name, value, node)
        if not wanted and carries_derivative(value):
            self.untracked.add(name)
        return wanted

    def wants(self, name: str, value: Value, node: gast.stmt) -> bool:
        """True if the tangent of what a statement assigns to a name is of use."""
        if self.activity.shadowed(value):
            return True
        return self.activity.valued(value) and name in self.activity.after[id(node)]

    def finished(
        self, statement: TangentStatement, node: gast.stmt, tangents: list[gast.stmt]
    ) -> list[gast.stmt]:
        """A statement with its tangent code: before it, or after it if the tangent reads the result."""
        *temporaries, primal = statement.forward(node)
        code = [*statement.out, *tangents]
        read = {n.id for c in code for n in b.walk(c) if isinstance(n, gast.Name) and _is_read(n)}
        if statement.target in read and statement.target not in set(b.names_in(_read_part(node))):
            made = [*temporaries, primal, *code]
        else:
            made = [*temporaries, *code, primal]
        return [b.located(s, node) for s in (*made, *statement.later)]

    def is_alias(self, source: gast.expr, value: Value) -> bool:
        """True for an expression that names existing memory or a part of it."""
        match source:
            case gast.Name():
                return True
            case gast.Subscript() | gast.Attribute():
                owner = self.facts.value(source.value)
                return is_container(owner.type) or owner.home is value.home
            case gast.Call():
                fact = self.facts.calls.get(id(source))
                if isinstance(fact, RuleCall):
                    return fact.rule.view
                return fact is not None
        return False


def _is_read(node: gast.Name) -> bool:
    return isinstance(node.ctx, gast.Load)


def _read_part(node: gast.stmt) -> gast.AST:
    return node.value if isinstance(node, gast.Assign) else node
