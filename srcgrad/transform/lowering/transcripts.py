"""Numbers that go through text.

``float(f"{x}")`` is ``x`` again, but no derivative passes through a string. Text is made to be shown, so it does
not taint what it is assigned to; this pass looks for the rare program that reads it back as a number.
"""

from __future__ import annotations

import ast
import json
import pickle
import struct
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import gast
import numpy as np

from srcgrad.transform.lowering.callees import Callees
from srcgrad.transform.lowering.scopes import own_nodes
from srcgrad.transform.lowering.taint import Taint, operands
from srcgrad.transform.refused import Refused

#: They make text or bytes of what they are given.
_WRITERS = frozenset({
    str, repr, format, ascii, json.dumps, pickle.dumps, struct.pack, np.array2string, np.array_str, np.array_repr,
})  # fmt: skip
_WRITING_METHODS = frozenset({"format", "join", "tobytes", "hex", "dumps", "as_integer_ratio"})
#: They make numbers of text or bytes.
_READERS = frozenset({
    float, complex, eval, ast.literal_eval, json.loads, pickle.loads, struct.unpack, Decimal, Fraction, float.fromhex,
    np.float64, np.float32, np.complex128, np.array, np.asarray, np.fromstring, np.frombuffer, np.loadtxt,
})  # fmt: skip
_READING_METHODS = frozenset({"astype"})


class _Text(Taint):
    """What may hold a derivative, or text that was made of one."""

    def _carriers_of(self, node: gast.AST) -> Iterable[str]:
        if isinstance(node, (gast.JoinedStr, gast.FormattedValue)):
            return self._of_all(getattr(node, "values", None) or [node.value])
        if isinstance(node, gast.Call) and _writes(node, self._callees):
            return self._of_all(operands(node))
        return super()._carriers_of(node)


def _writes(call: gast.Call, callees: Callees) -> bool:
    function = callees.resolve(call.func)
    named = isinstance(call.func, gast.Attribute) and call.func.attr in _WRITING_METHODS
    return named or any(function is writer for writer in _WRITERS)


def _reads(call: gast.Call, callees: Callees) -> bool:
    function = callees.resolve(call.func)
    named = isinstance(call.func, gast.Attribute) and call.func.attr in _READING_METHODS
    return named or any(function is reader for reader in _READERS)


def refuse_transcripts(body: list[gast.stmt], callees: Callees, active: frozenset[str], taint: Taint) -> None:
    """Refuse a function that may make a number of the text of a differentiated value.

    Raises
    ------
    Refused
        At the call that reads the text.
    """
    nodes = list(own_nodes(body))
    if not any(
        isinstance(node, gast.JoinedStr) or (isinstance(node, gast.Call) and _writes(node, callees))
        for node in nodes
    ):
        return
    readers = [node for node in nodes if isinstance(node, gast.Call) and _reads(node, callees)]
    if not readers:
        return
    text = _Text(body, callees, active)
    for call in readers:
        if text.touches(call) and not taint.touches(call):
            raise Refused(call, "a number may be made of the text of a differentiated value")
