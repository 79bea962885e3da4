"""Make a failing program small: drop and simplify pieces of its tree while it still fails."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

import numpy as np

from tests.fuzz.generate import HEADER, Program

BLOCKS = ("body", "orelse")


def blocks(tree: ast.AST) -> list[tuple[ast.AST, str]]:
    """All lists of statements."""
    return [
        (node, name)
        for node in ast.walk(tree)
        for name in BLOCKS
        if isinstance(getattr(node, name, None), list) and getattr(node, name)
    ]


def without_statements(tree: ast.Module) -> Iterator[ast.Module]:
    """Copies with a run of statements dropped, long runs first, or a block put in place of its owner."""
    for which, (node, name) in enumerate(blocks(tree)):
        length = len(getattr(node, name))
        size = length
        while size:
            for start in range(0, length - size + 1, max(1, size // 2)):
                made = copy.deepcopy(tree)
                owner, field = blocks(made)[which]
                statements = getattr(owner, field)
                del statements[start : start + size]
                if statements or field == "orelse":
                    yield made
                elif isinstance(owner, ast.If):
                    statements.append(ast.Pass())
                    yield made
            size //= 2
        for place, statement in enumerate(getattr(node, name)):
            for inner in BLOCKS:
                if getattr(statement, inner, None) and not isinstance(statement, ast.FunctionDef):
                    made = copy.deepcopy(tree)
                    owner, field = blocks(made)[which]
                    statements = getattr(owner, field)
                    statements[place : place + 1] = getattr(statements[place], inner)
                    yield made


def simpler(node: ast.expr) -> list[ast.expr]:
    """What an expression may be replaced by: its parts, or a constant."""
    parts = [
        child
        for child in ast.iter_child_nodes(node)
        if isinstance(child, ast.expr) and not isinstance(child, (ast.Slice, ast.Lambda))
    ]
    if isinstance(node, ast.Call):
        parts = [child for child in parts if child is not node.func]
    if isinstance(node, (ast.Constant, ast.Name, ast.Attribute)):
        return [ast.Constant(0.5)] if isinstance(node, ast.Name) else []
    return [*parts, ast.Constant(0.5)]


def places(tree: ast.AST) -> list[tuple[ast.AST, str, int | None]]:
    """Where expressions stand that are read."""
    found: list[tuple[ast.AST, str, int | None]] = []
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr) and name not in ("func", "target") and is_read(value):
                found.append((node, name, None))
            elif isinstance(value, list) and name != "targets":
                found += [
                    (node, name, k) for k, v in enumerate(value) if isinstance(v, ast.expr) and is_read(v)
                ]
    return found


def is_read(node: ast.expr) -> bool:
    """Whether the expression is not an assignment's target."""
    return not isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))


def at(place: tuple[ast.AST, str, int | None]) -> ast.expr:
    """The expression at a place."""
    node, name, index = place
    value = getattr(node, name)
    return value if index is None else value[index]


def simpler_expressions(tree: ast.Module) -> Iterator[ast.Module]:
    """Copies with one expression replaced by something smaller."""
    for which, place in enumerate(places(tree)):
        for option in range(len(simpler(at(place)))):
            made = copy.deepcopy(tree)
            node, name, index = places(made)[which]
            new = simpler(at((node, name, index)))[option]
            if index is None:
                setattr(node, name, new)
            else:
                getattr(node, name)[index] = new
            yield made


def to_text(tree: ast.Module) -> str | None:
    """The program of a tree, or None where it is no program any more."""
    tree = copy.deepcopy(tree)
    try:
        text = ast.unparse(ast.fix_missing_locations(tree))
        compile(text, "<reduced>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return None
    return text + "\n"


def reduce(program: Program, fails: Callable[[Program], bool], *, attempts: int = 1500) -> Program:
    """The smallest program found that still ``fails``."""
    tree = ast.parse(program.text)
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    best = program
    seen: set[str] = set()
    progress = True
    while progress:
        progress = False
        for variants in (without_statements, simpler_expressions):
            improving = True
            while improving:
                improving = False
                for candidate in variants(tree):
                    body = to_text(candidate)
                    if body is None or body in seen or attempts <= 0:
                        continue
                    seen.add(body)
                    attempts -= 1
                    made = Program(f"{HEADER}\n\n{body}", program.args)
                    if fails(made):
                        tree, best = candidate, made
                        improving = progress = True
                        break
    return without_arguments(best, fails)


def without_arguments(program: Program, fails: Callable[[Program], bool]) -> Program:
    """Drop the arguments of ``f`` that nothing needs, and round the others."""
    for index in reversed(range(len(program.args))):
        tree = ast.parse(program.text)
        function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "f")
        del function.args.args[index]
        text = to_text(ast.Module([node for node in tree.body if isinstance(node, ast.FunctionDef)], []))
        made = Program(f"{HEADER}\n\n{text}", program.args[:index] + program.args[index + 1 :])
        if made.args and fails(made):
            program = made
    rounded = Program(program.text, tuple(np.round(arg, 1) for arg in program.args))
    rounded = Program(program.text, tuple(a if isinstance(a, np.ndarray) else float(a) for a in rounded.args))
    return rounded if fails(rounded) else program
