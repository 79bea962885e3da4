"""Calls of generated functions become their statements: one flat function is what loops can be made of.

Before::

    y, saved = square_forward(x)
    (x_bar,) = square_backward(saved, y_bar)

After::

    y = x * x
    x_bar = 2 * y_bar * x
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.names import Names, bound_and_read
from srcgrad.transform.refused import Refused

_MOST_STATEMENTS = 5000


def inlined(functions: list[gast.FunctionDef]) -> gast.FunctionDef:
    """The last of these functions with calls of the others replaced by their bodies.

    Raises
    ------
    Refused
        If functions call each other in a circle, or the result would be very long.
    """
    table = {function.name: function for function in functions}
    entry = b.clone(functions[-1])
    if len(functions) == 1:
        return entry
    taken = {name for function in functions for name in bound_and_read(function)}
    work = _Inliner(table, Names(taken))
    entry.body = work.block(entry.body, (entry.name,))
    _unpack(entry)
    return entry


class _Inliner:
    def __init__(self, table: Mapping[str, gast.FunctionDef], names: Names) -> None:
        self.table = table
        self.names = names
        self.count = 0

    def block(self, statements: list[gast.stmt], around: tuple[str, ...]) -> list[gast.stmt]:
        made: list[gast.stmt] = []
        for statement in statements:
            self.count += 1
            if self.count > _MOST_STATEMENTS:
                raise Refused(statement, "the functions that it calls are too long together")
            for part in ("body", "orelse"):
                inner = getattr(statement, part, None)
                if isinstance(inner, list) and inner:
                    setattr(statement, part, self.block(inner, around))
            call = self.called(statement)
            if call is None:
                made.append(statement)
                continue
            made.extend(self.expanded(statement, call, around))
        return made

    def called(self, statement: gast.stmt) -> gast.Call | None:
        """The call of a generated function that a statement consists of."""
        if not isinstance(statement, (gast.Assign, gast.AugAssign, gast.Expr)):
            return None
        value = statement.value
        if isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and value.func.id in self.table:
            return value
        return None

    def expanded(self, statement: gast.stmt, call: gast.Call, around: tuple[str, ...]) -> list[gast.stmt]:
        """The statements of the function that is called, and what is done with its result."""
        assert isinstance(call.func, gast.Name)
        name = call.func.id
        if name in around:
            raise Refused(statement, "functions that call each other")
        function = b.clone(self.table[name])
        assert isinstance(function, gast.FunctionDef)
        arguments = _arguments(function, call, statement)
        stored = Counter(
            node.id
            for node in b.walk(function.body)
            if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del))
        )
        renamed: dict[str, str] = {local: self.names.fresh(local) for local in stored}
        start: list[gast.stmt] = []
        # ``v, saved = f(v)``: what the function returns may read its argument after ``v`` is bound anew.
        bound = {
            node.id
            for target in getattr(statement, "targets", ())
            for node in b.walk(target)
            if isinstance(node, gast.Name)
        }
        for parameter, value in arguments.items():
            if isinstance(value, gast.Name) and parameter not in stored and value.id not in bound:
                renamed[parameter] = value.id
                continue
            renamed[parameter] = renamed.get(parameter) or self.names.fresh(parameter)
            start.append(b.located(b.assign(renamed[parameter], value), statement))
        for node in b.walk(function.body):
            if isinstance(node, gast.Name) and node.id in renamed:
                node.id = renamed[node.id]
        body = function.body
        result: gast.expr = b.constant(None)
        if body and isinstance(body[-1], gast.Return):
            last = body[-1].value
            body, result = body[:-1], b.constant(None) if last is None else last
        made = [*start, *self.block(body, (*around, name))]
        if isinstance(statement, gast.Expr):
            return made
        statement.value = result
        return [*made, statement]


def _arguments(function: gast.FunctionDef, call: gast.Call, at: gast.stmt) -> dict[str, gast.expr]:
    """Arguments by parameter, defaults included."""
    args = function.args
    names = [arg.id for arg in args.args]
    given = dict(zip(names, call.args, strict=False))
    given.update({keyword.arg: keyword.value for keyword in call.keywords})
    defaults = dict(zip(reversed(names), reversed(args.defaults), strict=False))
    only = [arg.id for arg in args.kwonlyargs]
    defaults.update({n: d for n, d in zip(only, args.kw_defaults, strict=True) if d is not None})
    every = [*names, *only]
    if any(name not in given and name not in defaults for name in every) or len(given) > len(every):
        raise Refused(at, "the arguments of a call")
    return {name: given[name] if name in given else b.clone(defaults[name]) for name in every}


def _unpack(function: gast.FunctionDef) -> None:
    """What one function hands to another in a tuple is handed over by name, where the tuple has one use."""
    stores: Counter[str] = Counter()
    loads: Counter[str] = Counter()
    for node in b.walk(function):
        if isinstance(node, gast.Name):
            (loads if isinstance(node.ctx, gast.Load) else stores)[node.id] += 1
    packed: dict[str, list[gast.expr]] = {}
    renamed: dict[str, str] = {}

    def visit(block: list[gast.stmt]) -> list[gast.stmt]:
        made: list[gast.stmt] = []
        for statement in block:
            if isinstance(statement, gast.Assign):
                made.extend(_pairs(statement))
            else:
                made.append(statement)
        kept: list[gast.stmt] = []
        for statement in made:
            match statement:
                case gast.Assign(targets=[gast.Name(id=name)], value=gast.Tuple(elts=parts)) if (
                    stores[name] == 1 and loads[name] == 1 and all(_lasting(p, stores) for p in parts)
                ):
                    packed[name] = parts
                    continue
                case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Name(id=name)) if (
                    name in packed
                ):
                    for target, part in zip(targets, packed[name], strict=True):
                        assert isinstance(target, gast.Name)
                        if isinstance(part, gast.Name) and stores[target.id] == 1:
                            renamed[target.id] = part.id
                        else:
                            kept.append(b.assign(target.id, part))
                    continue
            for place in ("body", "orelse"):
                inner = getattr(statement, place, None)
                if isinstance(inner, list) and inner:
                    setattr(statement, place, visit(inner))
            kept.append(statement)
        return kept

    function.body = visit(function.body)
    for node in b.walk(function):
        if isinstance(node, gast.Name):
            while node.id in renamed:
                node.id = renamed[node.id]


def _lasting(part: gast.expr, stores: Counter[str]) -> bool:
    """True for what has the same value wherever it is read."""
    return isinstance(part, gast.Constant) or (isinstance(part, gast.Name) and stores[part.id] <= 1)


def _pairs(statement: gast.Assign) -> list[gast.stmt]:
    """``y, saved = value, (a, b)`` as two statements, where the first does not change what the second reads."""
    match statement:
        case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Tuple(elts=values)) if len(
            targets
        ) == len(values):
            bound = {n.id for t in targets[:-1] for n in b.walk(t) if isinstance(n, gast.Name)}
            if not bound & set(b.names_in(list(values))):
                return [
                    b.located(b.assign(b.clone(t), v), statement)
                    for t, v in zip(targets, values, strict=True)
                ]
    return [statement]
