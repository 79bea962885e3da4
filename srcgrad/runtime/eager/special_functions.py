"""Special functions of tensors.  SciPy is imported when one of its is first used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from srcgrad.rules.kinds import elementwise
from srcgrad.runtime.eager.dtypes import default
from srcgrad.runtime.eager.elementwise import clamp
from srcgrad.runtime.eager.fast import apply, binary, unary
from srcgrad.runtime.eager.operands import cast
from srcgrad.runtime.eager.tensor import Tensor


def special(function: str, title: str, count: int = 1) -> Callable[..., Tensor]:
    """A function of ``scipy.special``."""
    made: list[Any] = []

    def call(input: Any, *other: Any, out: Tensor | None = None) -> Tensor:
        if not made:
            op = getattr(import_module("scipy.special"), function)
            made.append(
                unary(op, f"{title}Backward0")
                if count == 1
                else binary(op, f"{title}Backward0", integers=False)
            )
        return made[0](input, *other, out=out)  # type: ignore[no-any-return]

    return call


erf, erfc, erfinv = special("erf", "Erf"), special("erfc", "Erfc"), special("erfinv", "Erfinv")
lgamma, digamma = special("gammaln", "Lgamma"), special("digamma", "Digamma")
logit_plain, xlogy = special("logit", "Logit"), special("xlogy", "Xlogy", 2)


def _logistic(a: Any) -> Any:
    """1 / (1 + exp(-a)), in one piece of memory."""
    t = np.negative(a)
    if type(t) is not np.ndarray:
        return 1 / (1 + np.exp(t))
    np.exp(t, out=t)
    t += 1
    return np.reciprocal(t, out=t)


# Of its own value alone, as in PyTorch: the argument may be written over.
@elementwise(_logistic)
def _logistic_rule(a, *, ans):  # type: ignore[no-untyped-def]
    return ans * (1 - ans)


_sigmoid = unary(_logistic, "SigmoidBackward0")


def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logistic function.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.sigmoid(torch.tensor([0.0]))
    tensor([0.5000])
    """
    return _sigmoid(input, out=out)


def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """``log(input / (1 - input))``."""
    return logit_plain(input if eps is None else clamp(input, eps, 1 - eps))


def sinc(input: Tensor) -> Tensor:
    """``sin(pi x) / (pi x)``."""
    if input.value.dtype.kind in "biu":
        input = cast(input, default.dtype.dtype)
    return apply(np.sinc, input, name="SincBackward0")  # type: ignore[no-any-return]


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of the digamma function."""
    return apply(import_module("scipy.special").polygamma, n, input, name="PolygammaBackward0")  # type: ignore[no-any-return]
