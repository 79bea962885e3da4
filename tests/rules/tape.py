"""The smallest engine that can run a rule: a tape in a hundred lines, so that the table is tested without
srcgrad's own.

Everything that is recorded is recorded again when pullbacks run, so second derivatives come for free and show
that the text of each rule is made of functions that have rules.
"""

import functools
import operator
import types

import numpy as np

from srcgrad.rules import Kind, rule_for, rule_for_attribute, rule_for_method

METHODS = {"reshape", "astype", "transpose", "sum", "conj", "ravel", "flatten", "copy", "item"}


class Box(np.lib.mixins.NDArrayOperatorsMixin):
    """A value on the tape."""

    __array_priority__ = 100

    def __init__(self, value, rule=None, bound=None, source=None):
        self.value, self.rule, self.bound, self.source = value, rule, bound, source

    shape = property(lambda self: np.shape(self.value))
    ndim = property(lambda self: np.ndim(self.value))
    size = property(lambda self: np.size(self.value))
    dtype = property(lambda self: np.asarray(self.value).dtype)
    flags = property(lambda self: self.value.flags)
    T = property(lambda self: lift(np.transpose)(self))
    real = property(lambda self: lift(np.real)(self))
    imag = property(lambda self: lift(np.imag)(self))

    def __getattr__(self, name):
        if name in METHODS:
            rule = rule_for_method(name)
            method = lambda x, *args, **kwargs: getattr(x, name)(*args, **kwargs)
            return lambda *args, **kwargs: apply(rule, method, (self, *args), kwargs)
        raise AttributeError(name)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return lift(ufunc if method == "__call__" else getattr(ufunc, method))(*inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return lift(func)(*args, **kwargs)

    def __getitem__(self, index):
        return lift(operator.getitem)(self, unbox(index))

    def __iter__(self):
        return iter([self[k] for k in range(len(self))])

    def __len__(self):
        return len(self.value)

    def __bool__(self):
        return bool(self.value)

    def __int__(self):
        return int(self.value)

    def __round__(self, digits=None):
        return round(self.value, digits)


def unbox(tree):
    if isinstance(tree, Box):
        return unbox(tree.value)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(unbox(x) for x in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(unbox(x) for x in tree)
    if isinstance(tree, dict):
        return {key: unbox(x) for key, x in tree.items()}
    if isinstance(tree, slice):
        return slice(unbox(tree.start), unbox(tree.stop), unbox(tree.step))
    return tree


def is_inexact(x):
    return isinstance(x, float | complex) or getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")


def boxes(tree):
    if isinstance(tree, Box):
        return [tree]
    if isinstance(tree, list | tuple):
        return [box for x in tree for box in boxes(x)]
    if isinstance(tree, dict):
        return boxes(list(tree.values()))
    return []


@functools.cache
def lifted_namespace(module_name):
    import sys

    return Namespace(vars(sys.modules[module_name]))


class Namespace(dict):
    """Globals of a rule's module in which every function also takes boxes."""

    def __init__(self, original):
        super().__init__(np=Proxy(np))
        for name, value in original.items():
            if name == "__builtins__":
                self[name] = {**vars(__import__("builtins")), **LIFTED_BUILTINS}
            elif isinstance(value, types.ModuleType):
                self[name] = Proxy(value)
            elif callable(value) and not isinstance(value, type):
                self[name] = lift(value)
            else:
                self[name] = value


class Proxy:
    """A module whose functions also take boxes."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        value = getattr(self._module, name)
        if isinstance(value, types.ModuleType):
            return Proxy(value)
        if isinstance(value, type) and value is not np.vectorize:
            return value
        if isinstance(value, np.ufunc):
            return LiftedUfunc(value)
        return lift(value) if callable(value) else value


class LiftedUfunc:
    def __init__(self, ufunc):
        self._ufunc = ufunc

    def __call__(self, *args, **kwargs):
        return lift(self._ufunc)(*args, **kwargs)

    def __getattr__(self, name):
        return lift(getattr(self._ufunc, name))


def lift(function):
    """The same function, which records itself when an argument is on the tape."""
    if isinstance(function, LiftedUfunc) or getattr(function, "lifted", False):
        return function

    @functools.wraps(function, updated=())
    def lifted(*args, **kwargs):
        if not boxes(args) and not boxes(kwargs):
            return function(*args, **kwargs)
        rule = rule_for(function)
        if rule is None:
            return lifted_function(function)(*args, **kwargs)
        return apply(rule, function, args, kwargs)

    lifted.lifted = True
    return lifted


LIFTED_BUILTINS = {name: lift(getattr(__import__("builtins"), name)) for name in ("abs", "sum", "pow")}


def lifted_function(function):
    """A Python function whose globals also take boxes."""
    if not isinstance(function, types.FunctionType):
        raise NotImplementedError(f"no rule for {function}")
    namespace = lifted_namespace(function.__module__)
    copy = types.FunctionType(
        function.__code__,
        namespace,
        function.__name__,
        function.__defaults__,
        lifted_cells(function.__closure__),
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def lifted_cells(cells):
    return cells and tuple(
        types.CellType(lift(cell.cell_contents)) if callable(cell.cell_contents) else cell for cell in cells
    )


def apply(rule, function, args, kwargs):
    """Run a function on boxes and record it."""
    rule = rule.by_arity.get(len(args), rule)
    if rule.kind is Kind.NONDIFF:
        return function(*unbox(args), **unbox(kwargs))
    if rule.kind is Kind.COMPOSITE:
        return lifted_function(rule.composite)(*args, **kwargs)
    bound = dict(rule.bind(args, kwargs).arguments)
    ans = function(*unbox(args), **unbox(kwargs))
    box = Box(ans, rule, bound)
    if isinstance(ans, list | tuple):
        parts = [Box(part, source=(box, k)) if is_inexact(part) else part for k, part in enumerate(ans)]
        box.bound = {**bound, "ans": parts}
        return type(ans)(*parts) if hasattr(ans, "_fields") else type(ans)(parts)
    bound["ans"] = box
    return box


@functools.cache
def lifted_pullback(pullback, is_complex):
    return pullback.compiled(Namespace(pullback.namespace), complex=is_complex)


def is_complex(tree):
    if isinstance(tree, list | tuple):
        return any(is_complex(x) for x in tree)
    return tree is not None and not isinstance(tree, str | slice | dict) and np.iscomplexobj(unbox(tree))


def backward(roots, cotangents, wanted):
    """Cotangents of the wanted boxes, on the tape themselves."""
    order, seen = [], set()

    def visit(box):
        if id(box) in seen:
            return
        seen.add(id(box))
        if box.source is not None:
            visit(box.source[0])
        elif box.rule is not None:
            for parent in boxes([box.bound[name] for name in box.rule.differentiable]):
                visit(parent)
        order.append(box)

    total = {}

    def add(box, value):
        total[id(box)] = value if id(box) not in total else lift(np.add)(total[id(box)], value)

    for root, g in zip(roots, cotangents, strict=True):
        if isinstance(root, Box):
            visit(root)
            add(root, g)
    for box in reversed(order):
        g = total.get(id(box))
        if g is None:
            continue
        if box.source is not None:
            parent, k = box.source
            parts = total.setdefault(id(parent), [None] * len(parent.value))
            parts[k] = g
        elif box.rule is not None:
            for name in box.rule.differentiable:
                if boxes(box.bound[name]):
                    pullback = box.rule.pullbacks[name]
                    values = {**box.bound, "g": g}
                    chosen = [values[argument] for argument in pullback.arguments]
                    distribute(box.bound[name], lifted_pullback(pullback, is_complex(chosen))(*chosen), add)
    return [total.get(id(box)) for box in wanted]


def distribute(tree, cotangent, add):
    if isinstance(tree, Box):
        if cotangent is not None:
            add(tree, cotangent)
    elif isinstance(tree, list | tuple) and cotangent is not None:
        for part, g in zip(tree, cotangent, strict=True):
            distribute(part, g, add)


def attribute(box, name):
    rule = rule_for_attribute(name)
    return apply(rule, rule.op, (box,), {})
