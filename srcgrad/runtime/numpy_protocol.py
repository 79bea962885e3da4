"""NumPy's own functions on tensors: they are recorded through the same rule table."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.rules import Kind, rule_for
from srcgrad.runtime.fast import apply
from srcgrad.runtime.graph import Variable
from srcgrad.runtime.modes import recording
from srcgrad.runtime.tensor import Tensor

__all__ = ["array_function", "array_ufunc", "to_array"]


def _plain(argument: Any) -> Any:
    if isinstance(argument, Variable):
        return argument.value
    if isinstance(argument, (list, tuple)):
        return type(argument)(_plain(item) for item in argument)
    if isinstance(argument, dict):
        return {key: _plain(item) for key, item in argument.items()}
    return argument


def _wrapped(result: Any) -> Any:
    if isinstance(result, (np.ndarray, np.number, np.bool_)):
        return Tensor(result)
    return result


def _wanted(argument: Any) -> bool:
    if isinstance(argument, Variable):
        return argument.source() is not None
    if isinstance(argument, (list, tuple)):
        return any(_wanted(item) for item in argument)
    return False


# Asked of the numbers themselves, not computed from them.
_ASKED = {np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type}


def _call(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if op in _ASKED:
        return op(*_plain(args), **_plain(kwargs))
    wanted = recording.get() > 0 and (any(map(_wanted, args)) or any(map(_wanted, kwargs.values())))
    rule = rule_for(op)
    if not wanted or (rule is not None and rule.kind is Kind.NONDIFF):
        return _wrapped(op(*_plain(args), **_plain(kwargs)))
    if rule is not None and rule.kind is Kind.UPDATE:
        return _update(op, args, kwargs)
    return apply(op, *args, **kwargs)


def _update(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from srcgrad.runtime.indexing import put

    target = args[0]
    if op is np.add.at:
        put(target, args[1], args[2], True)
    elif op is np.copyto and not kwargs:
        put(target, ..., args[1], False)
    elif op is np.fill_diagonal:
        places = np.arange(min(target.value.shape))
        put(target, (places, places), args[1], False)
    else:
        raise NotImplementedError(f"{op.__name__} cannot write into a tensor that takes part in a recording")


def array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
    """NumPy calls this for its ufuncs: ``np.sin(tensor)``."""
    if method == "at":
        return _call(ufunc.at, inputs, kwargs)
    op = ufunc if method == "__call__" else getattr(ufunc, method)
    if out is not None:
        target = out[0]
        result = array_ufunc(self, ufunc, method, *inputs, **kwargs)
        if isinstance(target, Tensor):
            target.copy_(result)
            return target
        if isinstance(result, Tensor) and result.requires_grad:
            raise RuntimeError("the result of an operation on tensors that require grad cannot be written to an array")
        target[...] = _plain(result)
        return target
    return _call(op, inputs, kwargs)


def array_function(self: Tensor, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy calls this for its other functions: ``np.concatenate([tensor, tensor])``."""
    return _call(func, args, kwargs)


def to_array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Any:
    """NumPy calls this for ``np.asarray(tensor)``; raises where that would drop the history."""
    if self.source() is not None:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    array = self.value if dtype is None else self.value.astype(dtype, copy=False)
    return array.copy() if copy else array
