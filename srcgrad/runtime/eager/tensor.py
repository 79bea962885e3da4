"""The eager tensor: a NumPy array, the node that made it, and what a user hangs on it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from srcgrad.runtime.eager.dtypes import Size, default, dtype, dtype_of
from srcgrad.runtime.eager.graph import Leaf, Node, Variable
from srcgrad.runtime.eager.modes import recording

__all__ = ["More", "Tensor", "as_tensor_value"]

# Overflow and division by zero are no occasion for a word, as in PyTorch.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"srcgrad\.runtime")

_ndarray = np.ndarray


class More:
    """What few tensors have: a gradient, a base that they are a view of, hooks."""

    grad: Tensor | None = None
    # A view: `steps` lead from the base to it; `seen` is the version of the memory its node belongs to.
    base: Tensor | None = None
    steps: tuple[Any, ...] = ()
    seen = 0
    multiple = False  # one of several views made at once
    quiet = False  # a view made while nothing was recorded
    turns = 0  # how often the base had been given another shape in place when the view was taken
    hooks: dict[int, Any] | None = None
    retains = False
    inference = False


class Tensor(Variable):
    """An array whose operations are recorded, so that gradients can be taken.

    Made by `srcgrad.tensor` and its like; the class itself, called with data, gives a float32 tensor.

    Examples
    --------
    >>> import srcgrad as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ("__weakref__", "more")

    __array_priority__ = 1000

    more: More | None

    if TYPE_CHECKING:
        # The operations are plain functions, attached in `methods`.
        def __getattr__(self, name: str) -> Any: ...
        def __setitem__(self, index: Any, value: Any) -> None: ...
        def __getitem__(self, index: Any) -> Tensor: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...

    def __init__(self, value: Any = (), node: Node | None = None) -> None:
        # Numbers out of NumPy's 0-d results become arrays: in-place operations need memory.
        self.value = value if type(value) is _ndarray else as_tensor_value(value)
        self.node = node
        self.cell = [0]
        self.more = None

    # --- the place in the graph ---

    def source(self) -> Node | None:
        """The node that a use of this tensor records; a view looks whether its memory has been rewritten."""
        more = self.more
        if more is not None and more.base is not None and more.seen != self.cell[0]:
            from srcgrad.runtime.eager.views import regenerate

            regenerate(self, more)
        return self.node

    def extras(self) -> More:
        """The rarely used attributes, to set one."""
        if self.more is None:
            self.more = More()
        return self.more

    @property
    def grad_fn(self) -> Any:
        """The node that made this tensor; None for leaves."""
        node = self.source()
        if node is None or isinstance(node, Leaf):
            return None
        from srcgrad.autograd.node import view_of

        return view_of(node)

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user, not by a recorded operation."""
        return self.source() is None or isinstance(self.node, Leaf)

    @property
    def requires_grad(self) -> bool:
        """Whether operations on it are recorded."""
        return self.source() is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not self.is_leaf:
            more = " If you want to use a computed variable in a subgraph that doesn't require differentiation use "
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables."
                + ("" if wanted else f"{more}var_no_grad = var.detach().")
            )
        if wanted and self.node is None:
            if self.value.dtype.kind not in "fc":
                raise RuntimeError("only Tensors of floating point dtype can require gradients")
            if self.is_inference() and recording.get() >= 0:
                raise RuntimeError(
                    "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
                )
            self.node = Leaf(self, "AccumulateGrad")
            if self.more is not None and self.more.base is not None:
                self.more.base = None
        elif not wanted and self.node is not None:
            # The old leaf may still be in a graph: nothing is to arrive any more.
            self.node.owner = Leaf().owner  # type: ignore[attr-defined]
            self.node = None

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad`, and return the tensor."""
        if self.is_leaf or not requires_grad:
            self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Tensor | None:
        """The gradient collected by `backward`."""
        more = self.more
        if more is not None and more.grad is not None:
            return more.grad
        if not self.is_leaf and not (more is not None and more.retains):
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
                "attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be "
                "populated "
                "for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor.",
                UserWarning,
                stacklevel=2,
            )
        return None

    @grad.setter
    def grad(self, new: Tensor | None) -> None:
        if new is not None:
            if not isinstance(new, Tensor):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type(new).__name__}"
                )
            if new is self:
                raise RuntimeError("can't assign Variable as its own grad")
            if new.value.shape != self.value.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(new.shape)}' to a tensor of size "
                    f"'{list(self.shape)}'. "
                    "Please ensure that the gradient and the tensor are the same size"
                )
            if new.value.dtype != self.value.dtype:
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{new.dtype}' to a tensor with "
                    f"grad_dtype '{self.dtype}'. The "
                    "gradient must match the tensor's grad_dtype (defaults to the tensor's dtype)."
                )
        self.extras().grad = new

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    # --- other tensors over the same memory ---

    @property
    def data(self) -> Tensor:
        """The same memory as a tensor outside of all recording; writes through it go unnoticed."""
        return Tensor(self.value)

    @data.setter
    def data(self, new: Tensor) -> None:
        if not isinstance(new, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(new).__name__}")
        if new.value.dtype != self.value.dtype and self.node is not None and new.value.dtype.kind not in "fc":
            raise RuntimeError(
                "data set to a tensor that requires gradients must be floating point or complex dtype"
            )
        self.value = new.value

    def detach(self) -> Tensor:
        """The same memory as a tensor without history; writes through it are noticed."""
        other = Tensor(self.value)
        other.cell = self.cell
        return other

    def detach_(self) -> Tensor:
        """Forget the history, in place."""
        if self.more is not None and self.more.base is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using "
                "DistributedDataParallel (DDP) "
                "for training, and gradient_as_bucket_view is set as True, gradients are views of DDP "
                "buckets, and "
                "hence detach_() cannot be called on these gradients."
            )
        self.node = None
        return self

    @property
    def _version(self) -> int:
        count: int = self.cell[0]
        return count

    @property
    def _base(self) -> Tensor | None:
        return self.more.base if self.more is not None else None

    def _is_view(self) -> bool:
        return self._base is not None

    def is_inference(self) -> bool:
        """Whether it was made in inference mode."""
        return self.more is not None and self.more.inference

    # --- description ---

    @property
    def shape(self) -> Size:
        """Lengths of the axes."""
        return Size(self.value.shape)

    @property
    def dtype(self) -> dtype:
        """Number type."""
        return dtype_of(self.value.dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return int(self.value.ndim)

    @property
    def device(self) -> Any:
        """Where the memory is: always the CPU."""
        from srcgrad.runtime.eager.creation import device

        return device("cpu")

    def __len__(self) -> int:
        if not self.value.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self.value)

    def __hash__(self) -> int:
        return id(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _rebuilt, (self.value, isinstance(self.node, Leaf))


def _rebuilt(value: Any, wanted: bool) -> Tensor:
    return Tensor(value).requires_grad_(wanted)


def as_tensor_value(value: Any) -> Any:
    """The array of a new tensor, from a NumPy number or, for the class called by hand, from data or sizes."""
    if isinstance(value, np.generic):
        return np.asarray(value)
    if isinstance(value, Tensor):
        return value.value
    if isinstance(value, int) and not isinstance(value, bool):
        return np.zeros(value, default.dtype.dtype)
    if isinstance(value, (list, tuple, range)):
        return np.array(value, default.dtype.dtype)
    return np.asarray(value)
