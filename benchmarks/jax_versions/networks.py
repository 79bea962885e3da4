"""See ``kernels/networks.py``."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def softmax(scores: Any, weights: Any) -> Any:
    return jnp.sum(jax.nn.softmax(scores, axis=-1) * weights)


def mlp(w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any, inputs: Any, labels: Any) -> Any:
    hidden = jnp.maximum(inputs @ w1 + b1, 0.0)
    hidden = jnp.maximum(hidden @ w2 + b2, 0.0)
    scores = hidden @ w3 + b3
    chosen = scores[jnp.arange(labels.shape[0]), labels]
    return jnp.mean(jax.nn.logsumexp(scores, axis=1) - chosen)


def conv2d(filters: Any, bias: Any, images: Any) -> Any:
    names = ("NHWC", "HWIO", "NHWC")
    output = jax.lax.conv_general_dilated(images, filters, (1, 1), "VALID", dimension_numbers=names)
    return jnp.sum(jnp.maximum(output + bias, 0.0))


def tied_layers(weights: Any, inputs: Any, targets: Any) -> Any:
    values = inputs
    for _ in range(3):
        values = jnp.tanh(values @ weights)
    return jnp.mean((values - targets) ** 2)
