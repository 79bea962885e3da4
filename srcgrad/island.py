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


def _places(args: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(k for k, arg in enumerate(args) if isinstance(arg, Tensor))


def _active(args: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(k for k in _places(args) if args[k].value.dtype.kind in "fc")


class Island:
    """A function that takes tensors as it takes arrays, and is one node where it is recorded."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        functools.update_wrapper(self, function, updated=())
        self.function = function

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        places = _places(args)
        if not places:
            return self.function(*args, **kwargs)
        values = [_raw(arg) if isinstance(arg, Tensor) else arg for arg in args]
        active = _active(args)
        if recording.get() <= 0 or not any(args[k].source() is not None for k in active):
            return _wrapped(self.function(*values, **kwargs), None)
        from srcgrad.api import vjp

        function = self.function
        if len(active) < len(args) or kwargs:
            function = _held(function, tuple(values), active, kwargs)
        value, back = vjp(function, *[values[k] for k in active])
        return _record(function, [args[k] for k in active], value, back, self.__name__)


def _held(
    function: Callable[..., Any], values: tuple[Any, ...], active: tuple[int, ...], kwargs: dict[str, Any]
) -> Any:
    """The function of its active arguments alone."""
    given = [f"x{k}" for k in active]
    full = [f"x{k}" if k in active else f"held[{k}]" for k in range(len(values))]
    call = ", ".join([*full, *(["**more"] if kwargs else [])])
    text = f"def of_active({', '.join(given)}):\n    return function({call})\n"
    return written(text, "of_active", {"function": function, "held": values, "more": kwargs})


class _Way(Variant):
    """The way back through one call of an island."""

    __slots__ = ("back", "function", "kinds", "wanted")

    def __init__(
        self, name: str, function: Any, back: Any, wanted: tuple[int, ...], kinds: list[Any]
    ) -> None:
        self.name = name
        self.sources = ()
        self.function = function
        self.back = back
        self.wanted = wanted
        self.kinds = kinds

    def run(self, g: Any, saved: Any) -> list[Any]:
        """The cotangents of the inputs that want one."""
        parts = self.back(_seed(g, self.kinds))
        return [np.asarray(parts[k]) for k in self.wanted]

    def rerun(self, g: Any, saved: Any) -> list[Any]:
        """The same, recorded: the pullback is itself an island."""
        seeds = [as_tensor(part) for part in (g if isinstance(g, list) else [g])]
        inputs = [Tensor(value, node) for value, node in saved]
        from srcgrad.api import grad

        # The pullback is the gradient of the outputs weighted by their cotangents.
        given = [f"g{k}" for k in range(len(seeds))]
        primals = [f"x{k}" for k in range(len(inputs))]
        parts = [f"y[{k}]" for k in range(len(seeds))] if isinstance(g, list) else ["y"]
        total = " + ".join(f"np.sum({seed} * {part})" for seed, part in zip(given, parts, strict=True))
        header = f"({', '.join([*given, *primals])}):\n"
        text = f"def weighted{header}    y = function({', '.join(primals)})\n    return {total}\n"
        weighted = written(text, "weighted", {"np": np, "function": self.function})
        slope = grad(weighted, argnums=tuple(len(given) + k for k in self.wanted))
        text = f"def pulled{header}    return slope({', '.join([*given, *primals])})\n"
        pulled = written(text, "pulled", {"slope": slope})
        found = Island(pulled)(*seeds, *inputs)
        return [as_plain(part) for part in found]


def _seed(g: Any, kinds: list[Any]) -> Any:
    def one(part: Any, kind: Any) -> Any:
        if part is None:
            return np.zeros(kind) if kind else 0.0
        return part if kind else float(part)

    if isinstance(g, list):
        return tuple([one(part, kind) for part, kind in zip(g, kinds, strict=True)])
    return one(g, kinds[0])


def _record(function: Any, tensors: list[Tensor], value: Any, back: Any, name: str) -> Any:
    sources = [tensor.source() for tensor in tensors]
    wanted = tuple(k for k, source in enumerate(sources) if source is not None)
    parts = list(value) if isinstance(value, (tuple, list)) else [value]
    way = _Way(f"{name}Island", function, back, wanted, [np.shape(part) for part in parts])
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

    function: Any = custom
    if len(active) < len(args):
        function = _held(custom, tuple(values), active, {})
    return _record(function, [args[k] for k in active], value, back, custom.__name__)


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
