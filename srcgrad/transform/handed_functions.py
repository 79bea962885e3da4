"""Functions that are handed on, but not called as they are.

A callee that gets a function calls the function's generated versions. If it does nothing else with it, it need not
get it, and the caller need not define it.
"""

from __future__ import annotations

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.generate import Definition
from srcgrad.transform.types import Inner


def without_unread_functions(definitions: list[Definition]) -> None:
    """Drop parameters for functions that nothing reads, and inner functions that were only defined for them."""
    functions = [function for definition in definitions for function in definition.functions]
    waiting = [
        (definition, name)
        for definition in definitions
        for name, value in definition.specialization.parameters.items()
        if isinstance(value.type, Inner)
    ]
    dropped = True
    while dropped:
        dropped = False
        for definition, name in list(waiting):
            function = definition.functions[0]
            if name not in set(b.names_in(function.body)):
                _drop(function, name, functions)
                waiting.remove((definition, name))
                dropped = True
        for function in functions:
            dropped |= _drop_unread_definitions(function)


def _drop(function: gast.FunctionDef, name: str, functions: list[gast.FunctionDef]) -> None:
    args = function.args
    positional = [arg.id for arg in (*args.posonlyargs, *args.args)]
    place = positional.index(name) if name in positional else None
    if place is not None:
        without_default = len(positional) - len(args.defaults)
        if place >= without_default:
            del args.defaults[place - without_default]
        args.posonlyargs = [arg for arg in args.posonlyargs if arg.id != name]
        args.args = [arg for arg in args.args if arg.id != name]
    for k, arg in reversed(list(enumerate(args.kwonlyargs))):
        if arg.id == name:
            del args.kwonlyargs[k], args.kw_defaults[k]
    for caller in functions:
        for call in b.walk(caller):
            if (
                isinstance(call, gast.Call)
                and isinstance(call.func, gast.Name)
                and call.func.id == function.name
            ):
                if place is not None and place < len(call.args):
                    del call.args[place]
                call.keywords = [keyword for keyword in call.keywords if keyword.arg != name]


def _drop_unread_definitions(function: gast.FunctionDef) -> bool:
    """Whether an inner function has been dropped."""
    read = {node.id for node in b.walk(function) if isinstance(node, gast.Name)}
    found = False
    blocks = [function.body]
    while blocks:
        block = blocks.pop()
        for statement in list(block):
            if isinstance(statement, gast.FunctionDef):
                if statement.name not in read:
                    block.remove(statement)
                    found = True
                continue
            blocks += [inner for part in ("body", "orelse") if (inner := getattr(statement, part, None))]
        if not block:
            block.append(b.pass_())
    return found
