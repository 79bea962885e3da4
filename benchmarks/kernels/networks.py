"""Networks: layers, a convolution, a softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Array, Kernel, random

__all__ = ["KERNELS"]


def softmax(scores: Array, weights: Array) -> Any:
    """A softmax over the last axis of four."""
    largest = np.max(scores, axis=-1, keepdims=True)
    exponentials = np.exp(scores - largest)
    shares = exponentials / np.sum(exponentials, axis=-1, keepdims=True)
    return np.sum(shares * weights)


def mlp(
    w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array, inputs: Array, labels: Array
) -> Any:
    """Cross entropy of a network with two hidden layers."""
    hidden = np.maximum(inputs @ w1 + b1, 0.0)
    hidden = np.maximum(hidden @ w2 + b2, 0.0)
    scores = hidden @ w3 + b3
    scores = scores - np.max(scores, axis=1, keepdims=True)
    chosen = scores[np.arange(labels.shape[0]), labels]
    return np.mean(np.log(np.sum(np.exp(scores), axis=1)) - chosen)


def conv2d(filters: Array, bias: Array, images: Array) -> Any:
    """A convolution over images, one output pixel after the other."""
    k = filters.shape[0]
    n, h, w, _ = images.shape
    output = np.zeros((n, h - k + 1, w - k + 1, filters.shape[3]))
    for i in range(h - k + 1):
        for j in range(w - k + 1):
            window = images[:, i : i + k, j : j + k, :, None]
            output[:, i, j, :] = np.sum(window * filters, axis=(1, 2, 3))
    output += bias
    return np.sum(np.maximum(output, 0.0))


def tied_layers(weights: Array, inputs: Array, targets: Array) -> Any:
    """Squared error of a network that applies the same square layer three times."""
    values = inputs
    for _ in range(3):
        values = np.tanh(values @ weights)
    return np.mean((values - targets) ** 2)


def _mlp(n: int) -> tuple[Any, ...]:
    parts: list[Any] = []
    for k, (rows, columns) in enumerate(((n, n), (n, n // 2), (n // 2, 10))):
        parts += [random(rows, columns, seed=k, low=-1.0) / rows**0.5, random(columns, seed=k, low=-0.1)]
    labels = np.random.default_rng(0).integers(0, 10, 128)
    return (*parts, random(128, n, seed=9), labels)


KERNELS = (
    Kernel(softmax, lambda n: (random(4, 4, n, n, high=5.0), random(4, 4, n, n, seed=1)), 64, 6),
    Kernel(mlp, _mlp, 256, 16, wrt=(0, 1, 2, 3, 4, 5)),
    Kernel(
        conv2d,
        lambda n: (random(3, 3, 3, 8, low=-1.0), random(8, low=-1.0), random(4, n, n, 3, seed=1)),
        24,
        6,
        wrt=(0, 1, 2),
    ),
    Kernel(
        tied_layers,
        lambda n: (random(n, n, low=-1.0) / n**0.5, random(128, n, seed=1), random(128, n, seed=2)),
        256,
        16,
    ),
)
