"""Inference: one abstract run of a core program that finds types, aliases and what varies.

The interpreter below runs the function on abstract values (``types.py``) until nothing changes any
more. It answers, for every expression: what type has it, in which memory does it live, is that
memory written in place anywhere, does the value vary with the differentiable inputs; and for every
call: which rule, or which user function (specialised for these argument types) it is.

Facts flow forwards with control flow, so ``x = None`` followed by ``x = 0.5`` is no conflict. What is known of
memory (a :class:`~srcgrad.transform.types.Region`) holds throughout the function.
"""

from __future__ import annotations

import builtins
import contextlib
import warnings
from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from srcgrad.transform import builders as b
from srcgrad.transform import infer_calls
from srcgrad.transform.facts import Facts
from srcgrad.transform.normalize import HELPERS, Core, normalize
from srcgrad.transform.refused import Refused
from srcgrad.transform.result_types import elementwise
from srcgrad.transform.signature import key_of, leaves, typeof
from srcgrad.transform.source import Source
from srcgrad.transform.types import (
    INERT,
    NONE,
    UNKNOWN,
    Array,
    Dim,
    Inert,
    Inner,
    Kind,
    Known,
    ListOf,
    Method,
    Number,
    Numeric,
    RangeOf,
    Record,
    Region,
    Shape,
    TupleOf,
    Type,
    Unknown,
    Value,
    carries_derivative,
    is_container,
    is_number,
    is_numeric,
    join,
)

Env = dict[str, Value]
_MOST_ROUNDS = 40
_TRANSPARENT = (np.errstate, np.printoptions, warnings.catch_warnings, contextlib.nullcontext, open)


class Specialization:
    """One function for one signature: its facts, and later its generated code.

    A recursive call finds the specialisation in progress; ``result`` is then what is known so far
    (None: nothing yet), and ``rounds`` go on until it is stable.
    """

    def __init__(self, source: Source, core: Core, parameters: dict[str, Value], key: object) -> None:
        self.source = source
        self.core = core
        self.parameters = parameters
        self.key = key
        self.facts: Facts | None = None
        self.result: Value | None = None
        self.in_progress = False
        self.recursive = False
        self.refusal: Refused | None = None

    @property
    def name(self) -> str:
        """The function's name."""
        return self.source.name

    def parameter_region(self, name: str) -> Region | None:
        """The memory of a parameter inside the callee."""
        return self.parameters[name].home


class Program:
    """All specialisations that one compiled derivative consists of."""

    def __init__(self) -> None:
        self.specializations: dict[object, Specialization] = {}
        self.cores: dict[object, Core] = {}

    def specialize(
        self, source: Source, identity: object, parameters: dict[str, Value], aliases: object = None
    ) -> Specialization:
        """Infer a function for parameters of these types; memoised."""
        key = (
            identity,
            tuple((name, key_of(value)) for name, value in parameters.items()),
            tuple(_externals(value) for value in parameters.values()),
            aliases,
        )
        found = self.specializations.get(key)
        if found is not None:
            if found.refusal is not None:
                raise found.refusal
            found.recursive |= found.in_progress
            return found
        active = frozenset(name for name, value in parameters.items() if value.varied)
        classes = {
            name: cls for name, value in parameters.items() if (cls := _class_of(value.type)) is not None
        }
        core_key = (identity, active, tuple(classes.items()))
        core = self.cores.get(core_key)
        if core is None:
            core = self.cores[core_key] = normalize(source, active, classes)
        made = self.specializations[key] = Specialization(source, core, parameters, key)
        made.in_progress = True
        try:
            for _ in range(_MOST_ROUNDS):
                before = _summary(made)
                made.facts = infer(self, source, core, parameters)
                made.result = made.facts.result
                if not made.recursive or _summary(made) == before:
                    break
            else:
                raise Refused(core.function, "its types do not settle")
        except Refused as refusal:
            made.refusal = refusal
            raise
        finally:
            made.in_progress = False
        return made


def _class_of(type_: Type) -> type | None:
    """The class of an argument, where it is known."""
    match type_:
        case Array():
            return np.ndarray
        case ListOf():
            return list
        case TupleOf():
            return tuple
        case Record(cls=cls):
            return cls
        case Number(kind=kind, python=True):
            return (bool, int, float, complex)[kind]
    return None


def _externals(value: Value) -> tuple[bool, ...]:
    homes = [part.home for part in leaves(value) if part.home is not None]
    return tuple(flag for home in homes for flag in (home.external, home.volatile))


def _summary(made: Specialization) -> object:
    regions = [part.home for value in made.parameters.values() for part in leaves(value) if part.home]
    flags = [(r.written, r.varied) for r in regions]
    order = {id(r): k for k, r in enumerate(reversed(regions))}
    merged = [order[id(r)] for r in regions]
    result = made.result
    if result is None:
        return flags, merged, None
    homes = [order.get(id(part.home)) for part in leaves(result)]
    return flags, merged, key_of(result), homes, [part.written for part in leaves(result)]


def infer(program: Program, source: Source, core: Core, parameters: Mapping[str, Value]) -> Facts:
    """Run the abstract interpreter to its fixed point."""
    facts = Facts(source, core, dict(parameters))
    interpreter = Interpreter(program, facts)
    for _ in range(_MOST_ROUNDS):
        facts.values.clear()
        facts.calls.clear()
        facts.taken.clear()
        facts.places.clear()
        before = interpreter.state()
        interpreter.function()
        if interpreter.state() == before:
            return facts
    raise Refused(core.function, "its types do not settle")


class Interpreter:
    """The abstract interpreter of one function."""

    def __init__(self, program: Program, facts: Facts) -> None:
        self.program = program
        self.facts = facts
        self.namespace = facts.source.namespace
        self.locals = bound_names(facts.core.function)
        self.regions: dict[object, Region] = {}
        self.globals: dict[str, Value] = {}
        self.env: Env = {}
        self.depth = 0
        self.sites: dict[int, int] = {}

    # --- memory -------------------------------------------------------------------------------

    def region(self, site: object, name: str) -> Region:
        """The region of an allocation site, the same one in every round."""
        region = self.regions.get(site)
        if region is None:
            region = self.regions[site] = Region(name)
        return region.find()

    def state(self) -> object:
        """What has to be stable before inference ends."""
        representatives = {id(region): region.find() for region in self.regions.values()}
        flags = tuple(
            (id(root), root.written, root.varied, root.external, root.element)
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
        for name in bound_names(node):
            self.env[name] = UNKNOWN
        for child in b.walk(node):
            if isinstance(child, gast.Name) and child.id in self.env and self.env[child.id].varied:
                value = self.env[child.id]
                if any(part.region is not None for part in leaves(value)) and not _only_reads(node):
                    raise Refused(child, "a differentiated object is passed to code that is not analysed")

    def visit_Assign(self, node: gast.Assign) -> None:
        """``target = value``."""
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
            if isinstance(index[0], _SliceType) or len(index) != 1:
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

        def advance() -> None:
            self.bind(node.target, self.element_of(iterable, node), node)

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
        self.env[node.name] = Value(Inner(node.name, node))

    def visit_Global(self, node: gast.Global) -> None:
        """Reads of globals need no declaration; writes are refused earlier."""

    # --- expressions --------------------------------------------------------------------------

    def expr(self, node: gast.expr) -> Value:
        """The abstract value of an expression."""
        self.facts.calls.pop(id(node), None)
        value = self._expr(node)
        self.facts.values[id(node)] = value
        return value

    def _expr(self, node: gast.expr) -> Value:
        match node:
            case gast.Constant():
                if isinstance(node.value, float):
                    return Value(Number(Kind.FLOAT, True))
                if isinstance(node.value, complex):
                    return Value(Number(Kind.COMPLEX, True))
                return Value(Known.of(node.value))
            case gast.Name():
                return self.name(node)
            case gast.Attribute():
                return self.attribute(self.expr(node.value), node)
            case gast.Subscript():
                owner = self.expr(node.value)
                return self.subscript(owner, self.index(node.slice), node)
            case gast.BinOp():
                values = [self.expr(node.left), self.expr(node.right)]
                return self.operator(node, type(node.op).__name__, values, [node.left, node.right])
            case gast.UnaryOp():
                operand = self.expr(node.operand)
                if isinstance(node.op, gast.Not):
                    verdict = truth(operand)
                    return Value(Number(Kind.BOOL, True) if verdict is None else Known.of(not verdict))
                if (
                    isinstance(operand.type, Known)
                    and isinstance(node.op, gast.USub)
                    and is_number(operand.type)
                ):
                    return Value(Known.of(-operand.type.value))
                return self.operator(node, type(node.op).__name__, [operand], [node.operand])
            case gast.Compare():
                return self.comparison(node)
            case gast.BoolOp():
                values = [self.expr(value) for value in node.values]
                return self.boolean(node, values)
            case gast.IfExp():
                verdict = truth(self.expr(node.test))
                if verdict is not None:
                    return self.expr(node.body if verdict else node.orelse)
                value = join(self.expr(node.body), self.expr(node.orelse))
                if value.varied:
                    raise Refused(node, "a conditional expression inside another expression")
                return value
            case gast.Tuple():
                return Value(TupleOf(tuple(self.expr(item) for item in node.elts)))
            case gast.List():
                return self.list_display(node)
            case gast.Call():
                return infer_calls.call(self, node)
            case gast.JoinedStr() | gast.FormattedValue():
                return INERT
            case gast.Lambda():
                raise Refused(node, "a lambda used as a value")
        return self.other(node)

    def other(self, node: gast.expr) -> Value:
        """Expressions that run as they stand: nothing in them may carry derivatives out."""
        for child in b.walk(node):
            if isinstance(child, gast.Name) and child.id in self.env and self.env[child.id].varied:
                raise Refused(node, f"{type(node).__name__} with differentiated values")
        return UNKNOWN

    def name(self, node: gast.Name) -> Value:
        """A local, or else a global, closure or builtin name."""
        if node.id in self.env:
            return self.env[node.id]
        if node.id in self.locals:
            return UNKNOWN
        return self.outer(node.id)

    def outer(self, name: str) -> Value:
        """A name from outside of the function."""
        found = self.globals.get(name)
        if found is None:
            if name in self.namespace:
                value = self.namespace[name]
            elif hasattr(builtins, name):
                value = getattr(builtins, name)
            elif name in HELPERS:
                value = HELPERS[name]
            else:
                return UNKNOWN
            found = self.globals[name] = typeof(value, name, constant=True)
            self.facts.outer[name] = key_of(found)
        return found

    def attribute(self, owner: Value, node: gast.Attribute) -> Value:
        """``owner.attr``."""
        match owner.type:
            case Known(value=value) if not is_number(owner.type) and not isinstance(value, str):
                try:
                    found = getattr(value, node.attr)
                except AttributeError:
                    return UNKNOWN
                return typeof(found, f"{node.attr}", constant=True)
            case Known() if not is_number(owner.type):
                return INERT
            case Array() | Numeric() | Number() | Known():
                return self.array_attribute(owner, node)
            case Record(cls=cls):
                value = owner.type.get(node.attr) if cls is not dict else None
                if value is not None:
                    return value
                function = getattr(cls, node.attr, None)
                if function is None or isinstance(function, property):
                    if owner.varied:
                        raise Refused(node, "an attribute that is computed when it is read")
                    return UNKNOWN
                return Value(Method(node.attr, owner, function))
            case ListOf() | TupleOf():
                return Value(Method(node.attr, owner))
        if owner.varied:
            raise Refused(node, "an attribute of something of unknown type")
        return UNKNOWN

    def array_attribute(self, owner: Value, node: gast.Attribute) -> Value:
        """Attributes of arrays and numbers."""
        type_ = owner.type
        kind = owner.kind
        assert kind is not None
        match node.attr:
            case "shape":
                if isinstance(type_, Array) and type_.shape is not None:
                    return Value(TupleOf(tuple(_length(dim) for dim in type_.shape)))
                return UNKNOWN
            case "ndim" | "size":
                if node.attr == "ndim" and isinstance(type_, Array) and type_.ndim is not None:
                    return Value(Known.of(type_.ndim))
                return Value(Number(Kind.INT, True))
            case "dtype" | "itemsize" | "nbytes" | "flags" | "strides":
                return INERT
            case "T":
                if isinstance(type_, Array):
                    shape = None if type_.shape is None else type_.shape[::-1]
                    return Value(Array(type_.kind, shape), owner.region, owner.varies)
                return Value(type_, owner.region, owner.varies)
            case "real" | "imag":
                if kind is Kind.COMPLEX and owner.varied:
                    real = Kind.FLOAT
                    if isinstance(type_, Array):
                        return Value(Array(real, type_.shape), owner.region, owner.varies)
                    return Value(
                        Number(real) if is_number(type_) else Numeric(real), owner.region, owner.varies
                    )
                if owner.varied and node.attr == "imag":
                    raise Refused(node, ".imag of a real value")
                return Value(type_, owner.region, owner.varies)
            case "flat" | "base" | "data" | "__array_interface__" | "ctypes":
                if owner.varied:
                    raise Refused(node, f".{node.attr} of a differentiated array")
                return UNKNOWN
        return Value(Method(node.attr, owner))

    def index(self, node: gast.expr) -> list[Type]:
        """The types of the parts of an index."""
        parts = node.elts if isinstance(node, gast.Tuple) else [node]
        types: list[Type] = []
        for part in parts:
            if isinstance(part, gast.Slice):
                for end in (part.lower, part.upper, part.step):
                    if end is not None and carries_derivative(self.expr(end)):
                        raise Refused(end, "a slice with a differentiated bound")
                types.append(
                    _SliceType(*(_constant(end, self.facts) for end in (part.lower, part.upper, part.step)))
                )
            else:
                types.append(self.expr(part).type)
        if isinstance(node, (gast.Tuple, gast.Slice)):
            self.facts.values[id(node)] = INERT
        if len(types) == 1 and isinstance(types[0], TupleOf):
            return [item.type for item in types[0].items]
        return types

    def subscript(self, owner: Value, index: list[Type], node: gast.Subscript) -> Value:
        """``owner[index]``."""
        match owner.type:
            case Array() | Numeric():
                return self.indexed(owner, index, node)
            case TupleOf(items=items):
                if len(index) == 1:
                    (part,) = index
                    if (
                        isinstance(part, Known)
                        and isinstance(part.value, int)
                        and -len(items) <= part.value < len(items)
                    ):
                        return items[part.value]
                    if isinstance(part, _SliceType):
                        known = part.known
                        if known is not None:
                            return Value(TupleOf(items[known]))
            case ListOf():
                home = owner.home
                if isinstance(index[0], _SliceType):
                    return self.list_copy(node, owner)
                return UNKNOWN if home is None or home.element is None else home.element
            case Record(cls=cls) if cls is dict and len(index) == 1:
                (part,) = index
                if isinstance(part, Known):
                    value = owner.type.get(part.value)
                    if value is not None:
                        return value
        if owner.varied:
            raise Refused(node, "an item of a container that is chosen at run time or of unknown type")
        return UNKNOWN

    def list_copy(self, node: gast.AST, owner: Value) -> Value:
        """A new list with (some of) the members of another."""
        home = owner.home
        copy = self.region(("list", id(node)), "list")
        if home is not None and home.element is not None:
            copy.element = home.element if copy.element is None else join(copy.element, home.element)
            copy.find().varied |= home.varied
        return Value(ListOf(), copy)

    def indexed(self, owner: Value, index: list[Type], node: gast.AST) -> Value:
        """``array[index]``: a number, a view, or a copy."""
        type_ = owner.type
        kind = owner.kind
        assert kind is not None
        varies = owner.varied
        if any(isinstance(part, (Array, ListOf)) for part in index):
            region = self.region(("copy", id(node)), "gather")
            region.varied |= varies and kind >= Kind.FLOAT
            return Value(_gathered(type_, index, kind), region, varies)
        if any(isinstance(part, (Unknown, Numeric, Inert)) for part in index):
            if owner.written and varies:
                raise Refused(node, "an index of unknown type into an array that is written in place")
            return Value(Numeric(kind), owner.region, varies)
        shape = type_.shape if isinstance(type_, Array) else None
        result = basic_index(shape, index)
        if result is None:
            if shape is None and all(is_number(part) for part in index):
                return Value(Numeric(kind), owner.region, varies)
            return Value(Numeric(kind) if shape is None else Array(kind), owner.region, varies)
        if not result and not any(isinstance(part, Known) and part.value is ... for part in index):
            return Value(Number(kind), None, varies)
        return Value(Array(kind, result), owner.region, varies)

    def operator(self, node: gast.AST, op: str, values: list[Value], operands: list[gast.expr]) -> Value:
        """A unary or binary operator."""
        return infer_calls.operator(self, node, op, values, operands)

    def comparison(self, node: gast.Compare) -> Value:
        """Comparisons; some are decided by types alone."""
        left = self.expr(node.left)
        rest = [self.expr(part) for part in node.comparators]
        values = [left, *rest]
        if len(rest) == 1:
            op, right = node.ops[0], rest[0]
            if isinstance(left.type, Known) and isinstance(right.type, Known):
                verdict = _compare_known(op, left.type.value, right.type.value)
                if verdict is not None:
                    return Value(Known.of(verdict))
            if isinstance(op, (gast.Is, gast.IsNot)):
                for one, other in ((left, right), (right, left)):
                    numeric = is_numeric(one.type) or is_container(one.type)
                    if isinstance(other.type, Known) and other.type.value is None and numeric:
                        return Value(Known.of(isinstance(op, gast.IsNot)))
                return Value(Number(Kind.BOOL, True))
        if all(is_numeric(value.type) for value in values):
            type_ = elementwise(values, Kind.BOOL)
            region = self.region(id(node), "mask") if not isinstance(type_, Number) else None
            return Value(type_, region)
        return UNKNOWN

    def boolean(self, node: gast.BoolOp, values: list[Value]) -> Value:
        """``and`` and ``or``; as tests their value matters only for its truth."""
        stops = isinstance(node.op, gast.Or)
        verdicts = [truth(value) for value in values]
        if stops in verdicts:
            first = verdicts.index(stops)
            if all(v is (not stops) for v in verdicts[:first]):
                return values[first]
        if all(v is (not stops) for v in verdicts):
            return values[-1]
        if any(carries_derivative(value) for value in values):
            raise Refused(node, "and/or over differentiated values inside an expression")
        if all(isinstance(value.type, Number) or is_number(value.type) for value in values):
            return Value(Number(max(value.kind for value in values if value.kind is not None)))
        return UNKNOWN

    def list_display(self, node: gast.List) -> Value:
        """``[a, b, c]``."""
        region = self.region(id(node), "list")
        value = Value(ListOf(), region)
        for item in node.elts:
            if isinstance(item, gast.Starred):
                raise Refused(item, "a starred list member")
            element = self.expr(item)
            region = region.find()
            region.element = element if region.element is None else join(region.element, element)
        region = region.find()
        if region.element is not None and region.element.varied:
            region.varied = True
            if isinstance(region.element.type, Unknown):
                raise Refused(node, "the list holds values of different types")
        return value

    def named(self, node: gast.AST, type_: Type) -> Type:
        """The type with names for lengths that are not known; outside of loops only, where a node runs once."""
        if self.depth or not isinstance(type_, Array) or type_.shape is None or None not in type_.shape:
            return type_
        site = self.sites.setdefault(id(node), len(self.sites))
        shape = tuple(Dim(f"#{site}.{k}") if dim is None else dim for k, dim in enumerate(type_.shape))
        return Array(type_.kind, shape)

    def fresh(self, node: gast.AST, type_: Type, varies: bool) -> Value:
        """A value that a computation has just made."""
        type_ = self.named(node, type_)
        if isinstance(type_, (Array, Numeric)):
            region = self.region(id(node), "value")
            if varies and type_.kind >= Kind.FLOAT:
                region.varied = True
            return Value(type_, region, varies)
        return Value(type_, None, varies)


class _SliceType(Type):
    """``lower:upper:step``; each end a constant int, None where absent, NotImplemented where unknown."""

    def __init__(self, lower: Any, upper: Any, step: Any) -> None:
        self.ends = (lower, upper, step)

    @property
    def known(self) -> slice | None:
        """The slice, if all its ends are constants."""
        return None if NotImplemented in self.ends else slice(*self.ends)


def _constant(node: gast.expr | None, facts: Facts) -> Any:
    if node is None:
        return None
    type_ = facts.values[id(node)].type
    if isinstance(type_, Known) and (type_.value is None or isinstance(type_.value, int)):
        return type_.value
    return NotImplemented


def _length(dim: Dim | None) -> Value:
    if dim is not None and dim.symbol is None:
        return Value(Known.of(dim.offset))
    return Value(Number(Kind.INT, True))


def basic_index(shape: Shape | None, index: list[Type]) -> Shape | None:
    """The shape of ``array[ints, slices, None, ...]``; None when it cannot be told."""
    if shape is None:
        return None
    consumed = sum(
        1 for part in index if not (isinstance(part, Known) and (part.value is None or part.value is ...))
    )
    missing = len(shape) - consumed
    if missing < 0:
        return None
    result: list[Dim | None] = []
    axis = 0
    expanded = False
    for part in index:
        if isinstance(part, Known) and part.value is ...:
            result.extend(shape[axis : axis + missing])
            axis += missing
            expanded = True
        elif isinstance(part, Known) and part.value is None:
            result.append(Dim(None, 1))
        elif isinstance(part, _SliceType):
            result.append(_sliced(shape[axis], part))
            axis += 1
        elif is_number(part):
            axis += 1
        else:
            return None
    if not expanded:
        result.extend(shape[axis:])
    return tuple(result)


def _sliced(dim: Dim | None, part: _SliceType) -> Dim | None:
    lower, upper, step = part.ends
    if dim is None or step not in (None, 1) or lower is NotImplemented or upper is NotImplemented:
        return dim if (lower, upper) == (None, None) and step in (None, 1) else None
    lower, upper = lower or 0, upper
    if lower < 0 or (upper is not None and upper >= 0):
        return None
    if dim.symbol is None:
        return Dim(None, max(dim.offset - lower + (upper or 0), 0))
    return Dim(dim.symbol, dim.offset - lower + (upper or 0))


def _gathered(type_: Type, index: list[Type], kind: Kind) -> Type:
    if isinstance(type_, Array) and len(index) == 1 and isinstance(index[0], Array):
        (mask,) = index
        if type_.shape and mask.shape is not None:
            if mask.kind is Kind.BOOL:
                return Array(kind, (None, *type_.shape[len(mask.shape) :]))
            return Array(kind, (*mask.shape, *type_.shape[1:]))
    return Array(kind)


def truth(value: Value) -> bool | None:
    """The truth of a value where its type decides it."""
    if isinstance(value.type, Known):
        try:
            return bool(value.type.value)
        except (TypeError, ValueError):
            return None
    if isinstance(value.type, (Inner, Method)):
        return True
    if isinstance(value.type, TupleOf):
        return bool(value.type.items)
    return None


def _compare_known(op: gast.cmpop, left: Any, right: Any) -> bool | None:
    simple = (str, int, bool, type(None), tuple)
    match op:
        case gast.Is():
            return left is right
        case gast.IsNot():
            return left is not right
    if not isinstance(left, simple) or not isinstance(right, simple):
        return None
    try:
        match op:
            case gast.Eq():
                return bool(left == right)
            case gast.NotEq():
                return bool(left != right)
            case gast.Lt():
                return bool(left < right)
            case gast.LtE():
                return bool(left <= right)
            case gast.Gt():
                return bool(left > right)
            case gast.GtE():
                return bool(left >= right)
            case gast.In():
                return bool(left in right)
            case gast.NotIn():
                return bool(left not in right)
    except TypeError:
        return None
    return None


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


def bound_names(node: gast.AST) -> set[str]:
    """Names that a tree binds, parameters included."""
    found: set[str] = set()
    for child in b.walk(node):
        if isinstance(child, gast.Name) and isinstance(child.ctx, (gast.Store, gast.Del, gast.Param)):
            found.add(child.id)
        elif isinstance(child, (gast.FunctionDef, gast.ClassDef)) and child is not node:
            found.add(child.name)
        elif isinstance(child, gast.alias):
            found.add((child.asname or child.name).partition(".")[0])
    return found


def _only_reads(node: gast.AST) -> bool:
    """True for statements that show values and nothing else."""
    return isinstance(node, (gast.Assert, gast.Raise))
