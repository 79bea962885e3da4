"""Lowering of one function: array statements -> loops over elements, lists -> arrays, fused.

Before::

    t_bar = y_bar[1:].copy()
    x_bar[:-1] += 2.0 * t_bar

After::

    for e in range(y_bar.shape[0] - 1):
        x_bar[e] += 2.0 * y_bar[e + 1]
"""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from srcgrad.runtime import loops as helpers
from srcgrad.transform import builders as b
from srcgrad.transform.loops import extremes, rearranged  # noqa: F401  they add to the table of calls
from srcgrad.transform.loops.affine import Affine, number, symbol
from srcgrad.transform.loops.fuse import Aliases, finish
from srcgrad.transform.loops.nests import statements_of
from srcgrad.transform.loops.statements import Statements
from srcgrad.transform.loops.tapes import Restart, find_tapes
from srcgrad.transform.loops.values import (
    BOOL,
    FLOAT,
    INT,
    LENGTH_BITS,
    WORD,
    ArrType,
    Constant,
    Items,
    Num,
    Value,
    VarType,
    known_length,
    memory,
    most_known,
    type_of,
)
from srcgrad.transform.names import Names, bound_and_read
from srcgrad.transform.refused import Refused

_MOST_ROUNDS = 40


@dataclass
class Lowered:
    """A lowered function, the names it reads, and the structure of its result."""

    function: gast.FunctionDef
    names: dict[str, Any]
    result: Value | None


def lower(function: gast.FunctionDef, objects: dict[str, Any], arguments: Sequence[Any]) -> Lowered:
    """Lower a function for the types of these arguments.

    Raises
    ------
    Refused
        If it uses something that has no loops.
    """
    table: dict[str, VarType] = {}
    grids: dict[str, bool] = {}
    recorded: dict[str, dict[str, bool]] = {}
    known: dict[object, dict[str, Any]] = {}
    types: dict[str, VarType | None] = {}
    reshaped: set[str] = set()
    shapeless: set[str] = set()
    shared: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        work, stable = _round(
            function, objects, arguments, table, grids, recorded, known, types, reshaped, shapeless, shared
        )
        if stable and not _share(work, shared, function):
            break
        if work.changed:  # what followed from types that were not known yet is found again
            for found in (grids, recorded, known):
                found.clear()
    else:
        raise Refused(function, "its types do not settle")
    block = finish(work.block, work.roots, work.grids, work.names)
    parameters = [
        leaf
        for name, value in zip(_parameters(function), arguments, strict=True)
        for leaf in _leaf_names(name, value)
    ]
    body = statements_of(block)
    made = b.function_def(function.name, b.arguments(parameters), body)
    names = {"np": np, **objects, **{name: getattr(helpers, name) for name in helpers.__all__}}
    _check_bound(body, {*parameters, *names, *dir(builtins)})
    read = {node.id for node in b.walk(made) if isinstance(node, gast.Name)}
    return Lowered(made, {name: value for name, value in names.items() if name in read}, work.result)


def _round(
    function: gast.FunctionDef,
    objects: dict[str, Any],
    arguments: Sequence[Any],
    table: dict[str, VarType],
    grids: dict[str, bool],
    recorded: dict[str, dict[str, bool]],
    known: dict[object, dict[str, Any]],
    types: dict[str, VarType | None],
    reshaped: set[str],
    shapeless: set[str],
    shared: set[str],
) -> tuple[Statements, bool]:
    """One round; decisions about tapes and types of variables carry over to the next."""
    names = Names({*bound_and_read(function), *objects, *helpers.__all__, "np"})
    work = Statements(names, table, _assignments(function, table))
    work.objects = objects
    work.reshaped = reshaped
    work.shapeless = shapeless
    work.by_reference = shared
    work.counts_from_start = frozenset(_parameters(function))
    work.tapes = find_tapes(function)
    work.groups = {}
    work.grids = set()
    for name, tape in work.tapes.items():
        tape.grid = grids.get(name, True)
        tape.recorded = dict(recorded.get(name, {}))
        tape.type = types.get(name)
    work.prepare_tapes()
    for key, group in work.groups.items():
        group.known = dict(known.get(key, {}))
    describe(work, _parameters(function), arguments)
    try:
        work.statements(function.body)
        restarted = False
    except Restart:
        restarted = True
    stable = not work.changed and not restarted
    if not restarted:
        stable = work.settle_tapes() and stable
        known.update({key: group.known for key, group in work.groups.items()})
    for name, tape in work.tapes.items():
        if types.get(name) != tape.type and not restarted:
            stable = False
        types[name] = tape.type
        grids[name] = tape.grid
        recorded[name] = dict(tape.recorded)
    return work, stable


def _check_bound(body: list[gast.stmt], bound: set[str]) -> None:
    """Machine code reads whatever is there for a variable without a value, so none may be read before it has one."""
    for statement in body:
        inner = [getattr(statement, part, None) or [] for part in ("body", "orelse")]
        header = [statement] if not any(inner) else [
            getattr(statement, part) for part in ("test", "iter", "target") if hasattr(statement, part)
        ]  # fmt: skip
        nodes = [n for part in header for n in b.walk(part) if isinstance(n, gast.Name)]
        for node in nodes:
            if isinstance(node.ctx, gast.Load) and node.id not in bound:
                raise Refused(node, f"{node.id} may have no value")
        if isinstance(statement, gast.AugAssign) and isinstance(statement.target, gast.Name):
            if statement.target.id not in bound:
                raise Refused(statement, f"{statement.target.id} may have no value")
        bound.update(node.id for node in nodes if not isinstance(node.ctx, gast.Load))
        for block in inner:
            _check_bound(block, bound)


def _share(work: Statements, shared: set[str], function: gast.FunctionDef) -> bool:
    """A tape holds copies, which is wrong for arrays that are written while a list would hold them.

    True if such arrays were found; next time, they will be where the tape has them.
    """
    aliases = Aliases(work.block, work.roots)
    written = {aliases.same(name) for name in work.stored}
    wrong = {pair[0] for pair in work.taped if written & set(map(aliases.same, pair))}
    if wrong <= shared and wrong:
        raise Refused(function, "a list holds arrays that are written")
    shared |= wrong
    return bool(wrong)


def _parameters(function: gast.FunctionDef) -> list[str]:
    return [arg.id for arg in function.args.args]


def _assignments(function: gast.FunctionDef, table: dict[str, VarType]) -> dict[str, int]:
    """How often each variable gets a value; a parameter has one from the start."""
    updated = {
        id(node.target)
        for node in b.walk(function.body)
        if isinstance(node, gast.AugAssign)
        and isinstance(node.target, gast.Name)
        and isinstance(table.get(node.target.id), ArrType)
    }
    counts = Counter(_parameters(function))
    for node in b.walk(function.body):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store) and id(node) not in updated:
            counts[node.id] += 1
    return dict(counts)


def leaves(value: Any) -> list[Any]:
    """The numbers and arrays in a nested argument, in the order of the lowered function's parameters."""
    structure = members(value)
    if structure is None:
        return [] if _is_constant(value) else [value]
    return [leaf for _, item in structure[1] for leaf in leaves(item)]


def members(value: Any) -> tuple[str, list[tuple[Any, Any]]] | None:
    """Kind and parts of a container; None for anything else."""
    import dataclasses

    if type(value) is dict:
        return "dict", list(value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return "named", [(name, getattr(value, name)) for name in value._fields]
    if type(value) in (tuple, list):
        return type(value).__name__, list(enumerate(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return "object", [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value)]
    return None


def _is_constant(value: Any) -> bool:
    return value is None or isinstance(value, str) or (callable(value) and not isinstance(value, np.ndarray))


def _leaf_names(name: str, value: Any) -> list[str]:
    structure = members(value)
    if structure is None:
        return [] if _is_constant(value) else [name]
    return [leaf for k, (_, item) in enumerate(structure[1]) for leaf in _leaf_names(f"{name}__{k}", item)]


def describe(self: Statements, names: Sequence[str], arguments: Sequence[Any]) -> None:
    """Note the types of the arguments, and which of their lengths are equal."""
    lengths: dict[int, Affine] = {}
    whole: list[tuple[str, int]] = []
    for name, value in zip(names, arguments, strict=True):
        self.env[name] = _described(self, name, value, lengths, whole)
        self.table[name] = type_of(self.env[name])
    for name, count in whole:
        if count > 1 and count in lengths and self.counts.get(name, 1) == 1:
            self.facts.equal[name] = lengths[count]


def _described(
    self: Statements, name: str, value: Any, lengths: dict[int, Affine], whole: list[tuple[str, int]]
) -> Value:
    structure = members(value)
    if structure is not None:
        kind, pairs = structure
        parts = tuple(
            _described(self, f"{name}__{k}", item, lengths, whole) for k, (_, item) in enumerate(pairs)
        )
        return Items(kind, tuple(key for key, _ in pairs), parts, name)
    self.counts.setdefault(name, 1)
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biuf" or not value.dtype.isnative or not value.ndim:
            raise Refused(b.name(name), f"an array of {value.dtype}")
        dims = []
        for axis, length in enumerate(value.shape):
            dim = symbol(f"{name}.shape[{axis}]")
            if known_length(length, axis, value.ndim):
                dim = number(length)
            elif length in lengths:
                self.facts.equal[f"{name}.shape[{axis}]"] = lengths[length]
                dim = lengths[length]
            else:
                lengths[length] = dim
                self.facts.positive.append(dim - (most_known(axis, value.ndim) + 1))
            dims.append(dim)
        made = memory(name, value.dtype, tuple(dims))
        self.table[name] = type_of(made)
        return made
    if isinstance(value, (bool, np.bool_)):
        made_number = Num(b.name(name), BOOL, isinstance(value, bool))
    elif isinstance(value, int):
        if "__" not in name:
            whole.append((name, value))
        small = -(2**LENGTH_BITS) < value < 2**LENGTH_BITS
        made_number = Num(b.name(name), INT, True, symbol(name), LENGTH_BITS if small else WORD)
    elif isinstance(value, float):
        made_number = Num(b.name(name), FLOAT, type(value) is float)
    elif isinstance(value, (np.integer, np.floating)):
        affine = symbol(name) if value.dtype == INT else None
        made_number = Num(b.name(name), value.dtype, False, affine)
    elif _is_constant(value):
        return Constant(value)
    else:
        raise Refused(b.name(name), f"an argument of type {type(value).__name__}")
    self.table[name] = type_of(made_number)
    return made_number
