"""Text -> function, in a way that tracebacks, pdb and `inspect.getsource` can show."""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import gast

from srcgrad.transform.unparse import unparse


@dataclass(frozen=True)
class Emitted:
    """A compiled function and the text it was compiled from.

    Parameters
    ----------
    source : str
        The text.
    function : function
        What it defines under the name asked for.
    line_map : dict of int to int
        Line of ``source``, from 1 -> line of the user's file.
    filename : str
        Name under which ``linecache`` has the text.
    """

    source: str
    function: FunctionType
    line_map: dict[int, int]
    filename: str


def emit(
    tree: gast.FunctionDef | Sequence[gast.stmt],
    namespace: Mapping[str, Any],
    name: str,
    *,
    hint: str,
) -> Emitted:
    """Print, compile and load one or several definitions.

    Parameters
    ----------
    tree : gast.FunctionDef or sequence of statements
        What to compile.
    namespace : mapping
        The globals it runs in; copied, so nothing is written to the user's module.
    name : str
        Which of the definitions to return.
    hint : str
        Says in tracebacks what this is, as in ``"loss, reverse sweep"``.

    Returns
    -------
    Emitted
        The same tree and hint give the same text and file name in every process.
    """
    source, line_map = unparse(tree)
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    filename = f"<srcgrad {hint} {digest}>"
    # Without a modification time, `linecache.checkcache` keeps an entry that has no file.
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    scope = dict(namespace)
    exec(compile(source, filename, "exec", dont_inherit=True), scope)
    return Emitted(source, scope[name], line_map, filename)
