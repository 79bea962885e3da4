"""Text -> function, in a way that tracebacks, pdb and `inspect.getsource` can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

import gast

from srcgrad.origins import Origin, publish
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
        Name under which ``linecache`` has the text, or a file if ``SRCGRAD_DUMP`` asks for files.
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
    origin: Origin | None = None,
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
    origin : Origin, optional
        The program that it was made from; its line map is filled in.

    Returns
    -------
    Emitted
        The same tree and hint give the same text and file name in every process.
    """
    source, line_map = unparse(tree)
    known = None if origin is None else replace(origin, line_map=line_map)
    filename = publish(hint, source, known)
    scope = dict(namespace)
    exec(compile(source, filename, "exec", dont_inherit=True), scope)
    return Emitted(source, scope[name], line_map, filename)
