"""What is checked of one call of one function, whatever the function.

`check_call` takes a call with real or complex arguments and holds against differences: the compiled
pullbacks, the tangent, the gradient through the tape, and the derivative of that gradient. Differences are of
five points (error about 1e-12 for functions of size one), or a complex step where the function is analytic.
"""

import numpy as np

from srcgrad.rules import Kind, rule_for
from tests.rules import tape

#: Number of single comparisons made so far, by kind of check.
COUNT = {
    "pullback": 0,
    "tangent": 0,
    "tape": 0,
    "second": 0,
    "poison": 0,
    "linear": 0,
    "update": 0,
    "complex step": 0,
    "engine": 0,
    "shapes": 0,
    "layout": 0,
    "single": 0,
}


# --- trees of arrays as vectors of real numbers ---


def leaves(tree):
    """The floating point arrays and numbers in a tree, in order."""
    if isinstance(tree, list | tuple):
        return [leaf for part in tree for leaf in leaves(part)]
    if (
        tree is None
        or isinstance(tree, str | bool | int | slice | dict | np.ndarray)
        and not is_inexact(tree)
    ):
        return []
    return [tree] if is_inexact(tree) else []


def is_inexact(x):
    return isinstance(x, float | complex) or getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")


def rebuilt(tree, values):
    """The tree with its floating point leaves taken from an iterator."""
    if isinstance(tree, list | tuple):
        return (
            type(tree)([rebuilt(part, values) for part in tree])
            if not hasattr(tree, "_fields")
            else type(tree)(*[rebuilt(part, values) for part in tree])
        )
    return next(values) if is_inexact(tree) else tree


def moved(tree, direction, step):
    """The tree with `step` times `direction` added to its leaves."""
    pairs = iter([_like(x, x + step * d) for x, d in zip(leaves(tree), direction, strict=True)])
    return rebuilt(tree, pairs)


def _like(x, value):
    return (
        type(x)(value)
        if isinstance(x, float) and not isinstance(x, np.generic) and not np.iscomplexobj(value)
        else value
    )


def random_like(leaf, rng):
    shape = np.shape(leaf)
    value = rng.standard_normal(shape)
    if np.iscomplexobj(leaf):
        value = value + 1j * rng.standard_normal(shape)
    return value if shape else value[()] if isinstance(value, np.ndarray) else value


def product(a, b):
    """Real inner product of two lists of leaves."""
    total = 0.0
    for x, y in zip(a, b, strict=True):
        if x is None or y is None:
            continue
        total += np.sum(np.real(np.conj(x) * y))
    return total


def differences(f, x, direction, step):
    """Derivative of a function of a tree along a direction, for each leaf of the result: five points."""

    def at(k):
        return [
            np.array(y, dtype=complex if np.iscomplexobj(y) else float)
            for y in leaves(f(moved(x, direction, k * step)))
        ]

    parts = zip(at(-2), at(-1), at(1), at(2), strict=True)
    return [(a - 8 * b + 8 * c - d) / (12 * step) for a, b, c, d in parts]


def close(actual, expected, rtol, what):
    for a, e in zip(actual, expected, strict=True):
        a = np.zeros_like(e) if a is None else a
        scale = max(1.0, float(np.max(np.abs(e), initial=0.0)))
        np.testing.assert_allclose(a, e, rtol=rtol, atol=rtol * scale, err_msg=what)


# --- one call ---


class Call:
    """A call whose arguments `wrt` (by parameter name) may change."""

    def __init__(self, op, args, kwargs, wrt=None):
        self.op, self.args, self.kwargs = op, args, kwargs
        rule = rule_for(op)
        assert rule is not None, f"no rule for {op}"
        self.rule = rule.by_arity.get(len(args), rule)
        self.bound = dict(self.rule.bind(args, kwargs).arguments)
        names = self.rule.differentiable if self.rule.kind is not Kind.COMPOSITE else tuple(self.bound)
        self.wrt = [n for n in (wrt or names) if n in self.bound and leaves(self.bound[n])]
        assert self.wrt, f"{self.rule.name}: nothing to differentiate"

    def values(self):
        return [self.bound[name] for name in self.wrt]

    def with_values(self, values):
        """The call's arguments with other values: positional and keyword ones as they were given."""
        table = dict(zip(self.wrt, values, strict=True))
        parameters = list(self.rule.signature.parameters.values())
        args, kwargs = list(self.args), dict(self.kwargs)
        for name, value in table.items():
            if name in kwargs:
                kwargs[name] = value
                continue
            k = next(j for j, p in enumerate(parameters) if p.name == name)
            if parameters[k].kind is parameters[k].VAR_POSITIONAL:
                args[k:] = list(value)
            elif k < len(args):
                args[k] = value
        return args, kwargs

    def __call__(self, values):
        args, kwargs = self.with_values(values)
        result = self.op(*args, **kwargs)
        return list(result) if isinstance(result, tuple) else result


def check_call(call, rng, *, step=1e-3, rtol=1e-7, second=True, tangent=True, gauge=None):
    """Hold every derivative of the call against differences."""
    rule, values = call.rule, call.values()
    loss = gauge or (lambda ys: ys)
    ys = leaves(call(values))
    assert ys, f"{rule.name}: no floating point result"
    direction = [random_like(x, rng) for x in leaves(values)]
    expected = differences(lambda v: loss(call(v)), values, direction, step)
    name = f"{rule.name}{_described(call)}"

    if rule.pullbacks:
        if gauge is None:
            g = cotangents(call(values), rng)
            left = product([part for part in flat(g) if part is not None], expected)
        else:
            seeds = [random_like(y, rng) for y in leaves(loss(call(values)))]
            boxes = [tape.Box(y) for y in ys]
            roots = loss(boxes if isinstance(call(values), list) else boxes[0])
            g = [tape.unbox(part) for part in tape.backward(roots, seeds, boxes)]
            g = g if isinstance(call(values), list) else g[0]
            left = product(seeds, expected)
        check_pullbacks(call, g, left, direction, expected, rtol, name)
    if tangent and rule.kind is not Kind.COMPOSITE:
        check_tangent(call, direction, expected, rtol, name, gauge)
    check_tape(call, direction, expected, rng, rtol, name, loss, step if second else None)


def _described(call):
    shapes = [
        np.shape(x) if is_inexact(x) else x for x in call.args if not isinstance(x, np.ndarray) or x.size < 20
    ]
    return f"({shapes}, {call.kwargs})"


def cotangents(result, rng):
    """Random cotangents of the form of a result: None for what is discrete."""
    if isinstance(result, list | tuple):
        return [cotangents(part, rng) for part in result]
    if not is_inexact(result):
        return None
    g = random_like(result, rng)
    dtype = getattr(result, "dtype", None)
    return np.asarray(g, dtype=dtype)[()] if dtype is not None else g


def flat(tree):
    """All leaves of a tree of cotangents, None among them."""
    if isinstance(tree, list | tuple):
        return [x for part in tree for x in flat(part)]
    return [tree]


def check_pullbacks(call, g, left, direction, expected, rtol, name):
    rule = call.rule
    ans = call(call.values())
    ans = tuple(ans) if isinstance(ans, list) else ans
    total, position = 0.0, 0
    for parameter in call.wrt:
        pullback = rule.pullbacks[parameter]
        cotangent = pullback(ans=ans, g=g, **call.bound)
        here = leaves(call.bound[parameter])
        check_form(cotangent, call.bound[parameter], name)
        parts = [x for x in flat(cotangent) if x is not None]
        total += product(parts, direction[position : position + len(here)])
        position += len(here)
        check_poison(call, pullback, ans, g, cotangent, name)
        COUNT["pullback"] += 1
    scale = max(1.0, sum(float(np.sum(np.abs(e))) for e in expected))
    assert abs(total - left) <= rtol * scale * 10, f"{name}: pullback {total}, differences {left}"


def check_form(cotangent, x, name):
    """A cotangent has the shape of its argument, and the dtype where the argument has one."""
    if isinstance(x, list | tuple):
        for part, item in zip(cotangent, x, strict=True):
            if part is not None:
                check_form(part, item, name)
        return
    assert np.shape(cotangent) == np.shape(x), (
        f"{name}: cotangent of shape {np.shape(cotangent)} for {np.shape(x)}"
    )
    if is_inexact(x) and hasattr(x, "dtype"):
        assert np.asarray(cotangent).dtype == x.dtype, f"{name}: {np.asarray(cotangent).dtype} for {x.dtype}"


def check_poison(call, pullback, ans, g, cotangent, name):
    """What a pullback says it does not read can be anything."""
    values = {**call.bound, "ans": ans}
    for key, value in values.items():
        if key not in pullback.reads:
            values[key] = poisoned(value) if key in pullback.metadata else object()
    again = pullback(g=g, **values)
    for a, b in zip(flat(cotangent), flat(again), strict=True):
        if a is not None:
            np.testing.assert_array_equal(a, b, err_msg=f"{name}: reads more than it says")
    COUNT["poison"] += 1


def poisoned(value):
    if isinstance(value, list | tuple):
        parts = [poisoned(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value + np.nan if is_inexact(value) else value


def check_tangent(call, direction, expected, rtol, name, gauge):
    rule = call.rule
    assert rule.has_tangent, f"{name}: no forward mode"
    ans = call(call.values())
    ans = tuple(ans) if isinstance(ans, list) else ans
    moves = iter(
        [
            np.asarray(d, dtype=getattr(x, "dtype", None))[()]
            for x, d in zip(leaves(call.values()), direction, strict=True)
        ]
    )
    tangents = {p: tangent_of(call.bound[p], moves) for p in call.wrt}
    result = rule.jvp(call.bound, tangents, ans)
    parts = [t for t, y in zip(flat(result), flat(ans), strict=True) if is_inexact(y)]
    if gauge is not None:
        tree = list(ans) if isinstance(ans, tuple) else ans
        parts = differences(gauge, tree, parts, 1e-2)
    close(
        [np.broadcast_to(p, np.shape(e)) for p, e in zip(parts, expected, strict=True)],
        expected,
        rtol,
        f"{name}: tangent",
    )
    COUNT["tangent"] += 1


def tangent_of(tree, moves):
    if isinstance(tree, list | tuple):
        return [tangent_of(part, moves) for part in tree]
    return next(moves) if is_inexact(tree) else None


def check_tape(call, direction, expected, rng, rtol, name, loss, step):
    """Gradient through the tape, and its derivative."""
    seeds = [random_like(y, rng) for y in leaves(loss(call(call.values())))]

    def gradient(values):
        boxes = [tape.Box(x) for x in leaves(values)]
        tree = rebuilt(values, iter(boxes))
        args, kwargs = call.with_values(tree)
        result = tape.lift(call.op)(*args, **kwargs)
        result = loss(list(result) if isinstance(result, tuple) else result)
        roots = [r for r in flat(result) if is_inexact(tape.unbox(r))]
        return boxes, tape.backward(roots, seeds, boxes), roots

    boxes, first, roots = gradient(call.values())
    for root, y in zip(roots, leaves(loss(call(call.values()))), strict=True):
        np.testing.assert_allclose(tape.unbox(root), y, rtol=1e-9, atol=1e-12, err_msg=f"{name}: value")
    left, right = product(seeds, expected), product([tape.unbox(c) for c in first], direction)
    scale = max(1.0, sum(float(np.sum(np.abs(e))) for e in expected))
    assert abs(left - right) <= rtol * scale * 10, f"{name}: tape {right}, differences {left}"
    COUNT["tape"] += 1
    if step is None:
        return

    def slopes(values):
        return [
            np.zeros(np.shape(x)) if c is None else tape.unbox(c)
            for c, x in zip(gradient(values)[1], leaves(values), strict=True)
        ]

    bent = differences(slopes, call.values(), direction, step)
    weights = [random_like(x, rng) for x in leaves(call.values())]
    known = [(c, w) for c, w in zip(first, weights, strict=True) if isinstance(c, tape.Box)]
    second = tape.backward([c for c, _ in known], [w for _, w in known], boxes)
    left, right = (
        product(weights, bent),
        product([None if s is None else tape.unbox(s) for s in second], direction),
    )
    scale = max(1.0, sum(float(np.sum(np.abs(e))) for e in bent))
    assert abs(left - right) <= rtol * scale * 100, f"{name}: second order {right}, differences {left}"
    COUNT["second"] += 1


def check_linear(call, rng, name):
    """A function declared linear is linear: jointly, or in each argument with the others held."""
    rule, values = call.rule, call.values()
    groups = [range(len(values))] if rule.kind is Kind.LINEAR else [[k] for k in range(len(values))]
    for group in groups:
        other = [
            rebuilt(v, iter([random_like(x, rng) for x in leaves(v)])) if k in group else v
            for k, v in enumerate(values)
        ]
        zero = [moved(v, leaves(v), -1.0) if k in group else v for k, v in enumerate(values)]
        mixed = [
            moved(moved(v, leaves(v), 1.0), leaves(o), -3.0) if k in group else v
            for k, (v, o) in enumerate(zip(values, other, strict=True))
        ]
        f0, f1, f2, f3 = (leaves(call(v)) for v in (zero, values, other, mixed))
        for a, x, y, m in zip(f0, f1, f2, f3, strict=True):
            np.testing.assert_allclose(
                m - a, 2 * (x - a) - 3 * (y - a), rtol=1e-9, atol=1e-9, err_msg=f"{name}: not linear"
            )
        COUNT["linear"] += 1


def check_complex_step(call, rng):
    """Pullbacks of analytic functions against a complex step, which has no error of its own."""
    values = call.values()
    if not call.rule.pullbacks or any(np.iscomplexobj(v) for v in leaves(values)):
        return
    direction = [random_like(v, rng) for v in leaves(values)]
    ans = call(values)
    if any(np.iscomplexobj(y) for y in leaves(ans)):
        return
    moved_values = moved(values, direction, 1e-30j)
    slope = [np.imag(y) / 1e-30 for y in leaves(call(moved_values))]
    g = cotangents(ans, rng)
    ans = tuple(ans) if isinstance(ans, list) else ans
    parts = [call.rule.pullbacks[name](ans=ans, g=g, **call.bound) for name in call.wrt]
    parts = [x for part in parts for x in flat(part) if x is not None]
    left, right = product(flat(g), slope), product(parts, direction)
    scale = max(1.0, sum(float(np.sum(np.abs(e))) for e in slope))
    assert abs(left - right) <= 1e-12 * scale, f"{call.rule.name}: pullback {right}, complex step {left}"
    COUNT["complex step"] += 1


def check_layout(call, rng):
    """The same cotangents for arrays that are not contiguous."""
    g = cotangents(call(call.values()), rng)
    strided = [rebuilt(v, iter([not_contiguous(x) for x in leaves(v)])) for v in call.values()]
    compare(call, g, strided, g, 1e-12, "not contiguous")


def not_contiguous(x):
    if not isinstance(x, np.ndarray) or x.ndim == 0:
        return x
    big = np.full((*x.shape[:-1], 2 * x.shape[-1] + 1), np.nan, dtype=x.dtype)
    big[..., 1::2] = x
    return big[..., 1::2]


def check_single(call, rng):
    """float32 arguments give float32 cotangents, equal but for rounding; elementwise text never widens."""
    values = call.values()
    if not any(isinstance(x, np.ndarray) for x in leaves(values)):
        return
    single = [rebuilt(v, iter([narrowed(x) for x in leaves(v)])) for v in values]
    g = cotangents(call(values), rng)
    ans = call(single)
    short = [_as(x, y) for x, y in zip(flat(g), flat(ans), strict=True)]
    short = short if isinstance(g, list) else short[0]
    compare(call, g, single, short, 2e-3, "float32")
    arrays = all(isinstance(x, np.ndarray) for x in leaves(values))
    if (
        call.rule.kind is Kind.ELEMENTWISE
        and arrays
        and isinstance(ans, np.ndarray)
        and ans.dtype == np.float32
    ):
        bound = {**call.bound, **dict(zip(call.wrt, single, strict=True)), "ans": ans, "g": short}
        for name in call.wrt:
            pullback = call.rule.pullbacks[name]
            raw = pullback.raw(*(bound[argument] for argument in pullback.raw_arguments))
            assert np.result_type(raw) == np.float32, f"{call.rule.name} {name}: the text widens float32"


def narrowed(x):
    if not hasattr(x, "dtype"):
        return x
    return x.astype(np.complex64 if np.iscomplexobj(x) else np.float32)


def _as(g, y):
    return None if g is None else np.asarray(g).astype(y.dtype)[()] if hasattr(y, "dtype") else g


def compare(call, g, values, g_other, rtol, what):
    """Cotangents at other arguments of equal value are equal and have the arguments' form."""
    name = f"{call.rule.name}{_described(call)} {what}"
    bound = {**call.bound, **dict(zip(call.wrt, values, strict=True))}
    results = []
    for table, weights in ((call.bound, g), (bound, g_other)):
        ans = call([table[n] for n in call.wrt])
        ans = tuple(ans) if isinstance(ans, list) else ans
        results.append([call.rule.pullbacks[n](ans=ans, g=weights, **table) for n in call.wrt])
    for parameter, a, b in zip(call.wrt, *results, strict=True):
        check_form(b, bound[parameter], name)
        for one, other in zip(flat(a), flat(b), strict=True):
            if one is not None:
                scale = max(1.0, float(np.max(np.abs(one), initial=0.0)))
                np.testing.assert_allclose(other, one, rtol=rtol, atol=rtol * scale, err_msg=name)


# --- functions that write into an argument ---


def check_update(op, args, kwargs, rng, *, step=1e-3, rtol=1e-8):
    """Hold the adjoint and the tangent of a function that writes against differences."""
    rule = rule_for(op)
    update = rule.update
    bound = dict(rule.bind(args, kwargs).arguments)
    names = [update.mutated, *(v for v in update.values if leaves(bound[v]))]
    parameters = list(rule.signature.parameters)

    def written(values):
        table = {**bound, **dict(zip(names, values, strict=True))}
        array = np.array(table[update.mutated])
        new_args = [array if p == update.mutated else table[p] for p in parameters[: len(args)]]
        op(*new_args, **{k: table[k] for k in kwargs})
        return array

    values = [bound[n] for n in names]
    new = written(values)
    direction = [random_like(v, rng) for v in leaves(values)]
    expected = differences(written, values, direction, step)
    scale = max(1.0, float(np.sum(np.abs(expected[0]))))

    g = random_like(new, rng)
    memory = np.array(g, dtype=new.dtype)
    results = update(**{**bound, update.memory: memory, "ans": new})
    cotangents_of = [memory, *[r for r, v in zip(results, update.values, strict=True) if v in names]]
    for cotangent, value in zip(cotangents_of, values, strict=True):
        check_form(cotangent, value, rule.name)
    assert not any(isinstance(r, np.ndarray) and np.shares_memory(r, memory) for r in results), rule.name
    total = product([x for c in cotangents_of for x in flat(c)], direction)
    assert abs(total - product([g], expected)) <= rtol * scale * 10, f"{rule.name}{args}"

    moves = iter(direction)
    tangents = {"d" + n: tangent_of(bound[n], moves) for n in names}
    tangents[update.memory] = np.array(tangents[update.memory], dtype=new.dtype)
    table = {**bound, "ans": new, **{"d" + v: 0.0 for v in update.values}, **tangents}
    update.tangent_function(*(table[n] for n in update.tangent_arguments))
    close([table[update.memory]], expected, rtol, f"{rule.name}: tangent")
    COUNT["update"] += 1
