"""Inference: one abstract run of a core program that finds types, aliases and what varies.

The interpreter below runs the function on abstract values (``types.py``) until nothing changes any
more. It answers, for every expression: what type has it, in which memory does it live, is that
memory written in place anywhere, does the value vary with the differentiable inputs; and for every
call: which rule, or which user function (specialised for these argument types) it is.

Facts flow forwards with control flow, so ``x = None`` followed by ``x = 0.5`` is no conflict. What is known of
memory (a :class:`~srcgrad.transform.types.Region`) holds throughout the function.
"""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

import gast
import numpy as np

from srcgrad.transform import builders as b
from srcgrad.transform.indexing import SliceType
from srcgrad.transform.infer_expressions import Env, Expressions, bound_names, truth
from srcgrad.transform.refused import Refused
from srcgrad.transform.signature import leaves
from srcgrad.transform.types import (
    NONE,
    UNKNOWN,
    Array,
    Dim,
    Inner,
    Kind,
    Known,
    ListOf,
    Number,
    Numeric,
    RangeOf,
    TupleOf,
    Type,
    Unknown,
    Value,
    carries_derivative,
    is_container,
    is_number,
    is_numeric,
    join,
    without_symbols,
)

_MOST_ROUNDS = 40
_TRANSPARENT = (np.errstate, np.printoptions, warnings.catch_warnings, contextlib.nullcontext, open)


class Interpreter(Expressions):
    """The abstract interpreter of one function."""

    # --- memory -------------------------------------------------------------------------------

    def state(self) -> object:
        """What has to be stable before inference ends."""
        representatives = {id(region): region.find() for region in self.regions.values()}
        flags = tuple(
            (id(root), root.written, root.varied, root.external, root.volatile, root.element)
            for root in representatives.values()
        )
        result = None if self.facts.result is None else self.facts.result
        parameter_flags = tuple(
            (part.written, part.varied) for value in self.facts.parameters.values() for part in leaves(value)
        )
        return flags, result, parameter_flags

    def write(self, owner: Value, value: Value, node: gast.AST) -> None:
        """Note a write of ``value`` into the memory of ``owner``."""
        region = owner.home
        if region is None:
            if value.varied or isinstance(owner.type, Numeric):
                raise Refused(node, "it writes into something of unknown type")
            return
        if region.external and (carries_derivative(value) or region.varied):
            raise Refused(node, "it writes a differentiated value into an object that outlives the call")
        region.written = True
        if carries_derivative(value):
            if isinstance(owner.type, Array) and owner.type.kind < Kind.FLOAT:
                return
            region.varied = True

    # --- statements ---------------------------------------------------------------------------

    def function(self) -> None:
        """One round over the whole function."""
        self.env = dict(self.facts.parameters)
        self.facts.result = None
        self.block(self.facts.core.function.body)
        if self.facts.result is None:
            self.facts.result = NONE

    def block(self, statements: list[gast.stmt]) -> None:
        """Run statements in order."""
        for statement in statements:
            self.statement(statement)

    def statement(self, node: gast.stmt) -> None:
        """Run one statement; inactive ones that the interpreter does not know make their names unknown."""
        run = getattr(self, f"visit_{type(node).__name__}", None)
        opaque = id(node) in self.facts.core.opaque
        self.facts.values[id(node)] = NONE
        self.facts.unanalysed.discard(id(node))
        try:
            if run is None:
                raise Refused(node, f"{type(node).__name__} statements with differentiated values")
            run(node)
        except Refused:
            if not opaque:
                raise
            self.havoc(node)

    def havoc(self, node: gast.AST) -> None:
        """After an inactive statement of any kind: names that it binds hold anything."""
        self.facts.unanalysed.add(id(node))
        for name in bound_names(node):
            self.env[name] = UNKNOWN
        for child in b.walk(node):
            if isinstance(child, gast.Name) and child.id in self.env and self.env[child.id].varied:
                value = self.env[child.id]
                if any(part.region is not None for part in leaves(value)) and not _only_reads(node):
                    raise Refused(child, "a differentiated object is passed to code that is not analysed")

    def visit_Assign(self, node: gast.Assign) -> None:
        """``target = value``."""
        if len(node.targets) > 1:
            raise Refused(node, "a chained assignment inside a statement that is left as it stands")
        (target,) = node.targets
        if isinstance(target, gast.Tuple) and isinstance(node.value, gast.Tuple):
            if len(target.elts) == len(node.value.elts):
                values = [self.expr(part) for part in node.value.elts]
                self.facts.values[id(node.value)] = Value(TupleOf(tuple(values)))
                for part, value in zip(target.elts, values, strict=True):
                    self.bind(part, value, node)
                return
        self.bind(target, self.expr(node.value), node)

    def bind(self, target: gast.expr, value: Value, node: gast.stmt) -> None:
        """Assign an abstract value to a target."""
        self.facts.values[id(target)] = value
        match target:
            case gast.Name():
                self.env[target.id] = value
            case gast.Tuple():
                for k, part in enumerate(target.elts):
                    self.bind(part, self.member(value, k, len(target.elts), node), node)
            case gast.Subscript():
                owner = self.expr(target.value)
                index = self.index(target.slice)
                if isinstance(owner.type, (Array, Numeric)):
                    self.facts.places[id(target)] = self.indexed(owner, index, target).type
                self.store(owner, index, value, target)
            case gast.Attribute():
                owner = self.expr(target.value)
                if value.varied or owner.varied:
                    raise Refused(target, "it sets an attribute of an object that carries derivatives")
            case _:
                raise Refused(target, "this assignment target")

    def member(self, value: Value, position: int, count: int, node: gast.AST) -> Value:
        """The value at a position when a sequence of ``count`` members is unpacked."""
        match value.type:
            case TupleOf(items=items) if len(items) == count:
                return items[position]
            case ListOf():
                home = value.home
                return UNKNOWN if home is None or home.element is None else home.element
            case Array(shape=shape) if shape:
                return self.indexed(value, [Number(Kind.INT)], node)
        if value.varied:
            raise Refused(node, "it unpacks something whose structure is not known")
        return UNKNOWN

    def store(self, owner: Value, index: list[Type], value: Value, node: gast.expr) -> None:
        """``owner[index] = value``."""
        if isinstance(owner.type, ListOf):
            region = owner.home
            assert region is not None
            if isinstance(index[0], SliceType) or len(index) != 1:
                if region.varied or value.varied:
                    raise Refused(node, "it assigns to a slice of a list that carries derivatives")
                return
            self.insert(owner, value, node)
            return
        if isinstance(owner.type, (Array, Numeric)):
            if not is_numeric(value.type) and value.varied:
                raise Refused(node, "it assigns a sequence of differentiated values to an array")
            self.write(owner, value, node)
            return
        if value.varied or owner.varied:
            raise Refused(node, "it assigns an item of an object that carries derivatives")

    def insert(self, owner: Value, value: Value, node: gast.AST) -> None:
        """Note that a list holds ``value``."""
        region = owner.home
        if region is None:
            raise Refused(node, "the list is not known")
        if region.external and (value.varied or region.varied):
            raise Refused(node, "it changes a list that outlives the call")
        region.written = True
        value = without_symbols(value, "@")
        region.element = value if region.element is None else join(region.element, value)
        if region.element.varied:
            region.find().varied = True
            if isinstance(region.find().element.type, Unknown):  # type: ignore[union-attr]
                raise Refused(node, "the list holds values of different types")

    def visit_AugAssign(self, node: gast.AugAssign) -> None:
        """``target op= value``; on an array a write in place, on a number a new binding."""
        old = self.expr(node.target)
        value = self.expr(node.value)
        result = self.operator(node, type(node.op).__name__, [old, value], [node.target, node.value])
        self.facts.values[id(node.target)] = old
        if isinstance(node.target, gast.Name):
            if isinstance(old.type, Array):
                self.write(old, value, node)
                return
            if isinstance(old.type, ListOf) and (old.varied or value.varied):
                raise Refused(node, "it extends a list with +=")
            if isinstance(old.type, Numeric) and (old.varied or value.varied):
                raise Refused(node, "it is not known whether this writes in place")
            self.facts.values[id(node.target)] = result
            self.env[node.target.id] = result
        elif isinstance(node.target, gast.Subscript):
            owner = self.facts.values[id(node.target.value)]
            if is_container(owner.type) and not is_number(old.type):
                if isinstance(old.type, Array):
                    self.write(old, value, node)
                    return
                if old.varied or value.varied:
                    raise Refused(node, "it is not known whether this writes in place")
            self.store(owner, self.index(node.target.slice), result, node.target)
        elif old.varied or value.varied:
            raise Refused(node, "it changes an attribute of an object that carries derivatives")

    def visit_Expr(self, node: gast.Expr) -> None:
        """A call for its effects."""
        self.expr(node.value)

    def visit_If(self, node: gast.If) -> None:
        """Both branches, or the one that is taken for these types."""
        test = self.expr(node.test)
        verdict = truth(test)
        before = dict(self.env)
        after: list[Env] = []
        for wanted, branch in ((True, node.body), (False, node.orelse)):
            if verdict is not None and verdict is not wanted:
                continue
            self.env = dict(before)
            self.block(branch)
            if not leaves_function(branch):
                after.append(self.env)
        if verdict is None:
            self.facts.taken.pop(id(node), None)
        else:
            self.facts.taken[id(node)] = verdict
        self.env = _join_envs(after) if after else before

    def visit_While(self, node: gast.While) -> None:
        """The body until the environment is stable."""
        self.loop(node.body, lambda: self.expr(node.test))

    def visit_For(self, node: gast.For) -> None:
        """Loops over ranges and other iterables."""
        iterable = self.expr(node.iter)

        site = f"@{self.sites.setdefault(id(node), len(self.sites))}."

        def advance() -> None:
            self.env = {name: without_symbols(value, site) for name, value in self.env.items()}
            element = self.element_of(iterable, node)
            if isinstance(iterable.type, RangeOf) and isinstance(node.target, gast.Name):
                element = Value(Number(Kind.INT, True, Dim(f"{node.target.id}{site}")))
            self.bind(node.target, element, node)

        self.loop(node.body, advance)

    def element_of(self, iterable: Value, node: gast.For) -> Value:
        """What iterating gives."""
        match iterable.type:
            case RangeOf():
                return Value(Number(Kind.INT, True))
            case ListOf():
                home = iterable.home
                return UNKNOWN if home is None or home.element is None else home.element
            case TupleOf(items=items) if items:
                element = items[0]
                for item in items[1:]:
                    element = join(element, item)
                return element
            case Array():
                return self.indexed(iterable, [Number(Kind.INT)], node.iter)
        if iterable.varied:
            raise Refused(node, "it iterates over something of unknown type")
        return UNKNOWN

    def loop(self, body: list[gast.stmt], head: Any) -> None:
        """Run a loop's head and body until the environment is stable."""
        self.depth += 1
        self.rounds(body, head)
        self.depth -= 1

    def rounds(self, body: list[gast.stmt], head: Any) -> None:
        for _ in range(_MOST_ROUNDS):
            before = dict(self.env)
            head()
            self.block(body)
            joined = _join_envs([before, self.env])
            self.env = joined
            if joined == before:
                return
        raise Refused(body[0], "the types in this loop do not settle")

    def visit_With(self, node: gast.With) -> None:
        """The body runs; what the context manager gives must not carry derivatives."""
        for item in node.items:
            if not self.lets_errors_pass(item.context_expr):
                raise Refused(item.context_expr, "a context manager that may swallow an exception")
            value = self.expr(item.context_expr)
            if value.varied:
                raise Refused(item.context_expr, "a context manager made from differentiated values")
            if item.optional_vars is not None:
                for name in bound_names(item.optional_vars):
                    self.env[name] = UNKNOWN
        self.block(node.body)

    def lets_errors_pass(self, node: gast.expr) -> bool:
        """True for context managers that are known not to swallow exceptions."""
        if not isinstance(node, gast.Call):
            return False
        manager = self.expr(node.func).type
        return isinstance(manager, Known) and manager.value in _TRANSPARENT

    def visit_Return(self, node: gast.Return) -> None:
        """The result."""
        value = NONE if node.value is None else self.expr(node.value)
        self.facts.result = value if self.facts.result is None else join(self.facts.result, value)

    def visit_Assert(self, node: gast.Assert) -> None:
        """Runs as it stands."""
        self.expr(node.test)
        if node.msg is not None:
            self.expr(node.msg)

    def visit_Raise(self, node: gast.Raise) -> None:
        """Runs as it stands."""

    def visit_Pass(self, node: gast.Pass) -> None:
        """Nothing."""

    def visit_Break(self, node: gast.Break) -> None:
        """The environment joins at the end of the loop with all others."""

    def visit_Delete(self, node: gast.Delete) -> None:
        """Names are forgotten; items of active containers are not deleted."""
        for target in node.targets:
            if isinstance(target, gast.Name):
                self.env.pop(target.id, None)
            elif self.expr(target).varied:
                raise Refused(node, "it deletes an item that carries derivatives")

    def visit_Import(self, node: gast.Import | gast.ImportFrom) -> None:
        """Modules imported inside the function are looked up when it is compiled."""
        scope: dict[str, Any] = {}
        module = gast.Module([node], [])
        package = self.namespace.get("__name__", "__main__")
        context = {"__name__": package, "__package__": self.namespace.get("__package__")}
        exec(compile(gast.gast_to_ast(module), "<import>", "exec"), context, scope)
        for name, value in scope.items():
            self.env[name] = Value(Known.of(value))

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: gast.FunctionDef) -> None:
        """An inner function is known by its name."""
        self.env[node.name] = Value(Inner(node.name, id(node), node, self.facts.source))

    def visit_Global(self, node: gast.Global) -> None:
        """Reads of globals need no declaration; writes are refused earlier."""


def leaves_function(statements: list[gast.stmt]) -> bool:
    """True if control never reaches the end of a block."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, (gast.Raise, gast.Return)):
        return True
    if isinstance(last, gast.If):
        return leaves_function(last.body) and leaves_function(last.orelse)
    return False


def _join_envs(envs: list[Env]) -> Env:
    first, *rest = envs
    joined = dict(first)
    for env in rest:
        for name, value in env.items():
            joined[name] = join(joined[name], value) if name in joined else value
    return joined


def _only_reads(node: gast.AST) -> bool:
    """True for statements that show values and nothing else."""
    return isinstance(node, (gast.Assert, gast.Raise))
