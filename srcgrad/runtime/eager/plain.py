"""Variables with NumPy's semantics, for the text of rules.

When a backward pass is itself recorded, the pullbacks run on these: a rule is written for arrays, so what it
runs on has to promote, index and broadcast as arrays do, whatever the tensors outside do.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from srcgrad.rules import Kind, rule_for
from srcgrad.runtime.eager.graph import Node, Variable
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.record import record
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["Plain", "as_plain", "as_tensor", "call_numpy", "dispatched", "dispatching", "raw"]


def raw(argument: Any) -> Any:
    """Values in place of variables, in containers too."""
    if isinstance(argument, Variable):
        return argument.value
    if isinstance(argument, (list, tuple)):
        return _like(argument, [raw(item) for item in argument])
    if isinstance(argument, dict):
        return {key: raw(item) for key, item in argument.items()}
    return argument


def _like(container: Any, items: list[Any]) -> Any:
    """A list or tuple of the same type with other items."""
    made = type(container)
    return made(*items) if hasattr(made, "_fields") else made(items)


def _wanted(argument: Any) -> bool:
    if isinstance(argument, Variable):
        return argument.source() is not None
    return isinstance(argument, (list, tuple)) and any(_wanted(item) for item in argument)


# Asked of the numbers themselves, not computed from them.
_ASKED = {np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type}


def call_numpy(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any], wrap: Any) -> Any:
    """Call a function of NumPy on variables, and record it if one of them wants a gradient."""
    if op in _ASKED:
        return op(*raw(args), **raw(kwargs))
    wanted = recording.get() > 0 and (any(map(_wanted, args)) or any(map(_wanted, kwargs.values())))
    rule = rule_for(op)
    if not wanted or (rule is not None and rule.kind is Kind.NONDIFF):
        result = op(*raw(args), **raw(kwargs))
        return wrap(result, None) if isinstance(result, (np.ndarray, np.generic)) else result
    return record(op, args, kwargs, wrap, foreign=wrap is not Plain)


class Plain(NDArrayOperatorsMixin, Variable):
    """An array or a number inside of a rule."""

    __slots__ = ()

    __array_priority__ = 2000

    def __init__(self, value: Any, node: Node | None = None) -> None:
        self.value = value
        self.node = node
        self.cell = [0]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is not None:
            return NotImplemented
        return call_numpy(ufunc if method == "__call__" else getattr(ufunc, method), inputs, kwargs, Plain)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call_numpy(func, args, kwargs, Plain)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self._detached()
        return np.asarray(self.value, dtype)

    def _detached(self) -> None:
        if self.node is not None and recording.get() > 0:
            raise TypeError("a rule makes a constant of a value that carries a derivative")

    def __getitem__(self, index: Any) -> Any:
        return record(
            operator.getitem, (self, raw(index)), {}, Plain, recording=recording.get() > 0, foreign=False
        )

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        self._detached()
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        return operator.index(self.value)

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)

    @property
    def ndim(self) -> int:
        return np.ndim(self.value)

    @property
    def size(self) -> int:
        return np.size(self.value)

    @property
    def dtype(self) -> Any:
        return self.value.dtype

    @property
    def real(self) -> Any:
        return call_numpy(np.real, (self,), {}, Plain)

    @property
    def imag(self) -> Any:
        return call_numpy(np.imag, (self,), {}, Plain)

    @property
    def T(self) -> Any:
        return call_numpy(np.transpose, (self,), {}, Plain)

    def astype(self, kind: Any, copy: bool = True) -> Any:
        """The numbers in another dtype."""
        from srcgrad.runtime.eager.operands import CAST

        value = np.asarray(self.value).astype(kind)
        node = self.node
        if node is None or value.dtype.kind not in "fc" or recording.get() <= 0:
            return Plain(value)
        return Plain(value, Node(CAST, (node,), (self.value.dtype,), (), 0, CAST.name))

    def reshape(self, *shape: Any) -> Any:
        """The numbers in another shape."""
        return call_numpy(np.reshape, (self, shape[0] if len(shape) == 1 else shape), {}, Plain)

    def sum(self, axis: Any = None, **more: Any) -> Any:
        """The sum over axes."""
        return call_numpy(np.sum, (self,), {"axis": axis, **more}, Plain)

    def copy(self, order: str = "C") -> Any:
        """The numbers themselves: nothing here is written to."""
        return self


def as_plain(argument: Any) -> Any:
    """Tensors as variables of this kind, in containers too."""
    if isinstance(argument, Plain):
        return argument
    if isinstance(argument, Variable):
        made = Plain(argument.value, argument.source())
        made.cell = argument.cell
        return made
    if isinstance(argument, (list, tuple)):
        return _like(argument, [as_plain(item) for item in argument])
    return argument


def as_tensor(argument: Any) -> Any:
    """The tensor of a variable of this kind; a tensor around an array."""
    if argument is None or isinstance(argument, Tensor):
        return argument
    if isinstance(argument, Plain):
        made = Tensor(argument.value, argument.node)
        if isinstance(argument.value, np.ndarray):
            made.cell = argument.cell
        return made
    return Tensor(np.asarray(argument))


# --- the functions of the rules' modules, made to record themselves ---


class _NumPy:
    """NumPy, with the functions that do not ask for `__array_function__` recording themselves too."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if name in _SILENT:
            found = _recording(found)
        setattr(self, name, found)
        return found


class _Recording:
    """A module whose functions would make arrays or numbers of variables."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        found = _recording(found) if callable(found) and not isinstance(found, np.ufunc | type) else found
        setattr(self, name, found)
        return found


_SILENT = {"array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "require"}
_numpy = _NumPy()


def _recording(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if any(map(_has_variable, args)):
            return call_numpy(function, args, kwargs, Plain)
        return function(*args, **kwargs)

    return call


def _has_variable(argument: Any) -> bool:
    return isinstance(argument, Variable) or (
        isinstance(argument, (list, tuple)) and any(map(_has_variable, argument))
    )


def dispatching(value: Any) -> Any:
    """What a global name of a rule's text means when the text runs on variables."""
    if value is np:
        return _numpy
    if isinstance(value, ModuleType) and value.__name__.startswith(("scipy.", "math", "cmath")):
        return _Recording(value)
    if not isinstance(value, FunctionType | BuiltinFunctionType):
        return value
    if rule_for(value) is not None:
        return _recording(value)
    if not isinstance(value, FunctionType):
        return value
    if not value.__module__.startswith("srcgrad.rules"):
        return value
    # A helper without a rule is gone through; made when called, for helpers may call each other.
    return lambda *args, **kwargs: dispatched(value)(*args, **kwargs)


@cache
def dispatched(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the rules with everything that it calls recording itself."""
    if not isinstance(function, FunctionType):
        return function
    space = {name: dispatching(value) for name, value in function.__globals__.items()}
    made = FunctionType(
        function.__code__, space, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made
