"""Operations with a backward of the user's own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.runtime.eager.graph import Leaf, Node, Pick, Variant
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.plain import Plain, as_plain, as_tensor
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.runtime.eager.walk import FREED, Freed, Overwritten, overwritten

__all__ = ["Context", "Function", "once_differentiable"]


class Context:
    """What `Function.forward` leaves for `Function.backward`.

    Attributes
    ----------
    needs_input_grad : tuple of bool
        Which inputs want a gradient.
    saved_tensors : tuple of tensors
        What `save_for_backward` was given.
    """

    is_context = True

    def __init__(self) -> None:
        self.needs_input_grad: tuple[bool, ...] = ()
        self._kept: tuple[Any, ...] = ()
        self._saved: list[Any] = []
        self._dirty: tuple[Tensor, ...] = ()
        self._constant: tuple[Tensor, ...] = ()
        self._materialize = True
        self._outputs: list[Any] = []
        self._cls: Any = None
        self._node: Any = None
        self._inputs: list[Any] = []

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors; what is overwritten later is noticed."""
        self._kept = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Accepted for PyTorch's sake: forward mode goes through `backward`."""

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which inputs `forward` has changed in place."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which outputs have no gradient."""
        self._constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros or None for outputs that were not used."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors that were kept."""
        node = self._node()
        if node is not None and node.saved is None:
            raise Freed(FREED)
        found: list[Any] = []
        for kept in self._saved:
            if kept is None:
                found.append(None)
                continue
            tensor, output, version, cell = kept
            if cell[0] != version:
                raise Overwritten(
                    overwritten(self.name(), tensor if output is not None else tensor.value, cell[0], version)
                )
            if output is not None:
                several = len(self._outputs) > 1
                made = Tensor(tensor, Pick(node, output, len(self._outputs)) if several else node)
                made.cell = cell
                tensor = made
            found.append(tensor)
        return tuple(found)

    saved_variables = saved_tensors

    def name(self) -> str:
        """The node's name."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[Any, ...]:
        """The nodes of the inputs."""
        from srcgrad.autograd.node import view_of

        return tuple((view_of(edge), 0) for edge in self._node().edges)


def _forward(cls: Any, context: Context, args: tuple[Any, ...]) -> Any:
    before = recording.set(0)
    try:
        if cls.setup_context is Function.setup_context:
            return cls.forward(context, *args)
        outputs = cls.forward(*args)
        cls.setup_context(context, args, outputs)
        return outputs
    finally:
        recording.reset(before)


class Function:
    """An operation with its own backward: subclass it, and call ``apply``.

    Examples
    --------
    >>> import srcgrad as torch
    >>> class Double(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return 2 * x
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         return 2 * grad
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> Double.apply(x).backward()
    >>> x.grad
    tensor([2.])
    """

    _context: type[Context]

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls._context = type(f"{cls.__name__}Backward", (Context,), {})

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: `apply` is called on the class."""
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method."
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Leave for the backward what it needs, if `forward` takes no context."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Return one gradient an input, given one an output."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to "
            "use it with "
            "backward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run the operation on tensors."""
        context = cls._context()
        context._cls = cls
        sources = [arg.source() if isinstance(arg, Tensor) else None for arg in args]
        wanted = recording.get() > 0
        context.needs_input_grad = tuple(source is not None for source in sources)
        outputs = _forward(cls, context, args)
        edges = tuple(source for source in sources if source is not None)
        if not wanted or not edges:
            return outputs
        return _join(cls, context, args, edges, outputs)


def _join(cls: Any, context: Context, args: tuple[Any, ...], edges: tuple[Node, ...], outputs: Any) -> Any:
    from weakref import ref

    name = f"{cls.__name__}Backward"
    node = Node(_Bound(name, context), edges, (), (), 0, name)
    context._node = ref(node)
    several = isinstance(outputs, (tuple, list))
    parts = list(outputs) if several else [outputs]
    made = []
    for k, part in enumerate(parts):
        if (
            isinstance(part, Tensor)
            and not any(part is c for c in context._constant)
            and part.value.dtype.kind in "fc"
        ):
            here: Node = Pick(node, k, len(parts)) if len(parts) > 1 else node
            if any(part is d for d in context._dirty):
                if isinstance(part.node, Leaf):
                    raise RuntimeError(
                        "a leaf Variable that requires grad is being used in an in-place operation."
                    )
                part.cell[0] += 1
                part.node = here
                made.append(part)
            else:
                new = Tensor(part.value, here)
                new.cell = part.cell
                made.append(new)
        else:
            made.append(part)
    context._outputs = [(p.value.shape, p.value.dtype) if isinstance(p, Tensor) else None for p in parts]
    kept: list[Any] = []
    for tensor in context._kept:
        if tensor is None:
            kept.append(None)
            continue
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument is of type {type(tensor).__name__}"
            )
        place = next((k for k, part in enumerate(parts) if part is tensor), None)
        # An output is kept without its node: node and output would keep each other alive.
        kept.append((tensor.value if place is not None else tensor, place, tensor.cell[0], tensor.cell))
    context._saved = kept
    node.cells = tuple(k[3] for k in kept if k is not None)
    node.stamp = sum(cell[0] for cell in node.cells)
    context._kept = ()
    context._inputs = [
        (a.value.shape, a.value.dtype) if isinstance(a, Tensor) and a.node is not None else None for a in args
    ]
    if several:
        return tuple(made) if isinstance(outputs, tuple) else made
    return made[0]


class _Bound(Variant):
    """The way back through one application of a `Function`."""

    __slots__ = ("context",)

    def __init__(self, name: str, context: Any) -> None:
        self.name = name
        self.sources = ()
        self.context = context

    def run(self, g: Any, saved: Any) -> list[Any]:
        """The cotangents of the inputs."""
        return _run(g, self.context)

    rerun = run


def _run(g: Any, context: Any) -> list[Any]:
    cotangents = g if isinstance(g, list) else [g]
    record = any(isinstance(c, Plain) for c in cotangents)
    inputs = []
    for cotangent, shape in zip(cotangents, context._outputs, strict=True):
        if cotangent is None:
            inputs.append(Tensor(np.zeros(*shape)) if context._materialize and shape is not None else None)
        else:
            inputs.append(as_tensor(cotangent))
    results = context._cls.backward(context, *inputs)
    results = list(results) if isinstance(results, (tuple, list)) else [results]
    name = type(context).__name__
    expected = len(context._inputs)
    while len(results) > expected and results[-1] is None:
        results.pop()
    if len(results) != expected:
        raise RuntimeError(
            f"function {name} returned an incorrect number of gradients (expected {expected}, got "
            f"{len(results)})"
        )
    parts: list[Any] = []
    for k, (result, wanted) in enumerate(zip(results, context._inputs, strict=True)):
        if wanted is None:
            if result is not None and not context.needs_input_grad[k] and not isinstance(result, Tensor):
                raise RuntimeError(
                    f"function {name} returned a gradient different from None at position {k + 1}, but "
                    f"the corresponding forward input was not a Variable"
                )
            continue
        if result is None:
            parts.append(None)
            continue
        if not isinstance(result, Tensor):
            raise TypeError(f"expected Variable or None (got {type(result).__name__})")
        shape, kind = wanted
        if result.value.shape != shape:
            try:
                fits = np.broadcast_shapes(result.value.shape, shape) == result.value.shape
            except ValueError:
                fits = False
            if not fits:
                raise RuntimeError(
                    f"Function {name} returned an invalid gradient at index {k} - got "
                    f"{list(result.shape)} but expected "
                    f"shape compatible with {list(shape)}"
                )
            result = result.sum_to_size(shape)
        if result.value.dtype != kind:
            from srcgrad.runtime.eager.operands import cast

            result = cast(result, kind)
        parts.append(as_plain(result) if record else result.value)
    return parts


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a `backward` that cannot itself be differentiated."""

    @functools.wraps(function)
    def wrapped(ctx: Any, *grads: Any) -> Any:
        recorded = recording.get() > 0
        before = recording.set(0)
        try:
            results = function(ctx, *grads)
        finally:
            recording.reset(before)
        if not recorded or not any(isinstance(g, Tensor) and g.source() is not None for g in grads):
            return results
        several = results if isinstance(results, (tuple, list)) else (results,)
        node = Node(
            Variant("DelayedError", _refuse),
            tuple(g.source() for g in grads if g.source()),
            (),
            (),
            0,
            "DelayedError",
        )
        made = tuple(Tensor(r.value, node) if isinstance(r, Tensor) else r for r in several)
        return made if isinstance(results, (tuple, list)) else made[0]

    return wrapped


def _refuse(g: Any, saved: Any) -> Any:
    raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")
