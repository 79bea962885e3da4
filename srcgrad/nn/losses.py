"""Losses."""

from __future__ import annotations

import math
import operator
import warnings
from typing import Any

import numpy as np

from srcgrad.nn.activations import logsigmoid
from srcgrad.nn.layers import cosine_similarity, pairwise_distance
from srcgrad.runtime.eager import elementwise as e
from srcgrad.runtime.eager.comparisons import eq
from srcgrad.runtime.eager.dtypes import type_name
from srcgrad.runtime.eager.elementwise import named
from srcgrad.runtime.eager.fast import first
from srcgrad.runtime.eager.graph import Node, Variant
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.norms import log_softmax
from srcgrad.runtime.eager.selecting import one_hot
from srcgrad.runtime.eager.shaping import broadcast_tensors
from srcgrad.runtime.eager.special_functions import xlogy
from srcgrad.runtime.eager.tensor import Tensor

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cross_entropy",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]


def _reduced(loss: Tensor, reduction: str, name: str) -> Tensor:
    if reduction == "none":
        return named(loss, name)
    if reduction not in ("mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return named(loss.mean() if reduction == "mean" else loss.sum(), name)


def _warn(input: Tensor, target: Tensor) -> None:
    if input.value.shape != target.value.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
            f"This will "
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
    difference = _difference(input, target)
    return _reduced(difference * difference, reduction, "MseLossBackward0")


def _difference(input: Tensor, target: Tensor) -> Tensor:
    """Both expanded first: a number among them widens the other, as in PyTorch's losses."""
    if input.value.shape != target.value.shape:
        input, target = broadcast_tensors(input, target)
    return input - target


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """The mean of the absolute differences."""
    _warn(input, target)
    made = _reduced(e.absolute(_difference(input, target)), reduction, "AbsBackward0")
    return named(made, {"mean": "MeanBackward0", "sum": "SumBackward0", "none": "AbsBackward0"}[reduction])


def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Squares for small differences, absolute values for large ones."""
    _warn(input, target)
    if beta == 0:
        return l1_loss(input, target, reduction)
    size = e.absolute(_difference(input, target))
    return _reduced(
        e.where(size < beta, size * size * (0.5 / beta), size - 0.5 * beta),
        reduction,
        "SmoothL1LossBackward0",
    )


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Squares for small differences, absolute values for large ones, scaled by `delta`."""
    size = e.absolute(_difference(input, target))
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
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is "
            f"deprecated. "
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
    several = input.value.ndim > 1
    classes = input.value.shape[1 if several else 0]
    place = target.value
    if place.dtype.kind not in "iu":
        raise RuntimeError(f"expected scalar type Long but found {type_name(target.dtype)}")
    if several and (not place.ndim or len(place) != len(input.value)):
        raise ValueError(
            f"Expected input batch_size ({len(input.value)}) to match target batch_size "
            f"({len(place) if place.ndim else 0})."
        )
    title = "NllLossBackward0" if input.value.ndim < 3 else "NllLoss2DBackward0"
    if weight is None and not 0 <= ignore_index < classes and _all_below(place, classes):
        if reduction == "mean" and input.value.ndim == 2 and place.size:
            return _mean_of_classes(input, target)
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


def _all_below(place: Any, classes: int) -> bool:
    """Whether all of some integers are classes: negative ones are large without their sign."""
    if place.dtype == np.int64:
        place = place.view(np.uint64)
    elif place.dtype.kind != "u" and place.size and place.min() < 0:
        return False
    return not place.size or bool(_largest(place, None) < classes)


_largest: Any = np.maximum.reduce
_total: Any = np.add.reduce


def _slopes(g: Any, saved: Any) -> tuple[Any]:
    place, shape, kind = saved
    slopes = np.zeros(shape, kind)
    slopes[np.arange(len(place)), place] = -1.0 / len(place)
    return (g * slopes,)


_MEAN_OF_CLASSES = Variant("NllLossBackward0", _slopes)


def _mean_of_classes(input: Tensor, target: Tensor) -> Tensor:
    """The commonest case, as one node: it is the last step of every classifier, however small."""
    place = target.value
    picked = input.value[np.arange(len(place)), place]
    made = Tensor(-_total(picked) / len(place))
    node = input.source()
    if node is not None and recording.get() > 0:
        cell = target.cell
        saved = place, input.value.shape, input.value.dtype
        made.node = Node(_MEAN_OF_CLASSES, (node,), saved, (cell,), cell[0], _MEAN_OF_CLASSES.name)
    return made


def _picked(input: Tensor, place: Any) -> Tensor:
    """The elements of the classes given."""
    if input.value.ndim == 1:
        return input[int(place)]
    if input.value.ndim == 2:
        return first(operator.getitem, input, ((np.arange(len(place)), place),), "IndexBackward0")
    grid: Any = np.indices(place.shape, sparse=True)
    return input[(grid[0], place, *grid[1:])]


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The cross entropy of the softmax of the input, with classes or probabilities as target.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.nn.functional.cross_entropy(torch.zeros(1, 2), torch.tensor([0]))
    tensor(0.6931)
    """
    axis = 1 if input.value.ndim > 1 else 0
    if target.value.dtype.kind == "f":
        if target.value.shape != input.value.shape:
            raise RuntimeError(f"expected target dtype to be Long or Byte, but got {type_name(target.dtype)}")
        logs = log_softmax(input, axis)
        classes = input.value.shape[axis]
        if label_smoothing:
            target = target * (1 - label_smoothing) + label_smoothing / classes
        shape = [-1 if k == axis else 1 for k in range(input.value.ndim)]
        terms = -(logs * target) if weight is None else -(logs * target * weight.reshape(shape))
        loss = terms.sum(axis)
        if reduction == "mean":
            return named(loss.sum() / (input.value.size / classes), "DivBackward1")
        return _reduced(loss, reduction, "NegBackward0")
    logs = log_softmax(input, axis)
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
    return plain * (1 - label_smoothing) + smooth * (label_smoothing / input.value.shape[axis])  # type: ignore[no-any-return]


def kl_div(input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """The Kullback-Leibler divergence, of log-probabilities."""
    if log_target:
        loss = e.exp(target) * (target - input)
    else:
        loss = xlogy(target, target) - target * input
    if reduction == "batchmean":
        return loss.sum() / input.value.shape[0]  # type: ignore[no-any-return]
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
    loss = e.where(eq(target, 1), input, 0.0) + e.where(eq(target, -1), _clipped(margin - input), 0.0)
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
    loss = e.where(eq(target, 1), 1 - cosine, _clipped(cosine - margin))
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
