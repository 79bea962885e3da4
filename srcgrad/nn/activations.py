"""Activations."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from srcgrad.runtime.eager import elementwise as e
from srcgrad.runtime.eager.elementwise import named
from srcgrad.runtime.eager.inplace import in_place
from srcgrad.runtime.eager.norms import log_softmax, softmax
from srcgrad.runtime.eager.random_numbers import rng
from srcgrad.runtime.eager.special_functions import erf, sigmoid
from srcgrad.runtime.eager.tensor import Tensor

__all__ = [
    "celu",
    "dropout",
    "elu",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]

F = TypeVar("F", bound=Callable[..., Any])

tanh = e.tanh


def _in_place_too(function: F) -> F:
    """Take ``inplace=True``, which writes the result over the input."""
    place = [*inspect.signature(function).parameters].index("inplace") - 1

    @functools.wraps(function)
    def call(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        rest = args[:place]
        if kwargs.pop("inplace", False) or (len(args) > place and args[place]):
            return in_place(function, input, *rest, **kwargs)
        return function(input, *rest, **kwargs)

    return call  # type: ignore[return-value]


@_in_place_too
def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """``max(input, 0)``, with slope zero at zero."""
    return e.relu(input)


def relu_(input: Tensor) -> Tensor:
    """`relu`, in place."""
    return in_place(relu, input)


@_in_place_too
def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """The input, or a small multiple of it below zero."""
    return named(e.where(input > 0, input, input * negative_slope), "LeakyReluBackward0")


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """`leaky_relu` with a slope that is learnt, for each channel."""
    if weight.value.size > 1 and input.value.ndim > 1:
        weight = weight.reshape([-1 if k == 1 else 1 for k in range(input.value.ndim)])
    return named(e.where(input > 0, input, input * weight), "PreluKernelBackward0")


@_in_place_too
def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """The input, or ``alpha * (exp(input) - 1)`` below zero."""
    below = e.expm1(e.where(input > 0, 0.0, input)) * alpha
    return named(e.where(input > 0, input, below), "EluBackward0")


@_in_place_too
def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`elu` with a continuous slope for every `alpha`."""
    below = e.expm1(e.where(input > 0, 0.0, input) / alpha) * alpha
    return named(e.where(input > 0, input, below), "CeluBackward0")


@_in_place_too
def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """`elu` scaled so that activations normalise themselves."""
    return named(elu(input, 1.6732632423543772) * 1.0507009873554805, "EluBackward0")


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """The input times the normal distribution function at it."""
    if approximate == "tanh":
        inner = (input + input * input * input * 0.044715) * math.sqrt(2 / math.pi)
        return named(input * 0.5 * (e.tanh(inner) + 1), "GeluBackward0")
    return named(input * 0.5 * (erf(input * math.sqrt(0.5)) + 1), "GeluBackward0")


@_in_place_too
def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * sigmoid(input)``."""
    return named(input * sigmoid(input), "SiluBackward0")


@_in_place_too
def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * tanh(softplus(input))``."""
    return named(input * e.tanh(softplus(input)), "MishBackward0")


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """``log(1 + exp(beta * input)) / beta``."""
    scaled = input * beta
    high = scaled > threshold
    return named(e.where(high, input, e.log1p(e.exp(e.where(high, 0.0, scaled))) / beta), "SoftplusBackward0")


def logsigmoid(input: Tensor) -> Tensor:
    """The logarithm of `sigmoid`."""
    low = e.minimum(input, Tensor(np.zeros((), input.value.dtype)))
    return named(
        e.where(input < 0, input, 0.0) - e.log1p(e.exp(-e.absolute(input))) + (low - low),
        "LogSigmoidBackward0",
    )


def softsign(input: Tensor) -> Tensor:
    """``input / (1 + abs(input))``."""
    return input / (e.absolute(input) + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """``input - tanh(input)``."""
    return input - e.tanh(input)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Moved towards zero by `lambd`, and zero where it would cross."""
    zero = input * 0.0
    return named(
        e.where(input > lambd, input - lambd, e.where(input < -lambd, input + lambd, zero)),
        "SoftshrinkBackward0",
    )


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Zero where it is small."""
    small = (input >= -lambd) & (input <= lambd)
    return named(e.where(small, 0.0, input), "HardshrinkBackward0")


@_in_place_too
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """The nearest number between two bounds; the slope at the bounds is zero."""
    made = e.where(input <= min_val, min_val, e.where(input >= max_val, max_val, input))
    return named(made, "HardtanhBackward0")


@_in_place_too
def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """`relu`, at most six."""
    return hardtanh(input, 0.0, 6.0)


@_in_place_too
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """`sigmoid` in three straight pieces."""
    inner = (input > -3) & (input < 3)
    return named(
        e.where(inner, input / 6 + 0.5, e.where(input >= 3, 1.0, input * 0.0)), "HardsigmoidBackward0"
    )


@_in_place_too
def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """`silu` in three pieces."""
    inner = input * (input / 6 + 0.5)
    return named(e.where(input <= -3, 0.0, e.where(input >= 3, input, inner)), "HardswishBackward0")


@_in_place_too
def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """The input above a threshold, a constant elsewhere."""
    return named(e.where(input <= threshold, value, input), "ThresholdBackward0")


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """One half of the input, gated by the other."""
    first, second = input.chunk(2, dim)
    return named(first * sigmoid(second), "GluBackward0")


def softmin(input: Tensor, dim: int | None = None) -> Tensor:
    """`softmax` of the negative."""
    return softmax(-input, dim)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, dim: int = -1) -> Tensor:
    """A random, differentiable choice."""
    noise = Tensor(rng().gumbel(size=logits.value.shape).astype(logits.value.dtype))
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    chosen = np.zeros_like(soft.value)
    np.put_along_axis(chosen, np.expand_dims(soft.value.argmax(dim), dim), 1.0, dim)
    return Tensor(chosen) - soft.detach() + soft


@_in_place_too
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Some elements set to zero at random, the others scaled up."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    kept = (rng().random(input.value.shape) >= p).astype(input.value.dtype)
    return input * Tensor(kept / input.value.dtype.type(1 - p) if p < 1 else kept)
