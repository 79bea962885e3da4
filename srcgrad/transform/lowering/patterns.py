"""``match`` as ``if``.

Plain values become comparisons. Anything else keeps Python's own matching, which only decides: the
statement below binds nothing that carries a derivative, so it is opaque::

    match p:                              match p:
        case [x, y] if n > 1: A               case [_, _] if n > 1: case = 1
        case {"k": v}: B          ->          case {"k": _}: case = 2
        case _: C                             case _: case = 3
                                          if case == 1: x = p[0]; y = p[1]; A
                                          elif case == 2: v = p["k"]; B
                                          elif case == 3: C
"""

from __future__ import annotations

from collections.abc import Iterator

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering.callees import UNRESOLVED
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.trees import renamed, shallow
from srcgrad.transform.refused import Refused


def as_conditions(stmt: gast.Match, program: Program) -> list[gast.stmt]:
    """A ``match`` statement as a decision and a chain of ``if``."""
    if isinstance(stmt.subject, gast.Name) and program.scope.bound[stmt.subject.id] == 1:
        subject, before = stmt.subject, []
    else:
        name = program.temp("subject", stmt.subject)
        subject, before = b.name(name), [b.assign(name, stmt.subject)]
    if all(_is_plain(case.pattern) for case in stmt.cases):
        return b.located([*before, *_compared(subject, stmt.cases)], stmt)
    return b.located([*before, *_decided(subject, stmt, program)], stmt)


# --- plain values ------------------------------------------------------------------------------


def _is_plain(pattern: gast.AST) -> bool:
    if isinstance(pattern, gast.MatchOr):
        return all(map(_is_plain, pattern.patterns))
    is_wildcard = isinstance(pattern, gast.MatchAs) and pattern.pattern is None and pattern.name is None
    return is_wildcard or isinstance(pattern, (gast.MatchValue, gast.MatchSingleton))


def _compared(subject: gast.expr, cases: list[gast.match_case]) -> list[gast.stmt]:
    chain: list[gast.stmt] = []
    for case in reversed(cases):
        tests = [test for test in (_test(subject, case.pattern), case.guard) if test is not None]
        chain = [b.if_(b.boolean("And", tests), case.body, chain)] if tests else list(case.body)
    return chain


def _test(subject: gast.expr, pattern: gast.AST) -> gast.expr | None:
    """The condition of a plain pattern; None for the one that always holds."""
    if isinstance(pattern, gast.MatchValue):
        return b.compare(b.clone(subject), "Eq", pattern.value)
    if isinstance(pattern, gast.MatchSingleton):
        return b.compare(b.clone(subject), "Is", pattern.value)
    if isinstance(pattern, gast.MatchOr):
        tests = [_test(subject, part) for part in pattern.patterns]
        return None if None in tests else b.boolean("Or", tests)
    return None


# --- any pattern -------------------------------------------------------------------------------


def _decided(subject: gast.expr, stmt: gast.Match, program: Program) -> list[gast.stmt]:
    """Python's ``match`` to find the case, then the bodies."""
    decision = program.temp("case_number")
    cases: list[gast.match_case] = []
    bodies: list[list[gast.stmt]] = []
    for number, case in enumerate(stmt.cases, start=1):
        captures = dict(_captures(case.pattern, subject, program))
        # A guard reads what the pattern has captured, under names that nothing else uses.
        shadows = {name: program.names.fresh(name) for name in captures if _is_read(name, case.guard)}
        program.guarded.update(shadows.values())
        pattern = _anonymous(case.pattern, shadows)
        guard = None if case.guard is None else renamed(case.guard, shadows)
        cases.append(gast.match_case(pattern, guard, [b.assign(decision, number)]))
        bound = [b.assign(name, value) for name, value in captures.items()]
        bodies.append([*bound, *case.body])
    chain: list[gast.stmt] = []
    for number, body in reversed(list(enumerate(bodies, start=1))):
        chain = [b.if_(b.compare(decision, "Eq", number), body, chain)]
    decide = gast.Match(subject, cases)
    if not program.taint.is_opaque(b.located(decide, stmt)):
        raise Refused(stmt, "the guard of a case calls functions on values that carry derivatives")
    return [b.assign(decision, 0), decide, *chain]


def _is_read(name: str, guard: gast.expr | None) -> bool:
    return guard is not None and name in set(b.names_in(guard))


def _captures(pattern: gast.AST, value: gast.expr, program: Program) -> Iterator[tuple[str, gast.expr]]:
    """The names that a pattern captures, each with an expression for the part of the subject."""
    if isinstance(pattern, gast.MatchAs):
        if pattern.pattern is not None:
            yield from _captures(pattern.pattern, value, program)
        if pattern.name is not None:
            yield pattern.name, b.clone(value)
    elif isinstance(pattern, gast.MatchSequence):
        yield from _captures_of_sequence(pattern, value, program)
    elif isinstance(pattern, gast.MatchMapping):
        for key, part in zip(pattern.keys, pattern.patterns, strict=True):
            yield from _captures(part, b.subscript(b.clone(value), key), program)
        if pattern.rest is not None:
            raise Refused(value, "a pattern captures the rest of a mapping")
    elif isinstance(pattern, gast.MatchClass):
        yield from _captures_of_class(pattern, value, program)
    elif isinstance(pattern, gast.MatchOr):
        for part in pattern.patterns:
            for name, _ in _captures(part, value, program):
                raise Refused(value, f"alternatives of a pattern capture {name!r}")


def _captures_of_sequence(
    pattern: gast.MatchSequence, value: gast.expr, program: Program
) -> Iterator[tuple[str, gast.expr]]:
    star = next((i for i, part in enumerate(pattern.patterns) if isinstance(part, gast.MatchStar)), None)
    count = len(pattern.patterns)
    for index, part in enumerate(pattern.patterns):
        if index == star:
            if part.name is not None:
                stop = None if index == count - 1 else b.constant(index - count + 1)
                rest = b.subscript(b.clone(value), b.slice_(b.constant(index) if index else None, stop))
                yield part.name, program.call_builtin("list", rest)
        else:
            place = index if star is None or index < star else index - count
            yield from _captures(part, b.subscript(b.clone(value), place), program)


def _captures_of_class(
    pattern: gast.MatchClass, value: gast.expr, program: Program
) -> Iterator[tuple[str, gast.expr]]:
    cls = program.callees.resolve(pattern.cls)
    names: tuple[str, ...] = () if cls is UNRESOLVED else getattr(cls, "__match_args__", ())
    for index, part in enumerate(pattern.patterns):
        if cls in (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple):
            yield from _captures(part, value, program)
        elif index < len(names):
            yield from _captures(part, b.attribute(b.clone(value), names[index]), program)
        else:
            raise Refused(value, "the class of a pattern is not known")
    for attr, part in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
        yield from _captures(part, b.attribute(b.clone(value), attr), program)


def _anonymous(pattern: gast.AST, shadows: dict[str, str]) -> gast.AST:
    """The same pattern, capturing only what ``shadows`` has a name for."""
    new = shallow(pattern)
    if isinstance(pattern, gast.MatchStar):
        new.name = shadows.get(pattern.name)
    elif isinstance(pattern, gast.MatchAs):
        new.name = shadows.get(pattern.name)
        if pattern.pattern is not None:
            inner = _anonymous(pattern.pattern, shadows)
            if new.name is None:
                return inner
            new.pattern = inner
    for field in ("patterns", "kwd_patterns"):
        if hasattr(pattern, field):
            setattr(new, field, [_anonymous(part, shadows) for part in getattr(pattern, field)])
    return new
