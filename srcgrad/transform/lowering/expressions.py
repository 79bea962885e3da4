"""Take out of expressions what has to be a statement of its own.

Pure expressions stay nested. What is hoisted keeps the order of evaluation: when a later operand is
hoisted, an earlier one that it could disturb is hoisted before it.

====================================  =========================================
``y = x * h(x)``                      ``t = h(x)``, ``y = x * t``
``y = A[0] + h(A)``, h may write A    ``t = A[0]``, ``t_2 = h(A)``, ``y = t + t_2``
``y = 2 * (x if c else z)``           ``if c: t = x`` ``else: t = z``, ``y = 2 * t``
``y = (u or v) + 1``                  ``t = u``, ``if not t: t = v``, ``y = t + 1``
``if (y := x * x) > 1:``              ``y = x * x``, ``if y > 1:``
``y = max([x * k for k in ks])``      ``items = []``, ``for k in ks: items.append(x * k)``, ``y = max(items)``
====================================  =========================================
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import gast

from srcgrad.transform import builders as b
from srcgrad.transform.lowering import comprehensions, stars
from srcgrad.transform.lowering.callees import UNRESOLVED
from srcgrad.transform.lowering.program import Program
from srcgrad.transform.lowering.scopes import Comprehension, free_names, own_nodes
from srcgrad.transform.lowering.trees import operands, shallow, with_operands
from srcgrad.transform.refused import Refused


@dataclass
class Lowered:
    """An expression and the statements that must run before it.

    ``binds`` are the user's names that those statements assign; ``disturbs`` says that they may write
    into memory or run code that does.
    """

    expr: gast.expr
    before: list[gast.stmt] = field(default_factory=list)
    binds: frozenset[str] = frozenset()
    disturbs: bool = False

    def then(self, expr: gast.expr, *others: Lowered, before: list[gast.stmt] | None = None) -> Lowered:
        """Another expression after the same statements (or after ``before``) and their effects."""
        parts = (self, *others)
        return Lowered(
            expr,
            self.before if before is None else before,
            frozenset[str]().union(*(part.binds for part in parts)),
            any(part.disturbs for part in parts),
        )


class Expressions:
    """Lowers the expressions of one program.

    Parameters
    ----------
    program : Program
        What is lowered.
    block : callable
        Lowers statements: what comprehensions are made of goes back to the statement pass.
    """

    def __init__(self, program: Program, block: Callable[[list[gast.stmt]], list[gast.stmt]]) -> None:
        self._program = program
        self._block = block
        self._needs: dict[tuple[int, bool], tuple[gast.AST, bool]] = {}

    # --- entry points ---

    def lower(self, node: gast.expr, *, test: bool = False) -> Lowered:
        """An expression whose value matters; with ``test``, calls without derivatives stay in it."""
        if not self._needed(node, test):
            return Lowered(node)
        handler: Callable[[gast.expr, bool], Lowered] | None = getattr(self, f"_{type(node).__name__}", None)
        return handler(node, test) if handler is not None else self._any_other(node, test)

    def lower_test(self, node: gast.expr) -> Lowered:
        """An expression of which only the truth matters: ``and`` and ``or`` can stay in it."""
        if isinstance(node, gast.BoolOp):
            parts = [self.lower_test(value) for value in node.values]
            if any(part.before for part in parts[1:]):
                return self._short_circuit(node, parts)
            return parts[0].then(b.located(gast.BoolOp(node.op, [part.expr for part in parts]), node))
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not):
            part = self.lower_test(node.operand)
            return part.then(b.located(gast.UnaryOp(node.op, part.expr), node))
        return self.lower(node, test=True)

    def lower_root(self, node: gast.expr) -> Lowered:
        """The value of a statement that holds it: a call that is hoisted needs no further name."""
        if isinstance(node, gast.Call) and self._needed(node, False):
            return self._Call(node, False, root=True)
        return self.lower(node)

    def lower_all(self, nodes: list[gast.expr], *, test: bool = False) -> tuple[list[gast.expr], Lowered]:
        """Operands that are evaluated one after another; the `Lowered` holds their statements."""
        parts = [self.lower(node, test=test) for node in nodes]
        last = max((index for index, part in enumerate(parts) if part.before), default=-1)
        before: list[gast.stmt] = []
        for index, part in enumerate(parts):
            if index < last and self._could_change(part.expr, parts[index + 1 :]):
                parts[index] = part = self._named(part, self._program.temp("t", part.expr))
            before += part.before
        return [part.expr for part in parts], parts[-1].then(parts[-1].expr, *parts, before=before)

    def is_needed(self, node: gast.expr) -> bool:
        """Whether anything has to be taken out of an expression."""
        return self._needed(node, False)

    def is_plain(self, node: gast.expr) -> bool:
        """Whether evaluating an expression has no effect beside its value."""
        return not self._could_change(node, [])

    def fixed(self, lowered: Lowered, hint: str = "t") -> Lowered:
        """The same value as a name or a constant."""
        if isinstance(lowered.expr, (gast.Name, gast.Constant)):
            return lowered
        return self._named(lowered, self._program.temp(hint, lowered.expr))

    def _named(self, lowered: Lowered, name: str) -> Lowered:
        expr = lowered.expr
        return lowered.then(_read(name, expr), before=[*lowered.before, _assign(name, expr)])

    # --- what needs work ---

    def _needed(self, node: gast.AST, test: bool) -> bool:
        if isinstance(node, (gast.Name, gast.Constant)):
            return False
        key = id(node), test
        memo = self._needs.get(key)
        if memo is None or memo[0] is not node:
            memo = self._needs[key] = node, self._is_needed(node, test)
        return memo[1]

    def _is_needed(self, node: gast.AST, test: bool) -> bool:
        carries = self._program.taint.carries
        if isinstance(node, (gast.NamedExpr, gast.Await, gast.Yield, gast.YieldFrom)):
            return True
        if isinstance(node, gast.Lambda):
            return carries(node)
        if isinstance(node, (gast.IfExp, gast.BoolOp)) and carries(node):
            return True
        if isinstance(node, Comprehension):
            return carries(node) or any(
                isinstance(child, gast.NamedExpr)
                or (isinstance(child, gast.Call) and self._is_hoisted(child, test=True))
                for child in own_nodes(node)
            )
        if isinstance(node, gast.Call) and (self._is_hoisted(node, test) or self._is_rewritten(node)):
            return True
        return any(self._needed(operand, test) for operand in operands(node))

    def _is_hoisted(self, call: gast.Call, test: bool) -> bool:
        """Whether a call becomes a statement.

        In a test, a call that no derivative passes through stays; in a value it is hoisted as well, so
        that the reverse sweep reads its result instead of calling again.
        """
        effect = self._program.callees.effect(call)
        if effect.known and not effect.writes:
            return False
        return not test or self._program.taint.touches(call)

    def _is_rewritten(self, call: gast.Call) -> bool:
        program = self._program
        return (
            isinstance(call.func, gast.Lambda)
            or bool(stars.unpacked(call, program))
            or self._is_short_super(call)
            or comprehensions.is_lazy(call, program)
            or comprehensions.is_reduce(call, program)
        )

    def _is_short_super(self, call: gast.Call) -> bool:
        return self._program.callees.is_builtin(call.func, "super") and not call.args

    # --- one kind of node each ---

    def _Call(self, node: gast.Call, test: bool, root: bool = False) -> Lowered:
        program = self._program
        if comprehensions.is_lazy(node, program):
            return self._GeneratorExp(node, test)
        if comprehensions.is_reduce(node, program):
            result = program.temp("folded", node)
            statements = self._block(comprehensions.reduced(node, result, program))
            return Lowered(_read(result, node), statements, disturbs=True)
        if self._is_short_super(node) and program.tree.args.args:
            return Lowered(b.located(b.call("super", "__class__", program.tree.args.args[0].id), node))
        if isinstance(node.func, gast.Lambda):
            return self._called_lambda(node, test, root)
        names = stars.unpacked(node, program)
        if names:
            return self._unpacked_call(node, names, test, root)
        consumed = self._consuming(node)
        added = program.callees.is_builtin(node.func, "sum") and consumed is not node and len(node.args) == 1
        if added and sys.version_info < (3, 12):  # later versions carry the rounding error of floats along
            return self._sum(consumed.args[0], node)
        exprs, lowered = self.lower_all(operands(consumed), test=test)
        lowered = lowered.then(with_operands(consumed, exprs))
        if self._is_hoisted(node, test):
            lowered = self._with_named_displays(lowered)
            lowered.disturbs |= bool(program.callees.effect(node).writes)
            if not root:
                return self._named(lowered, program.temp("t", node))
        return lowered

    def _unpacked_call(self, node: gast.Call, names: list[str], test: bool, root: bool) -> Lowered:
        """``model(t, *p)`` as ``a, b = p`` and ``model(t, a, b)``, where that is what the function takes."""
        star = node.args[-1].value
        places = [self._program.temp(name, star) for name in names]
        before = self._block([b.located(b.assign(b.tuple_target(places), star), star)])
        call = shallow(node)
        call.args = [*node.args[:-1], *(_read(place, star) for place in places)]
        lowered = self._Call(call, test, root)
        return lowered.then(lowered.expr, before=[*before, *lowered.before])

    def _with_named_displays(self, lowered: Lowered) -> Lowered:
        """``h((x, y))`` as ``t = (x, y)`` and ``h(t)``: what a function is given has adjoint memory of its own.

        Lambdas get names as well: the function that is given one may be compiled for it.
        """
        call = shallow(lowered.expr)
        before = list(lowered.before)
        parts = [*call.args, *(keyword.value for keyword in call.keywords)]
        for k, part in enumerate(parts):
            if isinstance(part, gast.Lambda) and self._program.taint.touches(call):
                function = self._Lambda(part, False)
                before += function.before
                parts[k] = function.expr
            elif isinstance(part, (gast.Tuple, gast.List, gast.Dict)) and self._program.taint.carries(part):
                keyword = call.keywords[k - len(call.args)].arg if k >= len(call.args) else None
                named = self.fixed(Lowered(part), keyword or "t")
                before += named.before
                parts[k] = named.expr
        count = len(call.args)
        call.args = parts[:count]
        call.keywords = [
            gast.keyword(keyword.arg, value)
            for keyword, value in zip(call.keywords, parts[count:], strict=True)
        ]
        return lowered.then(call, before=before)

    def _consuming(self, node: gast.Call) -> gast.Call:
        """``list(f(x) for x in xs)`` with list comprehensions in place of generators."""
        program = self._program
        args = [
            comprehensions.as_generator(arg, program) if comprehensions.is_lazy(arg, program) else arg
            for arg in node.args
        ]
        if not any(isinstance(arg, gast.GeneratorExp) and self._needed(arg, False) for arg in args):
            return node
        if not program.callees.effect(node).known:
            raise Refused(node, "a generator that carries derivatives is handed to a function")
        consuming = shallow(node)
        consuming.args = [
            b.located(gast.ListComp(arg.elt, arg.generators), arg)
            if isinstance(arg, gast.GeneratorExp)
            else arg
            for arg in args
        ]
        return consuming

    def _sum(self, node: gast.ListComp, like: gast.expr) -> Lowered:
        """``sum(f(x) for x in xs)`` without the list."""
        total = self._program.temp("total", like)
        loop = self._block(comprehensions.accumulated(node, total, self._program))
        start = b.located(b.assign(total, b.constant(0)), like)
        return Lowered(_read(total, like), [start, *loop], disturbs=True)

    def _called_lambda(self, node: gast.Call, test: bool, root: bool) -> Lowered:
        """``(lambda t: t * a)(x)`` as the call of an inner function."""
        name = self._program.temp("inner", node.func)
        definition = self._block([_assign(name, node.func)])
        call = shallow(node)
        call.func = _read(name, node)
        lowered = self._Call(call, test, root)
        return lowered.then(lowered.expr, before=[*definition, *lowered.before])

    def _NamedExpr(self, node: gast.NamedExpr, test: bool) -> Lowered:
        lowered = self.lower_root(node.value)
        name = node.target.id
        lowered.binds |= {name}
        return self._named(lowered, name)

    def _IfExp(self, node: gast.IfExp, test: bool) -> Lowered:
        choice = self.lower_test(node.test)
        parts = [self.lower(node.body, test=test), self.lower(node.orelse, test=test)]
        if not self._program.taint.carries(node) and not any(part.before for part in parts):
            return choice.then(b.located(gast.IfExp(choice.expr, parts[0].expr, parts[1].expr), node))
        name = self._program.temp("t", node)
        branches = [[*part.before, _assign(name, part.expr)] for part in parts]
        statement = b.located(b.if_(choice.expr, *branches), node)
        return choice.then(_read(name, node), *parts, before=[*choice.before, statement])

    def _BoolOp(self, node: gast.BoolOp, test: bool) -> Lowered:
        parts = [self.lower(value, test=test) for value in node.values]
        if not self._program.taint.carries(node) and not any(part.before for part in parts):
            return parts[0].then(b.located(gast.BoolOp(node.op, [part.expr for part in parts]), node))
        return self._short_circuit(node, parts)

    def _short_circuit(self, node: gast.BoolOp, parts: list[Lowered]) -> Lowered:
        """``a or b``: ``t = a``, ``if not t: t = b``."""
        name = self._program.temp("t", node)
        statements: list[gast.stmt] = []
        for part in reversed(parts):
            if statements:
                known = _read(name, part.expr)
                go_on = known if isinstance(node.op, gast.And) else b.unary("Not", known)
                statements = [b.located(b.if_(go_on, statements), part.expr)]
            statements = [*part.before, _assign(name, part.expr), *statements]
        return parts[0].then(_read(name, node), *parts, before=statements)

    def _Compare(self, node: gast.Compare, test: bool) -> Lowered:
        """The third part of a chain and those after it are evaluated only if it holds so far."""
        if not any(self._needed(part, test) for part in node.comparators[1:]):
            return self._any_other(node, test)
        exprs, lowered = self.lower_all([node.left, node.comparators[0]], test=test)
        left, middle = (self.fixed(Lowered(expr)) for expr in exprs)
        first = b.located(gast.Compare(left.expr, node.ops[:1], [middle.expr]), node)
        rest = b.located(gast.Compare(middle.expr, node.ops[1:], node.comparators[1:]), node)
        chain = self.lower(b.located(gast.BoolOp(gast.And(), [first, rest]), node), test=test)
        before = [*lowered.before, *left.before, *middle.before, *chain.before]
        return lowered.then(chain.expr, chain, before=before)

    def _comprehension(self, node: gast.expr, test: bool) -> Lowered:
        name = self._program.temp("items", node)
        return Lowered(_read(name, node), self.comprehension_into(name, node), disturbs=True)

    _ListComp = _SetComp = _DictComp = _comprehension

    def comprehension_into(self, name: str, node: gast.expr) -> list[gast.stmt]:
        """The statements that build a comprehension in a name."""
        return self._block(comprehensions.as_loop(node, name, self._program))

    def is_lowered_comprehension(self, node: gast.expr) -> bool:
        """Whether a list, set or dict comprehension becomes a loop."""
        return isinstance(node, Comprehension[:3]) and self._needed(node, False)

    def is_lowered_choice(self, node: gast.expr) -> bool:
        """Whether a ternary becomes an ``if``."""
        return isinstance(node, gast.IfExp) and self._needed(node, False)

    def _Lambda(self, node: gast.Lambda, test: bool) -> Lowered:
        name = self._program.temp("function", node)
        return Lowered(_read(name, node), self._block([_assign(name, node)]))

    def _GeneratorExp(self, node: gast.expr, test: bool) -> Lowered:
        raise Refused(node, "a generator that carries derivatives is kept as a value")

    def _Await(self, node: gast.expr, test: bool) -> Lowered:
        raise Refused(node, "the function suspends itself in the middle of an expression")

    _Yield = _YieldFrom = _Await

    def _any_other(self, node: gast.expr, test: bool) -> Lowered:
        exprs, lowered = self.lower_all(operands(node), test=test)
        return lowered.then(with_operands(node, exprs))

    # --- order ---

    def _could_change(self, node: gast.expr, later: list[Lowered]) -> bool:
        """Whether statements that now run before ``node`` could change its value, or swap effects with it."""
        binds = frozenset[str]().union(*(part.binds for part in later))
        if not binds.isdisjoint(free_names(node)):
            return True
        if any(part.disturbs for part in later):
            return not self._is_steady(node)
        calls = (child for child in own_nodes(node) if isinstance(child, gast.Call))
        effects = map(self._program.callees.effect, calls)
        return any(not effect.known or bool(effect.writes) for effect in effects)

    def _is_steady(self, node: gast.expr) -> bool:
        """Whether no statement can change what an expression of fixed names evaluates to."""
        if isinstance(node, (gast.Name, gast.Constant, gast.Lambda)):
            return True
        if isinstance(node, (gast.Tuple, gast.List)):
            return all(map(self._is_steady, node.elts))
        if isinstance(node, gast.UnaryOp):
            return isinstance(node.operand, gast.Constant)
        return isinstance(node, gast.Attribute) and self._program.callees.resolve(node) is not UNRESOLVED


def _read(name: str, like: gast.AST) -> gast.expr:
    return b.located(b.name(name), like)


def _assign(name: str, value: gast.expr) -> gast.stmt:
    return b.located(b.assign(name, value), value)
