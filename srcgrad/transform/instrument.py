"""Python source -> the same program with every operation that a derivative may pass through going by ``rt``.

What provably carries no derivative stays as it is: constants, ``range`` loops and the arithmetic of their counters,
comparisons and truth tests (recorded values answer them as their primals), imports, calls of built-ins that only look.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import gast

from srcgrad.runtime.recorded.rt import IN_PLACE, OPERATORS
from srcgrad.transform import builders as b
from srcgrad.transform.inert import bound_names, inert, inert_names, is_builtin_call

__all__ = ["instrument"]

# Called as they are: they look at values, and recorded values show them the primal.
_LOOKING = frozenset({
    "print", "len", "range", "bool", "int", "isinstance", "issubclass", "callable", "id", "hash", "super", "locals",
    "globals", "vars", "dir", "eval", "exec",
})  # fmt: skip
# Give iterators over tuples that need no more care.
_ITERATORS = {
    "enumerate": 2,
    "zip": 2,
    "range": 1,
    "reversed": 1,
    "sorted": 1,
    "map": 1,
    "filter": 1,
    "list": 1,
}


def instrument(tree: gast.FunctionDef, namespace: Mapping[str, Any], rt: str) -> gast.FunctionDef:
    """Rewrite a function.

    Parameters
    ----------
    tree : gast.FunctionDef
        Changed in place.
    namespace : mapping
        What names from outside of the function mean.
    rt : str
        A name for the run-time part that the function does not use itself.
    """
    local = bound_names(tree)
    rewriter = _Rewriter(
        namespace, local, inert_names(tree, namespace, local), rt, _fresh_names(tree, namespace)
    )
    tree.decorator_list = []
    tree.returns = None
    for arg in [
        *tree.args.posonlyargs,
        *tree.args.args,
        *tree.args.kwonlyargs,
        tree.args.vararg,
        tree.args.kwarg,
    ]:
        if arg is not None:
            arg.annotation = None
    rewriter.function(tree)
    return tree


def _fresh_names(tree: gast.FunctionDef, namespace: Mapping[str, Any]) -> Any:
    taken = set(b.names_in(tree)) | set(namespace) | set(dir(builtins))

    def fresh(hint: str) -> str:
        name, k = hint, 2
        while name in taken:
            name, k = f"{hint}_{k}", k + 1
        taken.add(name)
        return name

    return fresh


class _Rewriter(gast.NodeTransformer):  # type: ignore[misc]
    def __init__(
        self, namespace: Mapping[str, Any], local: set[str], inert: set[str], rt: str, fresh: Any
    ) -> None:
        self.namespace = namespace
        self.local = local
        self.inert = inert
        self.rt = rt
        self.fresh = fresh

    # --- helpers ---

    def is_inert(self, node: Any) -> bool:
        return inert(node, self.inert, self.namespace, self.local)

    def to(self, name: str, *args: Any) -> gast.Call:
        return b.call(b.attribute(self.rt, name), *args)

    def is_module(self, node: Any) -> bool:
        """Whether an expression is a module, as far as can be seen before it runs."""
        return isinstance(self.resolved(node), ModuleType)

    def resolved(self, node: Any) -> Any:
        if isinstance(node, gast.Name) and node.id not in self.local:
            return self.namespace.get(node.id)
        if isinstance(node, gast.Attribute):
            base = self.resolved(node.value)
            return getattr(base, node.attr, None) if isinstance(base, ModuleType) else None
        return None

    def iterated(self, node: Any, target: Any) -> Any:
        """What a loop iterates over; with a target that unpacks, the items need the same care."""
        depth = 1 + _unpacks(target)
        made = self.visit(node)
        if isinstance(node, (gast.List, gast.Tuple)) and depth == 1:
            return made
        for name, deep_enough in _ITERATORS.items():
            if depth <= deep_enough and is_builtin_call(node, {name}, self.namespace, self.local):
                return made
        return self.to("iter", made) if depth == 1 else self.to("iter", made, depth)

    # --- functions ---

    def function(self, node: Any) -> None:
        """Rewrite the body of a definition."""
        if gast.get_docstring(node, clean=False) is not None and len(node.body) > 1:
            node.body = node.body[1:]
        node.args = self.parameters(node.args)
        node.body = self.block(node.body)

    def parameters(self, args: Any) -> Any:
        args.defaults = [self.visit(default) for default in args.defaults]
        args.kw_defaults = [None if default is None else self.visit(default) for default in args.kw_defaults]
        return args

    def block(self, body: list[Any]) -> list[Any]:
        made: list[Any] = []
        for statement in body:
            result = self.visit(statement)
            made.extend(result if isinstance(result, list) else [result])
        return made

    def visit_FunctionDef(self, node: Any) -> Any:
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        self.function(node)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: Any) -> Any:
        node.args = self.parameters(node.args)
        node.body = self.visit(node.body)
        return node

    def visit_ClassDef(self, node: Any) -> Any:
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        node.body = self.block(node.body)
        return node

    # --- statements ---

    def visit_AnnAssign(self, node: Any) -> Any:
        if node.value is None:
            return node
        node.value = self.visit(node.value)
        node.target = self.visit(node.target)
        return node

    def visit_Assign(self, node: Any) -> Any:
        value = self.visit(node.value)
        made: list[Any] = []
        if len(node.targets) > 1 and any(map(_unpacks, node.targets)) and not isinstance(value, gast.Name):
            # Each target must see the value itself, not what is left of an iterator.
            held = self.fresh("value")
            made.append(b.assign(held, value))
            value = b.name(held)
        if not any(map(_unpacks, node.targets)):
            made.append(gast.Assign([self.visit(target) for target in node.targets], value, None))
        else:
            for target in node.targets:
                made.extend(self.assigned(target, b.clone(value)))
        return [b.located(statement, node) for statement in made]

    def assigned(self, target: Any, value: Any) -> list[Any]:
        """An assignment that unpacks; nested targets in statements of their own."""
        if not _unpacks(target):
            return [gast.Assign([self.visit(target)], value, None)]
        target, inner = self.flattened(target)
        unpacked = value if isinstance(value, (gast.Tuple, gast.List)) else self.to("iter", value)
        made = [gast.Assign([self.visit(target)], unpacked, None)]
        for name, part in inner:
            made.extend(self.assigned(part, b.name(name)))
        return made

    def flattened(self, target: Any) -> tuple[Any, list[tuple[str, Any]]]:
        """A target of one level, and the targets inside of it with the names that stand for them."""
        inner: list[tuple[str, Any]] = []
        elements = []
        for element in target.elts:
            place = element.value if isinstance(element, gast.Starred) else element
            if _unpacks(place):
                inner.append((self.fresh("part"), place))
                place = b.target(inner[-1][0])
                element = gast.Starred(place, gast.Store()) if isinstance(element, gast.Starred) else place
            elements.append(element)
        return b.located(type(target)(elements, gast.Store()), target), inner

    def visit_AugAssign(self, node: Any) -> Any:
        target = node.target
        if isinstance(target, gast.Name) and target.id in self.inert:
            return node
        value = self.visit(node.value)
        function = IN_PLACE[type(node.op).__name__]
        if isinstance(target, gast.Name):
            return b.located(b.assign(target.id, self.to(function, b.name(target.id), value)), node)
        before: list[Any] = []
        base = self._held(target.value, "base", before)
        if isinstance(target, gast.Attribute):
            read: Any = b.attribute(self.to("at", base), target.attr)
            place: Any = gast.Attribute(self.to("into", b.clone(base)), target.attr, gast.Store())
        else:
            index = self._held(target.slice, "index", before)
            read = gast.Subscript(self.to("at", base), index, gast.Load())
            place = gast.Subscript(self.to("into", b.clone(base)), b.clone(index), gast.Store())
        before.append(gast.Assign([place], self.to(function, read, value), None))
        return [b.located(statement, node) for statement in before]

    def _held(self, node: Any, hint: str, before: list[Any]) -> Any:
        """An expression that is evaluated twice: as it is if that does not show, in a name otherwise."""
        if _repeatable(node) and (isinstance(node, (gast.Name, gast.Constant)) or self.is_plain_index(node)):
            return node
        name = self.fresh(hint)
        value = self.visit(node)
        if hint == "index":
            value = gast.Subscript(b.attribute(self.rt, "index"), value, gast.Load())
        before.append(b.assign(name, value))
        return b.name(name)

    def is_plain_index(self, node: Any) -> bool:
        """Whether an index has only counters and names in it: nothing to rewrite."""
        if isinstance(node, gast.Tuple):
            return all(self.is_plain_index(element) for element in node.elts)
        if isinstance(node, gast.Slice):
            return all(p is None or self.is_plain_index(p) for p in (node.lower, node.upper, node.step))
        return isinstance(node, (gast.Name, gast.Constant)) or self.is_inert(node)

    def visit_For(self, node: Any) -> Any:
        node.iter = self.iterated(node.iter, node.target)
        body = self.block(node.body)
        if _unpacks(node.target):
            node.target, inner = self.flattened(node.target)
            body = [
                b.located(s, node) for name, part in inner for s in self.assigned(part, b.name(name))
            ] + body
        node.target = self.visit(node.target)
        node.body = body
        node.orelse = self.block(node.orelse)
        return node

    visit_AsyncFor = visit_For

    def visit_comprehension(self, node: Any) -> Any:
        node.iter = self.iterated(node.iter, node.target)
        node.target = self.visit(node.target)
        node.ifs = [self.visit(test) for test in node.ifs]
        return node

    def generators(self, generators: list[Any]) -> list[Any]:
        """The loops of a comprehension; a nested target is a loop over the one thing to unpack."""
        made: list[Any] = []
        for loop in generators:
            inner: list[tuple[str, Any]] = []
            if _unpacks(loop.target):
                loop.target, inner = self.flattened(loop.target)
            tests, loop.ifs = loop.ifs, []
            made.append(self.visit(loop))
            while inner:
                name, part = inner.pop(0)
                part, more = self.flattened(part)
                made.append(
                    gast.comprehension(self.visit(part), b.tuple_([self.to("iter", b.name(name))]), [], 0)
                )
                inner.extend(more)
            made[-1].ifs = [self.visit(test) for test in tests]
        return made

    def visit_ListComp(self, node: Any) -> Any:
        node.generators = self.generators(node.generators)
        node.elt = self.visit(node.elt)
        return b.located(node, node)

    visit_SetComp = visit_GeneratorExp = visit_ListComp

    def visit_DictComp(self, node: Any) -> Any:
        node.generators = self.generators(node.generators)
        node.key, node.value = self.visit(node.key), self.visit(node.value)
        return node

    def visit_withitem(self, node: Any) -> Any:
        node.context_expr = self.to("context", self.visit(node.context_expr))
        if node.optional_vars is not None:
            node.optional_vars = self.visit(node.optional_vars)
        return node

    # --- expressions ---

    def visit_BinOp(self, node: Any) -> Any:
        if self.is_inert(node):
            return node
        return b.located(
            self.to(OPERATORS[type(node.op).__name__], self.visit(node.left), self.visit(node.right)), node
        )

    def visit_UnaryOp(self, node: Any) -> Any:
        if self.is_inert(node.operand) or isinstance(node.op, gast.Not):
            return self.generic_visit(node)
        return b.located(self.to(OPERATORS[type(node.op).__name__], self.visit(node.operand)), node)

    def visit_Call(self, node: Any) -> Any:
        function = node.func
        args = [self.visit(arg) for arg in node.args]
        keywords = [gast.keyword(k.arg, self.visit(k.value)) for k in node.keywords]
        if args and is_builtin_call(node, {"eval", "exec"}, self.namespace, self.local):
            args[0] = self.to("readable", args[0])
        if is_builtin_call(node, _LOOKING, self.namespace, self.local):
            return b.located(gast.Call(function, args, keywords), node)
        return b.located(
            gast.Call(b.attribute(self.rt, "call"), [self.visit(function), *args], keywords), node
        )

    def visit_JoinedStr(self, node: Any) -> Any:
        if self.is_inert(node):
            return node
        return b.located(self.to("joined", *map(self.visit, node.values)), node)

    def visit_FormattedValue(self, node: Any) -> Any:
        spec, conversion = node.format_spec, node.conversion
        options = [] if spec is None else [_only_text(spec) or self.visit(spec)]
        if conversion != -1:
            options = [*(options or [gast.Constant("", None)]), gast.Constant(chr(conversion), None)]
        return b.located(self.to("formatted", self.visit(node.value), *options), node)

    def visit_Starred(self, node: Any) -> Any:
        if isinstance(node.ctx, gast.Load):
            node.value = self.to("iter", self.visit(node.value))
        else:
            node.value = self.visit(node.value)
        return node

    def visit_YieldFrom(self, node: Any) -> Any:
        node.value = self.to("iter", self.visit(node.value))
        return node

    def visit_Attribute(self, node: Any) -> Any:
        loads = isinstance(node.ctx, gast.Load)
        if loads and self.is_module(node.value):
            return node
        if (
            loads
            and node.attr.startswith("__")
            and node.attr.endswith("__")
            and not self._is_super(node.value)
        ):
            # Whatever stands in for an object has such names of its own.
            return b.located(self.to("load", self.visit(node.value), gast.Constant(node.attr, None)), node)
        self._reach(node)
        return node

    def visit_Subscript(self, node: Any) -> Any:
        node.slice = self.visit(node.slice)
        self._reach(node)
        return node

    def _is_super(self, node: Any) -> bool:
        return is_builtin_call(node, {"super"}, self.namespace, self.local)

    def _reach(self, node: Any) -> None:
        """Put `at` or `into` before an attribute or an item."""
        if isinstance(node.value, (gast.List, gast.Dict, gast.Constant)) and isinstance(node.ctx, gast.Load):
            node.value = self.visit(node.value)
            return
        if self._is_super(node.value):
            return
        name = "at" if isinstance(node.ctx, gast.Load) else "into"
        node.value = b.located(self.to(name, self.visit(node.value)), node)

    def visit_MatchValue(self, node: Any) -> Any:
        return node

    visit_MatchClass = visit_MatchMapping = visit_MatchValue


def _only_text(spec: Any) -> Any:
    """The format in ``f"{x:.2f}"``, if nothing has to be filled in."""
    return spec.values[0] if len(spec.values) == 1 and isinstance(spec.values[0], gast.Constant) else None


def _unpacks(target: Any) -> bool:
    return isinstance(target, (gast.Tuple, gast.List))


def _repeatable(node: Any) -> bool:
    """Whether evaluating an expression twice does not show."""
    if isinstance(node, (gast.Name, gast.Constant)):
        return True
    if isinstance(node, gast.Tuple):
        return all(_repeatable(element) for element in node.elts)
    if isinstance(node, gast.Slice):
        return all(part is None or _repeatable(part) for part in (node.lower, node.upper, node.step))
    if isinstance(node, gast.BinOp):
        return _repeatable(node.left) and _repeatable(node.right)
    return isinstance(node, gast.UnaryOp) and _repeatable(node.operand)
