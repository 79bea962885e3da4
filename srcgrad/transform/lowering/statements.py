"""Lower statements: targets, assignments, conditions, loops; what is opaque stays as it stands.

The result still has ``return``, ``break`` and ``continue`` wherever the user has them;
`srcgrad.transform.lowering.exits` puts those in place afterwards.
"""

from __future__ import annotations

from collections.abc import Callable

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering import loops, patterns, targets
from srcgrad.transform.lowering.attempts import with_exits_behind
from srcgrad.transform.lowering.expressions import Expressions, Lowered
from srcgrad.transform.lowering.loop_else import with_flag_for_else
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.scopes import declared_outside
from srcgrad.transform.lowering.trees import operands, with_operands
from srcgrad.transform.refused import Refused


class Statements:
    """Lowers the statements of one program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._expressions = Expressions(program, self.block)

    def block(self, stmts: list[gast.stmt]) -> list[gast.stmt]:
        """Lower a list of statements; some of them stay."""
        lowered = [new for stmt in stmts for new in self.statement(stmt)]
        if stmts and not lowered:
            lowered.append(b.located(b.pass_(), stmts[0]))
        return lowered

    def statement(self, stmt: gast.stmt) -> list[gast.stmt]:
        """The statements that one statement becomes."""
        if isinstance(stmt, gast.FunctionDef):
            return self._inner_function(stmt)
        if isinstance(stmt, gast.AnnAssign):
            return self._AnnAssign(stmt)
        if self._program.taint.is_opaque(stmt):
            chained = isinstance(stmt, gast.Assign) and len(stmt.targets) > 1
            return targets.one_by_one(stmt, self._program) if chained else [stmt]
        handler: Callable[[gast.stmt], list[gast.stmt]] | None = getattr(
            self, f"_{type(stmt).__name__}", None
        )
        if handler is None:
            raise Refused(
                stmt, f"a {type(stmt).__name__.lower()} statement around code that carries derivatives"
            )
        return handler(stmt)

    # --- simple statements ---

    def _Assign(self, stmt: gast.Assign) -> list[gast.stmt]:
        first, *others = stmt.targets
        if others:
            return self.block(targets.one_by_one(stmt, self._program))
        if isinstance(first, gast.Name):
            return self._bind(first.id, stmt)
        if isinstance(first, (gast.Tuple, gast.List)):
            return self._unpack(first, stmt)
        return self._store(first, stmt)

    def _bind(self, name: str, stmt: gast.Assign) -> list[gast.stmt]:
        """``name = value`` without a temporary for a lambda, a ternary or a comprehension."""
        value = stmt.value
        if isinstance(value, gast.Lambda):
            body = [b.located(b.return_(value.body), value.body)]
            return self._inner_function(b.located(b.function_def(name, value.args, body), stmt))
        expressions = self._expressions
        if expressions.is_lowered_choice(value):
            branches = [[b.located(b.assign(name, part), part)] for part in (value.body, value.orelse)]
            return self._If(b.located(b.if_(value.test, *branches), stmt))
        if expressions.is_lowered_comprehension(value) and not targets.reads(name, value):
            return expressions.comprehension_into(name, value)
        lowered = expressions.lower_root(value)
        return [*lowered.before, b.located(b.assign(name, lowered.expr), stmt)]

    def _unpack(self, target: gast.Tuple, stmt: gast.Assign) -> list[gast.stmt]:
        if not all(isinstance(element, gast.Name) for element in target.elts):
            return self.block(targets.flat(target, stmt, self._program))
        lowered = self._expressions.lower_root(stmt.value)
        return [*lowered.before, b.located(b.assign(b.tuple_target(target.elts), lowered.expr), stmt)]

    def _store(self, target: gast.expr, stmt: gast.Assign) -> list[gast.stmt]:
        """``base[index] = value`` and ``base.attr = value``: the value first, then base and index."""
        parts = operands(target)
        if len(parts) == 1 or not any(self._expressions.is_needed(part) for part in parts):
            lowered = self._expressions.lower(stmt.value)
            exprs = [lowered.expr, *parts]
        else:
            exprs, lowered = self._expressions.lower_all([stmt.value, *parts])
        value, base, *index = exprs
        before = list(lowered.before)
        if not isinstance(base, gast.Name):
            if not self._expressions.is_plain(value):
                fixed = self._expressions.fixed(Lowered(value))
                before += fixed.before
                value = fixed.expr
            fixed = self._expressions.fixed(self._expressions.lower(base), "owner")
            before += fixed.before
            base = fixed.expr
        return [*before, b.located(b.assign(with_operands(target, [base, *index]), value), stmt)]

    def _added(self, node: gast.expr) -> Lowered:
        """The value of an augmented assignment; a call that carries derivatives gets a statement of its own."""
        if self._program.taint.carries(node):
            return self._expressions.lower(node)
        return self._expressions.lower_root(node)

    def _AugAssign(self, stmt: gast.AugAssign) -> list[gast.stmt]:
        if isinstance(stmt.target, gast.Name):
            lowered = self._added(stmt.value)
            if stmt.target.id in lowered.binds:
                raise Refused(stmt, "an assignment expression rebinds the target of an augmented assignment")
            return [*lowered.before, _augmented(stmt, stmt.target, lowered.expr)]
        (base, *index), lowered = self._expressions.lower_all(operands(stmt.target))
        fixed = self._expressions.fixed(Lowered(base), "owner")
        before = [*lowered.before, *fixed.before]
        value = self._added(stmt.value)
        if not value.before and not isinstance(value.expr, gast.Call):
            target = with_operands(stmt.target, [fixed.expr, *index])
            return [*before, _augmented(stmt, target, value.expr)]
        # Python reads the place before it evaluates the value.
        steady = [self._expressions.fixed(Lowered(part)) for part in index]
        before += [new for part in steady for new in part.before]
        place = with_operands(stmt.target, [fixed.expr, *(part.expr for part in steady)])
        if not value.disturbs:
            return [*before, *value.before, _augmented(stmt, place, value.expr)]
        old = self._program.temp("t", stmt.target)
        return [
            *before,
            b.located(b.assign(old, b.as_load(place)), stmt),
            *value.before,
            _augmented(stmt, b.target(old), value.expr),
            b.located(b.assign(place, b.name(old)), stmt),
        ]

    def _AnnAssign(self, stmt: gast.AnnAssign) -> list[gast.stmt]:
        if stmt.value is None:
            return []
        return self.statement(b.located(b.assign(stmt.target, stmt.value), stmt))

    def _Expr(self, stmt: gast.Expr) -> list[gast.stmt]:
        value = stmt.value
        if isinstance(value, gast.IfExp):
            branches = [[b.located(b.expr_stmt(part), part)] for part in (value.body, value.orelse)]
            return self.statement(b.located(b.if_(value.test, *branches), stmt))
        if isinstance(value, gast.BoolOp):
            *tests, last = value.values
            joined = b.boolean(type(value.op).__name__, tests)
            condition = joined if isinstance(value.op, gast.And) else b.unary("Not", joined)
            return self.statement(b.located(b.if_(condition, [b.expr_stmt(last)]), stmt))
        lowered = self._expressions.lower_root(value)
        if isinstance(lowered.expr, (gast.Name, gast.Constant)):
            return lowered.before
        return [*lowered.before, b.located(b.expr_stmt(lowered.expr), stmt)]

    def _Return(self, stmt: gast.Return) -> list[gast.stmt]:
        value = stmt.value
        if value is None:
            return [stmt]
        if self._expressions.is_lowered_choice(value):
            branches = [[b.located(b.return_(part), part)] for part in (value.body, value.orelse)]
            return self._If(b.located(b.if_(value.test, *branches), stmt))
        lowered = self._expressions.lower_root(value)
        return [*lowered.before, b.located(b.return_(lowered.expr), stmt)]

    def _Delete(self, stmt: gast.Delete) -> list[gast.stmt]:
        return [new for target in stmt.targets for new in self._delete(target, stmt)]

    def _delete(self, target: gast.expr, stmt: gast.Delete) -> list[gast.stmt]:
        if isinstance(target, gast.Name):
            return [b.located(gast.Delete([target]), stmt)]
        if isinstance(target, (gast.Tuple, gast.List)):
            return [new for element in target.elts for new in self._delete(element, stmt)]
        if not isinstance(target, gast.Subscript):
            raise Refused(stmt, "an attribute that carries derivatives is deleted")
        if isinstance(target.slice, gast.Slice):
            emptied: gast.stmt = b.assign(target, b.list_([]))
        else:
            emptied = b.expr_stmt(b.method(target.value, "pop", target.slice))
        return self.statement(b.located(emptied, stmt))

    def _Assert(self, stmt: gast.Assert) -> list[gast.stmt]:
        lowered = self._expressions.lower_test(stmt.test)
        return [*lowered.before, b.located(gast.Assert(lowered.expr, stmt.msg), stmt)]

    def _keep(self, stmt: gast.stmt) -> list[gast.stmt]:
        return [stmt]

    _Pass = _Break = _Continue = _Import = _ImportFrom = _keep

    # --- definitions ---

    def _inner_function(self, stmt: gast.FunctionDef) -> list[gast.stmt]:
        program = self._program
        if stmt.decorator_list or program.scope.bound[stmt.name] > 1:
            if not program.taint.is_opaque(stmt):
                raise Refused(
                    stmt, "an inner function that uses values with derivatives is decorated or redefined"
                )
            return [stmt]
        if declared_outside(stmt.body) and not program.taint.is_opaque(stmt):
            raise Refused(stmt, "an inner function rebinds names of the function around it")
        program.inner[stmt.name] = stmt
        return [stmt]

    # --- compound statements ---

    def _If(self, stmt: gast.If) -> list[gast.stmt]:
        lowered = self._expressions.lower_test(stmt.test)
        statement = b.if_(lowered.expr, self.block(stmt.body), self.block(stmt.orelse))
        return [*lowered.before, b.located(statement, stmt)]

    def _While(self, stmt: gast.While) -> list[gast.stmt]:
        if stmt.orelse:
            return self.block(with_flag_for_else(stmt, self._program))
        lowered = self._expressions.lower_test(stmt.test)
        body = self.block(stmt.body)
        if not lowered.before:
            return [b.located(b.while_(lowered.expr, body), stmt)]
        decide = b.located(b.if_(lowered.expr, body, [b.break_()]), stmt.test)
        return [b.located(b.while_(True, [*lowered.before, decide]), stmt)]

    def _For(self, stmt: gast.For) -> list[gast.stmt]:
        if stmt.orelse:
            return self.block(with_flag_for_else(stmt, self._program))
        if not loops.is_core(stmt, self._program):
            return self.block(loops.counted(stmt, self._program))
        lowered = self._expressions.lower_root(stmt.iter)
        return [*lowered.before, b.located(b.for_(stmt.target, lowered.expr, self.block(stmt.body)), stmt)]

    def _With(self, stmt: gast.With) -> list[gast.stmt]:
        first, *others = stmt.items
        if others:
            inside = b.located(gast.With(others, stmt.body, None), stmt)
            return self.statement(b.located(gast.With([first], [inside], None), stmt))
        lowered = self._expressions.lower_root(first.context_expr)
        body = stmt.body
        variable = first.optional_vars
        if variable is not None and not isinstance(variable, gast.Name):
            name = self._program.temp("entered", first.context_expr)
            body = [b.located(b.assign(variable, b.name(name)), variable), *body]
            variable = b.located(b.target(name), variable)
        item = gast.withitem(lowered.expr, variable)
        return [*lowered.before, b.located(gast.With([item], self.block(body), None), stmt)]

    def _Match(self, stmt: gast.Match) -> list[gast.stmt]:
        return self.block(patterns.as_conditions(stmt, self._program))

    def _Try(self, stmt: gast.Try) -> list[gast.stmt]:
        return self.block(with_exits_behind(stmt, self._program))


def _augmented(stmt: gast.AugAssign, target: gast.expr, value: gast.expr) -> gast.stmt:
    return b.located(gast.AugAssign(target, stmt.op, value), stmt)
