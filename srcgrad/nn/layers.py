"""Layers and distances, as functions of their parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime.eager import elementwise as e
from srcgrad.runtime.eager.elementwise import named
from srcgrad.runtime.eager.fast import apply
from srcgrad.runtime.eager.norms import norm
from srcgrad.runtime.eager.powers import rsqrt
from srcgrad.runtime.eager.selecting import one_hot
from srcgrad.runtime.eager.tensor import Tensor

__all__ = [
    "cosine_similarity",
    "embedding",
    "layer_norm",
    "linear",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "rms_norm",
]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``."""
    made = input @ (weight.t() if weight.value.ndim == 2 else weight)
    if bias is None:
        return made
    return named(made + bias, "AddmmBackward0" if input.value.ndim == 2 else "ViewBackward0")


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """The rows of a table at the places given; the row `padding_idx` gets no gradient."""
    rows = weight[input]
    if padding_idx is not None:
        count = len(weight)
        if not -count <= padding_idx < count:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding = (input.value == padding_idx % count)[..., None]
        rows = e.where(Tensor(padding), rows.detach(), rows)
    return named(rows, "EmbeddingBackward0")


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
    made = input * rsqrt((input * input).mean(axes, True) + small)
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
