"""Derivatives of one function as text and as callables: pullbacks, tangents, and adjoints of writes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from srcgrad.origins import publish
from srcgrad.rules import text
from srcgrad.rules.helpers import project, unit

if TYPE_CHECKING:
    from srcgrad.rules.rule import Rule

__all__ = ["Derivative", "Pullback", "Tangent", "Update", "compile_function"]

#: Calls that do nothing to real numbers: left out of the text for real arguments.
REAL_NO_OPS = (np.conj, np.real)
#: Functions that are a simpler one for real numbers.
REAL_FORMS = {unit: "np.sign"}


@dataclass(frozen=True, eq=False)
class Derivative:
    """One derivative of one function: its text, what the text reads, and the same text compiled.

    Attributes
    ----------
    statements, value : list of gast statements, gast expression
        Set-up lines, and the expression that is the derivative, for real arguments.
    complex_statements, complex_value
        The same for complex arguments: ``np.conj`` where the adjoint of a complex factor needs it.
    reads : frozenset of str
        Names whose numbers are read: parameters of the primal, ``ans``. (``g`` and tangents are not listed.)
    metadata : frozenset of str
        Names of which only shape, dtype or number of axes is read.
    namespace : mapping
        What global names in the text mean.
    """

    rule: Rule
    parameter: str
    complex_statements: list[gast.stmt]
    complex_value: Any
    projected: bool = False
    given: tuple[str, ...] = ("g",)

    @property
    def namespace(self) -> dict[str, Any]:
        return self.rule.namespace

    @cached_property
    def statements(self) -> list[gast.stmt]:
        return [self._for_real(statement) for statement in self.complex_statements]

    @cached_property
    def value(self) -> Any:
        return self._for_real(self.complex_value)

    def _for_real(self, tree: Any) -> Any:
        if self.rule.turns_complex:
            return tree
        return text.real_only(tree, self.namespace, REAL_NO_OPS, REAL_FORMS)

    @cached_property
    def _used(self) -> tuple[set[str], set[str]]:
        trees = [*self.complex_statements, self.complex_value]
        possible = {*self.rule.signature.parameters, "ans"}
        names = set().union(*(text.names_read(tree) for tree in trees)) & possible
        return text.value_reads(trees, self.namespace) & names, names

    @cached_property
    def reads(self) -> frozenset[str]:
        return frozenset(self._used[0])

    @cached_property
    def metadata(self) -> frozenset[str]:
        return frozenset(self._used[1] - self._used[0]) | self._wrapper_metadata

    @property
    def _wrapper_metadata(self) -> frozenset[str]:
        return frozenset()

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """Names of the compiled function's positional arguments, in order."""
        needed = self.reads | self.metadata
        return (*self.given, *sorted(needed))

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The text for real arguments, compiled; takes `arguments` by position."""
        return self.compiled(self.namespace)

    @cached_property
    def complex_function(self) -> Callable[..., Any]:
        """The text for complex arguments, compiled; takes `arguments` by position."""
        return self.compiled(self.namespace, complex=True)

    def compiled(self, namespace: Mapping[str, Any], complex: bool = False) -> Callable[..., Any]:
        """The text compiled with global names taken from `namespace`."""
        statements = self.complex_statements if complex else self.statements
        value = self.complex_value if complex else self.value
        label = f"{self.rule.name}_{self.parameter}".replace(".", "_").replace("<", "_").replace(">", "_")
        body = [*statements, gast.Return(value=self._wrapped(value))]
        return compile_function(label, self.arguments, body, {"project": project, **namespace})

    def _wrapped(self, value: Any) -> Any:
        return value

    def __call__(self, **values: Any) -> Any:
        chosen = [values[name] for name in self.arguments]
        if any(_is_complex(value) for value in chosen):
            return self.complex_function(*chosen)
        return self.function(*chosen)


def _is_complex(value: Any) -> bool:
    if type(value) is float:
        return False
    dtype = getattr(value, "dtype", None)
    if dtype is not None:
        return bool(getattr(dtype, "kind", None) == "c" or getattr(dtype, "is_complex", False))
    if isinstance(value, list | tuple):
        return any(_is_complex(item) for item in value)
    return isinstance(value, complex)


def compile_function(
    label: str, arguments: Sequence[str], body: list[gast.stmt], namespace: Mapping[str, Any]
) -> Callable[..., Any]:
    """Compile straight-line statements as a function of the named positional arguments."""
    header = f"def {label}({', '.join(arguments)}):\n    pass\n"
    module = gast.parse(header)
    module.body[0].body = body or [gast.Pass()]
    gast.fix_missing_locations(module)
    # Compiled from text, so that tracebacks through a rule show its lines.
    written = ast.unparse(gast.gast_to_ast(module)) + "\n"
    scope: dict[str, Any] = {}
    filename = publish(f"rule {label}", written)
    exec(compile(written, filename, "exec", dont_inherit=True), dict(namespace), scope)
    result: Callable[..., Any] = scope[label]
    return result


class Pullback(Derivative):
    """The cotangent of one argument, in terms of parameters of the primal, ``ans`` and ``g``.

    Attributes
    ----------
    projected : bool
        True where the text has the shape of the argument whatever is passed. Otherwise it may still have to
        be reduced to that shape with ``project(value, x)``: wherever the primal broadcasts. The compiled
        callables always return a projected cotangent.
    into : tuple of (list of statements, reads) or None
        Statements that add the cotangent to ``d<parameter>`` in place, where that is cheaper.
    """

    @property
    def _wrapper_metadata(self) -> frozenset[str]:
        return frozenset({self.parameter}) - self.reads

    @cached_property
    def raw_arguments(self) -> tuple[str, ...]:
        """Names of the positional arguments of `raw`, in order."""
        return (*self.given, *sorted(self._used[1]))

    @cached_property
    def raw(self) -> Callable[..., Any]:
        """The text for real arguments, compiled as it stands: without `project` around it."""
        label = f"{self.rule.name}_{self.parameter}_raw".replace(".", "_")
        body = [*self.statements, gast.Return(value=self.value)]
        return compile_function(label, self.raw_arguments, body, self.namespace)

    def _wrapped(self, value: Any) -> Any:
        if self.rule.variadic == self.parameter or self.parameter in self.rule.sequences:
            return value
        return text.call("project", value, text.name(self.parameter))

    @cached_property
    def into(self) -> list[gast.stmt] | None:
        function = self.rule.sources.into.get(self.parameter)
        return None if function is None else list(text.function_tree(function).body)


class Tangent(Derivative):
    """The term that the tangent of one argument adds to the tangent of the output.

    The tangent of parameter ``x`` is called ``dx``. For a rule that is linear in several arguments together,
    terms of single arguments add up as well, but `Rule.tangent` gives the joint form, which does the work
    once.
    """


@dataclass(frozen=True, eq=False)
class Update:
    """Adjoint of a function that writes into its argument `mutated`.

    `statements` work on ``d<mutated>``, the adjoint memory of the written array: on entry it holds the
    cotangent of the new contents, on exit that of the old contents. `results` are the cotangents of `values`,
    the arguments whose numbers were written, computed by the statements before they wipe the memory.
    `tangent_statements` update the tangent memory ``d<mutated>`` in the same manner, given the tangents of
    `values`.
    """

    rule: Rule
    mutated: str
    values: tuple[str, ...]
    statements: list[gast.stmt]
    results: list[Any]
    tangent_statements: list[gast.stmt] | None
    reads: frozenset[str]
    metadata: frozenset[str]

    @property
    def memory(self) -> str:
        """Name of the adjoint memory in the statements."""
        return "d" + self.mutated

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        return (self.memory, *sorted(self.reads | self.metadata))

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The statements compiled: changes the memory, returns the tuple of results."""
        results = gast.Tuple(elts=list(self.results), ctx=gast.Load())
        body = [*self.statements, gast.Return(value=results)]
        return compile_function(
            f"{self.rule.name}_update".replace(".", "_"), self.arguments, body, self.rule.namespace
        )

    @cached_property
    def tangent_arguments(self) -> tuple[str, ...]:
        """Names of the positional arguments of `tangent_function`, in order."""
        assert self.tangent_statements is not None
        names = set().union(*(text.names_read(statement) for statement in self.tangent_statements))
        given = (self.memory, *("d" + value for value in self.values))
        return (*given, *sorted(names & {*self.rule.signature.parameters, "ans"}))

    @cached_property
    def tangent_function(self) -> Callable[..., Any]:
        """The tangent statements compiled: changes the tangent memory."""
        assert self.tangent_statements is not None
        label = f"{self.rule.name}_update_tangent".replace(".", "_")
        return compile_function(label, self.tangent_arguments, self.tangent_statements, self.rule.namespace)

    def __call__(self, **values: Any) -> Any:
        return self.function(*(values[name] for name in self.arguments))
