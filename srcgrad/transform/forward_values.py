"""Forward values in the reverse sweep: which expressions can be written again, and which are kept under a name.

Names, items and a few operations on numbers are simply written again. Array operations, function values, and items of
arrays that change later get a temporary in the forward sweep, once a statement.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.rules import Rule
from srcgrad.runtime.sweeps import copy_of, real_number
from srcgrad.transform import builders as b
from srcgrad.transform.decisions import How, Temporary
from srcgrad.transform.instantiate import Operand
from srcgrad.transform.refused import Refused
from srcgrad.transform.restoring import elements
from srcgrad.transform.signature import leaves
from srcgrad.transform.types import (
    Array,
    Inert,
    Known,
    ListOf,
    Unknown,
    is_container,
    is_number,
    is_numeric,
    lasting,
    same_shape,
)

if TYPE_CHECKING:
    from srcgrad.transform.function_context import FunctionContext

_MOST_CHEAP = 2


class ForwardValues:
    """The forward temporaries and the reverse code of one statement."""

    def __init__(
        self,
        context: FunctionContext,
        node: gast.stmt,
        root: gast.expr | None = None,
        target: str | None = None,
    ):
        self.context = context
        self.facts = context.facts
        self.activity = context.activity
        self.node = node
        self.root = root
        self.target = target
        self.kept: dict[int, str] = {}
        self.copies: list[gast.stmt] = []
        self.copied: set[int] = set()
        self.same: dict[str, str] = {}
        self.snapshots: dict[str, str] = {}
        self.later: list[gast.stmt] = []
        self.out: list[gast.stmt] = []

    # --- forward values -----------------------------------------------------------------------

    def changes(self, node: gast.expr) -> bool:
        """True if the memory behind an expression may hold something else when its adjoint runs."""
        value = self.facts.value(node)
        if isinstance(value.type, ListOf):
            return any(self.context.writes.changes(part, self.node) for part in leaves(value))
        if not is_numeric(value.type) or value.home in self.context.restored:
            return False
        return self.context.writes.changes(value, self.node)

    def copied_from(self, owner: gast.expr, part: gast.expr) -> None:
        """Note that a part of an array is copied because the array changes."""
        home = self.facts.value(owner).home
        if home is not None and self.changes(owner):
            loops = len(self.context.writes.positions[id(self.node)].loops)
            self.context.copies[home] += elements(self.facts.value(part).type, loops)

    def available(self, node: gast.expr) -> gast.expr:
        """An expression for the reverse sweep that gives the value which ``node`` has in the forward sweep."""
        if id(node) in self.kept:
            return b.name(self.kept[id(node)])
        value = self.facts.values.get(id(node))
        match node:
            case gast.Constant():
                return b.clone(node)
            case gast.Name():
                if value is not None and self.changes(node):
                    self.copied_from(node, node)
                    return self.keep(node, copy=True)
                return b.name(node.id)
            case gast.Attribute():
                if value is not None and is_numeric(value.type) and self.changes(node):
                    return self.keep(node, copy=True)
                owner = self.facts.values.get(id(node.value))
                if owner is not None and isinstance(owner.type, Known) and not is_number(owner.type):
                    # constants of modules stay; attributes of other objects may be set
                    return b.clone(node) if isinstance(owner.type.value, ModuleType) else self.keep(node)
                if owner is None or isinstance(owner.type, (Unknown, Inert)) or owner.written:
                    return self.keep(node)
                return b.attribute(self.available(node.value), node.attr)
            case gast.Subscript():
                owner = self.facts.value(node.value)
                fixed = not is_container(owner.type) or owner.home is None or not owner.home.written
                if (
                    fixed
                    and not self.changes(node.value)
                    and not self.changes(node)
                    and self.simple_index(node.slice)
                ):
                    return b.subscript(self.available(node.value), self.available_index(node.slice))
                self.copied_from(node.value, node)
                if self.is_one_of_several_slices(node):
                    snapshot = self.snapshot(node.value)
                    return b.subscript(snapshot, self.available_index(node.slice))
                return self.keep(node, copy=value is not None and not is_number(value.type))
            case gast.Tuple():
                return b.tuple_(self.available(item) for item in node.elts)
            case gast.BinOp() | gast.UnaryOp() if value is not None and is_number(value.type):
                if self.cost(node) <= _MOST_CHEAP:
                    return self.rebuilt(node)
            case gast.BinOp() | gast.UnaryOp() if self.is_cheap_in_loop(node):
                return self.once(node)
        # a view (``A.T``, ``np.diag(A)``) has to be copied where its memory changes
        viewed = value is not None and not is_number(value.type) and self.changes(node)
        if viewed:
            self.copied_from(node, node)
        return self.keep(node, copy=viewed)

    def once(self, node: gast.expr) -> gast.expr:
        """Arithmetic on available operands, done again, once for the statement."""
        return self.rebuilt(node)

    def is_cheap_in_loop(self, node: gast.expr) -> bool:
        """True for a few sums and products of arrays, which cost less to do again than to put on a tape."""
        if not self.context.writes.positions[id(self.node)].loops or id(node) not in self.facts.values:
            return False
        if not isinstance(self.facts.value(node).type, Array) or self.cost(node) > _MOST_CHEAP:
            return False
        operators = (child.op for child in b.walk(node) if isinstance(child, (gast.BinOp, gast.UnaryOp)))
        return all(isinstance(op, (gast.Add, gast.Sub, gast.Mult, gast.USub)) for op in operators)

    def is_one_of_several_slices(self, node: gast.Subscript) -> bool:
        """True if a statement reads several slices that are each nearly the whole of one array."""
        if not isinstance(node.value, gast.Name) or not self.nearly_whole(node):
            return False
        texts = {
            gast.dump(child.slice)
            for child in b.walk(self.node)
            if isinstance(child, gast.Subscript)
            and isinstance(child.value, gast.Name)
            and child.value.id == node.value.id
            and isinstance(child.ctx, gast.Load)
            and self.nearly_whole(child)
        }
        return len(texts) > 1

    def nearly_whole(self, node: gast.Subscript) -> bool:
        """True for ``u[1:]``, ``u[1:-1, :-2]``: every axis is there but for a few elements."""
        part, whole = self.facts.values.get(id(node)), self.facts.values.get(id(node.value))
        if (
            part is None
            or whole is None
            or not isinstance(whole.type, Array)
            or not isinstance(part.type, Array)
        ):
            return False
        if (
            whole.type.shape is None
            or part.type.shape is None
            or len(whole.type.shape) != len(part.type.shape)
        ):
            return False
        pairs = zip(whole.type.shape, part.type.shape, strict=True)
        return all(
            one is not None and other is not None and one.symbol == other.symbol for one, other in pairs
        )

    def snapshot(self, node: gast.Name) -> gast.expr:
        """A copy of a whole array, made once for the statement."""
        name = self.snapshots.get(node.id)
        if name is None:
            name = self.snapshots[node.id] = self.context.names.fresh("t")
            self.decided(node, How.COPY, name)
            self.copies.append(b.assign(name, b.method(node.id, "copy")))
        return b.name(name)

    def rebuilt(self, node: gast.expr) -> gast.expr:
        """Arithmetic on available operands, done again."""
        self.decided(node, How.AGAIN, "")
        if isinstance(node, gast.BinOp):
            return gast.BinOp(self.available(node.left), node.op, self.available(node.right))
        assert isinstance(node, gast.UnaryOp)
        return gast.UnaryOp(node.op, self.available(node.operand))

    def cost(self, node: gast.expr) -> int:
        """Operations needed to compute an expression again; large for everything that is not arithmetic."""
        match node:
            case gast.Constant() | gast.Name() | gast.Attribute() | gast.Subscript():
                return 0
            case gast.BinOp():
                return (
                    1
                    + self.cost(node.left)
                    + self.cost(node.right)
                    + (4 if isinstance(node.op, gast.Pow) else 0)
                )
            case gast.UnaryOp():
                return self.cost(node.operand)
        return 1000

    def simple_index(self, node: gast.expr) -> bool:
        """True for an index that is cheap to write again: numbers and slices."""
        parts = node.elts if isinstance(node, gast.Tuple) else [node]
        for part in parts:
            if isinstance(part, gast.Slice):
                continue
            type_ = self.facts.value(part).type
            if not (is_number(type_) or isinstance(type_, (Known, Inert))):
                return False
        return True

    def available_index(self, node: gast.expr) -> gast.expr:
        """An index, as the reverse sweep can use it."""
        match node:
            case gast.Tuple():
                return b.tuple_(self.available_index(part) for part in node.elts)
            case gast.Slice():
                parts = (node.lower, node.upper, node.step)
                return gast.Slice(*(None if part is None else self.available(part) for part in parts))
            case gast.Constant() | gast.Name():
                if (
                    isinstance(node, gast.Name)
                    and not is_number(self.facts.value(node).type)
                    and self.changes(node)
                ):
                    return self.keep(node, copy=True)
                return b.clone(node)
        return self.available(node)

    def keep(self, node: gast.expr, *, copy: bool = False) -> gast.expr:
        """Give an expression a name in the forward sweep."""
        if id(node) in self.kept:
            return b.name(self.kept[id(node)])
        text = gast.dump(node) if copy else ""
        if text in self.same:
            self.copied.add(id(node))
            self.kept[id(node)] = self.same[text]
            return b.name(self.same[text])
        name = self.context.names.fresh("t")
        self.kept[id(node)] = name
        self.decided(node, How.COPY if copy else How.NAME, name)
        if copy:
            self.same[text] = name
            self.copied.add(id(node))
            value = self.facts.values.get(id(node))
            if value is not None and isinstance(value.type, Array):
                copied: gast.expr = b.method(b.clone(node), "copy")
            else:
                copied = b.call(self.helper(copy_of), b.clone(node))  # a number, it may be
            self.copies.append(b.assign(name, copied))
        return b.name(name)

    def decided(self, node: gast.expr, how: How, holder: str) -> None:
        """Note how the reverse sweep gets at an expression."""
        line = getattr(self.node, "lineno", None) or 0
        self.context.decisions.temporaries.append(Temporary(node, line, how, holder))

    def guard(self, node: gast.expr) -> None:
        """Have the forward sweep check that an operand is a real number or array."""
        name = self.helper(real_number)
        if isinstance(node, (gast.Name, gast.Attribute)):
            self.copies.append(b.expr_stmt(b.call(name, b.clone(node))))
        else:
            self.later.append(b.located(b.expr_stmt(b.call(name, self.keep(node))), self.node))

    def shape_of(self, node: gast.expr) -> gast.expr:
        """An available expression with the shape of ``node``, whatever its dtype: a parameter, if one has it."""
        type_ = self.facts.value(node).type
        if isinstance(type_, Array) and lasting(type_.shape):
            for name, value in self.facts.parameters.items():
                if self.context.bindings[name] == 1 and same_shape(value.type, type_):
                    return b.name(name)
        return self.shape_source(node)

    def shape_source(self, node: gast.expr) -> gast.expr:
        """An available expression with the shape and dtype of ``node``, whose numbers do not matter."""
        if isinstance(node, gast.Name):
            is_list = isinstance(self.facts.value(node).type, ListOf)  # may have another length later
            return self.available(node) if is_list else b.name(node.id)
        if id(node) == id(self.root) and self.target is not None and self.target not in set(b.names_in(node)):
            return b.name(self.target)
        type_ = self.facts.value(node).type
        for child in b.walk(node):
            if isinstance(child, gast.Name) and id(child) in self.facts.values:
                if same_shape(self.facts.value(child).type, type_) and not is_number(type_):
                    if self.facts.value(child).kind == self.facts.value(node).kind:
                        return b.name(child.id)
        if isinstance(node, gast.Subscript) and self.simple_index(node.slice):
            return b.subscript(self.shape_source(node.value), self.available_index(node.slice))
        return self.available(node)

    def operands(self, rule: Rule, arguments: Any, node: gast.AST) -> dict[str, Operand]:
        """How the rule's parameters are spelt at this call."""
        found: dict[str, Operand] = {}
        for name, argument in arguments.items():
            if isinstance(argument, list):
                found[name] = Operand(None, partial(self.available_all, argument))
                continue
            found[name] = Operand(
                self.facts.value(argument).type,
                partial(self.available, argument),
                partial(self.shape_source, argument),
            )
        if isinstance(node, gast.expr):
            found["ans"] = Operand(
                self.facts.value(node).type, lambda: self.answer(node), lambda: self.shape_source(node)
            )
        elif isinstance(node, gast.Expr):  # a call with out=: its result is not kept, it is computed again
            again = b.clone(node.value)
            again.keywords = [keyword for keyword in again.keywords if keyword.arg != "out"]
            found["ans"] = Operand(None, lambda: self.recomputed(rule, arguments, again))
        else:  # an augmented assignment: its result, before it is stored
            found["ans"] = Operand(None, lambda: self.updated(node))
        return found

    def available_all(self, items: list[gast.expr]) -> gast.expr:
        """A tuple of available values."""
        return b.tuple_(self.available(item) for item in items)

    def recomputed(self, rule: Rule, arguments: Any, again: gast.Call) -> gast.expr:
        if any(isinstance(argument, list) for argument in arguments.values()):
            raise Refused(again, "out= of a function of several arrays")
        return gast.Call(again.func, [self.available(a) for a in arguments.values()], [])

    def updated(self, node: gast.AST) -> gast.expr:
        assert isinstance(node, gast.AugAssign)
        return gast.BinOp(self.available(node.target), node.op, self.available(node.value))

    def answer(self, node: gast.expr) -> gast.expr:
        """The value of an expression with a rule that reads its own result."""
        if id(node) in self.kept:
            return b.name(self.kept[id(node)])
        if node is self.root and self.target is not None:
            if self.context.changes_after(self.facts.value(node)):
                # the target's memory is written later: what it holds now has to be copied
                self.copied_from(node, node)
                kept = self.kept[id(node)] = self.context.names.fresh("t")
                self.decided(node, How.COPY, kept)
                self.later.append(b.located(b.assign(kept, b.method(self.target, "copy")), self.node))
                self.copied.add(id(node))
                return b.name(kept)
            if self.target not in set(b.names_in(node)):
                return b.name(self.target)
        value = self.facts.value(node)
        if isinstance(node, gast.BinOp) and is_number(value.type) and self.cost(node) <= 1:
            return self.rebuilt(node)
        return self.keep(node)

    def forward(self, node: gast.stmt) -> list[gast.stmt]:
        """The statement with its temporaries in front."""
        if not self.kept and not self.copies:
            return [node]
        before: list[gast.stmt] = list(self.copies)

        def rewrite(tree: Any) -> Any:
            if isinstance(tree, list):
                return [rewrite(item) for item in tree]
            if not isinstance(tree, gast.AST):
                return tree
            cls: Any = type(tree)
            made = cls.__new__(cls)
            for key, child in tree.__dict__.items():
                made.__dict__[key] = rewrite(child) if isinstance(child, (gast.AST, list)) else child
            if id(tree) in self.facts.calls:
                self.facts.calls[id(made)] = self.facts.calls[id(tree)]
            name = self.kept.get(id(tree))
            if name is None or id(tree) in self.copied:
                return made
            if isinstance(getattr(made, "ctx", None), gast.Store):
                made.ctx = gast.Load()
                before.append(b.located(b.assign(name, made), node))
                made = b.clone(made)
                made.ctx = gast.Store()
                return made
            before.append(b.located(b.assign(name, made), node))
            return b.located(b.name(name), tree)

        rewritten = rewrite(node)
        return [*(b.located(statement, node) for statement in before), rewritten]

    def helper(self, function: Any) -> str:
        """The name under which generated code sees a helper."""
        return self.context.global_name(function.__name__, function)
