"""``srcgrad.check_rule``: hold a derivative rule against numbers."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Callable
from types import FunctionType
from typing import Any

import gast
import numpy as np

from srcgrad.differences import (
    entry_slopes,
    flat,
    is_inexact,
    leaves_of,
    mapped,
    narrowed,
    paired,
    placed,
    product,
    random_cotangents,
    random_like,
    rebuilt,
)
from srcgrad.errors import MissingRuleError, RuleCheckError
from srcgrad.rules import Kind, Rule, rule_for, rule_for_method, text

__all__ = ["check_rule", "compared"]

#: How many numbers have been held against others in this process, by kind of check.
compared: Counter[str] = Counter()


def check_rule(
    op: Callable[..., Any],
    /,
    *args: Any,
    wrt: Any = None,
    tolerance: float = 1e-6,
    through: Callable[..., Any] | None = None,
    **kwargs: Any,
) -> None:
    """Test the derivative rule of a function at one call.

    Checked are: every derivative of every argument against differences (or a complex step, where the function
    takes complex numbers and is analytic), forward against reverse mode, shapes and dtypes, single precision,
    second derivatives, whether the rule reads only what it says, and whether what it calls has rules too.

    Parameters
    ----------
    op : callable
        A function with a rule.
    *args, **kwargs
        A call of it. The arrays should be small, and away from points without derivative.
    wrt : str or sequence of str, optional
        Names of the parameters to check; all with floating-point numbers if left out.
    tolerance : float
        Allowed error, relative to the largest derivative.
    through : callable, optional
        A function of the result whose derivative is checked in place of the result's own, for results that are
        only determined up to a sign, a phase or an order, as eigenvectors are. Takes the result as `op` returns
        it and computes with NumPy.

    Raises
    ------
    MissingRuleError
        If the function has no rule.
    RuleCheckError
        If a check fails; the message names the argument and the worst entry.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> @srcgrad.rule.operation
    ... def cube(x):
    ...     return x**3
    >>> @srcgrad.rule.elementwise(cube)
    ... def cube_slope(x):
    ...     return 2 * x * x
    >>> try:
    ...     srcgrad.check_rule(cube, np.array([1.0, 2.0]))
    ... except srcgrad.errors.RuleCheckError as error:
    ...     print(error.message)
    the rule of srcgrad.checks.cube is wrong for x: entry (1,) is -1.05684, differences say -1.58526
    """
    rule = rule_for(op)
    if rule is None:
        raise MissingRuleError(f"{getattr(op, '__qualname__', op)} has no derivative rule")
    if rule.kind is Kind.NONDIFF:
        return
    check = _Check(op, rule.by_arity.get(len(args), rule), args, kwargs, wrt, tolerance)
    check.through = through
    if rule.kind is Kind.UPDATE:
        check.update()
        return
    check.closure()
    check.first()
    check.tangent()
    check.poison()
    check.single()
    check.second()


class _Check:
    """One call, and what is checked of it."""

    def __init__(self, op: Any, rule: Rule, args: Any, kwargs: Any, wrt: Any, tolerance: float) -> None:
        self.op, self.rule, self.args, self.kwargs, self.tolerance = op, rule, args, kwargs, tolerance
        self.bound = dict(rule.bind(args, kwargs).arguments)
        names = tuple(self.bound) if rule.kind is Kind.COMPOSITE else rule.differentiable
        if rule.mutated is not None:
            names = (rule.mutated, *names)
        names = names if wrt is None else (wrt,) if isinstance(wrt, str) else tuple(wrt)
        self.names = [name for name in names if leaves_of(self.bound.get(name))]
        if not self.names:
            raise RuleCheckError(f"no argument of this call of {rule.name} has floating-point numbers")
        self.rng = np.random.default_rng(0)
        self.through: Callable[..., Any] | None = None

    def result(self, table: dict[str, Any]) -> Any:
        """What is differentiated, with other values of parameters."""
        result = self.run(table)
        return result if self.through is None else self.through(result)

    def run(self, table: dict[str, Any]) -> Any:
        """The result with other values of parameters."""
        args, kwargs = list(self.args), dict(self.kwargs)
        for k, (name, parameter) in enumerate(self.rule.signature.parameters.items()):
            if name in table and name in kwargs:
                kwargs[name] = table[name]
            elif name in table and parameter.kind is parameter.VAR_POSITIONAL:
                args[k:] = list(table[name])
            elif name in table and k < len(args):
                args[k] = table[name]
        return self.op(*args, **kwargs)

    def fail(self, what: str, cause: str | None = None) -> None:
        raise RuleCheckError(f"the rule of {self.rule.name} {what}", cause=cause)

    def values(self) -> dict[str, Any]:
        return {name: self.bound[name] for name in self.names}

    # --- first order ---

    def slopes(self, run: Callable[[dict[str, Any]], Any], g: list[Any], name: str) -> list[Any]:
        """Gradient of the inner product of the result with `g`, entry by entry."""
        return entry_slopes(lambda tree: run({name: tree}), self.bound[name], g)

    def first(self) -> None:
        ans = self.run({})
        seeds, g = self.seeded(ans)
        for name in self.names:
            parts = self.parts(self.pulled(name, ans, g), self.bound[name])
            self.compare(name, parts, self.slopes(self.result, seeds, name), "first order")
            self.form(name, parts, leaves_of(self.bound[name]))

    def seeded(self, ans: Any) -> tuple[list[Any], Any]:
        """Random cotangents of what is differentiated, and those of the function's own result."""
        if self.through is None:
            g = random_cotangents(ans, self.rng)
            return [x for x in flat(g) if x is not None], g
        seeds = [x for x in flat(random_cotangents(self.through(ans), self.rng)) if x is not None]
        from srcgrad.runtime.eager.tensor import Tensor

        tensors = [Tensor(np.array(x)).requires_grad_() for x in leaves_of(ans)]
        found = self.gradients(self.followed(rebuilt(ans, iter(tensors))), seeds, tensors)
        return seeds, placed(ans, iter(found))

    def parts(self, cotangent: Any, value: Any) -> list[Any]:
        """Cotangents of the floating-point parts of an argument, zeros for None."""
        return [np.zeros_like(x) if c is None else c for c, x in paired(cotangent, value)]

    def pulled(self, name: str, ans: Any, g: Any) -> Any:
        """The cotangent of an argument, by the rule's own text where it has one."""
        if self.rule.kind is not Kind.COMPOSITE:
            return self.rule.pullbacks[name](ans=ans, g=g, **self.bound)
        tensors, roots = self.tensors(through=False)
        found = self.gradients(roots, [x for x in flat(g) if x is not None], tensors[name])
        return placed(self.bound[name], iter(found))

    def compare(self, name: str, have: list[Any], want: list[Any], check: str) -> None:
        compared[check] += sum(np.size(w) for w in want)
        scale = max(1.0, *(float(np.max(np.abs(w), initial=0.0)) for w in want))
        for k, (h, w) in enumerate(zip(have, want, strict=True)):
            if np.shape(h) != np.shape(w):
                self.fail(
                    f"is wrong for {name}: a cotangent of shape {np.shape(h)} for an argument of {np.shape(w)}"
                )
            error = np.abs(np.asarray(h) - w)
            error = np.where(np.isnan(error), np.inf, error)
            if error.size and np.max(error) > self.tolerance * scale:
                index = tuple(int(i) for i in np.unravel_index(int(np.argmax(error)), np.shape(w)))
                where = f"entry {index}" if index else "it"
                where = f"item {k}, {where}" if len(want) > 1 else where
                here, there = np.asarray(h)[index], w[index]
                self.fail(f"is wrong for {name}: {where} is {here:.6g}, differences say {there:.6g}")

    def form(self, name: str, parts: list[Any], leaves: list[Any]) -> None:
        for part, leaf in zip(parts, leaves, strict=True):
            dtype = getattr(leaf, "dtype", None)
            if dtype is not None and np.asarray(part).dtype != dtype:
                self.fail(f"gives {np.asarray(part).dtype} for {name}, which is {dtype}")

    def tangent(self) -> None:
        """Forward mode against the pullbacks, which are right by now."""
        if self.rule.kind is Kind.COMPOSITE:
            return
        if not self.rule.has_tangent:
            self.fail("has no forward mode", "a vjp needs a jvp beside it")
        ans = self.run({})
        g = self.seeded(ans)[1]
        moves = {name: random_cotangents(value, self.rng) for name, value in self.values().items()}
        result = self.rule.jvp(self.bound, moves, ans)
        pairs = zip(flat(result), flat(ans), strict=True)
        changes = [np.broadcast_to(r, np.shape(y)) for r, y in pairs if is_inexact(y)]
        left = product([x for x, y in zip(flat(g), flat(ans), strict=True) if is_inexact(y)], changes)
        right = sum(
            product(self.parts(self.pulled(name, ans, g), self.bound[name]), leaves_of(moves[name]))
            for name in self.names
        )
        compared["forward against reverse"] += 1
        if not abs(left - right) <= self.tolerance * max(1.0, abs(left), abs(right)) * 10:
            self.fail(f"disagrees with itself: forward mode gives {left:.6g}, reverse mode {right:.6g}")

    # --- what the text reads and calls ---

    def poison(self) -> None:
        """What a pullback says it does not read can be anything."""
        if self.rule.kind is Kind.COMPOSITE:
            return
        ans = self.run({})
        g = self.seeded(ans)[1]
        for name in self.names:
            pullback = self.rule.pullbacks[name]
            values = {**self.bound, "ans": ans}
            wrong = {
                key: mapped(lambda x: x + np.nan, value)
                for key, value in values.items()
                if key not in pullback.reads
            }
            for a, b in zip(
                flat(pullback(g=g, **values)), flat(pullback(g=g, **{**values, **wrong})), strict=True
            ):
                compared["poison"] += np.size(a)
                if a is not None and not np.array_equal(a, b, equal_nan=True):
                    self.fail(f"reads more for {name} than its text shows")

    def closure(self) -> None:
        """Every function that the text calls has a rule, or source that can be followed."""
        functions = [f for f in (self.rule.sources.main, self.rule.sources.jvp) if f is not None]
        for function in functions:
            scope = {**vars(builtins), **function.__globals__}
            for node in gast.walk(text.function_tree(function)):
                if not isinstance(node, gast.Call):
                    continue
                target = text.resolve(node.func, scope)
                if target is None or rule_for(target) is not None or isinstance(target, type | FunctionType):
                    continue
                name = getattr(target, "__name__", repr(target))
                if rule_for_method(name) is None and getattr(builtins, name, None) is not target:
                    self.fail(
                        f"calls {name}, which has no rule itself",
                        "second derivatives go through the rule's own text",
                    )

    # --- other dtypes, second order: through the engine of tensors ---

    def single(self) -> None:
        """Arguments in single precision give derivatives in single precision."""
        if self.rule.kind is Kind.COMPOSITE or not any(
            hasattr(x, "dtype") for x in leaves_of(list(self.values().values()))
        ):
            return
        narrow = {name: mapped(narrowed, value) for name, value in self.values().items()}
        ans = self.run(narrow)
        g = random_cotangents(ans, self.rng)
        for name in self.names:
            cotangent = self.rule.pullbacks[name](ans=ans, g=g, **{**self.bound, **narrow})
            self.form(name, self.parts(cotangent, narrow[name]), leaves_of(narrow[name]))

    def tensors(
        self, values: dict[str, Any] | None = None, through: bool = True
    ) -> tuple[dict[str, list[Any]], list[Any]]:
        """Arguments as tensors that want gradients, and the results computed from them."""
        from srcgrad.runtime.eager.plain import call_numpy, raw
        from srcgrad.runtime.eager.tensor import Tensor

        table, made = {}, {}
        for name, value in {**self.values(), **(values or {})}.items():
            tensors = [Tensor(np.array(x)).requires_grad_() for x in leaves_of(value)]
            table[name], made[name] = rebuilt(value, iter(tensors)), tensors

        op, self.op = self.op, lambda *args, **kwargs: call_numpy(op, args, kwargs, Tensor)
        try:
            result = self.run(table)
        finally:
            self.op = op
        return made, self.followed(result) if through else [y for y in flat(result) if is_inexact(raw(y))]

    def followed(self, result: Any) -> list[Any]:
        """What is differentiated, as tensors, from a result of tensors."""
        from srcgrad.runtime.eager.plain import as_plain, as_tensor, raw

        parts = flat(result if self.through is None else self.through(as_plain(result)))
        return [as_tensor(part) for part in parts if is_inexact(raw(part))]

    def gradients(
        self, roots: list[Any], g: list[Any], tensors: list[Any], create_graph: bool = False
    ) -> list[Any]:
        from srcgrad.autograd import grad
        from srcgrad.runtime.eager.tensor import Tensor

        pairs = [
            (r, s) for r, s in zip(roots, g, strict=True) if isinstance(r, Tensor) and r.source() is not None
        ]
        seeds = [Tensor(np.asarray(s, r.value.dtype)) for r, s in pairs]
        options = {"create_graph": create_graph, "retain_graph": True, "allow_unused": True}
        found = grad([r for r, _ in pairs], tensors, seeds, **options) if pairs else [None] * len(tensors)
        return list(found) if create_graph else [None if t is None else t.value for t in found]

    def second(self) -> None:
        """The derivative of the gradient, by the rule's own text and by differences of it."""
        seeds = self.seeded(self.run({}))[0]
        for name in self.names:

            def gradient(table: dict[str, Any], name: str = name) -> list[Any]:
                tensors, roots = self.tensors(table)
                found = self.gradients(roots, seeds, tensors[name])
                return [
                    np.zeros(np.shape(t.value)) if c is None else c
                    for c, t in zip(found, tensors[name], strict=True)
                ]

            tensors, roots = self.tensors()
            first = self.gradients(roots, seeds, tensors[name], create_graph=True)
            weights = [random_like(x, self.rng) for x in leaves_of(self.bound[name])]
            kept = [(c, w) for c, w in zip(first, weights, strict=True) if c is not None and c.requires_grad]
            for other in self.names:
                expected = self.slopes(gradient, weights, other)
                found = (
                    self.gradients([c for c, _ in kept], [w for _, w in kept], tensors[other])
                    if kept
                    else [None] * len(expected)
                )
                have = [
                    np.zeros(np.shape(e)) if f is None else f for f, e in zip(found, expected, strict=True)
                ]
                self.compare(f"the second derivative in {name} and {other}", have, expected, "second order")

    # --- functions that write ---

    def update(self) -> None:
        """Adjoint and tangent of a function that writes into an argument."""
        update = self.rule.update
        assert update is not None
        target = update.mutated

        def written(table: dict[str, Any]) -> Any:
            array = np.array(table.get(target, self.bound[target]))
            self.run({**table, target: array})
            return array

        new = written({})
        g = random_like(new, self.rng)
        memory = np.array(g, dtype=new.dtype)
        results = update(**{**self.bound, update.memory: memory, "ans": new})
        cotangents = {target: memory, **dict(zip(update.values, results, strict=True))}
        for name in self.names:
            if name != target and np.shares_memory(np.asarray(cotangents[name]), memory):
                self.fail(f"returns for {name} a part of the adjoint memory, which changes later")
            have = self.parts(cotangents[name], self.bound[name])
            self.compare(name, have, self.slopes(written, [g], name), "writes")
