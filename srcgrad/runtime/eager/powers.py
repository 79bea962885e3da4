"""Powers under PyTorch's names."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import promote
from srcgrad.runtime.eager.elementwise import named, reciprocal, sqrt
from srcgrad.runtime.eager.fast import binary
from srcgrad.runtime.eager.operands import cast
from srcgrad.runtime.eager.tensor import Tensor


def _power(a: Any, b: Any) -> Any:
    if getattr(b, "dtype", None) is None or b.dtype.kind != "i" or np.asarray(a).dtype.kind not in "iu":
        return a**b
    # Integers: 1 / a**-b, rounded towards zero.
    small = np.where(b % 2, a, np.ones_like(a))
    return np.where(b < 0, np.where(np.abs(a) == 1, small, 0), a ** np.abs(b))


_power_tensor = binary(np.power, "PowBackward1", value=_power)
_power_number = binary(np.power, "PowBackward0", value=operator.pow)


def pow(input: Any, exponent: Any, *, out: Tensor | None = None) -> Tensor:
    """``input ** exponent``.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.pow(torch.tensor([1.0, 2.0]), 3)
    tensor([1., 8.])
    """
    if isinstance(exponent, Tensor):
        return _power_tensor(input, exponent, out=out)
    if (
        isinstance(input, Tensor)
        and input.value.dtype.kind in "iu"
        and isinstance(exponent, int)
        and exponent < 0
    ):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return _power_number(input, exponent, out=out)


def float_power(input: Any, exponent: Any) -> Tensor:
    """``input ** exponent`` in double precision."""
    parts = [
        cast(t, np.promote_types(t.value.dtype, np.float64)) if isinstance(t, Tensor) else t
        for t in (input, exponent)
    ]
    return pow(*parts)


def square(input: Tensor) -> Tensor:
    """``input ** 2``."""
    return pow(input, 2)


def rsqrt(input: Tensor) -> Tensor:
    """``1 / sqrt(input)``."""
    return named(reciprocal(sqrt(input)), "RsqrtBackward0")


def rpow(input: Any, base: Any) -> Tensor:
    """``base ** input``."""
    if not isinstance(base, Tensor):
        base = Tensor(np.asarray(base, promote([input.value, base])))
    return named(_power_tensor(base, input), "PowBackward2")
