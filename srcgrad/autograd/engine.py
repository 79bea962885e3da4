"""``backward`` and ``grad``: PyTorch's manner of asking the engine."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np

from srcgrad.runtime.eager import walk
from srcgrad.runtime.eager.graph import Leaf, Node
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.plain import Plain, as_plain, as_tensor
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["backward", "grad", "hook_on", "retain_grad"]


def _sequence(tensors: Any) -> tuple[Any, ...]:
    return (tensors,) if isinstance(tensors, Tensor) or tensors is None else tuple(tensors)


def _seeds(
    tensors: tuple[Tensor, ...], grads: tuple[Any, ...], create_graph: bool
) -> tuple[list[Node], list[Any]]:
    if len(grads) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(grads)} gradients")
    nodes: list[Node] = []
    seeds: list[Any] = []
    for k, (tensor, given) in enumerate(zip(tensors, grads, strict=True)):
        node = tensor.source()
        value = tensor.value
        if node is None:
            raise RuntimeError(f"element {k} of tensors does not require grad and does not have a grad_fn")
        if given is None:
            if value.size != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            if value.dtype.kind == "c":
                raise RuntimeError(
                    f"grad can be implicitly created only for real scalar outputs but got {tensor.dtype}"
                )
            seed = np.ones(value.shape, value.dtype)
            seeds.append(Plain(seed) if create_graph else seed)
        else:
            if not isinstance(given, Tensor):
                raise TypeError(f"gradients can be either Tensors or None, but got {type(given).__name__}")
            if given.value.shape != value.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{k}] has a shape of {given.shape} and output[{k}] "
                    f"has a shape "
                    f"of {tensor.shape}."
                )
            if (given.value.dtype.kind == "c") != (value.dtype.kind == "c"):
                raise RuntimeError(
                    "For complex Tensors, both grad_output and output are required to have the same "
                    "dtype. Mismatch "
                    f"in dtype: grad_output[{k}] has a dtype of {given.dtype} and output[{k}] has a dtype of "
                    f"{tensor.dtype}."
                )
            if create_graph:
                seeds.append(as_plain(given if given.value.dtype == value.dtype else given.to(tensor.dtype)))
            else:
                seeds.append(given.value.astype(value.dtype, copy=False))
        nodes.append(node)
    return nodes, seeds


def _walk(
    nodes: list[Node], seeds: list[Any], inputs: list[Node] | None, retain: bool, create: bool
) -> list[Any]:
    from srcgrad.autograd.anomaly import failed, is_anomaly_enabled

    before = recording.set(1 if create else min(0, recording.get()))
    try:
        with np.errstate(all="ignore"):
            return walk.backward(
                nodes,
                seeds,
                inputs=inputs,
                retain=retain,
                wrap=Plain if create else None,
                deliver=_deliver,
                failed=failed if is_anomaly_enabled() else None,
            )
    finally:
        recording.reset(before)


def _deliver(leaf: Leaf, g: Any, alone: bool) -> None:
    owner = leaf.owner()
    if owner is not None:
        accumulate(owner, g, alone)


def accumulate(tensor: Tensor, g: Any, alone: bool) -> None:
    """Add a cotangent to a tensor's ``.grad``."""
    more = tensor.extras()
    known = more.grad
    if isinstance(g, Plain):
        g = as_tensor(g)
    if isinstance(g, Tensor):
        more.grad = g if known is None else known + g
        if known is None and (not g.value.flags.writeable or not g.value.flags.owndata):
            more.grad = g.clone()
    elif known is None:
        more.grad = Tensor(_own(g, tensor.value, alone))
    else:
        np.add(known.value, g, out=known.value, casting="same_kind")
        known.cell[0] += 1
    if more.hooks:
        for hook in list(more.hooks.values()):
            hook(tensor)


def _own(g: Any, like: Any, alone: bool) -> Any:
    if (
        alone
        and type(g) is np.ndarray
        and g.base is None
        and g.dtype == like.dtype
        and g.strides == like.strides
    ):
        return g
    copy = np.array(g, like.dtype)
    return copy if copy.shape == like.shape else copy.reshape(like.shape)


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradients of `tensors` to the ``.grad`` of the leaves they were computed from.

    Parameters
    ----------
    tensors : tensor or sequence
        What to differentiate.
    grad_tensors : tensor or sequence, optional
        The vectors of the vector-Jacobian products; not needed for scalars.
    retain_graph : bool, optional
        Keep what is needed to go back again; `create_graph` if not given.
    create_graph : bool
        Record the backward pass, so that the gradients can be differentiated.
    inputs : sequence of tensors, optional
        Add to these tensors' ``.grad`` only.

    Examples
    --------
    >>> import srcgrad as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> torch.autograd.backward([x.sum(), (x * x).sum()])
    >>> x.grad
    tensor([3., 5.])
    """
    outputs = _sequence(tensors)
    grads = _sequence(grad_tensors) if grad_tensors is not None else (None,) * len(outputs)
    if create_graph:
        warnings.warn(
            "Using backward() with create_graph=True will create a reference cycle between the parameter "
            "and its "
            "gradient which can cause a memory leak. We recommend using autograd.grad when creating the "
            "graph to "
            "avoid this. If you have to use this function, make sure to reset the .grad fields of your "
            "parameters to "
            "None after use to break the cycle and avoid the leak.",
            UserWarning,
            stacklevel=3,
        )
    nodes, seeds = _seeds(outputs, grads, create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        _walk(nodes, seeds, None, retain, create_graph)
        return
    wanted = _sequence(inputs)
    if not wanted:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    ends = []
    for tensor in wanted:
        end = tensor.source()
        if end is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        retain_grad(tensor)
        ends.append(end)
    for tensor, g in zip(wanted, _walk(nodes, seeds, ends, retain, create_graph), strict=True):
        if g is not None and not (tensor.more is not None and tensor.more.retains):
            accumulate(tensor, g, False)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, returned and not collected.

    Parameters
    ----------
    outputs, inputs : tensor or sequence
        What to differentiate, and with respect to what.
    grad_outputs : tensor or sequence, optional
        The vectors of the vector-Jacobian products; not needed for scalars.
    retain_graph : bool, optional
        Keep what is needed to go back again; `create_graph` if not given.
    create_graph : bool
        Record the backward pass, so that the gradients can be differentiated.
    allow_unused : bool, optional
        Return None for inputs that the outputs do not depend on, instead of raising.
    is_grads_batched : bool
        `grad_outputs` have a first axis more: one backward pass each.
    materialize_grads : bool
        Return zeros in place of None.

    Returns
    -------
    tuple of tensors

    Examples
    --------
    >>> import srcgrad as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (g,) = torch.autograd.grad(x**3, x, create_graph=True)
    >>> torch.autograd.grad(g, x)
    (tensor(18.),)
    """
    outs, ins = _sequence(outputs), _sequence(inputs)
    if is_grads_batched:
        batches = [_sequence(g) for g in zip(*_sequence(grad_outputs), strict=True)]
        rows = [
            grad(outs, ins, g, True, create_graph, True, allow_unused, False, materialize_grads)
            for g in batches
        ]
        from srcgrad.runtime.eager.joining import stack

        return tuple(None if part[0] is None else stack(list(part)) for part in zip(*rows, strict=True))
    if materialize_grads:
        if allow_unused is False:
            raise ValueError(
                "Expected allow_unused to be True or not passed when materialize_grads=True, but got False."
            )
        allow_unused = True
    grads = _sequence(grad_outputs) if grad_outputs is not None else (None,) * len(outs)
    nodes, seeds = _seeds(outs, grads, create_graph)
    ends = [tensor.source() for tensor in ins]
    if any(end is None for end in ends):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    retain = create_graph if retain_graph is None else retain_graph
    parts = _walk(nodes, seeds, ends, retain, create_graph)
    results: list[Any] = []
    taken = {id(seed.value if isinstance(seed, Plain) else seed) for seed in seeds}
    for tensor, g in zip(ins, parts, strict=True):
        if g is None:
            if not allow_unused:
                raise RuntimeError(
                    "One of the differentiated Tensors appears to not have been used in the graph. Set "
                    "allow_unused=True if this is the desired behavior."
                )
            results.append(Tensor(np.zeros_like(tensor.value)) if materialize_grads else None)
            continue
        if isinstance(g, Plain):
            results.append(as_tensor(g))
            continue
        if not isinstance(g, Tensor):
            if id(g) in taken or not isinstance(g, np.ndarray) or not g.flags.owndata:
                g = np.array(g)
            taken.add(id(g))
            g = Tensor(g if g.dtype == tensor.value.dtype else g.astype(tensor.value.dtype))
        results.append(g)
    return tuple(results)


def hook_on(hook: Callable[[Tensor], Any]) -> Callable[[Any], Any]:
    """A user's hook as the engine calls it: with a tensor, whatever the engine works on."""

    def call(g: Any) -> Any:
        result = hook(as_tensor(g))
        if result is None:
            return g
        if not isinstance(result, Tensor):
            raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
        if result.value.shape != np.shape(g):
            raise RuntimeError(f"hook '{getattr(hook, '__name__', 'hook')}' has changed the size of value")
        return as_plain(result) if isinstance(g, Plain) else result.value

    return call


def retain_grad(tensor: Tensor) -> None:
    """Collect the gradient of a tensor that is not a leaf."""
    node = tensor.source()
    if node is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if isinstance(node, Leaf):
        return
    more = tensor.extras()
    if more.retains:
        return
    more.retains = True
    owner = ref(tensor)

    def keep(g: Any) -> None:
        kept = owner()
        if kept is not None:
            place = kept.extras()
            new = as_tensor(g) if isinstance(g, Plain) else Tensor(np.array(g))
            place.grad = new if place.grad is None else place.grad + new

    node.hooked().retain = keep
