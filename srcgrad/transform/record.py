"""Recording: makes forward values that reverse code reads by name available to it.

The reverse code of a piece means the values that names had when the piece ran. A name that is not bound again
afterwards still has that value, and nothing is done. Otherwise the value is kept: under another name outside of
loops, on a list (a tape) inside of them, once for all pieces that read the same version.

Before, in a loop, with the reverse code ``x_bar = x_bar * 2 * x``::

    x = x * x

After::

    x_tape.append(x)                x = x_tape.pop()
    x = x * x                       x_bar = x_bar * 2 * x
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.checkpointed import Checkpoint
from srcgrad.transform.decisions import Control, How, Kept
from srcgrad.transform.names import Names
from srcgrad.transform.pieces import Branch, Loop, Piece, Scope, Step, defined


@dataclass
class Sweeps:
    """The two sweeps as statements, and what was decided on the way."""

    forward: list[gast.stmt]
    reverse: list[gast.stmt]
    kept: list[Kept] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)


@dataclass
class _Block:
    """What a block came to: its code, the names that its surroundings must provide, and tapes fed once a run."""

    forward: list[gast.stmt] = field(default_factory=list)
    reverse: list[gast.stmt] = field(default_factory=list)
    needs: set[str] = field(default_factory=set)
    tapes: list[str] = field(default_factory=list)


@dataclass
class _Need:
    name: str
    piece: int
    after: bool


def record(
    pieces: list[Piece], names: Names, parameters: set[str], line: Callable[[gast.stmt], str]
) -> Sweeps:
    """Put the sweeps of a function together; ``line`` gives the user's line of a statement."""
    recorder = _Recorder(names, line, parameters.union(*(defined(piece) for piece in pieces)))
    block = recorder.block(pieces, None, frozenset(), looped=False)
    start = [b.assign(tape, b.list_([])) for tape in recorder.tapes]
    return Sweeps([*start, *block.forward], block.reverse, recorder.kept_versions, recorder.controls)


class _Recorder:
    def __init__(self, names: Names, line: Callable[[gast.stmt], str], forward_names: set[str]) -> None:
        self.names = names
        self.line = line
        self.forward_names = forward_names
        self.tapes: list[str] = []
        self.kept_versions: list[Kept] = []
        self.controls: list[Control] = []

    def block(
        self,
        pieces: list[Piece],
        resolve: set[str] | None,
        later: frozenset[str],
        *,
        looped: bool,
        provided: frozenset[str] = frozenset(),
    ) -> _Block:
        """Record one block.

        Parameters
        ----------
        resolve
            Names that are this block's business; needs of other names go to the surrounding one (None: all are).
        later
            Names that may be bound again after the block has run.
        looped
            True if the block may run many times: values are then kept on tapes.
        provided
            Names that the reverse loop's own header sets.
        """
        pieces = _flattened(pieces)
        bound = [defined(piece) for piece in pieces]
        after: list[frozenset[str]] = [later] * (len(pieces) + 1)
        for k in range(len(pieces) - 1, -1, -1):
            after[k] = after[k + 1] | bound[k]
        made: list[_Block] = []
        needs: list[_Need] = []
        result = _Block()
        for k, piece in enumerate(pieces):
            inner, own = self.piece(piece, bound[k], after[k + 1], looped)
            made.append(inner)
            needs += [_Need(name, k, False) for name in sorted(inner.needs)]
            needs += own_needs(own, k)
        before: list[list[gast.stmt]] = [[] for _ in pieces]
        behind: list[list[gast.stmt]] = [[] for _ in pieces]
        restore: list[list[gast.stmt]] = [[] for _ in pieces]
        for group in self.groups(needs, bound).values():
            name = group[0].name
            if resolve is not None and name not in resolve:
                result.needs.add(name)
                continue
            first, last = group[0], max(need.piece for need in group)
            changes = after[first.piece + 1] if first.after else after[first.piece]
            readers = tuple(sorted({line for need in group if (line := line_of(pieces[need.piece]))}))
            if name not in changes or (name in provided and not any(name in names for names in bound)):
                self.kept_versions.append(Kept(name, How.STAYS, "", readers))
                continue
            rebound = tuple(
                sorted(
                    {line for k, names in enumerate(bound) if name in names and (line := line_of(pieces[k]))}
                )
            )
            if looped:
                tape = self.names.fresh(f"{name}_tape")
                self.tapes.append(tape)
                self.kept_versions.append(Kept(name, How.TAPE, tape, readers, rebound))
                keep: gast.stmt = b.expr_stmt(b.method(tape, "append", name))
                back: gast.stmt = b.assign(name, b.method(tape, "pop"))
                if not (first.after and first.piece == len(pieces) - 1):
                    result.tapes.append(tape)
            else:
                saved = self.names.fresh(f"{name}_kept")
                self.kept_versions.append(Kept(name, How.NAME, saved, readers, rebound))
                keep, back = b.assign(saved, name), b.assign(name, saved)
                if all(isinstance(pieces[need.piece], Step) for need in group):
                    for k in {need.piece for need in group}:
                        made[k].reverse = [_renamed(statement, name, saved) for statement in made[k].reverse]
                    (behind if first.after else before)[first.piece].append(keep)
                    continue
            (behind if first.after else before)[first.piece].append(keep)
            restore[last].append(back)
        for k, piece in enumerate(pieces):
            origin = origin_of(piece)
            if origin is not None:  # code that keeps a value belongs to the line that it is kept for
                for statement in (*before[k], *behind[k], *restore[k]):
                    b.located(statement, origin)
        for k in range(len(pieces)):
            result.forward += [*before[k], *made[k].forward, *behind[k]]
        for k in reversed(range(len(pieces))):
            # tapes come off in the opposite order to how they went on; each has its own list, so any order is right
            reverse, back_again = made[k].reverse, restore[k]
            origin = origin_of(pieces[k])
            if back_again and isinstance(pieces[k], Step) and reverse and b.is_comment(reverse[0]):
                back_again = [reverse.pop(0), *back_again]
            elif back_again and origin is not None:
                back_again = [b.comment(self.line(origin), trailing=True), *back_again]
            result.reverse += [*back_again, *reverse]
        return result

    def groups(self, needs: list[_Need], bound: list[set[str]]) -> dict[tuple[str, int], list[_Need]]:
        """Needs of the same version of a name, in program order."""
        grouped: dict[tuple[str, int], list[_Need]] = {}
        counts: dict[str, list[int]] = {}
        for need in needs:
            if need.name not in counts:
                running, total = [0], 0
                for names in bound:
                    total += need.name in names
                    running.append(total)
                counts[need.name] = running
        for need in sorted(needs, key=lambda need: (need.piece, need.after)):
            version = counts[need.name][need.piece + (1 if need.after else 0)]
            grouped.setdefault((need.name, version), []).append(need)
        return grouped

    def piece(
        self, piece: Piece, bound: set[str], later: frozenset[str], looped: bool
    ) -> tuple[_Block, dict[str, bool]]:
        """The code of one piece, and what its own reverse code needs: name -> after the piece (else before)."""
        match piece:
            case Step():
                reads = self.reads(piece.reverse)
                return _Block(list(piece.forward), list(piece.reverse)), {n: n in piece.fresh for n in reads}
            case Branch():
                return self.branch(piece, bound, later, looped)
            case Loop():
                return self.loop(piece, bound, later, looped)
            case Scope():
                return self.scope(piece, bound, later, looped)

    def reads(self, statements: list[gast.stmt]) -> list[str]:
        """Forward names that reverse code reads, sorted."""
        found: set[str] = set()
        for statement in statements:
            for node in b.walk(statement):
                if isinstance(node, gast.Name):
                    found.add(node.id)
        return sorted(found & self.forward_names)

    def scope(
        self, piece: Scope, bound: set[str], later: frozenset[str], looped: bool
    ) -> tuple[_Block, dict[str, bool]]:
        inner = self.block(piece.body, bound, later, looped=looped)
        items = piece.origin.items
        result = _Block(needs=inner.needs)
        result.forward = [b.located(gast.With(items, inner.forward or [b.pass_()], None), piece.origin)]
        if inner.reverse:
            result.reverse = inner.reverse
            if piece.both:
                result.reverse = [b.located(gast.With(b.clone(items), inner.reverse, None), piece.origin)]
        return result, {}

    def branch(
        self, piece: Branch, bound: set[str], later: frozenset[str], looped: bool
    ) -> tuple[_Block, dict[str, bool]]:
        body = self.block(piece.body, bound, later, looped=looped)
        orelse = self.block(piece.orelse, bound, later, looped=looped)
        result = _Block(needs=body.needs | orelse.needs)
        test: gast.expr = piece.test
        if piece.decided is not None:
            result.reverse = body.reverse if piece.decided else orelse.reverse
        elif body.reverse or orelse.reverse:
            again: gast.expr
            if (
                piece.fixed
                and _repeatable(test)
                and not any(name in later or name in bound for name in b.names_in(test))
            ):
                again = b.clone(test)
                self.decided(piece.origin, How.AGAIN, "")
                result.needs |= set(b.names_in(test)) & self.forward_names
            else:
                flag = test.id if isinstance(test, gast.Name) else self.names.fresh("taken")
                if not isinstance(test, gast.Name):
                    result.forward.append(b.located(b.assign(flag, test), piece.origin))
                    test = b.name(flag)
                again = b.name(flag)
                self.decided(piece.origin, How.NAME, flag)
                if looped:
                    tape = self.names.fresh(f"{flag}_tape")
                    self.tapes.append(tape)
                    self.decided(piece.origin, How.TAPE, tape)
                    result.forward.append(
                        b.located(b.expr_stmt(b.method(tape, "append", flag)), piece.origin)
                    )
                    again = b.method(tape, "pop")
                elif flag in later or flag in bound:
                    kept = self.names.fresh("taken")
                    result.forward.append(b.located(b.assign(kept, flag), piece.origin))
                    again = b.name(kept)
            if body.reverse:
                result.reverse = [b.if_(again, body.reverse, orelse.reverse)]
            else:
                result.reverse = [b.if_(b.negate(again), orelse.reverse)]
            b.located(result.reverse[0], piece.origin)
        made = b.if_(test, body.forward or [b.pass_()], orelse.forward)
        result.forward.append(gast.copy_location(made, piece.origin))
        return result, {}

    def loop(
        self, piece: Loop, bound: set[str], later: frozenset[str], looped: bool
    ) -> tuple[_Block, dict[str, bool]]:
        origin = piece.origin
        provided = frozenset(b.names_in(origin.target)) if isinstance(origin, gast.For) else frozenset()
        once = piece.checkpoint is not None  # each trip is recorded just before its adjoint runs
        after = frozenset() if once else later | bound
        body = self.block(piece.body, bound, after, looped=not once, provided=provided)
        result = _Block(needs=body.needs)
        own: dict[str, bool] = {}
        if not body.reverse:
            result.forward = [self.forward_loop(origin, origin.iter if provided else None, body.forward)]
            return result, own
        if piece.checkpoint is not None:
            return self.checkpointed(piece, piece.checkpoint, body, looped)
        counted: list[gast.stmt] = []
        iterable: Any = (piece.trips or origin.iter) if isinstance(origin, gast.For) else None
        need_count = piece.breaks or isinstance(origin, gast.While)
        header: gast.stmt
        if isinstance(origin, gast.While) and not looped and body.tapes:
            header = b.while_(body.tapes[0], body.reverse)
            self.decided(origin, How.TAPE, body.tapes[0], until_empty=True)
            need_count = False
        else:
            if not need_count:
                self.decided(origin, How.AGAIN if piece.fixed else How.NAME, "")
            if iterable is not None and not (piece.fixed and _repeatable_range(iterable)):
                kept = self.names.fresh("trip_range")
                result.forward.append(b.assign(kept, iterable))
                iterable = b.name(kept)
                source: gast.expr = self.kept(kept, result, looped)
            elif iterable is not None:
                source = b.clone(iterable)
                own |= dict.fromkeys(set(b.names_in(iterable)) & self.forward_names, False)
            if need_count:
                trips = self.names.fresh("trips")
                counted = [b.aug_assign(trips, "Add", 1)]
                result.forward.append(b.assign(trips, 0))
            if iterable is None:
                header = b.for_("_", b.call("range", b.name("trips__")), body.reverse)
            elif need_count:
                header = b.for_(
                    b.clone(origin.target),
                    b.call("reversed", b.subscript(source, b.slice_(None, "trips__"))),
                    body.reverse,
                )
            else:
                header = b.for_(b.clone(origin.target), b.call("reversed", source), body.reverse)
        result.forward.append(self.forward_loop(origin, iterable, [*counted, *body.forward]))
        if need_count:
            count = self.kept(trips, result, looped)
            self.decided(origin, *((How.TAPE, self.tapes[-1]) if looped else (How.NAME, trips)))
            header.iter = _substituted(header.iter, "trips__", count)
        result.reverse = [b.located(header, origin)]
        return result, own

    def checkpointed(
        self, piece: Loop, state: Checkpoint, body: _Block, looped: bool
    ) -> tuple[_Block, dict[str, bool]]:
        """A loop that keeps a few states, and in the reverse sweep runs again from there."""
        origin, trips = piece.origin, piece.trips
        assert isinstance(origin, gast.For) and trips is not None
        result = _Block(needs=body.needs)
        plan = self.names.fresh("checkpoints")
        options = list(b.clone(state.options))
        if piece.breaks:
            options.append(gast.keyword("ends_early", b.constant(True)))
        names = [*state.values, *state.arrays]
        parts = [b.name(name) for name in state.values] + [b.method(name, "copy") for name in state.arrays]
        keep = b.if_(b.attribute(plan, "due"), [b.expr_stmt(b.method(plan, "keep", *parts))])
        walk = b.for_(b.clone(origin.target), b.method(plan, "forward"), [keep, *b.clone(origin.body)])
        made = gast.Call(b.name("Checkpoints"), [b.clone(trips)], options)
        result.forward = [b.assign(plan, made), gast.copy_location(walk, origin)]
        holder = self.kept(plan, result, looped)
        taken = [*state.values, *(self.names.fresh(f"{name}_then") for name in state.arrays)]
        back: list[gast.stmt] = []
        if names:
            back.append(b.assign(b.tuple_target(taken), b.attribute(plan, "state")))
        for name, then in zip(state.arrays, taken[len(state.values) :], strict=True):
            back.append(b.assign(b.subscript(name, ...), b.name(then)))
        again = _without_breaks(b.clone(origin.body))
        recorded = [*_without_breaks(body.forward), *body.reverse]
        steps = [
            b.if_(b.attribute(plan, "back"), back or [b.pass_()]),
            b.clone(keep),
            b.if_(b.attribute(plan, "again"), again, recorded),
        ]
        walk_back = b.for_(b.clone(origin.target), b.method(plan, "reverse"), steps)
        result.reverse = [b.located(walk_back, origin)]
        if looped:
            result.reverse.insert(0, b.assign(plan, holder))
        read = {name for statement in again for name in b.names_in(statement)} | set(b.names_in(trips))
        own = read & self.forward_names - defined(piece) - set(b.names_in(origin.target))
        return result, dict.fromkeys(own, False)

    def decided(self, origin: gast.stmt, how: How, holder: str, *, until_empty: bool = False) -> None:
        """Note how the reverse sweep knows which way a branch or a loop went; the last note counts."""
        self.controls.append(Control(getattr(origin, "lineno", None) or 0, how, holder, until_empty))

    def forward_loop(self, origin: gast.For | gast.While, iterable: Any, body: list[gast.stmt]) -> gast.stmt:
        body = body or [b.pass_()]
        if isinstance(origin, gast.For):
            loop = b.for_(b.clone(origin.target), iterable if iterable is not None else origin.iter, body)
        else:
            loop = b.while_(origin.test, body)
        return gast.copy_location(loop, origin)

    def kept(self, name: str, result: _Block, looped: bool) -> gast.expr:
        """A value that the loop's own code makes, as the reverse sweep gets at it."""
        if not looped:
            return b.name(name)
        tape = self.names.fresh(f"{name}_tape")
        self.tapes.append(tape)
        result.forward.append(b.expr_stmt(b.method(tape, "append", name)))
        return b.method(tape, "pop")


def origin_of(piece: Piece) -> gast.stmt | None:
    """A statement with the place of a piece in the user's program, None if it has none."""
    if not isinstance(piece, Step):
        return piece.origin
    statements = (*piece.forward, *piece.reverse)
    return next((statement for statement in statements if getattr(statement, "lineno", None)), None)


def line_of(piece: Piece) -> int:
    """The user's line of a piece, 0 if it has none."""
    return getattr(origin_of(piece), "lineno", None) or 0


def own_needs(own: dict[str, bool], piece: int) -> list[_Need]:
    """Needs of a piece's own reverse code."""
    return [_Need(name, piece, after) for name, after in sorted(own.items())]


def _flattened(pieces: list[Piece]) -> list[Piece]:
    """Ends of branches and loops as steps in their place."""
    result: list[Piece] = []
    for piece in pieces:
        match piece:
            case Branch() if piece.body_end or piece.orelse_end:
                body = [Step([], piece.body_end), *piece.body]
                orelse = [Step([], piece.orelse_end), *piece.orelse]
                result.append(
                    Branch(piece.origin, piece.test, body, orelse, decided=piece.decided, fixed=piece.fixed)
                )
            case Loop() if piece.reverse_before or piece.reverse_end:
                result.append(
                    replace(
                        piece,
                        body=[Step([], piece.reverse_end), *piece.body],
                        reverse_before=[],
                        reverse_end=[],
                    )
                )
                result.append(Step([], piece.reverse_before))
            case _:
                result.append(piece)
    return result


def _without_breaks(statements: list[gast.stmt]) -> list[gast.stmt]:
    """The body of a loop to be run once: a break is the last thing that it does, and left out."""
    for statement in statements:
        for part in ("body", "orelse"):
            inner = getattr(statement, part, None)
            if inner and isinstance(statement, (gast.If, gast.With)):
                setattr(statement, part, _without_breaks(inner))
    return [b.pass_() if isinstance(statement, gast.Break) else statement for statement in statements]


def _repeatable(node: gast.expr) -> bool:
    """True for a test that costs nothing to evaluate again and depends on nothing but its names."""
    match node:
        case gast.Name() | gast.Constant():
            return True
        case gast.Compare():
            return all(_repeatable(part) for part in (node.left, *node.comparators))
        case gast.UnaryOp():
            return _repeatable(node.operand)
        case gast.BoolOp():
            return all(_repeatable(part) for part in node.values)
        case gast.Attribute():
            return node.attr in ("ndim", "size") and isinstance(node.value, gast.Name)
    return False


def _repeatable_range(node: gast.expr) -> bool:
    """True for ``range(...)`` of names, literals and lengths."""
    if not isinstance(node, gast.Call):
        return False
    for part in node.args:
        for child in b.walk(part):
            if isinstance(child, gast.Call):
                if not (isinstance(child.func, gast.Name) and child.func.id == "len"):
                    return False
            elif (isinstance(child, gast.Attribute) and child.attr not in ("shape", "size", "ndim")) or (
                isinstance(child, gast.Subscript) and not isinstance(child.value, gast.Attribute)
            ):
                return False
    return True


def _renamed(statement: gast.stmt, old: str, new: str) -> gast.stmt:
    for node in b.walk(statement):
        if isinstance(node, gast.Name) and node.id == old:
            node.id = new
    return statement


def _substituted(node: gast.expr, name: str, value: gast.expr) -> gast.expr:
    class Substitute(gast.NodeTransformer):  # type: ignore[misc]
        def visit_Name(self, found: gast.Name) -> gast.expr:
            return value if found.id == name else found

    return Substitute().visit(node)
