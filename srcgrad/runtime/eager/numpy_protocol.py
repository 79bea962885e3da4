"""NumPy's own functions on tensors: they are recorded through the same rule table."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from srcgrad.rules import Kind, rule_for
from srcgrad.runtime.eager.inplace import in_place
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.plain import call_numpy, raw
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.runtime.eager.views import share

__all__ = ["array_function", "array_ufunc", "to_array"]


def _call(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    rule = rule_for(op)
    if rule is not None and rule.kind is Kind.UPDATE:
        return _update(op, args, kwargs)
    result = call_numpy(op, args, kwargs, Tensor)
    if (rule is None or rule.view) and args and isinstance(args[0], Tensor):
        share(result, op, args[0], args[1:], kwargs)
    return result


_TO_ARRAY = "the result of an operation on tensors that require grad cannot be written to an array"


def _update(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from srcgrad.runtime.eager.indexing import put

    target = args[0]
    if not isinstance(target, Tensor):
        if any(isinstance(arg, Tensor) and arg.requires_grad for arg in (*args, *kwargs.values())):
            raise RuntimeError(_TO_ARRAY)
        op(*raw(args), **raw(kwargs))
    elif op is np.add.at:
        put(target, raw(args[1]), args[2], True)
    elif op is np.copyto and not kwargs:
        put(target, ..., args[1], False)
    elif op is np.fill_diagonal:
        places = np.arange(min(target.value.shape))
        put(target, (places, places), args[1], False)
    elif recording.get() > 0 and any(isinstance(arg, Tensor) and arg.requires_grad for arg in args):
        raise NotImplementedError(f"{op.__name__} cannot write into a tensor that takes part in a recording")
    else:
        op(*raw(args), **raw(kwargs))
        target.cell[0] += 1


_OPERATORS = {
    np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul, np.divide: operator.truediv,
    np.floor_divide: operator.floordiv, np.remainder: operator.mod, np.power: operator.pow, np.less: operator.lt,
    np.less_equal: operator.le, np.greater: operator.gt, np.greater_equal: operator.ge, np.equal: operator.eq,
    np.not_equal: operator.ne,
}  # fmt: skip


def array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
    """NumPy calls this for its ufuncs: ``np.sin(tensor)``."""
    op = ufunc if method == "__call__" else getattr(ufunc, method)
    if out is None and not kwargs and len(inputs) == 2 and op in _OPERATORS:
        x, y = inputs
        if isinstance(x, np.generic) or isinstance(y, np.generic):
            # NumPy's numbers are numbers like Python's: they do not widen a tensor.
            return _OPERATORS[op](*(each.item() if isinstance(each, np.generic) else each for each in inputs))
    return _call(op, inputs, kwargs) if out is None else _written(op, inputs, kwargs, out[0])


def array_function(self: Tensor, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy calls this for its other functions: ``np.concatenate([tensor, tensor])``."""
    out = kwargs.get("out")
    if out is None:
        return _call(func, args, kwargs)
    return _written(func, args, {key: value for key, value in kwargs.items() if key != "out"}, out)


def _written(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any], target: Any) -> Any:
    """The ``out=`` of NumPy: into a tensor, recorded, or into an array if there is nothing to record."""
    if isinstance(target, Tensor):

        def new(old: Tensor) -> Any:
            return _call(op, tuple(old if arg is target else arg for arg in args), kwargs)

        return in_place(new, target)
    result = _call(op, args, kwargs)
    if isinstance(result, Tensor) and result.requires_grad:
        raise RuntimeError(_TO_ARRAY)
    target[...] = raw(result)
    return target


def to_array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Any:
    """NumPy calls this for ``np.asarray(tensor)``; raises where that would drop the history."""
    if self.source() is not None:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
        )
    array = self.value if dtype is None else self.value.astype(dtype, copy=False)
    return array.copy() if copy else array
