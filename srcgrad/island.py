"""Compiled islands: a NumPy function that runs compiled in an eager program, as one node of its graph."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.custom import Custom, own
from srcgrad.runtime.eager.graph import Node, Pick, Variant
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.plain import as_plain, as_tensor
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.runtime.written import written

__all__ = ["Island", "compiled"]


def _raw(tensor: Tensor) -> Any:
    # A 0-d tensor is a number to the function, which was written for numbers.
    value = tensor.value
    return value if value.ndim else value.item() if value.dtype == np.float64 else value[()]


def _own(argument: Any) -> Any:
    """Arrays copied, in containers too: the caller may write into them, and what is kept must not change."""
    if isinstance(argument, np.ndarray):
        return argument.copy()
    if type(argument) in (list, tuple):
        return type(argument)(_own(item) for item in argument)
    if type(argument) is dict:
        return {key: _own(item) for key, item in argument.items()}
    return argument


def _active(args: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(k for k, arg in enumerate(args) if isinstance(arg, Tensor) and arg.value.dtype.kind in "fc")


class Island:
    """A function that takes tensors as it takes arrays, and is one node where it is recorded.

    Its arguments stay as they are: what the function writes to is copied.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        functools.update_wrapper(self, function, updated=())
        self.function = function
        self._forms: dict[Any, _Form] = {}

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given = (*args, *kwargs.values())
        if not any(isinstance(arg, Tensor) for arg in given):
            return self.function(*args, **kwargs)
        active = _active(given)
        # The compiler copies what it keeps of the active ones.
        recorded = recording.get() > 0 and any(given[k].source() is not None for k in active)
        values = [
            _raw(arg) if recorded and k in active else _own(_raw(arg) if isinstance(arg, Tensor) else arg)
            for k, arg in enumerate(given)
        ]
        if not recorded:
            named = dict(zip(kwargs, values[len(args) :], strict=True))
            return _wrapped(self.function(*values[: len(args)], **named), None)
        from srcgrad.pullback import make_pullback, pull_back

        form = self._form(active, len(given), tuple(kwargs))
        primals = [values[k] for k in active]
        held = [value for k, value in enumerate(values) if k not in active]
        value, run = pull_back(form.function, [*primals, *held], len(primals))
        back = make_pullback(self.__name__, value, run, primals, has_aux=False)
        return _record(form, [given[k] for k in active], held, value, back, self.__name__)

    def _form(self, active: tuple[int, ...], count: int, keywords: tuple[str, ...]) -> _Form:
        key = active, count, keywords
        found = self._forms.get(key)
        if found is None:
            found = self._forms[key] = _Form(self.function, active, count, keywords)
        return found


class _Form:
    """A function for calls of one form: the active arguments come first, then those that are held.

    Attributes
    ----------
    function : callable
        The function with its arguments in that order.
    pulled : dict
        Its pullbacks as islands, for backward passes that are recorded.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        active: tuple[int, ...],
        count: int,
        keywords: tuple[str, ...] = (),
    ) -> None:
        self.pulled: dict[Any, Island] = {}
        self.function = function
        if active == tuple(range(count)) and not keywords:
            return
        names = [f"x{k}" for k in range(count)]
        order = [names[k] for k in active] + [name for k, name in enumerate(names) if k not in active]
        first = count - len(keywords)
        call = [*names[:first], *(f"{key}={x}" for key, x in zip(keywords, names[first:], strict=True))]
        text = f"def of_active({', '.join(order)}):\n    return function({', '.join(call)})\n"
        self.function = written(text, "of_active", {"function": function})

    def pullback(
        self, outputs: int, several: bool, inputs: int, held: int, wanted: tuple[int, ...]
    ) -> Island:
        """The cotangents of the wanted inputs, of the outputs' cotangents, the inputs and what is held."""
        key = outputs, several, inputs, held, wanted
        found = self.pulled.get(key)
        if found is None:
            found = self.pulled[key] = self._pullback(*key)
        return found

    def _pullback(
        self, outputs: int, several: bool, inputs: int, held: int, wanted: tuple[int, ...]
    ) -> Island:
        from srcgrad.api import grad

        # The gradient of the outputs weighted by their cotangents.
        seeds = [f"g{k}" for k in range(outputs)]
        primals = [f"x{k}" for k in range(inputs)] + [f"h{k}" for k in range(held)]
        parts = [f"y[{k}]" for k in range(outputs)] if several else ["y"]
        total = " + ".join(f"np.sum({seed} * {part})" for seed, part in zip(seeds, parts, strict=True))
        header = f"({', '.join([*seeds, *primals])}):\n"
        text = f"def weighted{header}    y = function({', '.join(primals)})\n    return {total}\n"
        weighted = written(text, "weighted", {"np": np, "function": self.function})
        slope = grad(weighted, argnums=tuple(outputs + k for k in wanted))
        text = f"def pulled{header}    return slope({', '.join([*seeds, *primals])})\n"
        return Island(written(text, "pulled", {"slope": slope}))


class _Way(Variant):
    """The way back through one call of an island."""

    __slots__ = ("back", "form", "held", "kinds", "wanted")

    def __init__(
        self, name: str, form: _Form, held: list[Any], back: Any, wanted: tuple[int, ...], kinds: list[Any]
    ) -> None:
        self.name = name
        self.sources = ()
        self.form = form
        self.held = held
        self.back = back
        self.wanted = wanted
        self.kinds = kinds

    def run(self, g: Any, saved: Any) -> list[Any]:
        """The cotangents of the inputs that want one."""
        parts = self.back(_seed(g, self.kinds))
        return [np.asarray(parts[k]) for k in self.wanted]

    def rerun(self, g: Any, saved: Any) -> list[Any]:
        """The same, recorded: the pullback is itself an island."""
        several = isinstance(g, list)
        parts = [
            np.zeros(kind) if part is None else part
            for part, kind in zip(g if several else [g], self.kinds, strict=True)
        ]
        seeds = [as_tensor(part) for part in parts]
        inputs = [Tensor(value, node) for value, node in saved]
        pulled = self.form.pullback(len(seeds), several, len(inputs), len(self.held), self.wanted)
        return [as_plain(part) for part in pulled(*seeds, *inputs, *self.held)]


def _seed(g: Any, kinds: list[Any]) -> Any:
    def one(part: Any, kind: Any) -> Any:
        if part is None:
            return np.zeros(kind) if kind else 0.0
        return part if kind else float(part)

    if isinstance(g, list):
        return tuple([one(part, kind) for part, kind in zip(g, kinds, strict=True)])
    return one(g, kinds[0])


def _record(form: _Form, tensors: list[Tensor], held: list[Any], value: Any, back: Any, name: str) -> Any:
    sources = [tensor.source() for tensor in tensors]
    wanted = tuple(k for k, source in enumerate(sources) if source is not None)
    parts = list(value) if isinstance(value, (tuple, list)) else [value]
    way = _Way(f"{name}Island", form, held, back, wanted, [np.shape(part) for part in parts])
    saved = [(tensor.value, source) for tensor, source in zip(tensors, sources, strict=True)]
    cells = tuple(tensor.cell for tensor in tensors)
    edges = tuple(source for source in sources if source is not None)
    node = Node(way, edges, saved, cells, sum(cell[0] for cell in cells), way.name)
    return _wrapped(value, node)


def _wrapped(value: Any, node: Node | None) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)([_one(part, node and Pick(node, k, len(value))) for k, part in enumerate(value)])
    return _one(value, node)


def _one(value: Any, node: Node | None) -> Any:
    if isinstance(value, (float, complex, np.ndarray, np.generic)):
        array = np.asarray(value)
        return Tensor(array, node if array.dtype.kind in "fc" else None)
    return value


def custom_on_tensors(custom: Custom, args: tuple[Any, ...]) -> Any:
    """Call a function with a derivative of its own on tensors: one node, whose way back is that derivative."""
    values = [_raw(arg) if isinstance(arg, Tensor) else arg for arg in args]
    active = tuple(k for k in _active(args) if args[k].source() is not None)
    if recording.get() <= 0 or not active:
        return _wrapped(own(custom.function(*values), values), None)
    lost = [k for k in active if k in custom.held]
    if lost:
        raise custom.refusal(lost[0])
    value, saved = custom.forward(*values)
    held, _ = custom.split(tuple(values))
    others = [k for k in range(len(args)) if k not in custom.held]

    def back(cotangent: Any) -> list[Any]:
        parts = dict(zip(others, custom.backward(*held, saved, cotangent), strict=True))
        return [parts[k] for k in active]

    rest = [_own(value) for k, value in enumerate(values) if k not in active]
    form = _Form(custom, active, len(args))
    return _record(form, [args[k] for k in active], rest, value, back, custom.__name__)


def compiled(function: Callable[..., Any]) -> Island:
    """Let a NumPy function run compiled on tensors, as one node of the graph.

    Parameters
    ----------
    function : callable
        A function over numbers and arrays that `srcgrad.vjp` can differentiate.

    Returns
    -------
    callable
        The same function; called with tensors it returns tensors.

    Examples
    --------
    >>> import numpy as np, srcgrad as torch
    >>> from srcgrad.island import compiled
    >>> @compiled
    ... def energy(x):
    ...     total = 0.0
    ...     for k in range(len(x) - 1):
    ...         total += (x[k + 1] - x[k]) ** 2
    ...     return total
    >>> x = torch.tensor([0.0, 1.0, 3.0], dtype=torch.float64, requires_grad=True)
    >>> energy(x).backward()
    >>> x.grad
    tensor([-2., -2.,  4.], dtype=torch.float64)
    """
    return Island(function)
