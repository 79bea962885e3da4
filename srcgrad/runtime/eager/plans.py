"""Backward functions compiled from the rule table, one per operation and set of wanted inputs.

A `Plan` belongs to an operation and the form of a call (so many positional arguments, these keywords).
A *request* says which of its arguments want gradients; for each there is a `Compiled` variant, whose
``run(g, saved)`` is one function made of the rules' own statements, called with exactly what they read.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.errors import MissingRuleError
from srcgrad.rules import Kind, rule_for
from srcgrad.runtime.eager.folding import folded
from srcgrad.runtime.eager.graph import Variant
from srcgrad.runtime.eager.quick import QUICK, broadcast_to

__all__ = ["Compiled", "Plan", "plan_for", "stand_in", "titles"]

# A request: for each wanted parameter its name and True, or which items of a sequence are wanted.
Request = tuple[tuple[str, "bool | tuple[bool, ...]"], ...]

# What nodes of an operation are called, where that is not its own name.
titles: dict[Any, str] = {}

_plans: dict[tuple[Any, int, tuple[str, ...]], Plan] = {}


class Compiled(Variant):
    """A variant and what its nodes save.

    Attributes
    ----------
    saves : tuple of (name, by value)
        Parameters, or ``ans``; those not by value are only asked for shape and dtype.
    text : str
        The backward function's source.
    """

    __slots__ = ("saves", "text")

    saves: tuple[tuple[str, bool], ...]
    text: str


class Plan:
    """How calls of one form are recorded.

    Parameters
    ----------
    op : callable
        The operation.
    count : int
        Number of positional arguments.
    keywords : tuple of str
        Names of the keyword arguments.
    """

    __slots__ = (
        "_variants",
        "composite",
        "defaults",
        "differentiable",
        "keywords",
        "name",
        "names",
        "rule",
        "takes_out",
        "variadic",
    )

    def __init__(self, op: Any, count: int, keywords: tuple[str, ...]) -> None:
        rule = rule_for(op)
        if rule is None:
            name = getattr(op, "__name__", repr(op))
            raise MissingRuleError(f"{name} has no derivative rule")
        rule = rule.by_arity.get(count, rule)
        self.rule = rule
        self.name = str(titles.get(op) or getattr(op, "__name__", rule.name))
        self.composite: Callable[..., Any] | None = rule.composite
        self.differentiable = frozenset(rule.differentiable)
        # Raises for parameters that the rule does not take; the values do not matter.
        bound = rule.bind((None,) * count, dict.fromkeys(keywords))
        parameters = rule.signature.parameters
        self.variadic: str | None = None
        names: list[str] = []
        for name, parameter in parameters.items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                self.variadic = name
                break
            if parameter.kind is not parameter.KEYWORD_ONLY and len(names) < count and name not in keywords:
                names.append(name)
        self.names = tuple(names)
        self.keywords = frozenset(keywords)
        self.takes_out = "out" in bound.arguments
        self.defaults = {n: p.default for n, p in parameters.items() if p.default is not p.empty}
        self._variants: dict[Any, Compiled] = {}

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Values by parameter name."""
        values = dict(zip(self.names, args, strict=False))
        if self.variadic is not None:
            values[self.variadic] = args[len(self.names) :]
        values.update(kwargs)
        return values

    def variant(
        self, request: Request, aligned: bool, conj: bool = False, ranks: tuple[tuple[str, int], ...] = ()
    ) -> Compiled:
        """The backward function for the wanted arguments.

        Parameters
        ----------
        request : tuple
            Which arguments want a gradient.
        aligned : bool
            All of them have the result's shape and dtype, so nothing is to be projected.
        conj : bool
            Complex numbers occur: the text with the conjugates.
        ranks : tuple of (name, number of axes)
            Of real arrays, where the text may be made for these alone.
        """
        key = request, aligned, conj, ranks
        found = self._variants.get(key)
        if found is None:
            found = self._variants[key] = _compile(self, request, aligned, conj, dict(ranks))
        return found


def plan_for(op: Any, count: int, keywords: tuple[str, ...] = ()) -> Plan:
    """The plan of an operation and a form of call, made once."""
    key = (op, count, keywords)
    found = _plans.get(key)
    if found is None:
        found = _plans[key] = Plan(op, count, keywords)
    return found


def _compile(plan: Plan, request: Request, aligned: bool, conj: bool, ranks: dict[str, int]) -> Compiled:
    rule = plan.rule
    lines: list[str] = []
    results: list[str] = []
    by_value: set[str] = set()
    namespace: dict[str, Any] = {}
    seen: set[str] = set()
    project = False
    for name, wanted in request:
        pullback = rule.pullbacks[name]
        namespace.update(pullback.namespace)
        by_value |= pullback.reads
        if rule.kind is Kind.LINEAR:
            # The transpose of a linear map does not depend on where it is taken.
            by_value -= set(rule.differentiable)
        value = pullback.complex_value if conj else pullback.value
        statements = pullback.complex_statements if conj else pullback.statements
        for statement in statements:
            text = _text(statement)
            if text not in seen:
                seen.add(text)
                lines.extend(text.splitlines())
        text = _text(value)
        if isinstance(wanted, tuple):
            # The cotangent of a sequence is a sequence.
            lines.append(f"{name}_bar = {text}")
            for k, item in enumerate(wanted):
                if item:
                    results.append(f"{name}_bar[{k}]")
        elif aligned or (pullback.projected and not conj and rule.outputs == 1):
            results.append(text)
        else:
            project = True
            results.append(f"project({text}, {name})")
    if project and "project" not in namespace:
        from srcgrad.rules.helpers import project as helper

        namespace["project"] = helper
    lines.append(f"result_ = ({', '.join(results)},)")
    absent = {n: v for n, v in plan.defaults.items() if n not in plan.names and n not in plan.keywords}
    lines = folded("\n".join(lines), absent, ranks)
    lines[-1] = lines[-1].replace("result_ =", "return", 1)
    mentioned = {part.id for part in ast.walk(ast.parse("\n".join(lines[:-1]))) if isinstance(part, ast.Name)}
    mentioned |= {part.id for part in ast.walk(ast.parse(lines[-1][7:])) if isinstance(part, ast.Name)}
    names = [name for name in [*rule.signature.parameters, "ans"] if name in mentioned]
    if names:
        lines.insert(0, f"{', '.join(names)}, = saved")
    title = "".join(c if c.isalnum() else "_" for c in plan.name)
    text = f"def {title}_backward(g, saved):\n" + "".join(f"    {line}\n" for line in lines)
    from srcgrad.runtime.eager.plain import dispatching

    recorded = {key: dispatching(value) for key, value in namespace.items()}
    exec(compile(text, f"<srcgrad eager {rule.name}>", "exec"), recorded)
    quick = text.replace("np.broadcast_to(", "broadcast_to(").replace("np.sum(", "total(")
    for name, rank in ranks.items():
        if rank == 2:
            quick = quick.replace(f"adjoint({name})", f"{name}.T")
    namespace.update({**QUICK, "broadcast_to": broadcast_to})
    exec(compile(quick, f"<srcgrad eager {rule.name}>", "exec"), namespace)
    compiled = Compiled(
        plan.name,
        namespace[f"{title}_backward"],
        _sources(names, by_value, request, rule),
        recorded[f"{title}_backward"],
    )
    compiled.saves = tuple((name, name in by_value) for name in names)
    compiled.text = text
    return compiled


def _sources(names: list[str], by_value: set[str], request: Request, rule: Any) -> tuple[Any, ...]:
    edge = 0
    several = {rule.variadic, *rule.sequences}
    came: dict[str, Any] = {name: -2 for name in names if name not in several}
    came["ans"] = -1
    for name, wanted in request:
        if isinstance(wanted, tuple):
            places: list[int] = []
            for item in wanted:
                places.append(edge if item else -2)
                edge += int(item)
            came[name] = tuple(places)
        else:
            came[name] = edge
            edge += 1
    found = tuple(came.get(name) if name in by_value else None for name in names)
    return found if any(source is not None for source in found) else ()


def _text(node: Any) -> str:
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(node)))


_memory = bytes(16)


def stand_in(array: Any) -> Any:
    """An array of the same shape and dtype that holds no memory (small ones are kept as they are)."""
    if type(array) is not np.ndarray or array.nbytes <= 2048:
        return array
    return np.ndarray(array.shape, array.dtype, _memory, 0, (0,) * array.ndim)
