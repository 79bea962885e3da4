"""What the table knows about one function: its kind, its signature and how its derivatives follow.

A `Rule` is built from the Python functions that the decorators of `kinds` were put on. Nothing is parsed
until somebody asks for a derivative, so a table of hundreds of rules costs nothing to import.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

import gast
import numpy as np

from srcgrad.errors import RuleParameterError
from srcgrad.rules import parameters, text
from srcgrad.rules.derivative import Derivative, Pullback, Tangent, Update, compile_function
from srcgrad.rules.helpers import project, safe_product
from srcgrad.rules.parameters import keywords_of, signature_of

__all__ = ["Derivative", "Kind", "Pullback", "Rule", "Sources", "Tangent", "Update", "compile_function"]


class Kind(enum.Enum):
    """How the derivatives of a rule follow from what its author wrote."""

    ELEMENTWISE = "elementwise"  #: partials, one per argument
    LINEAR = "linear"  #: transposes; linear in all the arguments together
    MULTILINEAR = "multilinear"  #: transposes; linear in each argument with the others held
    GENERAL = "general"  #: a pullback and a tangent, each written out
    COMPOSITE = "composite"  #: a Python function in terms of other functions
    UPDATE = "update"  #: writes into an argument
    NONDIFF = "nondiff"  #: derivative zero, or no numbers at all


@dataclass(eq=False)
class Sources:
    """The Python functions that a rule's author wrote."""

    main: Callable[..., Any] | None = None
    jvp: Callable[..., Any] | None = None
    into: dict[str, Callable[..., Any]] = field(default_factory=dict)


class _Lazy(Mapping[str, Any]):
    """Derivatives by parameter name, built when asked for."""

    def __init__(self, names: tuple[str, ...], build: Callable[[str], Any]) -> None:
        self._names, self._build, self._made = names, build, {}  # type: ignore[var-annotated]

    def __getitem__(self, parameter: str) -> Any:
        if parameter not in self._made:
            if parameter not in self._names:
                raise KeyError(parameter)
            self._made[parameter] = self._build(parameter)
        return self._made[parameter]

    def __iter__(self) -> Any:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(eq=False)
class Rule:
    """All that is known about differentiating one function.

    Attributes
    ----------
    op : callable
        The function itself.
    name : str
        Dotted public name, such as ``numpy.multiply``.
    kind : Kind
    differentiable : tuple of str
        Parameters that can carry a derivative.
    view : bool
        Whether the result may share memory with the first argument.
    broadcasts : bool
        Whether arguments of a linear or general rule are broadcast against each other.
    turns_complex : bool
        Whether the result may be complex although the arguments are real. The text for real arguments is then
        that for complex ones.
    sequences : frozenset of str
        Differentiable parameters that are sequences of arrays: their cotangent is a list, theirs tangent too.
    outputs : int
        Number of outputs; above one, ``ans`` and ``g`` are tuples and entries of ``g`` may be None.
    nan_safe : bool
        Whether the product of a cotangent of 0 with a partial is 0, whatever the partial.
    exact : bool
        Whether the body of a composite gives bit for bit what the function gives.
    scalar : Rule or None
        The rule to use instead when every argument is a Python number.
    by_arity : dict
        Rules to use instead for calls with so many positional arguments.
    """

    op: Any
    name: str
    kind: Kind
    differentiable: tuple[str, ...] = ()
    view: bool = False
    broadcasts: bool = False
    turns_complex: bool = False
    sequences: frozenset[str] = frozenset()
    outputs: int = 1
    exact: bool = False
    mutated: str | None = None
    nan_safe: bool = False
    sources: Sources = field(default_factory=Sources)
    scalar: Rule | None = None
    by_arity: dict[int, Rule] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Rule {self.name} {self.kind.value}>"

    # --- signature ---

    @cached_property
    def _own(self) -> inspect.Signature:
        if self.sources.main is None:
            return signature_of(self.op)
        return inspect.signature(self.sources.main)

    @cached_property
    def signature(self) -> inspect.Signature:
        """The primal's own parameters: those of the rule without the reserved names."""
        parameters = list(self._own.parameters.values())
        # a composite reads nothing else; the spacing of samples is called dx
        composite = self.kind is Kind.COMPOSITE
        reserved = set() if composite else {"ans", "g", *("d" + p.name for p in parameters)}
        kept = [p for p in parameters if not (p.kind is p.KEYWORD_ONLY and p.name in reserved)]
        return inspect.Signature(kept)

    @cached_property
    def variadic(self) -> str | None:
        """Name of the ``*args`` parameter, if the rule has one."""
        found = [p.name for p in self.signature.parameters.values() if p.kind is p.VAR_POSITIONAL]
        return found[0] if found else None

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """Arguments by parameter name, defaults filled in.

        Raises
        ------
        RuleParameterError
            If the call has a parameter that the rule does not take, or lacks one it needs.
        """
        if "where" in kwargs and isinstance(self.op, np.ufunc):
            raise RuleParameterError(
                f"{self.name} with where= but without out= leaves the other elements unset",
                way_out="give out= as well, or choose with np.where.",
            )
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise RuleParameterError(
                f"the rule of {self.name} does not take this call: {error}",
                way_out=f"it takes {self.name}{self.signature}",
            ) from None
        bound.apply_defaults()
        if bound.arguments.get("out") is not None and "out" in self.signature.parameters:
            raise RuleParameterError(
                f"the rule of {self.name} does not take out=",
                way_out="assign the result instead: out[...] = ...",
            )
        return bound

    @cached_property
    def constants(self) -> frozenset[str]:
        """Parameters for which the rule has no derivative although one may exist."""
        return parameters.constants_of(self)

    def without_defaults(self, kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keyword arguments without those that the rule does not take but that say what holds anyway."""
        return parameters.without_defaults(self, kwargs)

    def unknown_for(self, parameter: str) -> RuleParameterError:
        """The error for an argument that carries a derivative which the rule does not know."""
        return RuleParameterError(
            f"the derivative of {self.name} for {parameter}= is not known",
            way_out=f"keep {parameter} constant, or register a rule of your own (srcgrad.rule).",
        )

    @cached_property
    def namespace(self) -> dict[str, Any]:
        """Globals of the rule's text, NumPy among them: conjugates are spelled ``np.conj``."""
        main = self.sources.main
        if main is None:
            return {}
        cells = zip(main.__code__.co_freevars, main.__closure__ or (), strict=True)
        known = {"np": np, "safe_product": safe_product}
        return {**known, **main.__globals__, **{name: cell.cell_contents for name, cell in cells}}

    @property
    def composite(self) -> Callable[..., Any] | None:
        """The function to differentiate through, for a composite."""
        return self.sources.main if self.kind is Kind.COMPOSITE else None

    def reads(self, parameter: str) -> bool:
        """Whether the text of the rule mentions a parameter."""
        return parameter in self._mentioned

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        names = (
            node.id for part in self._tree.body for node in gast.walk(part) if isinstance(node, gast.Name)
        )
        return frozenset(names)

    # --- derivatives ---

    @cached_property
    def _tree(self) -> gast.FunctionDef:
        assert self.sources.main is not None
        return text.function_tree(self.sources.main)

    @cached_property
    def _body(self) -> tuple[list[gast.stmt], list[Any]]:
        """Set-up statements, and one result expression per differentiable parameter."""
        return _parts(self._tree, len(self.differentiable), self.name)

    @property
    def _takes_g(self) -> bool:
        return "g" in self._own.parameters

    @cached_property
    def pullbacks(self) -> Mapping[str, Pullback]:
        """Pullback of each differentiable parameter."""
        if self.kind in (Kind.COMPOSITE, Kind.UPDATE, Kind.NONDIFF):
            return {}
        return _Lazy(self.differentiable, self._pullback)

    def _pullback(self, parameter: str) -> Pullback:
        setup, results = self._body
        value = results[self.differentiable.index(parameter)]
        if self.kind is Kind.ELEMENTWISE and not self._takes_g:
            value = self._times(text.name("g"), value, conj=_conjugated)
        statements = text.used_statements(setup, value)
        projected = self.kind is not Kind.ELEMENTWISE and _ends_in_projection(value, self.namespace)
        projected = projected or (self.kind in (Kind.LINEAR, Kind.GENERAL) and not self.broadcasts)
        projected = projected or (self.kind is Kind.ELEMENTWISE and len(self.signature.parameters) == 1)
        return Pullback(self, parameter, statements, value, projected)

    def _times(self, g: gast.expr, partial: gast.expr, conj: Any = None) -> gast.expr:
        """The product of a cotangent or tangent and a partial."""
        if not self.nan_safe or isinstance(partial, gast.Constant):
            return text.times(g, partial, conj=conj)
        return text.call("safe_product", g, partial if conj is None else conj(partial))

    @cached_property
    def tangents(self) -> Mapping[str, Tangent]:
        """Tangent term of each differentiable parameter."""
        if self.kind in (Kind.COMPOSITE, Kind.UPDATE, Kind.NONDIFF) or not self.has_tangent:
            return {}
        return _Lazy(self.differentiable, lambda parameter: self.tangent((parameter,)))

    @property
    def has_tangent(self) -> bool:
        """Whether forward mode follows from the rule."""
        return self.kind is not Kind.GENERAL or self.sources.jvp is not None

    def tangent(self, active: Sequence[str]) -> Tangent:
        """Tangent of the output when just these parameters have one (``d<name>`` in the text)."""
        given = tuple("d" + parameter for parameter in active)
        label = "_".join(active)
        if self.sources.jvp is not None:
            tree = text.function_tree(self.sources.jvp)
            setup, results = text.split_result(tree)
            inactive = {"d" + p: self._no_tangent(p) for p in self.differentiable if p not in active}
            value = text.renamed(results, inactive)
            setup = [text.renamed(statement, inactive) for statement in setup]
            return Tangent(self, label, text.used_statements(setup, value), value, True, given)
        if self.kind is Kind.ELEMENTWISE:
            return self._elementwise_tangent(active, given, label)
        if self.kind is Kind.LINEAR:
            table = {p: "d" + p if p in active else self._no_tangent(p) for p in self.differentiable}
            return Tangent(self, label, [], self._op_call(table), True, given)
        if self.kind is Kind.MULTILINEAR:
            terms = [self._op_call({p: "d" + p}) for p in active]
            return Tangent(self, label, [], _sum(terms), True, given)
        raise RuleParameterError(f"the rule of {self.name} has no forward mode")

    def _no_tangent(self, parameter: str) -> gast.expr:
        """What stands for the tangent of an argument that has none."""
        return text.call_source(f"[0.0] * len({parameter})" if parameter in self.sequences else "0.0")

    def _elementwise_tangent(self, active: Sequence[str], given: tuple[str, ...], label: str) -> Tangent:
        setup, results = self._body
        terms = []
        for parameter in active:
            partial = results[self.differentiable.index(parameter)]
            if self._takes_g:
                terms.append(text.renamed(partial, {"g": "d" + parameter}))
            else:
                terms.append(self._times(text.name("d" + parameter), partial))
        value = _sum(terms)
        return Tangent(self, label, text.used_statements(setup, value), value, True, given)

    def _op_call(self, table: Mapping[str, Any]) -> gast.expr:
        """A call of the primal with some arguments replaced."""
        positional: list[gast.expr] = []
        keywords: list[gast.keyword] = []
        starred = False
        known = keywords_of(self.op)
        for parameter in self.signature.parameters.values():
            if parameter.name == "out":
                continue
            value = text.renamed(
                text.name(parameter.name), {k: v for k, v in table.items() if k == parameter.name}
            )
            if parameter.kind is parameter.VAR_POSITIONAL:
                positional.append(gast.Starred(value=value, ctx=gast.Load()))
                starred = True
            elif parameter.kind is parameter.KEYWORD_ONLY or (
                parameter.default is not parameter.empty
                and parameter.kind is not parameter.POSITIONAL_ONLY
                and not starred
            ):
                # what the installed version does not take has its default here
                if known is not None and parameter.name not in known:
                    continue
                keywords.append(gast.keyword(arg=parameter.name, value=value))
            else:
                positional.append(value)
        return gast.Call(func=text.call_source(self.op_source), args=positional, keywords=keywords)

    @property
    def op_source(self) -> str:
        """How the rule's text spells the primal."""
        plain = self.name.rpartition(".")[2]
        if self.namespace.get(plain) is self.op:
            return plain
        for name, value in self.namespace.items():
            if isinstance(value, ModuleType) and value is not np and vars(value).get(plain) is self.op:
                return f"{name}.{plain}"
        if self.name.startswith("numpy."):
            return "np." + self.name.removeprefix("numpy.")
        return self.name.removeprefix("builtins.")

    def jvp(self, arguments: Mapping[str, Any], tangents: Mapping[str, Any], ans: Any = None) -> Any:
        """Tangent of the output, given arguments and tangents by parameter name."""
        tangent = self.tangent(tuple(p for p in self.differentiable if p in tangents))
        values = {**arguments, "ans": ans, **{"d" + p: t for p, t in tangents.items()}}
        return tangent(**values)

    @cached_property
    def update(self) -> Update | None:
        """Adjoint of a function that writes into its argument."""
        if self.kind is not Kind.UPDATE:
            return None
        assert self.mutated is not None
        setup, results = _parts(self._tree, len(self.differentiable), self.name)
        trees = [*setup, *results]
        possible = {*self.signature.parameters, "ans"}
        names = set().union(*(text.names_read(tree) for tree in trees)) & possible
        reads = text.value_reads(trees, self.namespace) & names
        tangent = None
        if self.sources.jvp is not None:
            tangent = list(text.function_tree(self.sources.jvp).body)
        elif self.has_linear_update:
            table = {p: "d" + p for p in (self.mutated, *self.differentiable)}
            tangent = [gast.Expr(value=self._op_call(table))]
        return Update(
            self,
            self.mutated,
            self.differentiable,
            setup,
            results,
            tangent,
            frozenset(reads),
            frozenset(names - reads),
        )

    has_linear_update: bool = True


def _parts(tree: gast.FunctionDef, count: int, label: str) -> tuple[list[gast.stmt], list[Any]]:
    setup, result = text.split_result(tree)
    if result is None:
        results = []
    elif count == 1:
        results = [result]
    elif isinstance(result, gast.Tuple):
        results = list(result.elts)
    else:
        results = [result]
    if len(results) != count:
        raise TypeError(f"the rule of {label} returns {len(results)} derivatives for {count} parameters")
    return setup, results


def _sum(terms: Sequence[gast.expr]) -> gast.expr:
    total = terms[0]
    for term in terms[1:]:
        if isinstance(term, gast.UnaryOp) and isinstance(term.op, gast.USub):
            total = gast.BinOp(left=total, op=gast.Sub(), right=term.operand)
        else:
            total = gast.BinOp(left=total, op=gast.Add(), right=term)
    return total


def _conjugated(node: gast.expr) -> gast.expr:
    return text.call("np.conj", node)


def _ends_in_projection(value: Any, namespace: Mapping[str, Any]) -> bool:
    return isinstance(value, gast.Call) and text.resolve(value.func, namespace) is project
