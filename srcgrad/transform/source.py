"""From a function object to its syntax tree and the environment it runs in."""

from __future__ import annotations

import ast
import inspect
import linecache
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CellType, CodeType, FunctionType
from typing import Any

import gast

from srcgrad.errors import Location, SourceNotFoundError
from srcgrad.transform import builders as b


class Namespace(Mapping[str, Any]):
    """What a function sees besides its locals: closure cells first, then globals.

    Live: every look-up sees the value of that moment. Builtins are not in it.
    """

    def __init__(self, function: FunctionType) -> None:
        self._globals = function.__globals__
        self._cells: dict[str, CellType] = dict(
            zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        )

    def __getitem__(self, key: str) -> Any:
        cell = self._cells.get(key)
        if cell is None:
            return self._globals[key]
        try:
            return cell.cell_contents
        except ValueError:  # the enclosing function has not assigned it yet
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[str]:
        yield from (key for key in self._cells if key in self)
        yield from (key for key in self._globals if key not in self._cells)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def captured(self) -> frozenset[str]:
        """Names that come from an enclosing function."""
        return frozenset(self._cells)


@dataclass(frozen=True)
class Source:
    """The text of one function.

    Parameters
    ----------
    function : function
        The plain function; of a method, the function behind it.
    tree : gast.FunctionDef
        Its definition with the line numbers of the whole file, decorators included. A lambda is a
        definition named ``lambda_`` of one ``return``.
    filename : str
        File as Python reports it.
    lines : tuple of str
        All lines of that file, with line ends.
    namespace : Namespace
        Closure cells and globals, live.
    name : str
        The name in the tree.
    first_line : int
        Line of the first decorator, of ``def`` or of ``lambda``.
    """

    function: FunctionType
    tree: gast.FunctionDef
    filename: str
    lines: tuple[str, ...]
    namespace: Namespace
    name: str
    first_line: int

    def location(self, line: int) -> Location:
        """A line of the user's file, for messages."""
        text = self.lines[line - 1].rstrip("\n") if 0 < line <= len(self.lines) else ""
        start = len(text) - len(text.lstrip())
        return Location(self.filename, line, start, len(text.rstrip()), text)


def read_source(function: Callable[..., Any]) -> Source:
    """Find and parse the source of a function, lambda or method.

    Parameters
    ----------
    function : callable
        A plain function (nested, decorated by something that keeps it, from a doctest, a notebook or
        ``exec`` with text known to ``linecache``), a lambda, or a method bound or not.

    Returns
    -------
    Source

    Raises
    ------
    SourceNotFoundError
        If there is no source, or the text there is not that function's (the file has changed).
    """
    plain = getattr(function, "__func__", function)
    if not isinstance(plain, FunctionType):
        raise SourceNotFoundError(f"{_described(function)} is not written in Python, so it has no source")
    code = plain.__code__
    lines = linecache.getlines(code.co_filename, plain.__globals__)
    if not lines:
        raise SourceNotFoundError(
            f"the source of {_described(function)} is not available",
            location=Location(code.co_filename, code.co_firstlineno),
        )
    node = _find(code, tuple(lines))
    if node is None:
        raise SourceNotFoundError(
            f"the text in {code.co_filename} is not the source of {_described(function)}",
            location=Location(code.co_filename, code.co_firstlineno),
            cause="the file has changed since it was imported, or the function was made without text",
        )
    tree = gast.ast_to_gast(node)
    if isinstance(tree, gast.Lambda):
        body = b.located(b.return_(tree.body), tree.body)
        tree = b.located(b.function_def("lambda_", tree.args, [body]), tree)
    _mangle(tree, plain.__qualname__)
    namespace = Namespace(plain)
    from srcgrad.transform.surgery import expand_surgery

    expand_surgery(tree, namespace, code.co_filename, lines)
    return Source(
        function=plain,
        tree=tree,
        filename=code.co_filename,
        lines=tuple(lines),
        namespace=namespace,
        name=tree.name,
        first_line=code.co_firstlineno,
    )


def _described(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", None) or repr(function))


# --- finding the definition --------------------------------------------------------------------

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _find(code: CodeType, lines: tuple[str, ...]) -> _Definition | None:
    """The definition that was compiled to ``code``."""
    if code.co_name != "<lambda>":
        for tree in (_parse_block(lines, code.co_firstlineno), _parse_file(lines)):
            for node in ast.walk(tree):
                if isinstance(node, _Definition) and _is_compiled_to(node, code):
                    return node
        return None
    found = [node for node in ast.walk(_parse_file(lines)) if _is_compiled_to(node, code)]
    inside = [node for node in found if _covers(node, code)]
    # Of nested lambdas several cover the instructions of the inner one; the last is the innermost,
    # because ``ast.walk`` goes from the outside to the inside.
    candidates = inside or found
    if not candidates or (not inside and len(found) > 1):
        return None
    return candidates[-1]  # type: ignore[return-value]


def _parse_block(lines: tuple[str, ...], first_line: int) -> ast.Module:
    """The statement that starts at a line (much cheaper than the whole file); empty if it is not one."""
    try:
        block = inspect.getblock(lines[first_line - 1 :])
        # An indented block is parsed as the body of an `if` rather than dedented: multi-line strings stay
        # as they are and so do column numbers.
        indented = block[:1] and block[0][:1].isspace()
        tree = ast.parse("if True:\n" + "".join(block) if indented else "".join(block))
    except (SyntaxError, tokenize.TokenError):
        return ast.Module([], [])
    return ast.increment_lineno(tree, first_line - 1 - bool(indented))


@lru_cache(maxsize=32)
def _parse_file(lines: tuple[str, ...]) -> ast.Module:
    try:
        return ast.parse("".join(lines))
    except SyntaxError:
        return ast.Module([], [])


def _is_compiled_to(node: ast.AST, code: CodeType) -> bool:
    if not isinstance(node, _Definition):
        return False
    if isinstance(node, ast.Lambda):
        identifier, first_line = "<lambda>", node.lineno
    else:
        identifier = node.name
        first_line = min(item.lineno for item in [node, *node.decorator_list])
    args = node.args
    parameters = [arg.arg for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs]]
    count = code.co_argcount + code.co_kwonlyargcount
    return (
        identifier == code.co_name
        and first_line == code.co_firstlineno
        and len(parameters) == count
        and all(name.endswith(arg) for arg, name in zip(parameters, code.co_varnames, strict=False))
    )


def _covers(node: ast.AST, code: CodeType) -> bool:
    """Whether every instruction of ``code`` comes from the body of this lambda."""
    if not isinstance(node, ast.Lambda):
        return False
    body = node.body
    start, stop = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    positions = [
        position for position in code.co_positions() if all(position) or (position[0] and position[3])
    ]
    return bool(positions) and all(
        start <= (line or 0, column or 0) and (end_line or 0, end_column or 0) <= stop
        for line, end_line, column, end_column in positions
    )


# --- private names of a class ------------------------------------------------------------------


def _mangle(tree: gast.FunctionDef, qualname: str) -> None:
    """Write ``self.__w`` of a method as ``self._Class__w``, which it means outside of the class too."""
    owner = qualname.rpartition(".")[0].rpartition(".")[2].lstrip("_")
    if not owner or owner.startswith("<"):
        return
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name"):
            value = getattr(node, field, None)
            if isinstance(value, str) and value.startswith("__") and not value.endswith("__"):
                setattr(node, field, f"_{owner}{value}")
