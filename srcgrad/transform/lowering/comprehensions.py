"""Comprehensions, generator arguments, ``map``, ``filter`` and ``reduce`` as loops.

================================  ==============================================
``[f(x) for x in xs if x > 0]``   ``items = []``, ``for x in xs: if x > 0: items.append(f(x))``
``{k: v * a for k, v in m}``      ``items = {}``, ``for k, v in m: items[k] = v * a``
``sum(x * x for x in xs)``        ``total = 0``, ``for x in xs: total = total + x * x``
``map(f, xs)``                    ``(f(x) for x in xs)``, where something consumes it
``reduce(f, xs, start)``          ``folded = start``, ``for x in xs: folded = f(folded, x)``
================================  ==============================================

The variables of a comprehension are its own: they get other names where the function uses theirs.
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.scopes import all_nodes, contains
from srcgrad.transform.lowering.trees import renamed, shallow
from srcgrad.transform.refused import Refused


def as_loop(node: gast.expr, name: str, program: Program) -> list[gast.stmt]:
    """A list, set or dict comprehension as statements that build it in ``name``."""
    node = with_own_variables(node, program)
    if isinstance(node, gast.DictComp):
        start: gast.expr = b.dict_([])
        key, before = node.key, []
        if not isinstance(key, (gast.Name, gast.Constant)):
            # The key is evaluated before the value, which an assignment does the other way round.
            key = b.name(program.temp("key", node.key))
            before = [b.assign(key, node.key)]
        steps = [*before, b.assign(b.subscript(name, key), node.value)]
    elif isinstance(node, gast.SetComp):
        start = program.call_builtin("set")
        steps = [b.expr_stmt(b.method(b.name(name), "add", node.elt))]
    else:
        start = b.list_([])
        steps = [b.expr_stmt(b.method(b.name(name), "append", node.elt))]
    return b.located([b.assign(name, start), *_nested(node.generators, steps)], node)


def accumulated(node: gast.GeneratorExp, total: str, program: Program) -> list[gast.stmt]:
    """The loop that adds the items of a generator to ``total``, as ``sum`` does."""
    node = with_own_variables(node, program)
    # Not ``total += item``: that would write into the start value if it is a list or an array.
    step = b.assign(total, b.binary(total, "Add", node.elt))
    return b.located(_nested(node.generators, [step]), node)


def _nested(generators: list[gast.comprehension], body: list[gast.stmt]) -> list[gast.stmt]:
    for generator in reversed(generators):
        if generator.is_async:
            raise Refused(generator.target, "an asynchronous comprehension")
        if generator.ifs:
            body = [b.if_(b.boolean("And", generator.ifs), body)]
        body = [b.for_(generator.target, generator.iter, body)]
    return body


def with_own_variables(node: gast.expr, program: Program) -> Any:
    """A comprehension whose variables clash with no other name of the function."""
    inside = Counter(child.id for child in all_nodes(node) if isinstance(child, gast.Name))
    own = {
        child.id: ""
        for generator in node.generators
        for child in all_nodes(generator.target)
        if isinstance(child, gast.Name)
    }
    names = {name: program.temp_like(name) for name in own if program.occurrences[name] > inside[name]}
    if not names:
        program.callees.local.update(own)
        return node
    new = shallow(node)
    for field in ("elt", "key", "value"):
        if hasattr(node, field):
            setattr(new, field, renamed(getattr(node, field), names))
    new.generators = [shallow(generator) for generator in node.generators]
    for index, generator in enumerate(new.generators):
        generator.target = renamed(generator.target, names)
        generator.ifs = renamed(generator.ifs, names)
        if index:  # the first iterable is evaluated outside
            generator.iter = renamed(generator.iter, names)
    return new


# --- higher-order builtins ---------------------------------------------------------------------


def is_lazy(node: gast.expr, program: Program) -> bool:
    """Whether an expression is ``map(...)`` or ``filter(...)`` over something with derivatives."""
    return (
        isinstance(node, gast.Call)
        and program.callees.is_builtin(node.func, "map", "filter")
        and not node.keywords
        and program.taint.carries(node)
    )


def is_reduce(node: gast.expr, program: Program) -> bool:
    """Whether an expression is ``functools.reduce(...)`` over something with derivatives."""
    return (
        isinstance(node, gast.Call)
        and program.callees.resolve(node.func) is functools.reduce
        and program.taint.carries(node)
    )


def as_generator(node: gast.Call, program: Program) -> gast.GeneratorExp:
    """``map`` and ``filter`` as the generator expressions that they abbreviate."""
    function, *iterables = node.args
    if any(isinstance(arg, gast.Starred) for arg in node.args):
        raise Refused(node, "the iterables of map are not known")
    names = [program.temp("item", iterable) for iterable in iterables]
    target = b.as_target(names[0]) if len(names) == 1 else b.tuple_target(names)
    source = iterables[0] if len(names) == 1 else program.call_builtin("zip", *iterables)
    result = applied(function, names)
    if program.callees.is_builtin(node.func, "map"):
        elt, tests = result, []
    else:
        is_truth = isinstance(function, gast.Constant) and function.value is None
        elt, tests = b.name(names[0]), [b.name(names[0]) if is_truth else result]
    return b.located(gast.GeneratorExp(elt, [gast.comprehension(target, source, tests, 0)]), node)


def reduced(node: gast.Call, result: str, program: Program) -> list[gast.stmt]:
    """The statements that leave ``functools.reduce(...)`` in ``result``."""
    function, items, *start = node.args
    if node.keywords or any(isinstance(arg, gast.Starred) for arg in node.args):
        raise Refused(node, "the arguments of reduce are not known")
    item = program.temp("item", items)
    step = b.assign(result, applied(function, [result, item]))
    if start:
        statements = [b.assign(result, start[0]), b.for_(item, items, [step])]
    else:
        whole = program.temp("items", items)
        statements = [
            b.assign(whole, program.call_builtin("list", items)),
            b.assign(result, b.subscript(whole, 0)),
            b.for_(item, b.subscript(whole, b.slice_(1)), [step]),
        ]
    return b.located(statements, node)


def applied(function: gast.expr, names: list[str]) -> gast.expr:
    """``function(*names)``; the body of a plain lambda with the names in place of its parameters."""
    if isinstance(function, gast.Lambda):
        args = function.args
        plain = not (args.vararg or args.kwarg or args.kwonlyargs or args.defaults or args.posonlyargs)
        if plain and len(args.args) == len(names) and not contains(function.body, gast.NamedExpr):
            return renamed(function.body, {arg.id: name for arg, name in zip(args.args, names, strict=True)})
    return b.call(function, *names)
