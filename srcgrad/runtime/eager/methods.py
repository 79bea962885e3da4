"""Attach the operations to `Tensor`: each is one function, method and top-level name alike."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from srcgrad.runtime.eager import (
    comparisons,
    conversion,
    elementwise,
    extremes,
    filling,
    indexing,
    inplace,
    joining,
    norms,
    numpy_protocol,
    ordering,
    powers,
    products,
    random_numbers,
    reducing,
    scans,
    selecting,
    shaping,
    special_functions,
)  # fmt: skip
from srcgrad.runtime.eager.dtypes import dtype_of, to_numpy
from srcgrad.runtime.eager.graph import Leaf
from srcgrad.runtime.eager.method_names import (
    ACTIVATIONS,
    ALIASES,
    HELPERS,
    IN_PLACE,
    LINALG,
    NO_METHODS,
    NUMPY_NAMES,
)
from srcgrad.runtime.eager.tensor import Tensor


def _functions(module: ModuleType) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and not isinstance(value, type)
        and getattr(value, "__module__", "").startswith("srcgrad.runtime")
    }  # fmt: skip


_MODULES = (
    elementwise, powers, comparisons, special_functions, reducing, extremes, norms, scans, shaping, joining, selecting,
    ordering, products,
)  # fmt: skip


def _later(module: str, name: str) -> Callable[..., Any]:
    """A function whose module is imported when it is called: most programs have no matrices to invert."""

    def function(*args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(module), name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{module}.{name}`."
    return function


def operations() -> dict[str, Callable[..., Any]]:
    """All operations by name."""
    found = {name: _later("srcgrad.linalg", f) for name, f in LINALG.items()}
    found.update({name: _later("srcgrad.nn.functional", name) for name in ACTIVATIONS})
    for module in _MODULES:
        for name, function in _functions(module).items():
            if name not in HELPERS:
                found[name] = function
    for alias, name in ALIASES.items():
        found[alias] = found[name]
    return found


def checked(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """An operation as a top-level function: PyTorch's error for an argument that is no tensor."""
    parameters = list(inspect.signature(function).parameters) if inspect.isfunction(function) else []
    if parameters[:1] != ["input"] or function.__module__.endswith(
        ("comparisons", "elementwise", "fast", "powers")
    ):
        return function

    if "dim" in parameters:
        function = _numpy_names(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = args[0] if args else kwargs.get("input")
        if not isinstance(given, Tensor):
            kind = type(given).__name__
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind}")
        return function(*args, **kwargs)

    return call


def _writing(name: str, function: Callable[..., Any]) -> Callable[..., Tensor]:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return inplace.in_place(function, self, *args, **kwargs)

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"`{name}`, in place."
    return method


def _reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Tensor, other: Any) -> Any:
        return function(other, self)

    return method


def _compared(function: Callable[..., Any], otherwise: Any) -> Callable[..., Any]:
    def method(self: Tensor, other: Any) -> Any:
        if other is None or isinstance(other, (str, list, tuple, dict)):
            return otherwise
        return function(self, other)

    return method


def _inverted(self: Tensor) -> Tensor:
    if self.value.dtype.kind in "fc":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return comparisons.bitwise_not(self)


def _ordered(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Tensor, other: Any) -> Any:
        return NotImplemented if isinstance(other, str) else function(self, other)

    return method


def _where(self: Tensor, condition: Any, other: Any) -> Tensor:
    """The elements of this tensor where the condition holds, of `other` elsewhere."""
    return elementwise.where(condition, self, other)  # type: ignore[no-any-return]


# What arrays have and PyTorch's tensors have under other names: code written for NumPy asks for these.


def _copy(self: Tensor, order: str = "C") -> Tensor:
    """`clone`, under NumPy's name."""
    return shaping.clone(self)


def _astype(self: Tensor, dtype: Any, copy: bool = True) -> Tensor:
    """`to`, under NumPy's name."""
    return conversion.to(self, dtype_of(to_numpy(dtype)), copy=copy)


def _fill(self: Tensor, value: Any) -> None:
    """`fill_`, under NumPy's name."""
    filling.fill_(self, value)


def _renamed(self: Tensor, name: str) -> Tensor:
    return elementwise.named(self, name)


def _power_writing(self: Tensor, other: Any) -> Tensor:
    return inplace.in_place(powers.pow, self, other)


def _register_hook(self: Tensor, hook: Callable[[Tensor], Any]) -> Any:
    """Call ``hook(grad)`` when the gradient of this tensor is known; it may return another."""
    from srcgrad.autograd.engine import hook_on
    from srcgrad.autograd.node import Handle

    node = self.source()
    if node is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    return Handle(node.hooked().before, hook_on(hook))


def _register_post(self: Tensor, hook: Callable[[Tensor], Any]) -> Any:
    """Call ``hook(tensor)`` after its ``.grad`` has been added to."""
    from srcgrad.autograd.node import Handle

    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if not self.is_leaf:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    more = self.extras()
    if more.hooks is None:
        more.hooks = {}
    return Handle(more.hooks, hook)


def _backward(
    self: Tensor,
    gradient: Any = None,
    retain_graph: Any = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of this tensor to the ``.grad`` of the leaves it was computed from.

    Parameters
    ----------
    gradient : tensor, optional
        The vector of the vector-Jacobian product; not needed for a scalar.
    retain_graph, create_graph, inputs
        As in `srcgrad.autograd.backward`.
    """
    from srcgrad.autograd.engine import backward

    backward((self,), (gradient,), retain_graph, create_graph, inputs=inputs)


def _retain_grad(self: Tensor) -> None:
    """Collect the gradient of this tensor although it is not a leaf."""
    from srcgrad.autograd.engine import retain_grad

    retain_grad(self)


def _retains_grad(self: Tensor) -> bool:
    return self.more is not None and self.more.retains


def attach() -> None:
    """Give `Tensor` its methods."""
    methods: dict[str, Any] = {n: f for n, f in operations().items() if n not in NO_METHODS}
    for name in IN_PLACE:
        if name in methods:
            methods[f"{name}_"] = _writing(name, methods[name])
    methods.update(_functions(filling))
    for name in ("squeeze", "unsqueeze", "transpose", "swapaxes", "swapdims", "t"):
        methods[f"{name}_"] = _reshaping(methods[name])
    methods["view"] = shaping.view_
    del methods["view_"]
    for name in [
        "item",
        "tolist",
        "numpy",
        "to",
        "type_as",
        "size",
        "dim",
        "numel",
        "stride",
        "storage_offset",
        "is_contiguous",
        "data_ptr",
        "element_size",
        "is_floating_point",
        "is_complex",
        "is_signed",
        "is_nonzero",
        "is_same_size",
        "is_set_to",
        "new_tensor",
        "new_zeros",
        "new_ones",
        "new_empty",
        "new_full",
    ]:
        methods[name] = getattr(conversion, name)
    methods.update(conversion.as_type)
    methods.update(
        ndimension=conversion.dim, nelement=conversion.numel, type=conversion.type_, cpu=conversion.itself,
        requires_grad_=Tensor.requires_grad_, backward=_backward, register_hook=_register_hook,
        register_post_accumulate_grad_hook=_register_post, retain_grad=_retain_grad, _renamed=_renamed, where=_where,
        copy=_copy, astype=_astype, fill=_fill, conjugate=elementwise.conj,
        resolve_conj=conversion.itself, resolve_neg=conversion.itself, pin_memory=conversion.itself,
        share_memory_=conversion.itself, get_device=lambda self: -1,
        bfloat16=conversion.bfloat16, bernoulli=random_numbers.bernoulli,
        multinomial=random_numbers.multinomial,
    )  # fmt: skip
    for name, function in methods.items():
        if inspect.isfunction(function) and "dim" in inspect.signature(function).parameters:
            methods[name] = _numpy_names(function)
    for name, value in {**methods, **_operators()}.items():
        setattr(Tensor, name, value)
    for name, getter in _properties().items():
        setattr(Tensor, name, property(getter))


def _numpy_names(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take ``axis=`` and ``keepdims=`` for ``dim=`` and ``keepdim=``, as PyTorch does."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            kwargs = {NUMPY_NAMES.get(name, name): value for name, value in kwargs.items()}
        return function(*args, **kwargs)

    return call


# The nodes of operations that turn a tensor in place.
_TURNED = {
    "SqueezeBackward0": "SqueezeBackward3", "SqueezeBackward1": "SqueezeBackward4",
    "UnsqueezeBackward0": "UnsqueezeBackward1", "TransposeBackward0": "TransposeBackward1", "TBackward0": "TBackward1",
}  # fmt: skip


def _reshaping(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def method(self: Tensor, *args: Any) -> Tensor:
        inplace.allow(self)
        made = function(self, *args)
        self.value = made.value
        if made.node is not None:
            self.node = made.node
            if not isinstance(self.node, Leaf):
                self.node.name = _TURNED.get(self.node.name, self.node.name)
        self.cell[0] += 1
        more = self.more
        if more is not None and more.base is not None and made.more is not None:
            more.steps, more.seen = made.more.steps, self.cell[0]
        else:
            self.extras().turns += 1
        return self

    return method


def _operators() -> dict[str, Any]:
    e, c = elementwise, comparisons
    plain_add, plain_sub = e.plain_add, e.plain_subtract
    writing = {
        "add": e.add, "sub": e.subtract, "mul": e.multiply, "truediv": e.divide, "floordiv": e.floor_divide,
        "mod": e.remainder, "and": c.bitwise_and, "or": c.bitwise_or, "xor": c.bitwise_xor,
    }  # fmt: skip
    found: dict[str, Any] = {
        "__add__": plain_add, "__radd__": _reflected(plain_add), "__sub__": plain_sub, "__rsub__": lambda
        s, o: e.rsub(s, o),
        "__mul__": e.multiply, "__rmul__": lambda s, o: e.multiply(s, o), "__truediv__": e.divide_plain,
        "__rtruediv__": e.rdiv, "__floordiv__": e.floor_divide, "__rfloordiv__": _reflected(e.floor_divide),
        "__mod__": e.remainder, "__rmod__": _reflected(e.remainder), "__pow__": powers.pow, "__rpow__": powers.rpow,
        "__matmul__": products.matmul, "__rmatmul__": _reflected(products.matmul), "__neg__": e.neg,
        "__pos__": e.positive,
        "__abs__": e.absolute, "__invert__": _inverted, "__and__": c.bitwise_and, "__rand__":
        c.bitwise_and,
        "__or__": c.bitwise_or, "__ror__": c.bitwise_or, "__xor__": c.bitwise_xor, "__rxor__": c.bitwise_xor,
        "__lshift__": c.bitwise_left_shift, "__rshift__": c.bitwise_right_shift,
        "__lt__": _ordered(c.lt), "__le__": _ordered(c.le), "__gt__": _ordered(c.gt), "__ge__": _ordered(c.ge),
        "__eq__": _compared(c.eq, False), "__ne__": _compared(c.ne, True),
        "__getitem__": indexing.getitem, "__setitem__": indexing.setitem, "__iter__": conversion.iterate,
        "__bool__": conversion.as_bool, "__float__": conversion.as_float, "__int__": conversion.as_int,
        "__complex__": conversion.as_complex, "__index__": conversion.as_index, "__contains__":
        conversion.contains,
        "__repr__": conversion.text, "__str__": conversion.text, "__format__": conversion.formatted,
        "__deepcopy__": conversion.deep_copy, "__array__": numpy_protocol.to_array,
        "__array_ufunc__": numpy_protocol.array_ufunc, "__array_function__": numpy_protocol.array_function,
        "__dlpack__": conversion.dlpack, "__dlpack_device__": conversion.dlpack_device, "__ipow__":
        _power_writing,
    }  # fmt: skip
    for name, function in writing.items():
        found[f"__i{name}__"] = _writing(name, function)
    return found


def _matrix_transpose(self: Tensor) -> Tensor:
    if self.value.ndim == 1:
        raise RuntimeError("tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return shaping.transpose(self, -2, -1) if self.value.ndim else self


def _properties() -> dict[str, Callable[[Tensor], Any]]:
    return {
        "T": lambda self: shaping.permute(self, *range(self.ndim)[::-1]),
        "mT": _matrix_transpose,
        "H": lambda self: shaping.transpose(self, 0, 1).conj() if self.ndim else self,
        "mH": lambda self: shaping.transpose(self, -2, -1).conj(),
        "real": elementwise.real,
        "imag": elementwise.imag,
        "itemsize": lambda self: self.value.itemsize,
        "nbytes": lambda self: self.value.nbytes,
        "retains_grad": _retains_grad,
        "is_cuda": lambda self: False,
        "is_sparse": lambda self: False,
        "is_quantized": lambda self: False,
        "layout": lambda self: "torch.strided",
        "output_nr": lambda self: getattr(self.source(), "index", 0),
    }


attach()
