"""Chained, nested, starred and subscripted targets as assignments with one plain target each.

==========================  ==================================================
``a = b = f(x)``            ``a = f(x)``, ``b = a``
``A[0] = A[1] = x * y``     ``t = x * y``, ``A[0] = t``, ``A[1] = t``
``a, (b, c) = p``           ``a, t = p``, ``b, c = t``
``A[i], A[j] = A[j], A[i]`` ``t, t_2 = A[j], A[i]``, ``A[i] = t``, ``A[j] = t_2``
``a, *r, z = p``            ``items = list(p)``, a check, ``a = items[0]``, ``r = items[1:-1]`` ...
==========================  ==================================================
"""

from __future__ import annotations

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.scopes import all_nodes


def reads(name: str, node: gast.AST) -> bool:
    """Whether a name occurs in an expression."""
    return any(isinstance(child, gast.Name) and child.id == name for child in all_nodes(node))


def one_by_one(stmt: gast.Assign, program: Program) -> list[gast.stmt]:
    """A chained assignment as one for each target, from left to right."""
    first = stmt.targets[0]
    if isinstance(stmt.value, (gast.Name, gast.Constant)):
        statements = [b.assign(target, b.clone(stmt.value)) for target in stmt.targets]
    elif isinstance(first, gast.Name):
        copies = [b.assign(target, b.name(first.id)) for target in stmt.targets[1:]]
        statements = [b.assign(first, stmt.value), *copies]
    else:
        name = program.temp("t", stmt.value)
        statements = [b.assign(name, stmt.value)]
        statements += [b.assign(target, b.name(name)) for target in stmt.targets]
    return b.located(statements, stmt)


def flat(target: gast.Tuple, stmt: gast.Assign, program: Program) -> list[gast.stmt]:
    """An assignment to a tuple that is not of plain names only."""
    if any(isinstance(element, gast.Starred) for element in target.elts):
        return b.located(_starred(target, stmt, program), stmt)
    values = stmt.value.elts if isinstance(stmt.value, (gast.Tuple, gast.List)) else []
    paired = len(values) == len(target.elts) and not any(isinstance(value, gast.Starred) for value in values)
    names: list[str] = []
    stores: list[gast.stmt] = []
    for index, element in enumerate(target.elts):
        name = program.temp("t", values[index] if paired else stmt.value)
        names.append(name)
        stores.append(b.assign(element, b.name(name)))
    return b.located([b.assign(b.tuple_target(names), stmt.value), *stores], stmt)


def _starred(target: gast.Tuple, stmt: gast.Assign, program: Program) -> list[gast.stmt]:
    items = program.temp("items", stmt.value)
    star = next(index for index, element in enumerate(target.elts) if isinstance(element, gast.Starred))
    behind = len(target.elts) - star - 1
    needed = star + behind
    statements: list[gast.stmt] = [b.assign(items, program.call_builtin("list", stmt.value))]
    if needed:
        length = program.call_builtin("len", b.name(items))
        message = b.constant(f"not enough values to unpack (expected at least {needed})")
        error = gast.Raise(program.call_builtin("ValueError", message), None)
        statements.append(b.if_(b.compare(length, "Lt", needed), [error]))
    for index, element in enumerate(target.elts):
        if index == star:
            stop = b.constant(-behind) if behind else None
            value = b.subscript(items, b.slice_(b.constant(star) if star else None, stop))
            statements.append(b.assign(element.value, value))
        else:
            place = index if index < star else index - len(target.elts)
            statements.append(b.assign(element, b.subscript(items, place)))
    return statements
