"""Python -> core Python, the small language that inference and the sweeps understand.

The grammar of core Python
--------------------------
``normalize`` returns a function with the parameters of the source (annotations, decorators and docstring
dropped) and a body after this grammar; ``name`` is a local name::

    function  = block ["return" name]             the only return: of a name, the last statement
    block     = statement+
    statement = opaque                            any statement at all, verbatim (below)
              | name "=" value
              | name ("," name)* "=" value        at least two names, or one and a comma
              | place "=" value
              | (name | place) op"=" value        whether it writes in place depends on types
              | call                              for its effect
              | "if" test ":" block ["else" ":" block]
              | "while" test ":" loopbody
              | "for" name "in" range ":" loopbody   the body does not bind the name
              | "with" value ["as" name] ":" block   one item
              | "assert" test ["," expr]
              | "del" name
              | "def" name "(" args ")" ":" block    an inner function, its body as the user has it
              | "pass" | import
    loopbody  = block, in which "break" may be the last statement of a block in tail position:
                the end of the body, or of a branch of an "if" in tail position ("with" is no such block)
    place     = name "[" index "]" | name "." attr
    value     = hoisted | expr
    hoisted   = call                              of a function that has no rule, or that writes
    range     = "range" "(" expr, ... ")"

An ``expr`` is any Python expression in which no call is hoisted, without ``:=``, ``await`` and ``yield``;
in it, ternaries, ``and``, ``or``, comprehensions and lambdas carry no derivative. A ``test`` is an ``expr``
with two more liberties: ``and`` and ``or`` of anything, and calls of unknown functions on values that carry
no derivative. ``raise``, ``try``, ``match``, ``class``, ``global``, ``nonlocal`` occur in opaque statements
only, ``return`` nowhere else, ``continue`` in opaque loops only.

An opaque statement binds no tainted name, writes into no tainted object, hands no tainted object to a
function that might, and is not left by ``return``, ``break`` or ``continue``. It may read tainted values in
ways that stop the taint (comparisons, ``len``, shapes, text ...). What is tainted: see
`srcgrad.transform.lowering.taint`.

Names that the passes introduce: ``ret`` the result; ``returned``, ``stop``, ``skip``, ``broken``, ``attempt``,
``case_number`` what became of an exit, a loop, a ``try``, a ``match``; ``k`` counters; ``items``, ``xs_items``,
``keys``, ``numbers`` what a loop goes through; ``total``, ``folded``, ``owner``, ``subject``, ``t`` other values.
Each gets a number where the program has the name already. Besides builtins, lowered code calls `HELPERS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering.callees import HELPERS, Callees
from srcgrad.transform.lowering.exits import place_exits
from srcgrad.transform.lowering.kinds import scope_of
from srcgrad.transform.lowering.preparation import check_inner_functions, prepared
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.scopes import blocks
from srcgrad.transform.lowering.statements import Statements
from srcgrad.transform.lowering.taint import Taint
from srcgrad.transform.lowering.transcripts import refuse_transcripts
from srcgrad.transform.names import Names, bound_and_read
from srcgrad.transform.refused import Refused
from srcgrad.transform.source import Source

__all__ = ["HELPERS", "Core", "Refused", "normalize"]


@dataclass(frozen=True)
class Core:
    """A function in core Python.

    Parameters
    ----------
    function : gast.FunctionDef
        After the grammar of this module.
    opaque : frozenset of int
        The ``id`` of each outermost statement that is left as it stands.
    tainted : frozenset of str
        Names that may carry derivatives.
    names : Names
        Makes further fresh names.
    inner : dict of str to gast.FunctionDef
        Inner functions (lambdas that were bound to a name too) that are bound once and not decorated.
    """

    function: gast.FunctionDef
    opaque: frozenset[int]
    tainted: frozenset[str]
    names: Names
    inner: dict[str, gast.FunctionDef] = field(default_factory=dict)


def normalize(source: Source, active: frozenset[str], classes: Mapping[str, type] | None = None) -> Core:
    """Lower a function to core Python.

    Parameters
    ----------
    source : Source
        The function.
    active : frozenset of str
        Parameters (and captured names) that carry derivatives.
    classes : mapping of str to type, optional
        Classes of the arguments, as far as known: decides how a loop over one of them goes.

    Returns
    -------
    Core

    Raises
    ------
    Refused
        If the function uses something in a way that has no counterpart in core Python.
    """
    tree = prepared(source.tree)
    scope = scope_of(tree.args, tree.body, classes)
    callees = Callees(source.namespace, scope)
    occurrences = Counter(bound_and_read(tree))
    taint = Taint(tree.body, callees, active)
    refuse_transcripts(tree.body, callees, active, taint)
    program = Program(
        tree=tree,
        names=Names(occurrences),
        callees=callees,
        taint=taint,
        scope=scope,
        occurrences=occurrences,
    )
    lowered = Statements(program).block(tree.body)
    body = place_exits(lowered, tree.args, program.names, program.taint.is_opaque)
    function = b.located(b.function_def(tree.name, tree.args, body or [b.pass_()]), tree)
    # Taint is judged once more, on the result: temporaries have theirs, and opaque means the same.
    taint = Taint(function.body, callees, active, program.guarded, program.taint)
    check_inner_functions(function, program.inner, taint)
    return Core(
        function=function,
        opaque=frozenset(_opaque(function.body, taint)),
        tainted=frozenset(taint.names),
        names=program.names,
        inner=program.inner,
    )


def _opaque(stmts: list[gast.stmt], taint: Taint) -> set[int]:
    found: set[int] = set()
    pending = list(stmts)
    while pending:
        stmt = pending.pop()
        if taint.is_opaque(stmt):
            found.add(id(stmt))
        else:
            pending.extend(child for _, block in blocks(stmt) for child in block)
    return found
