"""Activations and losses."""

from __future__ import annotations

import math
import operator
import warnings
from typing import Any

import numpy as np

from srcgrad.runtime import elementwise as e
from srcgrad.runtime.creation import rng
from srcgrad.runtime.elementwise import named, relu, sigmoid, tanh
from srcgrad.runtime.fast import apply, first
from srcgrad.runtime.inplace import in_place
from srcgrad.runtime.reducing import log_softmax, norm, softmax
from srcgrad.runtime.selecting import one_hot
from srcgrad.runtime.tensor import Tensor

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "celu", "cosine_embedding_loss", "cosine_similarity",
    "cross_entropy", "dropout", "elu", "embedding", "gaussian_nll_loss", "gelu", "glu", "gumbel_softmax", "hardshrink",
    "hardsigmoid", "hardswish", "hardtanh", "hinge_embedding_loss", "huber_loss", "kl_div", "l1_loss", "layer_norm",
    "leaky_relu", "linear", "log_softmax", "logsigmoid", "margin_ranking_loss", "mish", "mse_loss", "multi_margin_loss",
    "nll_loss", "normalize", "one_hot", "pad", "pairwise_distance", "poisson_nll_loss", "prelu", "relu", "relu6",
    "relu_", "rms_norm", "selu", "sigmoid", "silu", "smooth_l1_loss", "soft_margin_loss", "softmax", "softmin",
    "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold", "triplet_margin_loss",
]  # fmt: skip


# --- activations ---


def relu_(input: Tensor) -> Tensor:
    """`relu`, in place."""
    return in_place(relu, input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """The input, or a small multiple of it below zero."""
    return named(e.where(input > 0, input, input * negative_slope), "LeakyReluBackward0")


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """`leaky_relu` with a slope that is learnt, for each channel."""
    if weight.value.size > 1 and input.value.ndim > 1:
        weight = weight.reshape([-1 if k == 1 else 1 for k in range(input.value.ndim)])
    return named(e.where(input > 0, input, input * weight), "PreluKernelBackward0")


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """The input, or ``alpha * (exp(input) - 1)`` below zero."""
    below = e.expm1(e.where(input > 0, 0.0, input)) * alpha
    return named(e.where(input > 0, input, below), "EluBackward0")


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`elu` with a continuous slope for every `alpha`."""
    below = e.expm1(e.where(input > 0, 0.0, input) / alpha) * alpha
    return named(e.where(input > 0, input, below), "CeluBackward0")


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """`elu` scaled so that activations normalise themselves."""
    return named(elu(input, 1.6732632423543772) * 1.0507009873554805, "EluBackward0")


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """The input times the normal distribution function at it."""
    if approximate == "tanh":
        inner = (input + input * input * input * 0.044715) * math.sqrt(2 / math.pi)
        return named(input * 0.5 * (e.tanh(inner) + 1), "GeluBackward0")
    return named(input * 0.5 * (e.erf(input * math.sqrt(0.5)) + 1), "GeluBackward0")


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * sigmoid(input)``."""
    return named(input * sigmoid(input), "SiluBackward0")


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


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """The nearest number between two bounds; the slope at the bounds is zero."""
    made = e.where(input <= min_val, min_val, e.where(input >= max_val, max_val, input))
    return named(made, "HardtanhBackward0")


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """`relu`, at most six."""
    return hardtanh(input, 0.0, 6.0)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """`sigmoid` in three straight pieces."""
    inner = (input > -3) & (input < 3)
    return named(
        e.where(inner, input / 6 + 0.5, e.where(input >= 3, 1.0, input * 0.0)), "HardsigmoidBackward0"
    )


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """`silu` in three pieces."""
    inner = input * (input / 6 + 0.5)
    return named(e.where(input <= -3, 0.0, e.where(input >= 3, input, inner)), "HardswishBackward0")


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


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Some elements set to zero at random, the others scaled up."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    kept = (rng().random(input.value.shape) >= p).astype(input.value.dtype)
    return input * Tensor(kept / input.value.dtype.type(1 - p) if p < 1 else kept)


# --- layers as functions ---


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``."""
    made = input @ (weight.t() if weight.value.ndim == 2 else weight)
    if bias is None:
        return made
    return named(made + bias, "AddmmBackward0" if input.value.ndim == 2 else "ViewBackward0")


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """The rows of a table at the places given."""
    return named(weight[input], "EmbeddingBackward0")


def layer_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
) -> Tensor:
    """Shifted and scaled to mean 0 and variance 1 over the last dimensions."""
    axes = tuple(range(-len(tuple(normalized_shape)), 0))
    made = (input - input.mean(axes, True)) / e.sqrt(input.var(axes, correction=0, keepdim=True) + eps)
    made = made if weight is None else made * weight
    return named(made if bias is None else made + bias, "NativeLayerNormBackward0")


def rms_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Scaled to a mean square of 1 over the last dimensions."""
    axes = tuple(range(-len(tuple(normalized_shape)), 0))
    small = float(np.finfo(input.value.dtype).eps) if eps is None else eps
    made = input * e.rsqrt((input * input).mean(axes, True) + small)
    return made if weight is None else made * weight


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """Divided by its norm along a dimension."""
    return input / e.clamp(norm(input, p, dim, True), min=eps)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along a dimension."""
    sizes = e.clamp(norm(x1, 2, dim), min=eps) * e.clamp(norm(x2, 2, dim), min=eps)
    return named((x1 * x2).sum(dim) / sizes, "SumBackward1")


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norms of the differences of vectors."""
    return named(norm(x1 - x2 + eps, p, -1, keepdim), "NormBackward1")


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """Elements added at the ends of the last dimensions."""
    pairs = [(int(pad[k]), int(pad[k + 1])) for k in range(0, len(pad), 2)]
    widths = [*[(0, 0)] * (input.value.ndim - len(pairs)), *pairs[::-1]]
    if any(n < 0 for pair in widths for n in pair):
        input = input[
            tuple(slice(max(-a, 0), n + min(b, 0)) for (a, b), n in zip(widths, input.shape, strict=True))
        ]
        widths = [(max(a, 0), max(b, 0)) for a, b in widths]
    if mode == "constant":
        return apply(np.pad, input, widths, constant_values=value or 0.0, name="ConstantPadNdBackward0")  # type: ignore[no-any-return]
    form = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode]
    return apply(np.pad, input, widths, form, name="PadBackward0")  # type: ignore[no-any-return]


# --- losses ---


def _reduced(loss: Tensor, reduction: str, name: str) -> Tensor:
    if reduction == "none":
        return named(loss, name)
    if reduction not in ("mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return named(loss.mean() if reduction == "mean" else loss.sum(), name)


def _warn(input: Tensor, target: Tensor) -> None:
    if input.value.shape != target.value.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            UserWarning,
            stacklevel=3,
        )


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """The mean of the squared differences.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 3.0]), torch.tensor([1.0, 1.0]))
    tensor(2.)
    """
    _warn(input, target)
    difference = input - target
    return _reduced(difference * difference, reduction, "MseLossBackward0")


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """The mean of the absolute differences."""
    _warn(input, target)
    made = _reduced(e.absolute(input - target), reduction, "AbsBackward0")
    return named(made, {"mean": "MeanBackward0", "sum": "SumBackward0", "none": "AbsBackward0"}[reduction])


def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Squares for small differences, absolute values for large ones."""
    _warn(input, target)
    if beta == 0:
        return l1_loss(input, target, reduction)
    size = e.absolute(input - target)
    return _reduced(
        e.where(size < beta, size * size * (0.5 / beta), size - 0.5 * beta),
        reduction,
        "SmoothL1LossBackward0",
    )


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Squares for small differences, absolute values for large ones, scaled by `delta`."""
    size = e.absolute(input - target)
    return _reduced(
        e.where(size <= delta, size * size * 0.5, (size - 0.5 * delta) * delta),
        reduction,
        "HuberLossBackward0",
    )


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """The cross entropy of probabilities."""
    if input.value.size and (input.value.min() < 0 or input.value.max() > 1):
        raise RuntimeError("all elements of input should be between 0 and 1")
    if input.value.shape != target.value.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    low = Tensor(np.asarray(-100.0, input.value.dtype))
    loss = -(target * e.maximum(e.log(input), low) + (1 - target) * e.maximum(e.log(1 - input), low))
    return _reduced(loss if weight is None else loss * weight, reduction, "BinaryCrossEntropyBackward0")


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """The cross entropy of the sigmoid of the input."""
    if input.value.shape != target.value.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if pos_weight is None:
        loss = (1 - target) * input - logsigmoid(input)
    else:
        loss = (1 - target) * input - ((pos_weight - 1) * target + 1) * logsigmoid(input)
    return _reduced(
        loss if weight is None else loss * weight, reduction, "BinaryCrossEntropyWithLogitsBackward0"
    )


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """The negative of the log-probabilities at the classes given."""
    classes = input.value.shape[1 if input.value.ndim > 1 else 0]
    place = target.value
    title = "NllLossBackward0" if input.value.ndim < 3 else "NllLoss2DBackward0"
    inside = not place.size or (place.min() >= 0 and place.max() < classes)
    if inside and weight is None and not 0 <= ignore_index < classes:
        picked = _picked(input, place)
        if reduction == "mean":
            return named(-picked.mean(), title)
        return _reduced(-picked, reduction, title)
    keep = place != ignore_index
    wrong = place[keep & ((place < 0) | (place >= classes))]
    if wrong.size:
        raise IndexError(f"Target {int(wrong[0])} is out of bounds.")
    safe = np.where(keep, place, 0)
    picked = _picked(input, safe)
    factors = (
        keep.astype(input.value.dtype)
        if weight is None
        else np.where(keep, weight.value[safe], 0).astype(input.value.dtype)
    )
    loss = -picked * Tensor(factors)
    if reduction == "mean":
        return named(loss.sum() / float(factors.sum()), title)
    return _reduced(loss, reduction, title)


def _picked(input: Tensor, place: Any) -> Tensor:
    """The elements of the classes given."""
    if input.value.ndim == 1:
        return input[int(place)]
    if input.value.ndim == 2:
        return first(operator.getitem, input, ((np.arange(len(place)), place),), "IndexBackward0")
    grid: Any = np.indices(place.shape, sparse=True)
    return input[(grid[0], place, *grid[1:])]


def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """The cross entropy of the softmax of the input, with classes or probabilities as target.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.nn.functional.cross_entropy(torch.zeros(1, 2), torch.tensor([0]))
    tensor(0.6931)
    """
    axis = 1 if input.value.ndim > 1 else 0
    logs = log_softmax(input, axis)
    if target.value.dtype.kind == "f":
        classes = input.value.shape[axis]
        if label_smoothing:
            target = target * (1 - label_smoothing) + label_smoothing / classes
        shape = [-1 if k == axis else 1 for k in range(input.value.ndim)]
        terms = -(logs * target) if weight is None else -(logs * target * weight.reshape(shape))
        loss = terms.sum(axis)
        if reduction == "mean":
            return named(loss.sum() / (input.value.size / classes), "DivBackward1")
        return _reduced(loss, reduction, "NegBackward0")
    plain = nll_loss(logs, target, weight, ignore_index, reduction)
    if not label_smoothing:
        return plain
    keep = target.value != ignore_index
    smooth = -(
        logs if weight is None else logs * weight.reshape([-1 if k == axis else 1 for k in range(logs.ndim)])
    ).sum(axis)
    smooth = smooth * Tensor(keep.astype(input.value.dtype))
    if reduction == "mean":
        total = keep.sum() if weight is None else weight.value[np.where(keep, target.value, 0)][keep].sum()
        smooth = smooth.sum() / float(total)
    elif reduction == "sum":
        smooth = smooth.sum()
    return plain * (1 - label_smoothing) + smooth * (label_smoothing / input.value.shape[axis])


def kl_div(input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """The Kullback-Leibler divergence, of log-probabilities."""
    if log_target:
        loss = e.exp(target) * (target - input)
    else:
        loss = e.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return loss.sum() / input.value.shape[0]
    return _reduced(
        loss, reduction, {"mean": "MeanBackward0", "sum": "SumBackward0"}.get(reduction, "SubBackward0")
    )


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """The negative log-likelihood of Poisson counts."""
    loss = e.exp(input) - target * input if log_input else input - target * e.log(input + eps)
    if full:
        stirling = target * e.log(target) - target + 0.5 * e.log(2 * math.pi * target)
        loss = loss + e.where(target <= 1, 0.0, stirling)
    return _reduced(loss, reduction, "MeanBackward0")


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """The negative log-likelihood of normal values."""
    spread = var + (e.clamp(var, min=eps) - var).detach()
    loss = 0.5 * (e.log(spread) + (input - target) ** 2 / spread)
    return _reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction, "MeanBackward0")


def _clipped(x: Tensor) -> Tensor:
    # The slope at zero is one, as of PyTorch's clamp_min.
    return e.clamp(x, min=0)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean"
) -> Tensor:
    """The input for target 1, the distance to a margin for target -1."""
    loss = e.where(e.eq(target, 1), input, 0.0) + e.where(e.eq(target, -1), _clipped(margin - input), 0.0)
    return _reduced(loss, reduction, "MeanBackward0")


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, reduction: str = "mean"
) -> Tensor:
    """How far two inputs are from the wanted order."""
    return _reduced(_clipped(-target * (input1 - input2) + margin), reduction, "MeanBackward0")


def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``log(1 + exp(-target * input))``."""
    return _reduced(e.log1p(e.exp(-target * input)), reduction, "SoftMarginLossBackward0")


def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, reduction: str = "mean"
) -> Tensor:
    """How far the wanted class is from beating the others by a margin."""
    right = input.gather(1, target.reshape(-1, 1))
    terms = _clipped(input - right + margin) ** p
    others = 1 - one_hot(target, input.value.shape[1]).to(input.dtype)
    return _reduced((terms * others).sum(1) / input.value.shape[1], reduction, "MultiMarginLossBackward0")


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, reduction: str = "mean"
) -> Tensor:
    """One less the cosine for target 1, the cosine above a margin for target -1."""
    cosine = cosine_similarity(input1, input2, -1)
    loss = e.where(e.eq(target, 1), 1 - cosine, _clipped(cosine - margin))
    return _reduced(loss, reduction, "MeanBackward0")


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """How far the anchor is from being nearer to the positive by a margin."""
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = e.minimum(far, pairwise_distance(positive, negative, p, eps))
    return _reduced(_clipped(near - far + margin), reduction, "MeanBackward0")
