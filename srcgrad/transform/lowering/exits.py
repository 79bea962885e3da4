"""Put ``return``, ``break`` and ``continue`` in tail position.

What follows an exit moves to the other side of the ``if`` around it::

    if c: return a              if c: ret = a
    B                           else: B
    return b                          ret = b
                                return ret

``continue`` disappears that way, ``break`` stays as the last statement of its block. A ``return`` inside
a loop assigns, notes, and breaks::

    for i in range(n):          returned = False
        if c: return a          for i in range(n):
        B                           if c:
    return b                            ret = a; returned = True
                                        break
                                    B
                                if not returned:
                                    ret = b
                                return ret

Where both sides of an ``if`` go on and one of them exits somewhere inside, a short rest is repeated and
a long one gets a flag. Beyond a certain depth all exits become flags, and the statements between them a
flat sequence of ``if`` statements: a function of a thousand early returns nests no deeper than one of ten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering.loop_else import breaks
from srcgrad.transform.lowering.scopes import bindings, blocks, exits, parameters
from srcgrad.transform.lowering.trees import shallow
from srcgrad.transform.names import Names

#: How deep early exits may nest what follows them.
_MAX_DEPTH = 12

_LOOPS = (gast.For, gast.While)
_SIMPLE = (gast.Return, gast.Break, gast.Continue, gast.Assign, gast.AugAssign, gast.Expr, gast.Pass)


def place_exits(
    body: list[gast.stmt],
    args: gast.arguments,
    names: Names,
    is_opaque: Callable[[gast.stmt], bool],
) -> list[gast.stmt]:
    """The body of a function with its exits in tail position, and at most one ``return``, at its end."""
    returns = [stmt for part in body for stmt in exits(part) if isinstance(stmt, gast.Return)]
    values = [None if stmt.value is None or _is_none(stmt.value) else stmt.value for stmt in returns]
    if not any(values):
        return _Placer(None, names, is_opaque).function(body)
    ends = _leaves(body)
    local = {name.id for name in parameters(args)} | set(bindings(body))
    shared = {value.id if isinstance(value, gast.Name) else None for value in values}
    only = shared.pop() if len(shared) == 1 and ends else None
    result = only if only in local else names.fresh("ret")
    if not ends:
        # Python returns None at the end of the text.
        body = [*body, b.located(b.return_(b.constant(None)), body[-1])]
    placed = _Placer(result, names, is_opaque).function(body)
    return [*placed, b.located(b.return_(b.name(result)), returns[-1])]


def _is_none(node: gast.expr) -> bool:
    return isinstance(node, gast.Constant) and node.value is None


def _leaves(stmts: list[gast.stmt]) -> bool:
    """Whether no path reaches the end of a block."""
    return any(_is_end(stmt) for stmt in stmts)


def _is_end(stmt: gast.stmt) -> bool:
    if isinstance(stmt, gast.If):
        return _leaves(stmt.body) and _leaves(stmt.orelse)
    if isinstance(stmt, gast.While):
        endless = isinstance(stmt.test, gast.Constant) and bool(stmt.test.value)
        return endless and not breaks(stmt.body)
    return isinstance(stmt, (gast.Return, gast.Break, gast.Continue, gast.Raise))


_OPPOSITES = {gast.Is: gast.IsNot, gast.IsNot: gast.Is, gast.In: gast.NotIn, gast.NotIn: gast.In}


def _opposite(test: gast.expr) -> gast.expr:
    """The negation of a test. ``==`` stays under ``not``: an object may define ``!=`` as it likes."""
    if isinstance(test, gast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _OPPOSITES:
        return gast.Compare(test.left, [_OPPOSITES[type(test.ops[0])]()], test.comparators)
    return b.negate(test)


def _goes_on_once(stmt: gast.If) -> bool:
    """Whether exactly one side of an ``if`` reaches its end."""
    return _leaves(stmt.body) != _leaves(stmt.orelse)


def _has_exits(stmt: gast.stmt) -> bool:
    return next(exits(stmt), None) is not None


@dataclass
class _Flags:
    """The flags that the exits of one stretch of code set; named when the first exit does."""

    stop: str | None = None
    skip: str | None = None
    returned: str | None = None


@dataclass(frozen=True)
class _Region:
    """Where statements stand.

    ``in_loop``: in the body of a loop, else in that of the function. ``flags``: set where exits set
    flags, None where they take effect at once. ``armed``: ``returned`` has been assigned before.
    """

    in_loop: bool = False
    flags: _Flags | None = None
    armed: bool = False
    depth: int = 0


@dataclass
class _Placer:
    """Places the exits of one function; ``result`` is the name of its value, if it has one."""

    result: str | None
    names: Names
    is_opaque: Callable[[gast.stmt], bool]
    returned: str | None = field(default=None, init=False)
    is_tested: bool = field(default=False, init=False)

    def function(self, body: list[gast.stmt]) -> list[gast.stmt]:
        """The whole body."""
        placed = self._place(body, _Region())
        if self.returned is not None and not self.is_tested:
            placed = _without_assignments_to(self.returned, placed)
        return placed

    # --- blocks ---

    def _place(self, stmts: list[gast.stmt], region: _Region) -> list[gast.stmt]:
        """A block in tail position of its region."""
        if region.flags is not None:
            return self._flat(stmts, region)
        placed: list[gast.stmt] = []
        for index, stmt in enumerate(stmts):
            if _has_exits(stmt):
                return placed + self._exiting(stmt, stmts[index + 1 :], region)
            placed.append(self._inside(stmt, region))
            if _is_end(stmt):
                break
        return placed

    def _suite(self, stmts: list[gast.stmt], region: _Region, like: gast.stmt) -> list[gast.stmt]:
        """The block of a compound statement, which may not be empty."""
        return self._place(stmts, region) or [b.located(b.pass_(), like)]

    def _flat(self, stmts: list[gast.stmt], region: _Region) -> list[gast.stmt]:
        """A block whose exits set flags: what follows an exit runs if no flag is set."""
        placed: list[gast.stmt] = []
        group: list[gast.stmt] = []
        tests: list[str] = []
        for index, stmt in enumerate(stmts):
            rest = stmts[index + 1 :]
            if not _has_exits(stmt):
                group.append(self._inside(stmt, region))
                if rest and not _is_end(stmt):
                    continue
                rest = []
            elif isinstance(stmt, gast.If) and _goes_on_once(stmt) and region.depth < _MAX_DEPTH:
                group += self._branching(stmt, rest, region)
                rest = []
            else:
                group += self._flagged(stmt, region)
            placed += [self._unless(tests, group)] if tests else group
            group = []
            tests += [flag for flag in self._set_by(stmt, region) if flag not in tests]
            if not rest or _is_end(stmt):
                break
        return placed

    def _inside(self, stmt: gast.stmt, region: _Region) -> gast.stmt:
        """A statement that nothing leaves; loops in it have exits of their own."""
        if self.is_opaque(stmt) or not any(blocks(stmt)):
            return stmt
        inner = _Region(in_loop=True) if isinstance(stmt, _LOOPS) else replace(region, depth=region.depth + 1)
        new = shallow(stmt)
        for name, block in blocks(stmt):
            setattr(new, name, self._suite(block, inner, stmt))
        return new

    # --- a statement with exits ---

    def _exiting(self, stmt: gast.stmt, rest: list[gast.stmt], region: _Region) -> list[gast.stmt]:
        """A statement with exits in it, and what follows it, where exits take effect at once."""
        if isinstance(stmt, (gast.Return, gast.Break, gast.Continue)):
            return self._exit(stmt, region)
        if isinstance(stmt, gast.If):
            return self._branching(stmt, rest, region)
        before: list[gast.stmt] = []
        if not region.in_loop and self._is_constant_return(rest):
            # The value of falling through is assigned first, and overwritten by an exit.
            before, rest = self._exit(rest[0], region), []
        if isinstance(stmt, _LOOPS):
            return before + self._looping(stmt, rest, region)
        only_skips = all(isinstance(end, gast.Continue) for end in exits(stmt))
        if not rest and (only_skips or not region.in_loop):
            new = shallow(stmt)
            new.body = self._suite(stmt.body, region, stmt)
            return [*before, new]
        return before + self._flagging([stmt], rest, region)

    def _exit(self, stmt: gast.stmt, region: _Region) -> list[gast.stmt]:
        placed: list[gast.stmt] = []
        if isinstance(stmt, gast.Return):
            if self.result is not None and not _is_name(stmt.value, self.result):
                value = b.constant(None) if stmt.value is None else stmt.value
                placed.append(b.located(b.assign(self.result, value), stmt))
            elif self.result is None and stmt.value is not None and not _is_none(stmt.value):
                placed.append(b.located(b.expr_stmt(stmt.value), stmt))
            if region.in_loop or region.flags is not None:
                placed.append(b.located(b.assign(self._returned(), True), stmt))
        if region.flags is not None:
            if not isinstance(stmt, gast.Return):
                placed += [b.located(b.assign(flag, True), stmt) for flag in self._set_by(stmt, region)]
        elif region.in_loop and not isinstance(stmt, gast.Continue):
            placed.append(b.located(b.break_(), stmt))
        return placed

    def _branching(self, stmt: gast.If, rest: list[gast.stmt], region: _Region) -> list[gast.stmt]:
        body, orelse = stmt.body, stmt.orelse
        goes_on = [not _leaves(body), not _leaves(orelse)]
        if rest and all(goes_on) and not (len(rest) == 1 and isinstance(rest[0], _SIMPLE)):
            return self._flagging([stmt], rest, region)
        if rest and any(goes_on):
            if region.depth >= _MAX_DEPTH and region.flags is None:
                return self._flagging([stmt, *rest], [], region)
            if all(goes_on):
                body, orelse = [*body, *rest], [*orelse, *b.clone(rest)]
            elif goes_on[0]:
                body = [*body, *rest]
            else:
                orelse = [*orelse, *rest]
        inner = replace(region, depth=region.depth + 1)
        placed, placed_else = self._place(body, inner), self._place(orelse, inner)
        test = stmt.test
        if not placed and placed_else and not isinstance(placed_else[0], gast.If):
            test, placed, placed_else = b.located(_opposite(test), test), placed_else, []
        return [b.located(b.if_(test, placed or [b.pass_()], placed_else), stmt)]

    def _looping(self, stmt: Any, rest: list[gast.stmt], region: _Region) -> list[gast.stmt]:
        """A loop with a ``return`` in it."""
        returned = self._returned()
        start = [] if region.armed or region.in_loop else [b.located(b.assign(returned, False), stmt)]
        loop = self._loop(stmt)
        if _is_end(stmt):
            return [*start, loop, *([b.located(b.break_(), stmt)] if region.in_loop else [])]
        return [*start, loop, *self._after([returned], [], rest, replace(region, armed=True), stmt)]

    def _loop(self, stmt: Any) -> gast.stmt:
        new = shallow(stmt)
        new.body = self._suite(stmt.body, _Region(in_loop=True), stmt)
        return new

    # --- flags ---

    def _flagging(self, stretch: list[gast.stmt], rest: list[gast.stmt], region: _Region) -> list[gast.stmt]:
        """Statements whose exits set flags, then what the flags decide."""
        flags = _Flags()
        placed = self._place(stretch, replace(region, flags=flags))
        like = stretch[0]
        needed = [flags.stop, flags.skip, None if region.armed or region.in_loop else flags.returned]
        starts = [b.located(b.assign(flag, False), like) for flag in needed if flag is not None]
        ends = [flag for flag in (flags.stop, flags.returned) if flag is not None]
        skips = [flags.skip] if flags.skip is not None else []
        armed = replace(region, armed=region.armed or flags.returned is not None)
        return [*starts, *placed, *self._after(ends, skips, rest, armed, like)]

    def _after(
        self, ends: list[str], skips: list[str], rest: list[gast.stmt], region: _Region, like: gast.stmt
    ) -> list[gast.stmt]:
        """What follows code that has set flags: ``ends`` leave the region, ``skips`` only the rest."""
        placed = self._place(rest, region)
        if not region.in_loop:
            return [self._unless([*ends, *skips], placed)] if placed else []
        if placed and skips:
            placed = [self._unless(skips, placed)]
        if not ends or (len(placed) == 1 and isinstance(placed[0], gast.Break)):
            return placed
        self.is_tested |= self.returned in ends
        return [b.located(b.if_(b.boolean("Or", ends), [b.break_()], placed), like)]

    def _flagged(self, stmt: gast.stmt, region: _Region) -> list[gast.stmt]:
        """A statement with exits where exits set flags."""
        if isinstance(stmt, (gast.Return, gast.Break, gast.Continue)):
            return self._exit(stmt, region)
        if isinstance(stmt, _LOOPS):
            return [self._loop(stmt)]
        new = shallow(stmt)
        new.body = self._suite(stmt.body, region, stmt)
        if isinstance(stmt, gast.If):
            new.orelse = self._place(stmt.orelse, region)
        return [new]

    def _set_by(self, stmt: gast.stmt, region: _Region) -> list[str]:
        """The flags that the exits of a statement set, in order of appearance."""
        flags = region.flags
        assert flags is not None
        found: list[str] = []
        for end in exits(stmt):
            if isinstance(end, gast.Return):
                flag = flags.returned = self._returned()
            elif isinstance(end, gast.Break):
                flag = flags.stop = flags.stop or self.names.fresh("stop")
            else:
                flag = flags.skip = flags.skip or self.names.fresh("skip")
            if flag not in found:
                found.append(flag)
        return found

    def _returned(self) -> str:
        if self.returned is None:
            self.returned = self.names.fresh("returned")
        return self.returned

    def _unless(self, flags: list[str], body: list[gast.stmt]) -> gast.stmt:
        self.is_tested |= self.returned in flags
        return b.located(b.if_(b.unary("Not", b.boolean("Or", flags)), body), body[0])

    def _is_constant_return(self, rest: list[gast.stmt]) -> bool:
        return (
            len(rest) == 1
            and isinstance(rest[0], gast.Return)
            and (rest[0].value is None or isinstance(rest[0].value, gast.Constant))
        )


def _is_name(node: gast.expr | None, name: str) -> bool:
    return isinstance(node, gast.Name) and node.id == name


def _without_assignments_to(name: str, stmts: list[gast.stmt]) -> list[gast.stmt]:
    kept: list[gast.stmt] = []
    for stmt in stmts:
        if isinstance(stmt, gast.Assign) and _is_name(stmt.targets[0], name):
            continue
        for field_name, block in blocks(stmt):
            left = _without_assignments_to(name, block)
            setattr(stmt, field_name, left or [b.located(b.pass_(), stmt)])
        kept.append(stmt)
    return kept
